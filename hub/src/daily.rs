//! The files of a day that a data centre hands to the next one up: made of current rows of the hub, hour by hour.
//!
//! `mohurd::daily` knows the format; here is which rows go into it. A slot is *measured* when its row says that
//! all of it was posted and nothing of it estimated.

mod centre;

pub use centre::{Centre, Meter};

use crate::Fault;
use mohurd::Stamp;
use mohurd::daily::{CheckedHour, Day, SlotEnergy, check};
use tokio_postgres::Client;

/// What is to be handed over.
#[derive(Clone, Debug)]
pub struct Files {
    /// Number of the data centre and day; names the files.
    pub name: String,
    /// `…Build.xml` and `…Energy.xml`.
    pub zip: Vec<u8>,
    /// Every slot of every meter.
    pub csv: String,
    /// Hours of buildings and items in it.
    pub hours: u64,
    /// Those to which nothing is missing and nothing is estimated.
    pub whole: u64,
    /// Energy of all of them, Wh.
    pub energy_wh: i64,
    /// Meters without a single row of the day.
    pub silent: Vec<String>,
}

/// The files of a local day, `2026-11-25`.
///
/// # Errors
/// There is no such day or campus, the rows do not fit the format, or PostgreSQL refuses.
pub async fn files(client: &Client, centre: &Centre, day: &str) -> Result<Files, Fault> {
    let date = day.parse::<jiff::civil::Date>().ok().filter(|date| date.to_string() == day);
    let stamp = date.and_then(|date| Stamp::parse(&date.strftime("%Y%m%d000000").to_string()));
    let stamp = stamp
        .ok_or_else(|| Fault::new(format!("`{day}` is no day"), "it looks like `2026-11-25`"))?;
    let (mut energy, mut silent) = (Vec::new(), Vec::new());
    let mut created = None;
    for meter in &centre.meters {
        created = created.max(Some(now(client, &meter.campus).await?));
        let rows = slots(client, meter, day).await?;
        if rows.is_empty() {
            silent.push(format!("{} of {}", meter.name, meter.campus));
        }
        energy.extend(rows);
    }
    let whole = Day {
        centre: centre.sender.clone(),
        day: stamp,
        created: created.unwrap_or(stamp),
        buildings: centre.buildings.clone(),
        meters: centre.meters.iter().map(Meter::counts).collect(),
        energy,
    };
    let unfit = |fault: mohurd::daily::DayFault| {
        Fault::new(
            format!("the day {day} cannot be written: {fault}"),
            "docs/integrate/mohurd.md says what fits",
        )
    };
    let (name, zip, csv) = (whole.name(), whole.zip().map_err(unfit)?, whole.csv().map_err(unfit)?);
    // Nothing leaves the house that our own checker would refuse from others.
    let checked = check(&format!("{name}.zip"), &zip).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        Fault::new(
            format!("the day {day} does not read back: {first}"),
            "this is a fault of the program",
        )
    })?;
    let hours = checked.hours.len() as u64;
    let valid = checked.hours.values().filter(|hour: &&CheckedHour| hour.valid).count() as u64;
    let energy_wh = whole.energy.iter().map(|slot| slot.wh).sum();
    Ok(Files { name, zip, csv, hours, whole: valid, energy_wh, silent })
}

/// What time it is at a campus.
async fn now(client: &Client, campus: &str) -> Result<Stamp, Fault> {
    let sql =
        "select to_char(now() at time zone zone, 'YYYYMMDDHH24MISS') from tenant where campus = $1";
    let failed = |error: tokio_postgres::Error| Fault::database("reading the campus", &error);
    let row = client.query_opt(sql, &[&campus]).await.map_err(failed)?;
    let none = || {
        Fault::new(
            format!("no campus `{campus}` sends to this hub"),
            "`campus hub tenant list` shows them",
        )
    };
    let text: String = row.ok_or_else(none)?.get(0);
    Stamp::parse(&text).ok_or_else(|| Fault::new(format!("`{text}` is no time"), ""))
}

/// Slots of one meter; one whose energy nobody can say is left out, and its hour is not whole.
async fn slots(client: &Client, meter: &Meter, day: &str) -> Result<Vec<SlotEnergy>, Fault> {
    let sql = "\
        select to_char(to_timestamp(s.slot_ms / 1000.0) at time zone t.zone, 'YYYYMMDDHH24MISS'), s.span_s, s.energy_wh, \
               coalesce(s.complete_permille = 1000, false) and coalesce(s.estimated_permille, 0) = 0 \
        from summary_quarter s join stream p using (campus, stream) join tenant t using (campus) \
        where s.campus = $1 and p.path = $2 and s.current and s.day = $3::text::date and s.energy_wh is not null \
        order by s.slot_ms";
    let path = format!("meter/{}", meter.name);
    let failed = |error: tokio_postgres::Error| Fault::database("reading slots", &error);
    let rows = client.query(sql, &[&meter.campus, &path, &day]).await.map_err(failed)?;
    let slot = |row: &tokio_postgres::Row| {
        let (start, span_s): (String, i64) = (row.get(0), row.get(1));
        let unfit =
            || Fault::new(format!("a slot of {} at {start} is no time of it", meter.name), "");
        Ok(SlotEnergy {
            building_id: meter.building.clone(),
            item: meter.item,
            meter: meter.known_as(),
            start: Stamp::parse(&start).ok_or_else(unfit)?,
            span_min: u32::try_from(span_s / 60).map_err(|_| unfit())?,
            wh: row.get(2),
            measured: row.get(3),
        })
    };
    rows.iter().map(slot).collect()
}
