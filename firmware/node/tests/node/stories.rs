//! Stories of reporting: inputs on the left margin (`>`), and what the node asks for.

use crate::board::{Board, check};
use expect_test::expect;

#[test]
fn the_first_call_saves_the_boot_and_sets_the_lamps_and_a_hello_goes_first() {
    check(
        "0 tick\n1s connect\n5s ack 1\n61s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > tick
            1000     > connect
            1000     hello boot 1
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            5000     > ack 1
            60000    save
            61000    > tick
        "#]],
    );
}

#[test]
fn movement_is_reported_at_once_and_quiet_with_the_next_frame() {
    check(
        "0 connect
         3s ack 1
         10s sense motion 1
         10s ack 2
         20s sense motion 0
         25s sense motion 1
         30s sense motion 0
         62s ack 3
         122s ack 4
         130s sense motion 1
         130s ack 5",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            3000     > ack 1
            10000    > sense motion 1
            10000    lamp window 50 % in 2000
            10000    lamp inner 50 % in 2000
            10000    frame 2: motion 1
            10000    > ack 2
            12000    frame 3: level_pct.window 50 level_pct.inner 50
            17000    frame 3 up 12000: level_pct.window 50 level_pct.inner 50
            20000    > sense motion 0
            25000    > sense motion 1
            27000    frame 3 up 12000: level_pct.window 50 level_pct.inner 50
            30000    save
            30000    > sense motion 0
            47000    frame 3 up 12000: level_pct.window 50 level_pct.inner 50
            60000    save
            62000    frame 4 oldest 3: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            62000    > ack 3
            67000    frame 4 up 62000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            77000    frame 4 up 62000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            97000    frame 4 up 62000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            122000   frame 5 oldest 4: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 0
            122000   > ack 4
            127000   frame 5 up 122000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 0
            130000   > sense motion 1
            130000   frame 6 oldest 5: motion 1
            130000   > ack 5
        "#]],
    );
}

#[test]
fn quiet_goes_along_with_a_frame_about_something_else() {
    check(
        "0 connect
         1s sense illuminance_lx 320
         2s ack 1
         10s sense motion 1
         12s ack 2
         20s sense motion 0
         21s sense illuminance_lx 900
         21s ack 3
         22s sense motion 1
         22s ack 4",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            1000     > sense illuminance_lx 320
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 illuminance_lx 320
            2000     > ack 1
            10000    > sense motion 1
            10000    frame 2: motion 1
            12000    > ack 2
            20000    > sense motion 0
            21000    > sense illuminance_lx 900
            21000    frame 3: illuminance_lx 900 motion 0
            21000    > ack 3
            22000    > sense motion 1
            22000    frame 4: motion 1
            22000    > ack 4
        "#]],
    );
}

#[test]
fn a_held_movement_is_told_every_minute() {
    check(
        "0 connect\n10s sense motion 1\n10s ack 2\n62s ack 3\n3m ack 4",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            7000     frame 1 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            10000    > sense motion 1
            10000    lamp window 50 % in 2000
            10000    lamp inner 50 % in 2000
            10000    frame 2 oldest 1: motion 1
            10000    > ack 2
            12000    frame 3: level_pct.window 50 level_pct.inner 50
            17000    frame 3 up 12000: level_pct.window 50 level_pct.inner 50
            27000    frame 3 up 12000: level_pct.window 50 level_pct.inner 50
            30000    save
            47000    frame 3 up 12000: level_pct.window 50 level_pct.inner 50
            60000    save
            62000    frame 4 oldest 3: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            62000    > ack 3
            67000    frame 4 up 62000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            77000    frame 4 up 62000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            97000    frame 4 up 62000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            122000   frame 5 oldest 4: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            137000   frame 4 up 62000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            180000   > ack 4
        "#]],
    );
}

#[test]
fn small_changes_wait_for_the_interval_and_large_ones_for_their_turn() {
    check(
        "0 connect
         500ms sense illuminance_lx 300
         500ms sense temperature_c 21
         2s ack 1
         5s sense illuminance_lx 308
         6s sense illuminance_lx 400
         6500ms sense temperature_c 21.4
         7s sense illuminance_lx 500
         8s ack 3
         9s sense temperature_c silent
         10s ack 4",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            500      > sense illuminance_lx 300
            500      > sense temperature_c 21
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 illuminance_lx 300 temperature_c 21
            2000     > ack 1
            5000     > sense illuminance_lx 308
            6000     > sense illuminance_lx 400
            6000     frame 2: illuminance_lx 400
            6500     > sense temperature_c 21.4
            7000     > sense illuminance_lx 500
            8000     frame 3 oldest 2: illuminance_lx 500 temperature_c 21.4
            8000     > ack 3
            9000     > sense temperature_c silent
            10000    frame 4: temperature_c silent
            10000    > ack 4
        "#]],
    );
}

