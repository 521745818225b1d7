//! The LD2410 radar: its reports, and the commands that a driver may send (Hi-Link, "LD2410 serial
//! communication protocol", V1.02).

use super::Fault;
use crate::emulated::surroundings::Seen;

/// Reports per second.
pub const REPORTS_PER_S: u32 = 10;

const REPORT_HEAD: [u8; 4] = [0xf4, 0xf3, 0xf2, 0xf1];
const REPORT_TAIL: [u8; 4] = [0xf8, 0xf7, 0xf6, 0xf5];
const COMMAND_HEAD: [u8; 4] = [0xfd, 0xfc, 0xfb, 0xfa];
const COMMAND_TAIL: [u8; 4] = [0x04, 0x03, 0x02, 0x01];

/// Longest command in the protocol, with head and tail, in bytes.
const COMMAND_BYTES_MAX: usize = 64;

/// The radar from its supply on.
#[derive(Default)]
pub struct Radar {
    /// While it is configured it reports nothing (2.2.1).
    configuring: bool,
    received: Vec<u8>,
}

impl Radar {
    /// The report of now (2.3.2, table 12); nothing while it is configured.
    pub fn report(&self, seen: &Seen, fault: Fault) -> Vec<u8> {
        if self.configuring || fault == Fault::Silent {
            return Vec::new();
        }
        // Target: bit 0 moving, bit 1 still. Distances in cm and energies in % are of somebody in
        // the middle of a room; nobody is told how far away he is from a lamp.
        let moving = seen.motion;
        let still = seen.presence;
        let energy = |there: bool| if there { 80 } else { 0 };
        let distance = |there: bool| if there { [0x2c, 0x01] } else { [0, 0] };
        let mut body = vec![0x02, 0xaa, u8::from(moving) | u8::from(still) << 1];
        body.extend(distance(moving));
        body.push(energy(moving));
        body.extend(distance(still));
        body.push(energy(still));
        body.extend(distance(moving || still));
        body.extend([0x55, 0x00]);
        let mut report = framed(REPORT_HEAD, &body, REPORT_TAIL);
        if fault != Fault::None
            && let Some(last) = report.last_mut()
        {
            // No checksum to spoil: the tail is what tells a whole report.
            *last ^= 0x5a;
        }
        report
    }

    /// Takes bytes from the node, and answers every command that they complete.
    pub fn take(&mut self, bytes: &[u8], fault: Fault) -> Vec<u8> {
        self.received.extend_from_slice(bytes);
        let mut answers = Vec::new();
        while let Some(command) = self.next_command() {
            if fault == Fault::None {
                answers.extend(self.obey(&command));
            }
        }
        answers
    }

    fn next_command(&mut self) -> Option<Vec<u8>> {
        loop {
            let head = self.received.windows(4).position(|four| four == COMMAND_HEAD);
            // The last three bytes may be the beginning of a head.
            let keep = head.unwrap_or(self.received.len().saturating_sub(3));
            self.received.drain(..keep);
            head?;
            let len =
                usize::from(u16::from_le_bytes([*self.received.get(4)?, *self.received.get(5)?]));
            let whole = len + 10;
            if whole > COMMAND_BYTES_MAX {
                self.received.drain(..4);
                continue;
            }
            let frame = self.received.get(..whole)?.to_vec();
            self.received.drain(..whole);
            if frame.ends_with(&COMMAND_TAIL) {
                return Some(frame[6..whole - 4].to_vec());
            }
        }
    }

    /// Every command is acknowledged with its word and 0x0100, and a status of 0 (2.1.3).
    fn obey(&mut self, command: &[u8]) -> Vec<u8> {
        let [low, high, ..] = *command else { return Vec::new() };
        let mut body = vec![low, high | 0x01, 0, 0];
        match u16::from_le_bytes([low, high]) {
            0x00ff => {
                self.configuring = true;
                // Protocol version 1, buffer of 64 bytes (2.2.1).
                body.extend([0x01, 0x00, 0x40, 0x00]);
            }
            0x00fe | 0x00a3 => self.configuring = false,
            // Firmware type 0, V1.02 of 2022-06-24 16:15 (the example of 2.2.8).
            0x00a0 => body.extend([0x00, 0x00, 0x02, 0x01, 0x16, 0x24, 0x06, 0x22]),
            _ => {}
        }
        framed(COMMAND_HEAD, &body, COMMAND_TAIL)
    }
}

fn framed(head: [u8; 4], body: &[u8], tail: [u8; 4]) -> Vec<u8> {
    // Bodies here are shorter than 64 bytes.
    let len = (body.len() as u16).to_le_bytes();
    [&head[..], &len, body, &tail].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: Seen = Seen {
        motion: false,
        presence: false,
        illuminance_lx: 0.0,
        co2_ppm: 0.0,
        temperature_c: 0.0,
        humidity_pct: 0.0,
    };

    #[test]
    fn a_report_says_who_moves_and_who_sits_still() {
        let radar = Radar::default();
        let target = |motion, presence| {
            let report = radar.report(&Seen { motion, presence, ..EMPTY }, Fault::None);
            assert_eq!(report.len(), 23, "13 bytes of body (2.3.2)");
            assert_eq!(report[..8], [0xf4, 0xf3, 0xf2, 0xf1, 0x0d, 0x00, 0x02, 0xaa]);
            report[8]
        };
        let targets = [(false, false), (true, false), (false, true), (true, true)];
        assert_eq!(targets.map(|(motion, presence)| target(motion, presence)), [0, 1, 2, 3]);
    }

    #[test]
    fn a_radar_that_is_configured_reports_nothing_until_that_ends() {
        let mut radar = Radar::default();
        // The example of 2.2.1: command, and its answer.
        let enable = [0xfd, 0xfc, 0xfb, 0xfa, 4, 0, 0xff, 0, 1, 0, 4, 3, 2, 1];
        let answer = [0xfd, 0xfc, 0xfb, 0xfa, 8, 0, 0xff, 1, 0, 0, 1, 0, 0x40, 0, 4, 3, 2, 1];
        assert_eq!(radar.take(&enable[..5], Fault::None), [0u8; 0]);
        assert_eq!(radar.take(&enable[5..], Fault::None), answer);
        assert_eq!(radar.report(&EMPTY, Fault::None), [0u8; 0]);
        let end = [0xfd, 0xfc, 0xfb, 0xfa, 2, 0, 0xfe, 0, 4, 3, 2, 1];
        assert_eq!(radar.take(&end, Fault::None).len(), 14);
        assert_eq!(radar.report(&EMPTY, Fault::None).len(), 23);
    }

    #[test]
    fn a_broken_report_has_a_wrong_tail_and_a_silent_radar_none() {
        let radar = Radar::default();
        assert!(!radar.report(&EMPTY, Fault::Crc).ends_with(&REPORT_TAIL));
        assert_eq!(radar.report(&EMPTY, Fault::Silent), [0u8; 0]);
    }

    #[test]
    fn noise_before_a_command_is_skipped() {
        let mut radar = Radar::default();
        let noise = [0xfd, 0xfc, 0xfb, 0xfa, 0xff, 0xff, 0x12];
        let end = [0xfd, 0xfc, 0xfb, 0xfa, 2, 0, 0xfe, 0, 4, 3, 2, 1];
        assert_eq!(radar.take(&[&noise[..], &end].concat(), Fault::None).len(), 14);
    }
}
