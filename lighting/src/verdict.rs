//! Who wins. A visible priority array, and clamps that compose.
//!
//! 1. Expired requests do not count.
//! 2. The strongest `set`, `off` or `hold` is the *base*.
//! 3. If a person or something stronger is the base, only clamps stronger than it apply.
//!    Below that everything is automatic, and every clamp applies, the strongest last:
//!    between a `max` and a `min` that contradict each other the stronger one is obeyed.
//! 4. The winner is whoever fixed the level: the last clamp that bound, or else the base.

use crate::Millis;
use crate::request::{Kind, Priority, Reason, Request};
use crate::sabotage::{self, Sabotage};
use core::cmp::Reverse;
use heapless::Vec;

/// Most requests of the shipped rules at once: one per priority.
pub const REQUESTS_MAX: usize = 9;

/// Most requests of rules that somebody wrote at once.
pub const WRITTEN_MAX: usize = 128;

/// All of them together.
pub(crate) const ALL_MAX: usize = REQUESTS_MAX + WRITTEN_MAX;

/// What a zone shall do, and the whole argument; at most `N` losers are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict<const N: usize = REQUESTS_MAX> {
    /// Light output, 0 to 100 %.
    pub level_pct: u8,
    /// How long the change may take, ms.
    pub fade_ms: u32,
    /// Whom the level comes from.
    pub winner: Request,
    /// Everybody else, strongest first.
    pub losers: Vec<Request, N>,
}

/// Turns requests into a level. `current_pct` is what `hold` holds.
///
/// At most `N` losers are named; more requests than that are heard all the same.
pub fn arbitrate<const N: usize>(requests: &[Request], now: Millis, current_pct: u8) -> Verdict<N> {
    let alive = |r: &&Request| r.expires.is_none_or(|at| at > now);
    let idle = Request::idle(0);
    let base = requests
        .iter()
        .filter(alive)
        .filter(|r| !r.kind.is_clamp())
        .min_by_key(|r| strength(r, current_pct))
        .unwrap_or(&idle);
    let mut level = asked(base.kind, current_pct);
    let mut winner = base;
    // Mostly three or four priorities speak, and at most one clamp.
    let bit = |r: &Request| 1u16 << r.priority.number();
    let (mut speak, mut clamp) = (0, 0);
    for request in requests.iter().filter(alive) {
        speak |= bit(request);
        clamp |= if request.kind.is_clamp() { bit(request) } else { 0 };
    }
    for mut priority in CLAMP_ORDER {
        if sabotage::is(Sabotage::ClampsSwapped) {
            priority = CLAMP_ORDER[priority.number() as usize - 1];
        }
        let heard = priority < base.priority || base.priority > Priority::Manual;
        if !heard || clamp >> priority.number() & 1 == 0 {
            continue;
        }
        // Between two of one priority that contradict each other, light is obeyed.
        for lifts in [false, true] {
            let here =
                |r: &&Request| r.priority == priority && lifts == matches!(r.kind, Kind::Min(_));
            for clamp in requests.iter().filter(alive).filter(here) {
                if let Some(clamped) = bound(clamp.kind, level, base.kind) {
                    level = clamped;
                    winner = clamp;
                }
            }
        }
    }
    let mut losers: Vec<Request, N> = Vec::new();
    // Where none is named none is looked for.
    speak = if N == 0 { 0 } else { speak };
    for priority in CLAMP_ORDER.into_iter().rev().filter(|it| speak >> it.number() & 1 == 1) {
        for loser in requests.iter().filter(alive).filter(|r| r.priority == priority) {
            if !core::ptr::eq(loser, winner) {
                // One too many would be left out of the explanation, never out of the decision.
                let _ = losers.push(*loser);
            }
        }
    }
    if sabotage::is(Sabotage::WrongWinner) {
        winner = &idle;
    }
    Verdict { level_pct: level.min(100), fade_ms: winner.fade_ms, winner: *winner, losers }
}

/// Who is the base: the stronger priority; at one priority a rule that somebody wrote before what is
/// shipped, of two rules the one with more light, and then the one that is written first.
fn strength(request: &Request, current_pct: u8) -> (Priority, bool, Reverse<u8>, u16) {
    match request.reason {
        Reason::Rule { number, .. } => {
            (request.priority, false, Reverse(asked(request.kind, current_pct)), number)
        }
        _ => (request.priority, true, Reverse(0), 0),
    }
}

/// The level that a base asks for.
const fn asked(kind: Kind, current_pct: u8) -> u8 {
    match kind {
        Kind::Set(level) => level,
        Kind::Hold => current_pct,
        Kind::Off | Kind::Min(_) | Kind::Max(_) => 0,
    }
}

/// Weakest first, so that the strongest clamp has the last word.
const CLAMP_ORDER: [Priority; 9] = [
    Priority::Default,
    Priority::Daylight,
    Priority::Occupancy,
    Priority::Sweep,
    Priority::DemandResponse,
    Priority::Floor,
    Priority::Manual,
    Priority::Lock,
    Priority::Fire,
];

/// The level that a clamp forces, if it binds. A held level that already equals the clamp is the
/// clamp's doing: it was held because the clamp had put it there.
fn bound(clamp: Kind, level: u8, base: Kind) -> Option<u8> {
    let held = base == Kind::Hold;
    match clamp {
        Kind::Min(min) if level < min || (held && level == min) => Some(min),
        Kind::Max(max) if level > max || (held && level == max) => Some(max),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
