//! What a node answers, and how it is written.
//!
//! Every answer is one map. One that says no is `{err: {group, rc}, why, wait}` to a client of the second
//! version and `{rc}` to one of the first; `why` and `wait` (ms) only where there is something to say.
//! Source of the standard numbers: Zephyr project, "SMP Protocol Specification", "Minimal response".

use crate::guard::Kept;
use crate::header::{BadPacket, Header};
use crate::request::BadRequest;
use crate::{GROUP_CAMPUS, GROUP_OS, Millis, header};
use core::fmt;
use minicbor::decode::Error as Bad;
use minicbor::encode::write::{Cursor, EndOfSlice};
use minicbor::{Decoder, Encoder, encode};

/// A map on its way out.
pub type Out<'a> = Encoder<Cursor<&'a mut [u8]>>;

/// What writing a map comes to.
pub type Written = Result<(), encode::Error<EndOfSlice>>;

/// Why a node says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It has a key, and nobody has shown that he knows it.
    Locked,
    /// The answer to its challenge was wrong.
    WrongAnswer,
    /// Answers were wrong: nothing is heard for so long, ms.
    Wait(Millis),
    /// The identity cannot be one.
    BadIdentity,
    /// Its flash does not take what is written.
    Flash,
    /// The request was meant for another node.
    OtherNode,
    /// It has no lamps yet, or nothing yet that could answer.
    NotYet,
    /// There is no such request.
    Unknown,
    /// The request cannot be read, or lacks something.
    BadRequest,
    /// The answer does not fit a packet.
    TooLong,
    /// It says a number that this program does not know.
    Other(u16),
}

impl Refused {
    /// The number within our group, which is never used again for another reason.
    const fn number(self) -> u16 {
        match self {
            Self::Locked => 2,
            Self::WrongAnswer => 3,
            Self::Wait(_) => 4,
            Self::BadIdentity => 5,
            Self::Flash => 6,
            Self::OtherNode => 7,
            Self::NotYet => 8,
            Self::Unknown => 9,
            Self::BadRequest => 10,
            Self::TooLong => 11,
            Self::Other(rc) => rc,
        }
    }

    const fn of_number(rc: u16, wait_ms: Millis) -> Self {
        match rc {
            2 => Self::Locked,
            3 => Self::WrongAnswer,
            4 => Self::Wait(wait_ms),
            5 => Self::BadIdentity,
            6 => Self::Flash,
            7 => Self::OtherNode,
            8 => Self::NotYet,
            9 => Self::Unknown,
            10 => Self::BadRequest,
            11 => Self::TooLong,
            rc => Self::Other(rc),
        }
    }

    /// The nearest standard number: 1 unknown, 3 bad value, 6 bad state, 7 too long, 8 not supported,
    /// 10 busy, 11 access denied.
    const fn standard(self) -> u16 {
        match self {
            Self::Locked | Self::WrongAnswer => 11,
            Self::Wait(_) => 10,
            Self::BadIdentity | Self::OtherNode | Self::BadRequest => 3,
            Self::NotYet => 6,
            Self::Unknown => 8,
            Self::TooLong => 7,
            Self::Flash | Self::Other(_) => 1,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("the node is locked"),
            Self::WrongAnswer => f.write_str("the node has another key"),
            Self::Wait(ms) => write!(f, "the node hears nothing for {} s", ms.div_ceil(1000)),
            Self::BadIdentity => f.write_str("the node cannot use this identity"),
            Self::Flash => f.write_str("the node's flash does not take it"),
            Self::OtherNode => f.write_str("this is another node"),
            Self::NotYet => f.write_str("the node has no identity yet"),
            Self::Unknown => f.write_str("the node's program does not know this request"),
            Self::BadRequest => f.write_str("the node cannot read this request"),
            Self::TooLong => f.write_str("the answer is too long"),
            Self::Other(rc) => write!(f, "the node says no with number {rc}"),
        }
    }
}

