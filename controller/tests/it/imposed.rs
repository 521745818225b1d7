//! What is imposed on lamps from outside: fire, locks, less demand; and scenes.

use crate::campus::{MONDAY, id, school};
use crate::script::{Run, check};
use controller::{Action, Campus, Controller, FireCovers, FireEnds, Input, RoomIx, Timestamp};
use expect_test::expect;

fn run_in(campus: Campus, script: &str, expected: &expect_test::Expect) {
    let controller = Controller::new(campus, MONDAY).expect("a good campus");
    expected.assert_eq(&Run::of(controller).run(script));
}

#[test]
fn fire_lights_everything_it_concerns_at_once_whatever_else_is_asked() {
    check(
        "08:00 sci-101 motion=0
         08:00 sci-102 motion=0
         08:01 set science/101 window 10 for 10m
         08:02 lock science/102 0 for 60m
         08:03 fire on science for drill
         08:04 sci-101 motion=1
         08:05 press sci-101 inner 0
         08:06 fire off science for over",
        &expect![[r#"
            08:00:00 sci-101 is online
            08:00:00 desire sci-101
            08:00:00 sci-102 is online
            08:00:00 desire sci-102
            08:01:00 science/101 window 0 -> 10 %: manual set 10 > occupancy hold > default off
            08:01:00 desire sci-101
            08:03:00 science/101 window 10 -> 100 %: fire set 100 > manual set 10 > occupancy hold > default off
            08:03:00 science/101 inner 0 -> 100 %: fire set 100 > occupancy hold > default off
            08:03:00 science/102 window 0 -> 100 %: fire set 100 > lock set 0 > occupancy hold > default off
            08:03:00 sci-101 is silent
            08:03:00 sci-102 is silent
            08:03:00 desire sci-101
            08:03:00 desire sci-102
            08:04:00 sci-101 is online
            08:05:00 desire sci-101
            08:06:00 science/101 window 100 -> 10 %: manual set 10 > floor min 100 target_lx=300 > occupancy set 50 > default off
            08:06:00 science/101 inner 100 -> 0 %: manual set 0 > floor min 100 target_lx=300 > occupancy set 50 > default off
            08:06:00 science/102 window 100 -> 0 %: lock set 0 > occupancy hold > default off
            08:06:00 desire sci-101
            08:06:00 desire sci-102
        "#]],
    );
}

#[test]
fn a_fire_input_lights_its_building_and_what_it_said_last_holds_while_it_is_silent() {
    check(
        "08:00 sci-101 motion=0
         08:00 sci-102 motion=0
         08:01 sci-mains fire=0
         08:02 sci-mains fire=1
         08:03 sci-mains fire=silent
         08:09 tick
         08:09 node sci-mains
         08:10 resumed
         08:11 sci-mains fire=1
         08:12 sci-mains fire=0",
        &expect![[r#"
            08:00:00 sci-101 is online
            08:00:00 desire sci-101
            08:00:00 sci-102 is online
            08:00:00 desire sci-102
            08:01:00 sci-mains is online
            08:02:00 fire on by sci-mains
            08:02:00 science/101 window 0 -> 100 %: fire set 100 > occupancy hold > default off
            08:02:00 science/101 inner 0 -> 100 %: fire set 100 > occupancy hold > default off
            08:02:00 science/102 window 0 -> 100 %: fire set 100 > occupancy hold > default off
            08:02:00 desire sci-101
            08:02:00 desire sci-102
            08:03:00 sci-101 is silent
            08:03:00 sci-102 is silent
            08:09:00 sci-mains is silent
                sci-mains: silent, boot Some(1), acked Some(3), 3 frames, 0 again, 0 lost, 0 refused
            08:11:00 sci-mains is online
            08:12:00 fire off by sci-mains
        "#]],
    );
}

#[test]
fn an_alarm_ends_by_its_input_or_waits_for_a_person_as_configured() {
    let mut campus = school();
    campus.events.fire.ends = FireEnds::Person;
    campus.events.fire.covers = FireCovers::Place;
    run_in(
        campus,
        "08:00 sci-101 motion=0
         08:00 sci-102 motion=0
         08:02 sci-101 fire.call-point=1
         08:04 sci-101 fire.call-point=0
         08:06 fire off all for looked
         # Silenced while it still says so, and heard again when it has fallen and says so anew.
         08:10 sci-101 fire.call-point=1
         08:11 fire off all for broken
         08:12 sci-101 fire.call-point=1
         08:13 sci-101 fire.call-point=0
         08:14 sci-101 fire.call-point=1",
        &expect![[r#"
            08:00:00 sci-101 is online
            08:00:00 desire sci-101
            08:00:00 sci-102 is online
            08:00:00 desire sci-102
            08:02:00 fire on by sci-101
            08:02:00 science/101 window 0 -> 100 %: fire set 100 > occupancy hold > default off
            08:02:00 science/101 inner 0 -> 100 %: fire set 100 > occupancy hold > default off
            08:02:00 desire sci-101
            08:04:00 fire off by sci-101
            08:04:00 sci-102 is silent
            08:10:00 fire on by sci-101
            08:10:00 sci-101 is online
            08:13:00 fire off by sci-101
            08:14:00 fire on by sci-101
        "#]],
    );
}

#[test]
fn a_lock_is_stronger_than_the_switch_and_ends_by_itself() {
    check(
        "08:00 sci-101 motion=1 lux=900
         08:01 lock science/101 window 0 for 30m
         08:02 press sci-101 window 80
         08:03 lock science/101 window 100 for 10m
         08:13 tick
         08:20 lock science/101 0 for 9000m
         08:20 room science/101
         08:21 unlock science/101 inner
         20:19 sci-101 motion=1 lux=900
         20:21 sci-101 motion=1 lux=900",
        &expect![[r#"
            08:00:00 sci-101 is online
            08:00:00 desire sci-101
            08:02:00 desire sci-101
            08:03:00 science/101 window 0 -> 100 %: lock set 100 > manual set 80 > floor min 0 target_lx=300 > occupancy hold > default off
            08:03:00 desire sci-101
            08:13:00 science/101 window 100 -> 80 %: manual set 80 > floor min 0 target_lx=300 > occupancy hold > default off
            08:13:00 sci-101 is silent
            08:13:00 desire sci-101
            08:20:00 science/101 window 80 -> 0 %: lock set 0 > manual set 80 > floor min 0 target_lx=300 > occupancy hold > default off
            08:20:00 desire sci-101
                science/101: unknown since 08:02:30, lesson, motion: silent, illuminance_lx: silent, today 0 Wh
                  window 0 % (is ? %) since 08:20:00: lock set 0 > manual set 80 > floor min 0 target_lx=300 > occupancy hold > default off
                  inner 0 % (is ? %) since 08:00:00: lock set 0 > floor min 0 target_lx=300 > occupancy hold > default off
            20:19:00 sci-101 is online
        "#]],
    );
}

#[test]
fn the_grid_takes_its_share_of_what_is_automatic_and_gives_it_back_at_its_end() {
    let mut campus = school();
    campus.rooms[1].exempt = true;
    run_in(
        campus,
        "07:10 sci-101 motion=1
         07:10 sci-102 motion=1
         07:11 shed 20 in 2m for 30m
         07:12 tick
         07:13 tick
         07:14 sci-101 motion=0
         07:15 set science/101 inner 90 for 10m
         07:43 tick
         07:44 shed 40 for 30m
         07:45 unshed
         07:46 shed 40 for 60m
         08:01 sci-101 motion=1",
        &expect![[r#"
            07:10:00 science/101 window 0 -> 50 %: occupancy set 50 > default off
            07:10:00 science/101 inner 0 -> 50 %: occupancy set 50 > default off
            07:10:00 sci-101 is online
            07:10:00 desire sci-101
            07:10:00 science/102 window 0 -> 50 %: occupancy set 50 > default off
            07:10:00 sci-102 is online
            07:10:00 desire sci-102
            07:13:00 science/101 window 50 -> 40 %: demand_response max 40 > occupancy hold > default off
            07:13:00 science/101 inner 50 -> 40 %: demand_response max 40 > occupancy hold > default off
            07:13:00 sci-101 is silent
            07:13:00 sci-102 is silent
            07:13:00 desire sci-101
            07:14:00 sci-101 is online
            07:15:00 science/101 inner 40 -> 90 %: manual set 90 > demand_response max 72 > occupancy hold > default off
            07:15:00 desire sci-101
            07:25:00 science/101 inner 90 -> 72 %: demand_response max 72 > occupancy hold > default off
            07:43:00 science/101 window 40 -> 50 %: occupancy hold > default off
            07:43:00 science/101 inner 72 -> 90 %: occupancy hold > default off
            07:43:00 sci-101 is silent
            07:43:00 desire sci-101
            07:44:00 science/101 window 50 -> 30 %: demand_response max 30 > occupancy hold > default off
            07:44:00 science/101 inner 90 -> 54 %: demand_response max 54 > occupancy hold > default off
            07:44:00 desire sci-101
            07:45:00 science/101 window 30 -> 50 %: occupancy hold > default off
            07:45:00 science/101 inner 54 -> 90 %: occupancy hold > default off
            07:45:00 desire sci-101
            07:46:00 science/101 window 50 -> 30 %: demand_response max 30 > occupancy hold > default off
            07:46:00 science/101 inner 90 -> 54 %: demand_response max 54 > occupancy hold > default off
            07:46:00 desire sci-101
            08:01:00 science/101 window 30 -> 100 %: floor min 100 target_lx=300 > demand_response max 60 > occupancy set 50 > default off
            08:01:00 science/101 inner 54 -> 100 %: floor min 100 target_lx=300 > demand_response max 60 > occupancy set 50 > default off
            08:01:00 sci-101 is online
            08:01:00 desire sci-101
        "#]],
    );
}

#[test]
fn what_an_order_of_the_grid_has_brought_is_measured() {
    let mut run = Run::new();
    run.go_on(
        "12:10 sci-101 motion=1
         12:11 sci-101 motion=1 power.window=60 power.inner=40
         12:11 sci-102 motion=1
         12:12 sci-102 motion=1 power.window=100
         12:13 shed 20 for 10m
         12:13 every 30s until 12:23 sci-101 motion=1 power.window=48 power.inner=32
         12:24 tick",
    );
    let demand = run.controller.demands()[0].clone();
    assert_eq!(demand.ended, Some((MONDAY.plus((12 * 60 + 23) * 60_000), String::new())));
    let brought = demand.brought().expect("it was measured");
    // 101 would take 100 W; 102 fell silent at 12:14:30, and what it takes is not known from then on.
    assert_eq!(demand.samples, 10);
    assert_eq!((brought.asked_mw, brought.saved_mw), (22_000, 22_000), "{brought:?}");
    assert!(brought.saved_mw * 100 >= brought.would_mw * 15, "S9: {brought:?}");
}

#[test]
fn a_scene_darkens_the_board_and_ends_when_the_next_lesson_begins() {
    let mut campus = school();
    campus.rooms[0].zones[0].id = id("board");
    run_in(
        campus,
        "08:00 sci-101 motion=1
         08:05 scene science/101 projection for 120m
         08:05 room science/101
         08:44 sci-101 motion=1
         08:50 sci-101 motion=1
         08:55 sci-101 motion=1
         09:00 scene science/101 projection for 120m
         09:01 scene science/101 auto for 1m
         09:02 scene science/101 nosuch for 1m
         09:03 scene science/101 off for 5m
         09:04 press sci-101 window 60
         09:09 sci-101 motion=1",
        &expect![[r#"
            08:00:00 science/101 board 0 -> 100 %: floor min 100 target_lx=300 > occupancy set 50 > default off
            08:00:00 science/101 inner 0 -> 100 %: floor min 100 target_lx=300 > occupancy set 50 > default off
            08:00:00 sci-101 is online
            08:00:00 desire sci-101
            08:05:00 science/101 board 100 -> 0 %: manual set 0 > floor min 100 target_lx=300 > occupancy hold > default off
            08:05:00 science/101 inner 100 -> 40 %: manual set 40 > floor min 100 target_lx=300 > occupancy hold > default off
            08:05:00 sci-101 is silent
            08:05:00 desire sci-101
                science/101: unknown since 08:02:30, lesson, motion: silent, today 0 Wh
                  board 0 % (is ? %) since 08:05:00: manual set 0 > floor min 100 target_lx=300 > occupancy hold > default off
                  inner 40 % (is ? %) since 08:05:00: manual set 40 > floor min 100 target_lx=300 > occupancy hold > default off
            08:44:00 sci-101 is online
            08:50:00 sci-101 is online
            08:55:00 science/101 board 0 -> 100 %: floor min 100 target_lx=300 > occupancy set 50 > default off
            08:55:00 science/101 inner 40 -> 100 %: floor min 100 target_lx=300 > occupancy set 50 > default off
            08:55:00 sci-101 is online
            08:55:00 desire sci-101
            09:00:00 science/101 board 100 -> 0 %: manual set 0 > floor min 100 target_lx=300 > occupancy hold > default off
            09:00:00 science/101 inner 100 -> 40 %: manual set 40 > floor min 100 target_lx=300 > occupancy hold > default off
            09:00:00 sci-101 is silent
            09:00:00 desire sci-101
            09:01:00 science/101 board 0 -> 100 %: floor min 100 target_lx=300 > occupancy hold > default off
            09:01:00 science/101 inner 40 -> 100 %: floor min 100 target_lx=300 > occupancy hold > default off
            09:01:00 desire sci-101
            09:03:00 science/101 board 100 -> 0 %: manual set 0 > floor min 100 target_lx=300 > occupancy hold > default off
            09:03:00 science/101 inner 100 -> 0 %: manual set 0 > floor min 100 target_lx=300 > occupancy hold > default off
            09:03:00 desire sci-101
            09:04:00 science/101 board 0 -> 60 %: manual set 60 > floor min 100 target_lx=300 > occupancy hold > default off
            09:04:00 sci-101 is online
            09:04:00 desire sci-101
            09:08:00 science/101 inner 0 -> 100 %: floor min 100 target_lx=300 > occupancy hold > default off
            09:09:00 sci-101 is online
            09:09:00 desire sci-101
        "#]],
    );
}

/// Whatever is imposed: a checkpoint in between changes nothing that comes after.
#[test]
fn all_of_it_outlives_a_restart() {
    let before = "07:10 sci-101 motion=1
         07:10 sci-102 motion=1
         07:11 lock science/102 30 for 600m
         07:12 shed 20 for 60m
         07:13 scene science/101 projection for 90m
         07:13 sci-mains fire.panel=1
         07:14 fire off all for false
         07:14 fire on science/102 for drill
         07:15 press sci-101 window 0
         07:16 shed 30 in 30m for 10m";
    let after = "07:20 sci-101 motion=1
         07:30 fire off all for over
         07:46 sci-101 motion=1
         07:47 sci-mains fire.panel=0
         07:48 sci-mains fire.panel=1
         07:50 sci-mains fire.panel=0
         08:00 sci-101 motion=1
         08:05 sci-101 motion=1
         08:20 sci-102 motion=1";
    let mut run = Run::new();
    run.go_on(before);
    let saved = run.controller.save();
    let again = Controller::restore(school(), MONDAY, &saved).expect("a good checkpoint");
    assert_eq!(again.save(), saved, "the same state gives the same bytes");
    let mut other = run.clone_with(again);
    run.go_on(after);
    other.go_on(after);
    assert_eq!(run.told(), other.told());
    assert_eq!(run.controller.save(), other.controller.save());
}

/// S1: two seconds are the promise; the controller needs none.
#[test]
fn fire_is_answered_in_the_same_instant_in_every_room() {
    let mut controller = Controller::new(school(), MONDAY).expect("a good campus");
    let mut out = Vec::new();
    let (extent, at) = (controller::Extent::Campus, MONDAY.plus(1));
    controller.handle(Input::Fire { extent, on: true, who: "w", why: "" }, at, &mut out);
    let lit = |action: &&Action| {
        matches!(action, Action::Changed { at: when, verdict, .. }
            if *when == at && verdict.level_pct == 100 && verdict.fade_ms == 0)
    };
    assert_eq!(out.iter().filter(lit).count(), 3);
    assert!(controller.burns());
    assert_eq!(controller.deadline().map(|due| due > Timestamp(at.0)), Some(true));
    assert!((0..2).all(|ix| controller.room(RoomIx(ix)).zones.iter().all(|z| z.level_pct == 100)));
}
