//! HTTP on a Unix socket: what `campus` and other programs ask the agent.
//!
//! Questions about the present go to the main loop as an [`Ask`], so that there is one truth;
//! questions about the past go to the database on a connection that can only read.
//! The socket belongs to the agent's user: whoever may open it may ask and set.

pub mod calendar;
pub mod energy;
pub mod events;
pub mod explain;
pub mod hubs;
pub mod kept;
pub mod learn;
pub mod ledger;
pub mod light;
pub mod meters;
pub mod nodes;
pub mod peer;
pub mod provisioning;
pub mod repair;
pub mod replay;
pub mod report;
pub mod rooms;
pub mod rules;
pub mod ruling;
pub mod serve;
pub mod types;

use crate::bus::Buses;
use crate::bus::plan::PolledMeter;
use crate::main_loop::Event;
use crate::rulebook::Current;
use crate::store::InForce;
use crate::{limits, store};
use ::rules::RuleSet;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use controller::MeterIx;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use types::Problem;

/// One question to the main loop, with the place for its answer.
#[derive(Debug)]
pub struct Ask {
    /// What is asked.
    pub what: Question,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Result<Answer, Problem>>,
}

/// What can be asked of the main loop.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// What works and what does not.
    Status,
    /// All rooms.
    Rooms,
    /// One room by `building/room`.
    Room(String),
    /// One room, and what its lights were decided by.
    Explain(String),
    /// Hold a level.
    Set(String, types::SetRoom),
    /// End what was held.
    Auto(String, types::AutoRoom),
    /// Have the lamps of a room measured.
    Calibrate(String, types::Calibrate),
    /// How far that is, or was the last time.
    Calibration(String),
    /// What is imposed on lamps.
    Events,
    /// Impose something on lamps.
    Impose(Box<Order>),
    /// All nodes.
    Nodes,
    /// One node.
    Node(String),
    /// Have a node do something once.
    Tell(String, wire::Verb),
    /// Keep what happened to the hardware of a node.
    Hardware(Box<store::Hardware>),
    /// Clear everything that a node had retained, and that was retained for it.
    Forget(String),
    /// Nodes that no configuration knows.
    Unclaimed,
    /// Lighting rules of the staff.
    Rules,
    /// Send hubs what is summarised of a time once more; what is gone is made again.
    Resend(Vec<store::Asked>),
    /// Begin a new incarnation.
    Begin(store::NewLife),
    /// Which levels rules would change right now.
    TryRules(Arc<RuleSet>),
    /// Other rules from now on.
    Rule(Box<RulesSwap>),
    /// Every meter with its registers and its open slot.
    Meters,
    /// Book what a person says about a register.
    Ledger(Box<LedgerOrder>),
}

/// What is to be imposed on lamps; a room by `building/room`.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// It burns, or does not.
    Fire(types::SetFire),
    /// The grid asks for less.
    Demand(types::OrderDemand),
    /// … and does no longer.
    EndDemand(types::EndDemand),
    /// Somebody works on lamps.
    Lock(String, types::LockRoom),
    /// … and does no longer.
    Unlock(String, types::UnlockRoom),
    /// A room asks for a scene.
    Scene(String, types::StageRoom),
}

/// Other rules, ready to be in force.
#[derive(Clone, Debug, PartialEq)]
pub struct RulesSwap {
    /// What is in force until then; otherwise it is refused.
    pub before: InForce,
    /// The version, where it is new.
    pub version: Option<crate::store::RulesVersion>,
    /// What the database keeps; its time is given when it happens.
    pub change: crate::store::RulesChange,
    /// What is in force then.
    pub current: Current,
}

/// What a person says about a register.
#[derive(Clone, Debug, PartialEq)]
pub enum LedgerOrder {
    /// The meter was replaced, or its register set.
    Replace(store::Replace),
    /// A reading that is in doubt is true, or not.
    Judge(store::Judge),
    /// Closed slots are to be posted again.
    Repair(Box<Repair>),
}

