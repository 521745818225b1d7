//! The times of IEC 62386-101:2014 and later, clause 8: what a sender keeps and a receiver allows.
//!
//! Whole microseconds, rounded to the side that is stricter for a sender and as printed for a receiver.

use core::ops::RangeInclusive;

/// Half a bit at 1200 bit/s, ns.
pub const HALF_NS: u32 = 416_667;

/// Half a bit as a sender makes it (table "transmitter bit timing"), µs; two halves are twice that.
pub const HALF_TX_US: RangeInclusive<u32> = 400..=433;

/// Half a bit as a receiver takes it (table 18, "receiver bit timing": 333.3 to 500.0 µs).
pub const HALF_RX_US_MIN: u32 = 333;
/// See [`HALF_RX_US_MIN`].
pub const HALF_RX_US_MAX: u32 = 500;

/// Two halves without an edge as a receiver takes them (table 18: 666.7 to 1000.0 µs).
pub const DOUBLE_RX_US_MIN: u32 = 667;
/// See [`DOUBLE_RX_US_MIN`].
pub const DOUBLE_RX_US_MAX: u32 = 1000;

/// High for so long ends a frame at the receiver (table 18).
pub const STOP_RX_US_MIN: u32 = 2400;
/// A sender leaves so much at least.
pub const STOP_TX_US_MIN: u32 = 2450;

/// From the end of a question to the start of its answer, as gear keeps it.
pub const ANSWER_TX_US: RangeInclusive<u32> = 5500..=10_500;
/// As an application controller takes it (table 20, "receiver settling times").
pub const ANSWER_RX_US_MAX: u32 = 12_400;
/// From the end of a question until its answer has ended, at the slowest: start, nine bits, stop.
pub const ANSWER_US_MAX: u32 = ANSWER_RX_US_MAX + 18 * HALF_RX_US_MAX + STOP_RX_US_MIN;

/// From the end of any frame to the start of a forward frame, by priority 1 to 5 (table "multi-master
/// transmitter settling times"), µs. Between the two of an order that goes twice, and for what
/// belongs together, priority 1; what people do, 2; what settings need, 3; automatic, 4; asking round, 5.
pub const FORWARD_TX_US: [RangeInclusive<u32>; 5] =
    [13_500..=14_700, 14_900..=16_100, 16_300..=17_700, 17_900..=19_300, 19_500..=21_100];

/// From the end of the first to the start of the second of an order that goes twice, as gear takes it.
pub const TWICE_RX_US: RangeInclusive<u32> = 2400..=94_000;

/// Low for so long is a bus without supply (clause 4, "power interruptions": 550 ms at the latest for gear);
/// a frame is never low for more than two halves.
pub const BUS_DOWN_US: u32 = 45_000;

/// After a collision a sender pulls for so long, so that everybody notices (clause 9, "collision recovery").
pub const BREAK_US: RangeInclusive<u32> = 1200..=1400;
/// And tries again after so long.
pub const RECOVER_US: RangeInclusive<u32> = 4000..=4600;

// A half and two halves are never taken for each other, and two halves never for the end.
const _: () = assert!(HALF_RX_US_MAX < DOUBLE_RX_US_MIN && DOUBLE_RX_US_MAX < STOP_RX_US_MIN);
// Nobody sends what nobody takes.
const _: () = assert!(*HALF_TX_US.start() > HALF_RX_US_MIN && *HALF_TX_US.end() < HALF_RX_US_MAX);
const _: () = assert!(*ANSWER_TX_US.end() < ANSWER_RX_US_MAX);
// An answer that comes as late as it may is over before a controller of priority 1 may speak again.
const _: () = assert!(ANSWER_RX_US_MAX < *FORWARD_TX_US[0].start());
const _: () = assert!(*FORWARD_TX_US[0].end() < *TWICE_RX_US.end());
