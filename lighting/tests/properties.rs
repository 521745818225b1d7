//! What holds on every trace, whatever happens to a zone (research: S1, S3, S5, L3, L4, Q1).

use lighting::{Inputs, Kind, Occupancy, Period, Priority, Settings, Verdict, Zone};
use proptest::prelude::*;

/// One thing that happens, and how long after the one before.
#[derive(Clone, Debug)]
struct Step {
    after_ms: u64,
    inputs: Inputs,
    press: Option<u8>,
    wish: Option<(u8, u64)>,
    clear: bool,
}

fn occupancy() -> impl Strategy<Value = Occupancy> {
    use Occupancy::*;
    prop_oneof![Just(Occupied), Just(VacantPending), Just(Vacant), Just(Unknown)]
}

fn period() -> impl Strategy<Value = Period> {
    use Period::*;
    prop_oneof![Just(Lesson), Just(Break), Just(Open), Just(Closed), Just(SelfStudy), Just(Exam)]
}

prop_compose! {
    fn inputs()(
        occupancy in occupancy(),
        period in period(),
        vacant_for_ms in 0..10_000_000u64,
        illuminance_lx in prop::option::of(0..200_000u32),
        lamp_pct in prop::option::of(0..=100u8),
        fire in prop::bool::weighted(0.1),
        lock in prop::option::weighted(0.1, 0..=255u8),
        shed_pct in prop::option::weighted(0.1, 0..=255u8),
        look in 0..3u64,
    ) -> Inputs {
        let told = Inputs { occupancy, vacant_for_ms, illuminance_lx, lamp_pct, ..Inputs::default() };
        Inputs { period, fire, lock, shed_pct, look, ..told }
    }
}

prop_compose! {
    fn step()(
        after_ms in prop_oneof![Just(0u64), 1..5_000u64, 0..4_000_000u64],
        inputs in inputs(),
        press in prop::option::weighted(0.1, 0..=255u8),
        wish in prop::option::weighted(0.1, (0..=255u8, 0..20_000_000u64)),
        clear in prop::bool::weighted(0.05),
    ) -> Step {
        Step { after_ms, inputs, press, wish, clear }
    }
}

/// Runs a trace and shows every decision, with the level before it, to `check`.
fn run(steps: &[Step], mut check: impl FnMut(&Step, u8, &Verdict, &mut Zone, u64)) {
    let settings = Settings::default();
    let mut zone = Zone::new();
    let mut now = 1_000_000;
    for step in steps {
        now += step.after_ms;
        if let Some(level) = step.press {
            zone.press(level, &settings, now);
        }
        if let Some((level, ms)) = step.wish {
            zone.set_override(level, now + ms, &settings, now);
        }
        if step.clear {
            zone.clear_override();
        }
        let before = zone.level_pct();
        let verdict = zone.decide(&step.inputs, &settings, now);
        check(step, before, &verdict, &mut zone, now);
    }
}

