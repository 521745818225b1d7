//! Every limit, with its unit and reason.

/// Boots of a node whose frames are told apart, 64 B each: a night of a supply that flickers. Frames of
/// a boot that lies further back are neither kept nor acknowledged, so that none is lost or counted
/// twice: a node in a restart loop must not take the memory of others.
pub const BOOTS_MAX: usize = 256;

/// Boots that are told apart when the node has nothing of older ones left to send.
pub const BOOTS_QUIET_MAX: usize = 4;

/// A node that sent so many frames of its present boot in a row, and none of an older one, has nothing
/// of older ones left: it sends what it kept as soon as it is connected, between its live frames.
pub const QUIET_FRAMES: u32 = 512;

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

/// A frame measured longer ago than this comes out of the past, ms: what is sent at once is there within
/// a second, and clocks of nodes and agent differ by some.
pub const LATE_MS: i64 = 10_000;

/// So long the rest of a backlog is given to come before its room is looked at, ms: a node sends eight
/// frames at a time, and somebody who has come back waits no longer than by a slow sensor.
pub const BACKLOG_MS: i64 = 2_000;

/// While a clock is held by more than that, ms, minutes of movement cannot be told apart.
pub const HELD_MS: i64 = 30_000;

/// A clock that goes back by less is held; by more, it was set, ms.
pub const REWIND_MS_MIN: i64 = 3_600_000;

/// A clock that goes ahead by more than this against the machine's own count was set, or the machine slept; who
/// owns the clock tells [`Input::Resumed`](crate::Input::Resumed) then, ms. Above what a clock is slewed in a turn
/// of the agent's loop (NTP: 0.5 ms in a second), below the shortest time after which lamps are switched by silence.
pub const LEAP_MS_MIN: i64 = 30_000;

/// A clock that goes ahead by more was set, or nobody listened: what ran out meanwhile is not run, ms.
pub const SKIP_MS_MIN: i64 = 7 * 24 * 3_600_000;

/// Readings of one kind after which a register that says something impossible is believed to stand
/// there: one may be a broken frame, two a meter that restarts, as in Refoss' 3.7 → 0 → 3.7 kWh within 3.4 s.
pub const DOUBT_READINGS: u32 = 3;

/// … and how long they must have said so, ms: longer than a meter takes to start.
pub const DOUBT_MS: i64 = 120_000;

/// Readings kept while in doubt, two at each slot's end: two minutes touch four slots at most, and what
/// lies between readings of one slot is a straight line.
pub const DOUBT_KEPT_MAX: usize = 10;

/// Longest time for which a register may have stood still and catch up, ms: a weekend and a day.
pub const FROZEN_MS_MAX: i64 = 72 * 3_600_000;

/// How long a clock that was set back is given to come forward again, ms: NTP needs minutes.
pub const CLOCK_HOLD_MS: i64 = 3_600_000;

/// A clock before this moment, 2020-01-01, was never set.
pub const CLOCK_FLOOR: crate::Timestamp = crate::Timestamp(1_577_836_800_000);

/// Time that may have passed when the clock was set and nobody knows, ms: a weekend and a day.
pub const UNKNOWN_MS: i64 = 72 * 3_600_000;

/// Time over which the power of a register is averaged, ms: above its smallest step also at night.
pub const PACE_MS: i128 = 600_000;

/// A lock for maintenance ends at most so far ahead, ms: a working day and its overtime. It can be renewed.
pub const LOCK_MS_MAX: i64 = 12 * 3_600_000;

/// An order of the grid lasts at most so long, ms: its peaks are hours of a day.
pub const DEMAND_MS_MAX: i64 = 12 * 3_600_000;

/// … and begins at most so far ahead, ms: utilities announce the next day, or the day after a weekend.
pub const DEMAND_AHEAD_MS_MAX: i64 = 7 * 24 * 3_600_000;

/// Orders of the grid that are known, those that ended lately included.
pub const DEMANDS_MAX: usize = 16;

/// Accounts of meters that are not configured any more, which the checkpoint keeps all the same.
pub const KEPT_METERS_MAX: usize = 4_096;
