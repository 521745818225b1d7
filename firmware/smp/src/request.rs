//! What a bench may ask of a node, and how it is written.
//!
//! | group, command | read | write |
//! |---|---|---|
//! | 0, 0 | echo `{d}` | the same |
//! | 0, 5 | | start again |
//! | 0, 6 | buffer sizes | |
//! | 64, 0 | who the node is | |
//! | 64, 1 | challenge | `{answer}` opens a node that has a key |
//! | 64, 2 | | `{serial, page}`: the identity, for the node with this serial number only |
//! | 64, 3 | what its sensors say | |
//! | 64, 4 | | `{ms}`: lamps and light blink, 0 ends it |
//! | 64, 5 | how it is | |
//! | 64, 6 | | `{serial}`: forgets identity, registers, settings and kept frames |
//!
//! Group 0: Zephyr project, "Default/OS Management Group".

use crate::header::{BadPacket, Header, Op};
use crate::{GROUP_CAMPUS, GROUP_OS};
use minicbor::decode::Error as Bad;
use minicbor::encode::write::{Cursor, EndOfSlice};
use minicbor::{Encoder, encode};

/// What a bench asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Say this text again: is anybody there?
    Echo(&'a str),
    /// Start again.
    Restart,
    /// How long may a packet be?
    Params,
    /// Who are you?
    Who,
    /// Give me a challenge.
    Challenge,
    /// The answer to it.
    Answer(&'a [u8]),
    /// This is who you are from now on. The node has to be started again for it.
    Identity {
        /// Serial number of the node that is meant.
        serial: &'a str,
        /// The lines of its identity page.
        page: &'a str,
    },
    /// What do your sensors say?
    Live,
    /// Let lamps and light blink.
    Blink {
        /// For so long, ms; 0 ends it.
        ms: u32,
    },
    /// How are you?
    Check,
    /// Forget everything that makes you different from a new node.
    Erase {
        /// Serial number of the node that is meant.
        serial: &'a str,
    },
}

/// Why a request is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRequest {
    /// The packet cannot be read: nobody can be answered.
    Packet(BadPacket),
    /// It is an answer.
    Reply,
    /// There is no such group or command, or it cannot be read or written.
    Unknown,
    /// Its map cannot be read, or lacks something.
    Map,
}

impl<'a> Request<'a> {
    /// Group, operation and command.
    pub const fn place(&self) -> (u16, Op, u8) {
        match self {
            Self::Echo(_) => (GROUP_OS, Op::Write, 0),
            Self::Restart => (GROUP_OS, Op::Write, 5),
            Self::Params => (GROUP_OS, Op::Read, 6),
            Self::Who => (GROUP_CAMPUS, Op::Read, 0),
            Self::Challenge => (GROUP_CAMPUS, Op::Read, 1),
            Self::Answer(_) => (GROUP_CAMPUS, Op::Write, 1),
            Self::Identity { .. } => (GROUP_CAMPUS, Op::Write, 2),
            Self::Live => (GROUP_CAMPUS, Op::Read, 3),
            Self::Blink { .. } => (GROUP_CAMPUS, Op::Write, 4),
            Self::Check => (GROUP_CAMPUS, Op::Read, 5),
            Self::Erase { .. } => (GROUP_CAMPUS, Op::Write, 6),
        }
    }

    /// Reads a packet. Keys that are not known are passed over.
    ///
    /// # Errors
    /// [`BadRequest`], with the header where there is one, so that it can be answered.
    pub fn read(packet: &'a [u8]) -> Result<(Header, Self), (Option<Header>, BadRequest)> {
        let (header, body) = Header::read(packet).map_err(|bad| (None, BadRequest::Packet(bad)))?;
        let bad = |why| (Some(header), why);
        if header.op.reply().is_none() {
            return Err(bad(BadRequest::Reply));
        }
        let map = Map::read(body).map_err(|_| bad(BadRequest::Map))?;
        let lacks = || bad(BadRequest::Map);
        let request = match (header.group, header.op, header.command) {
            (GROUP_OS, _, 0) => Self::Echo(map.d.ok_or_else(lacks)?),
            (GROUP_OS, Op::Write, 5) => Self::Restart,
            (GROUP_OS, Op::Read, 6) => Self::Params,
            (GROUP_CAMPUS, Op::Read, 0) => Self::Who,
            (GROUP_CAMPUS, Op::Read, 1) => Self::Challenge,
            (GROUP_CAMPUS, Op::Write, 1) => Self::Answer(map.answer.ok_or_else(lacks)?),
            (GROUP_CAMPUS, Op::Write, 2) => Self::Identity {
                serial: map.serial.ok_or_else(lacks)?,
                page: map.page.ok_or_else(lacks)?,
            },
            (GROUP_CAMPUS, Op::Read, 3) => Self::Live,
            (GROUP_CAMPUS, Op::Write, 4) => Self::Blink { ms: map.ms.ok_or_else(lacks)? },
            (GROUP_CAMPUS, Op::Read, 5) => Self::Check,
            (GROUP_CAMPUS, Op::Write, 6) => Self::Erase { serial: map.serial.ok_or_else(lacks)? },
            _ => return Err(bad(BadRequest::Unknown)),
        };
        Ok((header, request))
    }

    /// Writes the packet into `packet`, and says how long it is.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn write(&self, seq: u8, packet: &mut [u8]) -> Result<usize, encode::Error<EndOfSlice>> {
        let (group, op, command) = self.place();
        crate::reply::packet(Header { op, version: 1, group, seq, command }, packet, |map| {
            self.map(map)
        })
    }

    fn map(&self, map: &mut Encoder<Cursor<&mut [u8]>>) -> Result<(), encode::Error<EndOfSlice>> {
        match *self {
            Self::Echo(text) => map.map(1)?.str("d")?.str(text)?,
            Self::Answer(answer) => map.map(1)?.str("answer")?.bytes(answer)?,
            Self::Identity { serial, page } => {
                map.map(2)?.str("serial")?.str(serial)?.str("page")?.str(page)?
            }
            Self::Blink { ms } => map.map(1)?.str("ms")?.u32(ms)?,
            Self::Erase { serial } => map.map(1)?.str("serial")?.str(serial)?,
            _ => map.map(0)?,
        };
        Ok(())
    }
}

/// What requests carry.
#[derive(Default)]
struct Map<'a> {
    d: Option<&'a str>,
    answer: Option<&'a [u8]>,
    serial: Option<&'a str>,
    page: Option<&'a str>,
    ms: Option<u32>,
}

impl<'a> Map<'a> {
    /// Clients leave the map out where it is empty.
    fn read(body: &'a [u8]) -> Result<Self, Bad> {
        let mut map = Self::default();
        if body.is_empty() {
            return Ok(map);
        }
        crate::reply::entries(body, |key, value| {
            match key {
                "d" => map.d = Some(value.str()?),
                "answer" => map.answer = Some(value.bytes()?),
                "serial" => map.serial = Some(value.str()?),
                "page" => map.page = Some(value.str()?),
                "ms" => map.ms = Some(value.u32()?),
                _ => value.skip()?,
            }
            Ok(())
        })?;
        Ok(map)
    }
}
