//! S7, seen from afar: the same day without a restart, clock step or broker loss. What stays lit there is not
//! dark here because of them.

use crate::day::{self, Level, Ran};
use crate::fault::{Fault, What};
use crate::monitor::Violation;
use crate::people;
use crate::plan::Plan;
use crate::story::clock;
use lighting::Period;

const MINUTE: i64 = 60_000;

/// So long after such a fault both days are compared, ms: the longest hold.
const AFTER_MS: i64 = 20 * MINUTE;

/// So much earlier than the other day lamps may go off, ms: reports of a minute, and clocks that are set by
/// less than an agent notices.
const EARLY_MS: i64 = 90_000;

/// The first moment at which lamps are dark by themselves that are lit on the same day without the fault.
pub fn s7(plan: &Plan, ran: &Ran) -> Option<Violation> {
    let ignorant = plan.faults.iter().enumerate().filter(|(_, fault)| fault.what.is_ignorance());
    ignorant.into_iter().find_map(|(nth, fault)| {
        let twin = day::run(&plan.without(|other, _| other != nth), None);
        darker(plan, fault, ran, &twin)
    })
}

fn darker(plan: &Plan, fault: &Fault, ran: &Ran, twin: &Ran) -> Option<Violation> {
    let until = fault.to + AFTER_MS;
    // What was heard last counts until it is stale (S5); a loss is not known before. And after hours a
    // sweep that has warned may end what nobody knows anything of (S5).
    let known_ms = match fault.what {
        What::BrokerLoss => i64::from(plan.campus.settings.silent_ms),
        _ => 0,
    };
    let offs = ran.levels.iter().filter(|level| {
        let caused = (fault.from + known_ms..until).contains(&level.t);
        caused && level.level == 0 && level.automatic && !level.swept_unknown
    });
    for off in offs {
        let was_lit = before(&ran.levels, off).is_some_and(|before| before.level > 0);
        // Light in a room in which truly nobody is may be there because a rule of the staff asks for it; what
        // rules remember of the time (`for`, `since`) begins anew, as they are told it does.
        let ruled = !plan.campus.rules.rules().is_empty() && !people::within(&plan.visits, off.t);
        // By another clock another lesson holds: there is no other day to compare with.
        let same_hour = periods(ran, off.t) == periods(twin, off.t);
        // A wish ends at its time, whatever the clock says that it is.
        let set = matches!(fault.what, What::ClockStep(_));
        let began = Level { t: fault.from, ..*off };
        let by_hand = |at: &Level| before(&ran.levels, at).is_some_and(|it| !it.automatic);
        // And it ends when its room is found empty, which a room is from then on that was quiet before.
        let emptied = by_hand(off) && off.quiet_s.is_some();
        let wished = set && (by_hand(off) || by_hand(&began)) || emptied;
        let same = same_hour && !wished && untouched(ran, twin, off, fault.from);
        if was_lit
            && !ruled
            && same
            && !held_out(plan, ran, off, set)
            && stays_lit(&twin.levels, off)
        {
            let what = format!(
                "dark by itself after {} at {}; without it: {}",
                fault.what.name(),
                clock(plan.start, fault.from),
                told(plan, &twin.levels, off)
            );
            let (t, zone) = (off.t, Some(off.zone));
            return Some(Violation { invariant: "S7", t, zone, what });
        }
    }
    None
}

/// A hold that adapts may be lengthened on a day that has heard more of the air; as configured, it is enough. By
/// another clock movement falls on other minutes, which are what says whether a hold is halved.
fn held_out(plan: &Plan, ran: &Ran, off: &Level, clock_set: bool) -> bool {
    let period = ran.periods.iter().rfind(|(from, _)| *from <= off.t);
    let room = &plan.campus.rooms[0];
    let (Some((_, period)), Some(quiet_s)) = (period, off.quiet_s) else { return false };
    let usual_ms = room.zones[off.zone].lighting.hold_ms(*period);
    let hold_ms = if clock_set { lighting::settings::short_hold_ms(usual_ms) } else { usual_ms };
    room.occupancy.adapts && quiet_s >= hold_ms / 1000
}

/// What held in the time of the longest hold before a moment.
fn periods(ran: &Ran, t: i64) -> Vec<Period> {
    let first = ran.periods.partition_point(|(from, _)| *from <= t - AFTER_MS).saturating_sub(1);
    ran.periods[first..].iter().filter(|(from, _)| *from <= t).map(|it| it.1).collect()
}

/// The other day's levels around the moment.
fn told(plan: &Plan, levels: &[Level], off: &Level) -> String {
    let near = levels.iter().filter(|it| it.zone == off.zone && (it.t - off.t).abs() < AFTER_MS);
    let near = near.map(|it| format!("{} {} %", clock(plan.start, it.t), it.level));
    near.collect::<Vec<_>>().join(", ")
}

fn before<'l>(levels: &'l [Level], off: &Level) -> Option<&'l Level> {
    levels.iter().rfind(|it| it.zone == off.zone && it.t < off.t)
}

/// Lit at that moment, and for as long after as clocks and reports may differ.
fn stays_lit(levels: &[Level], off: &Level) -> bool {
    let here = || levels.iter().filter(|it| it.zone == off.zone);
    let now = here().rfind(|it| it.t <= off.t);
    let soon = here().filter(|it| it.t > off.t && it.t <= off.t + EARLY_MS);
    now.is_some_and(|it| it.level > 0) && soon.into_iter().all(|it| it.level > 0)
}

/// Both days were the same until the fault.
fn untouched(ran: &Ran, twin: &Ran, off: &Level, from: i64) -> bool {
    let until = |levels: &[Level]| -> Vec<Level> {
        levels.iter().filter(|it| it.zone == off.zone && it.t < from).copied().collect()
    };
    until(&ran.levels).last().map(|it| it.level) == until(&twin.levels).last().map(|it| it.level)
}
