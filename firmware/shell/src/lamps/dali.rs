//! Lamps on a DALI line: lamp channel n, counted from 0, is group n.

use super::{Outputs, Rest, Wanted};
use crate::now;
use dali::Line;
use drivers::dali_lamps::DaliLamps;
use node::Millis;

/// Each channel is asked for broken lamps once in this time, ms: a lamp that fails is no emergency.
const ASK_MS: Millis = 30_000;

/// Levels are said again so often, ms: gear that missed one is wrong no longer than this.
const AGAIN_MS: Millis = 60_000;

/// … and so soon after the line has failed, ms.
const FAILED_MS: Millis = 1_000;

/// The lamp channels of a node on one DALI line.
pub struct DaliOutputs<L> {
    lamps: DaliLamps<L>,
    channels: usize,
    /// Whose turn it is to be asked.
    turn: usize,
    ask_at: Millis,
    again_at: Millis,
}

impl<L: Line> DaliOutputs<L> {
    /// So many channels on this line.
    pub const fn new(line: L, channels: usize) -> Self {
        Self { lamps: DaliLamps::new(line), channels, turn: 0, ask_at: 0, again_at: AGAIN_MS }
    }

    fn next(&self) -> Millis {
        self.ask_at.min(self.again_at)
    }
}

impl<L: Line> Outputs for DaliOutputs<L> {
    async fn drive(&mut self, channel: usize, wanted: Wanted) -> bool {
        let Wanted { level_pct, fade_ms } = wanted;
        let driven = self.lamps.drive(channel, level_pct, fade_ms, now()).await.is_ok();
        if !driven {
            self.again_at = self.again_at.min(now() + FAILED_MS);
        }
        driven
    }

    async fn rest(&mut self) -> Rest {
        let now = now();
        if self.again_at <= now {
            let works = self.lamps.refresh(now).await.is_ok();
            self.again_at = now + if works { AGAIN_MS } else { FAILED_MS };
            return Rest { next: self.next(), works, fault: None };
        }
        if self.channels == 0 || self.ask_at > now {
            return Rest { next: self.next(), works: true, fault: None };
        }
        let channel = self.turn % self.channels;
        self.turn = channel + 1;
        self.ask_at = now + ASK_MS / self.channels as Millis;
        let before = self.lamps.bus().counts().faults;
        let sample = self.lamps.lamp_fault(channel).await;
        let works = self.lamps.bus().counts().faults == before;
        Rest { next: self.next(), works, fault: Some((channel as u8, sample)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dali::{Fault, Forward, How, Reply};
    use embassy_futures::block_on;
    use wire::{Sample, Value};

    /// A line that answers every question with yes, or is dead.
    struct Heard(Vec<u16>, bool);

    impl Line for &mut Heard {
        async fn send(&mut self, frame: Forward, how: How) -> Result<Reply, Fault> {
            self.0.push(frame.bits());
            match how {
                _ if self.1 => Err(Fault::Unpowered),
                How::Answer => Ok(Reply::Backward(0xff)),
                _ => Ok(Reply::Nothing),
            }
        }
    }

    #[test]
    fn channels_take_turns_and_a_wish_goes_to_its_group() {
        let mut line = Heard(Vec::new(), false);
        let mut outputs = DaliOutputs::new(&mut line, 2);
        assert!(block_on(outputs.drive(1, Wanted { level_pct: 100, fade_ms: 0 })));
        let first = block_on(outputs.rest());
        assert_eq!(first.fault, Some((0, Sample::Is(Value::from_whole(1)))));
        outputs.ask_at = 0;
        assert_eq!(block_on(outputs.rest()).fault.map(|(lamp, _)| lamp), Some(1));
        assert!(line.0.contains(&0x82fe), "level 254 to group 1: {:x?}", line.0);
    }

    #[test]
    fn a_dead_line_is_tried_again_soon() {
        let mut line = Heard(Vec::new(), true);
        let mut outputs = DaliOutputs::new(&mut line, 1);
        assert!(!block_on(outputs.drive(0, Wanted { level_pct: 50, fade_ms: 0 })));
        assert!(outputs.again_at <= now() + FAILED_MS);
        assert!(!block_on(outputs.rest()).works);
    }
}
