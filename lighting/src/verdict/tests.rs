//! Who wins, in tables.

use super::*;
use crate::request::Reason;
use std::vec::Vec as List;

fn ask(priority: Priority, kind: Kind) -> Request {
    Request { kind, priority, fade_ms: 0, expires: Some(100), reason: Reason::Idle }
}

/// `current`, requests → level, winner, how many losers.
fn check(current: u8, requests: &[(Priority, Kind)], expected: (u8, Priority, usize)) {
    let requests: List<Request> = requests.iter().map(|(p, k)| ask(*p, *k)).collect();
    let verdict: Verdict = arbitrate(&requests, 99, current);
    let got = (verdict.level_pct, verdict.winner.priority, verdict.losers.len());
    assert_eq!(got, expected, "{requests:?}");
    let sorted = verdict.losers.is_sorted_by_key(|r| r.priority);
    assert!(sorted, "losers are named strongest first");
    let turned: List<Request> = requests.into_iter().rev().collect();
    let again = arbitrate(&turned, 99, current);
    assert_eq!(again, verdict, "the order in which rules speak decides nothing");
}

#[test]
fn the_strongest_base_wins_and_automatic_clamps_compose_over_it() {
    use Kind::*;
    use Priority::*;
    check(0, &[], (0, Default, 0));
    check(30, &[(Occupancy, Hold)], (30, Occupancy, 0));
    check(30, &[(Occupancy, Set(50)), (Default, Off)], (50, Occupancy, 1));
    check(0, &[(Occupancy, Set(50)), (Daylight, Max(20))], (20, Daylight, 1));
    check(0, &[(Occupancy, Set(50)), (Floor, Min(70)), (Daylight, Max(20))], (70, Floor, 2));
    check(0, &[(Occupancy, Set(50)), (Floor, Min(40))], (50, Occupancy, 1));
    check(0, &[(Occupancy, Set(50)), (DemandResponse, Max(30)), (Floor, Min(40))], (40, Floor, 2));
    check(0, &[(Occupancy, Set(80)), (DemandResponse, Max(30))], (30, DemandResponse, 1));
    check(80, &[(Occupancy, Hold), (Sweep, Max(40))], (40, Sweep, 1));
    check(40, &[(Occupancy, Hold), (Sweep, Max(40))], (40, Sweep, 1));
    check(80, &[(Occupancy, Hold), (Sweep, Off)], (0, Sweep, 1));
}

#[test]
fn nothing_weaker_clamps_a_person_and_only_fire_outranks_a_lock() {
    use Kind::*;
    use Priority::*;
    check(0, &[(Manual, Set(0)), (Floor, Min(70)), (Occupancy, Set(50))], (0, Manual, 2));
    check(0, &[(Manual, Set(90)), (DemandResponse, Max(30))], (90, Manual, 1));
    check(0, &[(Manual, Set(90)), (Lock, Set(10))], (10, Lock, 1));
    check(0, &[(Manual, Set(90)), (Lock, Max(10))], (10, Lock, 1));
    check(0, &[(Fire, Set(100)), (Lock, Set(10)), (Manual, Set(0))], (100, Fire, 2));
}

#[test]
fn an_expired_request_is_neither_followed_nor_named() {
    let mut old = ask(Priority::Manual, Kind::Set(80));
    for (expires, level) in [(Some(98), 0), (Some(99), 0), (Some(100), 80), (None, 80)] {
        old.expires = expires;
        let verdict: Verdict = arbitrate(&[old], 99, 50);
        assert_eq!(verdict.level_pct, level, "{expires:?}");
        assert!(verdict.losers.is_empty());
    }
}

#[test]
fn no_level_is_ever_above_full() {
    check(0, &[(Priority::Occupancy, Kind::Set(255))], (100, Priority::Occupancy, 0));
}
