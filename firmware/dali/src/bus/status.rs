//! What gear says about itself: QUERY STATUS, and the level it has.

use super::{Answer, Bus, Fault, Line};
use crate::frame::{Address, Command, Short};
use crate::level::Level;

/// The answer to QUERY STATUS (IEC 62386-102, status bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u8);

impl Status {
    /// The gear itself is broken.
    pub const fn gear_failure(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// A lamp is broken or missing.
    pub const fn lamp_failure(self) -> bool {
        self.0 & 0x02 != 0
    }

    /// The lamp is lit.
    pub const fn lamp_on(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// The last level asked for was outside minimum and maximum.
    pub const fn limit_error(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// On its way to another level.
    pub const fn fading(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// All settings are factory values.
    pub const fn reset_state(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// It has no short address.
    pub const fn missing_short(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// There was a power cut since it last was told a level: it is not where it was put.
    pub const fn power_cycled(self) -> bool {
        self.0 & 0x80 != 0
    }
}

impl<L: Line> Bus<L> {
    /// The status of one gear.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn status(&mut self, short: Short) -> Result<Answer<Status>, Fault> {
        let answer = self.ask(Address::Short(short), Command::QueryStatus).await?;
        Ok(match answer {
            Answer::Value(bits) => Answer::Value(Status(bits)),
            Answer::Nothing => Answer::Nothing,
            Answer::Garbled => Answer::Garbled,
        })
    }

    /// The level of one gear now; `None` inside while it starts or its lamp is broken.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn actual_level(&mut self, short: Short) -> Result<Answer<Option<Level>>, Fault> {
        let answer = self.ask(Address::Short(short), Command::QueryActual).await?;
        Ok(match answer {
            Answer::Value(arc) => Answer::Value(Level::new(arc)),
            Answer::Nothing => Answer::Nothing,
            Answer::Garbled => Answer::Garbled,
        })
    }
}
