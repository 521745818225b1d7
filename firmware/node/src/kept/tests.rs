//! Records of the log come back as they went in.

use super::*;
use wire::{NoReading, Sample, Value};

#[test]
fn a_frame_comes_back_with_its_names() {
    let mut slots = Slots::new();
    let value = Sample::Is(Value::from_milli(21_500));
    slots.set(Quantity::TemperatureC, "", value, 0);
    slots.set(Quantity::LampFault, "window", Sample::No(NoReading::Off), 0);
    slots.set(Quantity::PowerW, "window", Sample::Is(Value::from_whole(-7)), 0);
    let mut record = Record { up: 123_456, ..Record::default() };
    record.readings.extend(slots.report(true));
    let key = Key { boot: 7, seq: 9 };
    for clock in [None, Some(1_789_000_000_000)] {
        let bytes = pack(key, clock, &record, &slots);
        let recalled = unpack(&bytes).expect("it has a key");
        assert_eq!((recalled.key, recalled.clock, recalled.up), (key, clock, 123_456));
        let reading = |quantity, channel, sample| Reading { quantity, channel, sample };
        assert_eq!(
            recalled.readings,
            [
                reading(Quantity::TemperatureC, "", value),
                reading(Quantity::LampFault, "window", Sample::No(NoReading::Off)),
                reading(Quantity::PowerW, "window", Sample::Is(Value::from_whole(-7))),
            ]
        );
    }
}

#[test]
fn the_longest_record_fits() {
    let mut slots = Slots::new();
    let longest = Sample::Is(Value::from_milli(-999_999_999));
    for at in 0..READINGS_MAX {
        let name = format!("{}{}", "x".repeat(30), at % 16 + 10);
        let quantity = Quantity::ALL[[6, 13, 14][at / 16]];
        assert!(slots.set(quantity, &name, longest, 0));
    }
    let mut record = Record { up: u64::MAX, ..Record::default() };
    record.readings.extend(slots.report(true));
    let bytes = pack(Key::default(), Some(i64::MAX), &record, &slots);
    assert_eq!(unpack(&bytes).expect("it has a key").readings.len(), READINGS_MAX);
}

#[test]
fn damaged_bytes_never_panic() {
    let mut slots = Slots::new();
    slots.set(Quantity::PowerW, "window", Sample::Is(Value::from_whole(-7)), 0);
    let mut record = Record::default();
    record.readings.extend(slots.report(true));
    let bytes = pack(Key { boot: 1, seq: 2 }, Some(3), &record, &slots);
    for at in 0..bytes.len() {
        let _ = unpack(&bytes[..at]);
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            let _ = unpack(&damaged);
        }
    }
}
