//! `cargo xtask hub outage`: thirty days without a hub, and its return, as a document on stdout.
//!
//! `outage [--days N] [--rooms N] [--meters N] [--budget MB] [--factor N]`; a factor divides rooms and meters.

#[path = "../it/postgres/absence.rs"]
mod absence;
#[path = "../it/postgres/district.rs"]
#[allow(dead_code, reason = "tests ask it more")]
mod district;

use absence::{Seen, Size, away_and_back, percentile};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut size = Size { days: 30, rooms: 300, meters: 60, budget_mb: 1024 };
    let mut factor = 1;
    let mut args = std::env::args().skip(1);
    while let Some(key) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{key}` wants a number"))?;
        let number = || value.parse::<usize>().map_err(|_| format!("`{key} {value}` is no number"));
        match key.as_str() {
            "--days" => size.days = number()?.max(1) as i64,
            "--rooms" => size.rooms = number()?,
            "--meters" => size.meters = number()?,
            "--budget" => size.budget_mb = number()? as u64,
            "--factor" => factor = number()?.max(1),
            _ => {
                return Err(format!(
                    "no option `{key}`; there are --days, --rooms, --meters, --budget, --factor"
                )
                .into());
            }
        }
    }
    let full = size.rows();
    // Three rooms are the least: some react before, some while the backlog is drained.
    (size.rooms, size.meters) = ((size.rooms / factor).max(6), (size.meters / factor).max(1));
    let seen = away_and_back("hub-outage", &size);
    print(&size, &seen, full);
    if seen.times_real < 20.0 {
        return Err(
            format!("drained at {:.1} times real time; the aim is 20", seen.times_real).into()
        );
    }
    Ok(())
}

fn print(size: &Size, seen: &Seen, full: u64) {
    let Seen { backlog, bytes, budget_bytes, made, drained, times_real, waits, reactions } = seen;
    println!("<!-- Written by `cargo xtask hub outage`; not by hand. -->");
    println!("# Days without a hub, measured\n");
    println!(
        "{}, a real broker, a receiver and PostgreSQL on this machine of {} cores at once, beside other work: {} rooms and {} meters\n\
         were without a hub for {} days in slots of 5 min. The days are written into the agent's database as the agent would have, and its\n\
         writer makes the summaries; then the agent starts and the hub comes back. {}\n",
        if cfg!(debug_assertions) { "Unoptimised builds" } else { "Release builds" },
        std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        size.rooms,
        size.meters,
        size.days,
        match full / backlog {
            0 | 1 => "This is the full size.".to_owned(),
            factor => format!("**This is 1/{factor} of the full size.**"),
        }
    );
    let ms = |duration: std::time::Duration| duration.as_secs_f64() * 1000.0;
    let mb = |bytes: u64| bytes as f64 / 1e6;
    println!("| | |\n|---|---|");
    println!("| rows that waited; none was shed | {backlog} |");
    println!("| on the disk, of the budget | {:.0} of {:.0} MB |", mb(*bytes), mb(*budget_bytes));
    println!(
        "| made by the agent's writer | {:.0} s, {:.0} rows/s |",
        made.as_secs_f64(),
        *backlog as f64 / made.as_secs_f64()
    );
    println!(
        "| drained, from the first row at the hub | {:.0} s, {:.0} rows/s, {times_real:.0} times real time (goal: 20) |",
        drained.as_secs_f64(),
        *backlog as f64 / drained.as_secs_f64()
    );
    println!(
        "| live rows made meanwhile, and until the hub was seen to hold them: p50 · p99 · longest | {} rows, {:.1} · {:.1} · {:.1} s |",
        waits.len(),
        percentile(waits, 50).as_secs_f64(),
        percentile(waits, 99).as_secs_f64(),
        percentile(waits, 100).as_secs_f64()
    );
    for (times, when) in reactions.iter().zip(["before", "while it was drained"]) {
        println!(
            "| from a movement in a dark room to its lamps, {when}: p50 · p99 of {} rooms | {:.1} · {:.1} ms |",
            times.len(),
            ms(percentile(times, 50)),
            ms(percentile(times, 99))
        );
    }
    println!(
        "\nThe ledger: number and sum of all postings of that time are the same before and after, and equal to the energy of slots and of days\n\
         at the hub, to the watt-hour. `campus hub verify` finds every row and every link of its chains."
    );
}
