//! One meter, its controller, and what a database would keep of it.

use controller::ledger::audit::{Audit, audit};
use controller::ledger::repair::{Judgement, Past, Plan, RepairFault, SlotRow, plan};
use controller::{
    Action, Campus, Controller, Days, Flow, Incident, IncidentKind, Input, MeterConfig, MeterIx,
    MeterSource, MeterView, NodeConfig, Place, Plate, Posting, Reading, Settings, Span, Timestamp,
    Timetable,
};
use wire::Id;

/// Monday 2026-09-07, 00:00 UTC.
pub const START: Timestamp = Timestamp(1_788_739_200_000);
pub const MIN: i64 = 60_000;
pub const HOUR: i64 = 60 * MIN;

const METER: MeterIx = MeterIx(0);

fn id(text: &str) -> Id {
    Id::new(text).expect("a good identifier")
}

/// How the register comes to the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Polled,
    Node,
}

/// A campus of one meter.
pub fn campus(plate: Plate, slot_ms: i64, via: Via, zone: jiff::tz::TimeZone) -> Campus {
    let place = Place::Building(id("gym"));
    let (name, source) = match via {
        Via::Polled => ("gym-mains", MeterSource::Polled),
        Via::Node => ("gym-node/main", MeterSource::Node { node: id("gym-node"), channel: None }),
    };
    Campus {
        id: id("test"),
        name: String::new(),
        zone,
        timetable: Timetable {
            days: Days::SCHOOL,
            open: Span::new((7, 0), (18, 0)),
            lessons: Vec::new(),
            ..Timetable::default()
        },
        settings: Settings { slot_ms, ..Settings::default() },
        rooms: Vec::new(),
        nodes: vec![NodeConfig { id: id("gym-node"), place, settings: None }],
        meters: vec![MeterConfig {
            name: name.to_owned(),
            label: String::new(),
            source,
            place: Some(place),
            parent: None,
            flow: Flow::Import,
            plate,
        }],
        energy: controller::EnergySettings::default(),
        rules: Default::default(),
        events: Default::default(),
    }
}

/// A controller, and rows and incidents as a database keeps them.
pub struct Book {
    pub controller: Controller,
    pub plate: Plate,
    pub slot_ms: i64,
    pub past: Past,
    /// First rows of slots that had one already.
    pub duplicated: u64,
    /// First rows with negative energy.
    pub negative: u64,
    resized: bool,
    out: Vec<Action>,
}

impl Book {
    pub fn new(plate: Plate, slot_ms: i64, via: Via, now: Timestamp) -> Self {
        Self::of(campus(plate, slot_ms, via, jiff::tz::TimeZone::UTC), now)
    }

    pub fn of(campus: Campus, now: Timestamp) -> Self {
        let (plate, slot_ms) = (campus.meters[0].plate, campus.settings.slot_ms);
        let controller = Controller::new(campus, now).expect("a good campus");
        let past = Past::default();
        let (duplicated, negative, resized) = (0, 0, false);
        Self { controller, plate, slot_ms, past, duplicated, negative, resized, out: Vec::new() }
    }

    pub fn handle(&mut self, input: Input<'_>, now: Timestamp) {
        let mut out = std::mem::take(&mut self.out);
        self.controller.handle(input, now, &mut out);
        for action in out.drain(..) {
            match action {
                Action::Posting(posting) => self.keep(&posting),
                Action::Incident(incident) => self.note(incident),
                _ => {}
            }
        }
        self.out = out;
    }

    /// A reading that is taken when it is measured.
    pub fn read(&mut self, at: Timestamp, register_wh: i64) {
        self.read_with(at, register_wh, None, 1_000);
    }

    pub fn read_with(&mut self, at: Timestamp, wh: i64, power_mw: Option<i64>, ratio_milli: u64) {
        let reading = Reading { at, register_wh: wh, power_mw, ratio_milli };
        self.handle(Input::Register { meter: METER, reading }, at);
    }

    pub fn replace(&mut self, at: Timestamp, old: Option<i64>, new: Option<i64>, now: Timestamp) {
        let (old_final_wh, new_first_wh) = (old, new);
        self.handle(Input::Replace { meter: METER, at, old_final_wh, new_first_wh }, now);
    }