#[test]
fn a_polled_sensor_that_says_nothing_is_silent() {
    check(
        "0 connect
         1s sense co2_ppm 640
         1s sense motion 0
         2s ack 1
         62s ack 2
         122s ack 3
         181s ack 4
         182s ack 5",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            1000     > sense co2_ppm 640
            1000     > sense motion 0
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 co2_ppm 640 motion 0
            2000     > ack 1
            60000    save
            62000    frame 2: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 co2_ppm 640 motion 0
            62000    > ack 2
            122000   frame 3: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 co2_ppm 640 motion 0
            122000   > ack 3
            181000   frame 4: co2_ppm silent
            181000   > ack 4
            182000   frame 5: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 co2_ppm silent motion 0
            182000   > ack 5
        "#]],
    );
}

#[test]
fn nothing_is_sent_while_disconnected_and_everything_goes_out_in_order_afterwards() {
    check(
        "0 tick
         10s sense motion 1
         2m30s connect
         2m30s ack 2
         2m31s ack 4
         2m40s disconnect
         4m tick
         4m1s connect",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > tick
            10000    > sense motion 1
            10000    lamp window 50 % in 2000
            10000    lamp inner 50 % in 2000
            30000    save
            60000    save
            150000   > connect
            150000   hello boot 1
            150000   frame 1 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            150000   frame 2 oldest 1 up 10000: motion 1
            150000   frame 3 oldest 1 up 12000: level_pct.window 50 level_pct.inner 50
            150000   frame 4 oldest 1 up 62000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            150000   frame 5 oldest 1 up 122000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            150000   > ack 2
            151000   > ack 4
            156000   frame 5 up 122000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            160000   > disconnect
            240000   > tick
            241000   > connect
            241000   hello boot 1
            241000   frame 5 up 122000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
            241000   frame 6 oldest 5 up 182000: level_pct.window 50 lit_s.window 50 level_pct.inner 50 lit_s.inner 50 presses.window 0 presses.inner 0 motion 1
        "#]],
    );
}

#[test]
fn an_unacknowledged_frame_is_resent_at_growing_distances_without_an_agent() {
    check(
        "0 connect\n55s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            7000     frame 1 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            17000    frame 1 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            37000    frame 1 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            55000    > tick
        "#]],
    );
}

#[test]
fn a_living_agent_that_refuses_a_frame_hears_that_it_was_lost() {
    let mut board = Board::classroom();
    let mut script = String::from("0 connect\n");
    for minute in 0..8 {
        script += &format!("{minute}m1s lease 90s at {}\n", 1_789_000_000_000u64 + minute * 60_000);
    }
    board.script(&script);
    let given_up = |line: &&str| line.contains(" lost 1..1");
    let told: Vec<&str> = board.transcript.lines().filter(given_up).collect();
    assert!(told[0].contains("frame 2 t"), "the next frame goes out again with the loss: {told:?}");
    assert_eq!(board.node.counters().given_up, 1);
    board.ack(1, 2);
    board.run_to(board.now + 60_000);
    let last = board.transcript.lines().last().expect("a minute later there is a report");
    assert!(last.contains("frame") && !last.contains("lost"), "{last}");
}

#[test]
fn an_agent_that_died_before_the_last_resend_does_not_cost_the_frame() {
    let mut board = Board::classroom();
    let leases = (0..5).map(|minute| format!("{minute}m1s lease 90s at 1789000000000\n"));
    board.script(&format!("0 connect\n{}10m tick", leases.collect::<String>()));
    assert_eq!(board.node.counters().given_up, 0);
    assert!(board.node.counters().resent > 8, "it was sent often enough");
}

#[test]
fn without_an_agent_nothing_is_given_up_before_the_ring_is_full() {
    let mut board = Board::classroom();
    board.script("0 connect\n30m tick");
    assert_eq!(board.node.counters().given_up, 0);
    assert_eq!(board.node.held(), 30);
    board.script("24h tick");
    let last = board.transcript.lines().rfind(|line| line.contains(" frame "));
    assert!(last.is_some_and(|last| last.contains(" lost 1..")), "{last:?}");
    assert_eq!(board.node.counters().given_up + board.node.held(), 24 * 60);
}