/// A repair, as it is kept and as the controller is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Repair {
    /// What the database keeps.
    pub record: store::RepairRecord,
    /// Its rows.
    pub rows: Vec<controller::Posting>,
    /// What it turned out to have been.
    pub incidents: Vec<controller::Incident>,
}

/// What the main loop answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To [`Question::Status`].
    Status(Box<types::Status>),
    /// To [`Question::Rooms`].
    Rooms(Vec<types::Room>),
    /// To [`Question::Room`], [`Question::Set`] and [`Question::Auto`].
    Room(Box<types::Room>),
    /// To [`Question::Explain`].
    Explained(Box<types::Room>, Vec<types::RoomInput>, types::OccupancyEstimate),
    /// To [`Question::Calibrate`] and [`Question::Calibration`].
    Calibration(Box<types::Calibration>),
    /// To [`Question::Events`] and to some of [`Question::Impose`].
    Events(Box<types::Events>),
    /// To [`Question::Nodes`].
    Nodes(Vec<types::Node>),
    /// To [`Question::Node`].
    Node(Box<types::Node>),
    /// To [`Question::Tell`].
    Told(Box<types::Told>),
    /// To [`Question::Unclaimed`].
    Unclaimed(Vec<types::Unclaimed>),
    /// To [`Question::Rules`].
    Rules(Vec<types::Rule>),
    /// To [`Question::TryRules`]; to [`Question::Rule`] when it is committed.
    Levels(Vec<types::PlannedLevel>),
    /// To [`Question::Meters`].
    Meters {
        /// The meters, each with what is not committed yet.
        meters: Vec<OpenMeter>,
        /// Last batch that is committed: what was posted up to it is in the database.
        committed: u64,
    },
    /// To [`Question::Ledger`], [`Question::Hardware`], [`Question::Resend`] and [`Question::Begin`]: it is committed. To
    /// [`Question::Forget`]: it will be said.
    Done,
}

/// A meter as the main loop knows it, to be put beside what the database knows.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenMeter {
    /// Registers and posted sum; `energy_wh` is still 0.
    pub totals: types::MeterEnergy,
    /// Everything else that is known of it; what its bus says is added by the API.
    pub now: types::Meter,
    /// Which.
    pub ix: MeterIx,
    /// What its register can do.
    pub plate: controller::Plate,
    /// What a report needs to know of it.
    pub scope: controller::report::MeterScope,
    /// `node` of `node/channel`; empty for a meter that is polled.
    pub node: String,
    /// Energy of slots that are not posted yet, by start: the open one, and any whose posting
    /// waits for its commit.
    pub open: Vec<(i64, i64)>,
}

impl OpenMeter {
    /// Whether it counts more than a circuit of a room: one that is polled, or of a whole building.
    /// A circuit rests every night; these never do.
    pub fn never_rests(&self) -> bool {
        self.node.is_empty() || !self.totals.place.contains('/')
    }
}

/// What every question needs.
#[derive(Clone)]
pub struct Api {
    /// Into the main loop.
    pub events: mpsc::Sender<Event>,
    /// Read-only questions to the database.
    pub past: crate::store::Reader,
    /// The counters as text.
    pub metrics: PrometheusHandle,
    /// Days and hours are the campus's.
    pub zone: jiff::tz::TimeZone,
    /// The agent's clock.
    pub clock: crate::clock::Clock,
    /// What was configured, for reports.
    pub campus: Arc<controller::Campus>,
    /// Meters and gateways on their buses.
    pub buses: Buses,
    /// Which meters are asked, and how.
    pub polled: Arc<Vec<PolledMeter>>,
    /// One repair at a time: the next must see what the last has changed.
    pub repairing: Arc<Mutex<()>>,
    /// The configuration as it was read.
    pub source: Arc<crate::config::Source>,
    /// One look into the past at a time: each takes a core.
    pub replaying: Arc<Mutex<()>>,
    /// How it stands with hubs.
    pub hubs: crate::hub::Hubs,
    /// What the outbox may take on the disk, bytes.
    pub budget_bytes: u64,
    /// Accounts at the broker, where the agent manages them.
    pub accounts: Option<crate::accounts::Accounts>,
    /// Who may provision nodes, where it is said.
    pub technicians: Option<Arc<Vec<String>>>,
    /// Keys of serial consoles.
    pub keys: crate::accounts::keys::Keys,
    /// One change of a node's hardware at a time.
    pub provisioning: Arc<Mutex<()>>,
    /// Rules that are in force.
    pub ruled: watch::Receiver<Arc<Current>>,
    /// One change of rules at a time: the next must see what the last has changed.
    pub ruling: Arc<Mutex<()>>,
}

