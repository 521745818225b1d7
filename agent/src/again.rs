//! Telling a controller again what it was told: at the start, to explain the past, and to try other
//! settings on it.
//!
//! Terms: *moment* = the controller as it was at a time that the log still holds; *held* = the
//! configuration that was in force while rows of the log came.

mod alike;
pub mod learn;
mod parts;
pub mod trial;

use crate::answers;
use crate::config::{Config, Source};
use crate::limits;
use crate::recall;
use crate::rulebook::{Current, Rulebook};
use crate::store::{
    self, Entry, HeldConfiguration, Imposed, InForce, Logged, QueryError, Reader, Start,
};
use ::rules::RuleSet;
use controller::{Action, Campus, Controller, DemandOrder, Input, LockOrder, Place, Timestamp};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use wire::Id;

/// The controller as it was.
pub struct Moment {
    /// Its state, at [`Moment::at`].
    pub controller: Controller,
    /// The moment that was asked for, or when the agent last listened before it.
    pub at: Timestamp,
    /// From when to when the agent did not listen, where that moment lies between.
    pub deaf: Option<(Timestamp, Timestamp)>,
    /// By which configuration.
    pub by: ConfiguredBy,
    /// By which versions of the rules; `None` before there were any.
    pub in_force: Option<InForce>,
    /// Rows of the log that were told.
    pub rows: u64,
    /// Rows that could not be read.
    pub damaged: u64,
}

/// By which configuration the past is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfiguredBy {
    /// It is today's, and was then's.
    Same,
    /// That of then; today's is another one. Since when it held.
    Then(Timestamp),
    /// That of then as far as it was kept: a file that it names, or the program, has changed since.
    Nearly(Timestamp),
    /// Today's: that of then is not kept, or cannot be read any more.
    Today,
}

impl ConfiguredBy {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Then(_) => "then",
            Self::Nearly(_) => "nearly",
            Self::Today => "today",
        }
    }
}

/// Why a moment cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum PastFault {
    /// Before the past that is kept; where that begins.
    #[error("the log does not reach back so far")]
    TooEarly(Option<i64>),
    /// No such room in the configuration of then; the rooms that were.
    #[error("there was no such room")]
    NoSuchRoom(Vec<String>),
    /// More rows than one answer may read.
    #[error("more than {0} rows of the log would have to be read")]
    TooMuch(u64),
    /// A checkpoint that this program cannot read.
    #[error("the state of then cannot be read: {0}")]
    Unreadable(String),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] QueryError),
}

/// What the present is configured with.
#[derive(Clone, Copy)]
pub struct Present<'a> {
    /// As it was made; its rules are those of `rules`.
    pub campus: &'a Campus,
    /// As it was read.
    pub source: &'a Source,
    /// The rules that are in force.
    pub rules: &'a Current,
}

/// The campus as it was at `at`; only nodes that `room` depends on are told. Reads the disk: not for
/// async code.
///
/// # Errors
/// As [`PastFault`] says.
pub fn moment(
    past: &Reader,
    present: Present<'_>,
    at: Timestamp,
    room: &str,
) -> Result<Moment, PastFault> {
    let Some(start) = past.start_before(at.0)? else {
        return Err(PastFault::TooEarly(past.past_from()?));
    };
    let after = start.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.log_id);
    let held = Held::read(past, present, after)?;
    let mut by = held.first();
    let from = Timestamp(start.from_ms);
    let mut controller = begin(&start, held.campus(by))?;
    let nodes = held.nodes_of(room);
    let (mut actions, mut last, mut resumed, mut too_much) = (Vec::new(), from, None, false);
    let mut rows = 0;
    let replayed = past.replay_some(
        after,
        |node| nodes.contains(node),
        |logged| {
            too_much = rows >= limits::EXPLAIN_ROWS_MAX;
            if logged.at_ms > at.0 || too_much {
                resumed = matches!(logged.entry, Entry::Resumed).then_some(logged.at_ms);
                return ControlFlow::Break(());
            }
            if let Some(next) = held.turns(by, logged.id) {
                by = next;
                match held.live(by) {
                    Some(rules) => {
                        let at = Timestamp(logged.at_ms);
                        controller.handle(Input::Rules { rules }, at, &mut actions);
                    }
                    None => controller = reconfigured(&controller, &held.campus(by)),
                }
            }
            tell(&mut controller, &logged, &mut actions);
            actions.clear();
            last = Timestamp(logged.at_ms);
            rows += 1;
            ControlFlow::Continue(())
        },
    )?;
    if too_much {
        return Err(PastFault::TooMuch(limits::EXPLAIN_ROWS_MAX));
    }
    let deaf = resumed.map(|until| (last, Timestamp(until)));
    let at = if deaf.is_some() { controller.now() } else { at };
    controller.handle(Input::Tick, at, &mut actions);
    if controller.find_room(room).is_none() {
        let rooms = controller.campus().rooms.iter().map(|room| room.place().to_string());
        return Err(PastFault::NoSuchRoom(rooms.collect()));
    }
    let (by, in_force) = (held.by(by), held.in_force(by).cloned());
    Ok(Moment { controller, at, deaf, by, in_force, rows, damaged: replayed.damaged })
}

