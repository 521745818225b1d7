//! Checkpoints of earlier programs.

use crate::campus::{MONDAY, school};
use crate::script::Run;
use controller::Controller;
use expect_test::expect;

/// `save()` of version 2, after: hello sci-101 6; 1000, 1010 and, above a hole, 1030 Wh in its boot 1;
/// and 5000 to 5004 Wh in boots 10 to 14 of sci-mains.
const VERSION_2: &str = include_str!("checkpoint_v2.hex");

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| std::str::from_utf8(pair).expect("digits").to_owned();
    digits.chunks(2).map(|at| u8::from_str_radix(&pair(at), 16).expect("digits")).collect()
}

#[test]
fn a_checkpoint_of_version_2_is_read_and_nothing_in_it_counts_again() {
    let saved = bytes(VERSION_2);
    assert_eq!(saved[0], 2);
    let controller = Controller::restore(school(), MONDAY, &saved).expect("a good checkpoint");
    let mut run = Run::of(controller);
    run.go_on("09:06 hello sci-101 6");
    let transcript = run.run(
        "acks
         09:06 node sci-101
         09:06 node sci-mains
         09:06 meter sci-mains/main
         09:07 sci-mains power=1 boot=10 seq=2
         09:07 sci-mains power=1 boot=11 seq=2
         09:07 sci-mains boot=14 seq=1 energy=5004
         09:07 sci-mains boot=13 seq=2 energy=5003 t=09:05
         09:08 sci-mains boot=14 seq=2 energy=5006
         09:08 meter sci-mains/main
         09:09 node sci-mains",
    );
    expect![[r#"
            sci-101: silent, boot Some(6), acked Some(2), 3 frames, 0 again, 0 lost, 0 refused
            sci-mains: online, boot Some(14), acked Some(1), 5 frames, 0 again, 0 lost, 0 refused
            sci-mains/main: register 5000 to 5004, 0 resets, posted 0 + open 4 = 4 (adds up), today 4
        09:07:00 ack sci-mains 11/2
        09:07:00 ack sci-mains 14/1
        09:07:00 ack sci-mains 13/2
        09:08:00 ack sci-mains 14/2
            sci-mains/main: register 5000 to 5006, 0 resets, posted 0 + open 6 = 6 (adds up), today 6
            sci-mains: online, boot Some(14), acked Some(2), 8 frames, 1 again, 0 lost, 1 refused
    "#]].assert_eq(&transcript);
}

#[test]
fn what_is_cut_off_or_of_another_version_is_refused() {
    let saved = Run::new().controller.save();
    assert_eq!(saved[0], 8);
    let restore = |bytes: &[u8]| {
        Controller::restore(school(), MONDAY, bytes).err().map(|fault| fault.to_string())
    };
    assert_eq!(restore(&saved), None);
    for end in 1..saved.len() {
        assert_eq!(restore(&saved[..end]).as_deref(), Some("damaged checkpoint"), "{end}");
    }
    let other = [&[9], &saved[1..]].concat();
    let text = "checkpoint of version 9; this program knows 8";
    assert_eq!(restore(&other).as_deref(), Some(text));
}

#[test]
fn checkpoints_of_earlier_versions_are_read_as_far_as_they_go() {
    for version in 3..=7 {
        let mut saved = Run::new().controller.save();
        // No air, no movement: the last two bytes; and before them no light was seen.
        assert_eq!(saved.split_off(saved.len() - 2), [0, 0]);
        if version < 7 {
            assert_eq!(saved.pop(), Some(0));
        }
        saved[0] = version;
        let again = Controller::restore(school(), MONDAY, &saved).expect("a good checkpoint");
        let room =
            |controller: &Controller| format!("{:?}", controller.room(controller::RoomIx(0)));
        assert_eq!(room(&again), room(&Run::new().controller), "version {version}");
    }
}
