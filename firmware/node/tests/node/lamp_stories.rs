//! Stories of the lamps: who is obeyed, and what happens when nobody is there to obey.

use crate::board::check;
use expect_test::expect;

#[test]
fn the_agents_level_is_obeyed_while_its_lease_lasts() {
    check(
        "0 connect
         3s desired 10 window 40 fade 2s inner 30
         4s lease 20s at 1789000000000
         6s ack 2
         7s desired 9 window 99 inner 99
         8s desired 11 window 60 fade 1s inner 30
         10s ack 3
         24s tick
         30s sense motion 1
         40s lease 20s at 1789000036000
         41s desired 12 window 20 inner 20
         42s ack 5
         44s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            3000     > desired 10 window 40 fade 2s inner 30
            4000     > lease 20s at 1789000000000
            4000     lamp window 40 % in 2000
            4000     lamp inner 30 % in 2000
            6000     frame 2 oldest 1 t 1789000002000: level_pct.window 40 level_pct.inner 30
            6000     > ack 2
            7000     > desired 9 window 99 inner 99
            8000     > desired 11 window 60 fade 1s inner 30
            8000     lamp window 60 % in 1000
            9000     frame 3 t 1789000005000: level_pct.window 60
            10000    > ack 3
            24000    > tick
            30000    save
            30000    > sense motion 1
            30000    lamp inner 50 % in 2000
            30000    frame 4 t 1789000026000: motion 1
            32000    frame 5 oldest 4 t 1789000028000: level_pct.inner 50
            35000    frame 4 t 1789000026000 up 30000: motion 1
            40000    > lease 20s at 1789000036000
            41000    > desired 12 window 20 inner 20
            42000    > ack 5
            44000    > tick
        "#]],
    );
}

#[test]
fn an_agent_that_is_back_is_obeyed_only_when_it_knows_of_who_came() {
    // It decides 2 s after it has acknowledged what the room kept; until then it wants what it wanted before.
    check(
        "0 connect
         1s lease 20s at 1789000000000
         2s desired 10 window 0 fade 2s inner 0 fade 2s
         3s ack 1
         30s sense motion 1
         40s ack 3
         41s lease 20s at 1789000040000
         42s desired 12 window 45 fade 2s inner 45 fade 2s
         44s ack 4
         70s sense illuminance_lx 90
         80s lease 20s at 1789000079000
         81s desired 13 window 0 fade 2s inner 0 fade 2s
         82s ack 6
         83s desired 14 window 45 fade 2s inner 45 fade 2s
         84s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            1000     > lease 20s at 1789000000000
            2000     frame 1 t 1789000001000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            2000     > desired 10 window 0 fade 2s inner 0 fade 2s
            3000     > ack 1
            30000    > sense motion 1
            30000    lamp window 50 % in 2000
            30000    lamp inner 50 % in 2000
            30000    frame 2 t 1789000029000: motion 1
            32000    save
            32000    frame 3 oldest 2 t 1789000031000: level_pct.window 50 level_pct.inner 50
            35000    frame 2 t 1789000029000 up 30000: motion 1
            40000    > ack 3
            41000    > lease 20s at 1789000040000
            42000    > desired 12 window 45 fade 2s inner 45 fade 2s
            42000    lamp window 45 % in 2000
            42000    lamp inner 45 % in 2000
            44000    frame 4 t 1789000043000: level_pct.window 45 level_pct.inner 45
            44000    > ack 4
            60000    save
            61000    lamp window 50 % in 2000
            61000    lamp inner 50 % in 2000
            62000    frame 5 t 1789000061000: level_pct.window 47 lit_s.window 30 level_pct.inner 47 lit_s.inner 30 presses.window 0 presses.inner 0 motion 1
            63000    frame 6 oldest 5 t 1789000062000: level_pct.window 50 level_pct.inner 50
            67000    frame 5 t 1789000061000 up 62000: level_pct.window 47 lit_s.window 30 level_pct.inner 47 lit_s.inner 30 presses.window 0 presses.inner 0 motion 1
            70000    > sense illuminance_lx 90
            77000    frame 5 t 1789000061000 up 62000: level_pct.window 47 lit_s.window 30 level_pct.inner 47 lit_s.inner 30 presses.window 0 presses.inner 0 motion 1
            80000    > lease 20s at 1789000079000
            81000    > desired 13 window 0 fade 2s inner 0 fade 2s
            82000    > ack 6
            83000    > desired 14 window 45 fade 2s inner 45 fade 2s
            83000    lamp window 45 % in 2000
            83000    lamp inner 45 % in 2000
            84000    > tick
        "#]],
    );
}

