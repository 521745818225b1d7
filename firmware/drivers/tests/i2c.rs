//! I²C sensors, byte by byte against the sequences of their datasheets.

mod common;

use common::{Clock, sensirion};
use drivers::Fault;
use drivers::air::{Air, Calibration, Climate, Recalibrated, SHT4X_ADDRESS, Scd4x, Sht4x};
use drivers::illuminance::{BH1750_ADDRESS, Bh1750, Veml7700};
use embedded_hal::i2c::{ErrorKind, NoAcknowledgeSource};
use embedded_hal_mock::eh1::i2c::{Mock, Transaction as Step};
use wire::{NoReading, Sample, Value};

const NACK: ErrorKind = ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address);

#[test]
fn a_bh1750_measures_once_in_h_resolution() {
    // ROHM BH1750FVI Rev. B, pages 5, 10 and 11: measurement time 69 = 010_00101, one time
    // H-resolution 0x20, 33,680 counts.
    with(&bh1750(69, 0x20, 0x8390), |bus, clock| {
        let mut sensor = Bh1750::new(bus, clock.clone(), BH1750_ADDRESS);
        assert_eq!(clock.run(sensor.read()), milli(28_066_667));
        assert_eq!(clock.now_ms(), 180);
    });
}

#[test]
fn a_bh1750_follows_the_light_down_and_up() {
    let steps = [
        // 100 lx in the normal range; the next reading is in the dim one (0x21, 254).
        bh1750(69, 0x20, 120),
        bh1750(254, 0x21, 884),
        // The lamps come on: it overflows there, then in the normal range, and direct sun fits.
        bh1750(254, 0x21, 0xFFFF),
        bh1750(69, 0x20, 0xFFFF),
        bh1750(31, 0x20, 50_000),
        // It stays there.
        bh1750(31, 0x20, 50_000),
        // More than direct sun is out of range, at once.
        bh1750(31, 0x20, 0xFFFF),
    ]
    .concat();
    with(&steps, |bus, clock| {
        let mut sensor = Bh1750::new(bus, clock.clone(), BH1750_ADDRESS);
        assert_eq!(clock.run(sensor.read()), milli(100_000));
        assert_eq!(clock.run(sensor.read()), milli(100_059));
        assert_eq!(clock.run(sensor.read()), milli(92_741_935));
        assert_eq!(clock.run(sensor.read()), milli(92_741_935));
        assert_eq!(clock.run(sensor.read()), no(NoReading::OutOfRange));
        assert_eq!(sensor.faults().out_of_range, 1);
    });
}

#[test]
fn a_veml7700_is_set_while_it_sleeps() {
    // Vishay 84286, command codes 0 and 4, low byte first: shut down, gain 1, 100 ms, on, read.
    with(&veml7700(0, 0, 10_000), |bus, clock| {
        let mut sensor = Veml7700::new(bus, clock.clone());
        assert_eq!(clock.run(sensor.read()), milli(672_000));
        assert_eq!(clock.now_ms(), 224);
    });
}

#[test]
fn a_veml7700_follows_the_light_and_is_corrected_when_it_is_bright() {
    // The configuration keeps the settings before while the first of the new ones is written.
    let mut bright = veml7700_from((0, 0), (2, 0), 10_000);
    let overflow = veml7700(0, 0, 0xFFFF);
    let again = veml7700(2, 0, 10_000);
    let steps = [overflow, std::mem::take(&mut bright), again].concat();
    with(&steps, |bus, clock| {
        let mut sensor = Veml7700::new(bus, clock.clone());
        // 5376 lx by the counts, 6786.4 by the formula of the application note.
        let Sample::Is(value) = clock.run(sensor.read()) else { panic!("light") };
        assert_eq!(value.milli() / 1000, 6_786);
        assert_eq!(clock.run(sensor.read()), Sample::Is(value));
    });
}