proptest! {
    #[test]
    fn every_trace_is_safe(steps in prop::collection::vec(step(), 1..60)) {
        run(&steps, |step, before, verdict, zone, now| {
            let (inputs, winner) = (&step.inputs, verdict.winner);
            assert!(verdict.level_pct <= 100);
            assert_eq!(verdict.level_pct, zone.level_pct());
            for request in core::iter::once(&winner).chain(&verdict.losers) {
                let eternal = request.priority == Priority::Default;
                assert_eq!(request.expires.is_none(), eternal, "{request:?}");
                assert!(request.expires.is_none_or(|at| at > now && at <= now + 7_200_000));
            }
            assert!(zone.deadline().is_some_and(|at| at > now), "claims are renewed in time");
            if inputs.fire {
                assert_eq!((verdict.level_pct, winner.priority), (100, Priority::Fire));
            }
            let automatic = winner.priority > Priority::Manual;
            let went_off = before > 0 && verdict.level_pct == 0;
            if inputs.occupancy == Occupancy::Occupied && automatic {
                assert!(!went_off, "switched off over people's heads: {verdict:?}");
            }
            if inputs.occupancy == Occupancy::Unknown && inputs.period != Period::Closed && automatic {
                assert!(!went_off, "switched off without knowing: {verdict:?}");
            }
            if inputs.occupancy == Occupancy::Vacant && automatic {
                assert_eq!(verdict.level_pct, 0);
            }
            if automatic && inputs.occupancy.may_be_occupied() && verdict.level_pct != before {
                assert!(verdict.fade_ms >= 2_000);
            }
        });
    }

    #[test]
    fn deciding_again_gives_the_same_answer(steps in prop::collection::vec(step(), 1..60)) {
        run(&steps, |step, _, verdict, zone, now| {
            let kept = *zone;
            let again = zone.decide(&step.inputs, &Settings::default(), now);
            assert_eq!(&again, verdict);
            assert_eq!(*zone, kept, "nothing moves inside either");
        });
    }

    #[test]
    fn a_lesson_with_people_is_never_darker_than_its_floor(steps in prop::collection::vec(step(), 1..60)) {
        run(&steps, |step, _, verdict, _, _| {
            let inputs = &step.inputs;
            let lesson = inputs.period.needs_light() && inputs.occupancy == Occupancy::Occupied;
            if !lesson || verdict.winner.priority <= Priority::Manual {
                return;
            }
            let settings = Settings::default();
            let Some(lx) = inputs.illuminance_lx else {
                assert_eq!(verdict.level_pct, 100);
                return;
            };
            let own = (settings.lamp_lx * u32::from(inputs.lamp_pct.unwrap_or(100))).div_ceil(100);
            let predicted = lx.saturating_sub(own) + settings.lamp_lx * u32::from(verdict.level_pct) / 100;
            assert!(predicted >= 300 || verdict.level_pct == 100, "{predicted} lx: {verdict:?}");
        });
    }

    /// The sensor sees daylight and the lamps it has itself caused: after seven looks, by halves, nothing moves.
    #[test]
    fn constant_daylight_settles_in_seven_looks_and_never_turns_back(
        before in prop::collection::vec(step(), 0..20),
        mut inputs in inputs(),
        daylight_lx in 0..1_000u32,
        noise in prop_oneof![Just(vec![0u32; 40]), prop::collection::vec(0..=8u32, 40)],
    ) {
        let constant = noise.iter().all(|noise_lx| *noise_lx == 0);
        let settings = Settings::default();
        let mut zone = Zone::new();
        let mut now = 1_000_000;
        for step in &before {
            now += step.after_ms;
            zone.decide(&step.inputs, &settings, now);
        }
        inputs.shed_pct = None;
        if inputs.period == Period::Closed {
            // The sweep moves lamps by the clock, whatever the daylight; it has tests of its own.
            inputs.period = Period::Open;
        }
        let mut levels = Vec::new();
        for noise_lx in noise {
            let lamp = settings.lamp_lx * u32::from(zone.level_pct()) / 100;
            inputs.illuminance_lx = Some(daylight_lx + lamp + noise_lx);
            inputs.lamp_pct = Some(zone.level_pct());
            inputs.look = now;
            zone.decide(&inputs, &settings, now);
            levels.push(zone.level_pct());
            now += 2_000;
        }
        let settled = &levels[7..];
        // A noisy sensor may show that the lesson needs a little more or less; lamps never turn back.
        let down = settled.iter().rev().is_sorted();
        prop_assert!(settled.is_sorted() || down, "{levels:?}");
        prop_assert!(!constant || settled.first() == settled.last(), "{levels:?}");
    }

    /// The sweep: warned exactly once, at least five minutes ahead, unless the room is known to be empty.
    #[test]
    fn lamps_never_go_off_after_hours_without_a_warning(
        level in 1..=100u8,
        after_ms in prop::collection::vec(0..90_000u64, 1..60),
        occupied in prop::collection::vec(prop::bool::weighted(0.03), 60),
    ) {
        let settings = Settings::default();
        let mut zone = Zone::new();
        let mut now = 1_000_000;
        zone.set_override(level, now + 1, &settings, now);
        zone.decide(&Inputs::default(), &settings, now);
        zone.clear_override();
        let (mut dimmed_at, mut warnings) = (None, 0);
        for (after_ms, occupied) in after_ms.iter().zip(occupied) {
            now += after_ms;
            let occupancy = if occupied { Occupancy::Occupied } else { Occupancy::Unknown };
            let before = zone.level_pct();
            let inputs = Inputs { occupancy, period: Period::Closed, ..Inputs::default() };
            let verdict = zone.decide(&inputs, &settings, now);
            let warned = matches!(verdict.winner.kind, Kind::Max(_)) && verdict.winner.priority == Priority::Sweep;
            match (warned, dimmed_at) {
                (true, None) => {
                    dimmed_at = Some(now);
                    warnings += 1;
                }
                (false, _) if verdict.level_pct > 0 => dimmed_at = None,
                _ => {}
            }
            if before > 0 && verdict.level_pct == 0 {
                let since = dimmed_at.map(|at| now - at);
                prop_assert!(since.is_some_and(|ms| ms >= 300_000), "off after {since:?}");
                prop_assert_eq!(warnings, 1);
            }
            if occupied {
                warnings = 0;
            }
        }
    }
}