/// The controller where a look into the past begins.
fn begin(start: &Start, campus: Campus) -> Result<Controller, PastFault> {
    let from = Timestamp(start.from_ms);
    let begun = match &start.checkpoint {
        Some(kept) => Controller::restore(campus, from, &kept.state),
        None => Controller::new(campus, from).map_err(controller::SaveFault::Campus),
    };
    begun.map_err(|fault| PastFault::Unreadable(fault.to_string()))
}

/// The same state for another configuration, as a restart with it makes it.
pub fn reconfigured(controller: &Controller, campus: &Campus) -> Controller {
    Controller::restore(campus.clone(), controller.now(), &controller.save())
        // The campus was checked, and what was just saved can be read.
        .unwrap_or_else(|_| controller.clone())
}

/// A checksum of what decides about lights: neither prices nor meters, and no rules, which have versions.
pub fn campus_crc(campus: &Campus) -> u32 {
    let bare = Campus {
        rules: Arc::default(),
        meters: Vec::new(),
        energy: controller::EnergySettings::default(),
        ..campus.clone()
    };
    crc32fast::hash(format!("{bare:?}").as_bytes())
}

/// The configurations and rules that held after a row of the log, ready to be used.
pub struct Held {
    stretches: Vec<Stretch>,
    /// The first row that is told.
    first: i64,
    today: Campus,
}

/// A stretch of the log with one configuration and one set of rules.
struct Stretch {
    /// Its first row.
    log_id: i64,
    /// What was made of its configuration; `None` is today's.
    campus: Option<Arc<Campus>>,
    rules: Arc<RuleSet>,
    in_force: Option<InForce>,
    by: ConfiguredBy,
    /// The rules changed while the agent ran; otherwise it was started.
    live: bool,
}

/// One of them; `None` is today's, where none was kept.
pub type HeldIx = Option<usize>;

/// A configuration that was kept, and what this program makes of it.
struct Known {
    held: HeldConfiguration,
    campus: Option<Arc<Campus>>,
    by: ConfiguredBy,
}

impl Known {
    fn new(held: HeldConfiguration, present: Present<'_>, today: u32) -> Self {
        let since = Timestamp(held.at_ms);
        let Source { name, text, .. } = present.source;
        if held.text == *text && held.campus_crc == today {
            return Self { held, campus: None, by: ConfiguredBy::Same };
        }
        // Faults that only this program finds are no reason to explain nothing.
        let Ok(config) = Config::again(&held.text, None, name) else {
            return Self { held, campus: None, by: ConfiguredBy::Today };
        };
        let by = match campus_crc(&config.campus) {
            crc if crc == today && crc == held.campus_crc => ConfiguredBy::Same,
            crc if crc == held.campus_crc => ConfiguredBy::Then(since),
            _ => ConfiguredBy::Nearly(since),
        };
        let campus = (by != ConfiguredBy::Same).then(|| Arc::new(config.campus));
        Self { held, campus, by }
    }

    /// Its rules from before they had versions.
    fn own_rules(&self, present: Present<'_>) -> (Arc<RuleSet>, bool) {
        let text = self.held.rules.as_deref().unwrap_or("");
        if text == present.rules.text && present.rules.in_force.canary.is_none() {
            return (present.rules.set.clone(), true);
        }
        (Arc::new(RuleSet::parse(text).unwrap_or_default()), false)
    }
}