#[test]
fn an_sht4x_measures_with_high_precision() {
    // Sensirion SHT4x, §4.5: 0xFD, then two words with check sums.
    let answer = sensirion(&[0x6666, 0x72B0]);
    let steps = [Step::write(SHT4X_ADDRESS, vec![0xFD]), Step::read(SHT4X_ADDRESS, answer)];
    with(&steps, |bus, clock| {
        let mut sensor = Sht4x::new(bus, clock.clone(), SHT4X_ADDRESS);
        let expected = Climate { temperature: milli(25_000), humidity: milli(50_001) };
        assert_eq!(clock.run(sensor.read()), expected);
        assert_eq!(clock.now_ms(), 10);
    });
}

#[test]
fn an_sht4x_says_its_serial_number() {
    let answer = sensirion(&[0x0F12, 0x34AB]);
    let steps = [Step::write(SHT4X_ADDRESS, vec![0x89]), Step::read(SHT4X_ADDRESS, answer)];
    with(&steps, |bus, clock| {
        let mut sensor = Sht4x::new(bus, clock.clone(), SHT4X_ADDRESS);
        assert_eq!(clock.run(sensor.serial()), Ok(0x0F12_34AB));
    });
}

#[test]
fn a_wrong_check_sum_is_tried_again_and_then_refused() {
    let mut broken = sensirion(&[0x6666, 0x72B0]);
    broken[5] ^= 1;
    let ask = || Step::write(SHT4X_ADDRESS, vec![0xFD]);
    let bad = || Step::read(SHT4X_ADDRESS, broken.clone());
    let good = || Step::read(SHT4X_ADDRESS, sensirion(&[0x6666, 0x72B0]));
    let reset = Step::write(SHT4X_ADDRESS, vec![0x94]);
    let steps = [ask(), bad(), ask(), good(), ask(), bad(), ask(), bad(), ask(), bad(), reset];
    with(&steps, |bus, clock| {
        let mut sensor = Sht4x::new(bus, clock.clone(), SHT4X_ADDRESS);
        assert_eq!(clock.run(sensor.read()).humidity, milli(50_001));
        let refused = no(NoReading::Refused);
        assert_eq!(clock.run(sensor.read()), Climate { temperature: refused, humidity: refused });
        assert_eq!(sensor.faults().checksum, 4);
    });
}

#[test]
fn a_sensor_that_is_not_there_is_not_fitted_and_one_that_was_is_silent() {
    let nack = || Step::write(SHT4X_ADDRESS, vec![0xFD]).with_error(NACK);
    let reset = || Step::write(SHT4X_ADDRESS, vec![0x94]).with_error(NACK);
    let ask = Step::write(SHT4X_ADDRESS, vec![0xFD]);
    let answer = Step::read(SHT4X_ADDRESS, sensirion(&[0x6666, 0x72B0]));
    let steps = [nack(), nack(), nack(), reset(), ask, answer, nack(), nack(), nack(), reset()];
    with(&steps, |bus, clock| {
        let mut sensor = Sht4x::new(bus, clock.clone(), SHT4X_ADDRESS);
        assert_eq!(clock.run(sensor.read()).temperature, no(NoReading::NotFitted));
        assert_eq!(clock.run(sensor.read()).temperature, milli(25_000));
        assert_eq!(clock.run(sensor.read()).temperature, no(NoReading::Silent));
        assert_eq!(sensor.faults().no_acknowledge, 6);
    });
}

