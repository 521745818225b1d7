//! Every limit, with its unit and reason.

/// Boots of a node whose frames are told apart. Frames of a boot that lies further back are neither
/// kept nor acknowledged: a node in a restart loop must not take the memory of others.
pub const BOOTS_MAX: usize = 4;

/// Runs of frames, above the unbroken row, that are remembered: the worst order within 256 frames
/// (every other one missing) makes 128. A frame that would need one more is treated as not heard;
/// its node sends it again.
pub const RUNS_MAX: usize = 128;

/// Distinct channel names of a node: four lamp channels and a dozen circuits.
pub const CHANNELS_MAX: usize = 16;

/// Distinct quantities and channels of a node whose last reading is kept: twice a full frame.
pub const READINGS_MAX: usize = 48;

/// Registers that wait for a missing frame: 256 frames of four lamp channels.
pub const WAITING_MAX: usize = 1024;

/// Farthest back that a measurement time is believed, ms: the 30 days a node may be cut off.
pub const BACK_MS_MAX: i64 = 30 * 24 * 3_600_000;

/// Farthest ahead that a measurement time is believed, ms: two clocks that are both about right.
pub const AHEAD_MS_MAX: i64 = 120_000;

/// Most slots over which one difference is spread: a leap year of quarter hours.
pub const SPREAD_SLOTS_MAX: i64 = 366 * 96;

/// Rows of rooms that are told at most for a time in which nobody listened: a day of quarter hours of
/// a thousand rooms.
pub const ROOM_SLOTS_MAX: usize = 100_000;

/// A clock that goes back by less is held; by more, it was set, ms.
pub const REWIND_MS_MIN: i64 = 3_600_000;

/// A clock that goes ahead by more was set, or nobody listened: what ran out meanwhile is not run, ms.
pub const SKIP_MS_MIN: i64 = 7 * 24 * 3_600_000;
