//! Which room or zone was meant.

use super::{find_room, find_zone, is_whole};
use crate::error::Error;
use crate::fixtures::body;
use crate::words::{Lang, Words};
use agent::api::types::Room;

#[test]
fn a_short_name_is_taken_where_exactly_one_room_ends_with_it() {
    let known = ["science/101", "science/102", "arts/102"].map(str::to_owned);
    assert_eq!(find_room("101", &known).ok().as_deref(), Some("science/101"));
    assert!(
        matches!(find_room("102", &known), Err(Error::Ambiguous { rooms, .. }) if rooms.len() == 2)
    );
    assert!(matches!(find_room("10", &known), Err(Error::NoSuch { .. })));
    assert!(
        matches!(find_room("1O1", &known), Err(Error::NoSuch { near, .. }) if near == ["science/101"])
    );
}

#[test]
fn only_identifiers_become_part_of_an_address() {
    for (name, wanted) in [
        ("science/101", true),
        ("101", false),
        ("science/", false),
        ("science/101/set", false),
        ("science/1 01", false),
        ("science/101?x", false),
        ("Science/101", false),
        ("../status", false),
    ] {
        assert_eq!(is_whole(name), wanted, "{name}");
    }
}

#[test]
fn a_zone_is_known_by_its_identifier_and_by_its_name() {
    let room: Room = body::<Vec<Room>>("rooms").remove(0);
    let (en, zh) = (Words::new(Lang::En), Words::new(Lang::Zh));
    assert_eq!(find_zone("board", &room, &zh).ok().as_deref(), Some("board"));
    assert_eq!(find_zone("黑板灯", &room, &zh).ok().as_deref(), Some("board"));
    assert!(
        matches!(find_zone("bord", &room, &en), Err(Error::NoZone { near, .. }) if near == ["board"])
    );
    assert!(
        matches!(find_zone("zzz", &room, &en), Err(Error::NoZone { near, .. }) if near.len() == 3)
    );
}
