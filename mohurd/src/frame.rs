//! Bytes of a connection to frames and back.
//!
//! A stream may come in any pieces. What is no frame is passed over up to the next header, named with
//! its place in the stream, and after [`FRAME_FAULTS_MAX`] of that the connection is given up.

use crate::dialect::{Crc, Kind, Order, Shape};
use crate::limits::{BODY_BYTES_MAX, FRAME_FAULTS_MAX};
use std::fmt;

/// One body and what stood around it.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// What the frame says it is about; only typed frames say it.
    pub kind: Option<Kind>,
    /// The command sequence; only delimited frames have one.
    pub command: Option<u32>,
    /// Encrypted or not.
    pub body: Vec<u8>,
}

/// Why bytes are no frame, and where in the stream, in bytes from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// Bytes before a header.
    #[error("byte {at}: {bytes} bytes that belong to no frame")]
    Noise {
        /// Of the first.
        at: u64,
        /// How many.
        bytes: usize,
    },
    /// A length that no message has.
    #[error("byte {at}: a length of {length}, and a body has at most {max} bytes", max = BODY_BYTES_MAX)]
    Length {
        /// Of the header.
        at: u64,
        /// What stands there.
        length: u32,
    },
    /// Something else where the tail should be.
    #[error("byte {at}: the frame does not end where its length says")]
    Tail {
        /// Of the header.
        at: u64,
    },
    /// A CRC that does not fit.
    #[error("byte {at}: the CRC is {is:04x} and should be {should:04x}")]
    Crc {
        /// Of the header.
        at: u64,
        /// What stands there.
        is: u16,
        /// What fits the bytes.
        should: u16,
    },
    /// A type byte that the dialect does not know.
    #[error("byte {at}: type {byte:#04x} is not known")]
    Type {
        /// Of the header.
        at: u64,
        /// What stands there.
        byte: u8,
    },
    /// Too many faults.
    #[error("byte {at}: more than {max} faults, so the rest is not read", max = FRAME_FAULTS_MAX)]
    GivenUp {
        /// Where reading ended.
        at: u64,
    },
}

/// Cuts a stream into frames.
#[derive(Clone, Debug)]
pub struct Framer {
    shape: Shape,
    waiting: Vec<u8>,
    /// Bytes of the stream before `waiting`.
    passed: u64,
    faults: u32,
}

/// What the beginning of `waiting` is.
enum Found {
    /// A frame of so many bytes.
    Frame(Frame, usize),
    /// Not yet enough to say.
    Short,
    /// No frame; read on after so many bytes.
    Fault(FrameFault, usize),
}

impl Framer {
    /// For one connection.
    pub const fn new(shape: Shape) -> Self {
        Self { shape, waiting: Vec::new(), passed: 0, faults: 0 }
    }

    /// Takes what was received.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.given_up() {
            self.waiting.extend_from_slice(bytes);
        }
    }

    /// The next frame or fault, or nothing until more is received.
    pub fn take(&mut self) -> Option<Result<Frame, FrameFault>> {
        if self.given_up() {
            return None;
        }
        let (result, used) = match self.find() {
            Found::Short => return None,
            Found::Frame(frame, used) => (Ok(frame), used),
            Found::Fault(fault, used) => {
                self.faults += 1;
                let last = FrameFault::GivenUp { at: self.passed };
                (Err(if self.given_up() { last } else { fault }), used)
            }
        };
        self.waiting.drain(..used);
        self.passed += used as u64;
        if self.given_up() {
            self.waiting = Vec::new();
        }
        Some(result)
    }

    /// Whether there were too many faults to go on.
    pub const fn given_up(&self) -> bool {
        self.faults > FRAME_FAULTS_MAX
    }

    fn find(&self) -> Found {
        let header: &[u8] = match &self.shape {
            Shape::Delimited { header, .. } => &header.0,
            Shape::Typed { header, .. } => &header.0,
        };
        let begins = begin_of(&self.waiting, header);
        if begins > 0 {
            return Found::Fault(FrameFault::Noise { at: self.passed, bytes: begins }, begins);
        }
        match &self.shape {
            Shape::Delimited { tail, order, crc, .. } => self.delimited(&tail.0, *order, *crc),
            Shape::Typed { order, types, .. } => {
                let bytes = &self.waiting;
                let Some(length) = u32_at(bytes, 3, *order) else { return Found::Short };
                let Some(kind) = types.kind(bytes[2]) else {
                    return Found::Fault(FrameFault::Type { at: self.passed, byte: bytes[2] }, 2);
                };
                if length as usize > BODY_BYTES_MAX {
                    return Found::Fault(FrameFault::Length { at: self.passed, length }, 2);
                }
                let end = 7 + length as usize;
                let Some(body) = bytes.get(7..end) else { return Found::Short };
                let frame = Frame { kind: Some(kind), command: None, body: body.to_vec() };
                Found::Frame(frame, end)
            }
        }
    }

    fn delimited(&self, tail: &[u8; 4], order: Order, crc: Crc) -> Found {
        let (bytes, at) = (&self.waiting, self.passed);
        let Some(length) = u32_at(bytes, 4, order) else { return Found::Short };
        if !(4..=BODY_BYTES_MAX + 4).contains(&(length as usize)) {
            return Found::Fault(FrameFault::Length { at, length }, 4);
        }
        let crc_at = 8 + length as usize;
        let tail_at = crc_at + crc_bytes(crc);
        let Some(end) = bytes.get(tail_at..tail_at + 4) else { return Found::Short };
        if end != tail {
            return Found::Fault(FrameFault::Tail { at }, 4);
        }
        let counted = &bytes[8..crc_at];
        if let Some(should) = crc_of(crc, counted) {
            let is = u16_of([bytes[crc_at], bytes[crc_at + 1]], order);
            if is != should {
                return Found::Fault(FrameFault::Crc { at, is, should }, 4);
            }
        }
        let command = u32_at(counted, 0, order);
        Found::Frame(Frame { kind: None, command, body: counted[4..].to_vec() }, tail_at + 4)
    }
}

