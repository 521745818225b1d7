//! Reads a daily zip back and says everything that is wrong with it. Whoever wrote it is not trusted.

use super::write::coal;
use crate::ids::{BuildingId, CentreId, ItemCode};
use crate::limits::{DAILY_BYTES_MAX, DAILY_ROWS_MAX};
use crate::stamp::Stamp;
use crate::value::Value;
use crate::xml::{Element, parse_within};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

/// Elements of a row and of a building.
const ELEMENTS_MAX: usize = DAILY_ROWS_MAX * 8 + 1000 * 40;

/// Something that is wrong with a daily zip: which file, and what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {what}")]
pub struct DailyFault {
    /// Within the zip, or its own name.
    pub file: String,
    /// What, with the row it is about.
    pub what: String,
}

/// A daily zip as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedDay {
    /// Whose.
    pub centre: CentreId,
    /// Midnight of the day.
    pub day: Stamp,
    /// Buildings and their names.
    pub buildings: BTreeMap<BuildingId, String>,
    /// Energy per building, item and start of the hour.
    pub hours: BTreeMap<(BuildingId, ItemCode, Stamp), CheckedHour>,
}

/// One hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedHour {
    /// Energy, kWh.
    pub kwh: Value,
    /// Standard coal, kg.
    pub kgce: Value,
    /// The writer says that it is complete.
    pub valid: bool,
}

/// A zip of this name to its day.
///
/// # Errors
/// Everything that is wrong, at most a hundred things.
pub fn check(name: &str, zip: &[u8]) -> Result<CheckedDay, Vec<DailyFault>> {
    let mut faults = Faults { list: Vec::new(), file: name.to_owned() };
    let day = read(name, zip, &mut faults);
    match day {
        Some(day) if faults.list.is_empty() => Ok(day),
        _ => Err(faults.list),
    }
}

struct Faults {
    list: Vec<DailyFault>,
    file: String,
}

impl Faults {
    fn add(&mut self, what: impl Into<String>) {
        if self.list.len() < 100 {
            self.list.push(DailyFault { file: self.file.clone(), what: what.into() });
        }
    }

    /// The value, or nothing and a fault.
    fn need<T>(&mut self, value: Option<T>, what: &str) -> Option<T> {
        if value.is_none() {
            self.add(what);
        }
        value
    }
}

fn read(name: &str, zip: &[u8], faults: &mut Faults) -> Option<CheckedDay> {
    let stem = name.strip_suffix(".zip").filter(|stem| stem.len() == 14 && stem.is_ascii());
    let stem =
        faults.need(stem, "a zip is named by 6 digits of the data centre and 8 of the day")?;
    let centre =
        faults.need(CentreId::new(&stem[..6]).ok(), "does not begin with a data centre")?;
    let day = faults.need(Stamp::parse(&format!("{}000000", &stem[6..])), "does not name a day")?;
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).ok();
    let archive = faults.need(archive.as_mut(), "is no zip")?;
    for other in archive.file_names() {
        let other = other.unwrap_or("a name that is no text".into());
        let known =
            ["Build.xml", "Energy.xml"].iter().any(|end| other == format!("{stem}/{stem}{end}"));
        if !known
            && !other.starts_with(&format!("{stem}/Accessory/"))
            && other != format!("{stem}/")
        {
            faults.add(format!("`{other}` does not belong here"));
        }
    }
    let build = file(archive, stem, "Build.xml", centre, faults)?;
    let energy = file(archive, stem, "Energy.xml", centre, faults)?;
    faults.file = format!("{stem}Build.xml");
    let buildings = buildings(&build, faults);
    faults.file = format!("{stem}Energy.xml");
    let hours = hours(&energy, day, &buildings, faults);
    Some(CheckedDay { centre, day, buildings, hours })
}

/// The root of one file, whose `common` fits its name.
fn file(
    archive: &mut zip::ZipArchive<Cursor<&[u8]>>,
    stem: &str,
    end: &str,
    centre: CentreId,
    faults: &mut Faults,
) -> Option<Element> {
    faults.file = format!("{stem}{end}");
    let entry =
        faults.need(archive.by_name(&format!("{stem}/{stem}{end}")).ok(), "is not in the zip")?;
    let mut text = String::new();
    // One byte more than allowed tells a bomb from a large file, whatever the zip says about its size.
    let read = entry.take(DAILY_BYTES_MAX + 1).read_to_string(&mut text);
    faults.need(read.ok(), "is damaged or no UTF-8")?;
    if text.len() as u64 > DAILY_BYTES_MAX {
        faults.add("is too large");
        return None;
    }
    let declared = text.split("?>").next().unwrap_or_default().to_ascii_uppercase();
    if !declared.contains("ENCODING=\"UTF-8\"") && !declared.contains("ENCODING='UTF-8'") {
        faults.add("does not declare UTF-8");
    }
    let root = match parse_within(text.trim_start_matches('\u{feff}').trim(), ELEMENTS_MAX) {
        Ok(root) => root,
        Err(fault) => {
            faults.add(fault.to_string());
            return None;
        }
    };
    let common = root.child("common");
    let said = common.and_then(|common| common.text_of("UploadDataCenterID"));
    if said != Some(centre.to_string().as_str()) {
        faults.add("`UploadDataCenterID` is another than the name says");
    }
    let created = common.and_then(|common| common.text_of("CreateTime"));
    if created.and_then(Stamp::parse_spaced).is_none() {
        faults.add("`CreateTime` is no time");
    }
    Some(root)
}

