//! Every limit of a node: how much it keeps, how long it waits, and why so much.

use wire::PAYLOAD_BYTES_MAX;
use wire::frame::READINGS_MAX;
use wire::id::ID_BYTES_MAX;

/// What a node measures and reports at most: quantities times channels. Three lamp channels of seven
/// quantities and six sensors are 27; five bits name a slot in a kept record.
pub const SLOTS_MAX: usize = 32;

/// Distinct channel names: four lamp channels, six circuits, six sensors with a name of their own.
pub const NAMES_MAX: usize = 16;

/// Circuits whose energy the node integrates itself: three lamp groups, sockets, mains, one spare.
pub const CIRCUITS_MAX: usize = 6;

/// Memory for frames that nobody has acknowledged. A full report of 20 readings takes about 80 B
/// and comes once a minute, so an outage of an hour and a half loses nothing even if people come
/// and go.
pub const RING_BYTES: usize = 8192;

/// The same on a board with a frame log, which gives back what left memory: a window of the largest frames,
/// or half an hour of full reports.
pub const LOGGED_RING_BYTES: usize = 2304;

/// Nothing less holds a window of the largest frames.
pub const RING_BYTES_MIN: usize = WINDOW_FRAMES as usize * RECORD_BYTES_MAX;

/// Longest record in the ring: its length, the time (7 bytes of 7 bits hold 9e12 ms), and per
/// reading one byte of name and at most ten bytes of value.
pub const RECORD_BYTES_MAX: usize = 2 + 7 + READINGS_MAX * 11;

/// Longest record in the frame log: key, clock, time, every name with its length, and per reading
/// two bytes of name and at most ten of value.
pub const KEPT_BYTES_MAX: usize =
    8 + 10 + 10 + 1 + NAMES_MAX * (1 + ID_BYTES_MAX) + READINGS_MAX * 12;

/// Boots of which nothing is left but a loss that is still to be told. What further ones lost is
/// added to one number, which the hello tells.
pub const GONE_MAX: usize = 16;

/// Between two times that the log is told what may go, ms, and the frames after which it is told
/// earlier: to forget costs a write each time, and to forget late costs nothing.
pub const FORGET_SPACING_MS: u64 = 5_000;
/// See [`FORGET_SPACING_MS`].
pub const FORGET_FRAMES: u32 = 64;

/// So long a board may take to give a record of its log, ms; then it is asked again.
pub const RECALL_MS_MAX: u64 = 10_000;

/// Frames measured longer ago than this would be taken for new ones by the agent, which believes 30
/// days, ms; they are given up.
pub const AGE_MS_MAX: i64 = 29 * 24 * 3_600_000;

/// Frames may seem to have been measured so much later than now, ms: clocks differ.
pub const AHEAD_MS_MAX: i64 = 60_000;

/// A start that goes well for so long was a good one, ms.
pub const HEALTHY_MS: u64 = 60_000;

/// Crashes in a row, each within [`HEALTHY_MS`] of its start, after which a node does the core of
/// its work only: twice may be chance.
pub const CRASHES_MAX: u8 = 3;

/// After so long in core mode a node tries its whole work again, ms.
pub const CORE_MS: u64 = 3_600_000;

/// So long lamps wait for the light sensor when the supply comes, ms; then they go on.
pub const DAYLIGHT_WAIT_MS: u64 = 5_000;

/// Half a period of the blinking that makes a node known, ms.
pub const BLINK_MS: u64 = 500;

/// The darker level of that blinking, %: nobody stands in the dark for it.
pub const BLINK_PCT: u8 = 20;

/// Results that wait for the connection.
pub const RESULTS_MAX: usize = 4;

/// Between two answers to refused payloads, ms: a flood of them causes no flood of answers.
pub const REFUSED_SPACING_MS: u64 = 1_000;

/// A restart waits so long for its result to be sent, ms.
pub const RESTART_MS: u64 = 2_000;

/// Frames on their way without an acknowledgement. The agent commits within a second; eight frames
/// are two bursts of lamp, press and motion.
pub const WINDOW_FRAMES: u32 = 8;

/// A frame sent so often over one connection to a living agent without an acknowledgement is refused there: it is
/// given up, so that it does not hold up the row for ever. With doubling waits about 5 min.
pub const RESENDS_MAX: u8 = 8;

/// Longest wait between two resends, ms: one report interval.
pub const RESEND_MS_MAX: u32 = 60_000;

/// Payloads of one call. A hello of at most 768 B and one largest frame always fit; what does not
/// fit goes with the next call, which is then due at once.
pub const OUT_BYTES: usize = 3840;

/// Publishes of one call: a window and a hello.
pub const PUBLISHES_MAX: usize = WINDOW_FRAMES as usize + 1;

/// Frames of one call, which are kept in the log: as many as it takes to report every slot.
pub const KEEPS_MAX: usize = SLOTS_MAX.div_ceil(READINGS_MAX);

/// Longest saved state: `registers.rs` asserts that it fits.
pub const SAVED_BYTES_MAX: usize = 512;

/// Longest run-time settings as they are stored.
pub const STORED_BYTES_MAX: usize = 32;

/// Energy that a power cut may cost, in Wh over all circuits: 1 % of what a classroom's lamps use
/// in an evening, and about one flash write a minute at 600 W.
pub const UNSAVED_WH_MAX: u64 = 10;

/// Between two saves, ms: a circuit of 50 kW would otherwise write flash more than once a second.
/// A million writes a year of 200 B are 2 erasures a day of each page in 64 kB.
pub const SAVE_SPACING_MS: u64 = 30_000;

/// Longest lease that is believed, ms: a confused agent may not keep a room for longer.
pub const LEASE_MS_MAX: u32 = 900_000;

/// An agent that is back is given so long to hear what happened meanwhile before it is obeyed, ms: it
/// commits within a second, and who is told to shed load should not wait longer.
pub const CATCH_UP_MS_MAX: u64 = 30_000;

/// … and then so long to say what it wants, ms: it looks at a room 2 s after the last of a backlog, and the
/// broker may take as long.
pub const THINK_MS_MAX: u64 = 4_000;

/// An agent's clock may be so much behind its own last decision without meaning that it was set
/// back, ms: the two travel on different topics.
pub const CLOCK_SLACK_MS: u64 = 10_000;

/// The first full report comes so long after the start, ms: sensors have answered once by then.
pub const FIRST_REPORT_MS: u64 = 2_000;

/// Times beyond this are refused on the wire (year 2255).
pub const TIME_MS_MAX: u64 = 9_000_000_000_000;

const _: () = assert!(OUT_BYTES >= PAYLOAD_BYTES_MAX + 768, "a hello and one frame always fit");
const _: () = assert!(
    OUT_BYTES >= KEEPS_MAX * KEPT_BYTES_MAX + 1_928,
    "what is kept and one largest frame fit"
);
const _: () = assert!(SLOTS_MAX <= 32, "slots are named by five bits, and by a bit of a u32");
