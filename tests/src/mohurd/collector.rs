//! A collector with rows on a real connection, driven until everything was kept.

use super::report;
use mohurd::{Action, Collector, Input, Note, Offer, Progress};
use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What is left to do and what was seen on the way.
pub struct Run {
    collector: Collector,
    address: SocketAddr,
    stream: Option<TcpStream>,
    begun: Instant,
    /// Slots that exist.
    pub slots: u64,
    /// Slots that the centre has kept.
    pub kept: BTreeSet<u64>,
    /// What the collector said.
    pub notes: Vec<Note>,
    /// Refusals.
    pub refused: u32,
    left_over: Option<Progress>,
}

impl Run {
    /// Nothing is connected yet.
    pub fn new(collector: Collector, address: SocketAddr, slots: u64) -> Self {
        Self {
            collector,
            address,
            stream: None,
            begun: Instant::now(),
            slots,
            kept: BTreeSet::new(),
            notes: Vec::new(),
            refused: 0,
            left_over: None,
        }
    }

    /// There is one more slot.
    pub fn add(&mut self, slots: u64) {
        self.slots += slots;
        self.tell(Input::More);
    }

    /// Goes on until `done`, or `within` has passed; says whether it was done.
    pub fn until(&mut self, within: Duration, mut done: impl FnMut(&mut Self) -> bool) -> bool {
        let end = Instant::now() + within;
        while !done(self) {
            if Instant::now() >= end {
                return false;
            }
            self.turn();
        }
        true
    }

    /// Everything was kept.
    pub fn is_complete(&self) -> bool {
        self.kept.len() as u64 == self.slots
    }

    /// Reads once, or lets time pass to the next deadline.
    fn turn(&mut self) {
        self.tell(Input::Time);
        let Some(stream) = &mut self.stream else {
            // Not connected: the pause that the collector asked for, in small steps.
            std::thread::park_timeout(Duration::from_millis(5));
            return;
        };
        let mut buffer = [0; 16 * 1024];
        match stream.read(&mut buffer) {
            Ok(0) => self.lost(),
            Ok(count) => self.tell(Input::Bytes(&buffer[..count])),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => self.lost(),
        }
    }

    fn lost(&mut self) {
        self.stream = None;
        self.tell(Input::Closed);
    }

    fn tell(&mut self, input: Input<'_>) {
        let now = self.begun.elapsed().as_millis() as u64;
        let mut out = Vec::new();
        self.collector.handle(input, now, &mut out);
        for action in out {
            match action {
                Action::Connect => self.connect(),
                Action::Send(bytes) => {
                    let sent =
                        self.stream.as_mut().is_some_and(|stream| stream.write_all(&bytes).is_ok());
                    if !sent {
                        return self.lost();
                    }
                }
                Action::Close => self.stream = None,
                Action::Next => {
                    let next = self.next();
                    self.tell(next.map_or(Input::Nothing, Input::Offer));
                }
                Action::Kept { id } => {
                    self.kept.insert(id);
                }
                Action::Refused { .. } => self.refused += 1,
                Action::Clock(_) => {}
                Action::Note(note) => self.notes.push(note),
            }
        }
    }

    fn connect(&mut self) {
        match TcpStream::connect_timeout(&self.address, Duration::from_secs(5)) {
            Ok(stream) => {
                let _ = stream.set_read_timeout(Some(Duration::from_millis(5)));
                let _ = stream.set_nodelay(true);
                self.stream = Some(stream);
                self.tell(Input::Connected);
            }
            Err(_) => self.tell(Input::Closed),
        }
    }

    /// The newest as a report, then the oldest that is missing as left over.
    fn next(&mut self) -> Option<Offer> {
        let newest = self.slots.checked_sub(1)?;
        if !self.kept.contains(&newest) {
            return Some(Offer { id: newest, report: report(newest), left_over: None });
        }
        let oldest = (0..newest).find(|slot| !self.kept.contains(slot));
        let Some(oldest) = oldest else {
            self.left_over = None;
            return None;
        };
        let missing = (self.slots - self.kept.len() as u64) as u32;
        let progress = self.left_over.get_or_insert(Progress { total: missing, current: 0 });
        progress.current += 1;
        progress.total = progress.total.max(progress.current + missing - 1);
        Some(Offer { id: oldest, report: report(oldest), left_over: Some(*progress) })
    }
}
