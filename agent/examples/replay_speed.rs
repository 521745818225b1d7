//! How fast other settings are tried on a recorded past: `campus rule replay`, without its socket.
//!
//! `cargo run --profile dist -p agent --example replay_speed [FOLDER [DAYS [ROOMS [PAGE]]]]`, or `cargo xtask bench
//! replay`, which keeps what came out in `docs/reference/replay.md`; FOLDER should be on a disk. One number per line
//! with its unit. The aim is a year of 100 rooms in 60 s on two cores. CPU seconds are the kernel's own accounting
//! of this process: on a machine that does other work too they say more than the clock on the wall.
//!
//! The past is that of a school as its nodes report it: everything once a minute, 20 readings of three zones
//! and their meters; lessons with people who sit still, breaks, empty evenings and weekends; lamps that do what
//! the controller decided. What it decided live is kept beside the log, so the same run proves that the log
//! told again decides the same, byte for byte.

use agent::again::Present;
use agent::again::trial::{Tried, trial_in};
use agent::answers;
use agent::config::Config;
use agent::store::{self, Limits, Opened, SubmitError};
use controller::{Action, Controller, Input, NodeIx, RoomIx, Timestamp};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;
use wire::{Frame, Quantity, Reading, Sample, Value};

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
/// Monday 2026-09-07, 00:00 in Shanghai.
const START_MS: i64 = 1_788_710_400_000;
const ZONES: [&str; 3] = ["window", "inner", "board"];
/// A zone's lamps at full light, W.
const FULL_W: i64 = 216;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |nth: usize, usual: i64| args.get(nth).map_or(Ok(usual), |text| text.parse());
    let (days, rooms) = (number(1, 28)?, number(2, 100)?);
    let folder = Path::new(args.first().map_or(".", String::as_str));
    let folder = folder.join(format!("replay-speed-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let outcome = measure(&folder, days, rooms as u32);
    fs::remove_dir_all(&folder)?;
    match args.get(3) {
        Some(page) => Ok(fs::write(page, written(&outcome?, days, rooms)?)?),
        None => outcome.map(|_| ()),
    }
}

fn say(name: &str, value: f64, unit: &str) {
    println!("{name} {value:.3} {unit}");
}

/// What one way of telling the log took.
struct Measured {
    /// Where the candidate differs.
    differ: &'static str,
    parts: usize,
    rows: u64,
    changes: u64,
    took_s: f64,
    cpu_s: f64,
    /// Rows of a year of 100 rooms, as a multiple.
    years: f64,
}

/// The page of `docs/reference`.
fn written(all: &[Measured], days: i64, rooms: i64) -> Outcome<String> {
    let processors = std::thread::available_parallelism()?;
    let load = fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default();
    let mut page = format!(
        "<!-- Written by `cargo xtask bench replay`; not by hand. -->\n# The past told again, measured\n\n\
         `campus rule replay` without its socket, built with `--profile dist`: {days} days of {rooms} rooms, each with a node that\n\
         reports 20 readings once a minute. Lessons, people who sit still, breaks, empty evenings and weekends; what was\n\
         decided live lies beside the log, and every run decided the same again, byte for byte. The log is told to two\n\
         worlds where they differ: today's settings, and a hold of 7 min for one of 10 min. A year of 100 rooms are 52.6 million rows; the aim is\n\
         60 s on two cores. The machine has {processors} processors; other work on it at the end (load average of a minute): {load}.\n\
         CPU seconds are this process's own, so divided by the cores they are the wall time of a machine that does nothing else.\n\n\
         | rooms that differ | parts | rows | changes | rows/s | CPU-µs a row | a year of 100 rooms, wall | CPU | CPU a part |\n\
         |---|---|---|---|---|---|---|---|---|\n"
    );
    for it in all {
        let Measured { differ, parts, rows, changes, took_s, cpu_s, years } = it;
        page += &format!(
            "| {differ} | {parts} | {rows} | {changes} | {:.0} | {:.2} | {:.0} s | {:.0} s | {:.0} s |\n",
            *rows as f64 / took_s,
            cpu_s / *rows as f64 * 1e6,
            took_s * years,
            cpu_s * years,
            cpu_s * years / *parts as f64,
        );
    }
    Ok(page)
}

fn measure(folder: &Path, days: i64, rooms: u32) -> Outcome<Vec<Measured>> {
    let parse = |text: &str| -> Outcome<Config> {
        let name = folder.join("campus.toml");
        Ok(Config::parse(text, &name.to_string_lossy()).map_err(|error| error.to_string())?)
    };
    let today = parse(&text(rooms, 10))?;
    let everywhere = parse(&text(rooms, 7))?.campus;
    // A rule, or a number, of one building: rooms of the others need no world of their own.
    let mut here = today.campus.clone();
    for room in here.rooms.iter_mut().filter(|room| room.building.as_str() == "b0") {
        room.zones.iter_mut().for_each(|zone| zone.lighting.hold_ms = 7 * MINUTE_MS as u32);
    }
    let path = folder.join("campus.db");
    let began = Instant::now();
    let frames = record(&today, &path, days)?;
    say("replay.record", began.elapsed().as_secs_f64(), "s");
    say("replay.file", fs::metadata(&path)?.len() as f64 / frames as f64, "B/frame");

    let limits = limits();
    let opened = store::open(&path, limits, START_MS)?;
    let past = opened.store.reader();
    let rules = agent::rulebook::Current::default();
    let present = Present { campus: &today.campus, source: &today.source, rules: &rules };
    let span = (Timestamp(START_MS), Timestamp(START_MS + days * DAY_MS));
    let mut all = Vec::new();
    let candidates = [("all", &everywhere), ("of one building in four", &here)];
    for (differ, candidate) in candidates {
        let mut whole = None;
        for parts in [1, 2] {
            let (began, cpu) = (Instant::now(), cpu_s()?);
            let tried = trial_in(&past, present, candidate, span, parts)?;
            let (took_s, cpu_s) = (began.elapsed().as_secs_f64(), cpu_s()? - cpu);
            check(&tried, frames)?;
            let what = format!("replay.{}.{parts}_parts", differ.replace(' ', "_"));
            say(&format!("{what}.rows"), frames as f64 / took_s, "rows/s");
            say(&format!("{what}.cpu"), cpu_s / frames as f64 * 1e6, "CPU-µs/row");
            let years = 365.0 / days as f64 * 100.0 / f64::from(rooms);
            say(&format!("{what}.year"), took_s * years, "s for a year of 100 rooms");
            say(&format!("{what}.year_cpu"), cpu_s * years, "CPU-s for a year of 100 rooms");
            say(&format!("{what}.changes"), tried.again as f64, "changes");
            let (rows, changes) = (frames, tried.again);
            all.push(Measured { differ, parts, rows, changes, took_s, cpu_s, years });
            if whole.get_or_insert_with(|| tried.rooms.clone()) != &tried.rooms {
                return Err("in parts it is something else than at once".into());
            }
        }
    }
    opened.store.close();
    Ok(all)
}

/// What is measured is worth nothing if it is not right.
fn check(tried: &Tried, frames: u64) -> Outcome<()> {
    if !tried.same || tried.again == 0 || tried.rows != frames || tried.damaged > 0 {
        let (recorded, again) = (tried.recorded, tried.again);
        return Err(format!(
            "not what was decided live: {recorded} and {again} changes, {} of {frames} rows",
            tried.rows
        )
        .into());
    }
    if tried.rooms.iter().all(|room| room.moments_total == 0) {
        return Err("another hold makes no difference".into());
    }
    Ok(())
}

fn text(rooms: u32, hold_min: u32) -> String {
    let mut text = format!(
        "[campus]\nid = \"bench\"\ntime_zone = \"Asia/Shanghai\"\n[broker]\nurl = \"embedded\"\n\
         [timetable]\nopen = \"07:00-18:00\"\nlessons = [\"08:00-08:45\", \"08:55-09:40\", \
         \"10:00-10:45\", \"10:55-11:40\", \"14:00-14:45\", \"14:55-15:40\", \"15:50-16:35\"]\n\
         [lighting]\nhold_min = {hold_min}\n",
    );
    for room in 0..rooms {
        text += &format!("[[room]]\nid = \"b{}/{room}\"\n", room % 4);
        for zone in ZONES {
            text += &format!("[[room.zone]]\nid = \"{zone}\"\nlamp_lx = 130\n");
        }
        text += &format!("[[node]]\nid = \"n{room}\"\nroom = \"b{}/{room}\"\n", room % 4);
    }
    text
}

fn limits() -> Limits {
    let bytes = 64 << 30;
    let ms = 4_000 * DAY_MS;
    Limits {
        ballast_bytes: 0,
        bytes_max: bytes,
        file_bytes_max: bytes,
        check_bytes: 0,
        retain_log_ms: ms,
        retain_change_ms: ms,
        ..Limits::default()
    }
}

/// A school lives for so many days; returns how many frames it has sent.
fn record(config: &Config, path: &Path, days: i64) -> Outcome<u64> {
    let Opened { mut store, mut events, .. } = store::open(path, limits(), START_MS)?;
    let mut controller = Controller::new(config.campus.clone(), Timestamp(START_MS))?;
    let names: Vec<String> = config.campus.nodes.iter().map(|node| node.id.to_string()).collect();
    let mut rooms: Vec<Room> = (0..names.len()).map(|nth| Room::new(nth as u64)).collect();
    let (mut out, mut frames) = (Vec::new(), 0);
    for minute in 0..days * 24 * 60 {
        for (nth, (name, room)) in names.iter().zip(&mut rooms).enumerate() {
            let node = NodeIx(nth as u32);
            let within = nth as i64 * MINUTE_MS / names.len() as i64;
            let at = Timestamp(START_MS + minute * MINUTE_MS + within);
            let frame = room.frame(&controller, node, at);
            controller.handle(Input::Frame { node, frame: &frame }, at, &mut out);
            store.frame(controller.now().0, name, &frame);
            frames += 1;
            for action in out.drain(..) {
                let Action::Changed { at, room, zone, from_pct, verdict } = action else {
                    continue;
                };
                let change = answers::change(&controller, room, zone, from_pct, &verdict, at);
                store.change(change);
            }
            if store.is_full() {
                submit(&mut store, &mut events)?;
            }
        }
    }
    submit(&mut store, &mut events)?;
    store.close();
    Ok(frames)
}

fn submit(store: &mut store::Store, events: &mut store::Events) -> Outcome<()> {
    loop {
        match store.submit(None) {
            Ok(_) => return Ok(()),
            Err(SubmitError::Busy) => match events.next_blocking() {
                Some(store::Event::Failed { what, .. }) => return Err(what.into()),
                Some(_) => {}
                None => return Err("the writer has ended".into()),
            },
            Err(gone) => return Err(gone.into()),
        }
    }
}

/// What a room's node knows.
struct Room {
    seed: u64,
    seq: u32,
    energy_mwh: [i64; 3],
    lit_s: [i64; 3],
}

impl Room {
    fn new(nth: u64) -> Self {
        let seed = nth.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Self { seed, seq: 0, energy_mwh: [0; 3], lit_s: [0; 3] }
    }

    /// The next number of a row that looks like chance (xorshift64).
    fn chance(&mut self, of: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % of
    }

    /// Everything that its node reports at `at`.
    fn frame(&mut self, controller: &Controller, node: NodeIx, at: Timestamp) -> Frame<'static> {
        let minute = (at.0 - START_MS).div_euclid(MINUTE_MS);
        let (day, of_day) = (minute / 1440, minute % 1440);
        // Five days of lessons; a class that uses this room in three of four.
        let class = (minute / 55 + i64::from(node.0)) % 4 != 0;
        let school = day % 7 < 5 && (8 * 60..16 * 60 + 35).contains(&of_day) && class;
        let moves = school && self.chance(10) < 7;
        let daylight_lx = match of_day {
            360..1080 => {
                let bow = 360 - (of_day - 720).abs();
                bow * (2 + (day * 7 + i64::from(node.0)) % 5) / 3 + self.chance(12) as i64
            }
            _ => 0,
        };
        let levels = levels(controller, RoomIx(node.0));
        let lamps_lx: i64 = levels.iter().map(|level| level * 130 / 100).sum();
        self.seq += 1;
        let mut readings = heapless::Vec::new();
        let mut put = |quantity, channel, milli| {
            let sample = Sample::Is(Value::from_milli(milli));
            // Twenty, and there is room for 24.
            let _ = readings.push(Reading { quantity, channel, sample });
        };
        put(Quantity::Motion, "", i64::from(moves) * 1000);
        put(Quantity::IlluminanceLx, "", (daylight_lx + lamps_lx) * 1000);
        put(Quantity::Co2Ppm, "", (450 + i64::from(school) * (of_day % 55) * 10) * 1000);
        put(Quantity::TemperatureC, "", 20_000 + of_day);
        put(Quantity::HumidityPct, "", 45_000 + of_day % 97 * 10);
        for (nth, zone) in ZONES.into_iter().enumerate() {
            let power_w = levels[nth] * FULL_W / 100;
            self.energy_mwh[nth] += power_w * 1000 / 60;
            self.lit_s[nth] += i64::from(levels[nth] > 0) * 60;
            put(Quantity::LevelPct, zone, levels[nth] * 1000);
            put(Quantity::LitS, zone, self.lit_s[nth] * 1000);
            put(Quantity::Presses, zone, 0);
            put(Quantity::PowerW, zone, power_w * 1000);
            put(Quantity::EnergyWh, zone, self.energy_mwh[nth] / 1000 * 1000);
        }
        let up = u64::from(self.seq) * MINUTE_MS as u64;
        let (seq, t) = (self.seq, Some(at.0));
        Frame { boot: 1, seq, oldest: seq, t, up, sent: up, lost: None, readings, unknown: 0 }
    }
}

/// Where its lamps are: they obey.
fn levels(controller: &Controller, room: RoomIx) -> [i64; 3] {
    let mut levels = [0; 3];
    let node = NodeIx(room.0);
    if let Some(desired) = controller.desired(node) {
        for (level, lamp) in levels.iter_mut().zip(&desired.lamps) {
            *level = i64::from(lamp.level_pct);
        }
    }
    levels
}

/// CPU seconds of this process: fields 14 and 15 of `/proc/self/stat`, in ticks of 10 ms.
fn cpu_s() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let behind = stat.rsplit_once(") ").ok_or("no such file")?.1;
    let ticks = behind.split(' ').skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}
