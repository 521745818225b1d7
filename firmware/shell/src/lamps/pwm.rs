//! Lamps on 0–10 V or pulse width with a relay each.

use super::{Outputs, Rest, Wanted};
use crate::now;
use drivers::dimmer::Dimmer;
use embedded_hal::digital::OutputPin;
use embedded_hal::pwm::SetDutyCycle;
use node::Millis;
use wire::hello::CHANNELS_MAX;

/// An output that could not be driven is tried again after this, ms.
const FAILED_MS: Millis = 1_000;

/// One dimmer per lamp channel, in their order.
pub struct PwmOutputs<P, R>(pub heapless::Vec<Dimmer<P, R>, CHANNELS_MAX>);

impl<P: SetDutyCycle, R: OutputPin> Outputs for PwmOutputs<P, R> {
    async fn drive(&mut self, channel: usize, wanted: Wanted) -> bool {
        let Some(dimmer) = self.0.get_mut(channel) else { return false };
        let now = now();
        dimmer.set(wanted.level_pct, wanted.fade_ms, now);
        dimmer.step(now).is_ok()
    }

    async fn rest(&mut self) -> Rest {
        let now = now();
        let mut rest = Rest { next: Millis::MAX, works: true, fault: None };
        for dimmer in &mut self.0 {
            let next = match dimmer.step(now) {
                Ok(next) => next.unwrap_or(Millis::MAX),
                Err(_) => {
                    rest.works = false;
                    now + FAILED_MS
                }
            };
            rest.next = rest.next.min(next);
        }
        rest
    }
}
