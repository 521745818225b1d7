//! Every limit of the agent, with its unit and its reason.
//!
//! A full queue is either back-pressure on who fills it, or a counted loss; never silence.

use std::time::Duration;

// ---- The connection to the broker -------------------------------------------------------------

/// A dead peer is noticed after one and a half of these. 30 s is far above any pause of ours.
pub const MQTT_KEEPALIVE: Duration = Duration::from_secs(30);
/// How long the broker keeps our session while we are away, in s: long enough for a restart or an
/// update. What comes later is re-sent by the nodes anyway.
pub const MQTT_SESSION_EXPIRY_S: u32 = 3600;
/// Largest packet we accept, in bytes. Told to the broker, which then never sends a larger one;
/// above the broker's own limit of 4,096 in `docs/operate/mosquitto.conf`, so that no publish can
/// end our connection.
pub const MQTT_PACKET_BYTES_MAX: u32 = 16 * 1024;
/// Deliveries the broker may send before the first is acknowledged: twice the largest batch, so
/// that one batch can fill while another is being committed.
pub const MQTT_UNACKED_MAX: u16 = 16_384;
/// Our own publishes on the way. Each slot costs about 130 B of memory, used or not.
pub const MQTT_INFLIGHT_MAX: u16 = 1_000;
/// Publishes and acknowledgements waiting for the connection: one batch of acknowledgements, and
/// room for the lights.
pub const MQTT_REQUESTS_MAX: usize = BATCH_ROWS_MAX * 2;
/// Making a connection may take so long.
pub const MQTT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// One step of a short talk with the broker: a change of accounts, a try of the canary.
pub const TALK_TIME: Duration = Duration::from_secs(5);
/// Between two proofs that the broker keeps accounts apart: an upgrade of the broker is noticed within a day.
pub const CANARY_PAUSE: Duration = Duration::from_secs(24 * 3600);
/// The same while nothing could be proved.
pub const CANARY_RETRY: Duration = Duration::from_secs(20);
/// The command that has the broker read its accounts again may take so long: `systemctl` waits for it.
pub const RELOAD_TIME: Duration = Duration::from_secs(20);
/// Rows about hardware of nodes: a large campus that gives every node new hardware once a year for 20 years.
pub const HARDWARE_ROWS_MAX: i64 = 100_000;
/// Longest serial number or name of a board, bytes: the longest that a node reports, and some.
pub const SERIAL_BYTES_MAX: usize = 64;
/// First pause before connecting again; doubles up to [`MQTT_RECONNECT_MAX`].
pub const MQTT_RECONNECT_MIN: Duration = Duration::from_millis(200);
/// Longest pause: a broker that comes back is found within so long.
pub const MQTT_RECONNECT_MAX: Duration = Duration::from_secs(5);
/// A connection that lived shorter than this and brought nothing died of what it was sent.
pub const MQTT_POISON_LIFE: Duration = Duration::from_secs(5);
/// So many such deaths in a row, and the session starts afresh.
pub const MQTT_POISON_DEATHS: u32 = 3;

// ---- The main loop ----------------------------------------------------------------------------

