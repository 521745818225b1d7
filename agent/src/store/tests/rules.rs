//! Versions of rules and what was in force: kept with its row of the log, bounded, and not believed when damaged.

use super::super::rules::FIRST;
use super::super::{Canary, Entry, InForce, RulesChange, RulesVersion, Store};
use super::{NOW_MS, add, commit, folder, open};
use crate::limits::RULES_VERSIONS_MAX;
use rusqlite::Connection;

fn change(verb: &str, in_force: InForce) -> RulesChange {
    RulesChange {
        log_id: 0,
        at_ms: NOW_MS,
        verb: verb.to_owned(),
        in_force,
        findings: 2,
        uid: Some(1000),
        by: "li".to_owned(),
        why: "darker evenings".to_owned(),
    }
}

fn everywhere(version: u32) -> InForce {
    InForce { version, canary: None }
}

fn applied(store: &mut Store, verb: &str, number: u32, in_force: InForce) -> RulesChange {
    let version = RulesVersion { number, at_ms: NOW_MS, text: format!("# {number}") };
    store.rules(Some(version), change(verb, in_force.clone()));
    change(verb, in_force)
}

#[test]
fn what_is_in_force_is_kept_with_its_row_of_the_log() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let store = &mut opened.store;
    let first = applied(store, FIRST, 1, everywhere(1));
    store.resumed(NOW_MS);
    add(store, 1..3);
    let tried = Canary { version: 2, rooms: vec!["science/101".to_owned()] };
    let tried = InForce { version: 1, canary: Some(tried) };
    let canary = applied(store, "canary", 2, tried.clone());
    add(store, 3..4);
    commit(&mut opened.store, &mut opened.events);
    let back = change("rollback", everywhere(1));
    opened.store.rules(None, back.clone());
    commit(&mut opened.store, &mut opened.events);
    opened.store.close();

    let opened = open(&path);
    let reader = opened.store.reader();
    let with = |change: RulesChange, log_id| RulesChange { log_id, ..change };
    let expected = vec![with(first, 1), with(canary, 4), with(back, 6)];
    assert_eq!(reader.rules_changes().unwrap(), expected);
    let mut told = Vec::new();
    let replayed = reader.replay(0, |logged| {
        if let Entry::Rules(in_force) = logged.entry {
            told.push((logged.id, in_force));
        }
    });
    assert_eq!(replayed.unwrap().damaged, 0);
    assert_eq!(told, [(4, tried), (6, everywhere(1))], "the first has no row of its own");
    assert_eq!(reader.rules_version(2).unwrap().unwrap().text, "# 2");
    assert_eq!((reader.rules_version(3).unwrap(), reader.next_rules_version().unwrap()), (None, 3));
}

#[test]
fn old_versions_go_but_never_the_one_in_force() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    let most = RULES_VERSIONS_MAX as u32;
    for number in 1..=most + 3 {
        // The second stays in force everywhere else; it is the others that are tried.
        let canary = Canary { version: number, rooms: vec!["gym/1".to_owned()] };
        let canary = InForce { version: 2, canary: Some(canary) };
        let in_force = if number <= 2 { everywhere(number) } else { canary };
        applied(&mut opened.store, "apply", number, in_force);
    }
    commit(&mut opened.store, &mut opened.events);
    let kept = opened.store.reader().rules_versions().unwrap();
    let numbers: Vec<u32> = kept.iter().map(|version| version.number).collect();
    let newest = 4..=most + 3;
    assert_eq!(numbers, [2].into_iter().chain(newest).collect::<Vec<_>>());
}

#[test]
fn a_damaged_version_or_change_is_not_believed() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    applied(&mut opened.store, "apply", 1, everywhere(1));
    applied(&mut opened.store, "apply", 2, everywhere(2));
    commit(&mut opened.store, &mut opened.events);
    opened.store.close();
    let connection = Connection::open(&path).unwrap();
    connection.execute("UPDATE rules_version SET text = '# other' WHERE id = 2", ()).unwrap();
    connection.execute("UPDATE rules_change SET by = 'wang' WHERE id = 2", ()).unwrap();
    drop(connection);
    let reader = open(&path).store.reader();
    assert_eq!(reader.rules_version(2).unwrap(), None);
    assert_eq!(reader.rules_changes().unwrap().len(), 1);
    assert_eq!(reader.next_rules_version().unwrap(), 3, "its number is not used again");
}
