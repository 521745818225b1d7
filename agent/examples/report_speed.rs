//! How fast a month is read out of a year: 360 meters and 300 rooms, a row of each every quarter hour.
//!
//! `cargo run --release -p agent --example report_speed [FOLDER]`; FOLDER should be on a disk, not on
//! a tmpfs, and have 3 GB free. One number per line with its unit, as `cargo xtask bench` says them.
//! The aim: a month of everything in well below 0.7 s, from packed days. Beside it the same month
//! row by row, a year of all meters and of one, and what the writer pays.

use agent::store::import::Import;
use agent::store::{
    self, Event, Limits, Posting, Reader, RoomSlot, RoomSlotRef, Snapshot, Store, SubmitError,
};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

/// Meters and rooms of the measured campus.
const METERS: i64 = 360;
const ROOMS: i64 = 300;
const SLOT_MS: i64 = 900_000;
const DAY_MS: i64 = 86_400_000;
const DAYS: i64 = 365;
/// A midnight in UTC.
const START_MS: i64 = 20_454 * DAY_MS;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let folder = Path::new(&folder).join(format!("report-speed-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let path = folder.join("campus.db");
    let outcome = fill(&path).and_then(|()| measure(&path));
    fs::remove_dir_all(&folder)?;
    outcome
}

fn say(name: &str, value: f64, unit: &str) {
    println!("{name} {value:.3} {unit}");
}

/// Writes the year.
fn fill(path: &Path) -> Outcome<()> {
    let began = Instant::now();
    let limits = Limits { ballast_bytes: 0, ..Limits::default() };
    let mut import = Import::begin(path, limits, START_MS)?;
    for slot in 0..DAYS * 96 {
        // Meters report in another order every time, as they do on a bus.
        for at in 0..METERS {
            import.posting(&posting((at * 7 + slot * 11) % METERS, slot))?;
        }
        for room in 0..ROOMS {
            import.room_slot(&room_slot(room, slot))?;
        }
    }
    import.finish(START_MS + (DAYS + 1) * DAY_MS)?;
    say("report.fill", began.elapsed().as_secs_f64(), "s");
    say("report.file", fs::metadata(path)?.len() as f64 / 1e6, "MB");
    Ok(())
}

fn posting(meter: i64, slot: i64) -> Posting {
    let slot_ms = START_MS + slot * SLOT_MS;
    let register_wh = 50_000_000 + meter * 100_000 + slot * 700;
    Posting {
        meter: format!("meter-{meter}"),
        slot_ms,
        energy_wh: 100 + (meter * 37 + slot * 53) % 1_200,
        quality: u8::from(slot % 96 == 40),
        cause: u8::from(slot % 96 == 40),
        register_wh,
        revision: 1,
        read: Some(Snapshot { at_ms: slot_ms + SLOT_MS - 4_321, register_wh: register_wh - 3 }),
    }
}

fn room_slot(room: i64, slot: i64) -> RoomSlot {
    let lit_ms = ((room * 7_919 + slot * 104_729) % SLOT_MS) as u32;
    RoomSlot {
        room: format!("science/{room}"),
        slot_ms: START_MS + slot * SLOT_MS,
        occupied_ms: 900_000 - lit_ms / 3,
        lit_ms,
        lit_empty_ms: lit_ms / 9,
        lit_hold_ms: lit_ms / 7,
        dark_ms: 0,
        unknown_ms: if slot % 11 == 0 { 60_000 } else { 0 },
    }
}

/// Asks for the ninth month, and for a year.
fn measure(path: &Path) -> Outcome<()> {
    let limits = Limits { ballast_bytes: 0, ..Limits::default() };
    let now_ms = START_MS + DAYS * DAY_MS;
    let mut opened = store::open(path, Limits { check_bytes: 0, ..limits }, now_ms)?;
    let reader = opened.store.reader();
    // The check of a large database runs beside the work, and would be measured too.
    while !matches!(opened.events.next_blocking(), Some(Event::Checked(_)) | None) {}
    let (from_ms, to_ms) = (START_MS + 240 * DAY_MS, START_MS + 270 * DAY_MS);
    for round in ["cold", "warm", "again"] {
        let began = Instant::now();
        let (slots, rooms) = month(&reader, from_ms, to_ms)?;
        say(&format!("report.month.{round}"), began.elapsed().as_secs_f64(), "s");
        assert_eq!((slots, rooms), (30 * 96 * METERS, 30 * 96 * ROOMS));
    }
    let began = Instant::now();
    let sums = reader.energy(&[START_MS, START_MS + DAYS * DAY_MS], None)?;
    say("report.year_of_all", began.elapsed().as_secs_f64(), "s");
    assert_eq!(sums.len() as i64, METERS);
    let began = Instant::now();
    let slots = reader.slots("meter-17", START_MS, START_MS + DAYS * DAY_MS)?;
    say("report.year_of_one", began.elapsed().as_secs_f64(), "s");
    assert_eq!(slots.len() as i64, DAYS * 96);

    // A repair of a month drops its days: what is asked then is read row by row.
    let began = Instant::now();
    for slot in 240 * 96..270 * 96 {
        opened.store.posting(Posting { revision: 0, energy_wh: -1, ..posting(17, slot) });
    }
    commit(&mut opened.store, &mut opened.events, now_ms)?;
    say("report.repair_of_a_month", began.elapsed().as_secs_f64(), "s");
    let began = Instant::now();
    let (slots, _) = month(&reader, from_ms, to_ms)?;
    say("report.month.by_rows", began.elapsed().as_secs_f64(), "s");
    assert_eq!(slots, 30 * 96 * METERS);
    writer(&mut opened, now_ms)
}

/// Everything of a time: slots of meters, slots of rooms.
fn month(reader: &Reader, from_ms: i64, to_ms: i64) -> Outcome<(i64, i64)> {
    let (mut slots, mut energy_wh, mut rooms, mut lit_ms) = (0, 0, 0, 0);
    reader.for_report(from_ms, to_ms, |_, _, wh, _, _| {
        slots += 1;
        energy_wh += wh;
    })?;
    reader.room_slots(from_ms, to_ms, |slot: &RoomSlotRef<'_>| {
        rooms += 1;
        lit_ms += u64::from(slot.lit_ms);
    })?;
    assert!(energy_wh > 0 && lit_ms > 0);
    Ok((slots, rooms))
}