/// Events waiting for the main loop. When full, the broker's window is the back-pressure.
pub const EVENTS_MAX: usize = 8_192;
/// Events taken in one turn, so that lights of an early one do not wait for a late one.
pub const TURN_EVENTS_MAX: usize = 512;
/// Rows in one transaction: enough that the fsync costs little, few enough to commit in ~50 ms.
pub const BATCH_ROWS_MAX: usize = 4_096;
/// A row waits at most so long for its commit. One commit writes about 12.5 kB whatever it holds
/// (`docs/adr/0004`), so committing more often wears the flash.
/// In campus time: a demo that runs faster commits more often.
pub const COMMIT_DELAY: Duration = Duration::from_millis(2_000);
/// However fast the campus runs, real time between two commits by timer.
pub const COMMIT_DELAY_MIN: Duration = Duration::from_millis(50);
/// No delivery for so long while several wait for their PUBACK: the broker's window is full, and
/// only a commit can open it.
pub const STALL: Duration = Duration::from_millis(50);
/// Fewer waiting deliveries than this are no full window: Mosquitto's default is 20.
pub const STALL_DELIVERIES_MIN: usize = 16;
/// Waiting for room in the connection before trying again.
pub const RETRY: Duration = Duration::from_millis(5);
/// A node hears `down/ack` at most so often, in campus time; it re-sends after 5 s without one.
pub const ACK_INTERVAL: Duration = Duration::from_secs(2);
/// A node obeys so long without hearing a lease, in campus time. Renewed three times as often.
pub const LEASE_MS: u32 = 90_000;
/// A room's retained state is published at most so often.
pub const STATE_INTERVAL: Duration = Duration::from_millis(1_000);
/// A retained state should not be believed for longer, in real ms: three times the longest pause
/// between two of them.
pub const STATE_EXPIRES_MS: i64 = 180_000;
/// The controller's state is saved after so many committed rows, to keep a restart below a second …
pub const CHECKPOINT_ROWS: u64 = 100_000;
/// … and at least so often.
pub const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(300);
/// How long a stopping agent waits for its last commit.
pub const DRAIN: Duration = Duration::from_secs(10);

/// So long after a connection was made the agent listens to its own retained states, to find those
/// of rooms and nodes that are gone. They come right behind the subscription.
pub const GHOST_WATCH: Duration = Duration::from_secs(5);

const _: () = assert!(
    COMMIT_DELAY.as_millis() + ACK_INTERVAL.as_millis() < 5_000,
    "a node must hear of its commit before it sends again"
);
const _: () = assert!(MQTT_UNACKED_MAX as usize >= 2 * BATCH_ROWS_MAX);

// ---- The API ----------------------------------------------------------------------------------

/// A person's wish ends at most so far ahead, in s (IECC C405.2: override of at most two hours).
pub const OVERRIDE_S_MAX: u32 = 7_200;
/// An asker waits at most so long for an answer.
pub const ASK_TIMEOUT: Duration = Duration::from_secs(5);
/// A node has so long to say what became of a command; the broker drops one that nobody took by then.
pub const COMMAND_TIME: Duration = Duration::from_secs(5);
/// … which leaves the main loop so long to answer who asked.
pub const COMMAND_ASK_TIMEOUT: Duration = Duration::from_secs(7);
/// Commands that wait for their result: people on ladders, and a script that restarts every node.
pub const COMMANDS_MAX: usize = 64;
/// A start by the watchdog or after a panic, and what it cost, is shown as a need for so long, ms: a week.
pub const CRASH_SHOWN_MS: i64 = 7 * 86_400_000;
/// Periods in one answer about energy: three months of slots, a year of hours.
pub const ENERGY_PERIODS_MAX: usize = 10_000;
/// A proof reaches back at most so far, in days: ten years of postings.
pub const AUDIT_DAYS_MAX: i64 = 3_660;

/// Slots that a proof reads at once: 300 days of quarter hours, with the time before that tells a
/// standstill from a rest, within what one query gives.
pub const AUDIT_SLOTS: u32 = 28_800;

/// Meters whose standstills are looked for in one answer: the mains of a campus.
pub const STANDSTILL_METERS_MAX: usize = 60;

/// Slots in one explanation: a month of quarter hours.
pub const EXPLAIN_SLOTS_MAX: i64 = 3_000;

/// Longest name or reason of a repair, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// The past is looked through so long after the start, when nodes and meters have had their turn …
pub const FINDINGS_FIRST: Duration = Duration::from_secs(120);

/// … and so often, for standstills and for parts above their whole.
pub const FINDINGS_INTERVAL: Duration = Duration::from_secs(3_600);

/// Rows of the log that are told again for one moment of the past: a quarter of a day of 1,000 nodes at
/// 10 s is 2.2 million, some 2 s where only one room's are unpacked.
pub const EXPLAIN_ROWS_MAX: u64 = 10_000_000;

