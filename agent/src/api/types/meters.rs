//! Meters, the proof of their energy, and its repair.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// A meter, now. `GET /v1/meters`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Meter {
    /// Its name in the ledger: `gym-mains`, or `node/channel`.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// `science/101`, or a building; absent for an orphan, which is counted in no total.
    pub place: Option<String>,
    /// Meter that counts what this one counts too.
    pub parent: Option<String>,
    /// `import` or `export`.
    pub flow: String,
    /// `polled` or `node`.
    pub source: String,
    /// Profile of a polled meter.
    pub profile: Option<String>,
    /// Bus of a polled meter, and its address there.
    pub bus: Option<String>,
    /// Unit 1 to 247, or twelve digits.
    pub address: Option<String>,
    /// `ok`, `silent`, `refused` (it answers with an exception), `doubt` (its register is not
    /// believed), `never` or `orphan`.
    pub state: String,
    /// Since when it is silent, refused or in doubt.
    pub since_ms: Option<i64>,
    /// What the bus said last, where it is not `ok`.
    pub why: Option<String>,
    /// Register that is believed, Wh; absent while it was never read.
    pub register_wh: Option<i64>,
    /// When that was read.
    pub read_ms: Option<i64>,
    /// A register that is not believed yet, Wh.
    pub doubt_wh: Option<i64>,
    /// Power, W, if that is fresh.
    pub power_w: Option<f64>,
    /// Energy since local midnight.
    pub energy_today_wh: i64,
    /// Times its register was reset or the meter replaced.
    pub resets: u32,
    /// Latest values of a polled meter by measure: `voltage_l1`, `frequency`, …, in base units.
    pub values: BTreeMap<String, f64>,
    /// Whether its ledger equals its registers, to the watt-hour.
    pub adds_up: bool,
}

/// A bus with meters. In `GET /v1/buses`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Bus {
    /// Its identifier.
    pub id: String,
    /// Where it is: `tcp://host:port`, `rtu+tcp://host:port`, or the path of a serial port.
    pub link: String,
    /// Whether the last connection works.
    pub connected: bool,
    /// Share of the last minute in which it was used, %.
    pub use_pct: f64,
    /// Share that it may be used, %.
    pub budget_pct: u32,
    /// Meters and gateways on it.
    pub members: u32,
    /// Requests since the start.
    pub requests: u64,
    /// Requests that nobody answered.
    pub timeouts: u64,
    /// Requests that were answered with an exception, or with nonsense.
    pub refusals: u64,
}

/// Everything that a polled meter says, asked for now. `POST /v1/meters/read`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeterRead {
    /// Which meter.
    pub meter: String,
    /// Profile it was read with.
    pub profile: String,
    /// When.
    pub at_ms: i64,
    /// How long it took, ms.
    pub took_ms: u64,
    /// Its quantities, in the order of the profile.
    pub values: Vec<MeterValue>,
}

/// One quantity of a meter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeterValue {
    /// `voltage_l1`, `energy_import`, …
    pub measure: String,
    /// Value in `unit`; absent when there is none.
    pub value: Option<f64>,
    /// V, A, W, Wh, Hz, var, VA, varh; empty for a power factor.
    pub unit: String,
    /// Why there is no value: `not_fitted`, `refused`, `out_of_range`, `silent`.
    pub why: Option<String>,
    /// 0-based register address in hexadecimal, or the identifier of DL/T 645.
    pub register: String,
    /// The raw words or bytes, in hexadecimal.
    pub raw: String,
}

/// Which meter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, IntoParams)]
pub struct MeterName {
    /// `gym-mains`, or `node/channel`.
    pub meter: String,
}