impl Held {
    /// Those that held for the rows after `after`.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn read(past: &Reader, present: Present<'_>, after: i64) -> Result<Self, QueryError> {
        let today = campus_crc(present.campus);
        let known = past.configurations(after)?.into_iter();
        let known: Vec<Known> = known.map(|held| Known::new(held, present, today)).collect();
        let book = Rulebook::read(past, after)?;
        let mut starts: Vec<i64> = known.iter().map(|known| known.held.log_id).collect();
        starts.extend(book.changes().iter().map(|change| change.log_id));
        let first = after.max(1);
        // What began before is what the first row came under.
        starts.iter_mut().for_each(|id| *id = (*id).max(first));
        starts.sort_unstable();
        starts.dedup();
        let stretch = |log_id: &i64| stretch(*log_id, first, &known, &book, present);
        let stretches = starts.iter().map(stretch).collect();
        Ok(Self { stretches, first, today: present.campus.clone() })
    }

    /// The one at the begin.
    pub fn first(&self) -> HeldIx {
        self.stretches.first().filter(|stretch| stretch.log_id <= self.first).map(|_| 0)
    }

    /// The one that holds from this row on, if that is another than `by`.
    pub fn turns(&self, by: HeldIx, log_id: i64) -> Option<HeldIx> {
        let next = by.map_or(0, |by| by + 1);
        let reached = self.stretches.get(next).is_some_and(|stretch| stretch.log_id <= log_id);
        reached.then_some(Some(next))
    }

    /// Whether all of them are today's.
    pub fn is_today(&self) -> bool {
        let today = |it: &Stretch| matches!(it.by, ConfiguredBy::Same | ConfiguredBy::Today);
        self.stretches.iter().all(today)
    }

    /// What was made of it, with its rules.
    pub fn campus(&self, by: HeldIx) -> Campus {
        let Some(stretch) = by.map(|by| &self.stretches[by]) else { return self.today.clone() };
        let campus = stretch.campus.as_deref().unwrap_or(&self.today).clone();
        Campus { rules: stretch.rules.clone(), ..campus }
    }

    /// Its rules, where they became others while the agent ran.
    pub fn live(&self, by: HeldIx) -> Option<&Arc<RuleSet>> {
        by.map(|by| &self.stretches[by]).filter(|it| it.live).map(|it| &it.rules)
    }

    /// Every campus that was made of one of them, and today's.
    pub fn campuses(&self) -> impl Iterator<Item = &Campus> {
        let then = self.stretches.iter().filter_map(|stretch| stretch.campus.as_deref());
        then.chain([&self.today])
    }

    /// What is to be said of it.
    pub fn by(&self, by: HeldIx) -> ConfiguredBy {
        by.map_or(ConfiguredBy::Today, |by| self.stretches[by].by)
    }

    /// Its versions of the rules.
    pub fn in_force(&self, by: HeldIx) -> Option<&InForce> {
        self.stretches[by?].in_force.as_ref()
    }

    /// Nodes that a room depends on, in any of them: those that hang in it, and those that drive its
    /// lamps.
    fn nodes_of(&self, room: &str) -> BTreeSet<String> {
        let mut nodes = BTreeSet::new();
        for campus in self.campuses() {
            let there = campus.rooms.iter().filter(|known| known.place().to_string() == room);
            let driving = there.flat_map(|room| &room.zones).map(|zone| zone.node.to_string());
            nodes.extend(driving);
            let inside = |place: &Place| place.to_string() == room;
            let hanging = campus.nodes.iter().filter(|node| inside(&node.place));
            nodes.extend(hanging.map(|node| node.id.to_string()));
        }
        nodes
    }
}

/// What held from a row of the log on.
fn stretch(
    log_id: i64,
    first: i64,
    known: &[Known],
    book: &Rulebook,
    present: Present<'_>,
) -> Stretch {
    let configured = known.iter().rfind(|known| known.held.log_id <= log_id);
    let begins = known.iter().any(|known| known.held.log_id == log_id);
    let ruled = book.at(log_id);
    let (rules, in_force, same, since) = match (ruled, configured) {
        (Some(change), _) => {
            let same = change.in_force == present.rules.in_force;
            let set = if same { present.rules.set.clone() } else { book.set(&change.in_force) };
            (set, Some(change.in_force.clone()), same, Some(change.at_ms))
        }
        (None, Some(known)) => {
            let (set, same) = known.own_rules(present);
            (set, None, same, Some(known.held.at_ms))
        }
        (None, None) => (present.rules.set.clone(), None, true, None),
    };
    let since = Timestamp(since.unwrap_or_default());
    let by = match configured.map_or(ConfiguredBy::Today, |known| known.by) {
        ConfiguredBy::Same if !same => ConfiguredBy::Then(since),
        ConfiguredBy::Then(at) => ConfiguredBy::Then(at.max(since)),
        ConfiguredBy::Nearly(at) => ConfiguredBy::Nearly(at.max(since)),
        by => by,
    };
    let live = log_id > first && !begins && book.live_at(log_id).is_some();
    let campus = configured.and_then(|known| known.campus.clone());
    Stretch { log_id, campus, rules, in_force, by, live }
}