    /// Stops the agent and starts it again with its checkpoint, perhaps with other slots.
    pub fn restart(&mut self, slot_ms: i64) {
        let mut campus = self.controller.campus().clone();
        campus.settings.slot_ms = slot_ms;
        self.resized |= self.slot_ms != slot_ms;
        self.slot_ms = slot_ms;
        let (now, bytes) = (self.controller.now(), self.controller.save());
        self.controller = Controller::restore(campus, now, &bytes).expect("a good checkpoint");
    }

    /// Plans a repair and carries it out.
    pub fn repair(&mut self, judgement: Judgement) -> Result<Plan, RepairFault> {
        let plan = plan(METER, &self.past, &judgement, &self.plate, self.slot_ms)?;
        self.past.incidents.retain(|(id, _)| !plan.withdrawn.contains(id));
        let now = self.controller.now();
        let (rows, incidents) = (plan.rows.as_slice(), plan.incidents.as_slice());
        self.handle(Input::Repair { meter: METER, rows, incidents }, now);
        Ok(plan)
    }

    /// Rows of a slot add up; of everything else the last one counts.
    fn keep(&mut self, posting: &Posting) {
        let rows = &mut self.past.rows;
        let at = rows.partition_point(|row| row.slot < posting.slot);
        let known = rows.get(at).filter(|row| row.slot == posting.slot).copied();
        let first = posting.revision == 1;
        self.negative += u64::from(first && posting.energy_wh < 0);
        self.duplicated += u64::from(first && known.is_some());
        let row = SlotRow {
            slot: posting.slot,
            energy_wh: posting.energy_wh + known.map_or(0, |row| row.energy_wh),
            quality: posting.quality,
            cause: posting.cause,
            register_wh: posting.register_wh,
            revision: known.map_or(1, |row| row.revision + 1),
            read_at: posting.read_at,
            read_wh: posting.read_wh,
        };
        match known {
            Some(_) => rows[at] = row,
            None => rows.insert(at, row),
        }
    }

    /// What ends a doubt withdraws it.
    fn note(&mut self, incident: Incident) {
        use IncidentKind::{Declared, Doubt, Frozen, Glitch, Replaced, Reset};
        if matches!(incident.kind, Declared | Frozen | Glitch | Replaced | Reset) {
            self.past.incidents.retain(|(_, it)| it.kind != Doubt);
        }
        let id = self.past.incidents.iter().map(|(id, _)| *id).max().unwrap_or(0) + 1;
        self.past.incidents.push((id, incident));
    }

    pub fn meter(&self) -> MeterView<'_> {
        self.controller.meter(METER)
    }

    pub fn total_wh(&self) -> i64 {
        let meter = self.meter();
        meter.posted_wh + meter.open_wh
    }

    pub fn has(&self, kind: IncidentKind) -> bool {
        self.past.incidents.iter().any(|(_, it)| it.kind == kind)
    }

    pub fn audit(&self) -> Audit {
        // Where the last slot ends, if slots have another length now, only the next one tells.
        let last = self.past.rows.last().filter(|_| self.resized);
        let to = last.map_or(Timestamp(i64::MAX), |row| row.slot);
        audit(&self.past, Timestamp(i64::MIN), to, self.slot_ms)
    }

    /// What holds whatever happened; a sentence when it does not.
    pub fn check(&self) -> Result<(), String> {
        let meter = self.meter();
        let rows_wh: i64 = self.past.rows.iter().map(|row| row.energy_wh).sum();
        let audit = self.audit();
        let by_quality = audit.measured_wh + audit.estimated_wh + audit.incomplete_wh;
        let checks = [
            (meter.adds_up(), "posted and open are not what the registers say"),
            (rows_wh == meter.posted_wh, "the rows are not what is posted"),
            (audit.broken.is_none(), "a slot breaks the proof"),
            // A slot that was cut twice without a reading in between looks like a hole.
            (audit.missing.is_empty() || self.resized, "slots are missing"),
            (by_quality == audit.energy_wh, "the parts by quality are not the whole"),
            (self.duplicated == 0, "a slot was posted first twice"),
            (self.negative == 0, "a first row is negative"),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, sentence)) => Err(format!("{sentence}: {audit:?}, {meter:?}")),
            None => Ok(()),
        }
    }
}
