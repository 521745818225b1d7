//! Illuminance: a BH1750 or a VEML7700.

use crate::ports::{Heard, Ports, Source};
use crate::watch::{Task, Watch};
use drivers::illuminance::{BH1750_ADDRESS, Bh1750, Veml7700};
use embassy_time::{Delay, Duration, Ticker};
use embedded_hal_async::i2c::I2c;
use node::identity::Part;
use wire::Quantity;

/// Between two readings, s: daylight and lamps are regulated no faster.
const ROUND_S: u64 = 2;

/// The sensor that is fitted.
pub enum Light<I> {
    /// ROHM's.
    Bh1750(Bh1750<I, Delay>),
    /// Vishay's.
    Veml7700(Veml7700<I, Delay>),
}

impl<I: I2c> Light<I> {
    /// The first of the two that is wired.
    pub fn of(fitted: &[Part], bus: I) -> Option<Self> {
        if fitted.contains(&Part::Bh1750) {
            return Some(Self::Bh1750(Bh1750::new(bus, Delay, BH1750_ADDRESS)));
        }
        let wired = fitted.contains(&Part::Veml7700);
        wired.then(|| Self::Veml7700(Veml7700::new(bus, Delay)))
    }
}

/// Reads the light for ever.
pub async fn run<I: I2c>(mut light: Light<I>, ports: &Ports, watch: &Watch) -> ! {
    let mut ticker = Ticker::every(Duration::from_secs(ROUND_S));
    loop {
        watch.mark(Task::Light);
        let sample = match &mut light {
            Light::Bh1750(sensor) => sensor.read().await,
            Light::Veml7700(sensor) => sensor.read().await,
        };
        ports.heard.send(Heard::Sense(Quantity::IlluminanceLx, Source::Only, sample)).await;
        ticker.next().await;
    }
}
