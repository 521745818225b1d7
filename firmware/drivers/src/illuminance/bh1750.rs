//! ROHM BH1750FVI: one measurement at a time, with a range that follows the light.
//!
//! Pages are those of ROHM's technical note BH1750FVI, 2009.04 Rev. B.

use crate::fault::{Fault, Faults, Record};
use crate::limits::{I2C_TRANSFER_MS_MAX, RETRY_PAUSE_MS, TRIES};
use crate::timed::Timed;
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::i2c::I2c;
use wire::{Quantity, Sample, Value};

/// Address with the pin ADDR low; high it is 0x5C (page 10).
pub const ADDRESS: u8 = 0x23;

/// A BH1750 on an I²C bus. It sleeps between readings.
pub struct Bh1750<I, D> {
    bus: Timed<I, D>,
    delay: D,
    address: u8,
    range: Range,
    record: Record,
}

/// How sensitive it is set: resolution mode and measurement time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    /// 0.11 lx a count, up to 7,400 lx, 663 ms.
    Dim,
    /// 0.83 lx a count, up to 54,612 lx, 180 ms: as it comes from the factory.
    Normal,
    /// 1.85 lx a count, up to 121,556 lx, 81 ms: direct sun.
    Bright,
}

impl Range {
    /// Measurement time register: 31 to 254, 69 by default (page 11).
    const fn mtreg(self) -> u8 {
        match self {
            Self::Dim => 254,
            Self::Normal => 69,
            Self::Bright => 31,
        }
    }

    /// One time H-resolution mode 2 halves the step, mode 1 does not (page 5).
    const fn opcode(self) -> u8 {
        if self.half_steps() { 0x21 } else { 0x20 }
    }

    const fn half_steps(self) -> bool {
        matches!(self, Self::Dim)
    }

    /// At most 180 ms at the default measurement time (page 2), and in proportion to it (page 11).
    const fn wait_ms(self) -> u32 {
        (180 * self.mtreg() as u32).div_ceil(69)
    }

    /// Counts to thousandths of lx: counts / 1.2 × 69 / MTreg, / 2 in mode 2 (pages 10 and 11),
    /// rounded to the nearest.
    const fn milli_lx(self, counts: u16) -> i64 {
        let steps = if self.half_steps() { 2 } else { 1 };
        let divisor = 12 * self.mtreg() as i64 * steps;
        (counts as i64 * 10 * 69 * 1000 + divisor / 2) / divisor
    }

    const fn brighter(self) -> Option<Self> {
        match self {
            Self::Dim => Some(Self::Normal),
            Self::Normal => Some(Self::Bright),
            Self::Bright => None,
        }
    }

    /// The range for light of `milli_lx` next time. Each limit lies well inside of the range that it
    /// leads to, so that light at a limit does not change it to and fro.
    const fn next(self, milli_lx: i64) -> Self {
        match self {
            Self::Bright if milli_lx < 30_000_000 => Self::Normal,
            Self::Normal if milli_lx < 500_000 => Self::Dim,
            Self::Dim if milli_lx > 5_000_000 => Self::Normal,
            same => same,
        }
    }
}

/// More counts than this are taken as overflow: the converter stops at 65,535.
const COUNTS_MAX: u16 = 65_000;

impl<I: I2c, D: DelayNs + Clone> Bh1750<I, D> {
    /// A sensor that has not been asked yet.
    pub fn new(bus: I, delay: D, address: u8) -> Self {
        Self {
            bus: Timed::new(bus, delay.clone(), I2C_TRANSFER_MS_MAX),
            delay,
            address,
            range: Range::Normal,
            record: Record::default(),
        }
    }

    /// The light now, in lx. Takes 0.1 to 1.1 s, and never more than [`BH1750_READ_MS_MAX`](crate::limits::BH1750_READ_MS_MAX).
    pub async fn read(&mut self) -> Sample {
        let mut last = Fault::Timeout;
        for attempt in 0..TRIES {
            if attempt > 0 {
                self.delay.delay_ms(RETRY_PAUSE_MS).await;
            }
            match self.measure().await {
                Ok(milli_lx) => {
                    self.record.good();
                    self.range = self.range.next(milli_lx);
                    let sample = Sample::Is(Value::from_milli(milli_lx));
                    return sample.checked(Quantity::IlluminanceLx);
                }
                Err(fault) => {
                    self.record.count(fault);
                    last = fault;
                }
            }
            // More light than direct sun is no disturbance.
            if last == Fault::OutOfRange {
                break;
            }
        }
        self.record.sample(last)
    }

    /// What went wrong since the start.
    pub const fn faults(&self) -> Faults {
        self.record.faults
    }

    /// Measures, in a brighter range as long as this one overflows.
    async fn measure(&mut self) -> Result<i64, Fault> {
        loop {
            let counts = self.counts().await?;
            if counts <= COUNTS_MAX {
                return Ok(self.range.milli_lx(counts));
            }
            self.range = self.range.brighter().ok_or(Fault::OutOfRange)?;
        }
    }

    async fn counts(&mut self) -> Result<u16, Fault> {
        let mtreg = self.range.mtreg();
        // High bit and low bit of the measurement time, then the measurement (page 11). Written
        // every time: a sensor that lost its supply in between is back at 69. Each in a transfer of its
        // own (page 10).
        self.bus.write(self.address, &[0x40 | mtreg >> 5]).await?;
        self.bus.write(self.address, &[0x60 | mtreg & 0x1F]).await?;
        self.bus.write(self.address, &[self.range.opcode()]).await?;
        self.delay.delay_ms(self.range.wait_ms()).await;
        let mut bytes = [0; 2];
        self.bus.read(self.address, &mut bytes).await?;
        Ok(u16::from_be_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn counts_become_lx_as_page_10_computes_them() {
        // 1000 0011 1001 0000 = 33,680 counts / 1.2 = 28,067 lx.
        assert_eq!(Range::Normal.milli_lx(0x8390), 28_066_667);
        assert_eq!(Range::Normal.milli_lx(65_535), 54_612_500);
        assert_eq!(Range::Bright.milli_lx(65_535), 121_556_855);
        assert_eq!(Range::Dim.milli_lx(1), 113);
        assert_eq!(Range::Dim.milli_lx(0), 0);
    }

    #[test]
    fn the_wait_follows_the_measurement_time() {
        assert_eq!(Range::Normal.wait_ms(), 180);
        assert_eq!(Range::Dim.wait_ms(), 663);
        assert_eq!(Range::Bright.wait_ms(), 81);
    }

    #[test]
    fn a_range_that_light_leads_to_does_not_lead_back() {
        for milli_lx in (0..120_000_000).step_by(9_973) {
            for range in [Range::Dim, Range::Normal, Range::Bright] {
                let next = range.next(milli_lx);
                if next != range {
                    assert!(next.next(milli_lx) != range, "{range:?} at {milli_lx}");
                }
            }
        }
    }
}
