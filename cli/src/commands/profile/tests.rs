//! Faults of profiles as people and programs see them.

use super::{claims, verdict};
use device_profiles::texts;

/// The shipped profile with one text replaced by another.
fn changed(from: &str, to: &str) -> String {
    let (_, text) = texts()
        .iter()
        .find(|(file, _)| file.ends_with("eastron-sdm120.toml"))
        .expect("a shipped profile");
    assert!(text.contains(from), "the profile has {from}");
    text.replacen(from, to, 1)
}

#[test]
fn a_shipped_profile_has_no_fault() {
    let good = verdict("sdm120.toml", &changed("kind", "kind"));
    assert_eq!((good.id.as_str(), good.faults.len()), ("eastron-sdm120", 0));
    assert!(good.examples > 0);
}

#[test]
fn every_claim_of_the_shipped_profiles_is_found_in_its_place() {
    for (file, text) in texts() {
        let profile = device_profiles::Profile::parse(text, file).expect("it is shipped");
        let found = claims(text);
        assert_eq!(found.len(), profile.check_examples().len(), "{file}");
        for claim in found {
            let line = text.lines().nth(claim.line - 1).unwrap_or_default();
            assert!(["reads", "writes", "no"].iter().any(|key| line.trim_start().starts_with(key)));
        }
    }
}

#[test]
fn an_example_that_does_not_come_out_is_shown_where_it_stands() {
    let wrong = changed("reads = \"230.2\"", "reads = \"231.2\"");
    let verdict = verdict("sdm120.toml", &wrong);
    let [fault] = verdict.faults.as_slice() else { panic!("{:?}", verdict.faults) };
    let line = wrong.lines().position(|line| line.contains("231.2")).expect("the line") + 1;
    assert_eq!((fault.line, fault.column), (line, 9));
    assert!(fault.what.contains("230.2") && fault.what.contains("231.2"), "{}", fault.what);
    assert!(verdict.shown.contains(&format!("--> sdm120.toml:{line}:9")), "{}", verdict.shown);
    assert!(verdict.shown.contains("        ^^^^^^^\n"), "{}", verdict.shown);
}

#[test]
fn an_example_in_another_order_gets_the_order_as_a_hint() {
    let turned = changed("[\"0x4366\", \"0x3334\"]", "[\"0x3334\", \"0x4366\"]");
    let verdict = verdict("sdm120.toml", &turned);
    let hints: Vec<_> = verdict.faults.iter().filter_map(|fault| fault.hint.as_deref()).collect();
    assert_eq!(hints, ["with `order = \"CDAB\"` it reads 230.2 V"]);
}

#[test]
fn what_is_no_profile_is_said_with_line_and_column() {
    let verdict = verdict("x.toml", &changed("maker =", "mkaer ="));
    assert!(!verdict.faults.is_empty());
    assert!(verdict.faults.iter().any(|fault| fault.what.contains("mkaer") && fault.line > 0));
    assert!(verdict.shown.contains("x.toml:"), "{}", verdict.shown);
}
