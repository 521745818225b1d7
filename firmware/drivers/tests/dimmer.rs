//! Dimmer and relay: the order on the outputs, never a flash, fades that turn.

use drivers::dimmer::curve::{LINEAR_0_10_V, LINEAR_1_10_V};
use drivers::dimmer::{Dimmer, DimmerFault, Wiring};
use embedded_hal_mock::eh1::MockError;
use embedded_hal_mock::eh1::digital::{Mock as Pin, State, Transaction as PinStep};
use embedded_hal_mock::eh1::pwm::{Mock as Pwm, Transaction as PwmStep};
use proptest::prelude::*;
use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

const WIRING: Wiring = Wiring {
    curve: LINEAR_1_10_V,
    full_mv: 10_000,
    inverted: false,
    off_requires_relay: true,
    relay_active_low: false,
    settle_ms: 40,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Did {
    Duty(u16),
    Relay(bool),
}

/// Outputs that write down what was done to them, with a full duty of 10,000: one step a millivolt.
#[derive(Clone, Default)]
struct Outputs(Rc<RefCell<Vec<Did>>>);

impl Outputs {
    fn did(&self) -> Vec<Did> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

impl embedded_hal::pwm::ErrorType for Outputs {
    type Error = Infallible;
}

impl embedded_hal::pwm::SetDutyCycle for Outputs {
    fn max_duty_cycle(&self) -> u16 {
        10_000
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        self.0.borrow_mut().push(Did::Duty(duty));
        Ok(())
    }
}

impl embedded_hal::digital::ErrorType for Outputs {
    type Error = Infallible;
}

impl embedded_hal::digital::OutputPin for Outputs {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.borrow_mut().push(Did::Relay(false));
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.0.borrow_mut().push(Did::Relay(true));
        Ok(())
    }
}

fn dimmer(wiring: Wiring) -> (Dimmer<Outputs, Outputs>, Outputs) {
    let outputs = Outputs::default();
    let dimmer = Dimmer::new(outputs.clone(), outputs.clone(), wiring).expect("outputs never fail");
    (dimmer, outputs)
}

#[test]
fn at_power_on_the_relay_opens_first_and_the_voltage_is_the_lowest() {
    let (mut dimmer, outputs) = dimmer(WIRING);
    assert_eq!(outputs.did(), [Did::Relay(false), Did::Duty(1_000)]);
    assert_eq!(dimmer.step(0), Ok(None));
    assert_eq!((outputs.did(), dimmer.level_e2(0)), (vec![], 0));
}

#[test]
fn on_is_lowest_voltage_then_relay_then_rise_within_100_ms() {
    let (mut dimmer, outputs) = dimmer(WIRING);
    outputs.did();
    dimmer.set(100, 0, 1_000);
    assert_eq!(dimmer.step(1_000), Ok(Some(1_040)));
    assert_eq!(outputs.did(), [], "the voltage is the lowest already");
    assert_eq!(dimmer.step(1_040), Ok(Some(1_060)));
    assert_eq!(outputs.did(), [Did::Relay(true)]);
    assert_eq!(dimmer.step(1_060), Ok(None));
    assert_eq!(outputs.did(), [Did::Duty(10_000)]);
    assert_eq!(dimmer.level_e2(1_060), 10_000);
}

#[test]
fn off_is_fade_to_the_lowest_then_relay() {
    let (mut dimmer, outputs) = dimmer(WIRING);
    dimmer.set(100, 0, 0);
    run(&mut dimmer, 0);
    outputs.did();
    dimmer.set(0, 1_000, 5_000);
    let end = run(&mut dimmer, 5_000);
    let did = outputs.did();
    assert_eq!(end, 6_000);
    assert_eq!(did[did.len() - 2..], [Did::Duty(1_000), Did::Relay(false)]);
    assert_eq!(dimmer.level_e2(end), 0);
    // A second of steps of 20 ms, and no jump larger than one of them.
    let duties: Vec<i32> = did
        .iter()
        .filter_map(|did| if let Did::Duty(duty) = did { Some(i32::from(*duty)) } else { None })
        .collect();
    assert!(duties.len() > 45 && duties[0] > 9_000, "{duties:?}");
    assert!(duties.windows(2).all(|pair| (0..=200).contains(&(pair[0] - pair[1]))), "{duties:?}");
}

#[test]
fn off_before_the_relay_closed_never_closes_it() {
    let (mut dimmer, outputs) = dimmer(WIRING);
    outputs.did();
    dimmer.set(80, 500, 0);
    assert_eq!(dimmer.step(0), Ok(Some(40)));
    dimmer.set(0, 500, 10);
    assert_eq!(dimmer.step(10), Ok(None));
    assert_eq!(dimmer.step(1_000), Ok(None));
    assert_eq!(outputs.did(), [Did::Relay(false)]);
}

#[test]
fn without_the_need_for_a_relay_dark_is_no_voltage_and_it_stays_closed() {
    let wiring = Wiring { off_requires_relay: false, curve: LINEAR_0_10_V, ..WIRING };
    let (mut dimmer, outputs) = dimmer(wiring);
    assert_eq!(outputs.did(), [Did::Relay(false), Did::Duty(0)]);
    dimmer.set(50, 0, 0);
    let now = run(&mut dimmer, 0);
    let half = LINEAR_0_10_V.millivolts(5_000);
    assert_eq!(outputs.did(), [Did::Duty(1_000), Did::Relay(true), Did::Duty(half)]);
    dimmer.set(0, 0, now);
    run(&mut dimmer, now);
    assert_eq!(outputs.did(), [Did::Duty(1_000), Did::Duty(0)]);
}

#[test]
fn a_turned_amplifier_and_a_relay_on_a_low_pin_are_driven_the_other_way() {
    let wiring = Wiring { inverted: true, relay_active_low: true, ..WIRING };
    let (mut dimmer, outputs) = dimmer(wiring);
    assert_eq!(outputs.did(), [Did::Relay(true), Did::Duty(9_000)]);
    dimmer.set(100, 0, 0);
    run(&mut dimmer, 0);
    assert_eq!(outputs.did(), [Did::Relay(false), Did::Duty(0)]);
}

#[test]
fn an_output_that_fails_is_said_and_tried_again() {
    let broken = MockError::Io(std::io::ErrorKind::NotConnected);
    let pwm = [
        PwmStep::max_duty_cycle(100),
        PwmStep::set_duty_cycle(10),
        PwmStep::max_duty_cycle(100),
        PwmStep::max_duty_cycle(100),
    ];
    let pin = [
        PinStep::set(State::Low),
        PinStep::set(State::High).with_error(broken),
        PinStep::set(State::High),
    ];
    let (mut pwm, mut pin) = (Pwm::new(&pwm), Pin::new(&pin));
    let mut dimmer = Dimmer::new(pwm.clone(), pin.clone(), WIRING).expect("the first steps work");
    dimmer.set(10, 0, 0);
    assert_eq!(dimmer.step(40), Err(DimmerFault::Relay));
    assert_eq!(dimmer.step(41), Ok(Some(61)));
    pwm.done();
    pin.done();
}

proptest! {
    /// Whatever is asked for and however late it is stepped: the relay only moves at the lowest
    /// voltage, and dark is dark.
    #[test]
    fn the_relay_only_moves_at_the_lowest_voltage(
        asks in prop::collection::vec((0u8..=120, 0u32..3_000, 0u64..4_000), 1..30),
    ) {
        let (mut dimmer, outputs) = dimmer(WIRING);
        let (mut now, mut duty, mut closed) = (0, u16::MAX, None);
        for (level_pct, fade_ms, wait) in asks {
            dimmer.set(level_pct, fade_ms, now);
            let until = now + wait;
            while let Ok(Some(next)) = dimmer.step(now) && next <= until {
                now = next;
            }
            now = until;
            for did in outputs.did() {
                match did {
                    Did::Duty(to) => duty = to,
                    Did::Relay(to) => {
                        prop_assert!(closed.is_none() || duty == 1_000, "{duty} mV");
                        closed = Some(to);
                    }
                }
                prop_assert!(closed == Some(true) || duty == 1_000 || duty == u16::MAX);
            }
            prop_assert!(dimmer.level_e2(now) == 0 || closed == Some(true));
        }
        dimmer.set(0, 0, now);
        let end = run(&mut dimmer, now);
        prop_assert_eq!(dimmer.level_e2(end), 0);
    }
}

/// Steps until nothing goes on; when that was.
fn run(dimmer: &mut Dimmer<Outputs, Outputs>, mut now: u64) -> u64 {
    while let Some(next) = dimmer.step(now).expect("outputs never fail") {
        now = next;
    }
    now
}
