//! `centre.toml`: who hands the files of a day over, which buildings are in them, and which meters count for what.
//!
//! ```toml
//! [centre]
//! id = "310000"
//! name = "District education bureau"
//!
//! [[building]]
//! id = "310101D064"
//! campus = "north"
//! name = "Main building"
//! area_m2 = 6400
//! meters = ["sci-mains/main=01A00"]
//! ```

use crate::config::{ConfigError, Faults, fault};
use mohurd::daily::{Building, Sender};
use mohurd::{BuildingId, CentreId, ItemCode};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;
use toml::Spanned;

/// A data centre, its buildings, and the meters in them.
#[derive(Clone, Debug)]
pub struct Centre {
    /// Who sends.
    pub sender: Sender,
    /// What is described.
    pub buildings: Vec<Building>,
    /// What is counted.
    pub meters: Vec<Meter>,
}

/// A meter that counts for an item of a building.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    /// Whose.
    pub campus: String,
    /// Its name there: `sci-mains/main`.
    pub name: String,
    /// Where it counts …
    pub building: BuildingId,
    /// … and for what.
    pub item: ItemCode,
}

impl Meter {
    /// Its name in the files: those of two campuses are two.
    pub fn known_as(&self) -> String {
        format!("{}/{}", self.campus, self.name)
    }

