//! The I²C bridge, and sensors as register-level fakes behind it: unplugged, back, stuck, broken.

mod common;

use common::{Clock, Line, sensirion};
use drivers::air::{Calibration, SHT4X_ADDRESS, Scd4x, Sht4x};
use drivers::i2c_bridge::{Bridge, BridgeFault};
use drivers::illuminance::{BH1750_ADDRESS, Bh1750, Veml7700};
use drivers::limits::{
    BH1750_READ_MS_MAX, CO2_READ_MS_MAX, SHT4X_READ_MS_MAX, VEML7700_READ_MS_MAX,
};
use embedded_hal_async::i2c::{I2c, Operation};
use std::cell::Cell;
use std::rc::Rc;
use wire::{NoReading, Sample, Value};

#[test]
fn transfers_look_as_the_contract_says() {
    let clock = Clock::default();
    let line = Line::new(&clock, |asked| {
        let reads =
            asked.contains(&b'R') || asked.windows(2).any(|two| two[0] == b'S' && two[1] & 1 == 1);
        vec![(2_000, if reads { vec![0xF0, 1, 2, 3] } else { vec![0xF0] })]
    });
    let mut bus = Bridge::new(line.clone(), clock.clone());
    clock.run(async {
        assert_eq!(bus.write(0x23, &[0x20]).await, Ok(()));
        let mut three = [0; 3];
        assert_eq!(bus.read(0x62, &mut three).await, Ok(()));
        assert_eq!(three, [1, 2, 3]);
        assert_eq!(bus.write_read(0x10, &[4], &mut three).await, Ok(()));
        // Neighbours of a kind are one transfer.
        let mut one = [0];
        let mut two = [0; 2];
        let mut operations = [
            Operation::Write(&[5]),
            Operation::Write(&[6, 7]),
            Operation::Read(&mut one),
            Operation::Read(&mut two),
        ];
        assert_eq!(bus.transaction(0x10, &mut operations).await, Ok(()));
        assert_eq!((one, two), ([1], [2, 3]));
        let mut backwards = [Operation::Read(&mut one), Operation::Write(&[1])];
        assert_eq!(bus.transaction(0x10, &mut backwards).await, Err(BridgeFault::Unsupported));
        assert_eq!(bus.write(0x10, &[0; 256]).await, Err(BridgeFault::Unsupported));
    });
    let questions: Vec<Vec<u8>> = line.questions().into_iter().map(|(_, asked)| asked).collect();
    assert_eq!(
        questions,
        [
            vec![b'S', 0x46, 1, 0x20, b'P'],
            vec![b'S', 0xC5, 3, b'P'],
            vec![b'S', 0x20, 1, 4, b'S', 0x21, 3, b'P'],
            vec![b'S', 0x20, 3, 5, 6, 7, b'S', 0x21, 3, b'P'],
        ]
    );
}

#[test]
fn every_status_has_its_error_and_silence_has_one_too() {
    for (status, fault) in [
        (vec![0xF1], BridgeFault::Address),
        (vec![0xF2], BridgeFault::Byte),
        (vec![0x00], BridgeFault::Line),
        (vec![], BridgeFault::Timeout),
        // A status without its bytes.
        (vec![0xF0, 1], BridgeFault::Timeout),
    ] {
        let clock = Clock::default();
        let line = Line::new(&clock, move |_| vec![(1_000, status.clone())]);
        let mut bus = Bridge::new(line, clock.clone());
        assert_eq!(clock.run(bus.read(0x44, &mut [0; 6])), Err(fault));
        assert!(clock.now_ms() <= 102 + 2);
    }
}

#[test]
fn a_late_answer_is_not_the_answer_to_the_next_transfer() {
    let clock = Clock::default();
    let mut count = 0;
    let line = Line::new(&clock, move |_| {
        count += 1;
        if count == 1 { vec![(101_000, vec![0xF0, 1])] } else { vec![(1_000, vec![0xF0, 2])] }
    });
    let mut bus = Bridge::new(line, clock.clone());
    let mut byte = [0];
    assert_eq!(clock.run(bus.read(0x44, &mut byte)), Err(BridgeFault::Timeout));
    assert_eq!(clock.run(bus.read(0x44, &mut byte)), Ok(()));
    assert_eq!(byte, [2]);
}

#[test]
fn every_sensor_reads_through_the_bridge() {
    let (clock, room) = (Clock::default(), Room::default());
    room.lx.set(300);
    let bus = || Bridge::new(room.line(&clock), clock.clone());
    let mut light = Bh1750::new(bus(), clock.clone(), BH1750_ADDRESS);
    assert_eq!(clock.run(light.read()), Sample::Is(Value::from_milli(300_000)));
    let mut light = Veml7700::new(bus(), clock.clone());
    // 300 / 0.0672 = 4464 counts.
    assert_eq!(clock.run(light.read()), Sample::Is(Value::from_milli(299_981)));
    let mut climate = Sht4x::new(bus(), clock.clone(), SHT4X_ADDRESS);
    assert_eq!(clock.run(climate.read()).temperature, Sample::Is(Value::from_milli(25_000)));
    let mut air = Scd4x::new(bus(), clock.clone(), Calibration::Automatic);
    assert_eq!(clock.run(air.read()).co2, Sample::Is(Value::from_whole(800)));
}

