//! `cargo xtask bench light`: what the light loop is measured by, as a document on stdout.

#[path = "../light/closed.rs"]
mod closed;
#[path = "../light/measure.rs"]
#[allow(dead_code, reason = "tests name the room that fails")]
mod measure;

use measure::{Room, Trial, quantile, ramp, steady};

const ROOMS: usize = 16;
const SEED: u64 = 2;

fn main() {
    println!("<!-- Written by `cargo xtask bench light`; not by hand. -->");
    println!("# Light in a closed loop, measured\n");
    println!(
        "The real controller and real node brains around simulated lamps, sensors and sky, {ROOMS} rooms each, seed {SEED}. A lesson, somebody sits\n\
         there; payloads take up to 0.4 s. Sensors scatter by the noise named; lamps add that share of what was configured. *New*: lamps of which\n\
         nothing is known. *Learnt*: the same, after one more lesson. How: [decision 23](../adr/0023-light-is-a-loop.md).\n"
    );
    println!(
        "Steady daylight, one hour; right is within 10 % of 300 lx. Goal: 60 s, then no turn and at most 10 %.\n"
    );
    println!(
        "| lamps | noise | | settled p50 | p99 | off p50 | p99 | most | turns | below 300 lx |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (share, noise) in [
        ((1.0, 1.0), 0.0),
        ((1.0, 1.0), 0.02),
        ((0.5, 1.0), 0.02),
        ((1.0, 2.0), 0.02),
        ((0.5, 2.0), 0.02),
    ] {
        for learnt in [false, true] {
            let rooms = steady(Trial { rooms: ROOMS, seed: SEED, noise, share }, learnt);
            row(share, noise, if learnt { "learnt" } else { "new" }, &rooms);
        }
    }
    println!(
        "\nDaylight from 0 to 2000 lx in 30 min (dawn), or back (dusk). Goal: one turn in 10 min at most.\n"
    );
    println!(
        "| lamps | noise | | turns in 10 min, most | seconds below 300 lx with lamps not full, p50 | p99 | least light there, p1 |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (share, noise) in [((1.0, 1.0), 0.02), ((0.5, 2.0), 0.02)] {
        for down in [false, true] {
            let rooms = ramp(Trial { rooms: ROOMS, seed: SEED, noise, share }, down);
            let most = rooms.iter().map(|room| room.turns_in_10_min).max().unwrap_or(0);
            let below = |share| quantile(rooms.iter().map(|room| room.below_s as f64), share);
            let least = quantile(rooms.iter().filter_map(|room| room.least_below()), 0.01);
            let least = if least > 0.0 { format!("{least:.0} lx") } else { "–".to_owned() };
            println!(
                "| {} | {:.0} % | {} | {most} | {:.0} | {:.0} | {least} |",
                shares(share),
                noise * 100.0,
                if down { "dusk" } else { "dawn" },
                below(0.5),
                below(0.99),
            );
        }
    }
    println!(
        "\nAt dusk 300 lx of 2000 lx in half an hour are lost at 1.1 lx a second, 11 lx between two looks of a sensor; lamps are ahead by that, and not always enough."
    );
}

fn shares((from, to): (f64, f64)) -> String {
    if from == to {
        format!("{:.0} %", from * 100.0)
    } else {
        format!("{:.0} to {:.0} %", from * 100.0, to * 100.0)
    }
}

fn row(share: (f64, f64), noise: f64, what: &str, rooms: &[Room]) {
    let settled = |share| quantile(rooms.iter().map(|it| it.settled_s.unwrap_or(9_999.0)), share);
    let error = |share| 100.0 * quantile(rooms.iter().flat_map(|it| it.errors.clone()), share);
    let turns: usize = rooms.iter().map(|room| room.turns).sum();
    let below: usize = rooms.iter().map(|room| room.below_s).sum();
    println!(
        "| {} | {:.0} % | {what} | {:.0} s | {:.0} s | {:.1} % | {:.1} % | {:.1} % | {turns} | {below} s |",
        shares(share),
        noise * 100.0,
        settled(0.5),
        settled(0.99),
        error(0.5),
        error(0.99),
        error(1.0),
    );
}