impl Api {
    /// The campus with the rules that are in force, and these.
    pub fn present(&self) -> (controller::Campus, Arc<Current>) {
        let current = self.ruled.borrow().clone();
        let campus = controller::Campus { rules: current.set.clone(), ..(*self.campus).clone() };
        (campus, current)
    }

    /// Asks the main loop and waits for the answer, within [`limits::ASK_TIMEOUT`].
    ///
    /// # Errors
    /// The main loop's [`Problem`], or `busy` when it does not answer in time.
    pub async fn ask(&self, what: Question) -> Result<Answer, Problem> {
        self.ask_within(what, limits::ASK_TIMEOUT).await
    }

    /// The same for what takes longer.
    ///
    /// # Errors
    /// As [`Api::ask`].
    pub async fn ask_within(&self, what: Question, time: Duration) -> Result<Answer, Problem> {
        let (answer, answered) = oneshot::channel();
        let busy = || problem("busy", "", "the agent did not answer in time; try again");
        let ask = self.events.send(Event::Ask(Ask { what, answer }));
        let both = async {
            ask.await.map_err(|_| problem("busy", "", "the agent is stopping"))?;
            answered.await.map_err(|_| problem("busy", "", "the agent is stopping"))?
        };
        tokio::time::timeout(time, both).await.map_err(|_| busy())?
    }
}

/// A [`Problem`] without candidates.
pub fn problem(code: &str, about: &str, message: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        about: about.to_owned(),
        message: message.to_owned(),
        candidates: Vec::new(),
    }
}

/// That there is no such room, with names that may have been meant.
pub(crate) fn no_such_room(
    name: &str,
    message: &str,
    known: impl IntoIterator<Item = String>,
) -> Problem {
    let none = problem("no_such_room", name, message);
    Problem { candidates: crate::names::nearest(name, known), ..none }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = match self.code.as_str() {
            "no_such_room" | "no_such_zone" | "no_such_node" | "no_such_meter" | "no_such_bus"
            | "no_such_path" | "no_such_building" | "no_such_scene" | "no_such_demand"
            | "no_such_hub" => StatusCode::NOT_FOUND,
            "not_kept" | "no_such_version" => StatusCode::GONE,
            "bad_value" | "not_polled" | "not_a_node" | "cannot_repair" | "too_much"
            | "bad_configuration" | "bad_rules" | "rules_findings" | "nothing_tried"
            | "no_version_before" | "not_managed" | "never_provisioned" => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            code if code.starts_with("cannot_calibrate") => StatusCode::UNPROCESSABLE_ENTITY,
            "no_answer" | "refused_by_meter" | "broker_refused" => StatusCode::BAD_GATEWAY,
            "other_hardware" | "other_node" | "reserved_name" => StatusCode::CONFLICT,
            "not_allowed" => StatusCode::FORBIDDEN,
            "busy" | "broker_away" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(self)).into_response()
    }
}

/// An answer of another kind than was asked for: a fault of the agent, said as one.
fn mismatch() -> Problem {
    problem("internal", "", "the agent answered something else than was asked")
}
