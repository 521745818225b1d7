//! Throws damaged frames at the parsers: `cargo xtask fuzz mohurd [FRAMES|--long]`.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a program that people run"
)]

mod mutate;

use std::time::Instant;

/// What `--long` throws.
const LONG: u64 = 10_000_000;

fn main() {
    let argument = std::env::args().nth(1);
    let count = match argument.as_deref() {
        None => LONG / 10,
        Some("--long") => LONG,
        Some(text) => text.parse().expect("a number of frames, or `--long`"),
    };
    // Two threads: what a small machine has.
    let begun = Instant::now();
    let half = std::thread::spawn(move || mutate::throw(count / 2, 0x5eed));
    let rest = mutate::throw(count - count / 2, 0xfeed);
    let half = half.join().expect("no panic");
    let sum = |pick: fn(&mutate::Counts) -> u64| pick(&half) + pick(&rest);
    println!(
        "mohurd fuzz: {} frames in {:.1} s, no panic",
        sum(|c| c.thrown),
        begun.elapsed().as_secs_f64()
    );
    println!("  read as messages     {:>10}", sum(|c| c.messages));
    println!("  refused as frames    {:>10}", sum(|c| c.frames));
    println!("  refused as cipher    {:>10}", sum(|c| c.ciphers));
    println!("  refused as XML       {:>10}", sum(|c| c.xml));
    println!("  never a whole frame  {:>10}", sum(|c| c.short));
}
