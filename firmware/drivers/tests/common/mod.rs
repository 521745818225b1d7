//! Time that only moves when everybody waits, and the pieces that tests put on buses and lines.
#![allow(dead_code, reason = "each test file uses its own part")]

use embedded_hal_async::delay::DelayNs;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Virtual time, µs. Clones are the same clock.
#[derive(Clone, Default)]
pub struct Clock {
    now_us: Rc<Cell<u64>>,
    next_us: Rc<Cell<Option<u64>>>,
}

impl Clock {
    pub fn now_ms(&self) -> u64 {
        self.now_us.get() / 1000
    }

    pub fn now_us(&self) -> u64 {
        self.now_us.get()
    }

    /// Whether `at_us` has come; if not, the clock will stop there.
    pub fn reached(&self, at_us: u64) -> bool {
        let reached = self.now_us.get() >= at_us;
        if !reached {
            let next = self.next_us.get().map_or(at_us, |next| next.min(at_us));
            self.next_us.set(Some(next));
        }
        reached
    }

    /// Runs `future` to its end; time jumps to whatever is waited for next.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            self.next_us.set(None);
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            let next = self.next_us.get().expect("something is waited for");
            self.now_us.set(next);
        }
    }
}

impl DelayNs for Clock {
    async fn delay_ns(&mut self, ns: u32) {
        let end_us = self.now_us.get() + u64::from(ns).div_ceil(1000);
        poll_fn(|_| if self.reached(end_us) { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

/// What the far end of a line does with the bytes that were written since the last flush: it answers
/// with bytes, each piece so many µs later.
pub type Peer = Box<dyn FnMut(&[u8]) -> Vec<(u64, Vec<u8>)>>;

/// A serial line with a peer at the far end.
#[derive(Clone)]
pub struct Line {
    clock: Clock,
    inner: Rc<RefCell<Inner>>,
}

struct Inner {
    peer: Peer,
    written: Vec<u8>,
    /// Every question, when it was flushed, µs.
    questions: Vec<(u64, Vec<u8>)>,
    coming: VecDeque<(u64, u8)>,
}

impl Line {
    pub fn new(clock: &Clock, peer: impl FnMut(&[u8]) -> Vec<(u64, Vec<u8>)> + 'static) -> Self {
        let inner = Inner {
            peer: Box::new(peer),
            written: Vec::new(),
            questions: Vec::new(),
            coming: VecDeque::new(),
        };
        Self { clock: clock.clone(), inner: Rc::new(RefCell::new(inner)) }
    }

    /// A line on which nobody answers.
    pub fn dead(clock: &Clock) -> Self {
        Self::new(clock, |_| Vec::new())
    }

    /// Bytes that come by themselves, `after_us` from now.
    pub fn comes(&self, after_us: u64, bytes: &[u8]) {
        self.inner.borrow_mut().coming(self.clock.now_us() + after_us, bytes);
    }

    /// What was asked, and when, µs.
    pub fn questions(&self) -> Vec<(u64, Vec<u8>)> {
        self.inner.borrow().questions.clone()
    }
}

impl Inner {
    fn coming(&mut self, at_us: u64, bytes: &[u8]) {
        self.coming.extend(bytes.iter().map(|byte| (at_us, *byte)));
        self.coming.make_contiguous().sort_by_key(|(at_us, _)| *at_us);
    }
}

impl embedded_io_async::ErrorType for Line {
    type Error = Infallible;
}

impl embedded_io_async::Read for Line {
    async fn read(&mut self, into: &mut [u8]) -> Result<usize, Infallible> {
        poll_fn(|_| {
            let mut inner = self.inner.borrow_mut();
            let mut count = 0;
            while let Some((at_us, byte)) = inner.coming.front().copied()
                && count < into.len()
                && self.clock.reached(at_us)
            {
                into[count] = byte;
                count += 1;
                inner.coming.pop_front();
            }
            if count > 0 { Poll::Ready(Ok(count)) } else { Poll::Pending }
        })
        .await
    }
}

impl embedded_io_async::Write for Line {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.inner.borrow_mut().written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        let mut inner = self.inner.borrow_mut();
        let asked = std::mem::take(&mut inner.written);
        let now_us = self.clock.now_us();
        for (after_us, bytes) in (inner.peer)(&asked) {
            inner.coming(now_us + after_us, &bytes);
        }
        inner.questions.push((now_us, asked));
        Ok(())
    }
}

/// CRC-8 of Sensirion's sensors over one word, bit by bit.
pub fn sensirion_crc(word: [u8; 2]) -> u8 {
    let mut crc = 0xFF_u8;
    for byte in word {
        crc ^= byte;
        for _ in 0..8 {
            crc = if crc & 0x80 != 0 { (crc << 1) ^ 0x31 } else { crc << 1 };
        }
    }
    crc
}

/// Words with their check sums, as Sensirion's sensors send them.
pub fn sensirion(words: &[u16]) -> Vec<u8> {
    words
        .iter()
        .flat_map(|word| {
            let [high, low] = word.to_be_bytes();
            [high, low, sensirion_crc([high, low])]
        })
        .collect()
}
