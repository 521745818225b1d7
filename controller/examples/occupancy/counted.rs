//! Public data about rooms in which somebody counted the people; read from `../shared/data`, never copied.
//!
//! Terms: *stretch* = rows without a break that matters, told to one controller; *row* = what sensors said at
//! a moment, and how many people were there.

use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What was measured at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Local time, ms since 1970, as if it were UTC.
    pub at_ms: i64,
    /// CO₂, ppm, in thousandths.
    pub co2_milli: Option<i64>,
    /// Up to two motion sensors.
    pub motion: [Option<bool>; 2],
    /// Illuminance, lx: only for the proof that it changes nothing.
    #[allow(dead_code, reason = "the page has no use for it")]
    pub lux: Option<i64>,
    /// Somebody was there.
    pub occupied: bool,
}

/// Rows that belong together.
pub type Stretch = Vec<Row>;

const DAY_MS: i64 = 86_400_000;

/// Where the data is; `None` where it is not.
pub fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    folder.join("uci_occupancy/train.csv").is_file().then_some(folder)
}

/// UCI Occupancy Detection, `train` or `test1`.
pub fn office(folder: &Path, name: &str) -> Vec<Stretch> {
    let table = Table::read(&folder.join(format!("uci_occupancy/{name}.csv")));
    let row = |line: &[String]| Row {
        at_ms: moment(&line[0]),
        co2_milli: milli(&line[4]),
        motion: [None, None],
        lux: milli(&line[3]).map(|lux| lux / 1000),
        occupied: line[5] == "1",
    };
    vec![table.rows.iter().map(|line| row(line)).collect()]
}

/// UCI Room Occupancy Estimation (864), December; one stretch per day.
pub fn two_sensors(folder: &Path) -> Vec<Stretch> {
    let table = Table::read(&folder.join("uci_room_count/dec2017.csv.gz"));
    let at = |name: &str| table.column(name);
    let (co2, one, two) = (at("S5_CO2"), at("S6_PIR"), at("S7_PIR"));
    let (count, light) = (at("Room_Occupancy_Count"), at("S1_Light"));
    let moved = |text: &str| milli(text).map(|it| it > 0);
    let row = |line: &[String]| Row {
        at_ms: moment(&line[0]),
        co2_milli: milli(&line[co2]),
        motion: [moved(&line[one]), moved(&line[two])],
        lux: milli(&line[light]).map(|lux| lux / 1000),
        occupied: milli(&line[count]).is_some_and(|count| count > 0),
    };
    by_day(table.rows.iter().map(|line| row(line)).collect())
}

/// ROBOD, lecture room 1.
pub fn lecture(folder: &Path) -> Vec<Stretch> {
    let table = Table::read(&folder.join("robod/room1.csv.gz"));
    let (co2, count) = (table.column("co2_ppm"), table.column("occ_count"));
    let row = |line: &[String]| Row {
        // `+08:00` is the campus's own zone.
        at_ms: moment(&line[0][..19]),
        co2_milli: milli(&line[co2]),
        motion: [None, None],
        lux: None,
        occupied: milli(&line[count]).is_some_and(|count| count > 0),
    };
    vec![table.rows.iter().map(|line| row(line)).collect()]
}

/// SDU, lecture room 1 or study zone 2: days are in no order, so each is a stretch.
pub fn camera(folder: &Path, room: u8) -> Vec<Stretch> {
    let table = Table::read(&folder.join(format!("sdu2018/room{room}.csv.gz")));
    let mut days: BTreeMap<i64, Stretch> = BTreeMap::new();
    for line in &table.rows {
        let (day, weekday) = (number(&line[0]), number(&line[2]));
        // A week in 2018 that begins with a Monday.
        let date = moment("2018-01-01T00:00:00") + weekday * DAY_MS;
        days.entry(day).or_default().push(Row {
            at_ms: date + clock(&line[1]),
            co2_milli: milli(&line[3]),
            motion: [None, None],
            lux: None,
            occupied: milli(&line[5]).is_some_and(|count| count > 0),
        });
    }
    days.into_values().collect()
}

fn by_day(rows: Vec<Row>) -> Vec<Stretch> {
    rows.chunk_by(|a, b| a.at_ms.div_euclid(DAY_MS) == b.at_ms.div_euclid(DAY_MS))
        .map(<[Row]>::to_vec)
        .collect()
}

struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut text = String::new();
        let unpacked = match path.extension().is_some_and(|it| it == "gz") {
            true => GzDecoder::new(&bytes[..]).read_to_string(&mut text),
            false => (&bytes[..]).read_to_string(&mut text),
        };
        unpacked.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut lines =
            text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let names = lines.next().unwrap_or_default();
        Self { names, rows: lines.collect() }
    }

    fn column(&self, name: &str) -> usize {
        let at = self.names.iter().position(|known| known == name);
        at.unwrap_or_else(|| panic!("no column `{name}`"))
    }
}

/// `2015-02-04 17:51:00` or with a `T`.
fn moment(text: &str) -> i64 {
    let local: jiff::civil::DateTime =
        text.replace(' ', "T").parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    let zoned = local.to_zoned(jiff::tz::TimeZone::UTC).expect("a moment");
    zoned.timestamp().as_millisecond()
}

/// `hh:mm:ss` in ms.
fn clock(text: &str) -> i64 {
    let parts: Vec<i64> = text.split(':').map(number).collect();
    ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A decimal in thousandths; `None` where there is none.
fn milli(text: &str) -> Option<i64> {
    let value: f64 = text.parse().ok()?;
    Some((value * 1000.0).round() as i64)
}
