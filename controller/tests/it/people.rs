//! Who is there by air, movement and timetable together; and that no lamp, and no light, has a say in it.

use crate::campus::MONDAY;
use crate::random::{Event, Said, controller, day, events, feed};
use crate::script::Run;
use controller::occupancy::Hold;
use controller::{Controller, RoomIx, Timestamp};
use lighting::Occupancy;
use proptest::prelude::*;
use std::fmt::Write as _;
use wire::Quantity;

/// The room of the scripts.
const ROOM: RoomIx = RoomIx(0);

/// Lines of minutes `from..to` after 09:00, with CO₂ that starts and moves so many ppm in each.
fn air(from: i64, to: i64, ppm: i64, slope: i64, also: &str) -> String {
    let mut lines = String::new();
    for minute in from..to {
        let (hour, of_hour, ppm) = (9 + minute / 60, minute % 60, ppm + slope * (minute - from));
        let _ = writeln!(lines, "{hour:02}:{of_hour:02} sci-101 co2={ppm} {also}");
    }
    lines
}

fn levels(run: &Run) -> Vec<u8> {
    run.controller.room(ROOM).zones.iter().map(|zone| zone.level_pct).collect()
}

fn occupancy(run: &Run) -> Occupancy {
    run.controller.room(ROOM).occupancy
}

#[test]
fn a_room_without_a_motion_sensor_is_lit_by_its_air_and_never_by_the_timetable() {
    let mut run = Run::new();
    // 09:00 to 09:40 is a lesson: that alone lights nothing.
    run.go_on(&air(0, 30, 430, 0, ""));
    assert_eq!(levels(&run), [0, 0]);
    assert_ne!(occupancy(&run), Occupancy::Occupied);
    run.go_on(&air(30, 60, 430, 8, ""));
    assert_eq!(occupancy(&run), Occupancy::Occupied);
    assert!(levels(&run)[0] > 0);
    // They leave: the air falls.
    run.go_on(&air(60, 80, 670, -10, ""));
    assert_eq!(occupancy(&run), Occupancy::VacantPending);
    assert!(levels(&run)[0] > 0, "and stays for the hold");
    run.go_on(&air(80, 105, 470, -1, ""));
    assert_eq!((occupancy(&run), levels(&run)), (Occupancy::Vacant, vec![0, 0]));
}

#[test]
fn a_silent_sensor_of_the_air_leaves_the_room_unknown_and_its_lamps_as_they_are() {
    let mut run = Run::new();
    run.go_on(&air(120, 160, 430, 8, ""));
    let lit = levels(&run);
    assert!(lit[0] > 0);
    run.go_on("12:30 tick");
    assert_eq!((occupancy(&run), levels(&run)), (Occupancy::Unknown, lit));
}

#[test]
fn movement_still_decides_where_there_is_a_sensor_for_it() {
    let mut run = Run::new();
    // CO₂ says somebody, nobody moves: the lamps stay dark.
    run.go_on(&air(0, 60, 430, 8, "motion=0"));
    assert_eq!(levels(&run), [0, 0]);
    assert_eq!(occupancy(&run), Occupancy::Vacant);
    let estimate = run.controller.estimate(ROOM);
    let names: Vec<_> = estimate.votes.iter().map(|vote| vote.by.name()).collect();
    assert_eq!(names, ["quiet", "air", "timetable"]);
    run.go_on(&air(60, 61, 910, 0, "motion=1"));
    assert!(levels(&run)[0] > 0);
}

/// How long the lamps of a room stay on after the last movement, min; and why.
fn lit_for(slope: i64, used: bool) -> (i64, Hold) {
    let mut run = Run::new();
    // Open, no lesson, and 30 min in which the air is followed.
    let at = |minute| 120 + minute;
    let moves = if used { "motion=1" } else { "motion=0" };
    run.go_on(&air(at(0), at(30), 500, slope.max(0), moves));
    run.go_on(&air(at(30), at(31), 500 + 30 * slope.max(0), 0, "motion=1"));
    let start = 500 + 30 * slope.max(0);
    let mut why = Hold::Usual;
    for minute in 31..90 {
        run.go_on(&air(at(minute), at(minute + 1), start + slope * (minute - 30), 0, "motion=0"));
        if levels(&run) == [0, 0] {
            return (minute - 30, why);
        }
        why = run.controller.estimate(ROOM).hold;
    }
    panic!("still lit after an hour");
}

#[test]
fn the_air_lengthens_a_hold_to_twenty_minutes_and_shortens_only_what_passed_by() {
    assert_eq!(lit_for(6, true), (20, Hold::Air));
    assert_eq!(lit_for(-6, true), (10, Hold::Usual));
    assert_eq!(lit_for(-6, false), (5, Hold::Passed));
}

