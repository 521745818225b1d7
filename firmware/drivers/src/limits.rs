//! Every limit of a driver: how often it tries, how long it waits, and why so much.

/// How often a sensor is asked for one reading. A single disturbed byte is common on a metre of
/// cable beside mains; three in a row are a fault.
pub const TRIES: u8 = 3;

/// Between two tries, ms: an SHT4x or SCD4x that was disturbed in a command needs 1 ms (Sensirion
/// SHT4x datasheet, table 4); ten is nothing to a person.
pub const RETRY_PAUSE_MS: u32 = 10;

/// Longest I²C transfer, ms. Nine bytes at 100 kHz take 1 ms, clock stretching of the sensors here
/// is none, and the bridge of the emulated board answers within 100 ms.
pub const I2C_TRANSFER_MS_MAX: u32 = 150;

/// Longest answer of the bridge, ms.
pub const BRIDGE_ANSWER_MS_MAX: u32 = 100;

/// A wall switch that is watched by edges counts after it was closed this long, ms. Contacts bounce
/// 1.6 ms on average and up to 6.2 ms (J. Ganssle, "A guide to debouncing", 16 switches of 18).
pub const PRESS_STABLE_MS: u64 = 10;

/// A wall switch has to be open this long before the next press counts, ms: longer than bounce on
/// release, shorter than the 100 ms between two presses of a hurried person; two polls of 20 ms.
pub const RELEASE_STABLE_MS: u64 = 40;

/// A motion sensor's output has to be stable this long, ms. Its pulses last 2 s and more (HC-SR501),
/// so that what is shorter than one poll of 20 ms is a disturbance.
pub const MOTION_STABLE_MS: u64 = 20;

/// A pyroelectric sensor settles for 30 to 60 s after power-on (Panasonic PaPIRs: at most 30 s;
/// HC-SR501: one minute), ms.
pub const PIR_WARM_UP_MS_MIN: u64 = 30_000;
/// The longer of the two.
pub const PIR_WARM_UP_MS_MAX: u64 = 60_000;

/// Longest frame of a radar, bytes. An engineering report has 45, with room for what newer firmware
/// adds to the end.
pub const RADAR_FRAME_BYTES_MAX: usize = 80;

/// Longest wait for a radar's acknowledgement, ms; it reports every 100 ms and answers in between.
pub const RADAR_ACK_MS_MAX: u32 = 500;

/// Longest wait for a meter's answer, ms: Eastron meters answer within 100 ms; the standard
/// suggests 1 s to several seconds at 9600 baud (Modbus over serial line V1.02, §2.4.1).
pub const METER_ANSWER_MS: u32 = 500;

/// Line silence that is waited for after a question without an answer, ms: an answer as late as
/// this is thrown away rather than believed to belong to the next question.
pub const METER_LATE_MS: u32 = 300;

/// A line that is not silent for this long is babbling, and nothing is asked, ms.
pub const METER_BABBLE_MS_MAX: u32 = 1_000;

/// The SCD4x measures every 5 s (Sensirion SCD4x datasheet, §3.6.1); a reading is waited for this
/// long, ms.
pub const CO2_READY_MS_MAX: u32 = 6_000;

/// Readings since its start that an SCD4x must have given before a forced recalibration: 36 of at
/// least 5 s each are the three minutes that it has to run before (§3.8.1).
pub const CO2_READINGS_BEFORE_CALIBRATION: u16 = 36;

/// Between two questions whether a measurement is ready, ms.
pub const CO2_READY_POLL_MS: u32 = 250;

/// Longest reading of a BH1750, ms: three tries of three ranges, each transfer as long as it may be.
/// A watchdog has to allow for it, and for those below.
pub const BH1750_READ_MS_MAX: u32 = 9_000;
/// Of a VEML7700, ms: the same, with six transfers a range.
pub const VEML7700_READ_MS_MAX: u32 = 13_000;
/// Of an SHT4x, ms.
pub const SHT4X_READ_MS_MAX: u32 = 1_500;
/// Of an SCD4x, ms: three tries of stopping, starting and waiting for a measurement.
pub const CO2_READ_MS_MAX: u32 = 25_000;
/// Of a meter at 2400 baud or more, ms: five registers of three tries, each on a line that babbles
/// and then falls silent. One that does not answer at all costs 3 s.
pub const METER_READ_MS_MAX: u32 = 25_000;

const _: () = assert!(I2C_TRANSFER_MS_MAX > BRIDGE_ANSWER_MS_MAX, "the bridge says its own fault");
const _: () = assert!(PRESS_STABLE_MS <= 30, "a press counts within 30 ms");
const _: () = assert!(PIR_WARM_UP_MS_MIN < PIR_WARM_UP_MS_MAX, "clamp needs them in this order");
