//! `[energy]`, `[[tariff]]` and `[[co2]]`: how long a slot is, what a kWh costs, what it emits.

use super::fault::{Faults, Span};
use super::table::{At, Table};
use super::timetable;
use controller::tariff::{BandFault, EnergyFault};
use controller::{Band, Co2, Days, EnergySettings, Months, Tariff};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Lengths of a slot in minutes that divide the hour.
const SLOTS_MIN: [u32; 11] = [1, 2, 3, 5, 6, 10, 12, 15, 20, 30, 60];

/// A slot, as long as nobody says otherwise, ms.
const SLOT_MS: i64 = 15 * 60_000;

/// Longest note of where a number is from, in characters.
const SOURCE_MAX: usize = 200;

/// Where each tariff and each of its bands stands, to show a fault of the whole.
type Places = Vec<(Span, Vec<Span>)>;

/// Reads the sections: length of a slot in ms, prices and factors.
pub fn read(
    file: &Table<'_>,
    zone: Option<&TimeZone>,
    faults: &mut Faults,
) -> (i64, EnergySettings) {
    let slot = file.section("energy", faults).and_then(|table| slot(&table, faults));
    let (tariffs, places) = tariffs(file, faults);
    let co2 = factors(file, faults);
    let slot_ms = slot.as_ref().map_or(SLOT_MS, |slot| i64::from(slot.is) * 60_000);
    let energy = EnergySettings { tariffs, co2 };
    if let Some(zone) = zone {
        if let Some(slot) = &slot {
            refuse_odd_zone(slot, zone, faults);
        }
        refuse_unsound(&energy, slot_ms, zone, &places, faults);
    }
    (slot_ms, energy)
}

fn slot(table: &Table<'_>, faults: &mut Faults) -> Option<At<u32>> {
    let slot = table.whole("slot_min", faults)?;
    if !SLOTS_MIN.contains(&slot.is) {
        faults.add(&slot.at, "an hour is no whole number of such slots").help(format!(
            "`slot_min` is one of {}",
            SLOTS_MIN.map(|it| it.to_string()).join(", ")
        ));
        return None;
    }
    Some(slot)
}

fn tariffs(file: &Table<'_>, faults: &mut Faults) -> (Vec<Tariff>, Places) {
    let (mut tariffs, mut places) = (Vec::new(), Places::new());
    let mut seen: BTreeMap<Date, Span> = BTreeMap::new();
    for table in file.sections("tariff", faults) {
        let from = table.day("from", faults);
        if let Some(from) = &from {
            super::places::unique(&mut seen, from, |from| format!("a tariff from {from}"), faults);
        }
        let currency = table.text("currency", faults).and_then(|text| currency(&text, faults));
        let tables = table.sections("band", faults);
        let bands: Vec<_> = tables.iter().map(|table| band(table, faults)).collect();
        let (Some(from), Some(currency)) = (from, currency) else { continue };
        // A tariff with a band that could not be read would be found to have holes, which misleads.
        if let Some(bands) = bands.into_iter().collect() {
            let bands = with_labels(bands);
            tariffs.push(Tariff { valid_from: from.is, currency, bands });
            places.push((from.at, tables.iter().map(|table| table.at.clone()).collect()));
        }
    }
    (tariffs, places)
}

fn band(table: &Table<'_>, faults: &mut Faults) -> Option<Band> {
    let id = table.id("id", faults);
    let name = table.name("name", faults);
    let price = table.decimal("price", faults);
    let months = table.wholes("months", faults);
    let days = timetable::days(table, faults);
    let texts = table.texts("spans", faults);
    let rest = table.flag("rest", faults);
    let over_midnight = |start: &str, end: &str| {
        format!("hours over midnight are two: `{start}-24:00` and `00:00-{end}`")
    };
    let mut spans = Vec::new();
    for text in texts.iter().flat_map(|texts| &texts.is) {
        spans.push(timetable::span(text, over_midnight, faults)?.is);
    }
    let (id, price) = (id?, price?);
    Some(Band {
        id: id.is,
        label: name.unwrap_or_default(),
        price_micro: price.is,
        months: months.map_or(Months::ALL, |months| {
            let mut which = [false; 12];
            for month in months.is {
                // The range of the key is 1 to 12.
                which[month.is as usize - 1] = true;
            }
            Months(which)
        }),
        days: days.unwrap_or(Days::ALL),
        spans,
        rest: rest.is_some_and(|rest| rest.is),
    })
}

