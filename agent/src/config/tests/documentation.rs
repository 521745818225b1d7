//! The documentation and the example know every key.

use super::*;
use crate::config::keys::{FILE, Need, Section, Takes};

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
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operate/configuration.md");
    let documentation = fs::read_to_string(path).unwrap();
    for section in FILE.all().into_iter().skip(1) {
        let table = reference(section);
        let title = section.title();
        assert!(documentation.contains(&format!("## {title}\n")), "no heading `## {title}`");
        assert!(documentation.contains(&table), "put this below `## {title}`:\n{table}");
    }
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
