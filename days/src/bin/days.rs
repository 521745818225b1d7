//! `cargo xtask days`: room-days by the thousand, or one of them with its story.
#![expect(clippy::print_stdout, reason = "a command says what it found")]

use days::plan::Plan;
use days::{check, run_all, shrink};
use std::process::ExitCode;

const HELP: &str = "\
Runs seeded room-days with faults and asserts every invariant on each

Usage: cargo xtask days [--room-days N] [--from SEED] [--threads N]
       cargo xtask days --seed SEED [--faults all|none|0,2,…]

  --room-days N   how many days, one seed each (10000)
  --from SEED     the first seed (1)
  --threads N     how many at once (all processors)
  --seed SEED     one day, with what happened last
  --faults LIST   … with these of its faults only
  --until HH:MM   … and what happened last before that time
";

struct Args {
    room_days: u64,
    from: u64,
    threads: u64,
    seed: Option<u64>,
    faults: Option<Vec<usize>>,
    until_ms: Option<i64>,
}

fn main() -> ExitCode {
    match read(std::env::args().skip(1)) {
        Ok(None) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Some(args)) => match args.seed {
            Some(seed) => one(seed, args.faults.as_deref(), args.until_ms),
            None => many(&args),
        },
        Err(what) => {
            eprintln!("error: {what}\n\nhint: `cargo xtask days --help`");
            ExitCode::from(2)
        }
    }
}

fn read(mut args: impl Iterator<Item = String>) -> Result<Option<Args>, String> {
    let threads = std::thread::available_parallelism().map_or(1, |it| it.get() as u64);
    let mut read =
        Args { room_days: 10_000, from: 1, threads, seed: None, faults: None, until_ms: None };
    while let Some(name) = args.next() {
        if name == "--help" || name == "-h" {
            return Ok(None);
        }
        let value = args.next().ok_or_else(|| format!("`{name}` needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("`{value}` is no number"));
        match name.as_str() {
            "--room-days" => read.room_days = number()?,
            "--from" => read.from = number()?,
            "--threads" => read.threads = number()?.clamp(1, 64),
            "--seed" => read.seed = Some(number()?),
            "--faults" if value == "all" => read.faults = None,
            "--faults" if value == "none" => read.faults = Some(Vec::new()),
            "--faults" => {
                let each = value.split(',').map(|it| it.parse::<usize>());
                let all: Result<Vec<usize>, _> = each.collect();
                read.faults = Some(all.map_err(|_| format!("`{value}` is no list of numbers"))?);
            }
            "--until" => {
                let (hours, minutes) = value.split_once(':').ok_or("`--until` is a time: 15:30")?;
                let number =
                    |text: &str| text.parse::<i64>().map_err(|_| format!("`{value}` is no time"));
                read.until_ms = Some((number(hours)? * 60 + number(minutes)?) * 60_000);
            }
            other => return Err(format!("no option `{other}`")),
        }
    }
    Ok(Some(read))
}

fn one(seed: u64, faults: Option<&[usize]>, until_ms: Option<i64>) -> ExitCode {
    let plan = Plan::draw(seed);
    let plan = plan.without(|nth, _| faults.is_none_or(|kept| kept.contains(&nth)));
    if let Some(until_ms) = until_ms {
        let ran = days::day::run(&plan, Some(plan.start + until_ms));
        ran.story.iter().for_each(|line| println!("{line}"));
        return ExitCode::SUCCESS;
    }
    let ran = check(&plan, true);
    let kept = faults.map_or_else(|| (0..plan.faults.len()).collect(), <[usize]>::to_vec);
    if ran.broken.is_none() {
        for fault in &plan.faults {
            println!("fault: {:?}", fault.what);
        }
        ran.story.iter().for_each(|line| println!("{line}"));
        println!("every invariant holds: {}", days::summary(&ran.figures));
        return ExitCode::SUCCESS;
    }
    println!("{}", shrink::report(&shrink::Shrunk { plan, kept, ran }));
    ExitCode::FAILURE
}

fn many(args: &Args) -> ExitCode {
    let until = args.from + args.room_days;
    let part = |nth: u64| (args.from + nth..until).step_by(args.threads as usize);
    let parts: Vec<days::Days> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..args.threads).map(|nth| scope.spawn(move || run_all(part(nth), 20))).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).collect()
    });
    let mut all = days::Days::default();
    for part in parts {
        all.held += part.held;
        all.figures.add(&part.figures);
        all.broken.extend(part.broken);
    }
    all.broken.sort_unstable();
    println!("{} room-days hold every invariant", all.held);
    println!("{}", days::summary(&all.figures));
    for (seed, invariant) in &all.broken {
        println!("{invariant}: seed {seed}");
    }
    let q5 = days::q5(&all.figures);
    if let Some(what) = &q5 {
        println!("{what}");
    }
    let Some((seed, _)) = all.broken.first() else {
        return if q5.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    };
    if let Some(shrunk) = shrink::shrink(&Plan::draw(*seed)) {
        println!("{}", shrink::report(&shrunk));
    }
    ExitCode::FAILURE
}
