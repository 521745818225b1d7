//! Rules of the staff, from the outside: what they do to lamps, and that they survive a restart.

use crate::campus::{MONDAY, school};
use crate::random::{Event, Said, day, events, feed};
use crate::script::Run;
use controller::{Action, Campus, Controller, Timestamp};
use expect_test::{Expect, expect};
use lighting::{Occupancy, Reason};
use proptest::prelude::*;
use rules::RuleSet;
use std::sync::Arc;

fn campus(rules: &str) -> Campus {
    let rules = RuleSet::parse(rules).unwrap_or_else(|faults| panic!("{faults:?}"));
    Campus { rules: Arc::new(rules), ..school() }
}

fn run(rules: &str) -> Run {
    Run::of(Controller::new(campus(rules), MONDAY).expect("a good campus"))
}

fn check(rules: &str, script: &str, expected: &Expect) {
    expected.assert_eq(&run(rules).run(script));
}

/// After six in the evening an occupied room gets a third, and a stuffy one is never fully lit.
const EVENING: &str = r#"
[[rule]]
id = "evening"
where = "science/102"
when = 'occupied && between("17:00", "21:00")'
ask = "max"
level_pct = 30
priority = "daylight"
expires_min = 10
reason = { en = "evening", zh = "晚间" }

[[rule]]
id = "stuffy"
where = ["science/*"]
when = 'for(co2_ppm > 1200, "5m") && period == "open"'
ask = "set"
level_pct = 20
priority = "demand_response"
expires_min = 5
reason = "air the room"
"#;

