//! A serial line with electricity meters on it: a pseudo terminal that takes the time that its baud
//! rate would take.
//!
//! Shares no code with the product. What the meters answer is from the register table of the Eastron
//! SDM120 (protocol V2.4, 30001 …): 32-bit floats, the higher word first, function 4. Framing is
//! Modbus over Serial Line V1.02, §2.5.1: address, PDU, CRC-16 with its lower byte first.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Start, eight bits, stop: no parity.
const BITS_PER_BYTE: u32 = 10;
/// From a request to the first byte of the answer. Meters of this class need 20 to 60 ms.
const TURNAROUND: Duration = Duration::from_millis(30);
/// Bytes that belong to no request are forgotten after so much silence.
const QUIET_MS: i64 = 50;
/// Bytes of a read request: unit, function, address, count, CRC.
const REQUEST_BYTES: usize = 8;
/// Largest read of an SDM120, in registers.
const REGISTERS_MAX: u16 = 80;

/// What a meter shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// Imported energy, kWh.
    pub kwh: f32,
    /// Power, W.
    pub power_w: f32,
}

/// A request as it came over the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When its last byte was there.
    pub at: Instant,
    /// Which unit.
    pub unit: u8,
    /// First register.
    pub address: u16,
    /// How many.
    pub count: u16,
    /// Whether the unit is there.
    pub answered: bool,
}

/// A running line.
pub struct Line {
    path: PathBuf,
    known: Arc<Mutex<Known>>,
    running: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Known {
    meters: BTreeMap<u8, Shown>,
    asked: Vec<Asked>,
    busy: Duration,
}

impl Line {
    /// A line of so many bit/s, without meters yet.
    ///
    /// # Errors
    /// When the system gives no pseudo terminal.
    pub fn start(baud: u32) -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let path = PathBuf::from(name.to_string_lossy().into_owned());
        // Kept open, so that the line outlives who is connected to it; and raw from the begin, so that
        // no byte is echoed or taken for a command.
        let far_end = File::options().read(true).write(true).open(&path)?;
        let mut settings = tcgetattr(&far_end)?;
        settings.make_raw();
        tcsetattr(&far_end, OptionalActions::Now, &settings)?;
        let known = Arc::new(Mutex::new(Known::default()));
        let running = Arc::new(AtomicBool::new(true));
        let (shared, flag) = (known.clone(), running.clone());
        let byte = Duration::from_secs_f64(f64::from(BITS_PER_BYTE) / f64::from(baud));
        let thread = std::thread::spawn(move || {
            let end = Slaves { line: File::from(master), byte, known: shared };
            end.run(&flag);
            drop(far_end);
        });
        Ok(Self { path, known, running, thread: Some(thread) })
    }

    /// The serial port to open.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts a meter on the line, or changes what it shows.
    pub fn show(&self, unit: u8, shown: Shown) {
        self.known().meters.insert(unit, shown);
    }

    /// Takes a meter off the line: it answers nothing any more.
    pub fn kill(&self, unit: u8) {
        self.known().meters.remove(&unit);
    }

    /// Every request since the start.
    pub fn asked(&self) -> Vec<Asked> {
        self.known().asked.clone()
    }