#[test]
fn an_scd4x_is_stopped_set_started_and_read() {
    // Sensirion SCD4x, §3.6 to §3.9: stop, self-calibration off and read back, altitude, start, ready,
    // read.
    // The example of §3.6.2: 500 ppm, 25 °C, 37 %.
    let steps = [
        begin(false),
        vec![
            scd(0xE4B8),
            Step::read(0x62, sensirion(&[0x8000])),
            scd(0xE4B8),
            Step::read(0x62, sensirion(&[0x8006])),
            scd(0xEC05),
            Step::read(0x62, sensirion(&[0x01F4, 0x6667, 0x5EB9])),
            // The next one needs no beginning.
            scd(0xE4B8),
            Step::read(0x62, sensirion(&[0x8006])),
            scd(0xEC05),
            Step::read(0x62, sensirion(&[0x0000, 0x6667, 0x5EB9])),
        ],
    ]
    .concat();
    with(&steps, |bus, clock| {
        let mut sensor = Scd4x::new(bus, clock.clone(), Calibration::Forced);
        let air = clock.run(sensor.read());
        let expected =
            Air { co2: milli(500_000), temperature: milli(25_003), humidity: milli(37_002) };
        assert_eq!(air, expected);
        assert_eq!(clock.run(sensor.read()).co2, no(NoReading::OutOfRange), "no air has 0 ppm");
    });
}

#[test]
fn an_scd4x_is_told_how_high_it_is() {
    // §3.7.3's example: 1950 m is 0x079E with check sum 0x09. It is said before the start.
    let mut steps = begin(true);
    steps[4] = Step::write(0x62, vec![0x24, 0x27, 0x07, 0x9E, 0x09]);
    steps.extend([
        scd(0xE4B8),
        Step::read(0x62, sensirion(&[0x8006])),
        scd(0xEC05),
        Step::read(0x62, sensirion(&[0x01F4, 0x6667, 0x5EB9])),
    ]);
    with(&steps, |bus, clock| {
        let sensor = Scd4x::new(bus, clock.clone(), Calibration::Automatic);
        let mut sensor = sensor.at_altitude_m(1950);
        assert_eq!(clock.run(sensor.read()).co2, milli(500_000));
    });
}

#[test]
fn an_scd4x_is_calibrated_by_force() {
    // §3.8.1: 480 ppm is asked for, 0x7FCE says −50 ppm, 0xFFFF says that it refuses.
    let ask = || Step::write(0x62, [&[0x36, 0x2F][..], &sensirion(&[0x01E0])].concat());
    let measured = vec![
        scd(0xE4B8),
        Step::read(0x62, sensirion(&[0x8006])),
        scd(0xEC05),
        Step::read(0x62, sensirion(&[0x01F4, 0x6667, 0x5EB9])),
    ];
    let warm = || [begin(false), vec![measured.clone(); 36].concat()].concat();
    let said = |word| vec![scd(0x3F86), ask(), Step::read(0x62, sensirion(&[word]))];
    let gone = vec![scd(0x3F86).with_error(NACK)];
    let steps = [warm(), said(0x7FCE), warm(), said(0xFFFF), warm(), gone].concat();
    with(&steps, |bus, clock| {
        let mut sensor = Scd4x::new(bus, clock.clone(), Calibration::Forced);
        assert_eq!(clock.run(sensor.recalibrate(399)), Recalibrated::NotAir);
        let gone = Recalibrated::Failed(Fault::NoAcknowledge);
        for expected in [Recalibrated::By(-50), Recalibrated::Refused, gone] {
            // After each one it begins anew.
            for _ in 0..36 {
                assert_eq!(clock.run(sensor.recalibrate(480)), Recalibrated::TooEarly);
                assert_eq!(clock.run(sensor.read()).co2, milli(500_000));
            }
            assert_eq!(clock.run(sensor.recalibrate(480)), expected);
        }
    });
}