/// A meter was replaced. `POST /v1/meters/replace`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReplaceMeter {
    /// Which.
    pub meter: String,
    /// When; the last reset or jump that nobody explained yet when absent, else now.
    pub at_ms: Option<i64>,
    /// What the old one showed last, Wh (primary side).
    pub old_final_wh: Option<i64>,
    /// What the new one showed first, Wh (primary side).
    pub new_first_wh: Option<i64>,
    /// Who says so.
    pub by: String,
    /// Why, for the record.
    pub why: String,
}

/// What is to be repaired. `POST /v1/energy/repair`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RepairEnergy {
    /// Which meter.
    pub meter: String,
    /// `ignore` (readings from `from_ms` to `to_ms` were wrong), `believe` (a doubted register is
    /// right), `refuse` (it is wrong), `factor` (a transformer ratio was wrong).
    pub what: String,
    /// Begin, ms UTC; for `ignore` and `factor`.
    pub from_ms: Option<i64>,
    /// End, ms UTC.
    pub to_ms: Option<i64>,
    /// `factor`: what it must be multiplied by …
    pub numerator: Option<u32>,
    /// … and divided by.
    pub denominator: Option<u32>,
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
    /// Only say what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// What a repair, or the replacement of a meter, changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Repair {
    /// Number of the repair; absent for a dry run and for what needed no repair of the past.
    pub id: Option<i64>,
    /// Which meter.
    pub meter: String,
    /// When it was made; 0 for a dry run.
    pub at_ms: i64,
    /// `ignore`, `believe`, `refuse`, `factor`, `replace`.
    pub what: String,
    /// Slots concerned: begin …
    pub from_ms: i64,
    /// … and end.
    pub to_ms: i64,
    /// Energy of these slots before.
    pub before_wh: i64,
    /// Energy of these slots after.
    pub after_wh: i64,
    /// Slots that changed.
    pub slots: u32,
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
}

/// What is asked about the ledger. `GET /v1/energy/audit`, `GET /v1/energy/explain`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, IntoParams)]
pub struct LedgerQuery {
    /// From, ms UTC; everything that is kept (audit) or local midnight (explain) when absent.
    pub from_ms: Option<i64>,
    /// To, ms UTC; now when absent.
    pub to_ms: Option<i64>,
    /// A room, a building, a node or a meter; all meters when absent. `explain` wants one meter.
    pub of: Option<String>,
}

/// The proof of one meter's energy. `GET /v1/energy/audit`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Audit {
    /// Which meter.
    pub meter: String,
    /// Where it belongs; absent for an orphan.
    pub place: Option<String>,
    /// First slot of the proof.
    pub from_ms: i64,
    /// End of the last slot.
    pub to_ms: i64,
    /// Register at the begin, Wh.
    pub first_register_wh: i64,
    /// Register at the end, Wh.
    pub last_register_wh: i64,
    /// How far the register moved without energy, Wh: resets, replacements, rollovers.
    pub jumps_wh: i64,
    /// last - first - jumps, Wh: what must have flowed.
    pub expected_wh: i64,
    /// What is posted, Wh.
    pub posted_wh: i64,
    /// … of it measured slot by slot.
    pub measured_wh: i64,
    /// … of it exact in sum only.
    pub estimated_wh: i64,
    /// … of it in slots that may have had more.
    pub incomplete_wh: i64,
    /// … of it in slots that a person has repaired.
    pub repaired_wh: i64,
    /// Not posted: between the register that is believed and the one that is in doubt, Wh.
    pub quarantined_wh: i64,
    /// Slots of the time.
    pub slots: u32,
    /// Slots without a row.
    pub missing: u32,
    /// Slots in runs in which the register stood still for suspiciously long.
    pub suspect: u32,
    /// Repairs in the time.
    pub repairs: Vec<Repair>,
    /// What happened to the register.
    pub incidents: Vec<Incident>,
    /// First slot that does not follow from its registers; absent when all do.
    pub broken_ms: Option<i64>,
    /// Whether posted and expected are equal and no slot is broken.
    pub ok: bool,
}

