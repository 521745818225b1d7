//! What a room is for, and its own numbers.

use super::*;
use std::sync::Arc;

#[test]
fn a_room_has_a_kind_and_its_own_numbers() {
    let day = "-".repeat(40) + &"9".repeat(30) + &"0".repeat(26);
    let rooms = format!(
        "[[room]]
id = \"a/1\"
[room.occupancy]
kind = \"lecture\"
rest_ppm = 300
school_days = \"{day}\"
[[room]]
id = \"a/2\"
[[room]]
id = \"a/3\"
[room.occupancy]
hold_adapts = false
[[room]]
id = \"a/4\"
"
    );
    let rooms = accepted(&format!("{HEAD}{rooms}")).campus.rooms;
    let own = &rooms[0].occupancy;
    assert_eq!((own.kind.name(), own.rest_ppm, own.air_pct), ("lecture", 300, 43));
    assert_eq!(own.habit.as_ref().map(|habit| habit.school.to_string()), Some(day));
    assert!(own.adapts && !rooms[2].occupancy.adapts);
    assert_eq!(rooms[1].occupancy.kind.name(), "classroom");
    assert!(Arc::ptr_eq(&rooms[1].occupancy, &rooms[3].occupancy), "shared where alike");
}

#[test]
fn what_is_no_kind_and_no_day_is_refused() {
    refused_after_head(
        "[[room]]
id = \"a/1\"
[room.occupancy]
kind = \"ofice\"
air_pct = 0
school_days = \"0123\"
",
        expect![[r#"
            error: `ofice` is no kind of room
              --> campus.toml:11:8
               |
            11 | kind = "ofice"
               |        ^^^^^^^
               |
               = help: did you mean `office`?

            error: `air_pct` is out of range
              --> campus.toml:12:11
               |
            12 | air_pct = 0
               |           ^ 1 to 95
               |
               = help: `air_pct`: share of the room's air that is exchanged within 10 min, %; usually by `kind`: 16, 43, 16, 10

            error: `school_days` is not 96 characters of 0 to 9 and -
              --> campus.toml:13:15
               |
            13 | school_days = "0123"
               |               ^^^^^^ 4 characters here
               |
               = help: one per quarter hour from midnight: used 0 to 9 tenths of the time, - not known

            campus.toml: 3 faults"#]],
    );
}
