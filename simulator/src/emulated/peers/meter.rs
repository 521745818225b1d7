//! An Eastron SDM120 behind the node: a Modbus RTU slave with the registers of its map (Eastron,
//! "SDM120-Modbus Protocol Implementation V2.2").

use super::Fault;
use crate::emulated::surroundings::Metered;

/// Its address as it leaves the factory.
const UNIT: u8 = 1;
const READ_INPUT: u8 = 0x04;
/// Most registers in one answer (the document: 80 of them, 40 values).
const REGISTERS_MAX: u16 = 80;
/// The last register of the map is the second half of 0x0158.
const REGISTERS_END: u16 = 0x015a;
/// Length of a request with two words, with its checksum.
const REQUEST_BYTES: usize = 8;
/// Mains voltage, V, and frequency, Hz.
const MAINS: (f64, f64) = (230.0, 50.0);

/// The meter from its supply on.
#[derive(Default)]
pub struct Meter {
    received: Vec<u8>,
}

impl Meter {
    /// Nothing has come for a while: what is not whole by now is no request.
    pub fn quiet(&mut self) {
        self.received.clear();
    }

    /// Takes bytes from the node, and answers every request to it that they complete.
    pub fn take(&mut self, bytes: &[u8], shows: &Metered, fault: Fault) -> Vec<u8> {
        self.received.extend_from_slice(bytes);
        let mut answers = Vec::new();
        // There are no silent gaps on a socket: what has a right checksum is a request, and
        // anything else is one byte of noise.
        while let Some(request) = self.received.get(..REQUEST_BYTES) {
            let whole = crc16(&request[..6]).to_le_bytes() == request[6..];
            if whole {
                let request =
                    [request[0], request[1], request[2], request[3], request[4], request[5]];
                self.received.drain(..REQUEST_BYTES);
                answers.extend(answer(request, shows, fault));
            } else {
                self.received.drain(..1);
            }
        }
        answers
    }
}

fn answer(request: [u8; 6], shows: &Metered, fault: Fault) -> Vec<u8> {
    let [unit, function, a, b, c, d] = request;
    let (first, count) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    if unit != UNIT || fault == Fault::Silent {
        return Vec::new();
    }
    let refused = |code: u8| vec![UNIT, function | 0x80, code];
    // Exceptions as in "Modbus application protocol V1.1b3", 7.
    let mut answer = match (function, fault) {
        (_, Fault::Nack) => refused(0x04),
        (READ_INPUT, _) if count == 0 || count > REGISTERS_MAX => refused(0x03),
        (READ_INPUT, _) if first.saturating_add(count) > REGISTERS_END || first % 2 == 1 => {
            refused(0x02)
        }
        (READ_INPUT, _) => {
            let mut answer = vec![UNIT, READ_INPUT, (count * 2) as u8];
            for register in first..first + count {
                let bytes = value(register & !1, shows).to_be_bytes();
                let half = usize::from(register & 1) * 2;
                answer.extend(&bytes[half..half + 2]);
            }
            answer
        }
        _ => refused(0x01),
    };
    let crc = crc16(&answer) ^ if fault == Fault::Crc { 0x5a5a } else { 0 };
    answer.extend(crc.to_le_bytes());
    answer
}

/// Whole Wh as kWh: the nearest number that is not below, so that whoever cuts off parts of a Wh gets
/// it back. Right up to 8 MWh, where the numbers of 24 bits lie half a Wh apart.
fn kwh(energy_wh: u64) -> f32 {
    let near = (energy_wh as f64 / 1000.0) as f32;
    // Exact: 24 bits times 10.
    if f64::from(near) * 1000.0 < energy_wh as f64 { near.next_up() } else { near }
}

