//! When a kept frame goes out: in order, a window at a time, again when nobody acknowledged it.
//!
//! After a connection everything that is held goes out again from the oldest. While the oldest is
//! not acknowledged it is resent after `resend_ms`, twice that, and so on. What a living agent
//! (its lease is fresh) did not acknowledge after [`RESENDS_MAX`] resends of one connection is given up, so that a
//! frame that the agent refuses cannot block the row for ever.
//!
//! Where a log keeps more than a window, what is made from now on does not wait behind it: *fresh*
//! frames go out at once, and the row skips them when it gets there. Lights need the present.

use crate::Millis;
use crate::limits::{RESEND_MS_MAX, RESENDS_MAX, WINDOW_FRAMES};
use crate::ring::Ring;

/// The sending side of the ring.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Link {
    connected: bool,
    /// A hello is due.
    hello: bool,
    /// Next frame that this connection has not carried yet.
    next: u32,
    /// Frames from the first on did not wait for the row; the second is the next of them.
    fresh: Option<(u32, u32)>,
    /// The oldest frame, and how often it was resent to a living agent.
    head: u32,
    resends: u8,
    wait_ms: u32,
    resend_at: Option<Millis>,
    /// The oldest frame is to be sent again now.
    again: bool,
}

/// What to send next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Hello,
    /// A frame that this connection has not carried yet.
    Frame(u32),
    /// One that was made since, and does not wait for the row.
    Fresh(u32),
    /// The oldest frame, again.
    Again(u32),
}

impl Link {
    /// The connection stands: hello first, then everything from the oldest.
    pub fn connected<const N: usize>(&mut self, ring: &Ring<N>, resend_ms: u32) {
        // What a broken connection swallowed was not refused by the agent: resends count anew.
        *self = Self { connected: true, hello: true, head: self.head, ..Self::default() };
        self.next = ring.oldest();
        self.fresh =
            (ring.is_logged() && ring.held() > WINDOW_FRAMES).then_some((ring.next(), ring.next()));
        self.wait_ms = resend_ms;
    }

    /// What is made from now on goes out before what was made during the outage.
    pub const fn has_fresh(&self) -> bool {
        self.fresh.is_some()
    }

    /// The connection stands.
    pub const fn is_connected(&self) -> bool {
        self.connected
    }

    /// Who the node is has changed.
    pub fn say_hello(&mut self) {
        self.hello = self.connected;
    }

    pub fn disconnected(&mut self) {
        self.connected = false;
        self.resend_at = None;
        self.again = false;
    }

    /// An acknowledgement was news.
    pub fn progressed<const N: usize>(&mut self, ring: &Ring<N>, resend_ms: u32, now: Millis) {
        self.follow(ring);
        self.wait_ms = resend_ms;
        self.resend_at = self.in_flight(ring).then_some(now + Millis::from(resend_ms));
        self.again = false;
    }

    /// The ring may have given frames up.
    pub fn follow<const N: usize>(&mut self, ring: &Ring<N>) {
        self.next = self.next.max(ring.oldest());
        if let Some((_, next)) = self.fresh.filter(|(from, _)| self.next >= *from) {
            self.next = self.next.max(next);
            self.fresh = None;
        }
        if self.head != ring.oldest() {
            self.head = ring.oldest();
            self.resends = 0;
        }
    }

    /// Whether a resend is due; gives a frame up that was sent often enough. True when it did.
    pub fn step<const N: usize>(&mut self, ring: &mut Ring<N>, alive: bool, now: Millis) -> bool {
        self.follow(ring);
        if !self.connected || self.resend_at.is_none_or(|at| now < at) {
            return false;
        }
        self.resend_at = None;
        if !self.in_flight(ring) {
            return false;
        }
        let given_up = alive && self.resends >= RESENDS_MAX;
        if given_up {
            ring.give_up_oldest();
            self.follow(ring);
        }
        // What follows a frame that was given up says so: it goes out again with the loss record.
        self.again = self.in_flight(ring);
        if self.again && alive {
            self.resends += 1;
        }
        given_up
    }

    /// What may be sent now.
    pub fn next<const N: usize>(&self, ring: &Ring<N>) -> Option<Next> {
        let end = self.fresh.map_or(ring.next(), |(from, _)| from);
        let open = self.next < end && self.next - ring.oldest() < WINDOW_FRAMES;
        let fresh = self.fresh.map(|(_, next)| next).filter(|next| *next < ring.next());
        match self {
            _ if !self.connected => None,
            _ if self.hello => Some(Next::Hello),
            _ if fresh.is_some() => fresh.map(Next::Fresh),
            _ if self.again => Some(Next::Again(ring.oldest())),
            _ if open => Some(Next::Frame(self.next)),
            _ => None,
        }
    }

    /// It was sent.
    pub fn sent(&mut self, what: Next, now: Millis) {
        match what {
            Next::Hello => self.hello = false,
            Next::Again(_) => {
                self.again = false;
                self.wait_ms = self.wait_ms.saturating_mul(2).min(RESEND_MS_MAX);
                self.resend_at = Some(now + Millis::from(self.wait_ms));
            }
            Next::Fresh(seq) => self.fresh = self.fresh.map(|(from, _)| (from, seq + 1)),
            Next::Frame(seq) => {
                self.next = seq + 1;
                if self.fresh.is_some_and(|(from, _)| self.next >= from) {
                    self.next = self.fresh.take().map_or(self.next, |(_, next)| next);
                }
                let at = now + Millis::from(self.wait_ms);
                self.resend_at = self.resend_at.or(Some(at));
            }
        }
    }

    /// A frame cannot be sent now: those behind it are not held up, and it is looked for again when it
    /// is the oldest.
    pub fn skip(&mut self, seq: u32) {
        if self.next == seq {
            self.next = seq + 1;
        }
    }

    /// When a resend is due.
    pub fn deadline(&self) -> Option<Millis> {
        self.resend_at.filter(|_| self.connected)
    }

    fn in_flight<const N: usize>(&self, ring: &Ring<N>) -> bool {
        self.next > ring.oldest()
    }
}
