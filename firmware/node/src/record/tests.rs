//! What is packed is unpacked, and the largest record fits.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

fn sample() -> impl Strategy<Value = Sample> {
    prop_oneof![
        any::<i64>().prop_map(|milli| Sample::Is(Value::from_milli(milli))),
        (-1_000_000..1_000_000i64).prop_map(|units| Sample::Is(Value::from_whole(units))),
        proptest::sample::select(&NoReading::ALL[..]).prop_map(Sample::No),
    ]
}

proptest! {
    #[test]
    fn what_is_packed_is_unpacked(
        up in 0..=crate::limits::TIME_MS_MAX,
        readings in vec((0..32u8, sample()), 0..=READINGS_MAX),
    ) {
        let record = Record { up, readings: readings.into_iter().collect() };
        prop_assert_eq!(Record::unpack(&record.pack()), record);
    }

    #[test]
    fn damaged_bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        Record::unpack(&bytes);
    }
}

#[test]
fn the_largest_record_fits() {
    let widest = Sample::Is(Value::from_milli(i64::MIN + 1));
    let readings = (0..READINGS_MAX as u8).map(|slot| (slot, widest)).collect();
    let record = Record { up: crate::limits::TIME_MS_MAX, readings };
    let packed = record.pack();
    assert_eq!(Record::unpack(&packed), record);
    assert_eq!(packed.len(), RECORD_BYTES_MAX - 2, "less only the length in front of it");
}

#[test]
fn a_full_report_of_a_classroom_takes_about_eighty_bytes() {
    let whole = |units| Sample::Is(Value::from_whole(units));
    let sensors =
        [whole(1), Sample::Is(Value::from_milli(312_500)), whole(640), whole(21), whole(45)];
    let lamps = [whole(50), whole(3), whole(1_000_000), whole(3_000_000), whole(120)];
    let samples = sensors.into_iter().chain(lamps.into_iter().cycle().take(15));
    let readings = samples.enumerate().map(|(slot, sample)| (slot as u8, sample)).collect();
    let packed = Record { up: 86_400_000, readings }.pack();
    assert!((60..=85).contains(&packed.len()), "{} bytes", packed.len());
}
