//! Faults on purpose in the real decision code: the monitor finds each, and names the invariant that it breaks.

use days::check;
use days::plan::Plan;
use lighting::sabotage::{self, Sabotage};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// A fault is on in the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Days that are run; what they break, all of it.
const DAYS: u64 = 300;

fn check_fault(fault: Sabotage, expected: &str) {
    let alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    sabotage::set(Some(fault));
    let mut broken = BTreeSet::new();
    for seed in 1..=DAYS {
        broken.extend(check(&Plan::draw(seed), false).broken.map(|it| it.invariant));
        if broken.contains(expected) {
            break;
        }
    }
    sabotage::set(None);
    drop(alone);
    assert!(broken.contains(expected), "{fault:?} breaks {broken:?}, and not {expected}");
}

#[test]
fn clamps_in_the_wrong_order_break_s4() {
    check_fault(Sabotage::ClampsSwapped, "S4");
}

#[test]
fn a_request_without_an_end_breaks_l3() {
    check_fault(Sabotage::ExpiryRemoved, "L3");
}

#[test]
fn lamps_that_vote_for_occupancy_break_l1() {
    check_fault(Sabotage::LampsVote, "L1");
}

#[test]
fn a_stale_sensor_that_is_believed_breaks_s5() {
    check_fault(Sabotage::StaleIsFresh, "S5");
}

#[test]
fn a_restart_that_forgets_breaks_s7() {
    check_fault(Sabotage::RestartForgets, "S7");
}

#[test]
fn an_alarm_that_is_not_heard_breaks_s1() {
    check_fault(Sabotage::FireUnheard, "S1");
}

#[test]
fn emergency_lighting_that_is_driven_breaks_s2() {
    check_fault(Sabotage::EmergencyDriven, "S2");
}

#[test]
fn dark_over_peoples_heads_breaks_s3() {
    check_fault(Sabotage::DarkOverPeople, "S3");
}

#[test]
fn a_wish_that_is_taken_back_breaks_s6() {
    check_fault(Sabotage::WishIgnored, "S6");
}

#[test]
fn lamps_that_go_on_fully_break_s8() {
    check_fault(Sabotage::FullByItself, "S8");
}

#[test]
fn lamps_that_give_the_grid_nothing_break_s9() {
    check_fault(Sabotage::NothingShed, "S9");
}

#[test]
fn a_sweep_that_does_not_wait_breaks_l2() {
    check_fault(Sabotage::SweepAtOnce, "L2");
}

#[test]
fn decisions_that_never_rest_break_l4() {
    check_fault(Sabotage::Restless, "L4");
}

#[test]
fn light_that_jumps_breaks_q4() {
    check_fault(Sabotage::NoFade, "Q4");
}

#[test]
fn a_winner_that_did_not_win_breaks_d2() {
    check_fault(Sabotage::WrongWinner, "D2");
}
