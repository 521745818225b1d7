//! A serial cable to a node: asks [`smp`] requests and hears the answers, and the log lines between them.
//!
//! The port is a serial device, or the Unix socket at which an emulated board has its console.

mod fault;

pub use fault::Fault;

use smp::reply::Reply;
use smp::{Frames, Heard, Lines, PACKET_BYTES_MAX, Refused, Request};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The console's rate, Bd; on USB any will do.
const BAUD: u32 = 115_200;

/// A read returns at least so often, so that deadlines are kept.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A request is answered within this: a page of flash takes 50 ms to erase, factory reset erases 80 of them.
const ANSWER_IN: Duration = Duration::from_secs(6);

/// A node that has just been started or plugged in, or was in the middle of a line, is asked again after this.
const AGAIN_IN: Duration = Duration::from_millis(1_500);

/// So many log lines are kept to be shown.
const LINES_KEPT: usize = 200;

/// Both ends of a cable.
trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

/// An open cable.
pub struct Cable {
    port: PathBuf,
    line: Box<dyn Line>,
    heard: Lines<PACKET_BYTES_MAX>,
    /// What was read and not looked at yet.
    ahead: VecDeque<u8>,
    log: VecDeque<String>,
    seq: u8,
}

/// What came over the cable, copied.
enum Came {
    Text(String),
    Packet(Vec<u8>),
}

impl Cable {
    /// Opens a port.
    ///
    /// # Errors
    /// [`Fault::NoPort`] with the ports there are, [`Fault::Open`].
    pub fn open(port: &Path) -> Result<Self, Fault> {
        let open = |error| Fault::Open { port: port.to_owned(), error };
        let kind = std::fs::metadata(port).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Fault::NoPort { port: port.to_owned(), known: known() },
            _ => Fault::Open { port: port.to_owned(), error },
        })?;
        let line: Box<dyn Line> = if kind.file_type().is_socket() {
            let stream = UnixStream::connect(port).map_err(open)?;
            stream.set_read_timeout(Some(LOOK_EVERY)).map_err(open)?;
            Box::new(stream)
        } else {
            let path = port.to_string_lossy();
            let line = serialport::new(path, BAUD).timeout(LOOK_EVERY).open();
            Box::new(line.map_err(|error| open(error.into()))?)
        };
        let (heard, ahead, log) = (Lines::new(), VecDeque::new(), VecDeque::new());
        Ok(Self { port: port.to_owned(), line, heard, ahead, log, seq: 0 })
    }

    /// Where it is plugged in.
    pub fn port(&self) -> &Path {
        &self.port
    }

    /// Asks, and asks again while nothing comes: every request may be heard twice. The answer's map.
    ///
    /// # Errors
    /// [`Fault`]; [`Fault::Refused`] when the node says no.
    pub fn ask(&mut self, request: Request<'_>) -> Result<Vec<u8>, Fault> {
        self.seq = self.seq.wrapping_add(1);
        let mut packet = [0; PACKET_BYTES_MAX];
        let len =
            request.write(self.seq, &mut packet).map_err(|_| self.no(Refused::TooLong, ""))?;
        let (_, op, command) = request.place();
        let give_up = Instant::now() + ANSWER_IN;
        while Instant::now() < give_up {
            self.say(&packet[..len])?;
            let again = give_up.min(Instant::now() + AGAIN_IN);
            while let Some(came) = self.hear(again)? {
                let Came::Packet(packet) = came else { continue };
                // Late answers to earlier questions, and what noise made of one, are passed over.
                let Ok(reply) = Reply::read(&packet) else { continue };
                let head = reply.header;
                if head.seq != self.seq || Some(head.op) != op.reply() || head.command != command {
                    continue;
                }
                return match reply.refused {
                    Some(refused) => Err(self.no(refused, reply.why)),
                    None => Ok(reply.body.to_vec()),
                };
            }
        }
        Err(Fault::Silent { port: self.port.clone() })
    }

    /// The next line of the node's log; `None` when none comes until `until`.
    ///
    /// # Errors
    /// [`Fault::Broken`].
    pub fn log_line(&mut self, until: Instant) -> Result<Option<String>, Fault> {
        if let Some(line) = self.log.pop_front() {
            return Ok(Some(line));
        }
        while let Some(came) = self.hear(until)? {
            if matches!(came, Came::Text(_)) {
                return Ok(self.log.pop_front());
            }
        }
        Ok(None)
    }

    fn say(&mut self, packet: &[u8]) -> Result<(), Fault> {
        let broken = |error| Fault::Broken { port: self.port.clone(), error };
        // Whatever half a line went before: a line feed ends it, and an empty line is none.
        self.line.write_all(b"\n").map_err(broken)?;
        for line in Frames::new(packet) {
            self.line.write_all(&line).map_err(broken)?;
        }
        self.line.flush().map_err(broken)
    }

    /// What comes until `until`. Log lines are kept as well.
    fn hear(&mut self, until: Instant) -> Result<Option<Came>, Fault> {
        loop {
            while let Some(byte) = self.ahead.pop_front() {
                let came = match self.heard.push(byte) {
                    Some(Heard::Packet(packet)) => Came::Packet(packet.to_vec()),
                    Some(Heard::Text(text)) => Came::Text(text.to_owned()),
                    Some(Heard::Bad(_)) | None => continue,
                };
                if let Came::Text(text) = &came {
                    if self.log.len() == LINES_KEPT {
                        self.log.pop_front();
                    }
                    self.log.push_back(text.clone());
                }
                return Ok(Some(came));
            }
            if Instant::now() >= until {
                return Ok(None);
            }
            let mut bytes = [0; 1024];
            match self.line.read(&mut bytes) {
                Ok(0) => {
                    let error = io::ErrorKind::UnexpectedEof.into();
                    return Err(Fault::Broken { port: self.port.clone(), error });
                }
                Ok(count) => self.ahead.extend(&bytes[..count]),
                Err(error) if is_pause(&error) => {}
                Err(error) => return Err(Fault::Broken { port: self.port.clone(), error }),
            }
        }
    }

    fn no(&self, refused: Refused, why: &str) -> Fault {
        Fault::Refused { port: self.port.clone(), refused, why: why.to_owned() }
    }
}

fn is_pause(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

/// The serial ports of this computer.
fn known() -> Vec<String> {
    let ports = serialport::available_ports().unwrap_or_default();
    ports.into_iter().map(|port| port.port_name).collect()
}

#[cfg(test)]
mod tests;
