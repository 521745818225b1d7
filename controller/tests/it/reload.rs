//! Other rules while the controller runs: nothing jumps, nothing is forgotten, and who is not concerned
//! does not notice.

use crate::campus::{MONDAY, school};
use crate::random::{Event, Said, day, events, feed};
use crate::script::{Run, render};
use controller::{Action, Campus, Controller, Input, NodeIx, RoomIx, Timestamp};
use expect_test::expect;
use proptest::prelude::*;
use proptest::sample::Index;
use rules::RuleSet;
use std::sync::Arc;

/// Rules that remember: a timer, a band, a lamp level of lux; and holds.
const OLD: &str = r#"
[[rule]]
id = "bright"
where = "*"
when = 'occupied && hyst(daylight_lx, 200, 500)'
ask = "max"
level_pct = 30
priority = "daylight"
expires_min = 10
reason = "bright"

[[rule]]
id = "late"
where = "science/*"
when = 'for(vacant, "20m") && between("12:00", "22:00")'
ask = "off"
priority = "occupancy"
expires_min = 5
reason = "late"

[[rule]]
id = "desks"
where = "science/102"
when = 'occupied && since(vacant) > "5m"'
ask = "min"
target_lx = 250
priority = "occupancy"
expires_min = 5
reason = "desks"

[[hold]]
id = "all"
where = "*"
hold_min = 12
"#;

fn parse(text: &str) -> Arc<RuleSet> {
    Arc::new(RuleSet::parse(text).unwrap_or_else(|faults| panic!("{faults:?}")))
}

fn ruled(rules: &Arc<RuleSet>, start_ms: i64) -> Controller {
    let campus = Campus { rules: rules.clone(), ..school() };
    Controller::new(campus, MONDAY.plus(start_ms)).expect("a good campus")
}

fn take(controller: &mut Controller, rules: &Arc<RuleSet>, at: Timestamp) -> Vec<Action> {
    let mut out = Vec::new();
    controller.handle(Input::Rules { rules }, at, &mut out);
    out
}

/// The day as it is decided; at each of `moments` the rules are these from then on, or nothing but time
/// passes.
fn run(
    controller: &mut Controller,
    events: &[Event],
    moments: &[usize],
    rules: Option<&Arc<RuleSet>>,
) -> Vec<Action> {
    let mut all = Vec::new();
    for (nth, event) in events.iter().enumerate() {
        if moments.contains(&nth) {
            match rules {
                Some(rules) => all.extend(take(controller, rules, event.at)),
                None => all.extend(feed(controller, &Event { at: event.at, input: Said::Tick })),
            }
        }
        all.extend(feed(controller, event));
    }
    all
}

/// What concerns the first room and its node.
fn of_the_first_room(actions: &[Action]) -> Vec<String> {
    let concerns = |action: &&Action| match action {
        Action::Changed { room, .. } | Action::RoomChanged { room } | Action::Readings { room } => {
            *room == RoomIx(0)
        }
        Action::Desire { node } => *node == NodeIx(0),
        _ => false,
    };
    actions.iter().filter(concerns).map(|action| format!("{action:?}")).collect()
}

fn moments(of: &[Index], events: &[Event]) -> Vec<usize> {
    of.iter().filter(|_| !events.is_empty()).map(|index| index.index(events.len())).collect()
}