#[test]
fn an_scd4x_says_its_serial_number_and_tests_itself() {
    // §3.10.2's example: F8 96 31, 9F 07 C2, 3B BE 89; §3.10.3: 0 is in order.
    let steps = [
        scd(0x3F86),
        scd(0x3682),
        Step::read(0x62, vec![0xF8, 0x96, 0x31, 0x9F, 0x07, 0xC2, 0x3B, 0xBE, 0x89]),
        scd(0x3F86),
        scd(0x3639),
        Step::read(0x62, sensirion(&[0])),
        scd(0x3F86),
        scd(0x3639),
        Step::read(0x62, sensirion(&[1])),
    ];
    with(&steps, |bus, clock| {
        let mut sensor = Scd4x::new(bus, clock.clone(), Calibration::Automatic);
        assert_eq!(clock.run(sensor.serial()), Ok(0xF896_9F07_3BBE));
        assert_eq!(clock.run(sensor.self_test()), Ok(true));
        assert_eq!(clock.run(sensor.self_test()), Ok(false));
    });
}

#[test]
fn an_scd4x_that_lost_its_supply_is_begun_anew() {
    let measured = || {
        [
            scd(0xE4B8),
            Step::read(0x62, sensirion(&[0x8006])),
            scd(0xEC05),
            Step::read(0x62, sensirion(&[0x01F4, 0x6667, 0x5EB9])),
        ]
    };
    let steps = [
        begin(true),
        measured().to_vec(),
        vec![scd(0xE4B8).with_error(NACK)],
        begin(true),
        measured().to_vec(),
    ]
    .concat();
    with(&steps, |bus, clock| {
        let mut sensor = Scd4x::new(bus, clock.clone(), Calibration::Automatic);
        assert_eq!(clock.run(sensor.read()).co2, milli(500_000));
        assert_eq!(clock.run(sensor.read()).co2, milli(500_000));
        assert_eq!(sensor.faults().no_acknowledge, 1);
    });
}

/// Runs `story` with a bus that demands exactly these steps.
fn with(steps: &[Step], story: impl FnOnce(Mock, Clock)) {
    let mut bus = Mock::new(steps);
    story(bus.clone(), Clock::default());
    bus.done();
}

fn bh1750(mtreg: u8, opcode: u8, counts: u16) -> Vec<Step> {
    vec![
        Step::write(0x23, vec![0b0100_0000 | mtreg >> 5]),
        Step::write(0x23, vec![0b0110_0000 | mtreg & 0b1_1111]),
        Step::write(0x23, vec![opcode]),
        Step::read(0x23, counts.to_be_bytes().to_vec()),
    ]
}

/// A reading with bits for gain and integration time that the sensor has already.
fn veml7700(gain: u16, time: u16, counts: u16) -> Vec<Step> {
    veml7700_from((gain, time), (gain, time), counts)
}

/// A reading that changes gain and integration time.
fn veml7700_from(before: (u16, u16), after: (u16, u16), counts: u16) -> Vec<Step> {
    let config = |gain: u16, time: u16, off: u16| {
        let bits = gain << 11 | time << 6 | off;
        Step::write(0x10, [&[0x00][..], &bits.to_le_bytes()].concat())
    };
    vec![
        config(before.0, before.1, 1),
        config(after.0, before.1, 1),
        config(after.0, after.1, 1),
        config(after.0, after.1, 0),
        Step::write_read(0x10, vec![0x04], counts.to_le_bytes().to_vec()),
        config(after.0, after.1, 1),
    ]
}

fn scd(command: u16) -> Step {
    Step::write(0x62, command.to_be_bytes().to_vec())
}

fn altitude(m: u16) -> Step {
    Step::write(0x62, [&[0x24, 0x27][..], &sensirion(&[m])].concat())
}

/// Stop, self-calibration as wanted and read back, sea level, start.
fn begin(automatic: bool) -> Vec<Step> {
    let word = sensirion(&[u16::from(automatic)]);
    vec![
        scd(0x3F86),
        Step::write(0x62, [&[0x24, 0x16][..], &word].concat()),
        scd(0x2313),
        Step::read(0x62, word),
        altitude(0),
        scd(0x21B1),
    ]
}

fn milli(milli: i64) -> Sample {
    Sample::Is(Value::from_milli(milli))
}

fn no(reason: NoReading) -> Sample {
    Sample::No(reason)
}
