//! What a rule may ask for: a kind, a priority, an end, a reason.

use crate::{Millis, Occupancy};
use heapless::Vec;

/// Whose wish is stronger; 1 is strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(u8)]
pub enum Priority {
    /// Fire alarm: everything full.
    Fire = 1,
    /// Somebody works on the lamps.
    Lock = 2,
    /// A person in the room, or on the command line.
    Manual = 3,
    /// A lesson may not run in the dark.
    Floor = 4,
    /// The grid asks for less.
    DemandResponse = 5,
    /// After closing time.
    Sweep = 6,
    /// People come and go.
    Occupancy = 7,
    /// The sun does part of the work.
    Daylight = 8,
    /// Nothing else asks.
    Default = 9,
}

impl Priority {
    /// The name in topics and API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fire => "fire",
            Self::Lock => "lock",
            Self::Manual => "manual",
            Self::Floor => "floor",
            Self::DemandResponse => "demand_response",
            Self::Sweep => "sweep",
            Self::Occupancy => "occupancy",
            Self::Daylight => "daylight",
            Self::Default => "default",
        }
    }

    /// 1 (strongest) to 9.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// What is asked for; levels in % of light output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Kind {
    /// Exactly this level.
    Set(u8),
    /// At least this level.
    Min(u8),
    /// At most this level.
    Max(u8),
    /// Dark.
    Off,
    /// Stay as it is.
    Hold,
}

impl Kind {
    /// The name in topics and API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Set(_) => "set",
            Self::Min(_) => "min",
            Self::Max(_) => "max",
            Self::Off => "off",
            Self::Hold => "hold",
        }
    }

    /// The asked level; `None` for `off` and `hold`.
    pub const fn level_pct(self) -> Option<u8> {
        match self {
            Self::Set(level) | Self::Min(level) | Self::Max(level) => Some(level),
            Self::Off | Self::Hold => None,
        }
    }

    /// Whether it limits what others ask for, instead of asking for a level itself.
    pub const fn is_clamp(self) -> bool {
        matches!(self, Self::Min(_) | Self::Max(_))
    }
}

/// Why something is asked for: a closed list, so that every language can have a sentence for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Reason {
    /// The fire alarm is on.
    Fire,
    /// Locked for maintenance.
    Lock,
    /// Somebody pressed the wall switch.
    WallSwitch,
    /// Somebody asked for it on the command line or a dashboard.
    Override,
    /// During a lesson at least `target_lx`, and daylight gives only `daylight_lx` (absent: not known).
    LessonFloor {
        /// Illuminance that the lesson needs, lx.
        target_lx: u32,
        /// Illuminance without the lamps, lx; `None` when nothing measures it.
        daylight_lx: Option<u32>,
    },
    /// The grid asks for less.
    DemandResponse,
    /// Closed: the lamps go off in `off_in_s` seconds unless somebody moves or presses.
    SweepWarn {
        /// Seconds until off.
        off_in_s: u32,
    },
    /// Closed: nobody answered the warning.
    Sweep,
    /// Somebody is there.
    Occupied,
    /// Nobody seen, but not long enough to be sure.
    VacantPending,
    /// Nobody seen for `for_s` seconds.
    Vacant {
        /// Seconds since somebody was last seen.
        for_s: u32,
    },
    /// No sensor speaks: the lamps stay as they are.
    InputsStale,
    /// Daylight gives `daylight_lx` of the wanted `target_lx`.
    DaylightEnough {
        /// Illuminance without the lamps, lx.
        daylight_lx: u32,
        /// Wanted illuminance, lx.
        target_lx: u32,
    },
    /// Nothing asks for light.
    Idle,
    /// A rule that the staff wrote.
    Rule {
        /// Its place in the list of all rules.
        number: u16,
        /// An input has fallen silent: what the rule asked for is kept, until it expires.
        unsure: bool,
    },
}

impl Reason {
    /// The code in topics, API and database; stable.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fire => "fire",
            Self::Lock => "lock",
            Self::WallSwitch => "wall_switch",
            Self::Override => "override",
            Self::LessonFloor { .. } => "lesson_floor",
            Self::DemandResponse => "demand_response",
            Self::SweepWarn { .. } => "sweep_warn",
            Self::Sweep => "sweep",
            Self::Occupied => "occupied",
            Self::VacantPending => "vacant_pending",
            Self::Vacant { .. } => "vacant",
            Self::InputsStale => "inputs_stale",
            Self::DaylightEnough { .. } => "daylight_enough",
            Self::Idle => "idle",
            Self::Rule { unsure: false, .. } => "rule",
            Self::Rule { unsure: true, .. } => "rule_unsure",
        }
    }

    /// Numbers that belong to the reason, by name with unit.
    pub fn args(self) -> Vec<(&'static str, i64), 2> {
        let mut args = Vec::new();
        // Two at most, which is the capacity.
        let mut put = |name, value: u32| {
            let _ = args.push((name, i64::from(value)));
        };
        match self {
            Self::LessonFloor { target_lx, daylight_lx } => {
                put("target_lx", target_lx);
                if let Some(daylight_lx) = daylight_lx {
                    put("daylight_lx", daylight_lx);
                }
            }
            Self::SweepWarn { off_in_s } => put("off_in_s", off_in_s),
            Self::Vacant { for_s } => put("for_s", for_s),
            Self::DaylightEnough { daylight_lx, target_lx } => {
                put("daylight_lx", daylight_lx);
                put("target_lx", target_lx);
            }
            Self::Rule { number, .. } => put("rule", number.into()),
            _ => {}
        }
        args
    }
}

/// What one rule wants of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Request {
    /// What.
    pub kind: Kind,
    /// How strongly.
    pub priority: Priority,
    /// How long the change may take, ms.
    pub fade_ms: u32,
    /// When it ends by itself; `None` only for [`Priority::Default`].
    pub expires: Option<Millis>,
    /// Why.
    pub reason: Reason,
}

/// Lowest level to which sun, grid or rules may dim lamps over people's heads: at or below the 15 % that
/// IECC C405.2.4 asks for, and not dark.
pub(crate) const DIM_MIN_PCT: u8 = 10;

impl Request {
    /// Whether it asks for light, or for keeping what there is.
    pub const fn lights(&self) -> bool {
        match self.kind {
            Kind::Set(level) | Kind::Min(level) => level > 0,
            Kind::Hold => true,
            Kind::Max(_) | Kind::Off => false,
        }
    }

    /// What is heard of a rule that somebody wrote. Whatever it says, it makes a room dark only when the
    /// room is known to be empty; where people are, or may be, it dims at most.
    #[must_use]
    pub fn bounded(mut self, occupancy: Occupancy) -> Option<Self> {
        if occupancy == Occupancy::Vacant {
            return Some(self);
        }
        self.kind = match self.kind {
            Kind::Off | Kind::Set(0) => return None,
            Kind::Set(level) => Kind::Set(level.max(DIM_MIN_PCT)),
            Kind::Max(level) => Kind::Max(level.max(DIM_MIN_PCT)),
            kind @ (Kind::Min(_) | Kind::Hold) => kind,
        };
        Some(self)
    }

    /// What holds when nobody wants anything: off.
    pub const fn idle(fade_ms: u32) -> Self {
        Self {
            kind: Kind::Off,
            priority: Priority::Default,
            fade_ms,
            expires: None,
            reason: Reason::Idle,
        }
    }
}
