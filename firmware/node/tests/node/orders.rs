//! Stories of settings and commands from afar, of starts that go wrong, and of lamps when the supply
//! comes.

use crate::board::{Board, check};
use expect_test::{Expect, expect};

/// The transcript from the `n`-th line of the script on: what came before is known from elsewhere.
fn check_from(n: usize, script: &str, transcript: Expect) {
    let mut board = Board::classroom();
    board.script(script);
    let lines: Vec<&str> = board.transcript.lines().collect();
    let mut inputs = lines.iter().enumerate().filter(|(_, line)| line.contains(" > "));
    let from = inputs.nth(n).map_or(0, |(at, _)| at);
    transcript.assert_eq(&(lines[from..].join("\n") + "\n"));
}

#[test]
fn settings_are_stored_answered_and_in_force_at_once_and_older_ones_change_nothing() {
    check_from(
        1,
        r#"1s connect
           5s settings {"v":1,"ver":7,"report_interval_ms":5000}
           5s ack 1
           16s settings {"v":1,"ver":7,"report_interval_ms":60000}
           18s settings {"v":1,"ver":6}
           18s ack 9
           19s power_cut
           1s connect
           3s ack 9"#,
        expect![[r#"
            5000     > settings {"v":1,"ver":7,"report_interval_ms":5000}
            5000     store
            5000     hello boot 1 settings 7
            5000     {"v":1,"boot":1,"what":"settings","ok":true,"ver":7}
            5000     > ack 1
            10000    frame 2: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            15000    frame 2 up 10000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            15000    frame 3 oldest 2: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            16000    > settings {"v":1,"ver":7,"report_interval_ms":60000}
            18000    > settings {"v":1,"ver":6}
            18000    {"v":1,"boot":1,"what":"settings","ok":false,"why":"old","ver":7}
            18000    > ack 9
            19000    > power_cut
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            1000     > connect
            1000     hello boot 2 settings 7
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            3000     > ack 9
        "#]],
    );
}

#[test]
fn one_wrong_value_refuses_the_whole_and_a_flood_of_them_is_answered_once_a_second() {
    let mut board = Board::classroom();
    board.script("1s connect\n3s ack 1");
    for _ in 0..50 {
        let line = r#"3s settings {"v":1,"ver":7,"power_on":"off","save_interval_ms":1}"#;
        board.script(line);
    }
    let answers = board.transcript.matches(r#""why":"bad_value""#).count();
    assert_eq!(answers, 1);
    assert!(!board.transcript.contains("store"));
    assert_eq!(board.node.counters().refused, 50);
    assert_eq!(board.node.counters().refused_by_kind, [0, 0, 0, 50, 0]);
}

#[test]
fn damaged_settings_are_as_shipped_and_the_hello_says_so() {
    let mut board = Board::classroom();
    board.script(r#"1s settings {"v":1,"ver":7,"report_interval_ms":5000}"#);
    let stored = board.stored.clone().expect("they are stored");
    for at in 0..stored.len() {
        let mut damaged = stored.clone();
        damaged[at] ^= 0x10;
        board.stored = Some(damaged);
        board.power_cut();
        board.transcript.clear();
        let transcript = board.script("0 connect");
        assert!(transcript.contains("hello boot"), "{transcript}");
        assert!(transcript.contains("settings 0"), "byte {at}: {transcript}");
    }
}

#[test]
fn the_node_makes_itself_known_and_is_as_before_afterwards() {
    check_from(
        2,
        r#"1s connect
           2s press window
           10s command {"v":1,"id":"a","n":5,"do":"identify","for_ms":1200}
           20s tick"#,
        expect![[r#"
            10000    > command {"v":1,"id":"a","n":5,"do":"identify","for_ms":1200}
            10000    lamp window 100 % in 0
            10000    lamp inner 100 % in 0
            10000    {"v":1,"boot":1,"what":"command","id":"a","ok":true,"n":5}
            10500    lamp window 20 % in 0
            10500    lamp inner 20 % in 0
            11000    lamp window 100 % in 0
            11000    lamp inner 100 % in 0
            11200    lamp window 100 % in 0
            11200    lamp inner 0 % in 0
            17000    frame 1 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            20000    > tick
        "#]],
    );
}

#[test]
fn a_press_of_the_wall_switch_ends_the_search() {
    check_from(
        1,
        r#"1s connect
           10s command {"v":1,"id":"a","n":5,"do":"identify","for_ms":60000}
           11s press window
           20s tick"#,
        expect![[r#"
            10000    > command {"v":1,"id":"a","n":5,"do":"identify","for_ms":60000}
            10000    lamp window 100 % in 0
            10000    lamp inner 100 % in 0
            10000    {"v":1,"boot":1,"what":"command","id":"a","ok":true,"n":5}
            10500    lamp window 20 % in 0
            10500    lamp inner 20 % in 0
            11000    lamp window 100 % in 0
            11000    lamp inner 100 % in 0
            11000    > press window
            11000    lamp window 100 % in 0
            11000    lamp inner 0 % in 0
            11000    frame 2 oldest 1: level_pct.window 100 presses.window 1 manual_pct.window 100
            17000    frame 1 up 2000: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            20000    > tick
        "#]],
    );
}

#[test]
fn a_restart_is_done_once_however_often_it_is_heard() {
    check_from(
        1,
        r#"1s connect
           3s command {"v":1,"id":"a","n":5,"do":"restart"}
           3s asked
           1s connect
           1s command {"v":1,"id":"a","n":5,"do":"restart"}
           2s tick"#,
        expect![[r#"
            3000     > command {"v":1,"id":"a","n":5,"do":"restart"}
            3000     save
            3000     {"v":1,"boot":1,"what":"command","id":"a","ok":true,"n":5}
            3000     restart
            3000     > asked
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            1000     > connect
            1000     hello boot 2
            1000     > command {"v":1,"id":"a","n":5,"do":"restart"}
            1000     {"v":1,"boot":2,"what":"command","id":"a","ok":false,"why":"old","n":5}
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            2000     > tick
        "#]],
    );
}

#[test]
fn three_crashes_in_a_row_end_in_core_mode_and_a_restart_leaves_it() {
    check(
        r#"1s tick
           1s watchdog
           1s panic out_of_bounds
           1s tick
           1s watchdog
           1s connect
           3s sense co2_ppm 600
           4s press window
           4s command {"v":1,"id":"a","n":5,"do":"restart"}
           4s asked
           0s connect"#,
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            1000     > tick
            1000     > watchdog
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            1000     > panic out_of_bounds
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            1000     > tick
            1000     > watchdog
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            1000     > connect
            1000     hello boot 4 core
            2000     frame 1: level_pct.window 0 lit_s.window 0 level_pct.inner 0 lit_s.inner 0 presses.window 0 presses.inner 0
            3000     > sense co2_ppm 600
            4000     > press window
            4000     lamp window 100 % in 0
            4000     frame 2 oldest 1: level_pct.window 100 presses.window 1 manual_pct.window 100
            4000     > command {"v":1,"id":"a","n":5,"do":"restart"}
            4000     save
            4000     {"v":1,"boot":4,"what":"command","id":"a","ok":true,"n":5}
            4000     restart
            4000     > asked
            0        lamp window 100 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 5
        "#]],
    );
}

#[test]
fn core_mode_ends_by_itself_after_an_hour_and_a_supply_that_flickers_never_begins_it() {
    let mut board = Board::classroom();
    board.script("1s watchdog\n1s watchdog\n1s watchdog\n0s tick");
    assert_eq!(board.node.mode(), node::Mode::Core);
    board.run_to(3_600_000 - 1);
    assert!(!board.restarts);
    board.run_to(3_600_000);
    assert!(board.restarts);
    board.script("1h asked\n0s tick");
    assert_eq!(board.node.mode(), node::Mode::Normal);
    for _ in 0..20 {
        board.script("1s power_cut\n0s tick");
        assert_eq!(board.node.mode(), node::Mode::Normal);
    }
    // A crash now and then is no loop.
    for _ in 0..5 {
        board.script("2m watchdog\n0s tick");
        assert_eq!(board.node.mode(), node::Mode::Normal);
    }
}

#[test]
fn with_daylight_lamps_go_on_at_once_when_the_sensor_says_dark() {
    check(
        "0 shipped daylight
         0 power_cut
         0 tick
         1s sense illuminance_lx 40
         10s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > shipped daylight
            0        > power_cut
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > tick
            1000     > sense illuminance_lx 40
            1000     lamp window 50 % in 0
            1000     lamp inner 50 % in 0
            10000    > tick
        "#]],
    );
}

#[test]
fn with_daylight_lamps_stay_off_when_the_sensor_says_bright() {
    check(
        "0 shipped daylight\n0 power_cut\n0 tick\n1s sense illuminance_lx 800\n10s tick",
        expect![[r#"
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > shipped daylight
            0        > power_cut
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > tick
            1000     > sense illuminance_lx 800
            10000    > tick
        "#]],
    );
}

#[test]
fn with_daylight_lamps_go_on_when_the_sensor_says_nothing() {
    check(
        "0 shipped daylight\n0 power_cut\n10s tick",
        expect![[r#"
        0        lamp window 0 % in 0
        0        lamp inner 0 % in 0
        0        save
        0        > shipped daylight
        0        > power_cut
        0        lamp window 0 % in 0
        0        lamp inner 0 % in 0
        0        save
        5000     lamp window 50 % in 0
        5000     lamp inner 50 % in 0
        10000    > tick
    "#]],
    );
}

#[test]
fn the_first_order_to_a_lamp_is_the_level_it_is_to_have() {
    for (power_on, level) in [("off", 0), ("30", 30), ("last", 100), ("daylight", 0)] {
        let mut board = Board::classroom();
        board.script("1s press window\n40s tick");
        board.script(&format!("41s shipped {power_on}\n42s power_cut"));
        board.give(node::Input::Tick);
        assert_eq!(board.lamps[0], ("window".to_owned(), level, 0), "{power_on}");
        // A crash is no switch.
        board.script("0s watchdog");
        board.give(node::Input::Tick);
        let found = if power_on == "daylight" { 0 } else { level };
        assert_eq!(board.lamps[0], ("window".to_owned(), found, 0), "{power_on}");
    }
}

#[test]
fn last_words_are_told_in_the_hello_without_what_would_break_it() {
    let mut board = Board::classroom();
    board.start(wire::Reset::Panic, Some("at \"a\\b\"\n\u{20ac}"));
    board.script("0s connect");
    assert!(board.transcript.contains("panic \"at 'a'b'??\""), "{}", board.transcript);
    board.start(wire::Reset::Panic, Some(&"x".repeat(200)));
    board.script("0s connect");
    assert!(board.transcript.contains(&"x".repeat(96)));
}

#[test]
fn a_power_cut_tells_what_energy_it_may_have_cost() {
    check_from(
        0,
        "1s power main 600
         50s power_cut
         0s connect",
        expect![[r#"
            1000     > power main 600
            1000     save
            50000    > power_cut
            0        lamp window 0 % in 0
            0        lamp inner 0 % in 0
            0        save
            0        > connect
            0        hello boot 2 energy_lost_wh_max 16
        "#]],
    );
}
