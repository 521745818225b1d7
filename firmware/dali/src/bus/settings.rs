//! Settings that gear keeps: said, asked back, said again until they agree.

use super::{Answer, Bus, Fault, Line, TRIES};
use crate::frame::{Address, Command, Group, Order, Short};
use crate::level::Level;

/// Whether gear has a setting now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It had it before; nothing was written.
    Already,
    /// It says so.
    Yes,
    /// It says something else, [`TRIES`] times.
    No,
    /// It says nothing.
    NoAnswer,
    /// Several say something at once: two gears with one address.
    Garbled,
}

impl<L: Line> Bus<L> {
    /// The level after mains returns; `None`: the last one before.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn set_power_on_level(
        &mut self,
        short: Short,
        level: Option<Level>,
    ) -> Result<Kept, Fault> {
        self.keep(short, arc(level), Command::SetPowerOn, Command::QueryPowerOn).await
    }

    /// The level while the bus is dead; `None`: stay where you are. It goes before the power-on level.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn set_system_failure_level(
        &mut self,
        short: Short,
        level: Option<Level>,
    ) -> Result<Kept, Fault> {
        self.keep(short, arc(level), Command::SetSystemFailure, Command::QuerySystemFailure).await
    }

    /// The lowest level it goes to when lit. Gear raises it to what it can do: then the answer is `No`.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn set_min_level(&mut self, short: Short, level: Level) -> Result<Kept, Fault> {
        self.keep(short, level.arc(), Command::SetMin, Command::QueryMin).await
    }

    /// The highest level it goes to.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn set_max_level(&mut self, short: Short, level: Level) -> Result<Kept, Fault> {
        self.keep(short, level.arc(), Command::SetMax, Command::QueryMax).await
    }

    /// The groups it is in, a bit each, and in no other.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn set_groups(&mut self, short: Short, groups: u16) -> Result<Kept, Fault> {
        let mut written = false;
        for _ in 0..=TRIES {
            let has = match self.groups(short).await? {
                Answer::Value(has) => has,
                Answer::Nothing => return Ok(Kept::NoAnswer),
                Answer::Garbled => return Ok(Kept::Garbled),
            };
            if has == groups {
                self.fades.share(groups);
                return Ok(if written { Kept::Yes } else { Kept::Already });
            }
            written = true;
            let differ = has ^ groups;
            for group in Group::all().filter(|group| differ >> group.number() & 1 == 1) {
                let into = groups >> group.number() & 1 == 1;
                let command =
                    if into { Command::AddToGroup(group) } else { Command::RemoveFromGroup(group) };
                self.say(Order::Command(Address::Short(short), command)).await?;
            }
        }
        Ok(Kept::No)
    }

    /// The groups one gear is in, a bit each.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn groups(&mut self, short: Short) -> Result<Answer<u16>, Fault> {
        let to = Address::Short(short);
        let low = self.ask(to, Command::QueryGroupsLow).await?;
        let high = match low {
            Answer::Value(_) => self.ask(to, Command::QueryGroupsHigh).await?,
            silent => silent,
        };
        Ok(match (low, high) {
            (Answer::Value(low), Answer::Value(high)) => {
                Answer::Value(u16::from_be_bytes([high, low]))
            }
            (Answer::Garbled, _) | (_, Answer::Garbled) => Answer::Garbled,
            _ => Answer::Nothing,
        })
    }

    /// A byte through DTR0, asked back until it is there.
    async fn keep(
        &mut self,
        short: Short,
        value: u8,
        set: Command,
        query: Command,
    ) -> Result<Kept, Fault> {
        // Asked first: gear keeps settings in memory that wears out by writing.
        for nth in 0..=TRIES {
            match self.ask(Address::Short(short), query).await? {
                Answer::Value(has) if has == value => {
                    return Ok(if nth == 0 { Kept::Already } else { Kept::Yes });
                }
                Answer::Value(_) if nth == TRIES => return Ok(Kept::No),
                Answer::Value(_) => self.set_from_dtr0(short, value, set).await?,
                Answer::Nothing => return Ok(Kept::NoAnswer),
                Answer::Garbled => return Ok(Kept::Garbled),
            }
        }
        Ok(Kept::No)
    }
}

fn arc(level: Option<Level>) -> u8 {
    level.map_or(0xFF, Level::arc)
}