/// Rows of the log that are told in one trial of other settings: a year of 100 nodes at a frame a minute is
/// 52.6 million, and a tenth for what is said between. Two weeks of 450 nodes at 10 s are as much.
pub const TRIAL_ROWS_MAX: u64 = 60_000_000;

/// Parts in which a trial is told, each on a core of its own: more would read the disk, not decide.
pub const TRIAL_PARTS_MAX: usize = 4;

/// Looks at rooms, one a minute, that are held at once to learn from, each of 56 bytes: four weeks of 50 rooms.
/// More rooms are learnt one lot after another, each from a pass of its own over the log.
pub const LEARN_SAMPLES_MAX: usize = 2_000_000;

/// How far back rooms learn where nobody says since when: four weeks have eight days at the weekend, ms.
pub const LEARN_SPAN_MS: i64 = 28 * 86_400_000;

/// Times that somebody may say the truth of in one question: a year of 100 rooms with two in an hour would be
/// more than its body may hold.
pub const LEARN_KNOWN_MAX: usize = 20_000;

/// Changes of a room in one explanation.
pub const CHANGES_MAX: u32 = 50;

// ---- The store --------------------------------------------------------------------------------

/// Batches handed to the writer and not committed yet. When so many wait, rows collect in the next
/// one, up to [`BATCH_ROWS_MAX`]; then no more frames are taken.
pub const STORE_QUEUE_BATCHES: usize = 4;
/// The writer waits so long for a lock that somebody else holds, in ms, before it says so.
pub const STORE_BUSY_MS: u32 = 5_000;
/// First pause before a failed commit is tried again; doubles up to [`STORE_RETRY_MAX`].
pub const STORE_RETRY_MIN: Duration = Duration::from_millis(50);
/// Longest pause: a cured disk is noticed within so long.
pub const STORE_RETRY_MAX: Duration = Duration::from_secs(5);
/// A query is interrupted after so long: an open reader keeps the write-ahead log from being reused
/// (measured: from 4 to 25 MB during 5,000 commits).
pub const STORE_QUERY_TIME: Duration = Duration::from_secs(2);
/// Read-only connections kept open: the API answers few people at once.
pub const STORE_READERS_MAX: usize = 4;
/// Pages in the write-ahead log before they are moved into the file: 4 MB of 4 kB pages.
pub const STORE_WAL_PAGES: u32 = 1_000;
/// The write-ahead log is cut back to this, in bytes, after it had to grow.
pub const STORE_WAL_BYTES: u32 = 4 * 1024 * 1024;
/// What the database may hold, in bytes: 14 days of 1,000 nodes at 20 s, a quarter of a 32 GB card.
/// Above it the oldest rows of the log go.
pub const STORE_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;
/// Where the file itself stops growing, in bytes: room for the ledger when the log is used up.
pub const STORE_FILE_BYTES_MAX: u64 = STORE_BYTES_MAX + 2 * 1024 * 1024 * 1024;
/// A file that is given up when the disk is full, in bytes: without free pages SQLite cannot even
/// delete (measured). Room for the write-ahead log fifteen times over.
pub const STORE_BALLAST_BYTES: u64 = 64 * 1024 * 1024;
/// The ballast is restored, with as much again left free, after so long at the earliest.
pub const STORE_BALLAST_RETRY: Duration = Duration::from_secs(60);
/// A database that turns out damaged while running is begun anew at most so often.
pub const STORE_ANEW_INTERVAL: Duration = Duration::from_secs(600);
/// A database up to this size, in bytes, is checked before it is used; a larger one beside the
/// work. 5 s at the 50 MB/s of an SD card.
pub const STORE_CHECK_BYTES: u64 = 256 * 1024 * 1024;
/// Raw frames are kept so long, in days: two school weeks to replay rules on and to look at causes.
pub const RETAIN_LOG_DAYS: i64 = 14;
/// Changes and loss records are kept so long, in days: a school year and its holidays.
pub const RETAIN_CHANGE_DAYS: i64 = 400;
/// Changes at most: 1,000 rooms at 50 a day for 80 days, some 1.2 GB. The oldest go.
pub const CHANGE_ROWS_MAX: i64 = 4_000_000;
/// Loss records at most: a broken node may write one with every frame. The oldest go.
pub const LOSS_ROWS_MAX: i64 = 100_000;
/// Postings at most: 100 meters for ten years, some 3 GB at 80 B with their index (measured). The
/// oldest go, and it is said.
pub const POSTING_ROWS_MAX: i64 = 36_000_000;
/// Slots of rooms at most: 300 rooms for three school years, lit or occupied for a third of the day;
/// some 0.7 GB. The oldest go, and it is said.
pub const ROOM_SLOT_ROWS_MAX: i64 = 10_000_000;
/// Rows of what sensors said at most: 300 rooms and 60 meters for ten months, some 0.5 GB. The oldest go:
/// then a day that is summarised anew has no mean and no peak any more.
pub const MEASURE_ROWS_MAX: i64 = 10_000_000;
/// Late frames and readings of a slot are waited for so long, in ms: a node reports within 20 s and sends
/// again after 5; a polled meter is read every minute. What comes later makes the next revision.
pub const OUTBOX_GRACE_MS: i64 = 120_000;
/// Summaries are made for so long between two commits: the next batch waits no longer, beside one slot.
pub const OUTBOX_TIME: Duration = Duration::from_millis(20);
/// Whether the outbox is within its budget is looked at so often.
pub const OUTBOX_SHED_EVERY: Duration = Duration::from_secs(10);
/// Rows of the outbox that go at once: some 0.1 s of the writer.
pub const OUTBOX_SHED_ROWS: i64 = 20_000;
/// Rows of the outbox in one answer: a full batch.
pub const OUTBOX_READ_ROWS: i64 = 5_000;
/// Refused rows that are remembered of each hub; the oldest are forgotten.
pub const HUB_REFUSED_MAX: i64 = 1_000;
/// On a campus where nothing happens the writer is told the time so often: a slot ends all the same.
pub const OUTBOX_IDLE: Duration = Duration::from_secs(60);
/// What summaries may take on the disk unless configured, in MiB: nine months of 300 rooms and 60 meters.
pub const OUTBOX_DISK_MB: u32 = 1_024;
/// A request to a hub may take so long, its answer included.
pub const HUB_REQUEST_TIME: Duration = Duration::from_secs(30);
/// Longest answer of a hub that is read, in bytes: a receipt that refuses every row of a batch.
pub const HUB_ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;
/// What stands around a payload in a packet to or from a broker of hubs, at most, in bytes: topics, correlation
/// data, a signature of 130, and names of properties are some 400.
pub const HUB_PACKET_HEAD: usize = 1_024;
/// What a broker of hubs says while nobody waits for it: later things are dropped.
pub const HUB_HEARD_MAX: usize = 16;
/// Longest reason of a hub that is kept, in characters.
pub const HUB_REASON_CHARS_MAX: usize = 300;
/// A hub that has everything is asked so often whether it still has: it may have been restored.
pub const HUB_COMPARE_EVERY: Duration = Duration::from_secs(900);
/// A hub begins a new incarnation at most so often: one that is wrong must not do so all day.
pub const HUB_COPIED_EVERY: Duration = Duration::from_secs(24 * 3600);
/// Ranges, refused rows and loss records of a hub in one answer.
pub const HUB_GAPS_MAX: u32 = 100;
/// Loss records of so long are shown, in ms: 30 days.
pub const HUB_LOSSES_MS: i64 = 30 * 86_400_000;
/// How far hubs have come is said beside the database so often, beside every time when rows are put: a sync.
pub const OUTBOX_WITNESS_EVERY: Duration = Duration::from_secs(60);
/// Requests of people that wait for one hub; each is a row of numbers in the database.
pub const HUB_RESENDS_MAX: usize = 64;
/// Incidents at most, some 100 MB: as good as for ever, as 360 meters with one a day for eight years;
/// a broken meter that has one with every reading must not fill the disk. The oldest go, and it is
/// said.
pub const INCIDENT_ROWS_MAX: i64 = 1_000_000;
/// Decisions of people about meters at most: ten a day for 27 years. The oldest go, and it is said.
pub const REPAIR_RECORDS_MAX: i64 = 100_000;
/// Rows of one repair: a meter's quarter hours of a year and their days around it. They are one
/// transaction, some 0.3 s.
pub const REPAIR_ROWS_MAX: usize = 40_000;
/// Slots of a meter in one answer: a year of quarter hours.
pub const SLOT_ROWS_MAX: usize = 40_000;
/// Bytes of evidence kept with a reading: the largest reply of Modbus has 125 registers.
pub const READING_RAW_BYTES_MAX: usize = 250;
/// A UTC day of the ledger is packed so long after its end, in ms: nodes that were silent for a
/// while have spoken by then. A later row costs only that it is packed again.
pub const PACK_AFTER_MS: i64 = 3_600_000;
/// At most one day is packed in so long, between two commits: a repair of a month is packed again
/// within a minute, and until then its days are read row by row.
pub const PACK_EVERY: Duration = Duration::from_secs(1);
/// Expired rows are looked for after so many new ones …
pub const RETAIN_EVERY_ROWS: u64 = 10_000;
/// … and at least so often.
pub const RETAIN_EVERY: Duration = Duration::from_secs(60);
/// Rows that one look may delete on top of twice the new ones: about 20 ms between two commits.
pub const RETAIN_CHUNK_ROWS: i64 = 10_000;
/// Nodes without a claim that are remembered; then the one silent longest is forgotten.
pub const UNCLAIMED_MAX: usize = 256;
/// Rows of readings that get a number; frames of further ones are written out in full. Nodes of one
/// profile share one, so a campus has some tens; a broken node could make up any number.
pub const SHAPES_MAX: usize = 4_096;
/// Checkpoints kept: the newest, and one to fall back to when it is damaged.
pub const CHECKPOINTS_KEPT: i64 = 2;
/// Beside them the first of every so many ms of campus time is kept as long as the log after it is, for
/// looks into the past: at most a quarter of a day is told again for one answer.
pub const CHECKPOINT_PAST_MS: i64 = 6 * 3_600_000;
/// … and at most so many: the 14 days of the log and a few restarts of a clock; 1,000 nodes take 1 MB
/// each.
pub const CHECKPOINTS_PAST_MAX: i64 = 64;
/// Configurations kept: one per restart that changed something, as long as the log is. The oldest go,
/// and then the past is told by today's.
pub const CONFIGURATIONS_MAX: i64 = 64;
/// Longest file of rules, bytes: 2,000 rules of some 250 bytes each, twice.
pub const RULES_BYTES_MAX: usize = 1 << 20;
/// Versions of rules kept: of some 10 kB each, 200 MB when every one is as long as may be. The oldest go, and
/// nobody can roll back to them any more.
pub const RULES_VERSIONS_MAX: i64 = 200;
/// Changes of rules kept, by whom and why: one a day for 27 years. The oldest go.
pub const RULES_CHANGES_MAX: i64 = 10_000;
/// Postings, changes or loss records in one answer.
pub const QUERY_ROWS_MAX: u32 = 10_000;

