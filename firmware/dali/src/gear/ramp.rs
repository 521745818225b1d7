//! A level on its way: where from, where to, since when, how long.

/// A move from one arc level to another. Before its start it is where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ramp {
    from: u8,
    /// The level it approaches; off is reached from the lowest by a step at the end.
    toward: u8,
    to: u8,
    start_ms: u64,
    ms: u32,
}

/// Slices of a fade for counting energy: light changes by less than a sixth in one.
const SLICES: u64 = 64;

impl Ramp {
    /// Nothing moves.
    pub(super) const fn at(level: u8) -> Self {
        Self { from: level, toward: level, to: level, start_ms: 0, ms: 0 }
    }

    /// Whatever `before` does, then at `at_ms` there in one step.
    pub(super) fn jump(before: Self, to: u8, at_ms: u64) -> Self {
        Self { from: before.level_at(at_ms), toward: to, to, start_ms: at_ms, ms: 0 }
    }

    /// A fade along the arc levels, which the eye sees as even. `lowest` is where light begins and ends.
    pub(super) fn fade(from: u8, to: u8, lowest: u8, start_ms: u64, ms: u32) -> Self {
        let from = if from == 0 && to != 0 && ms > 0 { lowest } else { from };
        let toward = if to == 0 && ms > 0 { lowest } else { to };
        Self { from, toward, to, start_ms, ms }
    }

    /// The same with other levels, at the same times.
    pub(super) fn map(self, to: impl Fn(u8) -> u8) -> Self {
        Self { from: to(self.from), toward: to(self.toward), to: to(self.to), ..self }
    }

    pub(super) fn level_at(&self, now_ms: u64) -> u8 {
        let Some(past_ms) = now_ms.checked_sub(self.start_ms) else { return self.from };
        if past_ms >= u64::from(self.ms) {
            return self.to;
        }
        let span = i64::from(self.toward) - i64::from(self.from);
        // Less than 16 min, so it fits; the result lies between the two levels.
        let moved = span * past_ms.cast_signed() / i64::from(self.ms);
        (i64::from(self.from) + moved) as u8
    }

    /// Whether it is on its way.
    pub(super) fn is_moving(&self, now_ms: u64) -> bool {
        now_ms >= self.start_ms && now_ms - self.start_ms < u64::from(self.ms)
    }

    pub(super) fn start_ms(&self) -> u64 {
        self.start_ms
    }

    /// Where it ends.
    pub(super) fn end(&self) -> u8 {
        self.to
    }

    /// Until when the level is nearly the same as at `now_ms`.
    pub(super) fn steady_until(&self, now_ms: u64) -> u64 {
        if now_ms < self.start_ms {
            self.start_ms
        } else if self.is_moving(now_ms) {
            let slice_ms = (u64::from(self.ms) / SLICES).max(1);
            (now_ms + slice_ms).min(self.start_ms + u64::from(self.ms))
        } else {
            u64::MAX
        }
    }
}
