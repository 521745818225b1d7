//! Which frames count, what is acknowledged, what is lost.

use crate::script::check;
use expect_test::expect;

#[test]
fn a_frame_counts_once_and_the_row_is_acknowledged_as_far_as_it_is_whole() {
    check(
        "acks
         09:00 sci-mains power=1
         09:01 sci-mains power=2 seq=2 o=2
         09:01 sci-mains power=2 seq=2 o=2
         09:02 sci-mains power=4 seq=4 o=3
         09:03 sci-mains power=5 seq=5 o=3
         09:04 sci-mains power=3 seq=3 o=3
         09:05 node sci-mains",
        &expect![[r#"
            09:00:00 ack sci-mains 1/1
            09:00:00 sci-mains is online
            09:01:00 ack sci-mains 1/2
            09:01:00 ack sci-mains 1/2
            09:02:00 ack sci-mains 1/2
            09:03:00 ack sci-mains 1/2
            09:04:00 ack sci-mains 1/5
                sci-mains: online, boot Some(1), acked Some(5), 5 frames, 1 again, 0 lost, 0 refused
        "#]],
    );
}

#[test]
fn what_the_node_no_longer_holds_is_lost_by_its_word_or_without_it() {
    check(
        "acks
         09:00 sci-mains power=1
         09:01 sci-mains power=9 seq=9 o=8 lost=3-5
         09:02 sci-mains power=8 seq=8 o=8
         09:03 sci-mains power=4 seq=4 o=4
         09:04 sci-mains power=4 seq=4 o=4
         09:05 node sci-mains",
        &expect![[r#"
            09:00:00 ack sci-mains 1/1
            09:00:00 sci-mains is online
            09:01:00 lost sci-mains 1/2-2, unexplained
            09:01:00 lost sci-mains 1/3-5, declared
            09:01:00 lost sci-mains 1/6-7, unexplained
            09:01:00 ack sci-mains 1/7
            09:02:00 ack sci-mains 1/9
            09:03:00 recovered sci-mains 1/4
            09:03:00 ack sci-mains 1/9
            09:04:00 ack sci-mains 1/9
                sci-mains: online, boot Some(1), acked Some(9), 4 frames, 1 again, 5 lost, 0 refused
        "#]],
    );
}

#[test]
fn live_frames_before_a_long_backlog_are_neither_lost_nor_acknowledged_early() {
    check(
        "acks
         09:00 sci-mains power=1
         09:01 sci-mains power=7 seq=5000 o=2
         09:02 sci-mains power=2 seq=2 o=2 t=08:00
         09:03 sci-mains power=3 seq=5001 o=3
         09:04 sci-mains power=3 seq=5002 o=5000
         09:05 node sci-mains",
        &expect![[r#"
            09:00:00 ack sci-mains 1/1
            09:00:00 sci-mains is online
            09:01:00 ack sci-mains 1/1
            09:02:00 ack sci-mains 1/2
            09:03:00 ack sci-mains 1/2
            09:04:00 lost sci-mains 1/3-4999, unexplained
            09:04:00 ack sci-mains 1/5002
                sci-mains: online, boot Some(1), acked Some(5002), 5 frames, 0 again, 4997 lost, 0 refused
        "#]],
    );
}

#[test]
fn a_node_first_heard_in_the_middle_of_its_life_has_lost_nothing_of_ours() {
    check(
        "acks
         09:00 hello sci-mains 12
         09:01 sci-mains power=1 seq=900 o=880
         09:02 sci-mains power=1 seq=901 o=880
         09:03 sci-mains power=1 seq=880 o=880
         09:04 hello sci-mains 13
         09:05 sci-mains power=1 seq=3 o=3
         09:06 node sci-mains",
        &expect![[r#"
            09:00:00 sci-mains is online
            09:01:00 ack sci-mains 12/879
            09:02:00 ack sci-mains 12/879
            09:03:00 ack sci-mains 12/880
            09:04:00 sci-mains is online
            09:05:00 lost sci-mains 13/1-2, unexplained
            09:05:00 ack sci-mains 13/3
                sci-mains: online, boot Some(13), acked Some(3), 4 frames, 0 again, 2 lost, 0 refused
        "#]],
    );
}

#[test]
fn frames_of_an_older_boot_are_kept_but_drive_nothing() {
    check(
        "acks
         12:00 sci-101 motion=1 daylight=0
         12:01 hello sci-101 2
         12:01:30 sci-101 motion=1 daylight=0
         12:02 sci-101 boot=1 seq=2 presses.window=5 manual_pct.window=0 motion=0
         12:03 sci-101 boot=1 seq=2 presses.window=5 manual_pct.window=0 motion=0
         12:04 room science/101
         12:04 node sci-101",
        &expect![[r#"
            12:00:00 science/101 window 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:00:00 science/101 inner 0 -> 50 %: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
            12:00:00 ack sci-101 1/1
            12:00:00 sci-101 is online
            12:00:00 desire sci-101
            12:01:00 sci-101 is online
            12:01:00 desire sci-101
            12:01:30 ack sci-101 2/1
            12:02:00 ack sci-101 1/2
            12:03:00 ack sci-101 1/2
                science/101: occupied since 12:00:00, open, motion=1, illuminance_lx=200, today 0 Wh
                  window 50 % (is 50 %) since 12:00:00: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
                  inner 50 % (is 50 %) since 12:00:00: occupancy set 50 > daylight max 79 daylight_lx=0 target_lx=300 > default off
                sci-101: online, boot Some(2), acked Some(1), 3 frames, 1 again, 0 lost, 0 refused
        "#]],
    );
}

#[test]
fn an_older_boot_that_says_hello_is_another_node_with_the_same_name() {
    check(
        "12:00 hello sci-101 5
         12:01 will sci-101 4
         12:01 node sci-101
         12:02 hello sci-101 4
         12:02 hello sci-101 4
         12:02 node sci-101
         12:03 will sci-101 5
         12:03 node sci-101
         12:04 hello sci-101 6
         12:04 node sci-101",
        &expect![[r#"
            12:00:00 sci-101 is online
                sci-101: online, boot Some(5), acked None, 0 frames, 0 again, 0 lost, 0 refused
            12:02:00 conflict sci-101 4
            12:02:00 sci-101 is online
                sci-101: online, boot Some(5), acked None, 0 frames, 0 again, 0 lost, 0 refused, conflict
            12:03:00 sci-101 is offline
                sci-101: offline, boot Some(5), acked None, 0 frames, 0 again, 0 lost, 0 refused, conflict
            12:04:00 sci-101 is online
                sci-101: online, boot Some(6), acked None, 0 frames, 0 again, 0 lost, 0 refused
        "#]],
    );
}

#[test]
fn the_time_of_measurement_is_believed_when_it_is_plausible() {
    check(
        "12:00 sci-101 motion=1 lux=5 t=none up=1000 sent=1000
         12:01 sci-101 co2=600 t=none up=61000 sent=91000
         12:02 sci-101 motion=1 lux=7 t=23:59
         12:02:10 sci-101 lux=8 t=12:03:30
         12:02:20 sci-101 lux=9
         12:02:30 room science/101",
        &expect![[r#"
            12:00:00 science/101 window 0 -> 50 %: occupancy set 50 > daylight max 78 daylight_lx=5 target_lx=300 > default off
            12:00:00 science/101 inner 0 -> 50 %: occupancy set 50 > daylight max 78 daylight_lx=5 target_lx=300 > default off
            12:00:00 sci-101 is online
            12:00:00 desire sci-101
                science/101: occupied since 12:00:00, open, motion=1, illuminance_lx=9, co2_ppm=600, today 0 Wh
                  window 50 % (is 50 %) since 12:00:00: occupancy set 50 > daylight max 100 daylight_lx=0 target_lx=300 > default off
                  inner 50 % (is 50 %) since 12:00:00: occupancy set 50 > daylight max 100 daylight_lx=0 target_lx=300 > default off
        "#]],
    );
}
