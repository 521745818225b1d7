//! `campus room calibrate`, in the closed loop: what it measures, and how it ends.

use super::closed::{Classrooms, HOUR, MINUTE, MONDAY, one_long_lesson};
use controller::{CalibrationFault, Input, RoomIx, Timestamp};
use simulator::{Plan, Stage};

const NIGHT: i64 = MONDAY + 20 * HOUR;

/// Three rooms whose lamps add other amounts than was configured, on a dark evening; somebody comes at `people`.
fn evening(people: i64) -> (Classrooms, Plan) {
    let thought = Plan::new(3, 5);
    let mut plan = thought.clone();
    for (nth, zone) in plan.rooms.iter_mut().flat_map(|room| &mut room.zones).enumerate() {
        zone.lamp_lx = zone.lamp_lx * [60, 150, 110, 180][nth % 4] / 100;
    }
    let truth = plan.clone();
    let mut classrooms = Classrooms::new(plan, &thought, 5, NIGHT, one_long_lesson());
    classrooms.world.set_light_noise(0.02);
    for room in 0..3 {
        let stage =
            Stage { daylight_lx: (12.0, 12.0), ramp: (0, 1), people: (people, people + HOUR) };
        classrooms.world.set_stage(room, stage);
    }
    classrooms.run(NIGHT + 20 * MINUTE);
    (classrooms, truth)
}

fn begin(classrooms: &mut Classrooms, force: bool) {
    for room in (0..3).map(RoomIx) {
        assert_eq!(classrooms.controller.cannot_calibrate(room, force), None, "{room:?}");
        let input = Input::Calibrate { room, force, by: "a test" };
        classrooms.tell(input, NIGHT + 20 * MINUTE);
    }
}

fn outcome(classrooms: &Classrooms, room: u32) -> Option<Option<CalibrationFault>> {
    let calibration = classrooms.controller.calibration(RoomIx(room))?;
    calibration.ended.map(|(_, fault)| fault)
}

fn dark(classrooms: &mut Classrooms, room: usize, t: i64) -> bool {
    classrooms.world.light(room, t).1.iter().all(|level| *level == 0)
}

#[test]
fn every_zone_is_measured_within_five_percent_and_the_rooms_are_dark_again() {
    let (mut classrooms, truth) = evening(NIGHT + 10 * HOUR);
    begin(&mut classrooms, false);
    let end = NIGHT + 26 * MINUTE;
    classrooms.run(end);
    for room in 0..3 {
        assert_eq!(outcome(&classrooms, room), Some(None), "room {room}");
        let (_, by, rows) = classrooms.controller.calibrated(RoomIx(room)).expect("a result");
        assert_eq!(by, "a test");
        for (zone, adds_lx) in truth.rooms[room as usize].zones.iter().zip(&rows[0].adds_lx) {
            let off = zone.lamp_lx.abs_diff(*adds_lx);
            assert!(
                off * 20 <= zone.lamp_lx.max(100),
                "{}: {adds_lx} of {}",
                zone.id,
                zone.lamp_lx
            );
        }
        assert!(
            dark(&mut classrooms, room as usize, end),
            "room {room} is automatic, and nobody is there"
        );
    }
    // It survives a restart.
    let (campus, now) = (classrooms.controller.campus().clone(), Timestamp(end));
    let again = controller::Controller::restore(campus, now, &classrooms.controller.save());
    let again = again.expect("a good checkpoint");
    for room in (0..3).map(RoomIx) {
        assert_eq!(again.calibrated(room), classrooms.controller.calibrated(room));
        assert_eq!(again.calibration(room), classrooms.controller.calibration(room));
    }
}

#[test]
fn who_comes_in_gets_light_and_nothing_is_changed() {
    let (mut classrooms, _) = evening(NIGHT + 21 * MINUTE);
    begin(&mut classrooms, false);
    classrooms.run(NIGHT + 22 * MINUTE);
    for room in 0..3 {
        assert_eq!(outcome(&classrooms, room), Some(Some(CalibrationFault::Came)), "room {room}");
        assert!(classrooms.controller.calibrated(RoomIx(room)).is_none());
        assert!(!dark(&mut classrooms, room as usize, NIGHT + 22 * MINUTE));
    }
}

#[test]
fn with_people_it_is_refused_and_by_force_nobody_sits_in_the_dark() {
    let (mut classrooms, _) = evening(NIGHT + 15 * MINUTE);
    let refused = classrooms.controller.cannot_calibrate(RoomIx(0), false);
    assert_eq!(refused, Some(CalibrationFault::Occupied));
    begin(&mut classrooms, true);
    let mut t = NIGHT + 20 * MINUTE;
    while t < NIGHT + 24 * MINUTE {
        t += 1_000;
        classrooms.run(t);
        for room in 0..3 {
            assert!(!dark(&mut classrooms, room, t), "room {room} at {t}");
        }
    }
    assert_eq!(outcome(&classrooms, 0), Some(None));
}

#[test]
fn a_restart_and_a_person_end_it() {
    for ended in [false, true] {
        let (mut classrooms, _) = evening(NIGHT + 10 * HOUR);
        begin(&mut classrooms, false);
        let t = NIGHT + 21 * MINUTE;
        classrooms.run(t);
        assert_eq!(outcome(&classrooms, 0), None, "under way");
        let auto = Input::Auto { room: RoomIx(0), zone: None };
        classrooms.tell(if ended { auto } else { Input::Resumed }, t);
        let fault = if ended { CalibrationFault::Ended } else { CalibrationFault::Resumed };
        assert_eq!(outcome(&classrooms, 0), Some(Some(fault)));
        let view = classrooms.controller.room(RoomIx(0));
        let held = |zone: &controller::ZoneView| zone.verdict.winner.reason.code() == "override";
        assert!(!view.zones.iter().any(held));
    }
}
