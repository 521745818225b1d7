//! Bytes on the serial line, to a node and to a bench: neither panics, and what was understood can be said again.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/noise/hear.rs"]
mod hear;

fuzz_target!(|bytes: &[u8]| {
    hear::hear(bytes);
    hear::read(bytes);
});
