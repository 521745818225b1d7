//! Sensirion SCD40/SCD41: periodic measurement, calibration policy, forced recalibration, self test.
//!
//! Commands and check sums are those of the crate `libscd`; here is when to send which, how often
//! to try, and what to say. Sections are those of Sensirion's datasheet SCD4x, version 1.5 and later.

use super::Air;
use crate::decimal::nearest_scaled;
use crate::fault::{Fault, Faults, Record};
use crate::limits::{
    CO2_READINGS_BEFORE_CALIBRATION, CO2_READY_MS_MAX, CO2_READY_POLL_MS, I2C_TRANSFER_MS_MAX,
    RETRY_PAUSE_MS, TRIES,
};
use crate::timed::{BusFault, Timed, within};
use core::pin::pin;
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::i2c::I2c;
use libscd::asynchronous::scd4x::Scd4x as Commands;
use libscd::error::Error;
use libscd::measurement::Measurement;
use wire::{NoReading, Quantity, Sample, Value};

/// Whether the sensor calibrates itself.
///
/// It takes the lowest value of about a week as fresh air (§3.8), which is right in a room that is
/// aired or empty over the weekend and slowly wrong in one that never is. Sent at every start and
/// not persisted: the EEPROM bears 2000 writes (§3.10.1), and a replaced sensor is right at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calibration {
    /// It calibrates itself to 400 ppm.
    Automatic,
    /// Only [`Scd4x::recalibrate`] does.
    Forced,
}

/// What became of a forced recalibration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recalibrated {
    /// Done; the values move by so many ppm.
    By(i16),
    /// The sensor refused: it had not measured before (§3.8.1).
    Refused,
    /// It has not measured for three minutes yet; it would take the value, and be wrong from then on.
    TooEarly,
    /// The given value is not one of air: 400 to 2000 ppm.
    NotAir,
    /// The sensor could not be asked.
    Failed(Fault),
}

/// An SCD4x on an I²C bus.
pub struct Scd4x<I, D> {
    chip: Commands<Timed<I, D>, D>,
    delay: D,
    calibration: Calibration,
    altitude_m: u16,
    /// Readings since it was started.
    measured: u16,
    /// It has been told to measure, and has not failed since.
    running: bool,
    record: Record,
}

impl<I: I2c, D: DelayNs + Clone> Scd4x<I, D> {
    /// A sensor that has not been asked yet; what it did before the node started does not matter.
    pub fn new(bus: I, delay: D, calibration: Calibration) -> Self {
        let bus = Timed::new(bus, delay.clone(), I2C_TRANSFER_MS_MAX);
        Self {
            chip: Commands::new(bus, delay.clone()),
            delay,
            calibration,
            altitude_m: 0,
            measured: 0,
            running: false,
            record: Record::default(),
        }
    }

    /// The same at `altitude_m` above the sea, 0 to 3000: thinner air looks like less carbon dioxide,
    /// by about a tenth at 1000 m (§3.7.3).
    #[must_use]
    pub fn at_altitude_m(mut self, altitude_m: u16) -> Self {
        self.altitude_m = altitude_m.min(3_000);
        self
    }

    /// The next measurement. The sensor makes one every 5 s, so ask that often or less. Never
    /// more than [`CO2_READ_MS_MAX`](crate::limits::CO2_READ_MS_MAX).
    pub async fn read(&mut self) -> Air {
        let mut last = Fault::Timeout;
        for attempt in 0..TRIES {
            if attempt > 0 {
                self.delay.delay_ms(RETRY_PAUSE_MS).await;
            }
            match self.next().await {
                Ok(measurement) => {
                    self.record.good();
                    self.measured = self.measured.saturating_add(1);
                    return air(&measurement);
                }
                Err(fault) => {
                    self.record.count(fault);
                    // It may have lost its supply: begin anew.
                    self.running = false;
                    self.measured = 0;
                    last = fault;
                }
            }
        }
        let none = self.record.sample(last);
        Air { co2: none, temperature: none, humidity: none }
    }

    /// The serial number, 48 bits. Measuring stops and begins anew with the next reading.
    ///
    /// # Errors
    /// Why the sensor could not be asked.
    pub async fn serial(&mut self) -> Result<u64, Fault> {
        let asked = self.stop().await;
        let answer = match asked {
            Ok(()) => self.chip.serial_number().await.map_err(fault),
            Err(fault) => Err(fault),
        };
        self.noted(answer)
    }