impl core::error::Error for Refused {}

impl From<Kept> for Refused {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Locked => Self::Locked,
            Kept::Wrong => Self::WrongAnswer,
            Kept::Wait(ms) => Self::Wait(ms),
        }
    }
}

impl From<BadRequest> for Refused {
    fn from(bad: BadRequest) -> Self {
        match bad {
            BadRequest::Unknown => Self::Unknown,
            BadRequest::Packet(_) | BadRequest::Reply | BadRequest::Map => Self::BadRequest,
        }
    }
}

/// Who a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Who<'a> {
    /// Serial number of the hardware: its Ethernet address, 12 hexadecimal digits.
    pub serial: &'a str,
    /// Which board.
    pub board: &'a str,
    /// Version of the firmware.
    pub firmware: &'a str,
    /// Restart counter; 0 before it has an identity.
    pub boot: u32,
    /// The lines of its identity without anything secret; empty for a new node.
    pub page: &'a str,
    /// CRC-32 (IEEE 802.3) of the whole identity; 0 for a new node. Tells which of two it has.
    pub sum: u32,
    /// It has a key, so that changes need an answer to a challenge.
    pub locked: bool,
    /// Why it has no identity; empty where it has one.
    pub why: &'a str,
}

impl<'a> Who<'a> {
    /// Writes the answer's map.
    ///
    /// # Errors
    /// When there is no room.
    pub fn write(&self, out: &mut Out<'_>) -> Written {
        out.map(8)?.str("serial")?.str(self.serial)?.str("board")?.str(self.board)?;
        out.str("fw")?.str(self.firmware)?.str("boot")?.u32(self.boot)?;
        out.str("page")?.str(self.page)?.str("sum")?.u32(self.sum)?;
        out.str("locked")?.bool(self.locked)?.str("why")?.str(self.why)?;
        Ok(())
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(body: &'a [u8]) -> Result<Self, BadReply> {
        let mut who = Self::default();
        entries(body, |key, value| {
            match key {
                "serial" => who.serial = value.str()?,
                "board" => who.board = value.str()?,
                "fw" => who.firmware = value.str()?,
                "boot" => who.boot = value.u32()?,
                "page" => who.page = value.str()?,
                "sum" => who.sum = value.u32()?,
                "locked" => who.locked = value.bool()?,
                "why" => who.why = value.str()?,
                _ => value.skip()?,
            }
            Ok(())
        })?;
        if who.serial.is_empty() { Err(BadReply::Map) } else { Ok(who) }
    }
}

/// How a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Check<'a> {
    /// ms since its start.
    pub up: Millis,
    /// How far the session is: `no-address`, `connecting`, `connected`.
    pub session: &'a str,
    /// Why the last session ended or never began; empty while all is well.
    pub trouble: &'a str,
    /// IPv4 address, big endian; 0 without one.
    pub address: u32,
    /// Sessions since the start.
    pub sessions: u32,
    /// Frames that nobody has acknowledged yet.
    pub held: u32,
    /// Payloads of the broker that it refused.
    pub refused: u32,
    /// Writes to flash that failed.
    pub flash_errors: u32,
    /// Most bytes of stack used.
    pub stack: u32,
    /// Bytes of stack there are.
    pub stack_max: u32,
    /// Wrong answers to its challenges since the start.
    pub wrong: u32,
}

