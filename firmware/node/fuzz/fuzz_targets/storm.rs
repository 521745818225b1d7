//! Bytes as a program of payloads, time, restarts and flash: the node is never stuck, never panics, and
//! says nothing that the wire would refuse.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/node/storm.rs"]
mod storm;

fuzz_target!(|program: &[u8]| storm::storm(program));
