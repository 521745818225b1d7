//! Files as people write them, and what becomes of them.

use super::*;
use controller::{OccupancySettings, RoomKind};

const HEAD: &str = "[campus]\nid = \"c\"\ntime_zone = \"UTC\"\n[broker]\nurl = \"embedded\"\n\
    [timetable]\nopen = \"07:00-18:00\"\n";
const NODES: &str = "[[node]] # behind all rooms\nid = \"n1\"\nroom = \"b/1\"\n[[node]]\nid = \"n2\"\nroom = \"b/2\"\n";

/// What room 1 has learnt: all of it but for what it rests at.
fn lesson(kind: RoomKind) -> RoomLesson {
    let before = answers::occupancy_numbers(&OccupancySettings::of(kind));
    let after = OccupancyNumbers {
        air_pct: 43,
        rise_ppm: 17,
        school_days: Some("9".repeat(96)),
        ..before.clone()
    };
    RoomLesson {
        room: "b/1".to_owned(),
        outcome: "better".to_owned(),
        truth: "movement".to_owned(),
        past: Default::default(),
        before,
        after: Some(after),
        told_before: None,
        told_after: None,
    }
}

/// What rooms look like before and after.
fn check(rooms: &str, wanted: &str) {
    check_of(rooms, wanted, RoomKind::default());
}

fn check_of(rooms: &str, wanted: &str, kind: RoomKind) {
    let whole = |rooms: &str| format!("{HEAD}{rooms}{NODES}");
    let written = write(&whole(rooms), "campus.toml", &[&lesson(kind)]);
    let days = "9".repeat(96);
    assert_eq!(written.expect("it can be written"), whole(&wanted.replace("DAYS", &days)));
}

#[test]
fn a_room_without_the_section_gets_one_before_its_zones() {
    check(
        "# first\n[[room]]\nid = \"b/1\" # Physics\nhold_min = 8 # asked for\n\n# lamps\n[[room.zone]]\nid = \"z\"\n[[room]]\nid = \"b/2\"\n",
        "# first\n[[room]]\nid = \"b/1\" # Physics\nhold_min = 8 # asked for\n\n[room.occupancy]\nair_pct = 43\nrise_ppm = 17\nschool_days = \"DAYS\"\n\n# lamps\n[[room.zone]]\nid = \"z\"\n[[room]]\nid = \"b/2\"\n",
    );
}

#[test]
fn a_section_keeps_its_comments_and_its_order() {
    check_of(
        "[[room]]\nid = \"b/2\"\n[[room]]\nid = \"b/1\"\n  [room.occupancy] # learnt in May\n  rise_ppm = 10 # as shipped\n  kind = \"study\" # open all day\n\n  # lamps\n  [[room.zone]]\n  id = \"z\"\n",
        "[[room]]\nid = \"b/2\"\n[[room]]\nid = \"b/1\"\n  [room.occupancy] # learnt in May\n  rise_ppm = 17 # as shipped\n  kind = \"study\" # open all day\n  air_pct = 43\n  school_days = \"DAYS\"\n\n  # lamps\n  [[room.zone]]\n  id = \"z\"\n",
        RoomKind::Study,
    );
    check(
        "[[room]]\nid = \"b/1\"\n[room.occupancy]\n# nothing yet\n[[room]]\nid = \"b/2\"\n",
        "[[room]]\nid = \"b/1\"\n[room.occupancy]\nair_pct = 43\nrise_ppm = 17\nschool_days = \"DAYS\"\n# nothing yet\n[[room]]\nid = \"b/2\"\n",
    );
}

#[test]
fn a_section_in_one_line_or_with_dots_stays_so() {
    check(
        "[[room]]\nid = \"b/1\"\noccupancy = { rise_ppm = 10 } # short\nname = \"One\"\n[[room]]\nid = \"b/2\"\n",
        "[[room]]\nid = \"b/1\"\noccupancy = { rise_ppm = 17, air_pct = 43, school_days = \"DAYS\" } # short\nname = \"One\"\n[[room]]\nid = \"b/2\"\n",
    );
    check(
        "[[room]]\nid = \"b/1\"\noccupancy.rise_ppm = 10\nname = \"One\"\n[[room]]\nid = \"b/2\"\n",
        "[[room]]\nid = \"b/1\"\noccupancy.rise_ppm = 17\noccupancy.air_pct = 43\noccupancy.school_days = \"DAYS\"\nname = \"One\"\n[[room]]\nid = \"b/2\"\n",
    );
}

#[test]
fn lines_end_as_they_ended() {
    let rooms = "[[room]]\nid = \"b/1\"\n[[room.zone]]\nid = \"z\"\n[[room]]\nid = \"b/2\"\n";
    let text = format!("{HEAD}{rooms}{NODES}").replace('\n', "\r\n");
    let written = write(&text, "campus.toml", &[&lesson(RoomKind::default())]).expect("written");
    assert_eq!(written.replace("\r\n", "").matches(['\r', '\n']).count(), 0, "{written:?}");
    assert!(written.contains("\r\n[room.occupancy]\r\nair_pct = 43\r\n"), "{written:?}");
}

#[test]
fn what_is_not_as_the_agent_has_it_is_left_alone() {
    let lesson = lesson(RoomKind::default());
    let write = |rooms: &str| write(&format!("{HEAD}{rooms}"), "campus.toml", &[&lesson]);
    let other = write("[[room]]\nid = \"b/1\"\n[room.occupancy]\nrise_ppm = 11\n");
    assert!(matches!(other, Err(Cannot::Differs { room }) if room == "b/1"));
    let none = write("[[room]]\nid = \"b/3\"\n");
    assert!(matches!(none, Err(Cannot::NoRoom { known, .. }) if known == ["b/3"]));
    assert!(matches!(write("[[room]]\nname = 3\n"), Err(Cannot::Config(_))));
    // A list of rooms in one line is nothing that people write: they get the lines.
    let text = format!("room = [{{ id = \"b/1\" }}]\n{HEAD}");
    let by_hand = super::write(&text, "campus.toml", &[&lesson]);
    let Err(Cannot::ByHand { lines, .. }) = by_hand else { panic!("{by_hand:?}") };
    assert!(lines.starts_with("air_pct = 43\nrise_ppm = 17\nschool_days = \"9999"), "{lines}");
}