impl<'a> Check<'a> {
    /// Writes the answer's map.
    ///
    /// # Errors
    /// When there is no room.
    pub fn write(&self, out: &mut Out<'_>) -> Written {
        out.map(11)?.str("up")?.u64(self.up)?.str("session")?.str(self.session)?;
        out.str("trouble")?.str(self.trouble)?.str("address")?.u32(self.address)?;
        out.str("sessions")?.u32(self.sessions)?.str("held")?.u32(self.held)?;
        out.str("refused")?.u32(self.refused)?.str("flash")?.u32(self.flash_errors)?;
        out.str("stack")?.u32(self.stack)?.str("stack_max")?.u32(self.stack_max)?;
        out.str("wrong")?.u32(self.wrong)?;
        Ok(())
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(body: &'a [u8]) -> Result<Self, BadReply> {
        let mut check = Self::default();
        entries(body, |key, value| {
            match key {
                "up" => check.up = value.u64()?,
                "session" => check.session = value.str()?,
                "trouble" => check.trouble = value.str()?,
                "address" => check.address = value.u32()?,
                "sessions" => check.sessions = value.u32()?,
                "held" => check.held = value.u32()?,
                "refused" => check.refused = value.u32()?,
                "flash" => check.flash_errors = value.u32()?,
                "stack" => check.stack = value.u32()?,
                "stack_max" => check.stack_max = value.u32()?,
                "wrong" => check.wrong = value.u32()?,
                _ => value.skip()?,
            }
            Ok(())
        })?;
        Ok(check)
    }
}

/// What a sensor says: a number of thousandths, or in one word why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saying<'a> {
    /// Thousandths of the quantity's unit.
    Milli(i64),
    /// `silent`, `not_fitted`, …
    No(&'a str),
}

/// Writes what sensors say: name by name.
///
/// # Errors
/// When there is no room.
pub fn live<'a>(
    out: &mut Out<'_>,
    sayings: impl Iterator<Item = (&'a str, &'a str, Saying<'a>)>,
) -> Written {
    out.map(1)?.str("live")?.begin_array()?;
    for (quantity, channel, saying) in sayings {
        out.array(3)?.str(quantity)?.str(channel)?;
        match saying {
            Saying::Milli(milli) => out.i64(milli)?,
            Saying::No(why) => out.str(why)?,
        };
    }
    out.end()?;
    Ok(())
}

/// Reads them: quantity, channel, saying.
///
/// # Errors
/// When the answer is none.
pub fn read_live<'a>(
    body: &'a [u8],
    mut each: impl FnMut(&'a str, &'a str, Saying<'a>),
) -> Result<(), BadReply> {
    entries(body, |key, value| {
        if key != "live" {
            return value.skip();
        }
        value.array()?;
        while value.datatype()? != minicbor::data::Type::Break {
            value.array()?;
            let (quantity, channel) = (value.str()?, value.str()?);
            let saying = match value.datatype()? {
                minicbor::data::Type::String => Saying::No(value.str()?),
                _ => Saying::Milli(value.i64()?),
            };
            each(quantity, channel, saying);
        }
        value.skip()
    })?;
    Ok(())
}

/// Writes a packet whose map `body` writes, and says how long it is.
///
/// # Errors
/// When it does not fit.
pub fn packet(
    header: Header,
    packet: &mut [u8],
    body: impl FnOnce(&mut Out<'_>) -> Written,
) -> Result<usize, encode::Error<EndOfSlice>> {
    let no_room = || encode::Error::message("no room");
    let (head, rest) = packet.split_at_mut_checked(header::HEADER_BYTES).ok_or_else(no_room)?;
    let mut out = Encoder::new(Cursor::new(rest));
    body(&mut out)?;
    let len = out.writer().position();
    head.copy_from_slice(&header.bytes(len));
    Ok(header::HEADER_BYTES + len)
}

/// Writes a packet that says no; 0 where not even that fits.
pub fn refuse(request: Header, refused: Refused, why: &str, out: &mut [u8]) -> usize {
    let Some(op) = request.op.reply() else { return 0 };
    let header = Header { op, ..request };
    let written = packet(header, out, |map| {
        if request.version == 0 {
            map.map(1)?.str("rc")?.u16(refused.standard())?;
            return Ok(());
        }
        let ours = request.group == GROUP_CAMPUS;
        let rc = if ours { refused.number() } else { refused.standard() };
        map.begin_map()?.str("err")?.map(2)?;
        map.str("group")?.u16(request.group)?.str("rc")?.u16(rc)?;
        if !why.is_empty() {
            map.str("why")?.str(why)?;
        }
        if let Refused::Wait(ms) = refused {
            map.str("wait")?.u64(ms)?;
        }
        map.end()?;
        Ok(())
    });
    written.unwrap_or(0)
}

/// Why an answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadReply {
    /// The packet cannot be read.
    Packet(BadPacket),
    /// Its map cannot be read, or lacks something.
    Map,
}

impl fmt::Display for BadReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packet(bad) => bad.fmt(f),
            Self::Map => f.write_str("the answer is none that was asked for"),
        }
    }
}

