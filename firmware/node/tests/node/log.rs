//! A frame log in a test: so many records, the oldest of which are overwritten a few at a time.

use node::{Key, LogState};
use std::collections::VecDeque;
use wire::Loss;

/// Records of a flash page: they are overwritten together.
const PAGE: usize = 5;

/// The records, oldest first.
#[derive(Clone)]
pub struct Log {
    records: VecDeque<Vec<u8>>,
    /// How many there may be.
    capacity: usize,
}

impl Log {
    pub fn new(capacity: usize) -> Self {
        Self { records: VecDeque::new(), capacity }
    }

    pub fn push(&mut self, record: &[u8]) {
        let key = Key::of(record).expect("a record begins with its key");
        if let Some(last) = self.records.back() {
            assert!(Key::of(last) < Some(key), "{key:?} lies behind what is there");
        }
        self.records.push_back(record.to_vec());
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// The next record behind `after`.
    pub fn after(&self, after: Option<Key>) -> Option<Vec<u8>> {
        self.records.iter().find(|record| Key::of(record) > after).cloned()
    }

    pub fn state(&self) -> LogState {
        let (oldest, newest) = (self.records.front(), self.records.back());
        let key = |record: Option<&Vec<u8>>| Key::of(record?);
        LogState { held: key(oldest).zip(key(newest)) }
    }

    /// What has to be overwritten next, when there is no more room: of one boot.
    pub fn shed(&self) -> Option<(u32, Loss)> {
        if self.records.len() <= self.capacity {
            return None;
        }
        let mut keys = self.records.iter().take(PAGE).map(|record| Key::of(record).expect("a key"));
        let first = keys.next()?;
        let last = keys.take_while(|key| key.boot == first.boot).last().unwrap_or(first);
        Some((first.boot, Loss { from: first.seq, to: last.seq }))
    }

    /// Everything up to `key` goes.
    pub fn drop_to(&mut self, key: Key) {
        while self.records.front().is_some_and(|record| Key::of(record) <= Some(key)) {
            self.records.pop_front();
        }
    }
}
