//! The short form of `cargo xtask fuzz mohurd`: the same damage, fewer frames, other seeds.

#![allow(clippy::disallowed_macros, reason = "counts are for whoever reads the log")]

#[path = "../examples/fuzz/mutate.rs"]
mod mutate;

#[test]
fn damaged_frames_are_refused_and_never_a_panic() {
    let counts = mutate::throw(30_000, 0x0dd);
    println!("{counts:?}");
    // Every way to end was reached, or the damage is not what it claims to be.
    let reached = [counts.messages, counts.frames, counts.ciphers, counts.xml, counts.short];
    assert!(reached.iter().all(|count| *count > 100), "{counts:?}");
    assert_eq!(counts, mutate::throw(30_000, 0x0dd), "the same seed throws the same");
}