#[test]
fn a_rule_of_the_clock_acts_at_its_minute_and_where_it_says() {
    check(
        EVENING,
        "16:58 sci-101 motion=1 level.window=0 level.inner=0
         16:58 every 50s until 17:02 sci-102 motion=1
         20:59 every 50s until 21:01 sci-102 motion=1",
        &expect![[r#"
            16:58:00 science/101 window 0 -> 50 %: occupancy set 50 > default off
            16:58:00 science/101 inner 0 -> 50 %: occupancy set 50 > default off
            16:58:00 sci-101 is online
            16:58:00 desire sci-101
            16:58:00 science/102 window 0 -> 50 %: occupancy set 50 > default off
            16:58:00 sci-102 is online
            16:58:00 desire sci-102
            17:00:00 science/102 window 50 -> 30 %: daylight max 30 rule=0 > occupancy set 50 > default off
            17:00:30 sci-101 is silent
            17:00:30 desire sci-102
            18:00:00 science/101 window 50 -> 25 %: sweep max 25 off_in_s=300 > occupancy hold > default off
            18:00:00 science/101 inner 50 -> 25 %: sweep max 25 off_in_s=300 > occupancy hold > default off
            18:00:00 science/102 window 30 -> 15 %: sweep max 15 off_in_s=300 > occupancy hold > default off
            18:05:00 science/101 window 25 -> 0 %: sweep off > occupancy hold > default off
            18:05:00 science/101 inner 25 -> 0 %: sweep off > occupancy hold > default off
            18:05:00 science/102 window 15 -> 0 %: sweep off > occupancy hold > default off
            20:59:00 science/102 window 0 -> 30 %: daylight max 30 rule=0 > occupancy set 50 > default off
            20:59:00 sci-102 is online
            20:59:00 desire sci-101
            20:59:00 desire sci-102
            21:00:00 science/102 window 30 -> 50 %: occupancy set 50 > default off
            21:00:40 desire sci-102
        "#]],
    );
}

#[test]
fn a_rule_of_a_sensor_needs_its_time_and_outlives_the_sensor_for_minutes() {
    check(
        EVENING,
        "15:00 sci-102 motion=1 level=0 co2=1300
         15:01 every 60s until 15:08 sci-102 motion=1 co2=1300
         15:09 every 60s until 15:20 sci-102 motion=1",
        &expect![[r#"
            15:00:00 science/102 window 0 -> 50 %: occupancy set 50 > default off
            15:00:00 sci-102 is online
            15:00:00 desire sci-102
            15:05:00 science/102 window 50 -> 20 %: demand_response set 20 rule=1 > occupancy set 50 > default off
            15:05:00 desire sci-102
            15:15:00 science/102 window 20 -> 50 %: occupancy set 50 > default off
            15:15:00 desire sci-102
        "#]],
    );
}

#[test]
fn a_person_is_stronger_than_any_rule() {
    check(
        EVENING,
        "17:10 sci-102 motion=1 level=0
         17:11 press sci-102 window 90
         17:12 sci-102 motion=1
         17:13 auto science/102",
        &expect![[r#"
            17:10:00 science/102 window 0 -> 30 %: daylight max 30 rule=0 > occupancy set 50 > default off
            17:10:00 sci-102 is online
            17:10:00 desire sci-102
            17:11:00 science/102 window 30 -> 90 %: manual set 90 > occupancy set 50 > daylight max 30 rule=0 > default off
            17:11:00 desire sci-102
            17:13:00 science/102 window 90 -> 30 %: daylight max 30 rule=0 > occupancy set 50 > default off
            17:13:00 desire sci-102
        "#]],
    );
}

#[test]
fn what_rules_remember_survives_a_restart_and_is_forgotten_with_the_rule() {
    let before = "15:00 sci-102 motion=1 level=0 co2=1300
                  15:01 every 60s until 15:03 sci-102 motion=1 co2=1300";
    let after = "15:04 every 60s until 15:12 sci-102 motion=1 co2=1300";
    let mut kept = run(EVENING);
    kept.go_on(before);
    let saved = kept.controller.save();
    let restored =
        |rules| Controller::restore(campus(rules), MONDAY, &saved).expect("a good checkpoint");
    let mut again = kept.clone_with(restored(EVENING));
    assert_eq!(again.controller.save(), saved);
    let mut changed = kept.clone_with(restored(&EVENING.replace("> 1200", "> 1250")));
    for run in [&mut kept, &mut again, &mut changed] {
        run.go_on(after);
    }
    assert_eq!(kept.controller.save(), again.controller.save());
    assert_eq!(kept.told(), again.told(), "as if nothing had happened");
    // A rule that was changed begins to count anew.
    let at = |run: &Run| run.told().lines().find(|line| line.contains("-> 20")).map(str::to_owned);
    assert!(at(&kept).is_some_and(|line| line.starts_with("15:05")), "{}", kept.told());
    assert!(at(&changed).is_some_and(|line| line.starts_with("15:09")), "{}", changed.told());
}

/// Rules of every kind, also clumsy ones: the checker would tell of most of them.
const CLUMSY: [(&str, &str, &str); 7] = [
    ("occupied && between(\"08:10\", \"17:20\")", "ask = \"max\"\nlevel_pct = 5", "daylight"),
    ("illuminance_lx > 300", "ask = \"off\"", "demand_response"),
    ("for(vacant, \"3m\") || !fresh(occupancy)", "ask = \"off\"", "sweep"),
    ("since(occupied) < \"20m\"", "ask = \"min\"\nlevel_pct = 25", "occupancy"),
    ("hyst(daylight_lx, 100, 400)", "ask = \"set\"\ntarget_lx = 200", "occupancy"),
    ("vacant_for_min >= 4", "ask = \"set\"\nlevel_pct = 3", "sweep"),
    ("age(daylight_lx) > \"2m\" && weekday != \"sun\"", "ask = \"hold\"", "demand_response"),
];

fn clumsy() -> Campus {
    let rule = |(nth, (when, ask, priority)): (usize, &(&str, &str, &str))| {
        format!(
            "[[rule]]\nid = \"r{nth}\"\nwhere = \"*\"\nwhen = '{when}'\n{ask}\n\
             priority = \"{priority}\"\nexpires_min = 7\nreason = \"why\"\n"
        )
    };
    campus(&CLUMSY.iter().enumerate().map(rule).collect::<String>())
}

fn begun(start_ms: i64) -> Controller {
    Controller::new(clumsy(), MONDAY.plus(start_ms)).expect("a good campus")
}

fn transcript(controller: &mut Controller, events: &[Event]) -> Vec<Action> {
    events.iter().flat_map(|event| feed(controller, event)).collect()
}

proptest! {
    /// D1, G6: with rules too, a log has one outcome, and a restart changes nothing of it.
    #[test]
    fn with_rules_too_a_restored_controller_goes_on_as_if_nothing_had_happened(
        (start, steps) in day(),
        cut in any::<prop::sample::Index>(),
    ) {
        let events = events(start, &steps);
        let cut = cut.index(events.len() + 1);
        let mut kept = begun(start);
        transcript(&mut kept, &events[..cut]);
        let bytes = kept.save();
        let mut restored = Controller::restore(clumsy(), Timestamp(0), &bytes).expect("a good checkpoint");
        prop_assert_eq!(restored.save(), bytes);
        let (went_on, came_back) =
            (transcript(&mut kept, &events[cut..]), transcript(&mut restored, &events[cut..]));
        prop_assert_eq!(went_on, came_back);
        prop_assert_eq!(kept.save(), restored.save());
    }

    /// Deadlines of rules happen at their nominal times, however often somebody looks.
    #[test]
    fn with_rules_too_the_lamps_do_not_depend_on_when_somebody_looks(
        (start, steps) in day(),
        jitter in prop::collection::vec((any::<prop::sample::Index>(), 0..900_000i64), 1..60),
    ) {
        let mut seldom = events(start, &steps);
        seldom.retain(|event| !matches!(event.input, Said::Resumed));
        prop_assume!(!seldom.is_empty());
        let mut often = seldom.clone();
        for (nth, ms) in jitter {
            let nth = nth.index(often.len());
            let next = often.get(nth + 1).map_or(i64::MAX, |event| event.at.0);
            let at = Timestamp((often[nth].at.0 + ms).min(next));
            often.insert(nth + 1, Event { at, input: Said::Tick });
        }
        let end = seldom.iter().chain(&often).map(|event| event.at).max().unwrap_or(MONDAY);
        let decided = |mut events: Vec<Event>| {
            events.push(Event { at: end, input: Said::Tick });
            let mut actions = transcript(&mut begun(start), &events);
            actions.retain(|action| matches!(action, Action::Changed { .. }));
            actions
        };
        prop_assert_eq!(decided(seldom), decided(often));
    }

    /// S3, S5: no rule makes a room dark that is not known to be empty.
    #[test]
    fn no_rule_makes_a_room_dark_that_is_not_known_to_be_empty((start, steps) in day()) {
        let mut controller = begun(start);
        for event in events(start, &steps) {
            for action in feed(&mut controller, &event) {
                let Action::Changed { room, verdict, at, .. } = action else { continue };
                let by_rule = matches!(verdict.winner.reason, Reason::Rule { .. });
                if !by_rule || verdict.level_pct >= 10 || at != controller.now() {
                    continue;
                }
                let view = controller.room(room);
                let kept = matches!(verdict.winner.kind, lighting::Kind::Hold);
                prop_assert!(view.occupancy == Occupancy::Vacant || kept, "{verdict:?}");
            }
        }
    }
}