    /// As a day expects it.
    pub fn counts(&self) -> (BuildingId, ItemCode, String) {
        (self.building.clone(), self.item, self.known_as())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    centre: CentreFile,
    building: Vec<BuildingFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CentreFile {
    id: Spanned<String>,
    name: String,
    #[serde(default)]
    operator: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    telephone: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BuildingFile {
    id: Spanned<String>,
    campus: Spanned<String>,
    name: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    year: u16,
    /// Above the ground, and below.
    #[serde(default)]
    floors: (u16, u16),
    area_m2: u32,
    /// A letter of the guideline.
    purpose: Option<Spanned<char>>,
    meters: Vec<Spanned<String>>,
}

/// Culture and education: what a school is.
const PURPOSE: char = 'D';

/// Characters of a building's code in daily files.
const CODE_CHARS: usize = 10;

impl Centre {
    /// Reads the file.
    ///
    /// # Errors
    /// Every fault, shown where it stands.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError(format!("cannot read `{name}`: {error}")))?;
        Self::parse(&text, &name.to_string())
    }

    /// Reads `text`, which is called `name` in messages.
    ///
    /// # Errors
    /// Every fault, shown where it stands.
    pub fn parse(text: &str, name: &str) -> Result<Self, ConfigError> {
        fault::checked(text, name, "docs/integrate/mohurd.md", read)
    }
}

fn read(file: File, faults: &mut Faults) -> Option<Centre> {
    let CentreFile { id, name, operator, contact, telephone } = file.centre;
    let centre = CentreId::new(id.get_ref());
    if let Err(fault) = &centre {
        faults.add(id.span(), fault.to_string(), "six digits, given out by the ministry");
    }
    let (mut buildings, mut meters) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for one in file.building {
        let at = one.id.span();
        let Some(building) = building(&one, faults) else { continue };
        if !seen.insert(building.id.to_string()) {
            faults.add(
                at,
                format!("building {} is there twice", building.id),
                "give it all its meters",
            );
        }
        meters.extend(of_building(&one, &building.id, faults));
        buildings.push(building);
    }
    // A meter counts once, or its energy would be there twice.
    let mut counted = BTreeSet::new();
    if let Some(twice) =
        meters.iter().map(Meter::known_as).find(|name| !counted.insert(name.clone()))
    {
        faults.add(
            id.span(),
            format!("meter `{twice}` counts twice"),
            "name it for one building and one item",
        );
    }
    let sender = Sender { id: centre.ok()?, name, operator, contact, telephone };
    Some(Centre { sender, buildings, meters })
}

fn building(one: &BuildingFile, faults: &mut Faults) -> Option<Building> {
    let help = "ten characters: six digits of the district, a letter of its purpose, three digits";
    let id = match BuildingId::new(one.id.get_ref()) {
        Ok(id) if id.as_str().len() == CODE_CHARS => Some(id),
        Ok(_) => {
            faults.add(one.id.span(), "this code has not ten characters", help);
            None
        }
        Err(fault) => {
            faults.add(one.id.span(), fault.to_string(), help);
            None
        }
    };
    if let Err(bad) = batch::Id::new(one.campus.get_ref()) {
        faults.add(
            one.campus.span(),
            format!("this is no campus: {bad}"),
            "as `campus hub tenant list` shows it",
        );
    }
    let purpose = one.purpose.as_ref().map_or(PURPOSE, |purpose| *purpose.get_ref());
    if let Some(given) = one.purpose.as_ref().filter(|given| !given.get_ref().is_ascii_uppercase())
    {
        faults.add(
            given.span(),
            format!("`{purpose}` is no purpose"),
            "a capital letter; `D` is culture and education",
        );
    }
    Some(Building {
        id: id?,
        name: one.name.clone(),
        owner: one.owner.clone(),
        address: one.address.clone(),
        year: one.year,
        floors: one.floors,
        area_m2: one.area_m2,
        purpose,
    })
}

/// Meters with their items, `sci-mains/main=01A00`.
fn of_building(one: &BuildingFile, building: &BuildingId, faults: &mut Faults) -> Vec<Meter> {
    let mut meters = Vec::new();
    for text in &one.meters {
        let split = text.get_ref().split_once('=');
        let item = split.and_then(|(_, code)| ItemCode::new(code.trim()).ok());
        let name = split.map(|(name, _)| name.trim()).filter(|name| {
            let parts: Vec<&str> = name.split('/').collect();
            parts.len() == 2 && parts.iter().all(|part| batch::Id::new(part).is_ok())
        });
        match (name, item) {
            (Some(_), Some(item)) if !item.as_str().starts_with("01") => {
                faults.add(
                    text.span(),
                    format!("{item} is no electricity"),
                    "items that begin with 01 are",
                );
            }
            (Some(name), Some(item)) => meters.push(Meter {
                campus: one.campus.get_ref().clone(),
                name: name.to_owned(),
                building: building.clone(),
                item,
            }),
            _ => {
                let title = format!("`{}` is no meter with its energy item", text.get_ref());
                faults.add(text.span(), title, "it looks like `sci-mains/main=01A00`");
            }
        }
    }
    meters
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[centre]\nid = \"310000\"\nname = \"Bureau\"\n\n[[building]]\nid = \"310101D064\"\ncampus = \"north\"\n\
                        name = \"Main\"\narea_m2 = 6400\nmeters = [\"sci-mains/main=01A00\", \"lab/plug=01B00\"]\n";

    #[track_caller]
    fn check(text: &str, says: &[&str]) {
        let shown = Centre::parse(text, "centre.toml").expect_err("it is refused").to_string();
        for part in says {
            assert!(shown.contains(part), "`{part}` is missing in\n{shown}");
        }
    }

    #[test]
    fn the_smallest_file_is_enough() {
        let centre = Centre::parse(GOOD, "centre.toml").expect("it is good");
        let names: Vec<String> = centre.meters.iter().map(Meter::known_as).collect();
        assert_eq!(names, ["north/sci-mains/main", "north/lab/plug"]);
        assert_eq!((centre.buildings.len(), centre.buildings[0].purpose), (1, 'D'));
    }

    #[test]
    fn faults_point_to_line_and_column() {
        check(&GOOD.replace("\"310000\"", "\"31\""), &["centre.toml:2:6", "six digits"]);
        check(&GOOD.replace("310101D064", "310101D06"), &["centre.toml:6:6", "ten characters"]);
        check(&GOOD.replace("\"north\"", "\"North\""), &["centre.toml:7:10", "no campus"]);
        check(
            &GOOD.replace("main=01A00", "main"),
            &["centre.toml:10:11", "no meter with its energy item"],
        );
        check(&GOOD.replace("01B00", "02000"), &["centre.toml:10:35", "no electricity"]);
        check(
            &GOOD.replace("lab/plug", "sci-mains/main"),
            &["`north/sci-mains/main` counts twice"],
        );
        check(
            &GOOD.replace("area_m2", "area"),
            &["unknown field `area`", "docs/integrate/mohurd.md"],
        );
        let again = GOOD
            .split("[[building]]")
            .nth(1)
            .expect("a building")
            .replace("sci-mains", "b")
            .replace("lab", "c");
        check(&format!("{GOOD}[[building]]{again}"), &["building 310101D064 is there twice"]);
    }
}