/// The value whose first register this is; 0 for what a lamp has not.
fn value(register: u16, shows: &Metered) -> f32 {
    let value = match register {
        0x0000 => MAINS.0,
        0x0006 => shows.power_w / MAINS.0,
        // Lamps with correction: apparent power is active power.
        0x000c | 0x0012 => shows.power_w,
        0x001e => 1.0,
        0x0046 => MAINS.1,
        // Imported and total active energy, kWh.
        0x0048 | 0x0156 => return kwh(shows.energy_wh),
        _ => 0.0,
    };
    value as f32
}

/// CRC-16 of Modbus RTU ("Modbus over serial line V1.02", 6.2.2).
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, &byte| {
        (0..8).fold(
            crc ^ u16::from(byte),
            |crc, _| {
                if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xa001 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWS: Metered = Metered { power_w: 36.5, energy_wh: 1_234_567 };

    #[test]
    fn power_and_energy_are_read_as_the_protocol_document_has_them() {
        // 04 at 0x000c: the request of the document for its second value, checksum included.
        let asked = with_crc(&[1, 4, 0x00, 0x0c, 0, 2]);
        let answer = Meter::default().take(&asked, &SHOWS, Fault::None);
        assert_eq!(answer[..3], [1, 4, 4]);
        assert_eq!(float(&answer[3..7]), 36.5);
        let asked = with_crc(&[1, 4, 0x00, 0x48, 0, 2]);
        let answer = Meter::default().take(&asked, &SHOWS, Fault::None);
        assert_eq!((f64::from(float(&answer[3..7])) * 1000.0).round(), 1_234_567.0);
    }

    #[test]
    fn every_whole_watt_hour_survives_being_cut() {
        for energy_wh in (0..8_000_000).step_by(997).chain([3_604_583, 7_999_999]) {
            let cut = (f64::from(kwh(energy_wh)) * 1000.0).floor();
            assert_eq!(cut, energy_wh as f64);
        }
    }

    #[test]
    fn a_checksum_is_the_known_one() {
        // "Modbus over serial line", 6.2.2: 02 07 gives 0x1241, sent low byte first: 41 12.
        assert_eq!(crc16(&[0x02, 0x07]), 0x1241);
    }

    #[test]
    fn requests_in_pieces_and_behind_noise_are_found() {
        let mut meter = Meter::default();
        let asked = with_crc(&[1, 4, 0, 0, 0, 2]);
        assert_eq!(meter.take(&[0x00, 0x55], &SHOWS, Fault::None), [0u8; 0]);
        assert_eq!(meter.take(&asked[..3], &SHOWS, Fault::None), [0u8; 0]);
        let answer = meter.take(&asked[3..], &SHOWS, Fault::None);
        assert_eq!(float(&answer[3..7]), 230.0);
    }

    #[test]
    fn other_units_get_no_answer_and_other_functions_a_refusal() {
        let ask = |request: &[u8]| Meter::default().take(&with_crc(request), &SHOWS, Fault::None);
        assert_eq!(ask(&[2, 4, 0, 0, 0, 2]), [0u8; 0]);
        assert_eq!(ask(&[1, 3, 0, 0, 0, 2])[..3], [1, 0x83, 1]);
        assert_eq!(ask(&[1, 4, 0x10, 0, 0, 2])[..3], [1, 0x84, 2]);
        assert_eq!(ask(&[1, 4, 0, 0, 0, 200])[..3], [1, 0x84, 3]);
    }

    #[test]
    fn faults_are_what_they_are_called() {
        let asked = with_crc(&[1, 4, 0, 0, 0, 2]);
        let ask = |fault| Meter::default().take(&asked, &SHOWS, fault);
        assert_eq!(ask(Fault::Silent), [0u8; 0]);
        assert_eq!(ask(Fault::Nack)[..3], [1, 0x84, 4]);
        let broken = ask(Fault::Crc);
        let (bytes, crc) = broken.split_at(broken.len() - 2);
        assert_ne!(crc16(bytes).to_le_bytes(), crc);
    }

    fn with_crc(bytes: &[u8]) -> Vec<u8> {
        [bytes, &crc16(bytes).to_le_bytes()].concat()
    }

    fn float(bytes: &[u8]) -> f32 {
        f32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }
}
