//! One question and its answer on a Modbus RTU line, where nothing late or foreign is believed.
//!
//! Clauses are those of "MODBUS over Serial Line" V1.02. An answer has no number that ties it to its
//! question, so: the line is silent before anything is asked, what comes must have the unit, the
//! function, the length and the check sum that was asked for, and after a question without an
//! answer the line has to be silent for longer.

use crate::fault::Fault;
use crate::limits::{METER_ANSWER_MS, METER_BABBLE_MS_MAX, METER_LATE_MS};
use crate::timed::{within, within_us};
use core::pin::pin;
use embedded_hal_async::delay::DelayNs;
use embedded_io_async::{Read, Write};
use heapless::Vec;
use rmodbus::client::ModbusRequest;
use rmodbus::{ErrorKind, ModbusProto};

/// The silence between two frames: 3.5 characters of 11 bit, and fixed 1.75 ms above 19,200 bit/s
/// (§2.5.1.1), µs.
pub const fn gap_us(baud: u32) -> u32 {
    if baud > 19_200 {
        return 1_750;
    }
    let baud = if baud == 0 { 1 } else { baud };
    // 3.5 × 11 bit = 38.5 bit; rounded up, because a shorter gap is none.
    38_500_000u32.div_ceil(baud)
}

/// How long `bytes` take on the line, rounded up, ms: 11 bit each (§2.5.1).
pub const fn line_ms(baud: u32, bytes: u32) -> u32 {
    let baud = if baud == 0 { 1 } else { baud };
    (bytes * 11 * 1000).div_ceil(baud)
}

/// Longest answer that is asked for: unit, function, count, 16 words, check sum.
const ANSWER_BYTES_MAX: usize = 5 + 2 * 16;

/// The master of a line with one or more meters.
pub struct Master<U, D> {
    line: U,
    delay: D,
    baud: u32,
    /// The last question was not answered in order: its answer may still come.
    unsettled: bool,
    stray_bytes: u32,
}

impl<U, D> Master<U, D> {
    /// The line runs at `baud` bit/s already; that is the board's business.
    pub const fn new(line: U, delay: D, baud: u32) -> Self {
        Self { line, delay, baud, unsettled: true, stray_bytes: 0 }
    }

    /// Bytes that answered nothing.
    pub const fn stray_bytes(&self) -> u32 {
        self.stray_bytes
    }
}

impl<U: Read + Write, D: DelayNs + Clone> Master<U, D> {
    /// `N` words, 1 to 16, from `address` of `unit`, with function 3 or 4. One try.
    ///
    /// # Errors
    /// No answer in time, a broken one, or an exception.
    pub async fn read<const N: usize>(
        &mut self,
        unit: u8,
        function: u8,
        address: u16,
    ) -> Result<[u16; N], Fault> {
        const { assert!(N >= 1 && N <= 16, "an answer fits the buffer") };
        let mut request = ModbusRequest::new(unit, ModbusProto::Rtu);
        let mut frame: Vec<u8, 8> = Vec::new();
        let made = match function {
            3 => request.generate_get_holdings(address, N as u16, &mut frame),
            4 => request.generate_get_inputs(address, N as u16, &mut frame),
            _ => return Err(Fault::Refused),
        };
        made.map_err(|_| Fault::Refused)?;
        self.settle().await?;
        // Until the answer was read to its end, also if this is dropped in the middle.
        self.unsettled = true;
        // The answer itself takes its time on a slow line.
        let limit_ms = METER_ANSWER_MS + line_ms(self.baud, (frame.len() + 5 + 2 * N) as u32);
        let answer = Answer { unit, function, bytes: 2 * N };
        let mut seen = Seen::default();
        let exchange = exchange(&mut self.line, &frame, &answer, &mut seen);
        let done = within(pin!(exchange), &mut self.delay, limit_ms).await;
        self.stray_bytes = self.stray_bytes.saturating_add(seen.stray_bytes);
        let bytes = match done {
            // An exception is an answer to its end.
            Some(Err(Fault::Refused)) => {
                self.unsettled = false;
                return Err(Fault::Refused);
            }
            Some(answered) => answered?,
            None if seen.broken => return Err(Fault::Checksum),
            None => return Err(Fault::Timeout),
        };
        self.unsettled = false;
        let mut words = [0; N];
        let mut into: Vec<u16, N> = Vec::new();
        match request.parse_u16(&bytes, &mut into) {
            Ok(()) if into.len() == N => words.copy_from_slice(&into),
            Ok(()) | Err(ErrorKind::FrameBroken | ErrorKind::OOB) => return Err(Fault::Refused),
            Err(ErrorKind::FrameCRCError) => return Err(Fault::Checksum),
            Err(_) => return Err(Fault::Refused),
        }
        Ok(words)
    }