/// Something that happened to a register.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Incident {
    /// Row in the database.
    pub id: i64,
    /// Which meter.
    pub meter: String,
    /// `opening`, `rollover`, `reset`, `replaced`, `declared`, `glitch`, `frozen`, `ratio`, `clock`,
    /// `doubt`.
    pub kind: String,
    /// Last good reading before it.
    pub from_ms: i64,
    /// When it showed.
    pub at_ms: i64,
    /// Register before, Wh.
    pub before_wh: i64,
    /// Register after, Wh.
    pub after_wh: i64,
    /// How far the register moved without energy, Wh.
    pub jump_wh: i64,
    /// It does not count any more: something later, or a repair, explains it.
    pub withdrawn: bool,
    /// Energy is missing until somebody says what the registers were: `campus meter replace`.
    pub open: bool,
}

/// Every posting of a meter with its evidence. `GET /v1/energy/explain`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnergyExplanation {
    /// Which meter.
    pub meter: String,
    /// From.
    pub from_ms: i64,
    /// To.
    pub to_ms: i64,
    /// Slots, each with all its rows.
    pub slots: Vec<SlotExplanation>,
    /// What happened to the register.
    pub incidents: Vec<Incident>,
    /// What people repaired.
    pub repairs: Vec<Repair>,
}

/// A slot and the rows that make it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlotExplanation {
    /// Start of the slot.
    pub slot_ms: i64,
    /// Energy, Wh: the sum of its rows.
    pub energy_wh: i64,
    /// `measured`, `estimated_shape`, `incomplete`.
    pub quality: String,
    /// `normal`, `gap`, `opening`, `reset`, `rollover`, `replaced`, `glitch`, `clock`, `ratio`,
    /// `frozen`, `repaired`.
    pub cause: String,
    /// Register at its end, Wh.
    pub register_wh: i64,
    /// Last believed reading in it: when …
    pub read_ms: Option<i64>,
    /// … and what, Wh.
    pub read_wh: Option<i64>,
    /// It is one of many in which the register stood still for suspiciously long.
    pub suspect: bool,
    /// The rows, oldest first; more than one when it was posted again.
    pub rows: Vec<PostingRow>,
}

/// One row of the ledger, never changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PostingRow {
    /// 1 for the first.
    pub revision: u32,
    /// What it adds, Wh.
    pub energy_wh: i64,
    /// Quality code.
    pub quality: String,
    /// Cause code.
    pub cause: String,
}

/// What to look for on a bus. `POST /v1/buses/probe`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProbeBus {
    /// Bus of the configuration.
    pub bus: String,
    /// Addresses to try: units, twelve digits of a DL/T 645 meter, or `any`; 1 to 10 when empty.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Profiles to try; all when empty.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// Maker or model on the nameplate.
    pub model: Option<String>,
    /// What the display shows, kWh.
    pub kwh: Option<f64>,
    /// Nominal voltage; 230 V when absent.
    pub volts: Option<f64>,
}

/// What a probe found, most certain first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProbeReport {
    /// Addresses that answered anything at all.
    pub answered: Vec<String>,
    /// Requests that were made.
    pub requests: u32,
    /// How long it took, ms.
    pub took_ms: u64,
    /// Whether everything was tried; false when the time was over before.
    #[serde(default)]
    pub complete: bool,
    /// Guesses.
    pub guesses: Vec<Guess>,
}

/// One guess of a probe.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Guess {
    /// Address that answered.
    pub address: String,
    /// Profile.
    pub profile: String,
    /// Word order: that of the profile, or another one.
    pub order: String,
    /// How sure, %.
    pub confidence_pct: u8,
    /// Why: codes such as `kwh_matches`, `frequency_plausible`, `voltage_implausible`.
    pub reasons: Vec<String>,
    /// What it read, by measure.
    pub values: BTreeMap<String, f64>,
    /// Energy register, Wh.
    pub energy_wh: Option<i64>,
}