/// The bytes of one frame. `command` is left out where the shape has no place for it.
///
/// # Errors
/// When the body is longer than [`BODY_BYTES_MAX`]; the error is its length.
pub fn framed(shape: &Shape, kind: Kind, command: u32, body: &[u8]) -> Result<Vec<u8>, usize> {
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= BODY_BYTES_MAX);
    let length = length.ok_or(body.len())?;
    let mut bytes = Vec::with_capacity(body.len() + 20);
    match shape {
        Shape::Delimited { header, tail, order, crc } => {
            bytes.extend_from_slice(&header.0);
            bytes.extend_from_slice(&u32_in(length + 4, *order));
            bytes.extend_from_slice(&u32_in(command, *order));
            bytes.extend_from_slice(body);
            if let Some(sum) = crc_of(*crc, &bytes[8..]) {
                bytes.extend_from_slice(&match order {
                    Order::Little => sum.to_le_bytes(),
                    Order::Big => sum.to_be_bytes(),
                });
            }
            bytes.extend_from_slice(&tail.0);
        }
        Shape::Typed { header, order, types } => {
            bytes.extend_from_slice(&header.0);
            bytes.push(types.byte(kind));
            bytes.extend_from_slice(&u32_in(length, *order));
            bytes.extend_from_slice(body);
        }
    }
    Ok(bytes)
}

/// Where the header begins, or a part of it that the end of `bytes` cuts off.
fn begin_of(bytes: &[u8], header: &[u8]) -> usize {
    let fits = |at: usize| {
        let part = &bytes[at..(at + header.len()).min(bytes.len())];
        header.starts_with(part)
    };
    (0..bytes.len()).find(|at| fits(*at)).unwrap_or(bytes.len())
}

const fn crc_bytes(crc: Crc) -> usize {
    match crc {
        Crc::None => 0,
        Crc::Xmodem | Crc::Modbus => 2,
    }
}

fn crc_of(crc: Crc, bytes: &[u8]) -> Option<u16> {
    const XMODEM: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_XMODEM);
    const MODBUS: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_MODBUS);
    match crc {
        Crc::None => None,
        Crc::Xmodem => Some(XMODEM.checksum(bytes)),
        Crc::Modbus => Some(MODBUS.checksum(bytes)),
    }
}

fn u32_at(bytes: &[u8], at: usize, order: Order) -> Option<u32> {
    let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(match order {
        Order::Little => u32::from_le_bytes(bytes),
        Order::Big => u32::from_be_bytes(bytes),
    })
}

const fn u32_in(number: u32, order: Order) -> [u8; 4] {
    match order {
        Order::Little => number.to_le_bytes(),
        Order::Big => number.to_be_bytes(),
    }
}

const fn u16_of(bytes: [u8; 2], order: Order) -> u16 {
    match order {
        Order::Little => u16::from_le_bytes(bytes),
        Order::Big => u16::from_be_bytes(bytes),
    }
}

/// Bodies of login messages are in clear in some dialects, so they do not show.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, command, body } = self;
        write!(f, "Frame({kind:?}, command {command:?}, {} bytes)", body.len())
    }
}
