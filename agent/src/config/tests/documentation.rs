//! The documentation and the example know every key.

use super::*;
use crate::config::keys::{CALENDAR_FILE, FILE, Need, Section, TIMETABLE_FILE, Takes, YEAR_FILE};

/// The documentation's table of a section, made from its keys.
fn reference(section: &Section) -> String {
    let mut text = String::from("| key | value | default | means |\n|---|---|---|---|\n");
    for key in section.keys {
        let value = match key.takes {
            Takes::Text => "text".into(),
            Takes::Texts => "list of texts".into(),
            Takes::Word(what) => what.into(),
            Takes::Whole(min, max) => format!("{min} to {max}"),
            Takes::Wholes(min, max) => format!("list of {min} to {max}"),
            Takes::Decimal(min, max, places) => format!("{min} to {max}, up to {places} decimals"),
            Takes::Flag => "`true` or `false`".into(),
            Takes::Sections(_) => continue,
        };
        let default = match key.need {
            Need::Required => "required",
            Need::Default(default) => default,
            Need::Optional => "none",
        };
        text += &format!("| `{}` | {value} | {default} | {} |\n", key.name, key.says);
    }
    text
}

#[test]
fn the_documentation_describes_every_key_as_the_reader_takes_it() {
    let files = [
        ("configuration.md", &FILE),
        ("timetable.md", &CALENDAR_FILE),
        ("timetable.md", &YEAR_FILE),
        ("timetable.md", &TIMETABLE_FILE),
    ];
    let mut missing = String::new();
    for (name, root) in files {
        let path = format!("{}/../docs/operate/{name}", env!("CARGO_MANIFEST_DIR"));
        let documentation = fs::read_to_string(path).unwrap();
        for section in root.all().into_iter().skip(1) {
            let (table, title) = (reference(section), section.title());
            let heading = format!("## {title}\n");
            if !documentation.contains(&heading) || !documentation.contains(&table) {
                missing += &format!("{heading}\n{table}\n");
            }
        }
    }
    assert!(missing.is_empty(), "put this into docs/operate:\n{missing}");
}

#[test]
fn every_key_of_the_code_is_in_the_example_or_optional() {
    for section in FILE.all() {
        for key in section.keys.iter().filter(|key| matches!(key.need, Need::Required)) {
            let name = match key.takes {
                Takes::Sections(of) => of.title().replace('`', ""),
                _ => format!("{} = ", key.name),
            };
            assert!(example().contains(&name), "{name}");
        }
    }
}
