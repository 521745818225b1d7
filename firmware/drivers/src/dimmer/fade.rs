//! Where a fade is at a time: straight in light, exact at both ends, reversible in the middle.

/// From one level to another, 1/100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fade {
    from_e2: u16,
    to_e2: u16,
    start_ms: u64,
    fade_ms: u32,
}

impl Fade {
    /// No change.
    pub const fn still(level_e2: u16) -> Self {
        Self { from_e2: level_e2, to_e2: level_e2, start_ms: 0, fade_ms: 0 }
    }

    /// From where this one is at `now_ms` to another level, without a jump.
    #[must_use]
    pub const fn turned(self, to_e2: u16, now_ms: u64, fade_ms: u32) -> Self {
        Self { from_e2: self.at(now_ms), to_e2, start_ms: now_ms, fade_ms }
    }

    /// The level at `now_ms`, 1/100 %; before the start it is the first one.
    pub const fn at(self, now_ms: u64) -> u16 {
        let gone_ms = now_ms.saturating_sub(self.start_ms);
        if gone_ms >= self.fade_ms as u64 {
            return self.to_e2;
        }
        let way = self.to_e2 as i64 - self.from_e2 as i64;
        // Toward the start: the end is reached at its time, not before. Between two levels of 16 bit.
        (self.from_e2 as i64 + way * gone_ms as i64 / self.fade_ms as i64) as u16
    }

    /// Whether the level stays from now on.
    pub const fn is_over(self, now_ms: u64) -> bool {
        now_ms >= self.end_ms()
    }

    /// When it does, ms.
    pub const fn end_ms(self) -> u64 {
        self.start_ms.saturating_add(self.fade_ms as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::Fade;
    use proptest::prelude::*;

    #[test]
    fn a_fade_begins_and_ends_where_it_should() {
        let fade = Fade::still(1_000).turned(9_000, 5_000, 2_000);
        assert_eq!(
            [4_000, 5_000, 6_000, 7_000, 9_000].map(|now| fade.at(now)),
            [1_000, 1_000, 5_000, 9_000, 9_000]
        );
        assert!(!fade.is_over(6_999) && fade.is_over(7_000));
        assert_eq!(fade.turned(0, 6_000, 0).at(6_000), 0);
    }

    proptest! {
        /// Between its ends, one way, and no jump when it is turned in the middle.
        #[test]
        fn a_fade_goes_one_way_and_turns_without_a_jump(
            from in 0u16..=10_000, to in 0u16..=10_000, back in 0u16..=10_000,
            start in any::<u64>(), fade_ms in any::<u32>(), turn in any::<u32>(),
        ) {
            let fade = Fade::still(from).turned(to, start, fade_ms);
            let turn_ms = start.saturating_add(turn.into());
            let level = fade.at(turn_ms);
            prop_assert!((from.min(to)..=from.max(to)).contains(&level));
            let next = fade.at(turn_ms.saturating_add(20));
            let onward = if from <= to { next >= level } else { next <= level };
            prop_assert!(onward);
            let turned = fade.turned(back, turn_ms, 1_000);
            prop_assert_eq!(turned.at(turn_ms), level);
        }
    }
}