    /// How long the line was in use: bytes in both directions, and the meters' own time.
    pub fn busy(&self) -> Duration {
        self.known().busy
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("the line runs")
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.running.store(false, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The meters' end.
struct Slaves {
    line: File,
    byte: Duration,
    known: Arc<Mutex<Known>>,
}

impl Slaves {
    fn run(mut self, running: &AtomicBool) {
        let mut held: Vec<u8> = Vec::new();
        while running.load(Ordering::Relaxed) {
            let mut ready = [PollFd::new(&self.line, PollFlags::IN)];
            let quiet = Timespec { tv_sec: 0, tv_nsec: QUIET_MS * 1_000_000 };
            if !poll(&mut ready, Some(&quiet)).is_ok_and(|ready| ready > 0) {
                held.clear();
                continue;
            }
            let mut bytes = [0; 256];
            let Ok(count) = self.line.read(&mut bytes) else { return };
            held.extend_from_slice(&bytes[..count]);
            while held.len() >= REQUEST_BYTES {
                let (frame, rest) = held.split_at(REQUEST_BYTES);
                if crc(frame) != 0 {
                    held.remove(0);
                    continue;
                }
                let frame = frame.to_vec();
                held = rest.to_vec();
                if self.answer(&frame).is_err() {
                    return;
                }
            }
        }
    }

    /// Answers one request as late as a real line would.
    fn answer(&mut self, frame: &[u8]) -> io::Result<()> {
        let began = Instant::now();
        let word = |at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
        let (unit, function, address, count) = (frame[0], frame[1], word(2), word(4));
        let shown = self.known.lock().expect("nobody panics with it").meters.get(&unit).copied();
        let arrived = began + self.byte * REQUEST_BYTES as u32;
        std::thread::sleep(arrived.saturating_duration_since(Instant::now()));
        let mut known = self.known.lock().expect("nobody panics with it");
        known.asked.push(Asked { at: arrived, unit, address, count, answered: shown.is_some() });
        known.busy += self.byte * REQUEST_BYTES as u32;
        drop(known);
        let Some(shown) = shown else { return Ok(()) };
        let reply = reply(unit, function, address, count, shown);
        // Byte by byte, each when its last bit would be there.
        for (nth, byte) in reply.iter().enumerate() {
            let due = arrived + TURNAROUND + self.byte * (nth as u32 + 1);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            self.line.write_all(&[*byte])?;
        }
        self.known.lock().expect("nobody panics with it").busy += arrived.elapsed();
        Ok(())
    }
}

/// What an SDM120 says: a value per even address, 0 where it has none, an exception where it cannot.
fn reply(unit: u8, function: u8, address: u16, count: u16, shown: Shown) -> Vec<u8> {
    let mut frame = vec![unit, function];
    if function != 4 {
        frame = vec![unit, function | 0x80, 1];
    } else if count == 0 || count > REGISTERS_MAX || !address.is_multiple_of(2) {
        frame = vec![unit, function | 0x80, 2];
    } else {
        frame.push(count as u8 * 2);
        for register in address..address.saturating_add(count) {
            let bytes = value(register / 2 * 2, shown).to_be_bytes();
            let half = usize::from(register % 2) * 2;
            frame.extend_from_slice(&bytes[half..half + 2]);
        }
    }
    let crc = crc(&frame).to_le_bytes();
    frame.extend_from_slice(&crc);
    frame
}

fn value(address: u16, shown: Shown) -> f32 {
    match address {
        0x0000 => 230.0,
        0x0006 => shown.power_w / 230.0,
        0x000c | 0x0012 => shown.power_w,
        0x001e => 1.0,
        0x0046 => 50.0,
        0x0048 | 0x0156 => shown.kwh,
        _ => 0.0,
    }
}

/// CRC-16 of Modbus; 0 over a frame that ends in its own.
fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xa001 } else { crc >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_the_frame_that_the_maker_prints() {
        // 230.2 V, from the protocol document: 01 04 04 43 66 33 34 1B 38.
        assert_eq!(230.2_f32.to_be_bytes(), [0x43, 0x66, 0x33, 0x33]);
        assert_eq!(crc(&[0x01, 0x04, 0x04, 0x43, 0x66, 0x33, 0x34]).to_le_bytes(), [0x1b, 0x38]);
        let shown = Shown { kwh: 1.5, power_w: 0.0 };
        let frame = reply(7, 4, 0x0048, 2, shown);
        assert_eq!(frame[..7], [7, 4, 4, 0x3f, 0xc0, 0, 0]);
        assert_eq!(crc(&frame), 0);
    }

    #[test]
    fn nine_bytes_at_9600_baud_take_their_time_and_the_dead_say_nothing() {
        let line = Line::start(9_600).expect("a pseudo terminal");
        line.show(3, Shown { kwh: 12.5, power_w: 100.0 });
        let mut port =
            File::options().read(true).write(true).open(line.path()).expect("a serial port");
        let mut ask = |unit: u8| {
            let mut frame = vec![unit, 4, 0, 0x48, 0, 2];
            let crc = crc(&frame).to_le_bytes();
            frame.extend_from_slice(&crc);
            port.write_all(&frame).expect("written");
        };
        ask(4);
        // Its silence must end before the next question.
        while line.asked().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let began = Instant::now();
        ask(3);
        let mut answer = [0; 9];
        port.read_exact(&mut answer).expect("an answer");
        assert_eq!(answer[..7], [3, 4, 4, 0x41, 0x48, 0, 0]);
        // 17 bytes of 10 bits at 9,600 bit/s, and the meter's own time.
        let least = Duration::from_micros(17 * 1_041) + TURNAROUND;
        assert!(began.elapsed() >= least, "{:?} is faster than the line", began.elapsed());
        let units: Vec<(u8, bool)> = line.asked().iter().map(|a| (a.unit, a.answered)).collect();
        assert_eq!(units, [(4, false), (3, true)]);
        assert!(line.busy() >= least, "{:?}", line.busy());
    }
}