    /// Waits until the line is silent: 3.5 characters before a question, and longer after one
    /// without an answer. What comes meanwhile is thrown away.
    async fn settle(&mut self) -> Result<(), Fault> {
        let gap_us = gap_us(self.baud);
        let silent_us = if self.unsettled { METER_LATE_MS * 1000 } else { gap_us };
        let silent_us = silent_us.max(gap_us);
        let Self { line, delay, stray_bytes, .. } = self;
        let mut limit = delay.clone();
        let silence = async {
            loop {
                // Each piece that comes starts the silence anew.
                let mut bytes = [0; 32];
                match within_us(pin!(line.read(&mut bytes)), delay, silent_us).await {
                    None => return Ok(()),
                    Some(Ok(count @ 1..)) => {
                        *stray_bytes = stray_bytes.saturating_add(count as u32);
                    }
                    Some(_) => return Err(Fault::Timeout),
                }
            }
        };
        within(pin!(silence), &mut limit, METER_BABBLE_MS_MAX).await.unwrap_or(Err(Fault::Timeout))
    }
}

/// What an answer to the question must look like.
struct Answer {
    unit: u8,
    function: u8,
    bytes: usize,
}

/// What came that was no answer.
#[derive(Default)]
struct Seen {
    stray_bytes: u32,
    /// Something looked like the answer and had a wrong check sum.
    broken: bool,
}

impl Answer {
    /// How long the frame at the start of `bytes` will be, if it can become the answer.
    fn length(&self, bytes: &[u8]) -> Option<usize> {
        match *bytes {
            [] => Some(3),
            [unit, ..] if unit != self.unit => None,
            [_] => Some(3),
            [_, function, ..] if function == self.function | 0x80 => Some(5),
            [_, function, ..] if function != self.function => None,
            [_, _, count, ..] if usize::from(count) != self.bytes => None,
            [_, _, ..] => Some(5 + self.bytes),
        }
    }
}

/// Sends the question and takes bytes until they are its answer. What cannot be is dropped from
/// the front, byte by byte: a disturbance before the answer does not hide it.
async fn exchange<U: Read + Write>(
    line: &mut U,
    question: &[u8],
    answer: &Answer,
    seen: &mut Seen,
) -> Result<Vec<u8, ANSWER_BYTES_MAX>, Fault> {
    line.write_all(question).await.map_err(|_| Fault::Timeout)?;
    line.flush().await.map_err(|_| Fault::Timeout)?;
    let mut bytes: Vec<u8, ANSWER_BYTES_MAX> = Vec::new();
    loop {
        match answer.length(&bytes) {
            None => {
                bytes.remove(0);
                seen.stray_bytes = seen.stray_bytes.saturating_add(1);
            }
            Some(length) if bytes.len() < length => {
                let mut next = [0; ANSWER_BYTES_MAX];
                // Never more than is missing: what follows belongs to nobody, and is drained.
                let want = next.get_mut(..length - bytes.len()).ok_or(Fault::Refused)?;
                match line.read(want).await {
                    Ok(count @ 1..) => {
                        // Never more than `want`, and that much room is left.
                        let _ = bytes.extend_from_slice(next.get(..count).unwrap_or_default());
                    }
                    _ => return Err(Fault::Timeout),
                }
            }
            Some(_) if !sound(&bytes) => {
                seen.broken = true;
                bytes.remove(0);
                seen.stray_bytes = seen.stray_bytes.saturating_add(1);
            }
            // An exception is what it says about the question: refused.
            Some(5) if bytes.get(1) != Some(&answer.function) => return Err(Fault::Refused),
            Some(_) => return Ok(bytes),
        }
    }
}

/// Whether the last two bytes are the check sum of those before: polynomial 0xA001 reflected,
/// starting with 0xFFFF, low byte first (§6.2.2).
fn sound(frame: &[u8]) -> bool {
    let crc =
        frame.iter().fold(0xFFFF_u16, |crc, byte| {
            (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
                if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xA001 }
            })
        });
    // The check sum of a frame with its own check sum behind it is 0.
    crc == 0
}

#[cfg(test)]
mod tests {
    use super::{gap_us, line_ms, sound};

    #[test]
    fn the_gap_is_that_of_the_standard() {
        // 3.5 × 11 bit: 16.04 ms at 2400, 4.01 ms at 9600, 2.005 ms at 19,200, then fixed.
        assert_eq!(gap_us(2400), 16_042);
        assert_eq!(gap_us(9600), 4_011);
        assert_eq!(gap_us(19_200), 2_006);
        assert_eq!(gap_us(38_400), 1_750);
        assert_eq!(gap_us(115_200), 1_750);
        assert_eq!(gap_us(0), 38_500_000);
        assert_eq!(line_ms(2400, 9), 42);
    }

    #[test]
    fn the_check_sum_is_that_of_the_maker() {
        // Eastron SDM120 protocol, the answer that it prints for 230.2 V.
        assert!(sound(&[0x01, 0x04, 0x04, 0x43, 0x66, 0x33, 0x34, 0x1B, 0x38]));
        assert!(!sound(&[0x01, 0x04, 0x04, 0x43, 0x66, 0x33, 0x35, 0x1B, 0x38]));
    }
}
