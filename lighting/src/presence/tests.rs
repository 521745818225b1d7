//! What sensors say, and what follows from it. Minutes; hold 10, stale 3.

use super::*;

const MINUTE: Millis = 60_000;

/// Words at minutes (`+5`: movement at 5, `-6`: none at 6), then states at minutes.
fn check(words: &[i64], states: &[(u64, Occupancy)]) {
    let mut presence = Presence::new();
    let mut words = words.iter().peekable();
    for (minute, expected) in states {
        while let Some(word) = words.next_if(|word| word.unsigned_abs() <= *minute) {
            presence.seen(*word > 0, 180_000, word.unsigned_abs() * MINUTE);
        }
        let now = minute * MINUTE;
        let got = presence.state(600_000, 180_000, now);
        assert_eq!(got, *expected, "at minute {minute}");
        if let Some(next) = presence.deadline(600_000, 180_000, now) {
            assert!(next > now, "a deadline lies ahead");
            assert_eq!(presence.state(600_000, 180_000, next - 1), got, "nothing before {next}");
            assert_ne!(presence.state(600_000, 180_000, next), got, "something at {next}");
        }
    }
}

#[test]
fn a_room_becomes_vacant_only_after_the_whole_hold() {
    use Occupancy::*;
    let words = [1, -2, -4, -6, -8, -10, -11, -12, -14, 15];
    let states = [
        (0, Unknown),
        (1, Occupied),
        (2, VacantPending),
        (10, VacantPending),
        (11, Vacant),
        (14, Vacant),
        (15, Occupied),
        (17, Occupied),
        (18, Unknown),
    ];
    check(&words, &states);
}

#[test]
fn a_start_or_a_silence_never_looks_like_an_empty_room() {
    use Occupancy::*;
    let words = [-1, -3, -5, -7, -9, -11, -40, -42, -44, -46, -48, -50];
    let states =
        [(1, VacantPending), (11, Vacant), (20, Unknown), (40, VacantPending), (50, Vacant)];
    check(&words, &states);
}

#[test]
fn what_was_said_earlier_than_known_changes_nothing() {
    let mut presence = Presence::new();
    presence.seen(true, 180_000, 10 * MINUTE);
    let before = presence;
    presence.seen(false, 180_000, 9 * MINUTE);
    assert_eq!(presence, before);
}

#[test]
fn one_sensor_that_sees_somebody_is_believed_and_a_silent_one_is_not_asked() {
    use Occupancy::*;
    for (a, b, both) in [
        (Occupied, Vacant, Occupied),
        (VacantPending, Vacant, VacantPending),
        (Unknown, Vacant, Vacant),
        (Unknown, Unknown, Unknown),
    ] {
        assert_eq!(a.or(b), both);
        assert_eq!(b.or(a), both);
    }
}
