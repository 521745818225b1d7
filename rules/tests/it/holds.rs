//! Holds: how long rooms stay lit after the last movement, and another file that is tried in some rooms.

use rules::{Class, Place, RuleSet, Times, ZoneName, check, line_and_column};
use std::collections::BTreeSet;

const USUAL: Times<u32> = Times { usual: 600_000, pause: 300_000, still: 900_000 };

fn place(name: &str) -> Place {
    let (room, zone) = name.rsplit_once('/').expect("building/room/zone");
    let name = ZoneName { room: room.into(), zone: zone.into() };
    Place { name, settings: lighting::Settings::default() }
}

fn parse(text: &str) -> RuleSet {
    RuleSet::parse(text).expect("good rules")
}

/// Minutes that a room stays lit, usually, in breaks, and when people sit still.
fn held(rules: &RuleSet, name: &str) -> [u32; 3] {
    let times = rules.times_at(&place(name).name, USUAL);
    [times.usual, times.pause, times.still].map(|ms| ms / 60_000)
}

#[test]
fn the_later_of_two_holds_counts_and_what_neither_says_stays_as_configured() {
    let rules = parse(
        r#"
        hold = [
            { id = "all", where = ["*"], hold_min = 12, break_hold_min = 6 },
            { id = "readers", where = ["library/*"], hold_min = 20 },
        ]"#,
    );
    assert_eq!(held(&rules, "science/101/window"), [12, 6, 15]);
    assert_eq!(held(&rules, "library/1/window"), [20, 6, 15]);
    assert_eq!(held(&RuleSet::default(), "library/1/window"), [10, 5, 15]);
}

#[test]
fn what_no_hold_may_be_is_refused_with_its_place() {
    let shown = |text: &str| {
        let faults = RuleSet::parse(text).expect_err("faults");
        let show = |fault: &rules::Fault| {
            let (line, column) = line_and_column(text, fault.at.start);
            format!("{line}:{column} {}", fault.title)
        };
        faults.iter().map(show).collect::<Vec<_>>()
    };
    let with = |keys: &str| format!("[[hold]]\nid = \"a\"\nwhere = \"science/101\"\n{keys}\n");
    assert_eq!(shown(&with("hold_min = 4")), ["4:12 `hold_min` takes a whole number from 5 to 20"]);
    assert_eq!(
        shown(&with("hold_min = 21")),
        ["4:12 `hold_min` takes a whole number from 5 to 20"]
    );
    assert_eq!(shown(&with("")), ["1:1 a hold without a time"]);
    assert_eq!(shown(&with("hold_s = 600\nhold_min = 9")), ["4:1 unknown key `hold_s` in a hold"]);
    let zone = with("hold_min = 9").replace("science/101", "science/101/window");
    assert_eq!(shown(&zone), ["3:9 a room is empty or not, whatever its zones"]);
    let twice = format!("{0}{0}", with("hold_min = 9"));
    assert_eq!(shown(&twice), ["6:6 two rules are called `a`"]);
    let places = [place("science/102/window").name];
    let faults = parse(&with("hold_min = 9")).check_places(&places).expect_err("no such room");
    assert_eq!(faults[0].title, "no zone of this campus is called `science/101`");
}

#[test]
fn a_hold_that_counts_nowhere_and_one_too_short_for_an_exam_are_mistakes() {
    let classes = |text: &str| {
        let found = check(&parse(text), &[place("science/101/window"), place("library/1/window")]);
        found.into_iter().map(|it| (it.class, it.rules.join(" "))).collect::<Vec<_>>()
    };
    let upside_down = r#"
        hold = [
            { id = "readers", where = ["library/*"], hold_min = 20 },
            { id = "all", where = ["*"], hold_min = 12 },
        ]"#;
    assert_eq!(classes(upside_down), [(Class::Shadowed, "readers all".to_owned())]);
    let short = r#"hold = [{ id = "all", where = ["*"], hold_min = 5, still_hold_min = 5 }]"#;
    assert_eq!(classes(short), [(Class::Race, "all".to_owned())]);
    let good = r#"
        hold = [
            { id = "all", where = ["*"], hold_min = 5 },
            { id = "readers", where = ["library/*"], hold_min = 20 },
        ]"#;
    assert_eq!(classes(good), []);
}

#[test]
fn a_file_that_is_tried_decides_alone_in_its_rooms_and_nowhere_else() {
    let rule = |id: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\nwhere = \"*\"\nwhen = 'occupied'\nask = \"max\"\nlevel_pct = 40\n\
             priority = \"daylight\"\nexpires_min = 5\nreason = \"so\"\n"
        )
    };
    let hold = "[[hold]]\nid = \"h\"\nwhere = \"*\"\nhold_min = 15\n";
    let (old, new) = (parse(&rule("old")), parse(&(rule("new") + hold)));
    let rooms: BTreeSet<String> = ["science/101".to_owned()].into();
    let both = old.trying(&new, rooms);
    let ids = |name: &str| {
        let numbers = both.at(&place(name).name).into_iter();
        numbers.filter_map(|it| both.rule(it)).map(|rule| rule.id.as_str()).collect::<Vec<_>>()
    };
    assert_eq!((ids("science/101/window"), ids("science/102/window")), (vec!["new"], vec!["old"]));
    assert_eq!((held(&both, "science/101/w")[0], held(&both, "science/102/w")[0]), (15, 10));
    assert_eq!([0, 1].map(|number| both.is_tried(number)), [false, true]);
}
