//! Proof that `drivers` and `dali` link for a target that has only `core`.
//!
//! It never runs: every driver is built on pins and buses that know nothing, and polled, so that all
//! of them are linked and their size is true.
#![no_std]
#![no_main]

use core::convert::Infallible;
use core::future::{Future, pending};
use core::hint::black_box;
use core::panic::PanicInfo;
use core::pin::pin;
use core::task::{Context, Waker};
use drivers::air::{Calibration, SHT4X_ADDRESS, Scd4x, Sht4x};
use drivers::dali_bridge::DaliBridge;
use drivers::dali_lamps::DaliLamps;
use drivers::dimmer::curve::LINEAR_1_10_V;
use drivers::dimmer::{Dimmer, Wiring};
use drivers::i2c_bridge::Bridge;
use drivers::illuminance::{BH1750_ADDRESS, Bh1750, Veml7700};
use drivers::input::{Pir, Switch};
use drivers::ld2410::{Command, Radar, ask};
use drivers::meter::Meter;
use drivers::meter::map::Map;
use embedded_hal::digital::{self, OutputPin};
use embedded_hal::pwm::{self, SetDutyCycle};
use embedded_hal_async::delay::DelayNs;
use embedded_io_async::{ErrorType, Read, Write};

/// Every pin, line and clock of a board that is not there.
#[derive(Clone)]
struct Nowhere;

/// Everything, for ever.
// SAFETY: the linker script names this function and nothing else defines it.
#[unsafe(no_mangle)]
pub extern "C" fn start() -> ! {
    loop {
        inputs(black_box(0));
        poll(sensors());
        poll(lines());
        poll(lamps(black_box(0)));
    }
}

fn inputs(now_ms: u64) {
    let (mut switch, mut pir) = (Switch::on_edges(), Pir::new(now_ms, 45_000));
    let high = black_box(true);
    black_box((switch.observe(high, now_ms), switch.deadline()));
    black_box((pir.observe(high, now_ms), pir.take(now_ms), pir.deadline(now_ms)));
}

async fn sensors() {
    let bus = || Bridge::new(Nowhere, Nowhere);
    black_box(Bh1750::new(bus(), Nowhere, BH1750_ADDRESS).read().await);
    black_box(Veml7700::new(bus(), Nowhere).read().await);
    black_box(Sht4x::new(bus(), Nowhere, SHT4X_ADDRESS).read().await);
    let mut air = Scd4x::new(bus(), Nowhere, Calibration::Automatic);
    black_box(air.read().await);
    black_box(air.recalibrate(420).await);
    black_box((air.self_test().await.is_ok(), air.serial().await.is_ok()));
}

async fn lines() {
    let mut radar = Radar::new(1_000);
    black_box((radar.feed(black_box(&[0]), 0), radar.report(0)));
    black_box(ask(&mut Nowhere, &mut Nowhere, black_box(Command::Begin)).await.is_ok());
    if let Some(map) = Map::find(black_box("eastron-sdm120")) {
        black_box(Meter::new(Nowhere, Nowhere, map.baud, 1, map).read().await);
    }
}

async fn lamps(now_ms: u64) {
    let wiring = Wiring {
        curve: LINEAR_1_10_V,
        full_mv: 10_000,
        inverted: false,
        off_requires_relay: true,
        relay_active_low: false,
        settle_ms: 40,
    };
    if let Ok(mut dimmer) = Dimmer::new(Nowhere, Nowhere, wiring) {
        dimmer.set(black_box(50), 1_000, now_ms);
        black_box(dimmer.step(now_ms).is_ok());
    }
    let mut lamps = DaliLamps::new(DaliBridge::new(Nowhere, Nowhere));
    black_box(lamps.drive(0, black_box(50), 1_000, now_ms).await.is_ok());
    black_box((lamps.refresh(now_ms).await.is_ok(), lamps.lamp_fault(0).await));
}

fn poll(future: impl Future<Output = ()>) {
    black_box(pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_ready());
}

impl DelayNs for Nowhere {
    async fn delay_ns(&mut self, ns: u32) {
        if black_box(ns) > 0 {
            pending().await
        }
    }
}

impl ErrorType for Nowhere {
    type Error = Infallible;
}

impl Read for Nowhere {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        Ok(black_box(bytes).len())
    }
}

impl Write for Nowhere {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(black_box(bytes).len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl pwm::ErrorType for Nowhere {
    type Error = Infallible;
}

impl SetDutyCycle for Nowhere {
    fn max_duty_cycle(&self) -> u16 {
        black_box(u16::MAX)
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        black_box(duty);
        Ok(())
    }
}

impl digital::ErrorType for Nowhere {
    type Error = Infallible;
}

impl OutputPin for Nowhere {
    fn set_low(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
