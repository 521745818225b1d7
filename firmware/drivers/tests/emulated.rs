//! The drivers against the sensors, radar and meter that emulated boards have: written by somebody
//! else from the same datasheets.

mod common;

use common::{Clock, Line};
use drivers::air::{Calibration, Recalibrated, SHT4X_ADDRESS, Scd4x, Sht4x};
use drivers::i2c_bridge::Bridge;
use drivers::illuminance::{BH1750_ADDRESS, Bh1750, Veml7700};
use drivers::ld2410::{Command, Radar, Target, ask};
use drivers::meter::Meter;
use drivers::meter::map::SDM120;
use simulator::emulated::peers::{Fault, i2c, meter, radar};
use simulator::emulated::surroundings::{Metered, Seen};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wire::{NoReading, Sample};

/// What surrounds the sensors; tests change it while drivers read.
#[derive(Clone)]
struct Room {
    clock: Clock,
    seen: Rc<Cell<Seen>>,
    fault: Rc<Cell<Fault>>,
    bus: Rc<RefCell<i2c::Bus>>,
}

impl Room {
    fn new() -> Self {
        let seen = Seen {
            motion: false,
            presence: true,
            illuminance_lx: 420.0,
            co2_ppm: 815.0,
            temperature_c: 22.5,
            humidity_pct: 41.0,
        };
        Self {
            clock: Clock::default(),
            seen: Rc::new(Cell::new(seen)),
            fault: Rc::default(),
            bus: Rc::default(),
        }
    }

    fn bus(&self) -> Bridge<Line, Clock> {
        let room = self.clone();
        let line = Line::new(&self.clock, move |asked| {
            let (now_ms, seen) = (room.clock.now_ms(), room.seen.get());
            let answer = room.bus.borrow_mut().take(asked, now_ms, &seen, |_| room.fault.get());
            vec![(1_000, answer)]
        });
        Bridge::new(line, self.clock.clone())
    }

    fn shine(&self, lx: f64) {
        self.seen.set(Seen { illuminance_lx: lx, ..self.seen.get() });
    }
}

#[test]
fn both_light_sensors_follow_the_light_through_all_their_ranges() {
    let room = Room::new();
    let mut bh1750 = Bh1750::new(room.bus(), room.clock.clone(), BH1750_ADDRESS);
    let mut veml7700 = Veml7700::new(room.bus(), room.clock.clone());
    for lx in [420.0, 3.0, 0.5, 250.0, 900.0, 6_000.0, 40_000.0, 90_000.0, 20_000.0, 500.0, 50.0] {
        room.shine(lx);
        // The first reading may be in the range for the light before; both are right.
        for _ in 0..2 {
            near("bh1750", room.clock.run(bh1750.read()), lx, 0.03);
            near("veml7700", room.clock.run(veml7700.read()), lx, 0.03);
        }
    }
    assert_eq!((bh1750.faults().sum(), veml7700.faults().sum()), (0, 0));
}

#[test]
fn air_is_read_calibrated_and_lost_and_found() {
    let room = Room::new();
    let mut climate = Sht4x::new(room.bus(), room.clock.clone(), SHT4X_ADDRESS);
    let read = room.clock.run(climate.read());
    near("temperature", read.temperature, 22.5, 0.02);
    near("humidity", read.humidity, 41.0, 0.02);
    let mut air = Scd4x::new(room.bus(), room.clock.clone(), Calibration::Forced).at_altitude_m(40);
    let read = room.clock.run(air.read());
    near("co2", read.co2, 815.0, 0.02);
    near("temperature", read.temperature, 22.5, 0.05);
    assert!(room.clock.run(air.serial()).is_ok());
    assert_eq!(room.clock.run(air.self_test()), Ok(true));
    assert_eq!(room.clock.run(air.recalibrate(420)), Recalibrated::TooEarly);
    let from = room.clock.now_ms();
    while room.clock.run(air.recalibrate(420)) == Recalibrated::TooEarly {
        near("co2", room.clock.run(air.read()).co2, 815.0, 0.02);
    }
    assert!(room.clock.now_ms() - from >= 180_000);
    for (fault, said) in [
        (Fault::Silent, NoReading::Silent),
        (Fault::Nack, NoReading::Silent),
        (Fault::Crc, NoReading::Refused),
    ] {
        room.fault.set(fault);
        assert_eq!(room.clock.run(air.read()).co2, Sample::No(said), "{fault:?}");
        assert_eq!(room.clock.run(climate.read()).humidity, Sample::No(said), "{fault:?}");
        room.fault.set(Fault::None);
        near("co2", room.clock.run(air.read()).co2, 815.0, 0.02);
        near("humidity", room.clock.run(climate.read()).humidity, 41.0, 0.02);
    }
}

#[test]
fn the_meter_is_read_to_the_watt_hour() {
    let clock = Clock::default();
    let shows = Metered { power_w: 412.5, energy_wh: 1_234_567 };
    let mut slave = meter::Meter::default();
    let line =
        Line::new(&clock, move |asked| vec![(20_000, slave.take(asked, &shows, Fault::None))]);
    let read = clock.run(Meter::new(line, clock.clone(), 2400, 1, &SDM120).read());
    near("power", read.power, 412.5, 0.001);
    near("voltage", read.voltage, 230.0, 0.001);
    // A float of 1,234.567 kWh is 1,234.5670166 kWh: the whole watt-hours are right.
    assert_eq!(read.energy.value().map(|value| value.milli()), Some(1_234_567_000));
}

#[test]
fn the_radar_reports_and_obeys() {
    let room = Room::new();
    let mut peer = radar::Radar::default();
    let mut driver = Radar::new(1_000);
    driver.feed(&peer.report(&room.seen.get(), Fault::None), 0);
    assert_eq!(driver.report(0).map(|report| report.target), Some(Target::Still));
    driver.feed(&peer.report(&room.seen.get(), Fault::Crc), 900);
    assert_eq!(driver.sample(1_000), Sample::No(NoReading::Silent));
    let mut line =
        Line::new(&room.clock, move |asked| vec![(5_000, peer.take(asked, Fault::None))]);
    for command in [Command::Begin, Command::Version, Command::End] {
        let asked = room.clock.run(ask(&mut line, &mut room.clock.clone(), command));
        assert_eq!(asked, Ok(()), "{command:?}");
    }
}

/// Within a share of what is there, or a tenth of a unit.
#[track_caller]
fn near(what: &str, said: Sample, there: f64, share: f64) {
    let said = said.value().map(|value| value.as_f64());
    let close = said.is_some_and(|said| (said - there).abs() <= (there * share).max(0.1));
    assert!(close, "{what}: {said:?}, not {there}");
}
