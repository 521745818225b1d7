//! decide: what is due by nothing but time, and what the log is told of it.
//!
//! Who tells the log again knows no other time than that of its rows, and not what the machine counted. So a row is
//! kept where time alone decided something, and where nobody listened.

use crate::store::Store;
use controller::{Action, Controller, Input, Timestamp};

/// Time passes. `leap_ms` says that it did so unheard: the clock was set ahead, or the machine slept.
pub fn pass(
    controller: &mut Controller,
    store: &mut Store,
    now: Timestamp,
    leap_ms: Option<i64>,
    actions: &mut Vec<Action>,
) {
    let (before, listening) = (controller.now(), controller.listening_since());
    let input = if leap_ms.is_some() { Input::Resumed } else { Input::Tick };
    controller.handle(input, now, actions);
    let told_ms = controller.now().0;
    if leap_ms.is_some() || controller.listening_since() != listening {
        // What was due until then was decided then.
        store.passed(before.0);
        store.resumed(told_ms);
    } else if actions.iter().any(|action| matches!(action, Action::Changed { .. })) {
        store.passed(told_ms);
    }
}
