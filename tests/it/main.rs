//! One test binary for the whole system: it links once, and no file is forgotten.

mod accounts;
mod bad_input;
mod bench;
mod browser;
mod by_hand;
mod dead_bus;
mod demo;
mod emulated;
mod firmware;
mod golden;
mod history;
mod imposed;
mod kill;
mod learn;
mod load;
mod matrix;
mod meters;
mod models;
mod mohurd;
mod node;
mod nodes_by_hand;
mod outage;
mod past;
mod postgres;
mod readme;
mod refusals;
mod repair;
mod ruling;
mod secure;
mod witness;

/// Every file of this folder is a module of this binary.
#[test]
fn no_test_file_is_forgotten() {
    let main = include_str!("main.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/it");
    for entry in std::fs::read_dir(folder).expect("the folder of this file") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let module = name.trim_end_matches(".rs");
        assert!(
            module == "main" || main.contains(&format!("mod {module};")),
            "{name} is forgotten"
        );
    }
}

/// A campus of two rooms and one mains meter, on a broker of its own.
pub const CAMPUS: &str = r#"
[campus]
id = "test"
name = "Test school"
time_zone = "Asia/Shanghai"

[broker]
url = "{broker}"
username = "agent"

[store]
path = "campus.db"

[api]
socket = "{socket}"

[timetable]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
open = "00:00-24:00"
lessons = []

[[room]]
id = "science/101"
name = "Physics 1"
[[room.zone]]
id = "window"
[[room.zone]]
id = "inner"

[[room]]
id = "science/102"
name = "Physics 2"
[[room.zone]]
id = "window"

[[node]]
id = "sci-101"
room = "science/101"

[[node]]
id = "sci-102"
room = "science/102"

[[node]]
id = "sci-mains"
building = "science"
"#;
