//! Packing is exact, small, and notices every flipped bit.

use super::super::names::Dictionary;
use super::super::pack::{self, Damage, Key};
use super::NOW_MS;
use proptest::prelude::*;
use wire::{Frame, Loss, NoReading, Quantity, Reading, Sample, Value};

/// Channels that the frames of these tests use.
const CHANNELS: [&str; 4] = ["", "window", "inner", "a-very-long-name-of-thirty-two-by"];

/// Packs with a dictionary that takes at most so many shapes.
fn pack(frame: &Frame<'_>, at_ms: i64, shapes: &mut Dictionary, most: usize) -> (Key, Vec<u8>) {
    let key = Key { at_ms, kind: 1, node: 17, boot: frame.boot, seq: frame.seq };
    let mut out = b"what was there".to_vec();
    let start = out.len();
    let number = |name: &str| {
        let known = shapes.number(name);
        known.or_else(|| (shapes.len() < most).then(|| shapes.add(name)))
    };
    pack::pack(frame, at_ms, number, &mut "scratch".to_owned(), &mut out);
    pack::seal(&key, &mut out, start);
    (key, out.split_off(start))
}

fn any_sample() -> impl Strategy<Value = Sample> {
    prop_oneof![
        any::<i64>().prop_map(|milli| Sample::Is(Value::from_milli(milli))),
        (-1_000_000..1_000_000i64).prop_map(|whole| Sample::Is(Value::from_whole(whole))),
        (-90_000..90_000i64).prop_map(|tenths| Sample::Is(Value::from_milli(tenths * 100))),
        prop::sample::select(NoReading::ALL.as_slice()).prop_map(Sample::No),
    ]
}

fn any_frame() -> impl Strategy<Value = (Frame<'static>, i64)> {
    let reading = (prop::sample::select(Quantity::ALL), 0..CHANNELS.len(), any_sample());
    let key = (any::<u32>(), any::<u32>(), any::<u32>(), any::<i64>());
    let times = (any::<Option<i64>>(), any::<u64>(), any::<u64>(), any::<bool>());
    let lost = any::<Option<(u32, u32)>>();
    let readings = prop::collection::vec(reading, 0..=wire::frame::READINGS_MAX);
    (key, times, lost, any::<u8>(), readings).prop_map(|(key, times, lost, unknown, readings)| {
        let (t, up, sent, at_once) = times;
        let frame = Frame {
            boot: key.0,
            seq: key.1,
            oldest: key.2,
            t,
            up,
            sent: if at_once { up } else { sent },
            lost: lost.map(|(from, to)| Loss { from, to }),
            readings: readings
                .into_iter()
                .map(|(quantity, channel, sample)| Reading {
                    quantity,
                    channel: CHANNELS[channel],
                    sample,
                })
                .collect(),
            unknown,
        };
        (frame, key.3)
    })
}

proptest! {
    #[test]
    fn every_frame_comes_back_as_it_was((frame, at_ms) in any_frame(), most in 0..2usize) {
        let mut shapes = Dictionary::default();
        let (key, stored) = pack(&frame, at_ms, &mut shapes, most);
        let body = pack::open(&key, &stored).unwrap();
        let shapes = pack::Shapes::new(&shapes);
        prop_assert_eq!(pack::unpack(&key, body, &shapes).unwrap(), frame);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let mut shapes = Dictionary::default();
        shapes.add("motion power_w.window no-such-quantity");
        let key = Key { at_ms: NOW_MS, kind: 1, node: 1, boot: 1, seq: 1 };
        // Refused or understood: both are fine, as long as it ends.
        let shapes = pack::Shapes::new(&shapes);
        let _ = pack::unpack(&key, &bytes, &shapes);
        let _ = pack::open(&key, &bytes);
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let frame = super::frame(57);
    let (key, stored) = pack(&frame, NOW_MS, &mut Dictionary::default(), 1);
    assert!(pack::open(&key, &stored).is_ok());
    for bit in 0..stored.len() * 8 {
        let mut flipped = stored.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(pack::open(&key, &flipped), Err(Damage::Checksum), "bit {bit}");
    }
    let other = Key { seq: key.seq + 1, ..key };
    assert_eq!(pack::open(&other, &stored), Err(Damage::Checksum), "the key belongs to it");
}

#[test]
fn frame_of_thirteen_readings_takes_at_most_48_bytes() {
    let sample = |milli| Sample::Is(Value::from_milli(milli));
    let mut frame = Frame {
        boot: 12,
        seq: 40_000,
        oldest: 39_990,
        t: Some(NOW_MS - 900),
        up: 400_000_000,
        sent: 400_000_300,
        ..super::frame(40_000)
    };
    let sensors = [
        (Quantity::Motion, 1_000),
        (Quantity::IlluminanceLx, 312_500),
        (Quantity::Co2Ppm, 812_000),
        (Quantity::TemperatureC, 21_430),
    ];
    let lamps = [
        (Quantity::PowerW, 43_200),
        (Quantity::EnergyWh, 10_422_000),
        (Quantity::LevelPct, 40_000),
    ];
    let of_lamp = |channel| lamps.map(|(quantity, milli)| (quantity, channel, milli));
    frame.readings = sensors
        .map(|(quantity, milli)| (quantity, "", milli))
        .into_iter()
        .chain(["window", "inner", "board"].into_iter().flat_map(of_lamp))
        .map(|(quantity, channel, milli)| Reading { quantity, channel, sample: sample(milli) })
        .collect();
    let (_, stored) = pack(&frame, NOW_MS, &mut Dictionary::default(), 1);
    assert_eq!(frame.readings.len(), 13);
    assert!(stored.len() <= 48, "{} bytes", stored.len());
}
