//! What buildings and rooms are called.

use super::RoomKind;

/// Rooms on one floor; their numbers are 101 to 110, 201 to 210, and so on.
pub const ROOMS_PER_FLOOR: usize = 10;

/// Identifier, prefix of node identifiers, and name.
const BUILDINGS: [(&str, &str, &str, &[&str]); 8] = [
    ("science", "sci", "Science building", &["Physics", "Chemistry", "Biology"]),
    ("main", "main", "Main building", &["Class 7", "Class 8", "Class 9"]),
    ("arts", "arts", "Arts building", &["Music", "Drawing", "Drama"]),
    ("language", "lang", "Language building", &["English", "Chinese", "German"]),
    ("technology", "tech", "Technology building", &["Workshop", "Computing", "Design"]),
    ("library", "lib", "Library", &["Reading", "Seminar", "Archive"]),
    ("east", "east", "East wing", &["Mathematics", "Geography", "History"]),
    ("west", "west", "West wing", &["Class 10", "Class 11", "Class 12"]),
];

/// Identifier, prefix of node identifiers, and name of a building.
pub fn building(index: usize) -> (String, String, String) {
    match BUILDINGS.get(index) {
        Some((id, short, name, _)) => ((*id).into(), (*short).into(), (*name).into()),
        None => (format!("block-{index}"), format!("b{index}"), format!("Block {index}")),
    }
}

/// What the room at this place of a floor is for: an office and a corridor on every floor.
pub fn kind(building: usize, on_floor: usize) -> RoomKind {
    match on_floor {
        7 => RoomKind::Office,
        9 => RoomKind::Corridor,
        // Laboratories are in the science building.
        2 | 5 if building == 0 => RoomKind::Lab,
        _ => RoomKind::Classroom,
    }
}

/// What people call the room, unique within its building.
pub fn room(building: usize, kind: RoomKind, index: usize) -> String {
    let (floor, on_floor) = (index / ROOMS_PER_FLOOR + 1, index % ROOMS_PER_FLOOR);
    match kind {
        RoomKind::Office => format!("Staff room {floor}"),
        RoomKind::Corridor => format!("Corridor {floor}"),
        RoomKind::Classroom | RoomKind::Lab => {
            let subjects =
                BUILDINGS.get(building).map_or(&["Room", "Study", "Seminar"][..], |b| b.3);
            let subject = subjects[on_floor % 3];
            // Three names go round; how often this one came before on this and lower floors.
            let before = (0..index).filter(|&i| is_named(building, i, on_floor % 3)).count();
            let lab = if kind == RoomKind::Lab { " lab" } else { "" };
            format!("{subject}{lab} {}", before + 1)
        }
    }
}

fn is_named(building: usize, index: usize, name: usize) -> bool {
    let on_floor = index % ROOMS_PER_FLOOR;
    on_floor % 3 == name && kind(building, on_floor).has_lessons()
}
