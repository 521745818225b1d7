//! Stories of restarts: what the log kept is sent, dated, acknowledged and forgotten.

use crate::board::Board;
use expect_test::{Expect, expect};

fn check(records: usize, script: &str, transcript: Expect) {
    transcript.assert_eq(Board::with_log(records).script(script));
}

#[test]
fn frames_of_the_last_boot_are_sent_after_a_power_cut_with_their_own_time_and_forgotten() {
    check(
        100,
        "0 connect
         1s lease 90s at 1789000000000
         3s disconnect
         4s sense motion 1
         5s sense temperature_c 21
         6s power_cut
         1s connect
         2s lease 90s at 1789000060000
         3s ack 3 boot 1
         3s ack 1
         20s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            1000     > lease 90s at 1789000000000
            2000     frame 1 t 1789000001000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            3000     > disconnect
            4000     > sense motion 1
            4000     lamp window 50 % in 2000
            4000     lamp inner 50 % in 2000
            5000     > sense temperature_c 21
            6000     > power_cut
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            1000     > connect
            1000     hello boot 2
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            2000     > lease 90s at 1789000060000
            2000     frame 2 oldest 1 t 1789000060000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            2000     frame 1.1 t 1789000001000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            2000     frame 1.2 oldest 1 t 1789000003000: motion 1
            2000     frame 1.3 oldest 1 t 1789000005000: level_pct.window 50 level_pct.inner 50
            3000     > ack 3 boot 1
            3000     forget 1.3
            3000     > ack 1
            8000     frame 2 t 1789000060000 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            8000     forget 2.1
            18000    frame 2 t 1789000060000 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            20000    > tick
        "#]],
    );
}

#[test]
fn a_boot_that_never_knew_the_time_is_given_up_and_told_as_a_loss() {
    check(
        100,
        "0 sense motion 1
         4s power_cut
         1s sense motion 1
         4s power_cut
         0s connect
         1s lease 90s at 1789000060000
         2s ack 3 boot 1
         3s ack 3 boot 2
         3s ack 1
         20s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > sense motion 1
            0        lamp window 50 % in 2000
            0        lamp inner 50 % in 2000
            4000     > power_cut
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            1000     > sense motion 1
            1000     lamp window 50 % in 2000
            1000     lamp inner 50 % in 2000
            4000     > power_cut
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 3
            1000     > lease 90s at 1789000060000
            1000     frame 1.3 lost 1..2:
            1000     save
            2000     frame 1 t 1789000061000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            2000     > ack 3 boot 1
            2000     save
            2000     forget 1.2
            2000     frame 2.4 lost 1..3:
            2000     save
            3000     > ack 3 boot 2
            3000     save
            3000     > ack 1
            7000     forget 3.1
            20000    > tick
        "#]],
    );
}

#[test]
fn a_frame_from_before_the_time_was_known_is_dated_by_a_later_one() {
    check(
        100,
        "0 sense motion 1
         10s time 1789000000000
         11s power_cut
         0s connect
         1s lease 90s at 1789000060000
         2s ack 4 boot 1
         20s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > sense motion 1
            0        lamp window 50 % in 2000
            0        lamp inner 50 % in 2000
            10000    > time 1789000000000
            11000    > power_cut
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 2
            1000     > lease 90s at 1789000060000
            1000     frame 1.1 t 1788999990000: motion 1
            1000     frame 1.2 oldest 1 t 1788999992000: level_pct.window 50 lit_s.window 0 level_pct.inner 50 lit_s.inner 0 presses.window 0 presses.inner 0 motion 1
            1000     frame 1.3 oldest 1 t 1789000000000: level_pct.window 50 lit_s.window 0 level_pct.inner 50 lit_s.inner 0 presses.window 0 presses.inner 0 motion 1
            2000     frame 1 t 1789000061000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            2000     > ack 4 boot 1
            6000     frame 1.1 t 1788999990000: motion 1
            7000     frame 1 t 1789000061000 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            16000    frame 1.1 t 1788999990000: motion 1
            17000    frame 1 t 1789000061000 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            20000    > tick
        "#]],
    );
}

#[test]
fn a_full_log_tells_what_it_gave_up_of_every_boot() {
    check(
        10,
        "0s time 1789000000000
         3m power_cut
         0s time 1789000300000
         8m power_cut
         0s time 1789000900000
         7m connect
         8m lease 90s at 1789001400000
         8m ack 5 boot 1
         8m ack 2 boot 2
         8m20s ack 10 boot 2
         8m30s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > time 1789000000000
            60000    save
            180000   > power_cut
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > time 1789000300000
            60000    save
            422000   save
            480000   > power_cut
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > time 1789000900000
            60000    save
            122000   save
            420000   > connect
            420000   hello boot 3
            420000   frame 1 t 1789000902000 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            420000   frame 2 oldest 1 t 1789000962000 up 62000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            420000   frame 3 oldest 1 t 1789001022000 up 122000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            420000   frame 4 oldest 1 t 1789001082000 up 182000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            420000   frame 5 oldest 1 t 1789001142000 up 242000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            420000   frame 6 oldest 1 t 1789001202000 up 302000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            420000   frame 7 oldest 1 t 1789001262000 up 362000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            422000   frame 8 oldest 1 t 1789001322000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            422000   save
            425000   frame 1 t 1789000902000 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            435000   frame 1 t 1789000902000 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            455000   frame 1 t 1789000902000 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            480000   > lease 90s at 1789001400000
            480000   frame 1.4 lost 1..3:
            480000   > ack 5 boot 1
            480000   > ack 2 boot 2
            485000   frame 1.4 lost 1..3:
            495000   frame 1 t 1789000922000 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            495000   frame 1.4 lost 1..3:
            500000   > ack 10 boot 2
            510000   > tick
        "#]],
    );
}
