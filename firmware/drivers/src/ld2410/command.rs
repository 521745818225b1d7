//! Commands to the radar, and the wait for their acknowledgement.

use super::frame::{COMMAND, Finder, Frame};
use crate::limits::RADAR_ACK_MS_MAX;
use crate::timed::within;
use core::pin::pin;
use embedded_hal_async::delay::DelayNs;
use embedded_io_async::{Read, Write};
use heapless::Vec;

/// What the radar can be told (§2.2). Between [`Command::Begin`] and [`Command::End`] it does not
/// report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Enters configuration (§2.2.1).
    Begin,
    /// Leaves it (§2.2.2).
    End,
    /// Farthest gates, 2 to 8, and how long it holds presence after the last detection, s (§2.2.3).
    Reach {
        /// For somebody who moves.
        moving_gate: u8,
        /// For somebody who keeps still.
        still_gate: u8,
        /// Hold. The node holds by itself, so this is short.
        hold_s: u16,
    },
    /// Reports with the energy of each gate (§2.2.5), or without (§2.2.6).
    Engineering(bool),
    /// Energy above which a gate detects, 0 to 100; gate 0 to 8, or all (§2.2.7).
    Sensitivity {
        /// Which gate; `None` for all.
        gate: Option<u8>,
        /// For somebody who moves.
        moving: u8,
        /// For somebody who keeps still.
        still: u8,
    },
    /// Asks for the firmware's version (§2.2.8).
    Version,
    /// Starts anew (§2.2.11).
    Restart,
}

/// Why a command got no acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskFault {
    /// The line cannot be written or read.
    Line,
    /// No answer in time.
    Silent,
    /// It does not obey.
    Refused,
}

impl Command {
    /// The word that the acknowledgement repeats.
    pub const fn word(self) -> u8 {
        match self {
            Self::Begin => 0xFF,
            Self::End => 0xFE,
            Self::Reach { .. } => 0x60,
            Self::Engineering(true) => 0x62,
            Self::Engineering(false) => 0x63,
            Self::Sensitivity { .. } => 0x64,
            Self::Version => 0xA0,
            Self::Restart => 0xA3,
        }
    }

    /// The frame that says it: header, length, word, values, footer (§2.1.1).
    pub fn frame(self) -> Vec<u8, 32> {
        let mut content: Vec<u8, 20> = Vec::new();
        // 20 bytes hold the longest: a word and three values of six bytes.
        let _ = content.extend_from_slice(&[self.word(), 0x00]);
        let values: &[(u16, u32)] = match self {
            Self::Begin => {
                let _ = content.extend_from_slice(&[0x01, 0x00]);
                &[]
            }
            Self::Reach { moving_gate, still_gate, hold_s } => &[
                (0, moving_gate.clamp(2, 8).into()),
                (1, still_gate.clamp(2, 8).into()),
                (2, hold_s.into()),
            ],
            Self::Sensitivity { gate, moving, still } => &[
                (0, gate.map_or(0xFFFF, |gate| gate.min(8).into())),
                (1, moving.min(100).into()),
                (2, still.min(100).into()),
            ],
            _ => &[],
        };
        for (name, value) in values {
            let _ = content.extend_from_slice(&name.to_le_bytes());
            let _ = content.extend_from_slice(&value.to_le_bytes());
        }
        let mut frame = Vec::new();
        // 20 bytes of content and 10 around it.
        let _ = frame.extend_from_slice(&COMMAND[0]);
        let _ = frame.extend_from_slice(&(content.len() as u16).to_le_bytes());
        let _ = frame.extend_from_slice(&content);
        let _ = frame.extend_from_slice(&COMMAND[1]);
        frame
    }
}

/// Sends `command` and waits until the radar has obeyed, at most half a second. Reports that come
/// in between are thrown away.
///
/// # Errors
/// It did not obey, see [`AskFault`].
pub async fn ask<U: Read + Write>(
    line: &mut U,
    delay: &mut impl DelayNs,
    command: Command,
) -> Result<(), AskFault> {
    let exchange = async {
        line.write_all(&command.frame()).await.map_err(|_| AskFault::Line)?;
        line.flush().await.map_err(|_| AskFault::Line)?;
        let mut finder = Finder::new();
        loop {
            let mut bytes = [0; 16];
            let count = line.read(&mut bytes).await.map_err(|_| AskFault::Line)?;
            if count == 0 {
                return Err(AskFault::Line);
            }
            for byte in bytes.iter().take(count) {
                match finder.push(*byte) {
                    Some(Frame::Ack(ack)) if ack.word == command.word() => {
                        return if ack.obeyed { Ok(()) } else { Err(AskFault::Refused) };
                    }
                    _ => {}
                }
            }
        }
    };
    within(pin!(exchange), delay, RADAR_ACK_MS_MAX).await.unwrap_or(Err(AskFault::Silent))
}
