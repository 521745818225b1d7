//! Every number of the shipped rules, with its source.

/// What the timetable says about now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Period {
    /// A lesson.
    Lesson,
    /// Between two lessons of a day.
    Break,
    /// Opening hours without a lesson.
    #[default]
    Open,
    /// Outside opening hours.
    Closed,
    // New ones come behind: checkpoints hold their numbers.
    /// Pupils work by themselves: they hardly move, and need the light of a lesson.
    SelfStudy,
    /// An exam: nobody moves, and nobody may be left in the dark.
    Exam,
}

impl Period {
    /// The name in topics and API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lesson => "lesson",
            Self::Break => "break",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::SelfStudy => "self_study",
            Self::Exam => "exam",
        }
    }

    /// Whether people read and write, so that the desks need their floor of light.
    pub const fn needs_light(self) -> bool {
        matches!(self, Self::Lesson | Self::SelfStudy | Self::Exam)
    }
}

/// Longest hold whatever the settings say: lamps are off within 20 min of vacancy
/// (ASHRAE 90.1-2016 9.4.1.1, IECC C405.2.1).
pub const HOLD_MS_MAX: u32 = 1_200_000;

/// The loop aims so much above what is wanted, %: a floor is a promise, and noise, clouds and the steps
/// of the lamps need room.
pub const AIM_PCT: u32 = 5;

/// Lamps may add so many times what was configured, and the loop still must not swing.
pub const EFFECT_MAX: u32 = 2;

/// Shortest hold to which one is cut that is configured longer: in UCI ROE somebody who was there was left
/// in the dark ten times in 15.8 h by 5 min, 62 times by 2 min.
pub const HOLD_MS_MIN: u32 = 300_000;

/// A hold that is shortened where movement shows that people left, or only passed, ms: half of it, so that a longer
/// one that the staff asked for stays a longer one.
pub const fn short_hold_ms(hold_ms: u32) -> u32 {
    let half_ms = hold_ms / 2;
    let short_ms = if half_ms > HOLD_MS_MIN { half_ms } else { HOLD_MS_MIN };
    if short_ms < hold_ms { short_ms } else { hold_ms }
}

/// How a zone behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Lit so long after the last movement, ms.
    pub hold_ms: u32,
    /// The same in breaks, ms.
    pub break_hold_ms: u32,
    /// The least in exams and self-study, where people sit still, ms.
    pub still_hold_ms: u32,
    /// A sensor silent for so long is no longer believed, ms.
    pub stale_ms: u32,
    /// Highest level at which lamps go on by themselves, %.
    pub auto_pct: u8,
    /// Level that counts as full, %: what a dark lesson gets when nothing measures illuminance.
    pub full_pct: u8,
    /// Illuminance that is enough, daylight and lamps together, lx.
    pub target_lx: u32,
    /// Illuminance that a lesson needs, lx.
    pub floor_lx: u32,
    /// What the zone's lamps at 100 % add at the sensor, lx; 0 when not known.
    pub lamp_lx: u32,
    /// Light at the desk, % of what the sensor sees of it.
    pub desk_pct: u16,
    /// Longest wish of a person, ms.
    pub override_max_ms: u32,
    /// The sweep warns so long before it switches off, ms.
    pub warn_ms: u32,
    /// Fade of everything automatic, ms.
    pub fade_ms: u32,
    /// Light may be off what is wanted by so much before lamps follow, % of it.
    pub band_pct: u8,
    /// Lamps go so much of their way with every look, %: the gain of the loop. What is promised they give at
    /// once.
    pub gain_pct: u8,
    /// A claim that nobody renews ends after this, ms.
    pub renew_ms: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // Zero false switch-offs in 15.8 occupied hours of UCI ROE; 7 min had one.
            hold_ms: 600_000,
            break_hold_ms: 300_000,
            // The longest still stretch of UCI ROE was 7.5 min; an exam gets twice that.
            still_hold_ms: 900_000,
            // Two reports of 60 s missed, and half a one for jitter.
            stale_ms: 150_000,
            // Automatic on at 50 % at most: ASHRAE 90.1-2016 9.4.1.1, IECC C405.2.1.
            auto_pct: 50,
            full_pct: 100,
            // Desk, GB 7793-2010; the blackboard's own zone is configured to 500 lx.
            target_lx: 300,
            floor_lx: 300,
            // 300 lx maintained needs about 400 lx new: maintenance factor 0.8, GB 7793-2010.
            lamp_lx: 400,
            // Until somebody has compared the two with a lux meter.
            desk_pct: 100,
            // IECC C405.2: override of at most 2 h.
            override_max_ms: 7_200_000,
            // Warn 5 min before: after-hours practice of the CITRIS building.
            warn_ms: 300_000,
            // Slower than the eye minds: a change of 2 s is not startling.
            fade_ms: 2_000,
            // With `AIM_PCT` between the floor and 10 % above it (DESIGN, Q1), and twice the noise of a
            // sensor.
            band_pct: 4,
            // Lamps that add twice what was configured just come down to what is wanted: 0.5 × 2 = 1.
            gain_pct: 50,
            renew_ms: 900_000,
        }
    }
}

