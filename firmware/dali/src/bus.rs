//! The application controller: what a node says to its gear, how often it tries, and what it makes of silence.
//!
//! A board implements [`Line`]. Everything here tries at most [`TRIES`] times and counts what happened.
//! Silence is an answer ([`Answer::Nothing`]); only a dead line ([`Fault`]) ends what was begun.

mod addressing;
mod energy;
mod fades;
mod settings;
mod status;

pub use addressing::{Addressed, Members};
pub use energy::{Bank, Energy, Metered, Scaled};
pub use settings::Kept;
pub use status::Status;

use crate::fade::FadeTime;
use crate::frame::{Address, Command, Forward, How, Order, Short, Special};
use crate::level::Level;
use fades::Fades;

/// How often something is said before silence or noise is believed. Gear misses about one frame in a
/// thousand on a sound bus; three in a row are a reason to say so.
pub const TRIES: u8 = 3;

/// What came back for one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Silence, or nothing was to come.
    Nothing,
    /// One backward frame.
    Backward(u8),
    /// Something that is no frame: several answered at once, or noise.
    Collision,
}

/// The line itself does not work; nothing that is said on it is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bus is low: no supply, or a short circuit.
    Unpowered,
    /// What drives the bus does not answer the node.
    Unreachable,
    /// The frame could not be sent undisturbed: somebody else talks.
    Disturbed,
}

/// Carries a frame to the bus and its answer back. It owns all timing: the settling times before and
/// after (`manchester`), the second frame of [`How::Twice`], the wait for an answer.
pub trait Line {
    /// Sends `frame` as `how` says. [`Reply::Nothing`] unless `how` is [`How::Answer`].
    ///
    /// # Errors
    /// The bus or its driver does not work.
    // Executors of firmware have one thread: nobody needs the future to be `Send`.
    #[allow(async_fn_in_trait)]
    async fn send(&mut self, frame: Forward, how: How) -> Result<Reply, Fault>;
}

impl<L: Line> Line for &mut L {
    async fn send(&mut self, frame: Forward, how: How) -> Result<Reply, Fault> {
        L::send(self, frame, how).await
    }
}

/// What a question led to, after all tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<T = u8> {
    /// One gear answered.
    Value(T),
    /// Nobody did: no such gear, or "no".
    Nothing,
    /// Several did at once, or the bus is noisy.
    Garbled,
}

/// What happened on the line since the start. Each stops at its highest value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames given to the line; one that goes twice counts once.
    pub frames: u32,
    /// Of them, said again.
    pub again: u32,
    /// Answers that were due and did not come.
    pub silences: u32,
    /// Answers that were no frame.
    pub collisions: u32,
    /// Times the line did not work.
    pub faults: u32,
}

/// An application controller on one bus.
pub struct Bus<L> {
    line: L,
    counts: Counts,
    fades: Fades,
}

impl<L: Line> Bus<L> {
    /// A controller that knows nothing of what the gear has been told.
    pub const fn new(line: L) -> Self {
        let counts = Counts { frames: 0, again: 0, silences: 0, collisions: 0, faults: 0 };
        Self { line, counts, fades: Fades::UNKNOWN }
    }

    /// What happened on the line.
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// The line, for what this type does not do.
    pub fn line(&mut self) -> &mut L {
        &mut self.line
    }

    /// The line back.
    pub fn free(self) -> L {
        self.line
    }

    /// To `level` in the shortest fade time that is not shorter than `fade_ms`; 0 is at once. The fade
    /// time is said only if the last one said to these lamps differs.
    ///
    /// # Errors
    /// The line does not work; the lamps may be anywhere between.
    pub async fn set_level(
        &mut self,
        to: Address,
        level: Level,
        fade_ms: u32,
    ) -> Result<(), Fault> {
        let fade = FadeTime::at_least(fade_ms);
        if !self.fades.is(to, fade) {
            // Until the last frame is out, nobody knows what the gear has.
            self.fades.forget(to);
            self.say(Order::Special(Special::Dtr0(fade.number()))).await?;
            self.say(Order::Command(to, Command::SetFadeTime)).await?;
            if fade == FadeTime::NONE {
                // Fade time 0 means the extended one, which another tool may have set. DTR0 is 0 already.
                self.say(Order::Command(to, Command::SetExtendedFadeTime)).await?;
            }
            self.fades.told(to, fade);
        }
        self.say(Order::Level(to, level.arc())).await
    }

    /// The next [`Bus::set_level`] to anybody says its fade time. After gear was replaced or has missed
    /// something; once an hour does no harm.
    pub fn forget_fades(&mut self) {
        self.fades = Fades::UNKNOWN;
    }

    /// Says something that nobody answers, again if the line was busy.
    ///
    /// # Errors
    /// The line does not work, or was busy [`TRIES`] times.
    pub async fn say(&mut self, order: Order) -> Result<(), Fault> {
        self.send(order).await.map(|_| ())
    }

    /// Asks until a frame comes back, [`TRIES`] times at most.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn ask(&mut self, to: Address, question: Command) -> Result<Answer, Fault> {
        self.ask_order(Order::Command(to, question)).await
    }

    /// Whether anybody among many says yes: is there gear, is a lamp broken, is one lit. Several at once
    /// are a yes.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn any(&mut self, to: Address, question: Command) -> Result<bool, Fault> {
        self.anybody(Order::Command(to, question)).await
    }

    /// Noise counts as yes: several say it at once. Silence is believed after [`TRIES`] times.
    async fn anybody(&mut self, order: Order) -> Result<bool, Fault> {
        for nth in 0..TRIES {
            count(&mut self.counts.again, nth > 0);
            if self.send(order).await? != Reply::Nothing {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn ask_order(&mut self, order: Order) -> Result<Answer, Fault> {
        let mut last = Answer::Nothing;
        for nth in 0..TRIES {
            count(&mut self.counts.again, nth > 0);
            last = match self.send(order).await? {
                Reply::Backward(byte) => return Ok(Answer::Value(byte)),
                Reply::Nothing => last,
                // Whoever was heard once is there, even if the next try is silent.
                Reply::Collision => Answer::Garbled,
            };
        }
        Ok(last)
    }

    /// One frame and its reply; again while somebody else disturbs it.
    async fn send(&mut self, order: Order) -> Result<Reply, Fault> {
        let how = order.how();
        let mut tries = TRIES;
        loop {
            count(&mut self.counts.frames, true);
            tries -= 1;
            match self.line.send(order.frame(), how).await {
                Ok(reply) => {
                    let silent = how == How::Answer && reply == Reply::Nothing;
                    count(&mut self.counts.silences, silent);
                    count(&mut self.counts.collisions, reply == Reply::Collision);
                    return Ok(reply);
                }
                Err(Fault::Disturbed) if tries > 0 => count(&mut self.counts.again, true),
                Err(fault) => {
                    count(&mut self.counts.faults, true);
                    return Err(fault);
                }
            }
        }
    }

    /// DTR0 and a setting of one gear.
    async fn set_from_dtr0(
        &mut self,
        short: Short,
        value: u8,
        command: Command,
    ) -> Result<(), Fault> {
        self.say(Order::Special(Special::Dtr0(value))).await?;
        self.say(Order::Command(Address::Short(short), command)).await
    }
}

fn count(what: &mut u32, happened: bool) {
    *what = what.saturating_add(u32::from(happened));
}
