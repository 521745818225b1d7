//! Energy is exact, survives a power cut, and what was reported never steps back.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use wire::{NoReading, Value};

const SILENT_MS: u32 = 180_000;

fn watts(milliwatts: i64) -> Sample {
    Sample::Is(Value::from_milli(milliwatts))
}

/// Saves and restores, as [`crate::saved::Saved`] does it.
fn saved(registers: &mut Registers, boot: u32, now: Millis) -> crate::saved::Bytes {
    let saved = crate::saved::Saved { boot, ..Default::default() };
    let bytes = saved.pack(registers, &[]);
    registers.saved(now);
    bytes
}

fn restored(bytes: &[u8]) -> Option<(u32, Registers)> {
    let mut registers = Registers::default();
    let saved = crate::saved::Saved::unpack(bytes, &mut registers)?;
    Some((saved.boot, registers))
}

impl Registers {
    fn total_uj(&self) -> u128 {
        let uj = |c: &Circuit| u128::from(c.wh) * u128::from(MICROJOULES) + u128::from(c.rest_uj);
        self.circuits.iter().map(uj).sum()
    }
}

proptest! {
    /// The reference adds up in 128 bits what every sample held for, and knows nothing of registers.
    #[test]
    fn the_total_is_exact_to_the_microjoule(
        steps in vec((0..3usize, 0..400_000u64, -5_000_000..900_000_000i64, any::<bool>()), 1..60),
        cuts in vec(any::<bool>(), 60),
    ) {
        let mut registers = Registers::default();
        let mut held = [None::<(i64, Millis)>; 3];
        let (mut now, mut expected, mut boot) = (0, 0u128, 1);
        for ((circuit, wait_ms, milliwatts, silent), cut) in steps.into_iter().zip(cuts) {
            for (mw, at) in held.iter().flatten() {
                let believed = (at + u64::from(SILENT_MS)).saturating_sub(now).min(wait_ms);
                expected += u128::from(mw.max(&0).unsigned_abs()) * u128::from(believed);
            }
            now += wait_ms;
            registers.advance(SILENT_MS, now);
            let sample = if silent { Sample::No(NoReading::Silent) } else { watts(milliwatts) };
            prop_assert!(registers.power(["", "a", "b"][circuit], sample, now));
            held[circuit] = (!silent).then_some((milliwatts, now));
            prop_assert_eq!(registers.total_uj(), expected);
            if cut {
                let saved = saved(&mut registers, boot, now);
                let (found, restored) = restored(&saved).expect("it was just written");
                prop_assert_eq!(found, boot);
                registers = restored;
                (held, now, boot) = ([None; 3], 0, boot + 1);
                prop_assert_eq!(registers.total_uj(), expected);
            }
        }
    }

    #[test]
    fn saving_is_due_before_more_than_the_promised_energy_is_at_risk(
        powers in vec(1..4_000_000i64, 1..4), waits in vec(1..170_000u64, 1..30),
    ) {
        let mut registers = Registers::default();
        let mut now = 0;
        for wait_ms in waits {
            for (channel, power) in ["", "a", "b"].iter().zip(&powers) {
                registers.power(channel, watts(*power), now);
            }
            let end = now + wait_ms;
            while let Some(due) = registers.save_at(300_000, SILENT_MS).filter(|due| *due <= end) {
                registers.advance(SILENT_MS, due.max(now));
                now = due.max(now);
                let at_risk = registers.circuits.iter().map(Circuit::unsaved_uj).sum::<u64>();
                let power_mw = powers.iter().sum::<i64>() as u64;
                let promised_uj = (UNSAVED_WH_MAX * MICROJOULES).max(power_mw * SAVE_SPACING_MS);
                prop_assert!(at_risk < promised_uj + power_mw, "plus one ms of rounding");
                saved(&mut registers, 1, now);
            }
            registers.advance(SILENT_MS, end);
            now = end;
        }
    }

    #[test]
    fn damaged_saved_bytes_are_as_none(at in any::<prop::sample::Index>(), flip in 1..=255u8, cut in any::<prop::sample::Index>()) {
        let mut registers = Registers::default();
        registers.lamps(["window", "inner"].into_iter());
        registers.power("main", watts(1000), 0);
        let saved = saved(&mut registers, 7, 0);
        let mut damaged = saved.clone();
        let at = at.index(damaged.len());
        damaged[at] ^= flip;
        prop_assert_eq!(restored(&damaged), None);
        prop_assert_eq!(restored(&saved[..cut.index(saved.len())]), None);
    }

    #[test]
    fn arbitrary_saved_bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        restored(&bytes);
    }
}

#[test]
fn a_kilowatt_for_an_hour_is_a_kilowatt_hour() {
    let mut registers = Registers::default();
    for minute in 0..60 {
        registers.advance(SILENT_MS, minute * 60_000);
        registers.power("", watts(1_000_000), minute * 60_000);
    }
    registers.advance(SILENT_MS, 3_600_000);
    assert_eq!(registers.energy_wh(""), Some(0), "nothing is told that is not saved");
    saved(&mut registers, 1, 3_600_000);
    assert_eq!(registers.energy_wh(""), Some(1000));
}

#[test]
fn a_circuit_that_is_no_longer_wired_makes_room_for_one_that_is() {
    let mut registers = Registers::default();
    let names = ["a", "b", "c", "d", "e", "f"];
    assert_eq!(names.len(), CIRCUITS_MAX);
    for name in names {
        assert!(registers.power(name, watts(1), 0));
    }
    assert!(!registers.power("g", watts(1), 0), "all are wired");
    let saved = saved(&mut registers, 1, 0);
    let (_, mut registers) = restored(&saved).expect("it was just written");
    assert_eq!(registers.energy_wh("a"), None, "not heard of since the start");
    assert!(registers.power("b", watts(1), 0));
    assert!(registers.power("g", watts(1), 0));
    assert_eq!(registers.energy_wh("g"), Some(0));
    assert_eq!(registers.energy_wh("b"), Some(0));
}

#[test]
fn the_largest_saved_state_fits() {
    let mut registers = Registers::default();
    registers.lamps(["a", "b", "c", "d"].into_iter());
    for name in ["1", "2", "3", "4", "5", "6"] {
        registers.power(name, watts(1), 0);
    }
    let length = saved(&mut registers, u32::MAX, 0).len();
    assert_eq!(length, 7 + BYTES_WORST + 19 + 4, "and losses of 12 bytes each");
}

#[test]
fn the_checksum_is_the_well_known_one() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
}
