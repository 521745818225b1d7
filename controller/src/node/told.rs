//! What a node said about itself.

use wire::{Condition, Hello, Mode, Reset};

/// What a node said about itself in its last hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub boot: u32,
    pub firmware: Box<str>,
    pub board: Box<str>,
    pub profile: Box<str>,
    pub reset: Reset,
    pub panic: Box<str>,
    pub mode: Mode,
    pub settings: Option<u32>,
    pub energy_lost_wh_max: Option<u32>,
    pub refused: u32,
    pub untold: u32,
}

impl Told {
    pub fn new(hello: &Hello<'_>, condition: &Condition<'_>) -> Self {
        Self {
            boot: hello.boot,
            firmware: hello.firmware.into(),
            board: hello.board.into(),
            profile: hello.profile.into(),
            reset: hello.reset,
            panic: condition.panic.unwrap_or("").into(),
            mode: condition.mode,
            settings: condition.settings,
            energy_lost_wh_max: condition.energy_lost_wh_max,
            refused: condition.refused,
            untold: condition.untold,
        }
    }

    pub(super) fn is(&self, hello: &Hello<'_>, condition: &Condition<'_>) -> bool {
        *self == Self::new(hello, condition)
    }
}
