//! Without a rule that somebody wrote, everything is as it was before there were such rules: the same
//! verdicts, byte for byte, as by the arbitration of then.

use lighting::{
    Inputs, Kind, Occupancy, Period, Priority, Reason, Request, Settings, Verdict, Zone,
};
use proptest::prelude::*;

/// The arbitration as it was. It is not to be changed with the other.
fn before(requests: &[Request], now: u64, current_pct: u8) -> (u8, u32, Request, Vec<Request>) {
    let alive = |r: &&Request| r.expires.is_none_or(|at| at > now);
    let idle = Request::idle(0);
    let base = requests.iter().filter(alive).filter(|r| !r.kind.is_clamp());
    let base = base.min_by_key(|r| r.priority).unwrap_or(&idle);
    let mut level = match base.kind {
        Kind::Set(level) => level,
        Kind::Hold => current_pct,
        Kind::Off | Kind::Min(_) | Kind::Max(_) => 0,
    };
    let mut winner = base;
    for priority in ORDER.into_iter().rev() {
        if !(priority < base.priority || base.priority > Priority::Manual) {
            continue;
        }
        for clamp in requests.iter().filter(alive).filter(|r| r.priority == priority) {
            let held = base.kind == Kind::Hold;
            let clamped = match clamp.kind {
                Kind::Min(min) if level < min || (held && level == min) => min,
                Kind::Max(max) if level > max || (held && level == max) => max,
                _ => continue,
            };
            (level, winner) = (clamped, clamp);
        }
    }
    let losers = ORDER.into_iter().flat_map(|priority| {
        let here = requests.iter().filter(alive).filter(move |r| r.priority == priority);
        here.filter(|r| !std::ptr::eq(*r, winner)).copied()
    });
    (level.min(100), winner.fade_ms, *winner, losers.collect())
}

const ORDER: [Priority; 9] = [
    Priority::Fire,
    Priority::Lock,
    Priority::Manual,
    Priority::Floor,
    Priority::DemandResponse,
    Priority::Sweep,
    Priority::Occupancy,
    Priority::Daylight,
    Priority::Default,
];

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        (0..=120u8).prop_map(Kind::Set),
        (0..=120u8).prop_map(Kind::Min),
        (0..=120u8).prop_map(Kind::Max),
        Just(Kind::Off),
        Just(Kind::Hold),
    ]
}

proptest! {
    #[test]
    fn arbitration_is_as_it_was(
        kinds in prop::collection::vec(prop::option::of((kind(), 90..110u64)), 9),
        current in 0..=100u8,
    ) {
        // The shipped rules speak once per priority.
        let ask = |(priority, said): (&Priority, &Option<(Kind, u64)>)| {
            said.map(|(kind, expires)| Request {
                kind,
                priority: *priority,
                fade_ms: u32::from(priority.number()),
                expires: Some(expires),
                reason: Reason::Idle,
            })
        };
        let requests: Vec<Request> = ORDER.iter().zip(&kinds).filter_map(ask).collect();
        let now: Verdict = lighting::arbitrate(&requests, 100, current);
        let (level, fade_ms, winner, losers) = before(&requests, 100, current);
        prop_assert_eq!((now.level_pct, now.fade_ms, now.winner), (level, fade_ms, winner));
        prop_assert_eq!(now.losers.as_slice(), losers.as_slice());
    }

    #[test]
    fn a_zone_without_written_rules_decides_as_ever(
        steps in prop::collection::vec((0..900_000u64, 0..4u8, 0..4u8, prop::option::of(0..900u32)), 1..60),
    ) {
        let (mut plain, mut open) = (Zone::new(), Zone::new());
        let (mut now, settings) = (1_000_000, Settings::default());
        for (after_ms, occupancy, period, illuminance_lx) in steps {
            now += after_ms;
            use Occupancy::{Occupied, Unknown, Vacant, VacantPending};
            let occupancy = [Occupied, VacantPending, Vacant, Unknown][usize::from(occupancy)];
            let period = [Period::Lesson, Period::Break, Period::Open, Period::Closed][usize::from(period)];
            let inputs = Inputs { occupancy, period, illuminance_lx, ..Inputs::default() };
            let verdict = plain.decide(&inputs, &settings, now);
            let none = std::iter::empty();
            let wide: Verdict<32> = open.decide_with(&inputs, &settings, none, now);
            prop_assert_eq!(plain, open, "what a zone remembers");
            prop_assert_eq!(verdict.winner, wide.winner);
            prop_assert_eq!(verdict.losers.as_slice(), wide.losers.as_slice());
        }
    }
}
