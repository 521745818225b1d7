//! Packets as lines on a text console.
//!
//! A line has at most 127 bytes with its line feed. The first of a packet starts with 06 09, the others
//! with 04 14; behind that stands base64. What it decodes to, put together, is the length of the rest
//! (two bytes, big endian), the packet, and the CRC-16/XMODEM of the packet (two bytes, big endian).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use core::fmt;
use crc::{CRC_16_XMODEM, Crc};

/// Longest line with its line feed, bytes.
pub const LINE_BYTES_MAX: usize = 127;

/// Longest line that is read: what a person types, or a log line on the other side, may be longer than a
/// frame.
const READ_BYTES_MAX: usize = 256;

const START: [u8; 2] = [0x06, 0x09];
const MORE: [u8; 2] = [0x04, 0x14];

/// Bytes that one line carries: (127 − 2 − 1) / 4 × 3.
const RAW_BYTES_MAX: usize = 93;

const LENGTH_BYTES: usize = 2;
const CRC_BYTES: usize = 2;
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);

/// Why a line that is meant as a frame is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadFrame {
    /// Not base64, or too long for a line.
    Text,
    /// A frame that goes on where nothing began.
    NoStart,
    /// Longer than the reader takes, or than the packet said it would be.
    TooLong,
    /// The checksum does not fit.
    Crc,
}

impl fmt::Display for BadFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a frame is not base64",
            Self::NoStart => "a frame goes on where none began",
            Self::TooLong => "a packet is too long",
            Self::Crc => "a packet's checksum does not fit",
        })
    }
}

impl core::error::Error for BadFrame {}

/// What a wire said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// A line of text, without its end.
    Text(&'a str),
    /// A whole packet, its checksum checked.
    Packet(&'a [u8]),
    /// A frame that could not be read; the packet it belongs to is lost.
    Bad(BadFrame),
}

/// Reads a wire byte by byte; `N` is the longest packet, bytes.
///
/// A packet that never ends is given up when the next one begins.
pub struct Lines<const N: usize> {
    line: heapless::Vec<u8, READ_BYTES_MAX>,
    /// The line was handed out, or is too long to be one: the next byte begins a new one, or the next line
    /// does.
    state: Line,
    packet: heapless::Vec<u8, N>,
    /// The checksum's bytes come behind the packet's and need no room in it.
    sum: heapless::Vec<u8, CRC_BYTES>,
    /// Length of the packet alone; `None` between packets.
    wanted: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Open,
    Done,
    TooLong,
}

impl<const N: usize> Lines<N> {
    /// Nothing heard yet.
    pub const fn new() -> Self {
        Self {
            line: heapless::Vec::new(),
            state: Line::Open,
            packet: heapless::Vec::new(),
            sum: heapless::Vec::new(),
            wanted: None,
        }
    }

    /// One byte from the wire, and what it completed. A line of text that is empty, too long, or no UTF-8
    /// is passed over; what stands before a frame on its line is, too.
    pub fn push(&mut self, byte: u8) -> Option<Heard<'_>> {
        if self.state == Line::Done {
            self.line.clear();
            self.state = Line::Open;
        }
        if !matches!(byte, b'\r' | b'\n') {
            if self.line.push(byte).is_err() {
                self.state = Line::TooLong;
            }
            return None;
        }
        let too_long = self.state == Line::TooLong;
        self.state = Line::Done;
        let Some((starts, at)) = frame_at(&self.line) else {
            let text = core::str::from_utf8(&self.line).ok()?;
            return (!too_long && !text.is_empty()).then_some(Heard::Text(text));
        };
        match self.frame(starts, at) {
            Ok(true) => Some(Heard::Packet(&self.packet)),
            Ok(false) => None,
            Err(bad) => {
                self.wanted = None;
                Some(Heard::Bad(bad))
            }
        }
    }

    /// Takes a frame whose base64 begins at `at` of the line; whether the packet is whole.
    fn frame(&mut self, starts: bool, at: usize) -> Result<bool, BadFrame> {
        let mut raw = [0; RAW_BYTES_MAX];
        let text = self.line.get(at..).unwrap_or_default();
        let count = STANDARD.decode_slice(text, &mut raw).map_err(|_| BadFrame::Text)?;
        let mut raw = raw.get(..count).unwrap_or_default();
        if starts {
            let (length, rest) = raw.split_first_chunk().ok_or(BadFrame::Text)?;
            let length = usize::from(u16::from_be_bytes(*length));
            self.wanted = Some(length.checked_sub(CRC_BYTES).ok_or(BadFrame::Text)?);
            self.packet.clear();
            self.sum.clear();
            raw = rest;
        }
        let wanted = self.wanted.ok_or(BadFrame::NoStart)?;
        let (packet, sum) = raw.split_at(raw.len().min(wanted - self.packet.len()));
        self.packet.extend_from_slice(packet).map_err(|_| BadFrame::TooLong)?;
        self.sum.extend_from_slice(sum).map_err(|_| BadFrame::TooLong)?;
        let Ok(sum) = <[u8; CRC_BYTES]>::try_from(self.sum.as_slice()) else { return Ok(false) };
        self.wanted = None;
        if CRC.checksum(&self.packet) == u16::from_be_bytes(sum) {
            Ok(true)
        } else {
            Err(BadFrame::Crc)
        }
    }
}

