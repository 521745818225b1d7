//! Presses and edges out of levels: bounce, long holds, short presses, warm-up.

use super::*;
use proptest::prelude::*;

/// Looks every `step` ms at a contact that is closed during `closed`; the times of presses.
fn presses(switch: &mut Switch, closed: &[(u64, u64)], step: u64, phase: u64) -> Vec<u64> {
    let end = closed.last().map_or(0, |last| last.1) + 500;
    let at = |now: u64| closed.iter().any(|(from, to)| (*from..*to).contains(&now));
    (phase..end)
        .step_by(step as usize)
        .filter(|now| switch.observe(at(*now), *now).is_some())
        .collect()
}

#[test]
fn a_press_of_30_ms_counts_once_within_30_ms_wherever_the_poll_falls() {
    for phase in 0..20 {
        let seen = presses(&mut Switch::polled(), &[(100, 130)], 20, phase);
        assert_eq!(seen.len(), 1, "phase {phase}");
        assert!((100..=130).contains(&seen[0]), "phase {phase}: {seen:?}");
    }
}

#[test]
fn bounce_is_one_press_polled_and_on_edges() {
    let bouncing = [(100, 101), (102, 103), (105, 106), (107, 400), (402, 404), (407, 408)];
    for phase in 0..20 {
        assert_eq!(presses(&mut Switch::polled(), &bouncing, 20, phase).len(), 1, "phase {phase}");
    }
    let seen = presses(&mut Switch::on_edges(), &bouncing, 1, 0);
    assert_eq!(seen, [117], "10 ms after the last bounce");
}

#[test]
fn a_worn_contact_that_opens_for_a_moment_is_one_press() {
    for phase in 0..20 {
        let seen = presses(&mut Switch::polled(), &[(100, 130), (152, 400)], 20, phase);
        assert_eq!(seen.len(), 1, "phase {phase}");
    }
}

#[test]
fn a_hold_of_minutes_is_one_press_and_two_quick_ones_are_two() {
    assert_eq!(presses(&mut Switch::polled(), &[(100, 300_100)], 20, 0).len(), 1);
    for phase in 0..20 {
        let seen = presses(&mut Switch::polled(), &[(100, 160), (260, 320)], 20, phase);
        assert_eq!(seen.len(), 2, "phase {phase}");
    }
}

#[test]
fn a_spike_on_the_cable_is_no_press_on_edges() {
    assert!(presses(&mut Switch::on_edges(), &[(100, 109)], 1, 0).is_empty());
}

#[test]
fn a_button_held_at_the_start_is_no_press_until_it_was_released() {
    let mut switch = Switch::polled();
    assert_eq!(presses(&mut switch, &[(0, 200), (300, 340)], 20, 0), [300]);
}

#[test]
fn on_edges_the_deadline_says_when_to_look_again() {
    let mut switch = Switch::on_edges();
    assert_eq!(switch.observe(false, 0), None);
    assert_eq!(switch.deadline(), None);
    assert_eq!(switch.observe(true, 50), None);
    assert_eq!(switch.deadline(), Some(60));
    assert_eq!(switch.observe(true, 60), Some(Press));
    assert_eq!(switch.deadline(), None);
}

#[test]
fn a_warming_sensor_is_off_and_then_believed() {
    let mut pir = Pir::new(1_000, 45_000);
    assert_eq!(pir.observe(true, 1_000), Some(Sample::No(NoReading::Off)));
    assert_eq!(pir.observe(true, 30_000), None);
    assert_eq!(pir.take(40_000), Sample::No(NoReading::Off));
    assert_eq!(pir.deadline(40_000), Some(46_000));
    assert_eq!(pir.observe(true, 46_000), Some(motion(true)));
    assert_eq!(pir.observe(false, 50_000), None);
    assert_eq!(pir.deadline(50_000), Some(50_020));
    assert_eq!(pir.observe(false, 50_020), Some(motion(false)));
    // What moved in between is remembered once.
    assert_eq!(pir.take(50_020), motion(true));
    assert_eq!(pir.take(50_020), motion(false));
}

#[test]
fn warm_up_is_held_within_its_limits() {
    assert_eq!(Pir::new(0, 0).deadline(0), Some(30_000));
    assert_eq!(Pir::new(0, u64::MAX).deadline(0), Some(60_000));
    // Nothing overflows at the end of time either.
    assert_eq!(Pir::new(u64::MAX, 30_000).deadline(0), Some(u64::MAX));
}

#[test]
fn a_disturbance_shorter_than_a_poll_is_no_motion() {
    let mut pir = Pir::new(0, 30_000);
    pir.observe(false, 0);
    assert_eq!(pir.observe(false, 30_000), Some(motion(false)));
    assert_eq!(pir.observe(true, 30_005), None);
    assert_eq!(pir.observe(false, 30_015), None);
    assert_eq!(pir.take(30_100), motion(false));
}

proptest! {
    /// Never more presses than times the contact closed, whatever it does and whatever the clock says.
    #[test]
    fn presses_never_outnumber_closings(looks in prop::collection::vec((any::<bool>(), 0u64..200), 0..200)) {
        for mut switch in [Switch::polled(), Switch::on_edges()] {
            let (mut now, mut before, mut closings, mut presses) = (0, true, 0, 0);
            for (closed, step) in &looks {
                now += step;
                closings += u32::from(*closed && !before);
                before = *closed;
                presses += u32::from(switch.observe(*closed, now).is_some());
            }
            prop_assert!(presses <= closings);
        }
    }
}