/// Ten slots of everything as they come: what a commit of a slot's rows costs in a full database.
fn writer(opened: &mut store::Opened, now_ms: i64) -> Outcome<()> {
    let began = Instant::now();
    for slot in DAYS * 96..DAYS * 96 + 10 {
        (0..METERS).for_each(|meter| opened.store.posting(posting(meter, slot)));
        (0..ROOMS).for_each(|room| opened.store.room_slot(room_slot(room, slot)));
        commit(&mut opened.store, &mut opened.events, now_ms)?;
    }
    say("report.commit_of_a_slot", began.elapsed().as_secs_f64() * 100.0, "ms");
    Ok(())
}

fn commit(store: &mut Store, events: &mut store::Events, now_ms: i64) -> Outcome<()> {
    let number = loop {
        match store.submit(Some(now_ms)) {
            Ok(number) => break number.ok_or("nothing to commit")?,
            Err(SubmitError::Busy) => drop(events.next_blocking()),
            Err(SubmitError::Gone) => return Err("the writer has ended".into()),
        }
    };
    loop {
        match events.next_blocking() {
            Some(Event::Committed(done)) if done.batch == number => return Ok(()),
            Some(Event::Failed { what, .. }) => return Err(what.into()),
            Some(_) => {}
            None => return Err("the writer has ended".into()),
        }
    }
}