/// Tells a controller what it was told then. What a changed configuration no longer knows is
/// passed over, and its time is not.
pub fn tell(controller: &mut Controller, logged: &Logged<'_>, actions: &mut Vec<Action>) {
    let at = Timestamp(logged.at_ms);
    match &logged.entry {
        Entry::Frame { node, frame } => {
            let node = controller.find_node(node);
            let input = node.map_or(Input::Tick, |node| Input::Frame { node, frame });
            controller.handle(input, at, actions);
        }
        Entry::Hello { node, hello, condition } => {
            let node = controller.find_node(node);
            let input = node.map_or(Input::Tick, |node| Input::Hello { node, hello, condition });
            controller.handle(input, at, actions);
        }
        Entry::Outcome { node, outcome } => {
            let node = controller.find_node(node);
            let input = node.map_or(Input::Tick, |node| Input::Outcome { node, outcome });
            controller.handle(input, at, actions);
        }
        Entry::Command(command) => {
            let node = controller.find_node(&command.node);
            let input = node.map_or(Input::Tick, |node| Input::Command { node, n: command.n });
            controller.handle(input, at, actions);
        }
        Entry::Passed | Entry::Other | Entry::Rules(_) => {
            controller.handle(Input::Tick, at, actions)
        }
        Entry::Resumed => controller.handle(Input::Resumed, at, actions),
        Entry::Wish(wish) => {
            let Some(room) = controller.find_room(&wish.room) else { return };
            let zone = wish.zone.as_deref().and_then(|zone| Id::new(zone).ok());
            let input = match wish.set {
                Some(level) => Input::Override {
                    room,
                    zone,
                    level_pct: level.level_pct,
                    until: Timestamp(level.until_ms),
                    by: answers::who(&wish.by),
                },
                None => Input::Auto { room, zone },
            };
            controller.handle(input, at, actions);
        }
        Entry::Calibrate(store::Calibrate { room, force, by }) => {
            let Some(room) = controller.find_room(room) else { return };
            controller.handle(Input::Calibrate { room, force: *force, by }, at, actions);
        }
        Entry::Imposed(imposed) => impose(controller, imposed, at, actions),
        Entry::Reading { meter, reading } => {
            if let Some(meter) = controller.find_meter(meter) {
                let reading = recall::reading(reading);
                controller.handle(Input::Register { meter, reading }, at, actions);
            }
        }
        Entry::Replace(replace) => {
            if let Some(meter) = controller.find_meter(&replace.meter) {
                let store::Replace { at_ms, old_final_wh, new_first_wh, .. } = *replace;
                let when = Timestamp(at_ms);
                let input = Input::Replace { meter, at: when, old_final_wh, new_first_wh };
                controller.handle(input, at, actions);
            }
        }
        Entry::Judge(judge) => {
            if let Some(meter) = controller.find_meter(&judge.meter) {
                let believe = judge.believe;
                controller.handle(Input::Judge { meter, believe }, at, actions);
            }
        }
        Entry::Repair { meter, rows, incidents } => {
            if let Some(meter) = controller.find_meter(meter) {
                let rows: Vec<_> =
                    rows.iter().filter_map(|row| recall::posting(meter, row)).collect();
                let incidents: Vec<_> =
                    incidents.iter().filter_map(|row| recall::incident(meter, row)).collect();
                let input = Input::Repair { meter, rows: &rows, incidents: &incidents };
                controller.handle(input, at, actions);
            }
        }
    }
}

/// What was imposed on lamps then. A place that a changed configuration no longer knows is passed over.
pub fn impose(
    controller: &mut Controller,
    imposed: &Imposed,
    at: Timestamp,
    actions: &mut Vec<Action>,
) {
    let zone_of = |zone: &Option<String>| zone.as_deref().and_then(|zone| Id::new(zone).ok());
    let input = match imposed {
        Imposed::Fire { place, on, by, why } => {
            let Some(extent) = answers::extent(place) else { return };
            Input::Fire { extent, on: *on, who: by, why }
        }
        Imposed::Lock { room, zone, level_pct, until_ms, by, why } => {
            let Some(room) = controller.find_room(room) else { return };
            let (level_pct, until) = (*level_pct, Timestamp(*until_ms));
            let order = Some(LockOrder { level_pct, until, who: by, why });
            Input::Lock { room, zone: zone_of(zone), order }
        }
        Imposed::Unlock { room, zone, .. } => {
            let Some(room) = controller.find_room(room) else { return };
            Input::Lock { room, zone: zone_of(zone), order: None }
        }
        Imposed::Demand { id, shed_pct, from_ms, until_ms, by, why } => {
            let (from, until) = (Timestamp(*from_ms), Timestamp(*until_ms));
            Input::Demand(DemandOrder { id, shed_pct: *shed_pct, from, until, who: by, why })
        }
        Imposed::EndDemand { id, by, .. } => Input::EndDemand { id, who: by },
        Imposed::Scene { room, scene, until_ms, by } => {
            let Some(room) = controller.find_room(room) else { return };
            let (until, by) = (Timestamp(*until_ms), answers::who(by));
            Input::Scene { room, scene: zone_of(scene), until, by }
        }
    };
    controller.handle(input, at, actions);
}