impl Settings {
    /// How long a zone stays lit after the last movement in this period, ms.
    pub const fn hold_ms(&self, period: Period) -> u32 {
        let hold_ms = match period {
            Period::Break => self.break_hold_ms,
            Period::Exam | Period::SelfStudy if self.still_hold_ms > self.hold_ms => {
                self.still_hold_ms
            }
            _ => self.hold_ms,
        };
        if hold_ms > HOLD_MS_MAX { HOLD_MS_MAX } else { hold_ms }
    }

    /// Level at which the lamps fill up from `daylight_lx` to `wanted_lx`, rounded up, at most full.
    pub const fn level_for(&self, wanted_lx: u32, daylight_lx: u32) -> u8 {
        let missing_lx = wanted_lx.saturating_sub(daylight_lx) as u64;
        if missing_lx == 0 {
            return 0;
        }
        if self.lamp_lx == 0 {
            return self.full_pct;
        }
        let pct = (missing_lx * 100).div_ceil(self.lamp_lx as u64);
        if pct > self.full_pct as u64 { self.full_pct } else { pct as u8 }
    }

    /// The level after `held_pct`: that one as long as the light stays within the band; else up, at once to
    /// what is wanted at least, or down by a part of the way where `looked` says that the light was measured since the last step.
    pub const fn follow(
        &self,
        held_pct: Option<u8>,
        wanted_lx: u32,
        daylight_lx: u32,
        looked: bool,
    ) -> u8 {
        let above = wanted_lx as u64 * AIM_PCT as u64 / 100;
        let aim_lx = wanted_lx.saturating_add(above as u32);
        let level = self.level_for(aim_lx, daylight_lx);
        let Some(held) = held_pct else { return level };
        let band_lx = (aim_lx as u64 * self.band_pct as u64 / 100) as u32;
        // A band that is narrower than a step of the lamps would never rest.
        let step_lx = self.lamp_lx / 100 + self.lamp_lx / 200 + 1;
        // Above it there is less room: 10 % are too much.
        let over_lx = band_lx - band_lx / 4;
        let above_lx = aim_lx.saturating_add(if over_lx > step_lx { over_lx } else { step_lx });
        let below_lx = aim_lx.saturating_sub(band_lx);
        let below_lx = if below_lx > wanted_lx { below_lx } else { wanted_lx };
        let gives_lx = (daylight_lx as u64) + (self.lamp_lx as u64) * (held as u64) / 100;
        if gives_lx < below_lx as u64 && level > held {
            if held == 0 {
                return level;
            }
            // What is promised at once, and of the rest a part.
            let least = self.level_for(below_lx, daylight_lx);
            let up = held + part(level - held, self.gain_pct);
            return if up > least { up } else { least };
        }
        if gives_lx <= above_lx as u64 || !looked || level >= held {
            return held;
        }
        // Enough daylight even if the lamps should add twice what is thought: nothing to be careful about.
        if daylight_lx as u64 >= aim_lx as u64 + self.lamp_lx as u64 * held as u64 / 100 {
            return level;
        }
        held - part(held - level, self.gain_pct)
    }
}

/// So much of a way, rounded up.
const fn part(way: u8, pct: u8) -> u8 {
    let part = (way as u16 * pct as u16).div_ceil(100);
    if part > way as u16 { way } else { part as u8 }
}
