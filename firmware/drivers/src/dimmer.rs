//! A lamp on 0–10 V or pulse width, with a relay for the mains: levels without a flash.
//!
//! | module | what it decides |
//! |---|---|
//! | [`curve`] | light to volts to duty |
//! | [`fade`] | where a fade is at a time |
//!
//! The order is what counts. On: minimum voltage, wait until it has settled, close the relay, wait
//! until its contact is made, rise. Off: fall to the minimum, open the relay, stay at the minimum.
//! So the gear never gets mains with a high control voltage that nobody asked for, neither at
//! power-on nor after a fade to dark.

pub mod curve;
pub mod fade;

use core::convert::Infallible;
use curve::Curve;
use embedded_hal::digital::{ErrorType, OutputPin};
use embedded_hal::pwm::SetDutyCycle;
use fade::Fade;

/// How a lamp is wired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wiring {
    /// Volts for light.
    pub curve: Curve,
    /// Control voltage at full duty, mV; 10,000 with the usual amplifier.
    pub full_mv: u16,
    /// The amplifier turns it round: full duty is no voltage.
    pub inverted: bool,
    /// The lowest voltage is not dark: the relay makes it so. True for every 1–10 V gear (IEC
    /// 60929, annex E); without it, 0 V is dark and the relay stays closed.
    pub off_requires_relay: bool,
    /// The relay's coil is driven by a low pin.
    pub relay_active_low: bool,
    /// How long the control voltage takes to settle, ms: five time constants of the filter.
    pub settle_ms: u16,
}

/// A relay's contact is made after at most 15 ms (Omron G5Q, operate time 10 ms; Panasonic DW,
/// 15 ms), ms.
const CONTACT_MS: u64 = 20;

/// Between two steps of a fade, ms: 50 a second look smooth.
const STEP_MS: u64 = 20;

/// A lamp or a group of lamps on one output.
#[derive(Debug)]
pub struct Dimmer<P, R> {
    pwm: P,
    relay: R,
    wiring: Wiring,
    phase: Phase,
    fade: Fade,
    /// Asked for, 1/100 %, and how fast.
    wanted: (u16, u32),
    duty: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No light: relay open, or no voltage.
    Dark,
    /// Minimum voltage, relay open, until this time.
    Settling(u64),
    /// Relay closed, minimum voltage, until this time.
    Closing(u64),
    /// Where the fade is.
    Lit,
}

/// Which output cannot be driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DimmerFault {
    /// The control voltage.
    Pwm,
    /// The relay.
    Relay,
}

/// For wirings without a relay.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRelay;

impl ErrorType for NoRelay {
    type Error = Infallible;
}