impl core::error::Error for BadReply {}

impl From<Bad> for BadReply {
    fn from(_: Bad) -> Self {
        Self::Map
    }
}

/// An answer as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply<'a> {
    /// What it answers.
    pub header: Header,
    /// Its map.
    pub body: &'a [u8],
    /// It says no.
    pub refused: Option<Refused>,
    /// … and why, where there is something to say.
    pub why: &'a str,
}

impl<'a> Reply<'a> {
    /// Reads a packet.
    ///
    /// # Errors
    /// [`BadReply`], also for a request.
    pub fn read(packet: &'a [u8]) -> Result<Self, BadReply> {
        let (header, body) = Header::read(packet).map_err(BadReply::Packet)?;
        if header.op.reply().is_some() {
            return Err(BadReply::Map);
        }
        let (mut rc, mut wait_ms, mut why) = (None, 0, "");
        entries(body, |key, value| {
            match key {
                "rc" => rc = Some((GROUP_OS, value.u16()?)),
                "err" => rc = Some(error(value)?),
                "wait" => wait_ms = value.u64()?,
                "why" => why = value.str()?,
                _ => value.skip()?,
            }
            Ok(())
        })?;
        let refused = match rc {
            None | Some((GROUP_OS, 0)) => None,
            Some((GROUP_CAMPUS, rc)) => Some(Refused::of_number(rc, wait_ms)),
            Some((_, 8)) => Some(Refused::Unknown),
            Some((_, rc)) => Some(Refused::Other(rc)),
        };
        Ok(Self { header, body, refused, why })
    }
}

fn error(value: &mut Decoder<'_>) -> Result<(u16, u16), Bad> {
    let (mut group, mut rc) = (0, 0);
    each_entry(value, |key, value| {
        match key {
            "group" => group = value.u16()?,
            "rc" => rc = value.u16()?,
            _ => value.skip()?,
        }
        Ok(())
    })?;
    Ok((group, rc))
}

/// A text or bytes of one key.
///
/// # Errors
/// When the map cannot be read or lacks the key.
pub fn bytes_of<'a>(body: &'a [u8], wanted: &str) -> Result<&'a [u8], BadReply> {
    let mut found = None;
    entries(body, |key, value| {
        match value.datatype()? {
            _ if key != wanted => value.skip()?,
            minicbor::data::Type::String => found = Some(value.str()?.as_bytes()),
            _ => found = Some(value.bytes()?),
        }
        Ok(())
    })?;
    found.ok_or(BadReply::Map)
}

/// Goes through the map of a packet.
pub(crate) fn entries<'a>(
    body: &'a [u8],
    each: impl FnMut(&'a str, &mut Decoder<'a>) -> Result<(), Bad>,
) -> Result<(), Bad> {
    each_entry(&mut Decoder::new(body), each)
}

fn each_entry<'a>(
    decoder: &mut Decoder<'a>,
    mut each: impl FnMut(&'a str, &mut Decoder<'a>) -> Result<(), Bad>,
) -> Result<(), Bad> {
    let mut left = decoder.map()?;
    loop {
        match &mut left {
            Some(0) => return Ok(()),
            Some(left) => *left -= 1,
            None if decoder.datatype()? == minicbor::data::Type::Break => {
                return decoder.skip();
            }
            None => {}
        }
        let key = decoder.str()?;
        each(key, decoder)?;
    }
}
