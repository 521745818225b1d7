//! Who is there, and what the lamps do about it.

use crate::script::check;
use expect_test::expect;

#[test]
fn a_school_day_from_the_first_to_the_last() {
    check(
        "06:50 every 60s until 07:55 sci-101 motion=0 daylight=20
         07:56 every 60s until 07:59 sci-101 motion=1 daylight=40
         07:59 room science/101
         08:00 every 60s until 08:10 sci-101 motion=1 daylight=60
         08:10 room science/101
         08:11 every 60s until 08:14 sci-101 motion=0 daylight=62
         08:15 every 60s until 08:44 sci-101 motion=1 daylight=450
         08:44 room science/101
         08:45 every 60s until 08:54 sci-101 motion=0 daylight=450
         08:55 every 60s until 09:00 sci-101 motion=1 daylight=450
         09:00 room science/101
         09:00 desired sci-101",
        &expect![[r#"
            06:50:00 sci-101 is online
            06:50:00 desire sci-101
            07:56:00 science/101 window 0 -> 50 %: occupancy set 50 > daylight max 69 daylight_lx=40 target_lx=300 > default off
            07:56:00 science/101 inner 0 -> 50 %: occupancy set 50 > daylight max 69 daylight_lx=40 target_lx=300 > default off
            07:56:00 desire sci-101
                science/101: occupied since 07:56:00, open, motion=1, illuminance_lx=240, today 0 Wh
                  window 50 % (is 50 %) since 07:56:00: occupancy set 50 > daylight max 69 daylight_lx=40 target_lx=300 > default off
                  inner 50 % (is 50 %) since 07:56:00: occupancy set 50 > daylight max 69 daylight_lx=40 target_lx=300 > default off
            08:00:00 science/101 window 50 -> 69 %: floor min 69 target_lx=300 daylight_lx=40 > occupancy set 50 > daylight max 69 daylight_lx=40 target_lx=300 > default off
            08:00:00 science/101 inner 50 -> 69 %: floor min 69 target_lx=300 daylight_lx=40 > occupancy set 50 > daylight max 69 daylight_lx=40 target_lx=300 > default off
            08:00:00 desire sci-101
            08:01:00 science/101 window 69 -> 65 %: floor min 65 target_lx=300 daylight_lx=60 > occupancy set 50 > daylight max 65 daylight_lx=60 target_lx=300 > default off
            08:01:00 science/101 inner 69 -> 65 %: floor min 65 target_lx=300 daylight_lx=60 > occupancy set 50 > daylight max 65 daylight_lx=60 target_lx=300 > default off
            08:01:00 desire sci-101
                science/101: occupied since 07:56:00, lesson, motion=1, illuminance_lx=320, today 0 Wh
                  window 65 % (is 65 %) since 08:01:00: floor min 65 target_lx=300 daylight_lx=60 > occupancy set 50 > daylight max 65 daylight_lx=60 target_lx=300 > default off
                  inner 65 % (is 65 %) since 08:01:00: floor min 65 target_lx=300 daylight_lx=60 > occupancy set 50 > daylight max 65 daylight_lx=60 target_lx=300 > default off
            08:15:00 science/101 window 65 -> 16 %: daylight max 16 daylight_lx=450 target_lx=300 > floor min 16 target_lx=300 daylight_lx=450 > occupancy set 50 > default off
            08:15:00 science/101 inner 65 -> 16 %: daylight max 16 daylight_lx=450 target_lx=300 > floor min 16 target_lx=300 daylight_lx=450 > occupancy set 50 > default off
            08:15:00 desire sci-101
            08:16:00 science/101 window 16 -> 10 %: daylight max 10 daylight_lx=450 target_lx=300 > floor min 0 target_lx=300 daylight_lx=450 > occupancy set 50 > default off
            08:16:00 science/101 inner 16 -> 10 %: daylight max 10 daylight_lx=450 target_lx=300 > floor min 0 target_lx=300 daylight_lx=450 > occupancy set 50 > default off
            08:16:00 desire sci-101
                science/101: occupied since 08:15:00, lesson, motion=1, illuminance_lx=490, today 0 Wh
                  window 10 % (is 10 %) since 08:16:00: daylight max 10 daylight_lx=450 target_lx=300 > floor min 0 target_lx=300 daylight_lx=450 > occupancy set 50 > default off
                  inner 10 % (is 10 %) since 08:16:00: daylight max 10 daylight_lx=450 target_lx=300 > floor min 0 target_lx=300 daylight_lx=450 > occupancy set 50 > default off
            08:49:00 science/101 window 10 -> 0 %: occupancy off for_s=300 > default off
            08:49:00 science/101 inner 10 -> 0 %: occupancy off for_s=300 > default off
            08:49:00 desire sci-101
                science/101: occupied since 08:55:00, lesson, motion=1, illuminance_lx=450, today 0 Wh
                  window 0 % (is 0 %) since 08:49:00: daylight max 0 daylight_lx=450 target_lx=300 > floor min 0 target_lx=300 daylight_lx=450 > occupancy set 50 > default off
                  inner 0 % (is 0 %) since 08:49:00: daylight max 0 daylight_lx=450 target_lx=300 > floor min 0 target_lx=300 daylight_lx=450 > occupancy set 50 > default off
                sci-101: version +7, boot 1: window 0 % in 2000 ms, 0 presses; inner 0 % in 2000 ms, 0 presses
        "#]],
    );
}

#[test]
fn a_fresh_agent_takes_the_lamps_over_as_they_are() {
    check(
        "09:00 hello sci-101 7
         09:00 desired sci-101
         09:01 sci-101 motion=0 level.window=80 level.inner=30
         09:01 desired sci-101
         09:02 every 60s until 09:10 sci-101 motion=0
         09:11 sci-101 motion=0
         09:11 room science/101",
        &expect![[r#"
            09:00:00 sci-101 is online
                sci-101: nothing desired
            09:01:00 desire sci-101
                sci-101: version +1, boot 7: window 80 % in 2000 ms, 0 presses; inner 30 % in 2000 ms, 0 presses
            09:11:00 science/101 window 80 -> 0 %: occupancy off for_s=600 > default off
            09:11:00 science/101 inner 30 -> 0 %: occupancy off for_s=600 > default off
            09:11:00 desire sci-101
                science/101: vacant since 09:11:00, lesson, motion=0, today 0 Wh
                  window 0 % (is 80 %) since 09:11:00: occupancy off for_s=600 > default off
                  inner 0 % (is 30 %) since 09:11:00: occupancy off for_s=600 > default off
        "#]],
    );
}

#[test]
fn the_wall_switch_is_obeyed_and_the_node_is_told_that_its_press_was_seen() {
    check(
        "12:00 sci-101 motion=1 daylight=0
         12:01 press sci-101 window 0
         12:01 desired sci-101
         12:02 every 60s until 12:05 sci-101 motion=1 daylight=0
         12:06 press sci-101 window 100
         12:06 desired sci-101
         12:07 every 60s until 12:17 sci-101 motion=0 daylight=0
         12:17 room science/101",
        &expect![[r#"
            12:00:00 science/101 window 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:00:00 science/101 inner 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:00:00 sci-101 is online
            12:00:00 desire sci-101
            12:01:00 science/101 window 50 -> 0 %: manual set 0 > occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:01:00 desire sci-101
                sci-101: version +2, boot 1: window 0 % in 0 ms, 1 presses; inner 50 % in 2000 ms, 0 presses
            12:06:00 science/101 window 0 -> 100 %: manual set 100 > occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:06:00 desire sci-101
                sci-101: version +3, boot 1: window 100 % in 0 ms, 2 presses; inner 50 % in 2000 ms, 0 presses
            12:15:00 science/101 window 100 -> 0 %: occupancy off for_s=600 > default off
            12:15:00 science/101 inner 50 -> 0 %: occupancy off for_s=600 > default off
            12:15:00 desire sci-101
                science/101: vacant since 12:15:00, open, motion=0, illuminance_lx=0, today 0 Wh
                  window 0 % (is 0 %) since 12:15:00: occupancy off for_s=720 > default off
                  inner 0 % (is 0 %) since 12:15:00: occupancy off for_s=720 > default off
        "#]],
    );
}

#[test]
fn a_restarted_node_counts_presses_from_zero() {
    check(
        "12:00 sci-101 motion=1
         12:01 press sci-101 window 0
         12:02 hello sci-101 2
         12:02 desired sci-101
         12:03 sci-101 motion=1 presses.window=0
         12:04 press sci-101 window 90
         12:04 desired sci-101",
        &expect![[r#"
            12:00:00 science/101 window 0 -> 50 %: occupancy set 50 > default off
            12:00:00 science/101 inner 0 -> 50 %: occupancy set 50 > default off
            12:00:00 sci-101 is online
            12:00:00 desire sci-101
            12:01:00 science/101 window 50 -> 0 %: manual set 0 > occupancy set 50 > default off
            12:01:00 desire sci-101
            12:02:00 sci-101 is online
            12:02:00 desire sci-101
                sci-101: version +3, boot 2: window 0 % in 0 ms, 0 presses; inner 50 % in 2000 ms, 0 presses
            12:04:00 science/101 window 0 -> 90 %: manual set 90 > occupancy set 50 > default off
            12:04:00 desire sci-101
                sci-101: version +4, boot 2: window 90 % in 0 ms, 1 presses; inner 50 % in 2000 ms, 0 presses
        "#]],
    );
}

#[test]
fn a_wish_from_the_command_line_ends_by_itself() {
    check(
        "12:00 sci-101 motion=1 daylight=0
         12:00:30 set science/101 window 40 for 2m
         12:01 every 60s until 12:04 sci-101 motion=1 daylight=0
         12:04:30 set science/101 90 for 30m
         12:05 sci-101 motion=1 daylight=0
         12:05:30 auto science/101
         12:06 room science/101",
        &expect![[r#"
            12:00:00 science/101 window 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:00:00 science/101 inner 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:00:00 sci-101 is online
            12:00:00 desire sci-101
            12:00:30 science/101 window 50 -> 40 %: manual set 40 > occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:00:30 desire sci-101
            12:02:30 science/101 window 40 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:03:00 desire sci-101
            12:04:30 science/101 window 50 -> 90 %: manual set 90 > occupancy set 50 > daylight max 100 daylight_lx=100 target_lx=300 > default off
            12:04:30 science/101 inner 50 -> 90 %: manual set 90 > occupancy set 50 > daylight max 80 daylight_lx=180 target_lx=300 > default off
            12:04:30 desire sci-101
            12:05:30 science/101 window 90 -> 50 %: occupancy set 50 > daylight max 76 daylight_lx=0 target_lx=300 > default off
            12:05:30 science/101 inner 90 -> 50 %: occupancy set 50 > daylight max 77 daylight_lx=0 target_lx=300 > default off
            12:05:30 desire sci-101
                science/101: occupied since 12:00:00, open, motion=1, illuminance_lx=360, today 0 Wh
                  window 50 % (is 90 %) since 12:05:30: occupancy set 50 > daylight max 76 daylight_lx=0 target_lx=300 > default off
                  inner 50 % (is 90 %) since 12:05:30: occupancy set 50 > daylight max 77 daylight_lx=0 target_lx=300 > default off
        "#]],
    );
}

#[test]
fn a_silent_node_makes_the_room_unknown_and_the_lamps_stay() {
    check(
        "12:00 sci-101 motion=1 daylight=0
         12:05 tick
         12:05 room science/101
         12:05 node sci-101
         14:00 sci-101 motion=0 daylight=0
         14:00 room science/101
         14:05 tick",
        &expect![[r#"
            12:00:00 science/101 window 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:00:00 science/101 inner 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:00:00 sci-101 is online
            12:00:00 desire sci-101
            12:05:00 sci-101 is silent
                science/101: unknown since 12:02:30, open, motion: silent, illuminance_lx: silent, today 0 Wh
                  window 50 % (is ? %) since 12:00:00: occupancy hold > default off
                  inner 50 % (is ? %) since 12:00:00: occupancy hold > default off
                sci-101: silent, boot Some(1), acked Some(1), 1 frames, 0 again, 0 lost, 0 refused
            14:00:00 sci-101 is online
                science/101: vacant_pending since 14:00:00, open, motion=0, illuminance_lx=200, today 0 Wh
                  window 50 % (is 50 %) since 12:00:00: occupancy hold > daylight max 79 daylight_lx=0 target_lx=300 > default off
                  inner 50 % (is 50 %) since 12:00:00: occupancy hold > daylight max 79 daylight_lx=0 target_lx=300 > default off
            14:05:00 sci-101 is silent
        "#]],
    );
}

#[test]
fn one_speaking_node_is_enough_to_know_who_is_there() {
    check(
        "12:00 sci-102 motion=1 daylight=0
         12:00 sci-102-b presence=1
         12:01 every 60s until 12:08 sci-102-b presence=1
         12:08 room science/102
         12:09 every 60s until 12:20 sci-102-b presence=0
         12:20 room science/102",
        &expect![[r#"
            12:00:00 science/102 window 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:00:00 sci-102 is online
            12:00:00 desire sci-102
            12:00:00 sci-102-b is online
            12:03:00 sci-102 is silent
                science/102: occupied since 12:00:00, open, presence=1, motion: silent, illuminance_lx: silent, today 0 Wh
                  window 50 % (is ? %) since 12:00:00: occupancy set 50 > default off
            12:18:00 science/102 window 50 -> 0 %: occupancy off for_s=600 > default off
            12:18:00 desire sci-102
                science/102: vacant since 12:18:00, open, presence=0, motion: silent, illuminance_lx: silent, today 0 Wh
                  window 0 % (is ? %) since 12:18:00: occupancy off for_s=720 > default off
        "#]],
    );
}

#[test]
fn lamps_whose_sensors_have_died_are_swept_after_closing_with_a_warning() {
    check(
        "17:50 sci-101 motion=1 daylight=0
         17:56 sci-102 motion=1 daylight=0
         18:01 room science/101
         18:04 sci-101 motion=1 daylight=0
         18:04:30 room science/101
         20:10 tick
         20:10 desired sci-101",
        &expect![[r#"
            17:50:00 science/101 window 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            17:50:00 science/101 inner 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            17:50:00 sci-101 is online
            17:50:00 desire sci-101
            17:56:00 science/102 window 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            17:56:00 sci-101 is silent
            17:56:00 sci-102 is online
            17:56:00 desire sci-102
                science/101: unknown since 17:52:30, open, motion: silent, illuminance_lx: silent, today 0 Wh
                  window 50 % (is ? %) since 17:50:00: occupancy hold > default off
                  inner 50 % (is ? %) since 17:50:00: occupancy hold > default off
            18:00:00 science/101 window 50 -> 25 %: sweep max 25 off_in_s=300 > occupancy hold > default off
            18:00:00 science/101 inner 50 -> 25 %: sweep max 25 off_in_s=300 > occupancy hold > default off
            18:00:00 science/102 window 50 -> 25 %: sweep max 25 off_in_s=300 > occupancy hold > default off
            18:04:00 science/101 window 25 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            18:04:00 science/101 inner 25 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            18:04:00 sci-101 is online
            18:04:00 sci-102 is silent
            18:04:00 desire sci-101
            18:04:00 desire sci-102
                science/101: occupied since 18:04:00, closed, motion=1, illuminance_lx=200, today 0 Wh
                  window 50 % (is 50 %) since 18:04:00: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
                  inner 50 % (is 50 %) since 18:04:00: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            18:05:00 science/102 window 25 -> 0 %: sweep off > occupancy hold > default off
            20:04:00 science/101 window 50 -> 25 %: sweep max 25 off_in_s=300 > occupancy hold > default off
            20:04:00 science/101 inner 50 -> 25 %: sweep max 25 off_in_s=300 > occupancy hold > default off
            20:09:00 science/101 window 25 -> 0 %: sweep off > occupancy hold > default off
            20:09:00 science/101 inner 25 -> 0 %: sweep off > occupancy hold > default off
            20:10:00 sci-101 is silent
            20:10:00 desire sci-101
            20:10:00 desire sci-102
                sci-101: version +3, boot 1: window 0 % in 2000 ms, 0 presses; inner 0 % in 2000 ms, 0 presses
        "#]],
    );
}

#[test]
fn late_frames_and_a_clock_that_goes_back_change_nothing() {
    check(
        "12:00 sci-101 motion=0 daylight=0
         12:05 sci-101 motion=0 daylight=0 seq=4 o=2
         12:06 sci-101 motion=1 daylight=0 seq=5 o=2
         12:06:01 sci-101 motion=0 lux=900 seq=2 o=2 t=12:01
         12:06:02 sci-101 motion=0 lux=900 seq=3 o=2 t=12:02
         11:50 tick
         12:06:03 room science/101
         12:06:03 node sci-101",
        &expect![[r#"
            12:00:00 sci-101 is online
            12:00:00 desire sci-101
            12:05:00 sci-101 is online
            12:06:00 science/101 window 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:06:00 science/101 inner 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:06:00 desire sci-101
                science/101: occupied since 12:06:00, open, motion=1, illuminance_lx=0, today 0 Wh
                  window 50 % (is 0 %) since 12:06:00: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
                  inner 50 % (is 0 %) since 12:06:00: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
                sci-101: online, boot Some(1), acked Some(5), 5 frames, 0 again, 0 lost, 0 refused
        "#]],
    );
}

#[test]
fn an_agent_that_was_down_switches_nothing_off_because_of_that() {
    check(
        "12:00 sci-101 motion=1 daylight=0
         12:01 sci-101 motion=0 daylight=0
         12:30 resumed
         12:30 room science/101
         12:30:10 sci-101 motion=0 daylight=0 t=12:02 seq=3 o=3
         12:30:20 sci-101 motion=0 daylight=0 seq=4
         12:30:20 room science/101
         12:33 resumed
         19:00 resumed
         19:04 tick
         19:06 tick",
        &expect![[r#"
            12:00:00 science/101 window 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:00:00 science/101 inner 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:00:00 sci-101 is online
            12:00:00 desire sci-101
                science/101: unknown since 12:30:00, open, motion: silent, illuminance_lx: silent, today 0 Wh
                  window 50 % (is ? %) since 12:00:00: occupancy hold > default off
                  inner 50 % (is ? %) since 12:00:00: occupancy hold > default off
                science/101: vacant_pending since 12:30:20, open, motion=0, illuminance_lx=200, today 0 Wh
                  window 50 % (is 50 %) since 12:00:00: occupancy hold > daylight max 79 daylight_lx=0 target_lx=300 > default off
                  inner 50 % (is 50 %) since 12:00:00: occupancy hold > daylight max 79 daylight_lx=0 target_lx=300 > default off
            19:00:00 science/101 window 50 -> 25 %: sweep max 25 off_in_s=300 > occupancy hold > default off
            19:00:00 science/101 inner 50 -> 25 %: sweep max 25 off_in_s=300 > occupancy hold > default off
            19:00:00 desire sci-101
            19:04:00 sci-101 is silent
            19:05:00 science/101 window 25 -> 0 %: sweep off > occupancy hold > default off
            19:05:00 science/101 inner 25 -> 0 %: sweep off > occupancy hold > default off
            19:06:00 desire sci-101
        "#]],
    );
}

#[test]
fn light_that_still_shows_the_old_level_is_not_believed() {
    check(
        "09:00 sci-102 motion=1 lux=100 level.window=0
         09:00:01 sci-102 motion=1 lux=100
         09:00:04 sci-102 motion=1 lux=180 level.window=20
         09:00:06 sci-102 motion=1 daylight=100
         09:01 every 60s until 09:05 sci-102 motion=1 daylight=100
         09:05 room science/102",
        &expect![[r#"
            09:00:00 science/102 window 0 -> 54 %: floor min 54 target_lx=300 daylight_lx=100 > occupancy set 50 > daylight max 54 daylight_lx=100 target_lx=300 > default off
            09:00:00 sci-102 is online
            09:00:00 desire sci-102
                science/102: occupied since 09:00:00, lesson, motion=1, illuminance_lx=316, today 0 Wh
                  window 54 % (is 54 %) since 09:00:00: floor min 54 target_lx=300 daylight_lx=100 > occupancy set 50 > daylight max 54 daylight_lx=100 target_lx=300 > default off
        "#]],
    );
}