/// What is said of people in all rooms.
fn said(controller: &Controller) -> String {
    let rooms = (0..2).map(|ix| {
        let room = controller.room(RoomIx(ix));
        let estimate = controller.estimate(RoomIx(ix));
        format!("{:?} {:?} {estimate:?}", room.occupancy, room.occupancy_since)
    });
    rooms.collect::<Vec<_>>().join("\n")
}

/// The same event where everything that a lamp does, gives or takes is another.
fn relit(event: &Event, noise: u64) -> Event {
    let mut event = event.clone();
    match &mut event.input {
        Said::Frame(_, frame) => {
            let mut seed = noise ^ frame.up ^ u64::from(frame.seq) << 32;
            for (quantity, _, value) in &mut frame.readings {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let drawn = (seed >> 33) as i64;
                match quantity {
                    Quantity::LevelPct | Quantity::ManualPct => *value = drawn % 101,
                    Quantity::IlluminanceLx => *value = drawn % 100_000,
                    Quantity::EnergyWh => *value += drawn % 1_000,
                    _ => {}
                }
            }
            frame.readings.push((Quantity::PowerW, "window", (seed >> 40) as i64 % 500));
            frame.readings.push((Quantity::LampFault, "window", (seed >> 20) as i64 & 1));
        }
        Said::Wish(_, _, level_pct, _) => *level_pct = (noise % 101) as u8,
        _ => {}
    }
    event
}

proptest! {
    /// Invariant 10: neither the state of a lamp nor its light votes for occupancy.
    #[test]
    fn whatever_lamps_do_and_give_occupancy_is_the_same_to_the_byte(
        (start, steps) in day(),
        noise in any::<u64>(),
    ) {
        let (mut one, mut other) = (controller(start), controller(start));
        for event in events(start, &steps) {
            feed(&mut one, &event);
            feed(&mut other, &relit(&event, noise));
            prop_assert_eq!(said(&one), said(&other));
        }
    }

    /// L1: 20 min after the last movement a room that is watched is vacant or unknown, whatever its air says.
    #[test]
    fn no_air_keeps_a_watched_room_occupied_beyond_the_cap(
        start in 0..20 * 3_600_000i64,
        levels in prop::collection::vec(300..3_000i64, 30..120),
        moves in prop::collection::vec(any::<bool>(), 5..30),
    ) {
        let mut run = Run::of(controller(start));
        let mut quiet = 0;
        for (nth, ppm) in levels.iter().enumerate() {
            let moved = moves.get(nth).copied().unwrap_or(false);
            quiet = if moved { 0 } else { quiet + 1 };
            let minute = start / 60_000 + nth as i64 + 1;
            let day = if minute < 1_440 { "mon" } else { "tue" };
            let (hour, of_hour) = (minute / 60 % 24, minute % 60);
            let moved = i64::from(moved);
            run.go_on(&format!("{day} {hour:02}:{of_hour:02} sci-101 co2={ppm} motion={moved}"));
            let is = occupancy(&run);
            prop_assert!(is != Occupancy::Unknown);
            prop_assert!(quiet > 0 || is == Occupancy::Occupied);
            prop_assert!(quiet >= 5 || nth < 5 || is != Occupancy::Vacant, "{quiet} min: {is:?}");
            prop_assert!(quiet <= 20 || is == Occupancy::Vacant, "{quiet} min: {is:?}");
        }
    }
}

#[test]
fn a_checkpoint_keeps_air_and_movement() {
    let mut run = Run::new();
    run.go_on(&air(120, 170, 450, 7, "motion=1"));
    let bytes = run.controller.save();
    let campus = run.controller.campus().clone();
    let restored = Controller::restore(campus, MONDAY, &bytes).expect("a good checkpoint");
    assert_eq!(restored.save(), bytes);
    assert_eq!(restored.estimate(ROOM), run.controller.estimate(ROOM));
    assert_eq!(restored.rest_ppm(ROOM), Some(423));
    let mut again = run.clone_with(restored);
    for run in [&mut run, &mut again] {
        run.go_on(&air(170, 185, 800, 7, "motion=0"));
        assert_eq!(occupancy(run), Occupancy::VacantPending, "held by the air");
        run.go_on(&air(185, 192, 900, 7, "motion=0"));
        assert_eq!(occupancy(run), Occupancy::Vacant);
    }
    assert_eq!(again.controller.now(), Timestamp(run.controller.now().0));
}