fn buildings(root: &Element, faults: &mut Faults) -> BTreeMap<BuildingId, String> {
    let mut known = BTreeMap::new();
    for build in builds(root) {
        let id = BuildingId::new(build.attribute("id").unwrap_or_default());
        let Some(id) = faults.need(id.ok(), "a `Build` without a good `id`") else { continue };
        let name = build.child("BuildBaseInfo").and_then(|base| base.text_of("F_BuildName"));
        let Some(name) = faults.need(name, &format!("building {id} has no name")) else { continue };
        if known.insert(id.clone(), name.to_owned()).is_some() {
            faults.add(format!("building {id} is there twice"));
        }
    }
    if known.is_empty() {
        faults.add("describes no building");
    }
    known
}

fn hours(
    root: &Element,
    day: Stamp,
    known: &BTreeMap<BuildingId, String>,
    faults: &mut Faults,
) -> BTreeMap<(BuildingId, ItemCode, Stamp), CheckedHour> {
    let (mut hours, mut names) = (BTreeMap::new(), BTreeSet::new());
    for build in builds(root) {
        let id = BuildingId::new(build.attribute("id").unwrap_or_default()).ok();
        let Some(id) = id.filter(|id| known.contains_key(id)) else {
            faults.add("energy of a building that `Build.xml` does not describe");
            continue;
        };
        for row in build.children.iter().filter(|row| row.name == "EnergyItemHourResult") {
            let name = row.text_of("F_HourResultID").unwrap_or_default();
            if !names.insert(name.to_owned()) || name.is_empty() || name.len() > 25 {
                faults.add(format!("`F_HourResultID` {name} is none, too long or there twice"));
            }
            let Some((item, start, hour)) = hour(row, day, name, faults) else { continue };
            if hours.insert((id.clone(), item, start), hour).is_some() {
                faults.add(format!("{id} {item} {start} is there twice"));
            }
        }
    }
    hours
}

fn hour(
    row: &Element,
    day: Stamp,
    name: &str,
    faults: &mut Faults,
) -> Option<(ItemCode, Stamp, CheckedHour)> {
    let text = |element| row.text_of(element).unwrap_or_default();
    let item = ItemCode::new(text("F_EnergyItemCode")).ok();
    let item = faults.need(item, &format!("{name}: `F_EnergyItemCode` is none"))?;
    let start = Stamp::parse_spaced(text("F_StartHour"));
    let start = faults.need(start, &format!("{name}: `F_StartHour` is no time"))?;
    let end = Stamp::parse_spaced(text("F_EndHour"));
    if end.is_none() || end != start.plus_minutes(60) {
        faults.add(format!("{name}: does not end an hour after it begins"));
    }
    if start != start.hour() || start.midnight() != day {
        faults.add(format!("{name}: is no hour of the day"));
    }
    let number = |element| Value::parse(text(element)).filter(|value| value.micro() >= 0);
    let kwh = faults.need(number("F_HourValue"), &format!("{name}: `F_HourValue` is no energy"))?;
    let kgce =
        faults.need(number("F_HourEquValue"), &format!("{name}: `F_HourEquValue` is no mass"))?;
    // Writers round to two or four places, some from a rounded value: one of the second place is allowed.
    let should = coal(kwh.micro() / 1000).micro();
    if item.as_str().starts_with("01") && (kgce.micro() - should).abs() > 10_000 {
        faults.add(format!("{name}: {kwh} kWh are not {kgce} kg of coal"));
    }
    let valid = match text("F_State") {
        "0" => false,
        "1" => true,
        _ => {
            faults.add(format!("{name}: `F_State` is 0 or 1"));
            false
        }
    };
    Some((item, start, CheckedHour { kwh, kgce, valid }))
}

fn builds(root: &Element) -> impl Iterator<Item = &Element> {
    let children = root.child("data").into_iter().flat_map(|element| &element.children);
    children.filter(|child| child.name == "Build")
}
