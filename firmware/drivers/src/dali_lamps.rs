//! Lamp channels on a DALI bus: channel n is group n, with one gear or many in it.
//!
//! What is said on the bus, how often, and how a level becomes light is decided in `dali`. Here is
//! which group a channel is, that a level said once is said again, and whether a lamp is broken.

use crate::fault::{Fault as SensorFault, Faults, Record};
use dali::{Address, Answer, Bus, Command, Fault, Group, Level, Line};
use wire::{Sample, Value};

/// Groups of a bus (IEC 62386-102).
const GROUPS: usize = 16;

/// The lamp channels of one bus.
pub struct DaliLamps<L> {
    bus: Bus<L>,
    channels: [Channel; GROUPS],
}

#[derive(Clone, Copy)]
struct Channel {
    wanted: Option<Wanted>,
    record: Record,
}

#[derive(Clone, Copy)]
struct Wanted {
    level: Level,
    fade_ms: u32,
    /// When its fade is over, ms.
    end_ms: u64,
}

/// Why a channel is not driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriveFault {
    /// There are channels 0 to 15.
    NoSuchChannel,
    /// The bus does not work.
    Bus(Fault),
}

impl<L: Line> DaliLamps<L> {
    /// Nothing was said yet.
    pub const fn new(line: L) -> Self {
        let channel = Channel { wanted: None, record: Record::new() };
        Self { bus: Bus::new(line), channels: [channel; GROUPS] }
    }

    /// Drives a channel, from 0, to `level_pct` of full light within about `fade_ms`: gear knows 15
    /// fade times, and the next longer one is taken.
    ///
    /// # Errors
    /// There is no such channel, or the bus does not work; [`DaliLamps::refresh`] says it again.
    pub async fn drive(
        &mut self,
        channel: usize,
        level_pct: u8,
        fade_ms: u32,
        now_ms: u64,
    ) -> Result<(), DriveFault> {
        let (group, slot) = self.at(channel).ok_or(DriveFault::NoSuchChannel)?;
        let level = Level::from_pct(level_pct.min(100));
        // The longest fade that a frame may start.
        let taken_ms = dali::FadeTime::at_least(fade_ms).ms();
        let end_ms = now_ms.saturating_add(taken_ms.into());
        slot.wanted = Some(Wanted { level, fade_ms, end_ms });
        self.bus.set_level(group, level, fade_ms).await.map_err(DriveFault::Bus)
    }

    /// Says the levels again whose fades are over: gear that missed a frame, was replaced or had a
    /// power cut comes back to where it should be, and for all others nothing changes. With the fade
    /// time that it has already, which gear keeps in memory that wears: one frame of 38 ms a channel.
    ///
    /// # Errors
    /// The bus does not work.
    pub async fn refresh(&mut self, now_ms: u64) -> Result<(), Fault> {
        for channel in 0..GROUPS {
            let Some((group, slot)) = self.at(channel) else { continue };
            if let Some(Wanted { level, fade_ms, end_ms }) = slot.wanted
                && end_ms <= now_ms
            {
                self.bus.set_level(group, level, fade_ms).await?;
            }
        }
        Ok(())
    }

    /// Whether a gear of the channel reports a broken lamp: 1 or 0. Silent when all gear has stopped to
    /// answer, not fitted when none ever did.
    pub async fn lamp_fault(&mut self, channel: usize) -> Sample {
        let Some((group, _)) = self.at(channel) else {
            return Record::new().sample(SensorFault::NoAcknowledge);
        };
        let failed = broken(&mut self.bus, group).await;
        let Some((_, slot)) = self.at(channel) else {
            return Record::new().sample(SensorFault::NoAcknowledge);
        };
        match failed {
            Ok(failed) => {
                slot.record.good();
                Sample::Is(Value::from_whole(i64::from(failed)))
            }
            Err(fault) => {
                slot.record.count(fault);
                slot.record.sample(fault)
            }
        }
    }

    /// What went wrong with a channel's answers since the start.
    pub fn faults(&self, channel: usize) -> Faults {
        self.channels.get(channel).map_or_else(Faults::default, |slot| slot.record.faults)
    }

    /// The bus itself, for what is asked gear by gear: addresses, energy.
    pub const fn bus(&mut self) -> &mut Bus<L> {
        &mut self.bus
    }

    fn at(&mut self, channel: usize) -> Option<(Address, &mut Channel)> {
        let group = Group::new(u8::try_from(channel).ok()?)?;
        Some((Address::Group(group), self.channels.get_mut(channel)?))
    }
}

/// Whether a lamp of the group is broken. Silence means no, so somebody has to be there first; that
/// several answer at once is a yes.
async fn broken<L: Line>(bus: &mut Bus<L>, group: Address) -> Result<bool, SensorFault> {
    let there = bus.ask(group, Command::QueryGearPresent).await;
    if there.map_err(|_| SensorFault::Timeout)? == Answer::Nothing {
        return Err(SensorFault::NoAcknowledge);
    }
    let failed = bus.ask(group, Command::QueryLampFailure).await;
    Ok(failed.map_err(|_| SensorFault::Timeout)? != Answer::Nothing)
}
