//! How it stands with hubs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The outbox, and every hub. `GET /v1/hubs`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Hubs {
    /// Name of this life of the database; empty before the first summary.
    pub incarnation: String,
    /// When it began, and why: `first`, `restored`, `other_machine`, `no_witness`, `damaged`, `hub`, `person`.
    pub incarnation_since_ms: Option<i64>,
    /// See `incarnation_since_ms`.
    pub incarnation_why: String,
    /// Every incarnation of this database, the oldest first.
    #[serde(default)]
    pub incarnations: Vec<HubLife>,
    /// Number of the last summary, as hubs count.
    pub last: u64,
    /// Rows in the outbox, delivered ones included.
    pub rows: u64,
    /// What they take on the disk.
    pub bytes: u64,
    /// What they may take.
    pub budget_bytes: u64,
    /// Bytes that a day adds, from the last two days; absent while that is not known.
    pub bytes_per_day: Option<u64>,
    /// In the order of the configuration.
    pub hubs: Vec<Hub>,
}

/// One life of the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HubLife {
    /// Its name.
    pub incarnation: String,
    /// When it began.
    pub since_ms: i64,
    /// Why: as in `incarnation_why`.
    pub why: String,
    /// Who wanted it; empty when nobody was asked.
    pub by: String,
    /// What for, in that person's words.
    pub reason: String,
    /// Rows that are of it.
    pub rows: u64,
}

/// A new incarnation is to begin. `POST /v1/hubs/incarnation`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BeginLife {
    /// Who wants it.
    pub by: String,
    /// What for.
    pub why: String,
}

/// One hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Hub {
    /// Its name.
    pub id: String,
    /// Where it is.
    pub url: String,
    /// How it is spoken to: `batch`, `mqtt` or `mohurd`.
    pub form: String,
    /// `new`, `idle` (it has everything), `sending` or `failing`.
    pub standing: String,
    /// What is wrong; empty when nothing is.
    pub what: String,
    /// Since when it stands so; absent before the first try.
    pub since_ms: Option<i64>,
    /// When it is tried again.
    pub retry_ms: Option<i64>,
    /// Rows that it lacks.
    pub waiting: u64,
    /// When the oldest of them was made.
    pub oldest_ms: Option<i64>,
    /// Everything up to this number of the present incarnation is at the hub.
    pub watermark: u64,
    /// When it last confirmed anything, since the agent started.
    pub receipt_ms: Option<i64>,
    /// Rows confirmed since the agent started.
    pub rows: u64,
    /// Bytes sent since then.
    pub bytes: u64,
    /// Rows that it has put aside since then.
    pub refused: u64,
    /// Attempts that failed since then.
    pub failures: u64,
    /// Rows a second, of the last batches.
    pub rows_per_s: u64,
    /// For how many days more it may be away before anything goes that it does not have; absent while that
    /// is not known.
    pub days_left: Option<u64>,
}

/// What a hub lacks. `GET /v1/hubs/gaps`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HubGaps {
    /// Which hub.
    pub id: String,
    /// Ranges that it has not confirmed, oldest first, at most 100 of each incarnation.
    pub missing: Vec<HubGap>,
    /// Rows that it has put aside, the latest first, at most 100.
    pub refused: Vec<HubRefused>,
    /// What somebody asked to be sent once more and has not gone yet, the oldest first.
    #[serde(default)]
    pub resends: Vec<HubResend>,
    /// Loss records of the last 30 days, the latest first, at most 100: what no hub will ever have.
    pub losses: Vec<HubLoss>,
}

/// Summaries that a hub has not confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HubGap {
    /// Of which incarnation.
    pub incarnation: String,
    /// First number, as hubs count.
    pub from: u64,
    /// Last number.
    pub to: u64,
    /// When the first of them was made; absent when all are gone.
    pub made_ms: Option<i64>,
}

/// A summary that a hub has put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HubRefused {
    /// Its number in the outbox.
    pub seq: i64,
    /// Why: `bad_row`, `too_large`, …
    pub code: String,
    /// Why, in the hub's words.
    pub reason: String,
    /// When.
    pub at_ms: i64,
}

/// Summaries that were asked for once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HubResend {
    /// Begin of the slots.
    pub from_ms: i64,
    /// End, not included.
    pub to_ms: i64,
    /// When it was asked for.
    pub asked_ms: i64,
    /// Rows that have not gone yet.
    pub left: u64,
}

/// What is gone for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HubLoss {
    /// Whose: `campus`, `node/<node>`.
    pub stream: String,
    /// What: `frames_declared`, `shed_rooms`, `shed_buildings_and_meters`, `damaged_slots`, …
    pub what: String,
    /// How many.
    pub count: u64,
    /// From when.
    pub from_ms: i64,
    /// Until when.
    pub to_ms: i64,
}

/// What is to be sent again. `POST /v1/hubs/resend`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Resend {
    /// One hub only; all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// Begin of the slots.
    pub from_ms: i64,
    /// End, not included.
    pub to_ms: i64,
}

/// What will be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Resent {
    /// Hubs that were told.
    pub hubs: Vec<String>,
    /// Summaries of that time in the outbox. What is not there any more is made again from the ledger.
    pub rows: u64,
}
