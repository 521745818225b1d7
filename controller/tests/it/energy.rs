//! From registers to postings, to the watt-hour.

use crate::script::check;
use expect_test::expect;

#[test]
fn a_difference_is_spread_over_quarter_hours_and_the_parts_are_the_whole() {
    check(
        "09:05 sci-mains energy=1000
         09:10 sci-mains energy=1010
         09:20 sci-mains energy=1021
         09:20 meter sci-mains/main
         10:07 sci-mains energy=1121
         10:15 sci-mains energy=1130
         10:15 meter sci-mains/main",
        &expect![[r#"
            09:05:00 opening sci-mains/main: 1000 -> 1000 Wh, jump 0
            09:05:00 sci-mains is online
            09:10:00 sci-mains is online
            09:20:00 posting sci-mains/main 09:00:00 15 Wh, measured, opening, register 1015
            09:20:00 sci-mains is online
                sci-mains/main: register 1000 to 1021, 0 resets, posted 15 + open 6 = 21 (adds up), today 21
            10:07:00 posting sci-mains/main 09:15:00 27 Wh, estimated_shape, gap, register 1042
            10:07:00 posting sci-mains/main 09:30:00 32 Wh, estimated_shape, gap, register 1074
            10:07:00 posting sci-mains/main 09:45:00 32 Wh, estimated_shape, gap, register 1106
            10:07:00 sci-mains is online
            10:15:00 posting sci-mains/main 10:00:00 24 Wh, estimated_shape, gap, register 1130
            10:15:00 sci-mains is online
                sci-mains/main: register 1000 to 1130, 0 resets, posted 130 + open 0 = 130 (adds up), today 130
        "#]],
    );
}

#[test]
fn a_register_that_falls_back_closes_its_segment_and_invents_nothing() {
    check(
        "09:05 sci-mains energy=1000
         09:10 sci-mains energy=1100
         09:12 sci-mains energy=5
         09:14 sci-mains energy=25
         09:14 meter sci-mains/main
         10:40 sci-mains energy=7
         10:41 sci-mains energy=9
         10:46 sci-mains energy=11
         10:46 meter sci-mains/main",
        &expect![[r#"
            09:05:00 opening sci-mains/main: 1000 -> 1000 Wh, jump 0
            09:05:00 sci-mains is online
            09:10:00 sci-mains is online
            09:12:00 doubt sci-mains/main: 1100 -> 5 Wh, jump 0
                sci-mains/main: register 1000 to 1100, 0 resets, posted 0 + open 100 = 100 (adds up), today 100
            10:40:00 glitch sci-mains/main: 1100 -> 5 Wh, jump 0
            10:40:00 doubt sci-mains/main: 1100 -> 7 Wh, jump 0
            10:40:00 sci-mains is online
            10:46:00 posting sci-mains/main 09:00:00 100 Wh, incomplete, glitch, register 1100
            10:46:00 posting sci-mains/main 09:15:00 0 Wh, incomplete, reset, register 1100
            10:46:00 posting sci-mains/main 09:30:00 0 Wh, incomplete, reset, register 1100
            10:46:00 posting sci-mains/main 09:45:00 0 Wh, incomplete, reset, register 1100
            10:46:00 posting sci-mains/main 10:00:00 0 Wh, incomplete, reset, register 1100
            10:46:00 posting sci-mains/main 10:15:00 0 Wh, incomplete, reset, register 1100
            10:46:00 reset sci-mains/main: 1100 -> 7 Wh, jump -1093
            10:46:00 posting sci-mains/main 10:30:00 3 Wh, incomplete, reset, register 10
            10:46:00 sci-mains is online
                sci-mains/main: register 1000 to 11, 1 resets, posted 103 + open 1 = 104 (adds up), today 104
        "#]],
    );
}

#[test]
fn energy_of_an_outage_is_booked_to_the_outage() {
    check(
        "09:00 sci-mains energy=0
         12:00 sci-mains energy=1207
         12:00 meter sci-mains/main",
        &expect![[r#"
            09:00:00 opening sci-mains/main: 0 -> 0 Wh, jump 0
            09:00:00 sci-mains is online
            12:00:00 posting sci-mains/main 09:00:00 100 Wh, estimated_shape, opening, register 100
            12:00:00 posting sci-mains/main 09:15:00 101 Wh, estimated_shape, gap, register 201
            12:00:00 posting sci-mains/main 09:30:00 100 Wh, estimated_shape, gap, register 301
            12:00:00 posting sci-mains/main 09:45:00 101 Wh, estimated_shape, gap, register 402
            12:00:00 posting sci-mains/main 10:00:00 100 Wh, estimated_shape, gap, register 502
            12:00:00 posting sci-mains/main 10:15:00 101 Wh, estimated_shape, gap, register 603
            12:00:00 posting sci-mains/main 10:30:00 101 Wh, estimated_shape, gap, register 704
            12:00:00 posting sci-mains/main 10:45:00 100 Wh, estimated_shape, gap, register 804
            12:00:00 posting sci-mains/main 11:00:00 101 Wh, estimated_shape, gap, register 905
            12:00:00 posting sci-mains/main 11:15:00 100 Wh, estimated_shape, gap, register 1005
            12:00:00 posting sci-mains/main 11:30:00 101 Wh, estimated_shape, gap, register 1106
            12:00:00 posting sci-mains/main 11:45:00 101 Wh, estimated_shape, gap, register 1207
            12:00:00 sci-mains is online
                sci-mains/main: register 0 to 1207, 0 resets, posted 1207 + open 0 = 1207 (adds up), today 1207
        "#]],
    );
}

#[test]
fn registers_are_booked_in_the_order_of_the_node() {
    check(
        "09:05 sci-mains energy=1000
         09:26 sci-mains energy=1200 seq=4 o=2
         09:26 meter sci-mains/main
         09:27 sci-mains energy=1050 seq=2 o=2 t=09:10
         09:27 meter sci-mains/main
         09:28 sci-mains energy=1150 seq=3 o=3 t=09:20
         09:28 meter sci-mains/main",
        &expect![[r#"
            09:05:00 opening sci-mains/main: 1000 -> 1000 Wh, jump 0
            09:05:00 sci-mains is online
            09:26:00 sci-mains is online
                sci-mains/main: register 1000 to 1000, 0 resets, posted 0 + open 0 = 0 (adds up), today 0
                sci-mains/main: register 1000 to 1050, 0 resets, posted 0 + open 50 = 50 (adds up), today 50
            09:28:00 posting sci-mains/main 09:00:00 100 Wh, measured, opening, register 1100
                sci-mains/main: register 1000 to 1200, 0 resets, posted 100 + open 100 = 200 (adds up), today 200
        "#]],
    );
}

#[test]
fn today_begins_at_local_midnight() {
    check(
        "23:50 sci-101 energy.window=100 energy.inner=50
         23:58 sci-101 energy.window=108 energy.inner=50
         tue 00:02 sci-101 energy.window=112 energy.inner=60
         tue 00:02 meter sci-101/window
         tue 00:02 meter sci-101/inner
         tue 00:02 room science/101
         tue 00:20 sci-101 energy.window=130 energy.inner=60
         tue 00:20 room science/101",
        &expect![[r#"
            23:50:00 opening sci-101/window: 100 -> 100 Wh, jump 0
            23:50:00 opening sci-101/inner: 50 -> 50 Wh, jump 0
            23:50:00 sci-101 is online
            23:50:00 desire sci-101
            23:58:00 sci-101 is online
            tue 00:02:00 posting sci-101/window 23:45:00 10 Wh, measured, opening, register 110
            tue 00:02:00 posting sci-101/inner 23:45:00 5 Wh, measured, opening, register 55
            tue 00:02:00 sci-101 is online
                sci-101/window: register 100 to 112, 0 resets, posted 10 + open 2 = 12 (adds up), today 2
                sci-101/inner: register 50 to 60, 0 resets, posted 5 + open 5 = 10 (adds up), today 5
                science/101: unknown since 00:00:00, closed, today 7 Wh
                  window 0 % (is 0 %) since 23:50:00: occupancy hold > default off
                  inner 0 % (is 0 %) since 23:50:00: occupancy hold > default off
            tue 00:20:00 posting sci-101/window tue 00:00:00 15 Wh, estimated_shape, gap, register 125
            tue 00:20:00 posting sci-101/inner tue 00:00:00 5 Wh, estimated_shape, gap, register 60
            tue 00:20:00 sci-101 is online
                science/101: unknown since 00:00:00, closed, today 25 Wh
                  window 0 % (is 0 %) since 23:50:00: occupancy hold > default off
                  inner 0 % (is 0 %) since 23:50:00: occupancy hold > default off
        "#]],
    );
}

#[test]
fn a_whole_and_its_parts_are_not_added_up() {
    check(
        "09:00 sci-102 energy=1000 energy.window=500 power=90 power.window=60
         09:05 sci-102 energy=1010 energy.window=506 power=80 power.window=50
         09:05 room science/102",
        &expect![[r#"
            09:00:00 opening sci-102/main: 1000 -> 1000 Wh, jump 0
            09:00:00 opening sci-102/window: 500 -> 500 Wh, jump 0
            09:00:00 sci-102 is online
            09:00:00 desire sci-102
            09:05:00 sci-102 is online
                science/102: unknown since 00:00:00, lesson, 80 W, today 10 Wh
                  window 0 % (is 0 %) since 09:00:00: occupancy hold > default off
        "#]],
    );
}

#[test]
fn registers_of_an_older_boot_change_no_total() {
    check(
        "09:00 sci-mains energy=100
         09:01 hello sci-mains 2
         09:05 sci-mains energy=110
         09:06 sci-mains boot=1 seq=2 energy=105 t=09:02
         09:06 meter sci-mains/main",
        &expect![[r#"
            09:00:00 opening sci-mains/main: 100 -> 100 Wh, jump 0
            09:00:00 sci-mains is online
            09:01:00 sci-mains is online
            09:05:00 sci-mains is online
                sci-mains/main: register 100 to 110, 0 resets, posted 0 + open 10 = 10 (adds up), today 10
        "#]],
    );
}

#[test]
fn a_register_that_comes_after_too_many_newer_ones_is_no_reset() {
    check(
        "09:00 sci-mains energy=1000
         09:00:02 sci-mains energy=1400 seq=3 o=2
         09:00:03 every 1s until 09:20 sci-mains energy=1400 o=2
         09:20 meter sci-mains/main
         09:21 sci-mains energy=1200 seq=2 o=2 t=09:00:01
         09:22 sci-mains energy=1500
         09:22 meter sci-mains/main
         09:22 node sci-mains",
        &expect![[r#"
            09:00:00 opening sci-mains/main: 1000 -> 1000 Wh, jump 0
            09:00:00 sci-mains is online
            09:17:06 posting sci-mains/main 09:00:00 400 Wh, measured, opening, register 1400
                sci-mains/main: register 1000 to 1400, 0 resets, posted 400 + open 0 = 400 (adds up), today 400
                sci-mains/main: register 1000 to 1500, 0 resets, posted 400 + open 100 = 500 (adds up), today 500
                sci-mains: online, boot Some(1), acked Some(1202), 1202 frames, 0 again, 0 lost, 0 refused
        "#]],
    );
}