proptest! {
    /// The same rules again, with another comment, are nothing but a moment that passes.
    #[test]
    fn the_same_rules_again_change_nothing(
        (start, steps) in day(),
        at in prop::collection::vec(any::<Index>(), 1..20),
    ) {
        let events = events(start, &steps);
        let at = moments(&at, &events);
        let (old, same) = (parse(OLD), parse(&format!("# another comment\n{OLD}")));
        prop_assert!(old != same, "they stand elsewhere");
        let (mut left_alone, mut reloaded) = (ruled(&old, start), ruled(&old, start));
        let expected = run(&mut left_alone, &events, &at, None);
        prop_assert_eq!(run(&mut reloaded, &events, &at, Some(&same)), expected);
        prop_assert_eq!(left_alone.save(), reloaded.save());
    }

    /// Other rules in one room, or another file that is tried there, are not noticed in the next.
    #[test]
    fn other_rules_next_door_are_not_noticed(
        (start, steps) in day(),
        at in prop::collection::vec(any::<Index>(), 1..6),
        tried in any::<bool>(),
    ) {
        let events = events(start, &steps);
        let at = moments(&at, &events);
        let old = parse(OLD);
        let more = OLD.replace("[[hold]]", "
[[rule]]
id = \"dim\"
where = \"science/102\"
when = 'occupied && between(\"07:30\", \"16:10\")'
ask = \"set\"
level_pct = 15
priority = \"demand_response\"
expires_min = 5
reason = \"dim\"

[[hold]]
id = \"next-door\"
where = \"science/102\"
hold_min = 5

[[hold]]");
        let more = if tried {
            let other = parse(&more.replace("hold_min = 12", "hold_min = 7"));
            Arc::new(old.trying(&other, ["science/102".to_owned()].into()))
        } else {
            // The hold of all rooms comes last, so it would win.
            parse(&more.replace("id = \"all\"\nwhere = \"*\"", "id = \"all\"\nwhere = \"science/101\""))
        };
        let (mut left_alone, mut reloaded) = (ruled(&old, start), ruled(&old, start));
        let expected = of_the_first_room(&run(&mut left_alone, &events, &at, None));
        let decided = of_the_first_room(&run(&mut reloaded, &events, &at, Some(&more)));
        prop_assert_eq!(decided, expected);
    }

    /// Whatever the new rules are, lamps fade, and none goes dark that somebody may sit below.
    #[test]
    fn lamps_never_jump_when_rules_change(
        (start, steps) in day(),
        at in any::<Index>(),
        level_pct in 1..=100u8,
        ask in prop::sample::select(vec!["set", "max", "min"]),
        hold_min in 5..=20u8,
    ) {
        let events = events(start, &steps);
        prop_assume!(!events.is_empty());
        let at = moments(&[at], &events)[0];
        let old = parse(OLD);
        let new = format!("
[[rule]]
id = \"bright\"
where = \"*\"
when = 'occupied || vacant'
ask = \"{ask}\"
level_pct = {level_pct}
priority = \"occupancy\"
expires_min = 10
reason = \"new\"

[[hold]]
id = \"all\"
where = \"*\"
hold_min = {hold_min}
");
        let mut controller = ruled(&old, start);
        run(&mut controller, &events[..at], &[], None);
        feed(&mut controller, &Event { at: events[at].at, input: Said::Tick });
        let before: Vec<u8> = levels(&controller);
        let wishes = manual(&controller);
        let said = take(&mut controller, &parse(&new), events[at].at);
        // But in a room that has emptied by the shorter of two holds, where every wish ends.
        let emptied = |ix: u32| controller.room(RoomIx(ix)).occupancy == lighting::Occupancy::Vacant;
        let emptied = [0, 0, 1].map(emptied);
        for (nth, wished) in manual(&controller).into_iter().enumerate() {
            prop_assert!(wished == wishes[nth] || emptied[nth], "a wish stays: {nth}");
        }
        for action in said {
            let Action::Changed { room, zone, from_pct, verdict, .. } = action else { continue };
            prop_assert_eq!(from_pct, before[zone.at()]);
            prop_assert!(verdict.fade_ms >= 2_000, "{:?}", verdict);
            let occupancy = controller.room(room).occupancy;
            let dark = verdict.level_pct == 0 && occupancy != lighting::Occupancy::Vacant;
            prop_assert!(!dark, "{:?} in a room that is {:?}", verdict, occupancy);
        }
    }

    /// A restart between two versions ends where a running controller does.
    #[test]
    fn a_checkpoint_after_other_rules_goes_on_as_if_nothing_had_happened(
        (start, steps) in day(),
        swap in any::<Index>(),
        cut in any::<Index>(),
    ) {
        let events = events(start, &steps);
        let old = parse(OLD);
        let new = parse(&OLD.replace("level_pct = 30", "level_pct = 60").replace("20m", "25m"));
        let both = Arc::new(old.trying(&new, ["science/101".to_owned()].into()));
        prop_assume!(!events.is_empty());
        let (swap, cut) = (moments(&[swap], &events)[0], moments(&[cut], &events)[0]);
        let mut kept = ruled(&old, start);
        run(&mut kept, &events[..swap], &[], None);
        take(&mut kept, &both, events[swap].at);
        let (first, rest) = events[swap..].split_at(cut.saturating_sub(swap));
        run(&mut kept, first, &[], None);
        let campus = Campus { rules: both, ..school() };
        let mut restored = Controller::restore(campus, Timestamp(0), &kept.save()).expect("good");
        let (went_on, came_back) =
            (run(&mut kept, rest, &[], None), run(&mut restored, rest, &[], None));
        prop_assert_eq!(went_on, came_back);
        prop_assert_eq!(kept.save(), restored.save());
    }
}

fn levels(controller: &Controller) -> Vec<u8> {
    let rooms = (0..2).map(RoomIx);
    rooms
        .flat_map(|room| controller.room(room).zones.into_iter().map(|zone| zone.level_pct))
        .collect()
}

/// Zones that a person holds.
fn manual(controller: &Controller) -> Vec<bool> {
    let rooms = (0..2).map(RoomIx);
    let held = |zone: controller::ZoneView| {
        zone.verdict.winner.priority == lighting::Priority::Manual
            || zone.verdict.losers.iter().any(|it| it.priority == lighting::Priority::Manual)
    };
    rooms
        .flat_map(|room| controller.room(room).zones.into_iter().map(held).collect::<Vec<_>>())
        .collect()
}

/// A day of these rules up to some minute of it, then other rules, then the rest.
fn story(old: &str, first: &str, new: &str, at_min: i64, rest: &str) -> String {
    let mut run = Run::of(ruled(&parse(old), 0));
    run.go_on(first);
    let told = run.told().len();
    let said = take(&mut run.controller, &parse(new), MONDAY.plus(at_min * 60_000));
    let shown = said.iter().filter_map(|action| render(&run.controller, action, false));
    let shown: Vec<String> = shown.collect();
    run.go_on(rest);
    format!("at the change:\n{}\nafter it:\n{}", shown.join("\n"), &run.told()[told..])
}

fn stuffy(minutes: u32, level_pct: u32) -> String {
    format!(
        "[[rule]]\nid = \"stuffy\"\nwhere = \"science/102\"\n\
         when = 'for(co2_ppm > 1200, \"{minutes}m\")'\nask = \"set\"\nlevel_pct = {level_pct}\n\
         priority = \"demand_response\"\nexpires_min = 5\nreason = \"air the room\"\n"
    )
}

#[test]
fn a_timer_goes_on_under_another_level_and_begins_anew_under_another_condition() {
    let heard = "15:00 sci-102 motion=1 level=0 co2=1300
                 15:01 every 60s until 15:03 sci-102 motion=1 co2=1300";
    let rest = "15:04 every 60s until 15:12 sci-102 motion=1 co2=1300";
    expect![[r#"
        at the change:

        after it:
        15:05:00 science/102 window 50 -> 30 %: demand_response set 30 rule=0 > occupancy set 50 > default off
        15:05:00 desire sci-102
    "#]]
    .assert_eq(&story(&stuffy(5, 20), heard, &stuffy(5, 30), 15 * 60 + 3, rest));
    expect![[r#"
        at the change:

        after it:
        15:09:00 science/102 window 50 -> 20 %: demand_response set 20 rule=0 > occupancy set 50 > default off
        15:09:00 desire sci-102
    "#]]
    .assert_eq(&story(&stuffy(5, 20), heard, &stuffy(6, 20), 15 * 60 + 3, rest));
}

#[test]
fn a_rule_that_is_gone_lets_go_at_once_and_another_level_is_faded_to() {
    let heard = "15:00 sci-102 motion=1 level=0 co2=1300
                 15:01 every 60s until 15:06 sci-102 motion=1 co2=1300";
    let rest = "15:07 sci-102 motion=1 co2=1300";
    expect![[r#"
        at the change:
        science/102 window 20 -> 50 %: occupancy set 50 > default off
        desire sci-102
        after it:
    "#]]
    .assert_eq(&story(&stuffy(5, 20), heard, "", 15 * 60 + 6, rest));
    expect![[r#"
        at the change:
        science/102 window 20 -> 35 %: demand_response set 35 rule=0 > occupancy set 50 > default off
        desire sci-102
        after it:
    "#]]
    .assert_eq(&story(&stuffy(5, 20), heard, &stuffy(5, 35), 15 * 60 + 6, rest));
}

#[test]
fn a_hold_that_runs_goes_on_and_ends_by_the_new_time() {
    let hold =
        |min: u32| format!("[[hold]]\nid = \"h\"\nwhere = \"science/102\"\nhold_min = {min}\n");
    let heard = "15:00 sci-102 motion=1 level=0
                 15:01 every 60s until 15:08 sci-102 motion=0";
    let rest = "15:09 every 60s until 15:20 sci-102 motion=0
                15:20 desired sci-102";
    // Quiet since a minute past three: longer, shorter, and already over.
    let told = [15, 9, 5].map(|min| story("", heard, &hold(min), 15 * 60 + 8, rest));
    expect![[r#"
        at the change:
        desire sci-102
        after it:
        15:15:00 science/102 window 50 -> 0 %: occupancy off for_s=900 > default off
        15:15:00 desire sci-102
            sci-102: version +3, boot 1: window 0 % in 2000 ms, 0 presses
        ---
        at the change:
        desire sci-102
        after it:
        15:09:00 science/102 window 50 -> 0 %: occupancy off for_s=540 > default off
        15:09:00 desire sci-102
            sci-102: version +3, boot 1: window 0 % in 2000 ms, 0 presses
        ---
        at the change:
        science/102 window 50 -> 0 %: occupancy off for_s=480 > default off
        desire sci-102
        after it:
            sci-102: version +2, boot 1: window 0 % in 2000 ms, 0 presses
    "#]]
    .assert_eq(&told.join("---\n"));
}
