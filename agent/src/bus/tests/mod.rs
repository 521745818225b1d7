//! Whole buses against counterparts that answer as meters do, good and bad.
//!
//! Most run on a clock that moves only when everybody waits, so that a timeout costs nothing. The
//! frames of `real` and of the profiles are not made by our own code.

mod far;
mod late;
mod lines;
mod probing;
mod real;
mod turns;

use super::plan::{Address, BusConfig, GatewayConfig, Link, PolledMeter, StopBits};
use super::{Buses, Said, start::start_over};
use crate::clock::Clock;
use controller::MeterIx;
use device_profiles::{Parity, Profile};
use far::Far;
use std::sync::Arc;
use tokio::sync::mpsc;
use wire::Id;

/// A meter with two blocks of equal length that no read joins.
const TWO_BLOCKS: &str = r#"
id = "two-blocks"
kind = "meter"
maker = "Test"
models = ["TB"]
phases = 1
protocol = "modbus"
evidence = "bench"
notes = "A meter of the tests."
[[source]]
what = "made up"
[bus]
baud = [9600]
[[register]]
measure = "energy_import"
fc = 3
address = 0x0100
type = "u32"
unit = "Wh"
[[register]]
measure = "power"
fc = 3
address = 0x0200
type = "u32"
unit = "W"
[[register]]
measure = "voltage_l1"
fc = 3
address = 0x0300
type = "u32"
unit = "V"
[[example]]
measure = "power"
registers = ["0x0000", "0x0007"]
reads = "7"
"#;

fn profile(text: &str) -> Arc<Profile> {
    Arc::new(Profile::parse(text, "test.toml").unwrap_or_else(|error| panic!("{error}")))
}

fn shipped(id: &str) -> Arc<Profile> {
    Arc::new(device_profiles::find(id).unwrap_or_else(|| panic!("no profile {id}")).clone())
}

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

fn serial() -> Link {
    let (parity, stop_bits) = (Parity::None, StopBits::One);
    Link::Serial { path: "unused".into(), baud: 9_600, parity, stop_bits }
}

fn tcp() -> Link {
    Link::Tcp { host: "unused".to_owned(), port: 502 }
}

fn meter(nth: u32, unit: u8, profile: &Arc<Profile>) -> PolledMeter {
    let name = format!("meter-{nth}");
    PolledMeter::new(MeterIx(nth), name, 0, Address::Unit(unit), profile.clone())
}

/// A bus with everything around it.
struct Bench {
    buses: Buses,
    said: mpsc::Receiver<Said>,
}

impl Bench {
    fn new(far: &Far, link: Link, meters: Vec<PolledMeter>, gateways: Vec<GatewayConfig>) -> Self {
        Self::with_room(1_000, far, link, meters, gateways)
    }

    fn with_room(
        room: usize,
        far: &Far,
        link: Link,
        meters: Vec<PolledMeter>,
        gateways: Vec<GatewayConfig>,
    ) -> Self {
        let (out, said) = mpsc::channel(room);
        let config = BusConfig::new(id("bus"), link);
        let dial = far.dial();
        let clock = Clock::System;
        let wrap = std::convert::identity;
        let buses =
            start_over(vec![config], meters, gateways, clock, (out, wrap), |_| Some(dial.clone()));
        Self { buses, said }
    }

    async fn next(&mut self) -> Said {
        self.said.recv().await.expect("the bus has ended")
    }

    /// The next thing that `wanted` takes; the rest is passed over.
    async fn until<T>(&mut self, mut wanted: impl FnMut(&Said) -> Option<T>) -> T {
        loop {
            let said = self.next().await;
            if let Some(found) = wanted(&said) {
                return found;
            }
        }
    }

    async fn taken(&mut self) -> super::Taken {
        self.until(|said| match said {
            Said::Read(taken) => Some(taken.as_ref().clone()),
            _ => None,
        })
        .await
    }
}
