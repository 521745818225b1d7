//! Finds frames in a stream of anything, byte by byte.
//!
//! A footer is what is waited for: when the last four bytes are one, the bytes before it are
//! searched for a header whose length reaches exactly here. So no false header and no broken length
//! can swallow the good frame behind it, and each byte costs a bounded amount of work.

use crate::limits::RADAR_FRAME_BYTES_MAX;

/// Range gates of 0.75 m, 0 to 8 (§1).
pub const GATES: usize = 9;

/// Header and footer of a report (§2.3) and of a command or acknowledgement (§2.1).
const REPORT: [[u8; 4]; 2] = [[0xF4, 0xF3, 0xF2, 0xF1], [0xF8, 0xF7, 0xF6, 0xF5]];
pub(super) const COMMAND: [[u8; 4]; 2] = [[0xFD, 0xFC, 0xFB, 0xFA], [0x04, 0x03, 0x02, 0x01]];

/// Bytes around the content: header, length, footer.
const AROUND: usize = 4 + 2 + 4;

/// What stands in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// What the radar sees.
    Report(Report),
    /// What it says to a command.
    Ack(Ack),
}

/// Who is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nobody.
    Nobody,
    /// Somebody who moves.
    Moving,
    /// Somebody who keeps still.
    Still,
    /// Both.
    Both,
}

/// What the radar sees (§2.3.2, table 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Who is there.
    pub target: Target,
    /// Distance of the moving target, cm.
    pub moving_cm: u16,
    /// How sure that is, 0 to 100.
    pub moving_energy: u8,
    /// Distance of the still target, cm.
    pub still_cm: u16,
    /// How sure that is, 0 to 100.
    pub still_energy: u8,
    /// Distance at which it detected, cm.
    pub detection_cm: u16,
    /// What each gate sees, in engineering mode only.
    pub gates: Option<Energies>,
}

/// What each gate sees (§2.3.2, table 13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Energies {
    /// Moving, gate 0 to 8, 0 to 100 each.
    pub moving: [u8; GATES],
    /// Still, gate 0 to 8, 0 to 100 each.
    pub still: [u8; GATES],
}

/// What it says to a command (§2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack {
    /// The command's word.
    pub word: u8,
    /// It was obeyed.
    pub obeyed: bool,
}

/// The last bytes of a stream, as many as the longest frame has.
#[derive(Clone, Debug)]
pub struct Finder {
    window: heapless::Vec<u8, RADAR_FRAME_BYTES_MAX>,
    stray_bytes: u32,
}

impl Finder {
    /// Nothing came yet.
    pub const fn new() -> Self {
        Self { window: heapless::Vec::new(), stray_bytes: 0 }
    }

    /// The next byte; the frame that ends with it.
    pub fn push(&mut self, byte: u8) -> Option<Frame> {
        if self.window.is_full() {
            self.window.remove(0);
            self.stray_bytes = self.stray_bytes.saturating_add(1);
        }
        // There is room: one was just taken out of a full one.
        let _ = self.window.push(byte);
        let (start, frame) = last_frame(&self.window)?;
        self.stray_bytes = self.stray_bytes.saturating_add(start as u32);
        self.window.clear();
        Some(frame)
    }

    /// Bytes that were part of no frame, up to the last one that left the window.
    pub const fn stray_bytes(&self) -> u32 {
        self.stray_bytes
    }
}

impl Default for Finder {
    fn default() -> Self {
        Self::new()
    }
}

/// The frame that ends where `window` ends, and where it begins. The nearest header first: it is
/// the one that nothing was lost behind.
fn last_frame(window: &[u8]) -> Option<(usize, Frame)> {
    let report = window.ends_with(&REPORT[1]);
    if !report && !window.ends_with(&COMMAND[1]) {
        return None;
    }
    let header = if report { REPORT[0] } else { COMMAND[0] };
    let last_start = window.len().checked_sub(AROUND)?;
    (0..=last_start).rev().find_map(|start| {
        let length = last_start - start;
        let rest = window.get(start..)?.strip_prefix(&header)?;
        let content = rest.strip_prefix(&u16::try_from(length).ok()?.to_le_bytes())?;
        let content = content.get(..length)?;
        let frame = if report { read_report(content) } else { read_ack(content) };
        Some((start, frame?))
    })
}

fn read_report(content: &[u8]) -> Option<Frame> {
    // Type, head 0xAA, nine bytes of target, in engineering mode the gates, tail 0x55, check 0x00
    // (§2.3.1, tables 10 and 11).
    let (target, more) = content.strip_suffix(&[0x55, 0x00])?.split_first_chunk::<11>()?;
    let [kind, 0xAA, state, m0, m1, moving_energy, s0, s1, still_energy, d0, d1] = *target else {
        return None;
    };
    let gates = match (kind, more.len()) {
        (0x02, 0) => None,
        (0x01, _) => Some(read_gates(more)?),
        _ => return None,
    };
    let target = match state {
        0x00 => Target::Nobody,
        0x01 => Target::Moving,
        0x02 => Target::Still,
        0x03 => Target::Both,
        // 4 to 6: it measures the background (V1.07) and says nothing about people.
        _ => return None,
    };
    Some(Frame::Report(Report {
        target,
        moving_cm: u16::from_le_bytes([m0, m1]),
        moving_energy,
        still_cm: u16::from_le_bytes([s0, s1]),
        still_energy,
        detection_cm: u16::from_le_bytes([d0, d1]),
        gates,
    }))
}

/// The highest gate of each kind, then the energies of gate 0 to there, then what newer firmware
/// adds: light and the output pin (V1.06 of the LD2410B), skipped here.
fn read_gates(more: &[u8]) -> Option<Energies> {
    let (highest, energies) = more.split_first_chunk::<2>()?;
    let [moving_count, still_count] = highest.map(|gate| usize::from(gate) + 1);
    if moving_count > GATES || still_count > GATES {
        return None;
    }
    let (mut moving, mut still) = ([0; GATES], [0; GATES]);
    let moves = energies.get(..moving_count)?;
    moving.get_mut(..moving_count)?.copy_from_slice(moves);
    let stays = energies.get(moving_count..moving_count + still_count)?;
    still.get_mut(..still_count)?.copy_from_slice(stays);
    Some(Energies { moving, still })
}

/// Command word with its second byte set to 1, then 0 for obeyed (§2.1.2).
fn read_ack(content: &[u8]) -> Option<Frame> {
    let [word, 0x01, status, 0x00, ..] = *content else { return None };
    Some(Frame::Ack(Ack { word, obeyed: status == 0 }))
}