/// A band without a name has that of another with its identifier, or else the identifier.
fn with_labels(mut bands: Vec<Band>) -> Vec<Band> {
    for at in 0..bands.len() {
        if bands[at].label.is_empty() {
            let id = bands[at].id;
            let named = bands.iter().find(|other| other.id == id && !other.label.is_empty());
            bands[at].label = named.map_or_else(|| id.to_string(), |other| other.label.clone());
        }
    }
    bands
}

fn factors(file: &Table<'_>, faults: &mut Faults) -> Vec<Co2> {
    let mut seen = BTreeMap::new();
    let mut factors = Vec::new();
    for table in file.sections("co2", faults) {
        let year = table.whole("year", faults);
        if let Some(year) = &year {
            super::places::unique(&mut seen, year, |year| format!("the year {year}"), faults);
        }
        let kg_per_kwh = table.decimal("kg_per_kwh", faults);
        let region = table.name("region", faults);
        let source = table.line("source", SOURCE_MAX, faults);
        let (Some(year), Some(factor), Some(region), Some(source)) =
            (year, kg_per_kwh, region, source)
        else {
            continue;
        };
        let (Ok(year), Ok(mg_per_kwh)) = (i16::try_from(year.is), u32::try_from(factor.is)) else {
            continue;
        };
        factors.push(Co2 { year, mg_per_kwh, region, source });
    }
    factors
}

fn currency(text: &At<&str>, faults: &mut Faults) -> Option<String> {
    if text.is.len() == 3 && text.is.bytes().all(|it| it.is_ascii_uppercase()) {
        return Some(text.is.to_owned());
    }
    faults
        .add(&text.at, format!("`{}` is no currency", text.is))
        .help("three capital letters (ISO 4217): `CNY`, `EUR`");
    None
}

/// Local midnight must be the border of two slots, in winter and in summer.
fn refuse_odd_zone(slot: &At<u32>, zone: &TimeZone, faults: &mut Faults) {
    // Slots before the first meter was read do not matter; rules are known up to some years ahead.
    let from = jiff::civil::date(2020, 1, 1).to_zoned(TimeZone::UTC).map(|at| at.timestamp());
    let Ok(from) = from else { return };
    let changes = zone.following(from).take(CHANGES_MAX).map(|change| change.offset());
    let slot_s = slot.is as i32 * 60;
    let odd = std::iter::once(zone.to_offset(from))
        .chain(changes)
        .find(|offset| offset.seconds() % slot_s != 0);
    if let Some(offset) = odd {
        faults
            .add(&slot.at, "midnight would lie within a slot")
            .label(format!("the time zone is at {offset} from UTC"))
            .help("choose a shorter `slot_min`; 15 fits every zone");
    }
}

/// Changes of a zone's offset that are looked at: ten years of two.
const CHANGES_MAX: usize = 20;

/// Whatever the controller finds: holes and overlaps of a tariff, times within a slot.
fn refuse_unsound(
    energy: &EnergySettings,
    slot_ms: i64,
    zone: &TimeZone,
    places: &Places,
    faults: &mut Faults,
) {
    for fault in energy.check(zone, slot_ms) {
        let place = fault.tariff().and_then(|at| places.get(at));
        let Some((tariff, bands)) = place else { continue };
        let at = fault.band().and_then(|band| bands.get(band)).unwrap_or(tariff);
        let help = match &fault {
            // Both were said already, where the number stands.
            EnergyFault::SameDay { .. } | EnergyFault::Offset { .. } => continue,
            EnergyFault::Missing { .. } => "`rest = true` lets a band take what no other takes",
            EnergyFault::Double { .. } => "every minute of the year has one price",
            EnergyFault::Band { why: BandFault::Never, .. } => {
                "set `spans`, or `rest = true` for what no other band takes"
            }
            EnergyFault::Band { why: BandFault::SplitsSlot(_), .. } => {
                "a shorter `slot_min` in `[energy]` would fit"
            }
            _ => "",
        };
        let noted = faults.add(at, fault.to_string());
        if !help.is_empty() {
            noted.help(help);
        }
    }
}
