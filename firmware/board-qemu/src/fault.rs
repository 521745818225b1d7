//! Faults on command, for tests of what happens then: this board only.

use shell::log;

/// Obeys `fault …`; false when it is something else.
pub async fn obey(command: &str) -> bool {
    let Some(fault) = command.strip_prefix("fault ") else { return false };
    match fault.split_once(' ') {
        Some(("panic", text)) => panic!("{text}"),
        // The processor spins: nobody feeds the watchdog.
        None if fault == "hang" => loop {
            core::hint::spin_loop();
        },
        // The console's task never comes back, and everything else goes on.
        None if fault == "stall" => core::future::pending().await,
        _ => log!("known faults: panic TEXT, hang, stall"),
    }
    true
}