#[test]
fn alone_the_node_lights_for_people_and_goes_dark_after_them() {
    check(
        "0 tick
         10s sense motion 1
         20s sense motion 0
         9m sense motion 1
         9m1s sense motion 0
         19m tick
         19m2s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > tick
            10000    > sense motion 1
            10000    lamp window 50 % in 2000
            10000    lamp inner 50 % in 2000
            20000    > sense motion 0
            30000    save
            60000    save
            360000   save
            540000   > sense motion 1
            541000   > sense motion 0
            660000   save
            960000   save
            1140000  > tick
            1141000  lamp window 0 % in 2000
            1141000  lamp inner 0 % in 2000
            1142000  save
            1142000  > tick
        "#]],
    );
}

#[test]
fn alone_in_daylight_the_lamps_stay_dark() {
    check(
        "0 tick\n1s sense illuminance_lx 900\n10s sense motion 1\n11s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > tick
            1000     > sense illuminance_lx 900
            10000    > sense motion 1
            11000    > tick
        "#]],
    );
}

#[test]
fn the_wall_switch_wins_until_the_agent_has_seen_it() {
    check(
        "0 connect
         1s lease 90s at 1789000000000
         1s desired 10 window 40 inner 40
         2s ack 1
         5s press window
         5s ack 3
         6s desired 11 window 40 inner 40
         7s desired 12 window 0 presses 1 inner 40
         8s desired 13 window 70 presses 1 inner 40
         9s press window
         10s desired 14 boot 9 window 70 presses 200 inner 40
         11s press window
         12s desired 15 window 50 presses 99 inner 40
         13s press window",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            1000     > lease 90s at 1789000000000
            1000     > desired 10 window 40 inner 40
            1000     lamp window 40 % in 2000
            1000     lamp inner 40 % in 2000
            2000     frame 1 t 1789000001000: level_pct.window 20 lit_s.window 0 level_pct.inner 20 lit_s.inner 0 presses.window 0 presses.inner 0
            2000     > ack 1
            3000     frame 2 t 1789000002000: level_pct.window 40 level_pct.inner 40
            5000     > press window
            5000     lamp window 0 % in 0
            5000     frame 3 oldest 2 t 1789000004000: level_pct.window 0 presses.window 1 manual_pct.window 0
            5000     > ack 3
            6000     > desired 11 window 40 inner 40
            7000     > desired 12 window 0 presses 1 inner 40
            8000     > desired 13 window 70 presses 1 inner 40
            8000     lamp window 70 % in 0
            8000     frame 4 t 1789000007000: level_pct.window 70
            9000     > press window
            9000     lamp window 0 % in 0
            9000     frame 5 oldest 4 t 1789000008000: level_pct.window 0 presses.window 2
            10000    > desired 14 boot 9 window 70 presses 200 inner 40
            11000    > press window
            11000    lamp window 100 % in 0
            11000    frame 6 oldest 4 t 1789000010000: level_pct.window 100 presses.window 3 manual_pct.window 100
            12000    > desired 15 window 50 presses 99 inner 40
            12000    lamp window 50 % in 2000
            13000    frame 4 t 1789000007000 up 8000: level_pct.window 70
            13000    > press window
            13000    lamp window 0 % in 0
            13000    frame 7 oldest 4 t 1789000012000: level_pct.window 0 presses.window 4 manual_pct.window 0
        "#]],
    );
}

#[test]
fn a_press_survives_the_end_of_the_lease_and_ends_when_the_room_empties() {
    check(
        "0 tick
         1s lease 60s at 1789000000000
         1s desired 10 window 40 inner 40
         5s sense motion 1
         10s press window
         11s desired 11 window 0 presses 1 inner 40
         62s tick
         2m sense motion 0
         5m sense motion 1
         5m1s sense motion 0
         15m5s tick
         16m sense motion 1",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > tick
            1000     > lease 60s at 1789000000000
            1000     > desired 10 window 40 inner 40
            1000     lamp window 40 % in 2000
            1000     lamp inner 40 % in 2000
            5000     > sense motion 1
            10000    > press window
            10000    lamp window 0 % in 0
            11000    > desired 11 window 0 presses 1 inner 40
            30000    save
            60000    save
            61000    lamp inner 50 % in 2000
            62000    > tick
            90000    save
            120000   > sense motion 0
            300000   > sense motion 1
            301000   > sense motion 0
            390000   save
            690000   save
            901000   lamp inner 0 % in 2000
            902000   save
            905000   > tick
            960000   > sense motion 1
            960000   lamp window 50 % in 2000
            960000   lamp inner 50 % in 2000
        "#]],
    );
}

