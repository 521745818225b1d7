//! What a node kept through restarts and sends afterwards, with the boots and numbers of then.

use crate::script::check;
use expect_test::expect;

#[test]
fn two_hundred_restarts_of_one_outage_are_told_boot_by_boot() {
    check(
        "09:00 sci-mains power=1 boot=9
         12:00 hello sci-mains 210
         12:00 sci-mains power=1
         12:01 boots 10-209 sci-mains power=1 seq=1 t=10:00
         12:02 boots 10-209 sci-mains power=1 seq=2 t=10:00
         12:03 boots 10-209 sci-mains power=1 seq=2 t=10:00
         12:04 node sci-mains
         acks
         12:05 sci-mains boot=10 seq=1
         12:05 sci-mains boot=110 seq=3
         12:06 sci-mains",
        &expect![[r#"
            09:00:00 sci-mains is online
            12:00:00 sci-mains is online
            12:03:00 sci-mains is silent
                sci-mains: silent, boot Some(210), acked Some(1), 402 frames, 200 again, 0 lost, 0 refused
            12:05:00 ack sci-mains 10/2
            12:05:00 ack sci-mains 110/3
            12:06:00 ack sci-mains 210/2
            12:06:00 sci-mains is online
        "#]],
    );
}

#[test]
fn what_was_heard_live_of_many_boots_is_not_counted_again_from_the_log() {
    check(
        "09:00 boots 10-210 sci-mains power=1 seq=2 o=1
         12:00 node sci-mains
         12:01 boots 10-210 sci-mains power=1 seq=1 t=09:00
         12:02 boots 10-210 sci-mains power=1 seq=2 t=09:00
         12:03 boots 10-210 sci-mains power=1 seq=3 t=09:00
         12:04 node sci-mains
         acks
         12:05 boots 10-12 sci-mains power=1 seq=3 t=09:00",
        &expect![[r#"
            09:00:00 sci-mains is online
            … 199 lines
            09:00:00 sci-mains is online
                sci-mains: online, boot Some(210), acked None, 201 frames, 0 again, 0 lost, 0 refused
            12:01:00 sci-mains is silent
            12:01:00 sci-mains is online
                sci-mains: online, boot Some(210), acked Some(3), 603 frames, 201 again, 0 lost, 0 refused
            12:05:00 ack sci-mains 10/3
            12:05:00 ack sci-mains 11/3
            12:05:00 ack sci-mains 12/3
        "#]],
    );
}

#[test]
fn a_boot_too_far_back_is_neither_kept_nor_acknowledged() {
    check(
        "09:00 boots 1-300 sci-mains power=1 seq=3 o=2
         12:00 node sci-mains
         acks
         12:01 boots 43-46 sci-mains power=1 seq=2 t=09:00
         12:02 node sci-mains",
        &expect![[r#"
            09:00:00 sci-mains is online
            … 641 lines
            09:00:00 sci-mains is online
                sci-mains: online, boot Some(300), acked Some(1), 300 frames, 0 again, 343 lost, 0 refused
            12:01:00 sci-mains is silent
            12:01:00 ack sci-mains 45/3
            12:01:00 ack sci-mains 46/3
                sci-mains: silent, boot Some(300), acked Some(1), 302 frames, 0 again, 343 lost, 2 refused
        "#]],
    );
}

#[test]
fn boots_of_which_nothing_is_left_are_forgotten_and_what_they_miss_is_a_loss() {
    check(
        "09:00 boots 1-9 sci-mains power=1 seq=1
         09:00 sci-mains power=1 boot=2 seq=5 o=2
         09:00 sci-mains power=1 boot=2 seq=4 o=2
         09:00 sci-mains power=1 boot=8 seq=5 o=2
         09:00 hello sci-mains 10
         09:01 every 10s until 10:26:20 sci-mains power=1
         10:26:20 node sci-mains
         acks
         10:27 sci-mains power=1
         10:28 boots 5-8 sci-mains power=1 seq=2 t=09:00
         10:29 node sci-mains",
        &expect![[r#"
            09:00:00 sci-mains is online
            … 7 lines
            09:00:00 sci-mains is online
            09:00:00 sci-mains is online
            10:26:10 lost sci-mains 2/2-3, unexplained
                sci-mains: online, boot Some(10), acked Some(513), 525 frames, 0 again, 2 lost, 0 refused
            10:27:00 ack sci-mains 10/514
            10:28:00 ack sci-mains 7/2
            10:28:00 ack sci-mains 8/2
                sci-mains: online, boot Some(10), acked Some(514), 528 frames, 0 again, 2 lost, 2 refused
        "#]],
    );
}

#[test]
fn a_frame_that_only_tells_of_a_loss_counts_it_and_moves_the_row_on() {
    check(
        "acks
         09:00 sci-mains power=1 boot=3 seq=1
         12:00 hello sci-mains 5
         12:00 sci-mains power=1
         12:01 sci-mains boot=3 seq=8 lost=2-7 t=none
         12:01 sci-mains boot=3 seq=8 lost=2-7 t=none
         12:02 sci-mains boot=4 seq=31 lost=1-30 t=none
         12:03 node sci-mains",
        &expect![[r#"
            09:00:00 ack sci-mains 3/1
            09:00:00 sci-mains is online
            12:00:00 sci-mains is online
            12:00:00 ack sci-mains 5/1
            12:01:00 lost sci-mains 3/2-7, declared
            12:01:00 ack sci-mains 3/8
            12:01:00 ack sci-mains 3/8
            12:02:00 lost sci-mains 4/1-30, declared
            12:02:00 ack sci-mains 4/31
                sci-mains: online, boot Some(5), acked Some(1), 4 frames, 1 again, 36 lost, 0 refused
        "#]],
    );
}

#[test]
fn a_frame_that_comes_again_may_tell_of_a_loss_that_happened_meanwhile() {
    check(
        "acks
         09:00 sci-mains power=1 boot=3 seq=1 energy=100
         09:00 sci-mains power=1 boot=3 seq=6 o=2 energy=106
         09:05 sci-mains power=1 boot=3 seq=6 o=6 lost=2-5 energy=106
         09:05 sci-mains power=1 boot=3 seq=6 o=6 lost=2-5 energy=106
         09:06 node sci-mains
         09:06 meter sci-mains/main",
        &expect![[r#"
            09:00:00 opening sci-mains/main: 100 -> 100 Wh, jump 0
            09:00:00 ack sci-mains 3/1
            09:00:00 sci-mains is online
            09:00:00 ack sci-mains 3/1
            09:05:00 lost sci-mains 3/2-5, declared
            09:05:00 ack sci-mains 3/6
            09:05:00 sci-mains is silent
            09:05:00 ack sci-mains 3/6
                sci-mains: silent, boot Some(3), acked Some(6), 2 frames, 2 again, 4 lost, 0 refused
                sci-mains/main: register 100 to 106, 0 resets, posted 0 + open 6 = 6 (adds up), today 6
        "#]],
    );
}

#[test]
fn what_was_seen_before_a_restart_switches_nothing_after_it() {
    check(
        "12:00 hello sci-101 4
         12:00 sci-101 motion=0 daylight=0
         12:30 hello sci-101 6
         12:30 sci-101 motion=0 daylight=0
         12:31 sci-101 boot=4 seq=2 motion=1 daylight=0 t=12:29
         12:31 sci-101 boot=5 seq=1 motion=1 presence=1 daylight=0 presses.window=3 manual_pct.window=80 t=none
         12:31 sci-101 boot=5 seq=2 motion=1 daylight=0 t=none up=9000 sent=9100
         12:32 room science/101
         12:32 desired sci-101",
        &expect![[r#"
            12:00:00 sci-101 is online
            12:00:00 desire sci-101
            12:30:00 sci-101 is online
            12:30:00 desire sci-101
                science/101: vacant_pending since 12:30:00, open, motion=0, illuminance_lx=0, today 0 Wh
                  window 0 % (is 0 %) since 12:00:00: occupancy hold > daylight max 79 daylight_lx=0 target_lx=300 > default off
                  inner 0 % (is 0 %) since 12:00:00: occupancy hold > daylight max 79 daylight_lx=0 target_lx=300 > default off
                sci-101: version +2, boot 6: window 0 % in 2000 ms, 0 presses; inner 0 % in 2000 ms, 0 presses
        "#]],
    );
}

#[test]
fn a_first_frame_without_readings_does_not_say_where_the_lamps_are() {
    check(
        "12:00 hello sci-101 4
         12:00 sci-101 empty=1 seq=8 lost=1-7
         12:00 desired sci-101
         12:01 sci-101 seq=9 level.window=80 level.inner=30 lux=500
         12:01 room science/101
         12:01 desired sci-101",
        &expect![[r#"
            12:00:00 sci-101 is online
            12:00:00 lost sci-101 4/1-7, declared
                sci-101: nothing desired
            12:01:00 desire sci-101
                science/101: unknown since 00:00:00, open, illuminance_lx=500, today 0 Wh
                  window 80 % (is 80 %) since 12:01:00: occupancy hold > default off
                  inner 30 % (is 30 %) since 12:01:00: occupancy hold > default off
                sci-101: version +1, boot 4: window 80 % in 2000 ms, 0 presses; inner 30 % in 2000 ms, 0 presses
        "#]],
    );
}

#[test]
fn registers_from_before_a_restart_come_late_and_change_no_total() {
    check(
        "09:05 sci-mains energy=1000 boot=3
         12:00 hello sci-mains 6
         12:00 sci-mains energy=1300
         12:01 meter sci-mains/main
         12:01 sci-mains boot=3 seq=2 energy=1010 t=09:10
         12:02 sci-mains boot=4 seq=1 energy=1020 t=none
         12:02 sci-mains boot=4 seq=2 energy=1021 t=none up=9000 sent=9500
         12:03 sci-mains boot=5 seq=1 energy=1200 t=12:00:30
         12:04 sci-mains boot=5 seq=2 energy=1201 t=12:03:30
         12:05 sci-mains energy=1302
         12:05 meter sci-mains/main",
        &expect![[r#"
            09:05:00 opening sci-mains/main: 1000 -> 1000 Wh, jump 0
            09:05:00 sci-mains is online
            12:00:00 sci-mains is online
            12:00:00 posting sci-mains/main 09:00:00 17 Wh, estimated_shape, opening, register 1017
            12:00:00 posting sci-mains/main 09:15:00 25 Wh, estimated_shape, gap, register 1042
            12:00:00 posting sci-mains/main 09:30:00 26 Wh, estimated_shape, gap, register 1068
            12:00:00 posting sci-mains/main 09:45:00 26 Wh, estimated_shape, gap, register 1094
            12:00:00 posting sci-mains/main 10:00:00 26 Wh, estimated_shape, gap, register 1120
            12:00:00 posting sci-mains/main 10:15:00 25 Wh, estimated_shape, gap, register 1145
            12:00:00 posting sci-mains/main 10:30:00 26 Wh, estimated_shape, gap, register 1171
            12:00:00 posting sci-mains/main 10:45:00 26 Wh, estimated_shape, gap, register 1197
            12:00:00 posting sci-mains/main 11:00:00 25 Wh, estimated_shape, gap, register 1222
            12:00:00 posting sci-mains/main 11:15:00 26 Wh, estimated_shape, gap, register 1248
            12:00:00 posting sci-mains/main 11:30:00 26 Wh, estimated_shape, gap, register 1274
            12:00:00 posting sci-mains/main 11:45:00 26 Wh, estimated_shape, gap, register 1300
                sci-mains/main: register 1000 to 1300, 0 resets, posted 300 + open 0 = 300 (adds up), today 300
            12:03:00 sci-mains is silent
            12:05:00 sci-mains is online
                sci-mains/main: register 1000 to 1302, 0 resets, posted 300 + open 2 = 302 (adds up), today 302
        "#]],
    );
}

#[test]
fn registers_from_before_a_restart_keep_their_time_where_nothing_newer_is_booked() {
    check(
        "09:05 sci-mains energy=1000 energy.lamps=500 boot=3
         12:00 hello sci-mains 6
         12:00 sci-mains energy=1300
         12:01 sci-mains boot=3 seq=2 energy=1010 energy.lamps=510 t=09:10
         12:02 sci-mains boot=4 seq=2 energy=1100 energy.lamps=540 t=10:10
         12:02 sci-mains boot=4 seq=1 energy=1090 energy.lamps=530 t=10:20
         12:03 sci-mains boot=5 seq=1 energy=1200 energy.lamps=600 t=11:00
         12:05 sci-mains energy=1302 energy.lamps=640
         12:05 meter sci-mains/main
         12:05 meter sci-mains/lamps",
        &expect![[r#"
            09:05:00 opening sci-mains/main: 1000 -> 1000 Wh, jump 0
            09:05:00 opening sci-mains/lamps: 500 -> 500 Wh, jump 0
            09:05:00 sci-mains is online
            12:00:00 sci-mains is online
            12:00:00 posting sci-mains/main 09:00:00 17 Wh, estimated_shape, opening, register 1017
            12:00:00 posting sci-mains/main 09:15:00 25 Wh, estimated_shape, gap, register 1042
            12:00:00 posting sci-mains/main 09:30:00 26 Wh, estimated_shape, gap, register 1068
            12:00:00 posting sci-mains/main 09:45:00 26 Wh, estimated_shape, gap, register 1094
            12:00:00 posting sci-mains/main 10:00:00 26 Wh, estimated_shape, gap, register 1120
            12:00:00 posting sci-mains/main 10:15:00 25 Wh, estimated_shape, gap, register 1145
            12:00:00 posting sci-mains/main 10:30:00 26 Wh, estimated_shape, gap, register 1171
            12:00:00 posting sci-mains/main 10:45:00 26 Wh, estimated_shape, gap, register 1197
            12:00:00 posting sci-mains/main 11:00:00 25 Wh, estimated_shape, gap, register 1222
            12:00:00 posting sci-mains/main 11:15:00 26 Wh, estimated_shape, gap, register 1248
            12:00:00 posting sci-mains/main 11:30:00 26 Wh, estimated_shape, gap, register 1274
            12:00:00 posting sci-mains/main 11:45:00 26 Wh, estimated_shape, gap, register 1300
            12:02:00 posting sci-mains/lamps 09:00:00 12 Wh, estimated_shape, opening, register 512
            12:02:00 posting sci-mains/lamps 09:15:00 8 Wh, estimated_shape, gap, register 520
            12:02:00 posting sci-mains/lamps 09:30:00 7 Wh, estimated_shape, gap, register 527
            12:02:00 posting sci-mains/lamps 09:45:00 8 Wh, estimated_shape, gap, register 535
            12:03:00 posting sci-mains/lamps 10:00:00 11 Wh, estimated_shape, gap, register 546
            12:03:00 posting sci-mains/lamps 10:15:00 18 Wh, estimated_shape, gap, register 564
            12:03:00 posting sci-mains/lamps 10:30:00 18 Wh, estimated_shape, gap, register 582
            12:03:00 posting sci-mains/lamps 10:45:00 18 Wh, estimated_shape, gap, register 600
            12:03:00 sci-mains is silent
            12:05:00 posting sci-mains/lamps 11:00:00 9 Wh, estimated_shape, gap, register 609
            12:05:00 posting sci-mains/lamps 11:15:00 9 Wh, estimated_shape, gap, register 618
            12:05:00 posting sci-mains/lamps 11:30:00 9 Wh, estimated_shape, gap, register 627
            12:05:00 posting sci-mains/lamps 11:45:00 9 Wh, estimated_shape, gap, register 636
            12:05:00 sci-mains is online
                sci-mains/main: register 1000 to 1302, 0 resets, posted 300 + open 2 = 302 (adds up), today 302
                sci-mains/lamps: register 500 to 640, 0 resets, posted 136 + open 4 = 140 (adds up), today 140
        "#]],
    );
}

#[test]
fn a_row_that_a_restart_ended_may_still_be_filled_and_changes_no_total() {
    check(
        "acks
         09:05 sci-mains energy=1000 boot=3
         09:20 sci-mains energy=1020 seq=3 o=2 boot=3
         09:30 hello sci-mains 4
         09:31 sci-mains energy=1040
         09:32 sci-mains energy=1010 seq=2 o=2 boot=3 t=09:10
         09:40 sci-mains energy=1050
         09:40 meter sci-mains/main",
        &expect![[r#"
            09:05:00 opening sci-mains/main: 1000 -> 1000 Wh, jump 0
            09:05:00 ack sci-mains 3/1
            09:05:00 sci-mains is online
            09:20:00 ack sci-mains 3/1
            09:20:00 sci-mains is online
            09:30:00 posting sci-mains/main 09:00:00 13 Wh, measured, opening, register 1013
            09:30:00 sci-mains is online
            09:31:00 posting sci-mains/main 09:15:00 25 Wh, measured, normal, register 1038
            09:31:00 ack sci-mains 4/1
            09:32:00 ack sci-mains 3/3
            09:40:00 ack sci-mains 4/2
            09:40:00 sci-mains is online
                sci-mains/main: register 1000 to 1050, 0 resets, posted 38 + open 12 = 50 (adds up), today 50
        "#]],
    );
}
