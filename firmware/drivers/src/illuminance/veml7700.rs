//! Vishay VEML7700: gain and integration time that follow the light, corrected where it is not linear.
//!
//! Registers are those of the crate `veml7700`, whose functions are async without its default
//! features. The correction is ours: the crate raises to powers by an approximation.
//! AN is Vishay's application note "Designing the VEML7700 into an application" (document 84323).

use crate::fault::{Fault, Faults, Record};
use crate::limits::{I2C_TRANSFER_MS_MAX, RETRY_PAUSE_MS, TRIES};
use crate::timed::{BusFault, Timed};
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::i2c::I2c;
use veml7700::{Error, Gain, IntegrationTime, Veml7700 as Registers};
use wire::{Quantity, Sample, Value};

/// A VEML7700 on an I²C bus. It sleeps between readings.
pub struct Veml7700<I, D> {
    chip: Registers<Timed<I, D>>,
    delay: D,
    range: Range,
    record: Record,
}

/// How sensitive it is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    /// Gain 2, 400 ms: 0.0084 lx a count, up to 550 lx.
    Dim,
    /// Gain 1, 100 ms: 0.0672 lx a count, up to 4,400 lx.
    Normal,
    /// Gain 1/8, 100 ms: 0.5376 lx a count; the correction ends at 140,000 lx before it overflows.
    Bright,
}

impl Range {
    const fn gain(self) -> Gain {
        match self {
            Self::Dim => Gain::Two,
            Self::Normal => Gain::One,
            Self::Bright => Gain::OneEighth,
        }
    }

    const fn time(self) -> IntegrationTime {
        match self {
            Self::Dim => IntegrationTime::_400ms,
            Self::Normal | Self::Bright => IntegrationTime::_100ms,
        }
    }

    /// 4 ms to wake up (datasheet, power-on), then one integration that may be 10 % longer, then
    /// one more: the first may have begun with the settings before.
    const fn wait_ms(self) -> u32 {
        match self {
            Self::Dim => 4 + 2 * 440,
            Self::Normal | Self::Bright => 4 + 2 * 110,
        }
    }

    /// Ten-thousandths of a lx in one count (AN, table of resolutions: 0.0042 lx at gain 2 and
    /// 800 ms, and in proportion; editions before 2022 said 0.0036).
    const fn step_e4(self) -> i64 {
        match self {
            Self::Dim => 84,
            Self::Normal => 672,
            Self::Bright => 5376,
        }
    }

    const fn brighter(self) -> Option<Self> {
        match self {
            Self::Dim => Some(Self::Normal),
            Self::Normal => Some(Self::Bright),
            Self::Bright => None,
        }
    }

    /// The range for such light next time; each limit lies well inside of the range it leads to.
    const fn next(self, milli_lx: i64) -> Self {
        match self {
            Self::Bright if milli_lx < 1_000_000 => Self::Normal,
            Self::Normal if milli_lx < 150_000 => Self::Dim,
            Self::Normal if milli_lx > 3_000_000 => Self::Bright,
            Self::Dim if milli_lx > 400_000 => Self::Normal,
            same => same,
        }
    }
}

/// More counts than this are taken as overflow.
const COUNTS_MAX: u16 = 65_000;

/// Above this the counts are not linear any more (AN, "correction formula"), lx.
const LINEAR_LX_MAX: f32 = 1000.0;

/// Most that the sensor is made for, thousandths of lx (datasheet: 0 to about 140 klx).
const MILLI_LX_MAX: i64 = 140_000_000;

impl<I: I2c, D: DelayNs + Clone> Veml7700<I, D> {
    /// A sensor that has not been asked yet.
    pub fn new(bus: I, delay: D) -> Self {
        let bus = Timed::new(bus, delay.clone(), I2C_TRANSFER_MS_MAX);
        Self { chip: Registers::new(bus), delay, range: Range::Normal, record: Record::default() }
    }

    /// The light now, in lx. Takes 0.2 to 1.4 s, and never more than [`VEML7700_READ_MS_MAX`](crate::limits::VEML7700_READ_MS_MAX).
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
            let counts = self.counts().await.map_err(bus_fault)?;
            if counts <= COUNTS_MAX {
                let milli_lx = milli_lx(self.range, counts);
                return if milli_lx <= MILLI_LX_MAX {
                    Ok(milli_lx)
                } else {
                    Err(Fault::OutOfRange)
                };
            }
            self.range = self.range.brighter().ok_or(Fault::OutOfRange)?;
        }
    }

    async fn counts(&mut self) -> Result<u16, Error<BusFault>> {
        // Changed only while it sleeps (AN, flow chart), and written every time: a sensor that lost
        // its supply in between has forgotten.
        self.chip.disable().await?;
        self.chip.set_gain(self.range.gain()).await?;
        self.chip.set_integration_time(self.range.time()).await?;
        self.chip.enable().await?;
        self.delay.delay_ms(self.range.wait_ms()).await;
        let counts = self.chip.read_raw().await?;
        self.chip.disable().await?;
        Ok(counts)
    }
}

/// Counts to thousandths of lx, corrected above 1000 lx.
fn milli_lx(range: Range, counts: u16) -> i64 {
    let milli_lx = (i64::from(counts) * range.step_e4() + 5) / 10;
    // 24 bits of a float hold the counts and every term to 1 part in 10^7.
    let lx = milli_lx as f32 / 1000.0;
    if range == Range::Bright && lx > LINEAR_LX_MAX {
        (corrected(lx) * 1000.0) as i64
    } else {
        milli_lx
    }
}

/// 6.0135e-13 x⁴ − 9.3924e-9 x³ + 8.1488e-5 x² + 1.0023 x (AN, "correction formula").
fn corrected(lx: f32) -> f32 {
    (((6.0135e-13 * lx - 9.3924e-9) * lx + 8.1488e-5) * lx + 1.0023) * lx
}

fn bus_fault(error: Error<BusFault>) -> Fault {
    let Error::I2C(fault) = error;
    fault.into()
}

#[cfg(test)]
mod tests {
    use super::{Range, corrected, milli_lx};

    #[test]
    fn counts_become_lx_by_the_table_of_resolutions() {
        assert_eq!(milli_lx(Range::Dim, 1), 8);
        assert_eq!(milli_lx(Range::Normal, 10_000), 672_000);
        // Linear up to 1000 lx, corrected above.
        assert_eq!(milli_lx(Range::Bright, 1860), 999_936);
        assert_eq!(milli_lx(Range::Bright, 1861) / 1000, 1075);
    }

    #[test]
    fn the_correction_never_falls_and_follows_the_formula() {
        let exact = |x: f64| {
            6.0135e-13 * x.powi(4) - 9.3924e-9 * x.powi(3) + 8.1488e-5 * x * x + 1.0023 * x
        };
        let mut last = 0.0;
        for lx in (1000..35_000).step_by(50) {
            let now = corrected(lx as f32);
            assert!(now > last, "{lx}");
            assert!((f64::from(now) / exact(f64::from(lx)) - 1.0).abs() < 1e-5, "{lx}");
            last = now;
        }
    }

    #[test]
    fn a_range_that_light_leads_to_does_not_lead_back() {
        for milli_lx in (0..140_000_000).step_by(9_973) {
            for range in [Range::Dim, Range::Normal, Range::Bright] {
                let next = range.next(milli_lx);
                if next != range {
                    assert!(next.next(milli_lx) != range, "{range:?} at {milli_lx}");
                }
            }
        }
    }
}
