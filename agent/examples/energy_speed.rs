//! How fast the ledger books registers, and a month's report of a whole agent.
//!
//! `cargo run --release -p agent --example energy_speed [FOLDER]`, or `cargo xtask bench energy`; FOLDER
//! should be on a disk, not on a tmpfs. One number per line with its unit. CPU seconds are the
//! kernel's own accounting of this process.
//!
//! - ledger: 60 polled meters say their registers for 30 days, once a minute and once a slot;
//! - report: 300 rooms and 60 meters with a year of quarter hours; the aim is a month in below 1 s,
//!   asked over the socket as `campus report month` asks.

use agent::clock::Clock;
use agent::config::Config;
use agent::store::import::Import;
use agent::store::{Limits, Posting, RoomSlot, Snapshot};
use controller::{Action, Controller, Input, MeterIx, Reading, Timestamp};
use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

const METERS: u32 = 60;
const ROOMS: u32 = 300;
const SLOT_MS: i64 = 900_000;
const DAY_MS: i64 = 86_400_000;
const DAYS: i64 = 365;
/// A midnight in UTC.
const START_MS: i64 = 20_454 * DAY_MS;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let folder = Path::new(&folder).join(format!("energy-speed-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let outcome = measure(&folder);
    fs::remove_dir_all(&folder)?;
    outcome
}

fn measure(folder: &Path) -> Outcome<()> {
    let path = folder.join("campus.toml");
    let config =
        Config::parse(&text(), &path.to_string_lossy()).map_err(|error| error.to_string())?;
    ledger(&config, "minute", 60_000)?;
    ledger(&config, "slot", SLOT_MS)?;
    fill(&config.store)?;
    report(config)
}

fn say(name: &str, value: f64, unit: &str) {
    println!("{name} {value:.3} {unit}");
}

/// A campus whose bus nobody answers: what is measured is not the bus.
fn text() -> String {
    let mut text = String::from(
        "[campus]\nid = \"bench\"\nname = \"Bench\"\ntime_zone = \"Asia/Shanghai\"\n\
         [broker]\nurl = \"embedded\"\nlisten = \"127.0.0.1:0\"\n[store]\npath = \"campus.db\"\n\
         [api]\nsocket = \"agent.sock\"\n[timetable]\nopen = \"07:00-18:00\"\n\
         lessons = [\"08:00-08:45\", \"08:55-09:40\"]\n\
         [[bus]]\nid = \"riser\"\nlink = \"tcp://127.0.0.1:9\"\n\
         [[tariff]]\nfrom = \"2020-01-01\"\ncurrency = \"CNY\"\n\
         [[tariff.band]]\nid = \"peak\"\nprice = 1.2\nspans = [\"09:00-12:00\", \"17:00-21:00\"]\n\
         [[tariff.band]]\nid = \"flat\"\nprice = 0.7\nrest = true\n\
         [[co2]]\nyear = 2022\nkg_per_kwh = 0.5366\nregion = \"China\"\nsource = \"MEE\"\n",
    );
    for room in 0..ROOMS {
        let (building, room) = (room % 12, room / 12);
        text += &format!(
            "[[room]]\nid = \"b{building}/{room}\"\n[[room.zone]]\nid = \"all\"\n\
             [[node]]\nid = \"n{building}-{room}\"\nroom = \"b{building}/{room}\"\n"
        );
    }
    for meter in 0..METERS {
        let building = meter % 12;
        let parent = (meter >= 12).then(|| format!("parent = \"m{building}\"\n"));
        text += &format!(
            "[[meter]]\nid = \"m{meter}\"\nbus = \"riser\"\naddress = {}\nprofile = \"eastron-sdm120\"\n\
             building = \"b{building}\"\n{}",
            meter + 1,
            parent.unwrap_or_default(),
        );
    }
    text
}

/// Thirty days of every meter, a register each `every_ms`.
fn ledger(config: &Config, name: &str, every_ms: i64) -> Outcome<()> {
    let mut controller = Controller::new(config.campus.clone(), Timestamp(START_MS))?;
    let (mut actions, mut readings, mut postings) = (Vec::new(), 0u64, 0u64);
    let before_s = cpu_s()?;
    for step in 0..30 * DAY_MS / every_ms {
        let at = Timestamp(START_MS + step * every_ms);
        for meter in 0..METERS {
            // Some ten kilowatts, different for each meter and never quite the same.
            let register_wh = 1_000_000 + step * (every_ms / 360 + i64::from(meter)) + step % 7;
            let reading = Reading { at, register_wh, power_mw: None, ratio_milli: 1_000 };
            controller.handle(Input::Register { meter: MeterIx(meter), reading }, at, &mut actions);
            readings += 1;
            let is_posting = |action: &&Action| matches!(action, Action::Posting(_));
            postings += actions.iter().filter(is_posting).count() as u64;
            actions.clear();
        }
    }
    let used_s = cpu_s()? - before_s;
    if postings < u64::from(METERS) * 30 * 95 {
        return Err(format!("{postings} postings are too few").into());
    }
    say(&format!("ledger.{name}.readings"), readings as f64 / used_s, "readings/CPU-s");
    say(&format!("ledger.{name}.postings"), postings as f64 / used_s, "postings/CPU-s");
    say(&format!("ledger.{name}.cpu"), used_s / readings as f64 * 1e6, "CPU-s/million readings");
    Ok(())
}

/// Writes the year.
fn fill(path: &Path) -> Outcome<()> {
    let began = Instant::now();
    let limits = Limits { ballast_bytes: 0, ..Limits::default() };
    let mut import = Import::begin(path, limits, START_MS)?;
    for slot in 0..DAYS * 96 {
        for meter in 0..METERS {
            // Meters report in another order every time, as they do on a bus.
            import.posting(&posting((meter * 7 + slot as u32 * 11) % METERS, slot))?;
        }
        for room in 0..ROOMS {
            import.room_slot(&room_slot(room, slot))?;
        }
    }
    import.finish(START_MS + DAYS * DAY_MS)?;
    say("report.fill", began.elapsed().as_secs_f64(), "s");
    say("report.file", fs::metadata(path)?.len() as f64 / 1e6, "MB");
    Ok(())
}

fn posting(meter: u32, slot: i64) -> Posting {
    let slot_ms = START_MS + slot * SLOT_MS;
    let register_wh = 1_000_000 + slot * 2_500;
    Posting {
        meter: format!("m{meter}"),
        slot_ms,
        energy_wh: 2_000 + (i64::from(meter) * 37 + slot * 53) % 1_200,
        quality: 0,
        cause: 0,
        register_wh,
        revision: 1,
        read: Some(Snapshot { at_ms: slot_ms + SLOT_MS - 4_321, register_wh: register_wh - 3 }),
    }
}

fn room_slot(room: u32, slot: i64) -> RoomSlot {
    let lit_ms = ((i64::from(room) * 7_919 + slot * 104_729) % SLOT_MS) as u32;
    RoomSlot {
        room: format!("b{}/{}", room % 12, room / 12),
        slot_ms: START_MS + slot * SLOT_MS,
        occupied_ms: 900_000 - lit_ms / 3,
        lit_ms,
        lit_empty_ms: lit_ms / 9,
        lit_hold_ms: lit_ms / 7,
        dark_ms: 0,
        unknown_ms: 0,
    }
}

/// A month, a week and a day of a running agent.
fn report(config: Config) -> Outcome<()> {
    let socket = config.socket();
    // Two days after the year: nothing of it is packed or repaired just then.
    let clock = Clock::scaled(Instant::now(), START_MS + (DAYS + 2) * DAY_MS, 1.0);
    let limits = Limits { ballast_bytes: 0, ..Limits::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let running = runtime.block_on(agent::run::start(config, clock, limits))?;
    let at_ms = START_MS + 250 * DAY_MS;
    for period in ["month", "week", "day"] {
        for round in ["cold", "warm", "again"] {
            let began = Instant::now();
            let body = get(&socket, &format!("/v1/report?period={period}&at_ms={at_ms}"))?;
            say(&format!("report.{period}.{round}"), began.elapsed().as_secs_f64(), "s");
            let report: serde_json::Value = serde_json::from_str(&body)?;
            let count = |what: &str| report[what].as_array().map_or(0, Vec::len) as u32;
            let whole = report["energy_wh"].as_i64() > Some(0);
            if !whole || count("rooms") != ROOMS || count("meters") != METERS {
                return Err(format!("not a whole report: {body:.400}").into());
            }
        }
    }
    runtime.block_on(running.stop());
    Ok(())
}

fn get(socket: &Path, path: &str) -> Outcome<String> {
    let mut stream = UnixStream::connect(socket)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: campus\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned())
}

/// CPU seconds of this process: fields 14 and 15 of `/proc/self/stat`, in ticks of 10 ms.
fn cpu_s() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after = stat.rsplit_once(") ").ok_or("no name in /proc/self/stat")?.1;
    let ticks = after.split(' ').skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}
