//! The lamps: 0–10 V with a relay per channel. This board does not speak DALI.

use crate::start::{PORTS, WATCH};
use drivers::dimmer::{Dimmer, Wiring, curve};
use embassy_stm32::Peri;
use embassy_stm32::gpio::{AnyPin, Level, Output, OutputType, Speed};
use embassy_stm32::peripherals::{PE9, PE11, PE13, TIM1};
use embassy_stm32::time::Hertz;
use embassy_stm32::timer::low_level::CountingMode;
use embassy_stm32::timer::simple_pwm::{PwmPin, SimplePwm, SimplePwmChannel};
use shell::lamps::pwm::PwmOutputs;
use shell::lamps::{self, NoOutputs};
use shell::{Identity, Part, log};

/// How many channels there are pins for.
const DIMMERS: usize = 3;

/// The usual 1–10 V gear behind an amplifier that makes 10 V of a full duty, and a relay board that
/// closes on high.
const WIRING: Wiring = Wiring {
    curve: curve::LINEAR_1_10_V,
    full_mv: 10_000,
    inverted: false,
    off_requires_relay: true,
    relay_active_low: false,
    // Five times 10 kΩ and 4.7 µF, which smooth 1 kHz to less than 1 %.
    settle_ms: 250,
};

/// What of the processor the lamps hang on.
pub struct Wires {
    /// What makes pulse widths of the next three.
    pub timer: Peri<'static, TIM1>,
    /// Control voltage of channels 1 to 3.
    pub volts: (Peri<'static, PE9>, Peri<'static, PE11>, Peri<'static, PE13>),
    /// Relays of channels 1 to 3.
    pub relays: [Peri<'static, AnyPin>; DIMMERS],
}

/// Drives the lamps for ever.
#[embassy_executor::task]
pub async fn run(wires: Wires, identity: &'static Identity) {
    let channels = identity.lamps.len();
    if identity.has(Part::Dali) {
        log!("lamps: this board does not speak DALI");
    }
    if identity.has(Part::Pwm) {
        if channels > DIMMERS {
            log!("lamps: there are outputs for {DIMMERS} of {channels} channels");
        }
        let outputs = dimmers(wires).take(channels).flatten().collect();
        lamps::run(&mut PwmOutputs(outputs), &PORTS, &WATCH).await
    } else {
        lamps::run(&mut NoOutputs, &PORTS, &WATCH).await
    }
}

type Lamp = Dimmer<SimplePwmChannel<'static, TIM1>, Output<'static>>;

/// Dark, all three. Pins of the processor itself cannot fail.
fn dimmers(wires: Wires) -> impl Iterator<Item = Option<Lamp>> {
    let (first, second, third) = wires.volts;
    let all = SimplePwm::new(
        wires.timer,
        Some(PwmPin::new(first, OutputType::PushPull)),
        Some(PwmPin::new(second, OutputType::PushPull)),
        Some(PwmPin::new(third, OutputType::PushPull)),
        None,
        Hertz::khz(1),
        CountingMode::default(),
    )
    .split();
    [all.ch1, all.ch2, all.ch3].into_iter().zip(wires.relays).map(|(mut volts, relay)| {
        volts.set_duty_cycle_fully_off();
        volts.enable();
        Dimmer::new(volts, Output::new(relay, Level::Low, Speed::Low), WIRING).ok()
    })
}