impl<const N: usize> Default for Lines<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// CRC-32 (IEEE 802.3) of a text that comes in pieces.
#[derive(Clone)]
pub struct Sum(crc::Digest<'static, u32>);

impl Sum {
    /// Of nothing.
    pub const fn new() -> Self {
        const IEEE: &Crc<u32> = &Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
        Self(IEEE.digest())
    }

    /// And of this.
    pub fn take(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The sum.
    pub fn end(self) -> u32 {
        self.0.finalize()
    }
}

impl Default for Sum {
    fn default() -> Self {
        Self::new()
    }
}

/// Where base64 begins in a line that holds a frame, and whether that frame begins a packet.
fn frame_at(line: &[u8]) -> Option<(bool, usize)> {
    let at = line.windows(2).position(|pair| pair == START || pair == MORE)?;
    Some((line[at..].starts_with(&START), at + 2))
}

/// The lines of a packet, each with its line feed.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    packet: &'a [u8],
    /// How many bytes of length, packet and checksum went out.
    sent: usize,
}

impl<'a> Frames<'a> {
    /// Of this packet, 65,533 bytes at most; nothing of a longer one.
    pub fn new(packet: &'a [u8]) -> Self {
        let fits = packet.len() + CRC_BYTES <= usize::from(u16::MAX);
        Self { packet, sent: if fits { 0 } else { usize::MAX } }
    }

    /// Length of all that the lines carry.
    const fn len(&self) -> usize {
        LENGTH_BYTES + self.packet.len() + CRC_BYTES
    }

    fn byte(&self, at: usize, sum: [u8; CRC_BYTES]) -> u8 {
        let length = (self.packet.len() + CRC_BYTES) as u16;
        match at.checked_sub(LENGTH_BYTES) {
            None => length.to_be_bytes()[at],
            Some(at) => match at.checked_sub(self.packet.len()) {
                None => self.packet[at],
                Some(at) => sum[at],
            },
        }
    }
}

impl Iterator for Frames<'_> {
    type Item = heapless::Vec<u8, LINE_BYTES_MAX>;

    fn next(&mut self) -> Option<Self::Item> {
        let left = self.len().checked_sub(self.sent).filter(|left| *left > 0)?;
        let count = left.min(RAW_BYTES_MAX);
        let sum = CRC.checksum(self.packet).to_be_bytes();
        let mut raw = [0; RAW_BYTES_MAX];
        for (at, byte) in raw[..count].iter_mut().enumerate() {
            *byte = self.byte(self.sent + at, sum);
        }
        let mut line = heapless::Vec::new();
        // Room for 124 characters, two marks and a line feed is what `RAW_BYTES_MAX` was made from.
        let _ = line.extend_from_slice(if self.sent == 0 { &START } else { &MORE });
        let _ = line.resize(LINE_BYTES_MAX - 1, 0);
        let text = STANDARD.encode_slice(&raw[..count], &mut line[2..]).unwrap_or(0);
        line.truncate(2 + text);
        let _ = line.push(b'\n');
        self.sent += count;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wire(packet: &[u8]) -> Vec<u8> {
        Frames::new(packet).flatten().collect()
    }

    /// What is heard, copied.
    fn heard(bytes: &[u8]) -> Vec<String> {
        let mut lines = Lines::<600>::new();
        let mut all = Vec::new();
        for byte in bytes {
            all.extend(lines.push(*byte).map(|heard| match heard {
                Heard::Packet(packet) => format!("packet {}", packet.len()),
                other => format!("{other:?}"),
            }));
        }
        all
    }

    #[test]
    fn a_known_packet_has_known_bytes() {
        // An echo of "hi" as Zephyr's documentation lays it out; the base64 was made by other code.
        let packet = [2, 0, 0, 6, 0, 0, 1, 0, 0xa1, 0x61, 0x64, 0x62, 0x68, 0x69];
        let line = wire(&packet);
        assert_eq!(line, b"\x06\x09ABACAAAGAAABAKFhZGJoaU7E\n");
    }

    #[test]
    fn text_lives_beside_packets() {
        let mut bytes = b"status\r\n[12.3] half a li".to_vec();
        bytes.extend(wire(&[7; 300]));
        bytes.extend(b"restart\n");
        assert_eq!(heard(&bytes), [r#"Text("status")"#, "packet 300", r#"Text("restart")"#]);
    }

    #[test]
    fn what_is_no_packet_is_said_and_passed_over() {
        let good = wire(&[1; 10]);
        let mut noisy = good.clone();
        noisy[5] ^= 1;
        noisy.extend(&good);
        assert_eq!(heard(&noisy)[1], "packet 10");
        assert!(heard(&noisy)[0].starts_with("Bad"));
        assert_eq!(heard(b"\x04\x14AAAA\n"), ["Bad(NoStart)"]);
        assert_eq!(heard(&wire(&[1; 601])), ["Bad(TooLong)"]);
        assert_eq!(heard(b"\x06\x09!\n\xff\xfe\n"), ["Bad(Text)"]);
        assert_eq!(heard(&[b'x'; 1000]), [""; 0]);
    }

    proptest! {
        #[test]
        fn any_packet_comes_back(packet in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut lines = Lines::<600>::new();
            let mut bytes = wire(&packet);
            let last = bytes.pop().unwrap();
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                prop_assert!(line.len() <= LINE_BYTES_MAX);
            }
            for byte in bytes {
                prop_assert_eq!(lines.push(byte), None);
            }
            prop_assert_eq!(lines.push(last), Some(Heard::Packet(&packet)));
        }

        /// A cable that is pulled at any byte leaves nothing behind that would spoil the next packet.
        #[test]
        fn a_cut_packet_never_arrives_and_spoils_nothing(packet in prop::collection::vec(any::<u8>(), 1..400), cut in 0.0..1.0f64) {
            let whole = wire(&packet);
            let cut = ((whole.len() - 1) as f64 * cut) as usize;
            let mut bytes = whole[..cut].to_vec();
            bytes.push(b'\n');
            bytes.extend(&whole);
            let all = heard(&bytes);
            prop_assert_eq!(all.last(), Some(&format!("packet {}", packet.len())));
            prop_assert_eq!(all.iter().filter(|heard| heard.starts_with("packet")).count(), 1);
        }

        #[test]
        fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            heard(&bytes);
        }
    }
}
