//! What a register really did, and what a ledger that knows it would post. Written apart from the
//! ledger: nothing of its code is used.

use controller::{Plate, Timestamp};
use std::collections::BTreeMap;

/// A fast generator of numbers (splitmix64): the same seed gives the same history.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both included.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high.max(low) - low + 1) as u64) as i64
    }

    pub fn one_in(&mut self, count: i64) -> bool {
        self.within(1, count) == 1
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.within(0, from.len() as i64 - 1) as usize]
    }
}

/// A meter: what flowed, and what its register shows of it.
#[derive(Clone, Debug)]
pub struct Counter {
    /// Energy since the beginning, mW·ms.
    pub flowed: i128,
    /// What the register showed when nothing had flowed, Wh, without end.
    pub base_wh: i64,
    pub plate: Plate,
}

impl Counter {
    pub fn flow(&mut self, power_mw: i64, ms: i64) {
        self.flowed += i128::from(power_mw) * i128::from(ms);
    }

    /// The register as it would be if it never began again at 0.
    pub fn endless_wh(&self) -> i64 {
        let wh = self.base_wh + (self.flowed / 3_600_000_000) as i64;
        wh - wh.rem_euclid(self.plate.quantum_wh)
    }

    /// The register as it is.
    pub fn shown_wh(&self) -> i64 {
        let wh = self.endless_wh();
        self.plate.modulus_wh.map_or(wh, |modulus| wh.rem_euclid(modulus))
    }

    /// Another meter hangs there, or this one begins anew.
    pub fn set(&mut self, register_wh: i64) {
        self.flowed = 0;
        self.base_wh = register_wh;
    }
}

/// What should be posted: energies between readings that belong together, slot by slot.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    pub total_wh: i64,
    pub slots: BTreeMap<i64, i64>,
    last: Option<(i64, i64)>,
    slot_ms: i64,
}

impl Expected {
    pub fn new(slot_ms: i64) -> Self {
        Self { slot_ms, ..Self::default() }
    }

    /// A reading that is true, of the endless register.
    pub fn good(&mut self, at: Timestamp, endless_wh: i64) {
        if let Some((from, from_wh)) = self.last {
            let at = at.0.max(from);
            self.spread(from, at, endless_wh - from_wh);
        }
        let at = self.last.map_or(at.0, |(from, _)| from.max(at.0));
        self.last = Some((at, endless_wh));
    }

    /// The next true reading is of another segment.
    pub fn cut(&mut self) {
        if let Some((at, _)) = self.last {
            self.last = None;
            self.held_at(at);
        }
    }

    /// A segment begins with this register.
    pub fn begin(&mut self, at: Timestamp, endless_wh: i64) {
        self.last = Some((at.0, endless_wh));
    }

    fn held_at(&mut self, at: i64) {
        self.slots.entry(at.div_euclid(self.slot_ms) * self.slot_ms).or_insert(0);
    }

    /// Whole watt-hours up to each slot's end, in proportion to time, never more than flowed by then.
    fn spread(&mut self, from: i64, to: i64, energy_wh: i64) {
        self.total_wh += energy_wh;
        let mut slot = from.div_euclid(self.slot_ms) * self.slot_ms;
        let mut done = 0;
        loop {
            let end = slot + self.slot_ms;
            let part = if end >= to {
                energy_wh
            } else {
                (i128::from(energy_wh) * i128::from(end - from) / i128::from(to - from)) as i64
            };
            *self.slots.entry(slot).or_insert(0) += part - done;
            done = part;
            if end >= to {
                return;
            }
            slot = end;
        }
    }
}