#[test]
fn a_restored_agent_is_obeyed_again_after_its_lease_ran_out_or_its_clock_went_back() {
    check(
        "0 connect
         1s lease 30s at 1789000000000
         1s desired 1789000000000 window 40
         2s desired 1788000000000 window 10
         5s ack 2
         40s lease 30s at 1788000000000
         40s desired 1788000000000 window 20
         41s desired 1889000000000 window 30
         42s desired 1788000000001 window 50
         43s lease 30s at 1788000003000
         43s desired 1788000003000 window 60",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            1000     > lease 30s at 1789000000000
            1000     > desired 1789000000000 window 40
            1000     lamp window 40 % in 2000
            2000     frame 1 t 1789000001000: level_pct.window 20 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            2000     > desired 1788000000000 window 10
            3000     frame 2 oldest 1 t 1789000002000: level_pct.window 40
            5000     > ack 2
            30000    save
            40000    > lease 30s at 1788000000000
            40000    > desired 1788000000000 window 20
            40000    lamp window 20 % in 2000
            41000    > desired 1889000000000 window 30
            41000    lamp window 30 % in 0
            41000    frame 3 t 1788000001000: level_pct.window 30
            42000    > desired 1788000000001 window 50
            43000    > lease 30s at 1788000003000
            43000    > desired 1788000003000 window 60
            43000    lamp window 60 % in 0
            43000    frame 4 oldest 3 t 1788000003000: level_pct.window 60
        "#]],
    );
}

#[test]
fn lamps_come_back_as_they_were_after_a_power_cut() {
    check(
        "0 tick\n1s press window\n10m tick\n10m1s power_cut\n0 tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > tick
            1000     > press window
            1000     lamp window 100 % in 0
            30000    save
            60000    save
            360000   save
            600000   > tick
            601000   > power_cut
            0        lamp window 100 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > tick
        "#]],
    );
}

#[test]
fn a_fire_input_of_its_own_lights_everything_whatever_the_agent_or_a_switch_wants() {
    check(
        "0 connect
         3s desired 10 window 40 fade 2s inner 0
         4s lease 60s at 1789000000000
         10s ack 2
         20s sense fire 1
         21s press window
         22s desired 11 window 10 inner 10 presses 1
         23s sense fire silent
         30s ack 9
         40s sense fire 0
         50s ack 20
         90s sense fire 1",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            3000     > desired 10 window 40 fade 2s inner 0
            4000     > lease 60s at 1789000000000
            4000     lamp window 40 % in 2000
            6000     frame 2 oldest 1 t 1789000002000: level_pct.window 40
            7000     frame 1 t 1788999998000 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            10000    > ack 2
            20000    > sense fire 1
            20000    lamp window 100 % in 0
            20000    lamp inner 100 % in 0
            20000    frame 3 t 1789000016000: level_pct.window 100 level_pct.inner 100 fire 1
            21000    > press window
            21000    frame 4 oldest 3 t 1789000017000: presses.window 1 manual_pct.window 0
            22000    > desired 11 window 10 inner 10 presses 1
            23000    > sense fire silent
            23000    frame 5 oldest 3 t 1789000019000: fire silent
            25000    frame 3 t 1789000016000 up 20000: level_pct.window 100 level_pct.inner 100 fire 1
            30000    save
            30000    > ack 9
            35000    frame 3 t 1789000016000 up 20000: level_pct.window 100 level_pct.inner 100 fire 1
            40000    > sense fire 0
            40000    lamp window 0 % in 0
            40000    lamp inner 10 % in 0
            40000    frame 6 oldest 3 t 1789000036000: level_pct.window 0 level_pct.inner 10 fire 0
            50000    > ack 20
            55000    frame 3 t 1789000016000 up 20000: level_pct.window 100 level_pct.inner 100 fire 1
            60000    save
            62000    frame 7 oldest 3 t 1789000058000: level_pct.window 0 lit_s.window 36 level_pct.inner 10 lit_s.inner 40 presses.window 1 presses.inner 0 fire 0 manual_pct.window 0
            90000    > sense fire 1
            90000    lamp window 100 % in 0
            90000    lamp inner 100 % in 0
            90000    frame 8 oldest 3 t 1789000086000: level_pct.window 100 level_pct.inner 100 fire 1
        "#]],
    );
}
