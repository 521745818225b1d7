//! What the grid asks for, as one request among others.

use super::Inputs;
use crate::Millis;
use crate::request::{DIM_MIN_PCT, Kind, Priority, Reason, Request};
use crate::sabotage::{self, Sabotage};
use crate::settings::Settings;
use crate::verdict::arbitrate;
use heapless::Vec;

/// Adds what the grid asks for: so much less than there would be without it. The same share everywhere,
/// whatever a zone's level is; never below the level to which lamps over people's heads may be dimmed.
/// Returns the level without it, while it asks.
pub(super) fn shed<const ALL: usize>(
    requests: &mut Vec<Request, ALL>,
    inputs: &Inputs,
    settings: &Settings,
    held_pct: u8,
    now: Millis,
) -> Option<u8> {
    let less_pct = inputs.shed_pct.filter(|_| !sabotage::is(Sabotage::NothingShed))?.min(100);
    let free_pct = arbitrate::<0>(requests, now, held_pct).level_pct;
    // At most 100 · 100.
    let share = (u16::from(free_pct) * u16::from(100 - less_pct) / 100) as u8;
    let until = inputs.imposed_until.unwrap_or(now + Millis::from(settings.renew_ms));
    // One rule per priority, which is the capacity.
    let _ = requests.push(Request {
        kind: Kind::Max(share.max(DIM_MIN_PCT)),
        priority: Priority::DemandResponse,
        fade_ms: settings.fade_ms,
        expires: Some(until),
        reason: Reason::DemandResponse,
    });
    Some(free_pct)
}
