//! Lamps: what they are driven at, what they draw, and how much they have drawn, exactly.
//!
//! Energy is in mW·ms, an integer; light is in hundredths of a percent, an integer. A fade is a
//! stair of [`FADE_STEP_MS`], so that the sum of the stair is the true integral, however the
//! time is cut into pieces.

/// Length of one stair of a fade, in ms. 0.1 s is what an eye no longer sees as a step.
pub const FADE_STEP_MS: i64 = 100;

/// mW·ms in one watt-hour.
pub const MWMS_PER_WH: u64 = 3_600_000_000;

/// Full light in the unit of a lamp's level: hundredths of a percent.
const FULL: i64 = 10_000;

/// All lamps of one channel.
#[derive(Clone, Debug)]
pub struct Lamp {
    rated_mw: u64,
    standby_mw: u64,
    /// Level before and after the fade, in hundredths of a percent.
    from: i64,
    to: i64,
    fade_start: i64,
    fade_ms: i64,
    now: i64,
    energy_mwms: u64,
    lit_ms: u64,
}

impl Lamp {
    /// Dark lamps at `now` (ms UTC) that draw `rated_w` at full light.
    pub fn new(rated_w: u32, now: i64) -> Self {
        let rated_mw = u64::from(rated_w) * 1000;
        // Standby 0.5 W per driver is the limit of EU 2019/2020; one driver per 40 W luminaire.
        let standby_mw = 500 * u64::from(rated_w.div_ceil(40));
        Self {
            rated_mw,
            standby_mw,
            from: 0,
            to: 0,
            fade_start: now,
            fade_ms: 0,
            now,
            energy_mwms: 0,
            lit_ms: 0,
        }
    }

    /// Goes to `level_pct` within `fade_ms`, from whatever it is now.
    pub fn drive(&mut self, level_pct: u8, fade_ms: u32) {
        self.from = self.level_at(self.now);
        self.to = i64::from(level_pct.min(100)) * 100;
        self.fade_start = self.now;
        self.fade_ms = i64::from(fade_ms);
    }

    /// Lets time pass up to `to` (ms UTC); an earlier moment changes nothing.
    pub fn advance(&mut self, to: i64) {
        while self.now < to {
            let end = self.step_end().min(to);
            let span = (end - self.now) as u64;
            let level = self.level_at(self.now);
            self.energy_mwms += self.power_at(level) * span;
            if level > 0 {
                self.lit_ms += span;
            }
            self.now = end;
        }
    }

    /// When the fade under way ends, ms UTC; `None` when the level is steady.
    pub fn fade_end(&self) -> Option<i64> {
        let stairs = (self.fade_ms + FADE_STEP_MS - 1) / FADE_STEP_MS;
        let end = self.fade_start + stairs * FADE_STEP_MS;
        (end > self.now).then_some(end)
    }

    /// Light now, in %.
    pub fn level_pct(&self) -> f64 {
        self.level_at(self.now) as f64 / 100.0
    }

    /// Whether there is any light, or soon will be: a fade up counts from its beginning.
    pub fn is_lit(&self) -> bool {
        self.to > 0 || self.level_at(self.now) > 0
    }

    /// Where the lamps will end, in %.
    pub fn target_pct(&self) -> u8 {
        (self.to / 100) as u8
    }

    /// Power now, in mW.
    pub fn power_mw(&self) -> u64 {
        self.power_at(self.level_at(self.now))
    }

    /// All energy since [`Lamp::new`], in mW·ms.
    pub fn energy_mwms(&self) -> u64 {
        self.energy_mwms
    }

    /// All time with light since [`Lamp::new`], in ms.
    pub fn lit_ms(&self) -> u64 {
        self.lit_ms
    }

    /// Level during the stair that holds `t`.
    fn level_at(&self, t: i64) -> i64 {
        let gone = (t - self.fade_start) / FADE_STEP_MS * FADE_STEP_MS;
        if gone >= self.fade_ms {
            return self.to;
        }
        self.from + (self.to - self.from) * gone / self.fade_ms
    }

    /// End of the stair that holds `now`; far away when no fade is under way.
    fn step_end(&self) -> i64 {
        let gone = self.now - self.fade_start;
        if gone / FADE_STEP_MS * FADE_STEP_MS >= self.fade_ms {
            return i64::MAX;
        }
        self.fade_start + (gone / FADE_STEP_MS + 1) * FADE_STEP_MS
    }

    /// LED drivers draw nearly in proportion to their light, above a loss that does not dim.
    /// 5 % of rated power is an assumption; no promise rests on it.
    fn power_at(&self, level: i64) -> u64 {
        if level <= 0 {
            return self.standby_mw;
        }
        let loss = self.rated_mw / 20;
        loss + (self.rated_mw - loss) * level as u64 / FULL as u64
    }
}
