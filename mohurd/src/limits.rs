//! Every limit of this crate, with unit and reason.

/// Longest body of a frame, bytes: a report of 1,000 meters with 4 functions each takes 400 kB as UTF-8,
/// and twice that as UTF-16LE.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Faulty frames after which a connection is not worth listening to: TCP does not flip bits, so a
/// second one already means another dialect or an attack.
pub const FRAME_FAULTS_MAX: u32 = 8;

/// Deepest element: `root/data/meters/meter/function` are 5.
pub const DEPTH_MAX: usize = 8;

/// Most elements of one message; 1,000 meters with 4 functions each are 5,000.
pub const ELEMENTS_MAX: usize = 20_000;

/// Most attributes of one element; a meter has 5.
pub const ATTRIBUTES_MAX: usize = 16;

/// Longest name of an element or attribute, bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// Longest text of one element or attribute, bytes; the longest in use are names of meters.
pub const TEXT_BYTES_MAX: usize = 1024;

/// Most meters of one message.
pub const METERS_MAX: usize = 2_000;

/// Most functions of one meter.
pub const FUNCTIONS_MAX: usize = 64;

/// Most item values of one message; the dictionary has some 40 codes.
pub const ITEMS_MAX: usize = 256;

/// Longest challenge, bytes: 8 digits everywhere that was read, 32 hexadecimal digits once.
pub const CHALLENGE_BYTES_MAX: usize = 64;

/// Rows of one daily pair of files: 10 buildings × 40 items × 24 hours.
pub const DAILY_ROWS_MAX: usize = 100_000;

/// Longest unpacked file of a daily pair, bytes; a zip bomb is refused at this size.
pub const DAILY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Longest wait for a connection, ms.
pub const CONNECT_MS: u64 = 10_000;

/// Longest wait for an answer or an acknowledgement, ms. A centre stores before it acknowledges.
pub const ANSWER_MS: u64 = 30_000;

/// First and longest pause before another connection, ms; it doubles in between, and a part of it is
/// chance, so that a hundred schools do not come back at once.
pub const PAUSE_MS: (u64, u64) = (1_000, 300_000);

/// Messages of one connection that are not understood before it is given up.
pub const MESSAGE_FAULTS_MAX: u32 = 16;

/// Heartbeats that a centre may miss, as a multiple of their distance, before it takes a collector for
/// dead.
pub const BEATS_MISSED: u64 = 3;