#[test]
fn a_sensor_is_unplugged_and_comes_back() {
    let (clock, room) = (Clock::default(), Room::default());
    let mut light =
        Bh1750::new(Bridge::new(room.line(&clock), clock.clone()), clock.clone(), BH1750_ADDRESS);
    let mut air = Scd4x::new(
        Bridge::new(room.line(&clock), clock.clone()),
        clock.clone(),
        Calibration::Forced,
    );
    room.plugged.set(false);
    assert_eq!(clock.run(light.read()), Sample::No(NoReading::NotFitted));
    assert_eq!(clock.run(air.read()).co2, Sample::No(NoReading::NotFitted));
    room.plugged.set(true);
    assert!(clock.run(light.read()).value().is_some());
    assert!(clock.run(air.read()).co2.value().is_some());
    room.plugged.set(false);
    assert_eq!(clock.run(light.read()), Sample::No(NoReading::Silent));
    assert_eq!(clock.run(air.read()).co2, Sample::No(NoReading::Silent));
    assert_eq!(light.faults().no_acknowledge, 6);
    room.plugged.set(true);
    assert!(clock.run(air.read()).co2.value().is_some());
}

#[test]
fn a_stuck_bus_costs_a_reading_and_a_bounded_time() {
    let clock = Clock::default();
    let bus = || Bridge::new(Line::dead(&clock), clock.clone());
    let spent = |name: &str, limit_ms: u32, sample: Sample, from: u64| {
        assert_eq!(sample, Sample::No(NoReading::Silent), "{name}");
        assert!(
            clock.now_ms() - from <= u64::from(limit_ms),
            "{name}: {} ms",
            clock.now_ms() - from
        );
    };
    let from = clock.now_ms();
    let sample = clock.run(Bh1750::new(bus(), clock.clone(), BH1750_ADDRESS).read());
    spent("bh1750", BH1750_READ_MS_MAX, sample, from);
    let from = clock.now_ms();
    let sample = clock.run(Veml7700::new(bus(), clock.clone()).read());
    spent("veml7700", VEML7700_READ_MS_MAX, sample, from);
    let from = clock.now_ms();
    let sample = clock.run(Sht4x::new(bus(), clock.clone(), SHT4X_ADDRESS).read()).temperature;
    spent("sht4x", SHT4X_READ_MS_MAX, sample, from);
    let from = clock.now_ms();
    let sample = clock.run(Scd4x::new(bus(), clock.clone(), Calibration::Forced).read()).co2;
    spent("scd4x", CO2_READ_MS_MAX, sample, from);
}

#[test]
fn a_sensor_that_never_has_a_measurement_ready_is_silent() {
    let (clock, room) = (Clock::default(), Room::default());
    room.ready.set(false);
    let mut air = Scd4x::new(
        Bridge::new(room.line(&clock), clock.clone()),
        clock.clone(),
        Calibration::Forced,
    );
    assert_eq!(clock.run(air.read()).co2, Sample::No(NoReading::Silent));
    assert!(clock.now_ms() <= u64::from(CO2_READ_MS_MAX), "{} ms", clock.now_ms());
    assert_eq!(air.faults().timeout, 3);
}

/// The sensors of a room behind the far end of a bridge.
#[derive(Clone)]
struct Room {
    plugged: Rc<Cell<bool>>,
    ready: Rc<Cell<bool>>,
    lx: Rc<Cell<u32>>,
}

impl Default for Room {
    fn default() -> Self {
        let truth = || Rc::new(Cell::new(true));
        Self { plugged: truth(), ready: truth(), lx: Rc::new(Cell::new(500)) }
    }
}

impl Room {
    /// A line with these sensors at its far end; each line has its own registers.
    fn line(&self, clock: &Clock) -> Line {
        let room = self.clone();
        let mut last = Vec::new();
        let mut calibration = 1;
        Line::new(clock, move |asked| {
            if !room.plugged.get() {
                return vec![(1_000, vec![0xF1])];
            }
            let mut answer = vec![0xF0];
            let mut rest = asked;
            while let [b'S', address, count, more @ ..] = rest {
                if address & 1 == 0 {
                    last = more[..usize::from(*count)].to_vec();
                    if let [0x24, 0x16, _, automatic, _] = last[..] {
                        calibration = automatic.into();
                    }
                    rest = &more[usize::from(*count)..];
                } else {
                    answer.extend(room.says(address >> 1, &last, calibration));
                    rest = more;
                }
            }
            vec![(1_000, answer)]
        })
    }

    fn says(&self, address: u8, last: &[u8], calibration: u16) -> Vec<u8> {
        match (address, last) {
            // Normal range of the BH1750, gain 1 of the VEML7700.
            (BH1750_ADDRESS, [0x20]) => (self.lx.get() as u16 * 12 / 10).to_be_bytes().to_vec(),
            (0x10, [0x04]) => ((self.lx.get() * 10_000 / 672) as u16).to_le_bytes().to_vec(),
            (SHT4X_ADDRESS, [0xFD]) => sensirion(&[0x6666, 0x72B0]),
            (0x62, [0x23, 0x13]) => sensirion(&[calibration]),
            (0x62, [0xE4, 0xB8]) => sensirion(&[if self.ready.get() { 0x8006 } else { 0x8000 }]),
            (0x62, [0xEC, 0x05]) => sensirion(&[800, 0x6667, 0x5EB9]),
            other => panic!("nobody knows {other:?}"),
        }
    }
}
