//! `down/command`, not retained: something to do once; and `up/result`: what became of it.
//!
//! ```json
//! {"v":1,"id":"k7-3","n":1789000000000,"do":"identify","for_ms":10000}
//! {"v":1,"boot":3,"what":"command","id":"k7-3","ok":true,"n":1789000000000}
//! {"v":1,"boot":3,"what":"settings","ok":false,"why":"bad_value","ver":6}
//! ```
//! `n` rises from command to command, over restarts of both ends too: the sender's clock in ms
//! does. A node does a command at most once: what is not above the last `n` is refused as `old`,
//! and the result tells that last `n`.

use crate::json::{self, Full, Reader, Writer};
use crate::refusal::Refusal;
use crate::{VERSION, id};

/// Longest time for which a node makes itself known, in ms.
pub const IDENTIFY_MS_MAX: u32 = 120_000;

/// For how long it does when nobody says, in ms: long enough to look up at a ceiling.
pub const IDENTIFY_MS: u32 = 10_000;

/// Largest counter of a command: a clock in ms fits.
pub const N_MAX: u64 = 9_000_000_000_000;

/// Something to do once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Command<'a> {
    /// Name under which the result comes back; an identifier.
    pub id: &'a str,
    /// Above that of every earlier command; 1 to [`N_MAX`].
    pub n: u64,
    /// What to do.
    pub verb: Verb,
}

/// What a node can be told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Let the lamps (and a light on the board) blink, so that a person on a ladder finds the node.
    Identify {
        /// For so long, in ms; 1 to [`IDENTIFY_MS_MAX`].
        for_ms: u32,
    },
    /// Start again; a node in core mode tries its whole work again.
    Restart,
}

/// What became of a command, or of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outcome<'a> {
    /// Boot of the node that answers.
    pub boot: u32,
    /// What is answered.
    pub what: Answered,
    /// Of the command; `None` where it could not be read, and for settings.
    pub id: Option<&'a str>,
    /// Why it was not done: `old`, or the name of a [`Refusal`]. `None` when it was done.
    pub why: Option<&'a str>,
    /// Counter of the last command that the node did.
    pub n: Option<u64>,
    /// Version of the settings in force; 0 for the shipped ones.
    pub version: Option<u32>,
}

/// What an [`Outcome`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answered {
    /// `down/command`
    Command,
    /// `down/settings`
    Settings,
}

impl Verb {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identify { .. } => "identify",
            Self::Restart => "restart",
        }
    }
}

impl Answered {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Settings => "settings",
        }
    }
}

impl<'a> Command<'a> {
    /// Reads a payload.
    ///
    /// # Errors
    /// A [`Refusal`] with its reason.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        json::parse(bytes, |reader| {
            let (mut v, mut id, mut n) = (None, None, None);
            let (mut name, mut for_ms) = (None, None);
            reader.object(|key, value| match key {
                "v" => json::version(value).and_then(|()| json::once(&mut v, ())),
                "id" => name_of(value).and_then(|x| json::once(&mut id, x)),
                "n" => value.unsigned("n", N_MAX).and_then(|x| json::once(&mut n, x)),
                "do" => value.short_text("do", 16).and_then(|x| json::once(&mut name, x)),
                "for_ms" => value
                    .unsigned("for_ms", u64::from(IDENTIFY_MS_MAX))
                    .and_then(|x| json::once(&mut for_ms, x as u32)),
                _ => value.skip(),
            })?;
            v.ok_or(Refusal::MissingKey("v"))?;
            let verb = match name.ok_or(Refusal::MissingKey("do"))? {
                "identify" => Verb::Identify { for_ms: for_ms.unwrap_or(IDENTIFY_MS) },
                "restart" => Verb::Restart,
                _ => return Err(Refusal::BadValue("do")),
            };
            if matches!(verb, Verb::Identify { for_ms: 0 }) {
                return Err(Refusal::BadValue("for_ms"));
            }
            let n = n.ok_or(Refusal::MissingKey("n"))?;
            if n == 0 {
                return Err(Refusal::BadValue("n"));
            }
            Ok(Self { id: id.ok_or(Refusal::MissingKey("id"))?, n, verb })
        })
    }

    /// Writes the payload into `out` and says how long it is.
    ///
    /// # Errors
    /// [`Full`] when `out` is too small; 160 bytes always suffice.
    pub fn emit(&self, out: &mut [u8]) -> Result<usize, Full> {
        let mut w = Writer::new(out);
        w.open('{');
        w.field("v", VERSION);
        w.text_field("id", self.id);
        w.field("n", self.n);
        w.text_field("do", self.verb.name());
        if let Verb::Identify { for_ms } = self.verb {
            w.field("for_ms", for_ms);
        }
        w.close('}');
        w.finish()
    }
}

