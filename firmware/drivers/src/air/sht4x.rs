//! Sensirion SHT4x: temperature and humidity, one command, six bytes, two check sums.
//!
//! Own rather than the crate `sht4x`: that brings five more for fixed-point numbers, and its
//! conversion cuts where the datasheet's formula is exact in 64-bit integers.
//! Sections are those of Sensirion's datasheet SHT4x, version 6.

use super::Climate;
use crate::fault::{Fault, Faults, Record};
use crate::limits::{I2C_TRANSFER_MS_MAX, RETRY_PAUSE_MS, TRIES};
use crate::timed::Timed;
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::i2c::I2c;
use wire::{Quantity, Sample, Value};

/// Address of most of the family; some are 0x45 or 0x46 (§2.2, ordering).
pub const ADDRESS: u8 = 0x44;

/// Measure with high precision (table 7).
const MEASURE: u8 = 0xFD;
/// Longest such measurement: 8.3 ms (table 4), rounded up, ms.
const MEASURE_MS: u32 = 10;
/// Read the serial number (table 7).
const SERIAL: u8 = 0x89;
/// Reset (table 7), and how long it takes at most (table 4), ms.
const RESET: u8 = 0x94;
const RESET_MS: u32 = 1;

/// An SHT4x on an I²C bus.
pub struct Sht4x<I, D> {
    bus: Timed<I, D>,
    delay: D,
    address: u8,
    record: Record,
}

impl<I: I2c, D: DelayNs + Clone> Sht4x<I, D> {
    /// A sensor that has not been asked yet.
    pub fn new(bus: I, delay: D, address: u8) -> Self {
        let bus = Timed::new(bus, delay.clone(), I2C_TRANSFER_MS_MAX);
        Self { bus, delay, address, record: Record::default() }
    }

    /// Temperature and humidity now. Takes 10 ms, and never more than [`SHT4X_READ_MS_MAX`](crate::limits::SHT4X_READ_MS_MAX).
    pub async fn read(&mut self) -> Climate {
        match self.tried(MEASURE, MEASURE_MS).await {
            Ok([temperature, humidity]) => climate(temperature, humidity),
            Err(fault) => {
                let none = self.record.sample(fault);
                // The next reading begins with a sensor in a known state, if there is one.
                if self.bus.write(self.address, &[RESET]).await.is_ok() {
                    self.delay.delay_ms(RESET_MS).await;
                }
                Climate { temperature: none, humidity: none }
            }
        }
    }

    /// The serial number of the chip.
    ///
    /// # Errors
    /// What the last try ended with.
    pub async fn serial(&mut self) -> Result<u32, Fault> {
        let [high, low] = self.tried(SERIAL, RESET_MS).await?;
        Ok(u32::from(high) << 16 | u32::from(low))
    }

    /// What went wrong since the start.
    pub const fn faults(&self) -> Faults {
        self.record.faults
    }

    async fn tried(&mut self, command: u8, wait_ms: u32) -> Result<[u16; 2], Fault> {
        let mut last = Fault::Timeout;
        for attempt in 0..TRIES {
            if attempt > 0 {
                self.delay.delay_ms(RETRY_PAUSE_MS).await;
            }
            match self.asked(command, wait_ms).await {
                Ok(words) => {
                    self.record.good();
                    return Ok(words);
                }
                Err(fault) => {
                    self.record.count(fault);
                    last = fault;
                }
            }
        }
        Err(last)
    }

    async fn asked(&mut self, command: u8, wait_ms: u32) -> Result<[u16; 2], Fault> {
        self.bus.write(self.address, &[command]).await?;
        self.delay.delay_ms(wait_ms).await;
        let mut answer = [0; 6];
        self.bus.read(self.address, &mut answer).await?;
        let [a, b, first, c, d, second] = answer;
        if crc([a, b]) != first || crc([c, d]) != second {
            return Err(Fault::Checksum);
        }
        Ok([u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])])
    }
}

/// Polynomial 0x31, starting with 0xFF, not reflected (§4.4).
const fn crc(word: [u8; 2]) -> u8 {
    let (mut crc, mut at) = (0xFF, 0);
    while at < 2 {
        crc ^= word[at];
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x31 };
            bit += 1;
        }
        at += 1;
    }
    crc
}

/// T = −45 + 175 × raw / 65535, RH = −6 + 125 × raw / 65535, which reaches beyond 0 and 100 % and
/// is cut there (§4.6).
fn climate(temperature: u16, humidity: u16) -> Climate {
    let scaled = |raw: u16, span: i64| (i64::from(raw) * span * 1000 + 32_767) / 65_535;
    let temperature = Value::from_milli(scaled(temperature, 175) - 45_000);
    let humidity = Value::from_milli((scaled(humidity, 125) - 6_000).clamp(0, 100_000));
    Climate {
        temperature: Sample::Is(temperature).checked(Quantity::TemperatureC),
        humidity: Sample::Is(humidity),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sum_is_that_of_the_datasheet() {
        // §4.4: CRC(0xBEEF) = 0x92.
        assert_eq!(crc([0xBE, 0xEF]), 0x92);
    }

    #[test]
    fn raw_words_become_thousandths() {
        check(0, 0, -45_000, 0);
        check(65_535, 65_535, 130_000, 100_000);
        check(0x6666, 0x8000, 25_000, 56_501);
        // 0x0C4A is about −0.002 % and is cut to 0.
        check(0x6666, 0x0C49, 25_000, 0);
    }

    #[track_caller]
    fn check(temperature: u16, humidity: u16, milli_c: i64, milli_pct: i64) {
        let said = climate(temperature, humidity);
        let expected = Sample::Is(Value::from_milli(milli_c)).checked(Quantity::TemperatureC);
        assert_eq!(said.temperature, expected);
        assert_eq!(said.humidity, Sample::Is(Value::from_milli(milli_pct)));
    }
}