const _: () = assert!(STORE_BALLAST_BYTES > 4 * STORE_WAL_BYTES as u64);
const _: () = assert!(RETAIN_CHUNK_ROWS as usize > BATCH_ROWS_MAX);
const _: () = assert!(READING_RAW_BYTES_MAX <= u8::MAX as usize, "its length is one byte");
const _: () = assert!(CHECKPOINTS_KEPT >= 2, "retention spares what the older checkpoint needs");
/// Readings of a room that change nothing else, and the agent, are published at most so often: a
/// dashboard refreshes no faster, and each costs a publish.
pub const READINGS_INTERVAL: Duration = Duration::from_secs(10);
/// Registers of all meters are published so often: they move by the watt-hour.
pub const METERS_INTERVAL: Duration = Duration::from_secs(60);
/// Rows of one table that are carried over from a damaged database, the newest first: some 10 s.
pub const SALVAGE_ROWS_MAX: u64 = 2_000_000;

/// Rows that are decided about and cannot be handed over, because the disk fails. Above it frames
/// are refused and nodes send them again. The broker's window ([`MQTT_UNACKED_MAX`]) ends what comes
/// with QoS 1 long before; this bounds what comes without. About 10 MB.
pub const UNKEPT_ROWS_MAX: usize = 65_536;

