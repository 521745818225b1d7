//! Every limit of what travels to a hub, with unit and reason.

/// Largest batch on the wire: what a school's line carries within a request's time (30 s at 300 kbit/s).
pub const COMPRESSED_BYTES_MAX: usize = 1024 * 1024;

/// Largest batch in memory. Rows are 200 to 400 bytes of JSON, so this is never the first limit met, and
/// a few kilobytes that unpack to gigabytes are refused.
pub const JSON_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most rows of a batch: all quarters and the day of 300 rooms and 60 meters of three hours, in one
/// transaction.
pub const ROWS_MAX: usize = 5_000;

/// Most ranges that one batch may name as gone: a shed day leaves fewer, and each costs the hub work.
pub const GONE_MAX: usize = 1_000;

/// Most missing ranges a receipt names, lowest first; the next receipt names the next.
pub const MISSING_MAX: usize = 100;

/// Most keys in a row that this version does not know.
pub const MORE_MAX: usize = 16;

/// Longest key of a value, and longest `what` of a loss, bytes.
pub const KEY_BYTES_MAX: usize = 32;

/// Largest number in a row: what every JSON reader holds exactly, 2^53 − 1.
pub const NUMBER_MAX: i64 = (1 << 53) - 1;

/// Longest time that one summary covers: a local day of 25 h, s. A loss may cover more.
pub const SPAN_S_MAX: u32 = 25 * 3600;

/// Last moment a row may name: the end of the year 9999, UTC, ms. Beyond it calendars differ.
pub const TIME_MS_MAX: i64 = 253_402_300_799_999;

/// Most parts of a stream's name: a kind and up to three identifiers.
pub const STREAM_PARTS_MAX: usize = 4;

/// zstd's level: its default.
pub const ZSTD_LEVEL: i32 = 3;

/// Largest window a sender may ask the receiver to hold, as a power of two: 16 MiB, all a batch may be.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 24;

const _: () = assert!(COMPRESSED_BYTES_MAX < JSON_BYTES_MAX);
const _: () = assert!(1 << ZSTD_WINDOW_LOG_MAX == JSON_BYTES_MAX);
// A full batch of the longest rows fits.
const _: () = assert!(ROWS_MAX * 1_000 < JSON_BYTES_MAX);
