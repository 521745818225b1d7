//! Carbon dioxide, temperature and humidity: an SCD4x, an SHT4x, or both.

use crate::ports::{Heard, Ports, Source};
use crate::watch::{Task, Watch};
use drivers::air::{Calibration, SHT4X_ADDRESS, Scd4x, Sht4x};
use embassy_time::{Delay, Duration, Ticker};
use embedded_hal_async::i2c::I2c;
use node::identity::Part;
use wire::{Quantity, Sample};

/// Between two readings, s. The air of a room changes in minutes; the SCD4x measures every 5 s.
const ROUND_S: u64 = 10;

/// The sensors that are fitted.
pub struct Air<I> {
    scd4x: Option<Scd4x<I, Delay>>,
    sht4x: Option<Sht4x<I, Delay>>,
}

impl<I: I2c + Clone> Air<I> {
    /// `None` when neither is wired.
    pub fn of(fitted: &[Part], bus: I) -> Option<Self> {
        let has = |part| fitted.contains(&part);
        let scd4x = has(Part::Scd4x);
        // Schools are empty on weekends, which is what the sensor's own calibration needs.
        let scd4x = scd4x.then(|| Scd4x::new(bus.clone(), Delay, Calibration::Automatic));
        let sht4x = has(Part::Sht4x).then(|| Sht4x::new(bus, Delay, SHT4X_ADDRESS));
        (scd4x.is_some() || sht4x.is_some()).then_some(Self { scd4x, sht4x })
    }
}

/// Reads the air for ever.
pub async fn run<I: I2c>(mut air: Air<I>, ports: &Ports, watch: &Watch) -> ! {
    let mut ticker = Ticker::every(Duration::from_secs(ROUND_S));
    loop {
        watch.mark(Task::Air);
        let mut climate = None;
        if let Some(sensor) = &mut air.scd4x {
            let said = sensor.read().await;
            say(ports, Quantity::Co2Ppm, said.co2).await;
            climate = Some((said.temperature, said.humidity));
        }
        if let Some(sensor) = &mut air.sht4x {
            // Believed before the other, which warms itself.
            let said = sensor.read().await;
            climate = Some((said.temperature, said.humidity));
        }
        if let Some((temperature, humidity)) = climate {
            say(ports, Quantity::TemperatureC, temperature).await;
            say(ports, Quantity::HumidityPct, humidity).await;
        }
        ticker.next().await;
    }
}

async fn say(ports: &Ports, quantity: Quantity, sample: Sample) {
    ports.heard.send(Heard::Sense(quantity, Source::Only, sample)).await;
}
