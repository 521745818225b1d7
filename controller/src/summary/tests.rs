//! Days are the sum of their slots, and what nobody can say is absent.

use super::*;
use proptest::prelude::*;

const SLOT_MS: i64 = 900_000;

/// Two rooms of one building with a meter each, the first with lamps of its own.
fn scope() -> Scope {
    let stream = |name: &str, kind, meters: &[usize], lamps: &[usize], rooms: &[usize]| Stream {
        name: name.to_owned(),
        kind,
        meters: meters.to_vec(),
        lamps: lamps.to_vec(),
        rooms: rooms.to_vec(),
    };
    Scope {
        zone: TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap(),
        slot_ms: SLOT_MS,
        meters: ["a/main", "b/main", "a/window"].map(str::to_owned).to_vec(),
        rooms: ["science/101", "science/102"].map(str::to_owned).to_vec(),
        streams: vec![
            stream("room/science/101", StreamKind::Room, &[0], &[2], &[0]),
            stream("room/science/102", StreamKind::Room, &[1], &[], &[1]),
            stream("building/science", StreamKind::Building, &[0, 1], &[2], &[0, 1]),
            stream("meter/a/main", StreamKind::Meter, &[0], &[], &[]),
        ],
    }
}

#[test]
fn what_nobody_can_say_is_absent_and_never_zero() {
    let scope = scope();
    let values = scope.quarter(0, &scope.blank());
    assert_eq!(values, Values::default());
    let mut facts = scope.blank();
    facts.room_measured(0, (Some(320), None, None));
    let values = scope.quarter(0, &facts);
    assert_eq!(
        (values.occupied_s, values.illuminance_lx),
        (Some(0), Some(320)),
        "heard, and empty"
    );
    assert_eq!((values.energy_wh, values.complete_permille), (None, 0), "its meter is silent");
}

#[test]
fn a_slot_is_as_complete_as_the_less_known_of_energy_and_time() {
    let scope = scope();
    let mut facts = scope.blank();
    facts.posting(0, 40, Quality::EstimatedShape);
    facts.posting(0, 60, Quality::Measured);
    facts.posting(2, 30, Quality::Measured);
    facts.room(0, RoomTime { occupied_ms: 450_000, unknown_ms: 90_000, ..RoomTime::default() });
    let room = scope.quarter(0, &facts);
    assert_eq!((room.energy_wh, room.lighting_wh, room.peak_w), (Some(100), Some(30), Some(400)));
    assert_eq!((room.complete_permille, room.estimated_permille), (900, 400));
    let building = scope.quarter(2, &facts);
    assert_eq!(building.complete_permille, 450, "of two rooms one is known, and of it 90 %");
    assert_eq!(scope.quarter(3, &facts).complete_permille, 1000);
    facts.posting(0, 0, Quality::Incomplete);
    assert_eq!(scope.quarter(3, &facts).complete_permille, 0, "there may have been more");
}

#[test]
fn days_have_as_many_slots_as_their_clocks_make_them() {
    let scope = scope();
    let check = |date: &str, slots: i64| {
        let noon: jiff::Timestamp = format!("{date}T12:00:00+00:00").parse().unwrap();
        let day = scope.day_of(Timestamp(noon.as_millisecond()));
        assert_eq!(scope.slots_within(day), slots, "{date}");
    };
    check("2026-03-29", 92);
    check("2026-10-25", 100);
    check("2026-11-26", 96);
}

#[test]
fn streams_know_what_they_depend_on() {
    let scope = scope();
    assert_eq!(scope.of_meter(0).collect::<Vec<_>>(), [0, 2, 3]);
    assert_eq!(
        scope.of_meter(2).collect::<Vec<_>>(),
        [0, 2],
        "lamps of a room are of its building"
    );
    assert_eq!(scope.of_room(1).collect::<Vec<_>>(), [1, 2]);
}

/// What may be kept of a slot: energy, its quality, and a room's time.
fn kept() -> impl Strategy<Value = Vec<(i64, u8, u32, u32, i64)>> {
    let row = (-50_i64..5_000, 0_u8..3, 0_u32..=900_000, 0_u32..=900_000, 0_i64..2_000);
    proptest::collection::vec(row, 1..96)
}

proptest! {
    #[test]
    fn a_day_is_the_sum_of_its_slots_in_whatever_order_they_come(slots in kept(), turn in 0_usize..96) {
        let scope = scope();
        let facts: Vec<SlotFacts> = slots
            .iter()
            .map(|(wh, quality, occupied_ms, unknown_ms, lx)| {
                let mut facts = scope.blank();
                let quality =
                    [Quality::Measured, Quality::EstimatedShape, Quality::Incomplete][usize::from(*quality)];
                facts.posting(0, *wh, quality);
                let (occupied_ms, unknown_ms) = (*occupied_ms, *unknown_ms);
                facts.room(0, RoomTime { occupied_ms, unknown_ms, ..RoomTime::default() });
                facts.room_measured(0, (Some(*lx), None, None));
                facts
            })
            .collect();
        let day = |order: &[SlotFacts]| {
            let mut fold = DayFold::default();
            order.iter().for_each(|facts| fold.add(&scope.quarter(0, facts)));
            fold.finish(96)
        };
        let whole = day(&facts);
        prop_assert_eq!(whole.energy_wh, Some(slots.iter().map(|slot| slot.0).sum::<i64>()));
        let mut turned = facts.clone();
        turned.rotate_left(turn % facts.len());
        prop_assert_eq!(day(&turned), whole);
        prop_assert!((0..=1000).contains(&whole.complete_permille));
        prop_assert!((0..=1000).contains(&whole.estimated_permille));
        let lx = whole.illuminance_lx.unwrap();
        let (low, high) = (slots.iter().map(|s| s.4).min(), slots.iter().map(|s| s.4).max());
        prop_assert!(low.unwrap() <= lx && lx <= high.unwrap());
        if whole.complete_permille == 1000 {
            prop_assert!(slots.len() == 96 && slots.iter().all(|slot| slot.1 < 2 && slot.3 == 0));
        }
    }
}