    /// Whether the sensor finds itself in order (§3.10.3). Takes 10 s; measuring stops and begins
    /// anew with the next reading.
    ///
    /// # Errors
    /// Why the sensor could not be asked.
    pub async fn self_test(&mut self) -> Result<bool, Fault> {
        let asked = self.stop().await;
        let answer = match asked {
            Ok(()) => self.chip.perform_self_test().await.map_err(fault),
            Err(fault) => Err(fault),
        };
        self.noted(answer)
    }

    /// Tells the sensor that the air around it has `ppm` now, which somebody knows: open windows for
    /// 10 minutes make about 420. It must have been read 36 times since its start, which makes sure of
    /// the three minutes that it has to run before (§3.8.1). Takes 1 s.
    pub async fn recalibrate(&mut self, ppm: u16) -> Recalibrated {
        if !(400..=2000).contains(&ppm) {
            return Recalibrated::NotAir;
        }
        if self.measured < CO2_READINGS_BEFORE_CALIBRATION {
            return Recalibrated::TooEarly;
        }
        // One try only: the answer to a second one would be about a sensor that is stopped.
        let asked = self.stop().await;
        let answer = match asked {
            Ok(()) => self.chip.perform_forced_recalibration(ppm).await.map_err(fault),
            Err(fault) => Err(fault),
        };
        match self.noted(answer) {
            Ok(Some(by)) => Recalibrated::By(by),
            Ok(None) => Recalibrated::Refused,
            Err(fault) => Recalibrated::Failed(fault),
        }
    }

    /// What went wrong since the start.
    pub const fn faults(&self) -> Faults {
        self.record.faults
    }

    /// Waits until a measurement is ready, and reads it.
    async fn next(&mut self) -> Result<Measurement, Fault> {
        if !self.running {
            self.start().await?;
        }
        let mut limit = self.delay.clone();
        let ready = async {
            while !self.chip.data_ready().await.map_err(fault)? {
                self.delay.delay_ms(CO2_READY_POLL_MS).await;
            }
            Ok(())
        };
        within(pin!(ready), &mut limit, CO2_READY_MS_MAX).await.unwrap_or(Err(Fault::Timeout))?;
        self.chip.read_measurement().await.map_err(fault)
    }

    async fn start(&mut self) -> Result<(), Fault> {
        // Settings are only taken while it is idle, and the node may have been reset while the
        // sensor went on measuring.
        self.stop().await?;
        let wanted = self.calibration == Calibration::Automatic;
        self.chip.enable_automatic_self_calibration(wanted).await.map_err(fault)?;
        if self.chip.get_automatic_self_calibration().await.map_err(fault)? != wanted {
            return Err(Fault::Refused);
        }
        self.chip.set_sensor_altitude(self.altitude_m).await.map_err(fault)?;
        self.chip.start_periodic_measurement().await.map_err(fault)?;
        self.running = true;
        Ok(())
    }

    /// Takes 500 ms (§3.6.3).
    async fn stop(&mut self) -> Result<(), Fault> {
        self.running = false;
        self.measured = 0;
        self.chip.stop_periodic_measurement().await.map_err(fault)
    }

    const fn noted<T: Copy>(&mut self, answer: Result<T, Fault>) -> Result<T, Fault> {
        match answer {
            Ok(_) => self.record.good(),
            Err(fault) => self.record.count(fault),
        }
        answer
    }
}

fn fault(error: Error<BusFault>) -> Fault {
    match error {
        Error::I2C(bus) => bus.into(),
        Error::CRC => Fault::Checksum,
        Error::NotAllowed | Error::InvalidInput => Fault::Refused,
    }
}

fn air(measurement: &Measurement) -> Air {
    let milli = |value: f32, quantity: Quantity| {
        nearest_scaled(value, 1000).map_or(Sample::No(NoReading::OutOfRange), |milli| {
            Sample::Is(Value::from_milli(milli)).checked(quantity)
        })
    };
    let co2 = Sample::Is(Value::from_whole(measurement.co2.into())).checked(Quantity::Co2Ppm);
    // Air without carbon dioxide is no air: the sensor says 0 when it has not measured it.
    let co2 = if measurement.co2 == 0 { Sample::No(NoReading::OutOfRange) } else { co2 };
    Air {
        co2,
        temperature: milli(measurement.temperature, Quantity::TemperatureC),
        humidity: milli(measurement.humidity, Quantity::HumidityPct),
    }
}