#[test]
fn an_ack_of_another_boot_or_of_the_future_says_nothing() {
    let mut board = Board::classroom();
    board.script("0 connect\n10s sense motion 1\n10s ack 2 boot 7\n10s ack 3\n10s ack 4294967295");
    assert_eq!(board.node.held(), 2);
    assert_eq!(board.node.counters().idle_acks, 3);
    board.script("10s ack 2");
    assert_eq!(board.node.held(), 0);
}

#[test]
fn a_power_cut_costs_what_was_not_saved_and_registers_never_step_back() {
    check(
        "0 connect
         1s power main 600
         61s power main 600
         62s ack 3
         90s power main 600
         121s tick
         123s power_cut
         0 connect
         1s power main 600
         3s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            1000     > power main 600
            1000     save
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 power_w.main 600 energy_wh.main 0
            7000     frame 1 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 power_w.main 600 energy_wh.main 0
            17000    frame 1 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 power_w.main 600 energy_wh.main 0
            37000    frame 1 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 power_w.main 600 energy_wh.main 0
            60000    save
            61000    > power main 600
            62000    frame 2 oldest 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 power_w.main 600 energy_wh.main 9
            62000    > ack 3
            77000    frame 1 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 power_w.main 600 energy_wh.main 0
            90000    > power main 600
            120000   save
            121000   > tick
            122000   frame 3 oldest 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 power_w.main 600 energy_wh.main 19
            123000   > power_cut
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 2 energy_lost_wh_max 16
            1000     > power main 600
            1000     save
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 power_w.main 600 energy_wh.main 19
            3000     > tick
        "#]],
    );
}

#[test]
fn a_meters_own_register_is_passed_through_and_believed_over_the_integral() {
    check(
        "0 connect
         1s power main 600
         1s register main 123456
         1s register sockets silent
         2s ack 1
         61s register main 123466
         61s register sockets 7
         63s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            1000     > power main 600
            1000     save
            1000     > register main 123456
            1000     > register sockets silent
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 power_w.main 600 energy_wh.main 123456 energy_wh.sockets silent
            2000     > ack 1
            60000    save
            61000    > register main 123466
            61000    > register sockets 7
            61000    frame 2: energy_wh.sockets 7
            62000    frame 3 oldest 2: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 power_w.main 600 energy_wh.main 123466 energy_wh.sockets 7
            63000    > tick
        "#]],
    );
}

#[test]
fn garbage_from_above_is_counted_and_changes_nothing() {
    let mut board = Board::classroom();
    board.script(
        r#"0 tick
           1s down ack {}
           1s down desired {"v":1,"ver":1,"boot":1,"lamps":{"window":{"level_pct":101}}}
           1s down lease {"v":2,"t":1,"lease_ms":1}
           1s sense level_pct 50
           1s press cellar"#,
    );
    assert_eq!(board.node.counters().refused, 3);
    assert_eq!(board.node.counters().unplaced, 2);
    assert_eq!(board.node.level_pct("window"), Some(0));
}

#[test]
fn a_node_fits_the_smallest_board() {
    let node = size_of::<node::Node>();
    let out = size_of::<node::Out>();
    assert!(node <= 16 * 1024, "{node} B; a whole image has 48 KiB");
    assert!(out <= 6 * 1024, "{out} B");
}

/// Light that was measured before the lamps moved, or while they did, would be taken for daylight.
#[test]
fn light_is_told_when_the_sensor_has_looked_at_lamps_that_stand_still() {
    check(
        "0 connect
         1s sense illuminance_lx 100
         2s ack 1
         10s sense motion 1
         11s sense illuminance_lx 180
         12s ack 3
         20s sense presence 1
         21s sense illuminance_lx 205
         22s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 1
            1000     > sense illuminance_lx 100
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0 illuminance_lx 100
            2000     > ack 1
            10000    > sense motion 1
            10000    lamp window 50 % in 2000
            10000    lamp inner 50 % in 2000
            10000    frame 2: motion 1
            11000    > sense illuminance_lx 180
            12000    frame 3 oldest 2: level_pct.window 50 level_pct.inner 50
            12000    > ack 3
            20000    > sense presence 1
            20000    frame 4: presence 1
            21000    > sense illuminance_lx 205
            22000    frame 5 oldest 4: illuminance_lx 205
            22000    > tick
        "#]],
    );
}
