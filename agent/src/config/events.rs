//! `[fire]` and `[[scene]]`.

use super::fault::Faults;
use super::places::unique;
use super::table::{At, Table};
use controller::{EventSettings, FireCovers, FireEnds, Scene};
use std::collections::BTreeMap;
use wire::Id;

/// Most scenes: more than a panel has keys.
const SCENES_MAX: usize = 32;

/// Reads both; without them alarms end and scenes are as shipped.
pub fn read(file: &Table<'_>, faults: &mut Faults) -> EventSettings {
    let mut events = EventSettings::default();
    if let Some(table) = file.section("fire", faults) {
        let ends = [("input", FireEnds::Input), ("person", FireEnds::Person)];
        let covers = [
            ("place", FireCovers::Place),
            ("building", FireCovers::Building),
            ("campus", FireCovers::Campus),
        ];
        events.fire.ends = one_of(&table, "ends", &ends, faults).unwrap_or_default();
        events.fire.covers = one_of(&table, "covers", &covers, faults).unwrap_or_default();
    }
    let tables = file.sections("scene", faults);
    super::places::refuse_many("scenes", &tables, SCENES_MAX, faults);
    let mut seen = BTreeMap::new();
    for table in &tables {
        let Some(id) = table.id("id", faults) else { continue };
        unique(&mut seen, &id, |id| format!("scene `{id}`"), faults);
        if id.is.as_str() == "auto" {
            faults
                .add(&id.at, "a scene may not be called `auto`")
                .help("that gives a room back to the rules");
        }
        let Some(scene) = scene(table, id.is, faults) else { continue };
        events.scenes.retain(|known| known.id != scene.id);
        events.scenes.push(scene);
    }
    events
}

fn one_of<T: Copy>(
    table: &Table<'_>,
    name: &str,
    known: &[(&str, T)],
    faults: &mut Faults,
) -> Option<T> {
    let text = table.text(name, faults)?;
    let found = known.iter().find(|(word, _)| *word == text.is).map(|(_, value)| *value);
    if found.is_none() {
        let words: Vec<_> = known.iter().map(|(word, _)| format!("`{word}`")).collect();
        faults
            .add(&text.at, format!("`{name}` cannot be `{}`", text.is))
            .help(format!("it is one of {}", words.join(", ")))
            .closest(text.is, known.iter().map(|(word, _)| *word));
    }
    found
}

fn scene(table: &Table<'_>, id: Id, faults: &mut Faults) -> Option<Scene> {
    let levels = table.texts("levels", faults)?;
    let mut scene = Scene { id, zones: Vec::new(), others: None };
    for text in &levels.is {
        let Some((zone, level)) = level(text, faults) else { continue };
        match zone {
            None => scene.others = level,
            Some(zone) if scene.zones.iter().any(|(known, _)| *known == zone) => {
                faults.add(&text.at, format!("zone `{zone}` has two levels in one scene"));
            }
            Some(zone) => scene.zones.push((zone, level)),
        }
    }
    Some(scene)
}

/// `board=0`, `window=auto`, `*=40`: a zone, or all others, and its level.
fn level(text: &At<&str>, faults: &mut Faults) -> Option<(Option<Id>, Option<u8>)> {
    let parts = text.is.split_once('=').map(|(zone, level)| (zone.trim(), level.trim()));
    let zone = parts.and_then(|(zone, _)| match zone {
        "*" => Some(None),
        zone => Id::new(zone).ok().map(Some),
    });
    let level = parts.and_then(|(_, level)| match level {
        "auto" => Some(None),
        level => level.parse::<u8>().ok().filter(|level| *level <= 100).map(Some),
    });
    let both = zone.zip(level);
    if both.is_none() {
        faults
            .add(&text.at, format!("`{}` is no zone with a level", text.is))
            .help("it looks like `board=0`, `window=auto` or `*=40`");
    }
    both
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, example};
    use controller::{FireCovers, FireEnds};

    #[test]
    fn scenes_and_fire_are_read_and_what_makes_no_sense_is_refused() {
        let with = |more: &str| Config::parse(&format!("{}\n{more}", example()), "campus.toml");
        let events = with(
            "[fire]\nends = \"person\"\ncovers = \"campus\"\n\
             [[scene]]\nid = \"projection\"\nlevels = [\"board=0\", \"window = auto\", \"*=30\"]",
        );
        let events = events.expect("a good file").campus.events;
        assert_eq!((events.fire.ends, events.fire.covers), (FireEnds::Person, FireCovers::Campus));
        let id = |name| wire::Id::new(name).expect("an identifier");
        let scene = events.scene(id("projection")).expect("the scene");
        let levels = ["board", "window", "inner"].map(|zone| scene.level_pct(id(zone)));
        assert_eq!(levels, [Some(0), None, Some(30)]);
        assert!(events.scene(id("exam")).is_some(), "shipped ones stay");

        let refused = |more: &str, why: &str| {
            let text = with(more).expect_err(more).to_string();
            assert!(text.contains(why), "{text}");
        };
        refused("[fire]\nends = \"persn\"", "did you mean `person`?");
        refused("[[scene]]\nid = \"auto\"\nlevels = []", "may not be called `auto`");
        let levels = "[[scene]]\nid = \"x\"\nlevels = ";
        refused(&format!("{levels}[\"board=101\"]"), "is no zone with a level");
        refused(&format!("{levels}[\"board=1\", \"board=2\"]"), "two levels in one scene");
    }
}
