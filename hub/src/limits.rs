//! Every limit of a receiver, with unit and reason; those of a batch stand in `batch::limits`.

use std::time::Duration;

/// Most ranges that may be missing between arrived ones of one incarnation. A sender that scatters more is
/// told to fill the lowest first; each range costs every later batch some work.
pub const RANGES_MAX: usize = 1_000;

/// Bad rows kept per campus, newest first: more of one kind tell nothing new.
pub const QUARANTINE_ROWS_MAX: i64 = 10_000;

/// Longest text kept of a bad row, bytes.
pub const QUARANTINE_BYTES_MAX: usize = 4_096;

/// Open connections of senders: a district of 500 campuses, each with one for live and one for backlog rows.
pub const CONNECTIONS_MAX: usize = 1_000;

/// Batches of one campus in work at once: rows of one incarnation are taken one batch at a time anyhow, and
/// a second one may be read and checked meanwhile.
pub const IN_WORK_PER_CAMPUS_MAX: u32 = 2;

/// How long headers may take to come: a school's line, not a slow attacker.
pub const HEADERS_WITHIN: Duration = Duration::from_secs(10);

/// How long a body may take to come: 1 MiB at 300 kbit/s.
pub const BODY_WITHIN: Duration = Duration::from_secs(30);

/// How long a TLS handshake may take.
pub const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// How long a batch waits for a connection to PostgreSQL before its sender is told to come again.
pub const POOL_WITHIN: Duration = Duration::from_secs(5);

/// After a connection to PostgreSQL that failed, none is tried for so long.
pub const CONNECT_PAUSE: Duration = Duration::from_millis(500);

/// Longest wait for another batch of the same incarnation, ms.
pub const LOCK_MS: u32 = 5_000;

/// Longest statement of a batch, ms: beyond it the sender has given up.
pub const STATEMENT_MS: u32 = 30_000;

/// After which a sender may come again, s: busy, or the database is away.
pub const RETRY_BUSY_S: u32 = 1;
/// See [`RETRY_BUSY_S`].
pub const RETRY_AWAY_S: u32 = 5;

/// How long requests in work are given when the receiver is told to end.
pub const END_WITHIN: Duration = Duration::from_secs(10);

/// Largest configuration, certificate, or key file, bytes.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// How often a receiver looks for quarters that are too old: they go by whole days.
pub const KEEP_SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// Rows that go in one transaction: a campus whose batch waits for it waits a second at most.
pub const KEEP_PIECE_ROWS: i64 = 20_000;

/// Messages of a broker in work at once: twice the connections to PostgreSQL; unpacked they are 16 MiB each at most.
/// The others wait at the broker, or go to another receiver.
pub const BROKER_IN_WORK_MAX: u16 = 16;

/// How often a broker hears from a receiver that has nothing to say. One that froze gets no batch for longer than one and a
/// half of it, far below the 30 s that a campus waits for a receipt.
pub const BROKER_KEEPALIVE: Duration = Duration::from_secs(10);

/// First and longest pause before a broker is tried again.
pub const BROKER_AGAIN: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// What stands around a payload in a packet, bytes: topics of 60, a signature of 130, correlation data, names.
pub const BROKER_HEAD_BYTES: usize = 2_048;

/// Longest correlation data that an answer repeats, bytes: agents have 24.
pub const CORRELATION_BYTES_MAX: usize = 256;

/// An answer that was not read for so long is thrown away by the broker, s: its campus has asked again.
pub const ANSWER_GOOD_S: u32 = 60;
