//! Payloads on their way from the brain to the session: bounded, in order, whole or not at all.
//!
//! What does not fit is dropped and said so: the session then breaks the connection, and the brain,
//! which keeps every frame until it is acknowledged, sends all of it again.

use crate::ports::Raw;
use core::cell::RefCell;
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::signal::Signal;
use node::What;
use node::limits::OUT_BYTES;

/// Room for what one call of the brain may ask for, with the head of each payload.
pub const OUTBOX_BYTES: usize = OUT_BYTES + HEAD_BYTES * node::limits::PUBLISHES_MAX;

/// Topic and length before each payload.
const HEAD_BYTES: usize = 3;

/// The queue, and the bell that rings when something was put into it.
pub struct Outbox {
    row: Mutex<Raw, RefCell<Row<OUTBOX_BYTES>>>,
    bell: Signal<Raw, ()>,
}

impl Outbox {
    /// Empty.
    pub const fn new() -> Self {
        Self { row: Mutex::new(RefCell::new(Row::new())), bell: Signal::new() }
    }

    /// Puts a payload at the end. False when there is no room: it is dropped, and
    /// [`Outbox::overflowed`] tells.
    pub fn put(&self, what: What, payload: &[u8]) -> bool {
        let put = self.row.lock(|row| row.borrow_mut().put(number(what), payload));
        self.bell.signal(());
        put
    }

    /// Topic of the first payload.
    pub fn first(&self) -> Option<What> {
        self.row.lock(|row| row.borrow().first()).and_then(|(number, _)| what(number))
    }

    /// Copies the first payload and says how long it is; `None` when there is none or it does not
    /// fit.
    pub fn copy(&self, out: &mut [u8]) -> Option<usize> {
        self.row.lock(|row| row.borrow().copy(out))
    }

    /// Takes the first payload out.
    pub fn pop(&self) {
        self.row.lock(|row| row.borrow_mut().pop());
    }

    /// Throws everything away, and that something did not fit with it.
    pub fn clear(&self) {
        self.row.lock(|row| row.borrow_mut().clear());
    }

    /// Whether something was dropped since the last [`Outbox::clear`].
    pub fn overflowed(&self) -> bool {
        self.row.lock(|row| row.borrow().overflowed)
    }

    /// Waits until something was put.
    pub async fn wait(&self) {
        self.bell.wait().await;
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}

const WHATS: [What; 3] = [What::Hello, What::Frame, What::Result];

fn number(what: What) -> u8 {
    // Every topic is in the list, or the match in `topic_of` would not compile without it.
    WHATS.iter().position(|known| *known == what).unwrap_or(0) as u8
}

fn what(number: u8) -> Option<What> {
    WHATS.get(usize::from(number)).copied()
}

/// A ring of bytes that holds heads and payloads.
struct Row<const N: usize> {
    bytes: [u8; N],
    start: usize,
    used: usize,
    overflowed: bool,
}

impl<const N: usize> Row<N> {
    const fn new() -> Self {
        Self { bytes: [0; N], start: 0, used: 0, overflowed: false }
    }

    fn put(&mut self, number: u8, payload: &[u8]) -> bool {
        let len = (payload.len() as u16).to_le_bytes();
        if self.used + HEAD_BYTES + payload.len() > N {
            self.overflowed = true;
            return false;
        }
        for byte in [number, len[0], len[1]].iter().chain(payload) {
            self.bytes[(self.start + self.used) % N] = *byte;
            self.used += 1;
        }
        true
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes[(self.start + at) % N]
    }

    fn first(&self) -> Option<(u8, usize)> {
        let len = usize::from(u16::from_le_bytes([self.byte(1), self.byte(2)]));
        (self.used > 0).then(|| (self.byte(0), len))
    }

    fn copy(&self, out: &mut [u8]) -> Option<usize> {
        let (_, len) = self.first()?;
        for (at, byte) in out.get_mut(..len)?.iter_mut().enumerate() {
            *byte = self.byte(HEAD_BYTES + at);
        }
        Some(len)
    }

    fn pop(&mut self) {
        if let Some((_, len)) = self.first() {
            self.start = (self.start + HEAD_BYTES + len) % N;
            self.used -= HEAD_BYTES + len;
        }
    }

    fn clear(&mut self) {
        self.used = 0;
        self.overflowed = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_come_out_whole_and_in_order_round_and_round() {
        let mut row = Row::<32>::new();
        let mut out = [0; 32];
        for turn in 0..200u8 {
            let payload = [turn; 20];
            let len = usize::from(turn % 20);
            assert!(row.put(turn % 2, &payload[..len]), "{turn}");
            assert_eq!(row.first(), Some((turn % 2, len)));
            assert_eq!(row.copy(&mut out), Some(len));
            assert!(out[..len].iter().all(|byte| *byte == turn));
            row.pop();
            assert_eq!(row.first(), None);
        }
    }

    #[test]
    fn what_does_not_fit_is_dropped_and_said() {
        let mut row = Row::<16>::new();
        assert!(row.put(0, &[1; 10]));
        assert!(!row.put(1, &[2; 1]) && row.overflowed);
        assert_eq!(row.copy(&mut [0; 9]), None, "no part of a payload");
        assert_eq!(row.first(), Some((0, 10)));
        row.clear();
        assert!(!row.overflowed && row.put(1, &[3; 13]));
    }

    #[test]
    fn topics_survive_the_row() {
        for kind in WHATS {
            assert_eq!(what(number(kind)), Some(kind));
        }
    }
}