impl OutputPin for NoRelay {
    fn set_low(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<P: SetDutyCycle, R: OutputPin> Dimmer<P, R> {
    /// Opens the relay, then sets the minimum voltage. The lamp is dark.
    ///
    /// # Errors
    /// An output cannot be driven.
    pub fn new(pwm: P, relay: R, wiring: Wiring) -> Result<Self, DimmerFault> {
        let fade = Fade::still(wiring.curve.lowest_e2());
        let mut dimmer =
            Self { pwm, relay, wiring, phase: Phase::Dark, fade, wanted: (0, 0), duty: None };
        dimmer.switch(false)?;
        dimmer.dark()?;
        Ok(dimmer)
    }

    /// Asks for `level_pct` of full light, 0 to 100, within `fade_ms`. [`Dimmer::step`] does it; call
    /// it at once.
    pub fn set(&mut self, level_pct: u8, fade_ms: u32, now_ms: u64) {
        let level_e2 = u16::from(level_pct.min(100)) * 100;
        self.wanted = (level_e2, fade_ms);
        match self.phase {
            Phase::Dark if level_e2 > 0 => {
                self.phase = Phase::Settling(now_ms.saturating_add(self.wiring.settle_ms.into()));
            }
            Phase::Lit => self.fade = self.fade.turned(self.goal_e2(), now_ms, fade_ms),
            // Before the rise only the wish changes.
            _ => {}
        }
    }

    /// Drives the outputs as they should be now; when to call again, ms, if something goes on.
    ///
    /// # Errors
    /// An output cannot be driven; the next step tries again.
    pub fn step(&mut self, now_ms: u64) -> Result<Option<u64>, DimmerFault> {
        if self.wanted.0 == 0 && matches!(self.phase, Phase::Settling(_) | Phase::Closing(_)) {
            return self.finish();
        }
        match self.phase {
            Phase::Dark => Ok(None),
            Phase::Settling(until_ms) => {
                self.drive(self.wiring.curve.lowest_mv())?;
                if now_ms < until_ms {
                    return Ok(Some(until_ms));
                }
                self.switch(true)?;
                self.phase = Phase::Closing(now_ms.saturating_add(CONTACT_MS));
                Ok(Some(now_ms.saturating_add(CONTACT_MS)))
            }
            Phase::Closing(until_ms) => {
                if now_ms < until_ms {
                    return Ok(Some(until_ms));
                }
                self.phase = Phase::Lit;
                let lowest = Fade::still(self.wiring.curve.lowest_e2());
                self.fade = lowest.turned(self.goal_e2(), now_ms, self.wanted.1);
                self.shine(now_ms)
            }
            Phase::Lit => self.shine(now_ms),
        }
    }

    /// Light now, 1/100 %; 0 while it is dark.
    pub fn level_e2(&self, now_ms: u64) -> u16 {
        match self.phase {
            Phase::Lit => self.fade.at(now_ms),
            Phase::Closing(_) => self.wiring.curve.lowest_e2(),
            Phase::Dark | Phase::Settling(_) => 0,
        }
    }

    fn shine(&mut self, now_ms: u64) -> Result<Option<u64>, DimmerFault> {
        let level_e2 = self.fade.at(now_ms);
        self.drive(self.wiring.curve.millivolts(level_e2))?;
        if !self.fade.is_over(now_ms) {
            return Ok(Some(now_ms.saturating_add(STEP_MS).min(self.fade.end_ms())));
        }
        if self.wanted.0 == 0 { self.finish() } else { Ok(None) }
    }

    /// Dark, from the minimum.
    fn finish(&mut self) -> Result<Option<u64>, DimmerFault> {
        if self.wiring.off_requires_relay {
            self.switch(false)?;
        }
        self.dark()?;
        self.phase = Phase::Dark;
        Ok(None)
    }

    fn dark(&mut self) -> Result<(), DimmerFault> {
        let lowest = self.wiring.curve.lowest_mv();
        self.drive(if self.wiring.off_requires_relay { lowest } else { 0 })
    }

    /// Where a fade to the wish ends; a fade to dark ends at the lowest light.
    fn goal_e2(&self) -> u16 {
        self.wanted.0.max(self.wiring.curve.lowest_e2())
    }

    fn switch(&mut self, closed: bool) -> Result<(), DimmerFault> {
        let high = closed != self.wiring.relay_active_low;
        self.relay.set_state(high.into()).map_err(|_| DimmerFault::Relay)
    }

    fn drive(&mut self, millivolts: u16) -> Result<(), DimmerFault> {
        let full = u32::from(self.pwm.max_duty_cycle());
        let full_mv = u32::from(self.wiring.full_mv.max(1));
        // Rounded to the nearest; at most 65,535 × 65,535 + 32,767.
        let duty = (u32::from(millivolts).min(full_mv) * full + full_mv / 2) / full_mv;
        let duty = if self.wiring.inverted { full - duty.min(full) } else { duty };
        let duty = duty.min(full) as u16;
        if self.duty != Some(duty) {
            self.pwm.set_duty_cycle(duty).map_err(|_| DimmerFault::Pwm)?;
            self.duty = Some(duty);
        }
        Ok(())
    }
}