impl<'a> Outcome<'a> {
    /// Reads a payload.
    ///
    /// # Errors
    /// A [`Refusal`] with its reason.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        json::parse(bytes, |reader| {
            let (mut v, mut boot, mut what, mut ok) = (None, None, None, None);
            let (mut id, mut why, mut n, mut version) = (None, None, None, None);
            reader.object(|key, value| match key {
                "v" => json::version(value).and_then(|()| json::once(&mut v, ())),
                "boot" => value.unsigned32("boot").and_then(|x| json::once(&mut boot, x)),
                "what" => value.short_text("what", 16).and_then(|x| json::once(&mut what, x)),
                "id" => name_of(value).and_then(|x| json::once(&mut id, x)),
                "ok" => value.truth("ok").and_then(|x| json::once(&mut ok, x)),
                "why" => reason(value).and_then(|x| json::once(&mut why, x)),
                "n" => value.unsigned("n", N_MAX).and_then(|x| json::once(&mut n, x)),
                "ver" => value.unsigned32("ver").and_then(|x| json::once(&mut version, x)),
                _ => value.skip(),
            })?;
            v.ok_or(Refusal::MissingKey("v"))?;
            let what = match what.ok_or(Refusal::MissingKey("what"))? {
                "command" => Answered::Command,
                "settings" => Answered::Settings,
                _ => return Err(Refusal::BadValue("what")),
            };
            match (ok.ok_or(Refusal::MissingKey("ok"))?, why) {
                (true, Some(_)) => return Err(Refusal::BadValue("why")),
                (false, None) => return Err(Refusal::MissingKey("why")),
                _ => {}
            }
            let boot = boot.ok_or(Refusal::MissingKey("boot"))?;
            Ok(Self { boot, what, id, why, n, version })
        })
    }

    /// Writes the payload into `out` and says how long it is.
    ///
    /// # Errors
    /// [`Full`] when `out` is too small; 224 bytes always suffice.
    pub fn emit(&self, out: &mut [u8]) -> Result<usize, Full> {
        let mut w = Writer::new(out);
        w.open('{');
        w.field("v", VERSION);
        w.field("boot", self.boot);
        w.text_field("what", self.what.name());
        if let Some(id) = self.id {
            w.text_field("id", id);
        }
        w.field("ok", self.why.is_none());
        if let Some(why) = self.why {
            w.text_field("why", why);
        }
        if let Some(n) = self.n {
            w.field("n", n);
        }
        if let Some(version) = self.version {
            w.field("ver", version);
        }
        w.close('}');
        w.finish()
    }
}

fn name_of<'a>(value: &mut Reader<'a>) -> Result<&'a str, Refusal> {
    let name = value.short_text("id", id::ID_BYTES_MAX)?;
    id::check(name).map(|()| name).map_err(|_| Refusal::BadValue("id"))
}

/// A short word: letters, digits and `_`.
fn reason<'a>(value: &mut Reader<'a>) -> Result<&'a str, Refusal> {
    let word = value.short_text("why", 32)?;
    let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { Ok(word) } else { Err(Refusal::BadValue("why")) }
}
