//! Faults on purpose, one at a time, so that tests can show that each would be found.
//!
//! Only with the feature `sabotage`, which no product crate asks for (`scripts/tests/sabotage.rs`); without it
//! nothing of this is compiled into anything.

use crate::{Kind, Verdict};

/// A fault on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Sabotage {
    /// The weakest clamp has the last word.
    ClampsSwapped = 1,
    /// What occupancy asks for never ends.
    ExpiryRemoved,
    /// Light at the sensor counts as somebody.
    LampsVote,
    /// A sensor that fell silent long ago is believed.
    StaleIsFresh,
    /// A restart forgets what zones were at.
    RestartForgets,
    /// The fire alarm is not heard.
    FireUnheard,
    /// Lamps go off where somebody is seen.
    DarkOverPeople,
    /// Wishes end when somebody is seen.
    WishIgnored,
    /// Lamps go on fully by themselves.
    FullByItself,
    /// The grid asks, and nothing is given.
    NothingShed,
    /// The sweep does not wait after its warning.
    SweepAtOnce,
    /// Every decision moves the lamps a little.
    Restless,
    /// Everything jumps.
    NoFade,
    /// Emergency lighting is told what to do.
    EmergencyDriven,
    /// The winner that is named is not the one that won.
    WrongWinner,
}

#[cfg(feature = "sabotage")]
static ON: core::sync::atomic::AtomicU8 = core::sync::atomic::AtomicU8::new(0);

/// Begins or ends a fault, everywhere in this process.
#[cfg(feature = "sabotage")]
pub fn set(fault: Option<Sabotage>) {
    ON.store(fault.map_or(0, |it| it as u8), core::sync::atomic::Ordering::SeqCst);
}

/// Whether a fault is on.
#[cfg(feature = "sabotage")]
pub fn is(fault: Sabotage) -> bool {
    ON.load(core::sync::atomic::Ordering::Relaxed) == fault as u8
}

/// Whether a fault is on: never.
#[cfg(not(feature = "sabotage"))]
#[inline(always)]
pub const fn is(_: Sabotage) -> bool {
    false
}

/// What is asked for where somebody is seen, with the faults that concern it.
pub(crate) fn occupied(kind: Kind) -> Kind {
    if is(Sabotage::DarkOverPeople) {
        Kind::Off
    } else if is(Sabotage::FullByItself) {
        Kind::Set(100)
    } else {
        kind
    }
}

/// Moves lamps a little, where the fault is on that does so at every decision.
pub(crate) fn stir<const N: usize>(verdict: &mut Verdict<N>) {
    if is(Sabotage::Restless) && verdict.level_pct > 1 {
        verdict.level_pct ^= 1;
        verdict.winner.kind = Kind::Set(verdict.level_pct);
    }
}
