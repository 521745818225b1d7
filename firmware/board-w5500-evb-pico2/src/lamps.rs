//! The lamps: a DALI line, or 0–10 V with a relay per channel, as the identity says.

use crate::line::PioLine;
use crate::start::{PORTS, WATCH};
use drivers::dimmer::{Dimmer, Wiring, curve};
use embassy_rp::Peri;
use embassy_rp::gpio::{AnyPin, Level, Output};
use embassy_rp::peripherals::{
    DMA_CH2, PIN_10, PIN_11, PIN_12, PIN_13, PIN_14, PIO0, PWM_SLICE6, PWM_SLICE7,
};
use embassy_rp::pwm::{Config, Pwm, PwmOutput};
use shell::lamps::dali::DaliOutputs;
use shell::lamps::pwm::PwmOutputs;
use shell::lamps::{self, NoOutputs};
use shell::{Identity, Part, log};

/// How many channels there are pins for when they are not on a DALI line.
const DIMMERS: usize = 3;

/// The usual 1–10 V gear behind an amplifier that makes 10 V of a full duty, and a relay board that
/// closes on high.
const WIRING: Wiring = Wiring {
    curve: curve::LINEAR_1_10_V,
    full_mv: 10_000,
    inverted: false,
    off_requires_relay: true,
    relay_active_low: false,
    // Five times 10 kΩ and 4.7 µF, which smooth 1.1 kHz to less than 1 %.
    settle_ms: 250,
};

/// What of the processor the lamps hang on.
pub struct Wires {
    /// The state machines of the DALI line, and the channel that takes its samples.
    pub block: (Peri<'static, PIO0>, Peri<'static, DMA_CH2>),
    /// The pins of the DALI line: the one that sends, the one that receives.
    pub line: (Peri<'static, PIN_10>, Peri<'static, PIN_11>),
    /// What makes pulse widths of the next three.
    pub slices: (Peri<'static, PWM_SLICE6>, Peri<'static, PWM_SLICE7>),
    /// Control voltage of channels 1 to 3.
    pub volts: (Peri<'static, PIN_12>, Peri<'static, PIN_13>, Peri<'static, PIN_14>),
    /// Relays of channels 1 to 3.
    pub relays: [Peri<'static, AnyPin>; DIMMERS],
}

/// Drives the lamps for ever.
#[embassy_executor::task]
pub async fn run(wires: Wires, identity: &'static Identity) {
    let channels = identity.lamps.len();
    if identity.has(Part::Dali) {
        let ((block, samples), (sender, receiver)) = (wires.block, wires.line);
        let line = PioLine::new(block, samples, sender, receiver);
        lamps::run(&mut DaliOutputs::new(line, channels), &PORTS, &WATCH).await
    } else if identity.has(Part::Pwm) {
        if channels > DIMMERS {
            log!("lamps: there are outputs for {DIMMERS} of {channels} channels");
        }
        let outputs = dimmers(wires).take(channels).flatten().collect();
        lamps::run(&mut PwmOutputs(outputs), &PORTS, &WATCH).await
    } else {
        lamps::run(&mut NoOutputs, &PORTS, &WATCH).await
    }
}

type Lamp = Dimmer<PwmOutput<'static>, Output<'static>>;

/// Dark, all three. Pins of the processor itself cannot fail.
fn dimmers(wires: Wires) -> impl Iterator<Item = Option<Lamp>> {
    let mut config = Config::default();
    // 150 MHz / 2 / 65536 is 1.1 kHz.
    config.divider = 2.into();
    let (first, second, third) = wires.volts;
    let both = Pwm::new_output_ab(wires.slices.0, first, second, config.clone()).split();
    let one = Pwm::new_output_a(wires.slices.1, third, config).split();
    let volts = [both.0, both.1, one.0];
    volts
        .into_iter()
        .zip(wires.relays)
        .map(|(volts, relay)| Dimmer::new(volts?, Output::new(relay, Level::Low), WIRING).ok())
}
