//! Waiting for an event instead of for a time.

use std::time::{Duration, Instant};

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there is none within `limit`; the text says what was waited for.
pub fn until<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "waited {limit:?} in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// [`until`] a condition holds, within 20 s: generous, because the machine may be busy.
///
/// # Panics
/// When it does not.
pub fn until_true(what: &str, mut holds: impl FnMut() -> bool) {
    until(what, Duration::from_secs(20), || holds().then_some(()));
}
