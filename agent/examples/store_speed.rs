//! How fast the store takes frames, what that costs, and how much reaches the disk.
//!
//! `cargo run --release -p agent --example store_speed [FOLDER] [ROWS]`; FOLDER should be on a disk,
//! not on a tmpfs. The aims: 50,000 rows/s at 4,000 rows a commit, at most 6 µs of CPU per row, and
//! at most 250 B written per row at 200 rows a commit.

use agent::store::{self, Event, Events, Limits, Store, SubmitError};
use std::fs;
use std::path::Path;
use std::time::Instant;
use wire::{Frame, Quantity, Reading, Sample, Value};

/// Nodes of the measured campus.
const NODES: u32 = 1_000;
/// What a lighting node of three lamp groups says every 10 s.
const READINGS: [(Quantity, &str, i64); 13] = [
    (Quantity::Motion, "", 1_000),
    (Quantity::IlluminanceLx, "", 312_500),
    (Quantity::Co2Ppm, "", 612_000),
    (Quantity::TemperatureC, "", 21_430),
    (Quantity::PowerW, "window", 43_200),
    (Quantity::PowerW, "inner", 44_100),
    (Quantity::PowerW, "board", 18_300),
    (Quantity::EnergyWh, "window", 104_220_000),
    (Quantity::EnergyWh, "inner", 99_311_000),
    (Quantity::EnergyWh, "board", 41_001_000),
    (Quantity::LevelPct, "window", 40_000),
    (Quantity::LevelPct, "inner", 60_000),
    (Quantity::LevelPct, "board", 0),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().unwrap_or_else(|| ".".to_owned());
    let rows: u32 = args.next().map_or(Ok(400_000), |rows| rows.parse())?;
    let folder = Path::new(&folder).join(format!("store-speed-{}", std::process::id()));
    fs::create_dir(&folder)?;
    println!("rows/commit  rows/s  CPU s/M rows  B/row written  B/row kept");
    for (rows, per_commit) in [(rows / 10, 200), (rows, 4_000)] {
        measure(&folder, rows, per_commit)?;
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn measure(folder: &Path, rows: u32, per_commit: u32) -> Result<(), Box<dyn std::error::Error>> {
    let path = folder.join(format!("{per_commit}.db"));
    let limits = Limits { ballast_bytes: 0, ..Limits::default() };
    let opened = store::open(&path, limits, START_MS)?;
    let (mut store, mut events) = (opened.store, opened.events);
    let (cpu, written, began) = (cpu_s()?, written_bytes()?, Instant::now());
    let names: Vec<String> = (0..NODES).map(|node| format!("science-{node}")).collect();
    let mut waiting = 0u32;
    for row in 0..rows {
        let (node, seq) = (row % NODES, row / NODES + 1);
        let at_ms = START_MS + i64::from(row) * 10;
        store.frame(at_ms, &names[node as usize], &frame(at_ms, node, seq));
        if (row + 1) % per_commit == 0 {
            while store.submit(Some(at_ms)) == Err(SubmitError::Busy) {
                waiting -= committed(&mut events);
            }
            waiting += 1;
        }
    }
    while waiting > 0 {
        waiting -= committed(&mut events);
    }
    let took = began.elapsed().as_secs_f64();
    let cpu = cpu_s()? - cpu;
    finish(store);
    let (rows, written) = (f64::from(rows), written_bytes()? - written);
    let kept = fs::metadata(&path)?.len() as f64 / rows;
    let (rate, cpu, written) = (rows / took, cpu / rows * 1e6, written / rows);
    println!("{per_commit:11}  {rate:6.0}  {cpu:12.2}  {written:13.0}  {kept:10.1}");
    Ok(())
}

const START_MS: i64 = 1_790_000_000_000;

fn frame(at_ms: i64, node: u32, seq: u32) -> Frame<'static> {
    let step = i64::from(seq);
    let readings = READINGS.iter().map(|&(quantity, channel, milli)| {
        let milli = match quantity {
            Quantity::EnergyWh => milli + step * 1_000,
            Quantity::Motion => step % 2 * 1_000,
            Quantity::LevelPct => milli,
            _ => milli + (step * 37 + i64::from(node) * 11) % 10 * resolution(quantity),
        };
        Reading { quantity, channel, sample: Sample::Is(Value::from_milli(milli)) }
    });
    let up = u64::from(seq) * 10_000;
    let t = Some(at_ms - 40);
    let readings = readings.collect();
    Frame { boot: 3, seq, oldest: seq, t, up, sent: up, lost: None, readings, unknown: 0 }
}

/// Thousandths that the sensors tell apart (SCD41, SHT40, BH1750 and the metering of the dimmers).
fn resolution(quantity: Quantity) -> i64 {
    match quantity {
        Quantity::Co2Ppm => 1_000,
        Quantity::TemperatureC => 10,
        _ => 100,
    }
}

/// Waits for the next event; 1 when it was a commit.
fn committed(events: &mut Events) -> u32 {
    match events.next_blocking() {
        Some(Event::Committed(_)) => 1,
        Some(other) => {
            println!("{other:?}");
            0
        }
        None => panic!("the writer has ended"),
    }
}

fn finish(store: Store) {
    store.close();
}

/// CPU seconds of this process: fields 14 and 15 of `/proc/self/stat`, in ticks of 10 ms.
fn cpu_s() -> Result<f64, Box<dyn std::error::Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after = stat.rsplit_once(") ").ok_or("no name in /proc/self/stat")?.1;
    let ticks = after.split(' ').skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}

/// Bytes that this process caused to be written to a disk.
fn written_bytes() -> Result<f64, Box<dyn std::error::Error>> {
    let io = fs::read_to_string("/proc/self/io")?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.ok_or("no write_bytes in /proc/self/io")?.parse()?)
}
