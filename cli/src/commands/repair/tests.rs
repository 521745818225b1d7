//! What was typed becomes what the agent is asked.

use super::{fraction, person, wish};
use crate::args::{Campus, Command, Energy};
use crate::fixtures::page;
use crate::words::Lang;
use agent::api::types::RepairEnergy;
use clap::Parser;

fn asked(line: &[&str]) -> RepairEnergy {
    let start = ["campus", "energy", "repair", "gym-mains", "--why", "x", "--by", "li"];
    let parsed = Campus::try_parse_from(start.iter().chain(line)).expect("a repair");
    let Command::Energy(Energy::Repair(args)) = parsed.command else { panic!("not a repair") };
    wish(&args, args.meter.clone(), &page(Lang::En)).expect("a wish")
}

#[test]
fn each_kind_of_repair_asks_for_its_own_things() {
    let base = RepairEnergy {
        meter: "gym-mains".into(),
        by: "li".into(),
        why: "x".into(),
        ..RepairEnergy::default()
    };
    let eight_ms = 1_795_132_800_000;
    let span = |wish: RepairEnergy| RepairEnergy {
        from_ms: Some(eight_ms),
        to_ms: Some(eight_ms + 5_400_000),
        ..wish
    };
    let check = |line: &[&str], wanted: RepairEnergy| assert_eq!(asked(line), wanted, "{line:?}");
    let ignore = RepairEnergy { what: "ignore".into(), ..base.clone() };
    check(&["--ignore", "2026-11-20 08:00..09:30"], span(ignore));
    let factor = RepairEnergy {
        what: "factor".into(),
        numerator: Some(3),
        denominator: Some(2),
        ..base.clone()
    };
    check(&["--factor", "3/2", "08:00..2026-11-20 09:30"], span(factor));
    check(&["--believe"], RepairEnergy { what: "believe".into(), ..base.clone() });
    check(&["--refuse"], RepairEnergy { what: "refuse".into(), ..base });
}

#[test]
fn a_factor_is_a_fraction_of_positive_whole_numbers() {
    for (text, wanted) in [("3/2", (3, 2)), ("40", (40, 1)), (" 1 / 60 ", (1, 60))] {
        assert_eq!(fraction(text).ok(), Some(wanted), "{text}");
    }
    for text in ["", "0", "1/0", "1.5", "-3/2", "3/2/1", "a/b"] {
        assert!(fraction(text).is_err(), "{text}");
    }
}

#[test]
fn a_repair_names_a_person() {
    assert_eq!(person(Some(" li ")).ok().as_deref(), Some("li"));
    assert!(person(Some("  ")).is_err());
}