// ---- Meters and gateways ----------------------------------------------------------------------

/// A device that failed so often in a row counts as silent and is left alone for a while.
pub const BUS_FAILURES_MAX: u32 = 3;
/// First pause of a silent device; doubles up to [`BUS_PAUSE_MAX`].
pub const BUS_PAUSE_MIN: Duration = Duration::from_secs(5);
/// Longest pause: a device that is repaired is found within so long and a quarter.
pub const BUS_PAUSE_MAX: Duration = Duration::from_secs(300);
/// Reads may use so much of a bus at a stretch; then its share is kept by pacing.
pub const BUS_BURST: Duration = Duration::from_secs(1);
/// A write that failed is tried again after so long at the earliest, in ms.
pub const BUS_WRITE_RETRY_MS: u64 = 1_000;
/// A reply may come so long after its request was given up; nobody asks that unit before. Gateways
/// that ask a dead unit themselves answer for it after 1 to 2 s.
pub const BUS_LATE_REPLY: Duration = Duration::from_secs(2);
/// Of several requests that were given up, only the last may still be answered after so long.
pub const BUS_LATE_FORGOTTEN: Duration = Duration::from_secs(10);
/// After a reply was thrown away the line must be quiet for so long, beside the pause of its speed.
pub const BUS_QUIET: Duration = Duration::from_millis(30);
/// Noise is read for at most so long before a request; a line that never rests is not waited for.
pub const BUS_NOISE_MAX: Duration = Duration::from_millis(500);
/// Bytes of one reply and whatever came before it; above it the oldest go. The largest frame of
/// Modbus RTU is 256 B, of Modbus TCP 260 B.
pub const BUS_REPLY_BYTES_MAX: usize = 1_024;
/// So many requests in a row without a reply, and a TCP connection is made anew: it may be half
/// open.
pub const BUS_DEAF_REQUESTS: u32 = 4;
/// Making a connection may take so long.
pub const BUS_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// First pause before connecting again; doubles up to [`BUS_RECONNECT_MAX`].
pub const BUS_RECONNECT_MIN: Duration = Duration::from_millis(500);
/// Longest pause: a gateway that comes back is found within so long.
pub const BUS_RECONNECT_MAX: Duration = Duration::from_secs(30);
/// Registers that nobody asked for but that may be read along to save a request: a request costs
/// about as much as 20 registers at 9,600 baud.
pub const BUS_HOLE_REGISTERS: u16 = 16;
/// Requests of people waiting for one bus; one more is refused.
pub const BUS_ASKED_MAX: usize = 16;
/// The ratio of a meter is read again so often: it is changed by hand, once in years.
pub const BUS_RATIO_INTERVAL: Duration = Duration::from_secs(600);
/// What a meter refused or ignored is tried again so often: it may have been busy.
pub const BUS_RELEARN_INTERVAL: Duration = Duration::from_secs(3600);
/// A probe takes at most so long.
pub const BUS_PROBE_TIME_MAX: Duration = Duration::from_secs(600);
/// However fast the campus runs, real ms between two reads of one meter.
pub const BUS_EVERY_MS_MIN: u64 = 20;

const _: () = assert!(BUS_PAUSE_MIN.as_millis() > BUS_LATE_REPLY.as_millis());
