//! How nodes fare: why they started, what they lost, and which settings they have.

use crate::campus::{MONDAY, school};
use crate::script::{Run, check};
use controller::{Campus, Controller, Timestamp};
use expect_test::expect;
use wire::{Answered, Outcome, PowerOn, Settings};

#[test]
fn crashes_are_counted_once_per_boot_and_told_with_their_last_words() {
    check(
        "08:00 hello sci-101 3
         08:01 hello sci-101 4 reset=panic panic=main.rs:31:overflow
         08:02 hello sci-101 4 reset=panic panic=main.rs:31:overflow
         08:02 life sci-101
         08:03 hello sci-101 5 reset=watchdog energy_lost=21
         08:04 will sci-101 5
         08:05 hello sci-101 5 reset=watchdog energy_lost=21
         08:05 hello sci-101 6 reset=watchdog mode=core refused=4
         08:06 life sci-101",
        &expect![[r#"
            08:00:00 sci-101 is online
            08:01:00 sci-101 is online
                sci-101: panic since 08:01:00, 0 watchdog, 1 panics, `main.rs:31:overflow`, 0 lost, it refused 0
            08:03:00 sci-101 is online
            08:04:00 sci-101 is offline
            08:05:00 sci-101 is online
            08:05:00 sci-101 is online
                sci-101: watchdog since 08:05:00, 2 watchdog, 1 panics, core mode, 0 lost, it refused 4
        "#]],
    );
}

#[test]
fn what_a_node_gave_up_and_cannot_number_is_lost_all_the_same() {
    check(
        "08:00 hello sci-101 3 untold=120
         08:01 hello sci-101 3 untold=120
         08:02 hello sci-101 3 untold=150
         08:03 hello sci-101 4 untold=150
         08:03 hello sci-101 5 untold=151
         08:04 hello sci-101 6 untold=7
         08:05 life sci-101",
        &expect![[r#"
            08:00:00 lost sci-101 3/1-120, untold
            08:00:00 sci-101 is online
            08:02:00 lost sci-101 3/1-30, untold
            08:02:00 sci-101 is online
            08:03:00 sci-101 is online
            08:03:00 lost sci-101 5/1-1, untold
            08:03:00 sci-101 is online
            08:04:00 lost sci-101 6/1-7, untold
            08:04:00 sci-101 is online
                sci-101: unknown since 08:04:00, 0 watchdog, 0 panics, 158 lost, it refused 0
        "#]],
    );
}

/// The school, with these settings for sci-101.
fn with(settings: Settings) -> Campus {
    let mut campus = school();
    campus.nodes[0].settings = Some(settings.into());
    campus
}

fn run(
    campus: Campus,
    saved: Option<&[u8]>,
    script: &str,
    expected: &expect_test::Expect,
) -> Vec<u8> {
    let controller = match saved {
        Some(bytes) => Controller::restore(campus, MONDAY, bytes).expect("a good checkpoint"),
        None => Controller::new(campus, MONDAY).expect("a good campus"),
    };
    let mut run = Run::of(controller);
    run.go_on(script);
    let saved = run.controller.save();
    expected.assert_eq(&run.run(""));
    saved
}

const DARK: Settings = Settings { power_on: Some(PowerOn::Off), ..SHIPPED };
const SHIPPED: Settings = Settings {
    version: 0,
    power_on: None,
    report_interval_ms: None,
    change_spacing_ms: None,
    silent_after_ms: None,
    save_interval_ms: None,
};

#[test]
fn settings_are_given_in_force_refused_and_given_anew_when_they_change() {
    let saved = run(
        with(DARK),
        None,
        "08:00 give
         08:00 settings sci-101
         08:00 settings sci-102
         08:01 hello sci-101 3
         08:01 settings sci-101
         08:02 result sci-101 3 why=bad_value
         08:02 settings sci-101
         08:03 give",
        &expect![[r#"
                new settings: true
                sci-101: given +28800 since 08:00:00, has as shipped, Some((Some(Off), None))
                sci-102: given nothing, has as shipped, None
            08:01:00 sci-101 is online
                sci-101: given +28800 since 08:00:00, has as shipped, Some((Some(Off), None))
            08:02:00 sci-101 is online
                sci-101: given +28800 since 08:00:00, has as shipped, refused: bad_value, Some((Some(Off), None))
                new settings: false
        "#]],
    );
    let seconds = (MONDAY.0 / 1000) as u32 + 8 * 3600;
    let mut controller = Controller::restore(with(DARK), MONDAY, &saved).expect("a checkpoint");
    assert!(!controller.give_settings(Timestamp(MONDAY.0 + 9 * 3_600_000)), "nothing is new");
    let version =
        controller.settings(controller.find_node("sci-101").expect("it")).expect("some").version;
    assert_eq!(version, seconds);
    let script = format!(
        "08:10 give
         08:10 settings sci-101
         08:11 hello sci-101 3 settings={seconds}
         08:11 settings sci-101
         08:12 result sci-101 3 ver={}
         08:12 settings sci-101
         08:13 hello sci-101 3 settings={seconds}
         08:13 settings sci-101",
        seconds + 600,
    );
    let saved = run(
        with(Settings { report_interval_ms: Some(30_000), ..DARK }),
        Some(&saved),
        &script,
        &expect![[r#"
                new settings: true
                sci-101: given +29400 since 08:10:00, has as shipped, Some((Some(Off), Some(30000)))
            08:11:00 sci-101 is silent
                sci-101: given +29400 since 08:10:00, has +28800, Some((Some(Off), Some(30000)))
            08:12:00 sci-101 is silent
                sci-101: given +29400 since 08:10:00, has +29400, Some((Some(Off), Some(30000)))
                sci-101: given +29400 since 08:10:00, has +29400, Some((Some(Off), Some(30000)))
        "#]],
    );
    run(
        school(),
        Some(&saved),
        // The clock of this run is wrong: the version rises all the same.
        "00:00 give
         00:00 settings sci-101
         00:00 give
         00:00 hello sci-102-b 3",
        &expect![[r#"
                new settings: true
                sci-101: given +29401 since 00:00:00, has +29400, Some((None, None))
                new settings: false
            00:00:00 sci-102-b is online
        "#]],
    );
}

#[test]
fn a_node_that_has_settings_of_a_higher_version_gets_ours_above_them() {
    let seconds = (MONDAY.0 / 1000) as u32;
    let script = format!(
        "08:00 give
         08:01 hello sci-101 3 settings={}
         08:01 hello sci-102 3 settings={}
         08:01 hello sci-102-b 3 settings=0
         08:02 settings sci-101
         08:02 settings sci-102
         08:02 settings sci-102-b
         08:03 result sci-101 3 ver={} why=old
         08:03 settings sci-101
         08:04 hello sci-101 4 settings={}
         08:04 settings sci-101",
        seconds + 86_400,
        seconds + 60,
        seconds + 2 * 86_400,
        u32::MAX,
    );
    run(
        with(DARK),
        None,
        &script,
        &expect![[r#"
                new settings: true
            08:01:00 settings sci-101
            08:01:00 sci-101 is online
            08:01:00 settings sci-102
            08:01:00 sci-102 is online
            08:01:00 sci-102-b is online
                sci-101: given +86401 since 08:01:00, has +86400, Some((Some(Off), None))
                sci-102: given +61 since 08:01:00, has +60, Some((None, None))
                sci-102-b: given nothing, has damaged, None
            08:03:00 settings sci-101
            08:03:00 sci-101 is online
                sci-101: given +172801 since 08:03:00, has +172800, Some((Some(Off), None))
            08:04:00 sci-101 is online
            08:04:00 sci-102 is silent
            08:04:00 sci-102-b is silent
                sci-101: given +172801 since 08:03:00, has +2506256895, Some((Some(Off), None))
        "#]],
    );
}

#[test]
fn what_an_earlier_boot_answers_changes_nothing() {
    check(
        "08:00 hello sci-101 3
         08:01 result sci-101 2 ver=7
         08:01 settings sci-101",
        &expect![[r#"
            08:00:00 sci-101 is online
                sci-101: given nothing, has as shipped, None
        "#]],
    );
}

#[test]
fn counters_of_commands_rise_whatever_the_clock_does() {
    let mut controller = Controller::new(school(), MONDAY).expect("a good campus");
    let node = controller.find_node("sci-101").expect("it");
    let out = &mut Vec::new();
    let now = MONDAY.0 as u64;
    assert_eq!(controller.next_command(node, MONDAY), now);
    controller.handle(controller::Input::Command { node, n: now }, MONDAY, out);
    assert_eq!(controller.next_command(node, MONDAY), now + 1);
    let refused = Outcome {
        boot: 1,
        what: Answered::Command,
        id: None,
        why: Some("old"),
        n: Some(now + 90_000),
        version: None,
    };
    let input = |outcome| controller::Input::Outcome { node, outcome };
    controller.handle(input(&refused), MONDAY, out);
    assert_eq!(controller.next_command(node, MONDAY), now + 1, "it has not said hello");
    let hello = &wire::Hello { online: true, ..wire::Hello::will(1) };
    let condition = &wire::Condition::default();
    controller.handle(controller::Input::Hello { node, hello, condition }, MONDAY, out);
    controller.handle(input(&refused), MONDAY, out);
    let saved = controller.save();
    let controller = Controller::restore(school(), MONDAY, &saved).expect("a good checkpoint");
    assert_eq!(controller.next_command(node, MONDAY), now + 90_001);
    let end = Outcome { n: Some(wire::command::N_MAX), ..refused };
    assert!(controller.would_heed(node, &end));
}
