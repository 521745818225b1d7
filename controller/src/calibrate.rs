//! Measuring what every zone's lamps add at every light sensor of a room: one zone after the other goes
//! through known levels while the others stay low.
//!
//! Decided here, so that the same log gives the same result: only that it began is told from outside. It ends
//! in the automatic state, however it ends; each level that it asks for is a wish that runs out by itself, so
//! that nothing stays dark when nobody goes on.

use crate::light::{Calibrated, Row, Sensor};
use crate::node::is_fresh;
use crate::{Action, Controller, RoomIx, Timestamp};
use lighting::daylight::noise_lx;
use lighting::{Effect, Occupancy};
use serde::{Deserialize, Serialize};

/// Levels that each zone goes through, %: half, to see whether light follows the level, and full.
const LEVELS: [u8; 2] = [50, 100];

/// What the other zones, and it itself between, stay at where people may be, %: nobody sits in the dark.
const LOW_PCT: u8 = 10;

/// A step that nobody has answered after this is not answered any more, ms: two full reports.
const STEP_MS: i64 = 130_000;

/// A wish for a step ends by itself this long after, ms.
const WISH_MS: i64 = STEP_MS + 30_000;

/// Lamps that add less than this cannot be told from noise, lx.
const EFFECT_LX_MIN: i64 = 10;

/// Why a calibration does not begin, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CalibrationFault {
    /// One is under way already.
    Running,
    /// Somebody is there, or was a short while ago, or nobody knows.
    Occupied,
    /// It is a lesson.
    Lesson,
    /// No light sensor speaks.
    NoSensor,
    /// The node does not say what the lamps are at.
    NoLevel,
    /// Somebody holds a level, or something stronger does.
    Held,
    /// Daylight moves, or nothing was seen for long enough to say that it does not.
    Unsteady,
    /// So much daylight that lamps drown in the noise of the sensor.
    Bright,
    /// Somebody pressed the wall switch.
    Pressed,
    /// Somebody came.
    Came,
    /// Lamps or sensor did not answer in time.
    NoAnswer,
    /// The agent was restarted, or its clock set.
    Resumed,
    /// A person ended it.
    Ended,
    /// Lamps that change nothing at any sensor.
    NoEffect,
}

impl CalibrationFault {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Occupied => "occupied",
            Self::Lesson => "lesson",
            Self::NoSensor => "no_sensor",
            Self::NoLevel => "no_level",
            Self::Held => "held",
            Self::Unsteady => "unsteady",
            Self::Bright => "bright",
            Self::Pressed => "pressed",
            Self::Came => "came",
            Self::NoAnswer => "no_answer",
            Self::Resumed => "resumed",
            Self::Ended => "ended",
            Self::NoEffect => "no_effect",
        }
    }

    /// Whether a person may say that it does not matter.
    pub const fn may_be_forced(self) -> bool {
        matches!(self, Self::Occupied | Self::Lesson | Self::Unsteady | Self::Bright)
    }
}

/// A calibration of one room, under way or over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calibration {
    /// Who asked.
    pub by: String,
    /// When it began.
    pub began: Timestamp,
    /// Over since, and why it failed, if it did.
    pub ended: Option<(Timestamp, Option<CalibrationFault>)>,
    /// What is asked of every zone, step by step, %; in the order of zones.
    pub steps: Vec<Vec<u8>>,
    /// What every sensor has seen at each step that is done, lx.
    pub seen: Vec<Vec<u32>>,
    /// Begin of the step under way.
    pub since: Timestamp,
    /// Its lamps may go dark.
    dark: bool,
    /// People do not matter.
    forced: bool,
}

/// What every zone's lamps add at one sensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensorView<'a> {
    /// Node that it is fastened to, and its lamp channel; empty for the room's own.
    pub node: &'a str,
    /// See there.
    pub channel: &'a str,
    /// In the order of zones, lx at full.
    pub adds_lx: Vec<u32>,
}

impl Calibration {
    /// Whether it is under way.
    pub const fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    /// When the step under way is given up.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        self.is_running().then_some(self.since.plus(STEP_MS))
    }

    fn step(&self) -> &[u8] {
        self.steps.get(self.seen.len()).map_or(&[], Vec::as_slice)
    }
}

impl Controller {
    /// Why a calibration of a room could not begin now.
    pub fn cannot_calibrate(&self, ix: RoomIx, force: bool) -> Option<CalibrationFault> {
        let room = &self.rooms[ix.at()];
        if room.calibration.as_ref().is_some_and(|it| it.is_running()) {
            return Some(CalibrationFault::Running);
        }
        let stale_ms = self.campus.settings.silent_ms;
        let zones = || room.zones().map(|ix| &self.zones[ix.at()]);
        let sensors = self.sensors_of(ix);
        let seen: Vec<_> = room.tracks.iter().filter(|it| sensors.contains(&it.sensor)).collect();
        let dark_lx = |at: &crate::light::Track| u64::from(at.daylight.lx());
        let lamps_lx: u64 = self.campus.rooms[ix.at()]
            .zones
            .iter()
            .map(|zone| u64::from(zone.lighting.lamp_lx))
            .min()
            .unwrap_or(0);
        let found = [
            (sensors.is_empty(), CalibrationFault::NoSensor),
            (
                zones().any(|zone| zone.actual_pct(&self.nodes, stale_ms, self.now).is_none()),
                CalibrationFault::NoLevel,
            ),
            (zones().any(|zone| zone.memory.rules.manual().is_some()), CalibrationFault::Held),
            (room.occupancy != Occupancy::Vacant, CalibrationFault::Occupied),
            (self.today.room(ix).needs_light(), CalibrationFault::Lesson),
            (seen.iter().any(|track| !track.last.steady), CalibrationFault::Unsteady),
            // Noise of 2 % must stay below a tenth of what the weakest lamps add.
            (seen.iter().any(|track| dark_lx(track) > 5 * lamps_lx), CalibrationFault::Bright),
        ];
        let faults = found.into_iter().filter(|(is, _)| *is).map(|(_, fault)| fault);
        faults.into_iter().find(|fault| !force || !fault.may_be_forced())
    }

    /// Levels through which a calibration would take a room now, %; in the order of zones.
    pub fn calibration_steps(&self, ix: RoomIx) -> Vec<Vec<u8>> {
        let room = &self.rooms[ix.at()];
        let zones = room.zone_count as usize;
        let low = vec![if room.occupancy == Occupancy::Vacant { 0 } else { LOW_PCT }; zones];
        let mut steps = vec![low.clone()];
        for zone in 0..zones {
            for level in LEVELS {
                let mut step = low.clone();
                step[zone] = level;
                steps.push(step);
            }
            steps.push(low.clone());
        }
        steps
    }

    /// The calibration of a room that was made, or tried, last.
    pub fn calibration(&self, ix: RoomIx) -> Option<&Calibration> {
        self.rooms.get(ix.at())?.calibration.as_deref()
    }

    /// What was measured in a room; when, and by whom.
    pub fn calibrated(&self, ix: RoomIx) -> Option<(Timestamp, &str, Vec<SensorView<'_>>)> {
        let calibrated = self.rooms.get(ix.at())?.calibrated.as_deref()?;
        let rows = calibrated.rows.iter().map(|row| SensorView {
            node: self.campus.nodes[row.sensor.node.at()].id.as_str(),
            channel: self.nodes[row.sensor.node.at()].channel(row.sensor.symbol),
            adds_lx: row.adds_lx.clone(),
        });
        Some((calibrated.at, &calibrated.by, rows.collect()))
    }

    /// Begins, unless something stands in the way: that was said before by [`Self::cannot_calibrate`].
    pub(crate) fn calibrate(&mut self, ix: RoomIx, force: bool, by: &str, out: &mut Vec<Action>) {
        if ix.at() >= self.rooms.len() || self.cannot_calibrate(ix, force).is_some() {
            return;
        }
        let dark = self.rooms[ix.at()].occupancy == Occupancy::Vacant;
        let steps = self.calibration_steps(ix);
        self.rooms[ix.at()].calibration = Some(Box::new(Calibration {
            by: by.to_owned(),
            began: self.now,
            ended: None,
            steps,
            seen: Vec::new(),
            since: self.now,
            dark,
            forced: force,
        }));
        self.ask_step(ix, out);
    }

    /// Lamps or light of a room were heard: the step may be done.
    pub(crate) fn calibrate_on(&mut self, ix: RoomIx, out: &mut Vec<Action>) {
        let Some(running) = self.rooms[ix.at()].calibration.as_ref() else { return };
        if !running.is_running() {
            return;
        }
        if let Some(fault) = self.must_end(ix, running) {
            return self.end_calibration(ix, Some(fault), out);
        }
        let sensors = self.sensors_of(ix);
        let room = &self.rooms[ix.at()];
        let look = |sensor: &Sensor| {
            let track = room.tracks.iter().find(|track| track.sensor == *sensor)?;
            let shows = track.last.at > running.since && *track.last.levels == *running.step();
            shows.then_some(track.last.lx)
        };
        let Some(seen) = sensors.iter().map(look).collect::<Option<Vec<u32>>>() else { return };
        let now = self.now;
        let Some(running) = self.rooms[ix.at()].calibration.as_mut() else { return };
        running.seen.push(seen);
        running.since = now;
        if running.seen.len() < running.steps.len() {
            self.ask_step(ix, out);
        } else {
            self.finish_calibration(ix, &sensors, out);
        }
    }

    /// A person, or a restart, ends it.
    pub(crate) fn stop_calibration(
        &mut self,
        ix: RoomIx,
        fault: CalibrationFault,
        out: &mut Vec<Action>,
    ) {
        let running = self.rooms.get(ix.at()).and_then(|room| room.calibration.as_ref());
        if running.is_some_and(|it| it.is_running()) {
            self.end_calibration(ix, Some(fault), out);
        }
    }

    fn must_end(&self, ix: RoomIx, running: &Calibration) -> Option<CalibrationFault> {
        let room = &self.rooms[ix.at()];
        if running.until().is_some_and(|until| until <= self.now) {
            return Some(CalibrationFault::NoAnswer);
        }
        for (zone, asked) in room.zones().zip(running.step()) {
            let rules = &self.zones[zone.at()].memory.rules;
            match rules.manual() {
                Some(manual) if manual.wall => return Some(CalibrationFault::Pressed),
                Some(manual) if manual.level_pct == *asked && rules.level_pct() == *asked => {}
                _ => return Some(CalibrationFault::Held),
            }
        }
        let may_stay = running.forced && !running.dark;
        let came = room.occupancy.may_be_occupied() && !may_stay;
        came.then_some(CalibrationFault::Came)
    }

    fn ask_step(&mut self, ix: RoomIx, out: &mut Vec<Action>) {
        let now = self.now;
        let Some(running) = self.rooms[ix.at()].calibration.as_ref() else { return };
        let step = running.step().to_vec();
        for (zone, level) in self.rooms[ix.at()].zones().zip(step) {
            let settings = self.zone_config(zone).lighting;
            let memory = &mut self.zones[zone.at()].memory;
            let until = now.plus(WISH_MS).millis();
            memory.rules.set_override(level, until, &settings, now.millis());
            memory.told = None;
        }
        self.look_again(ix, now, out);
    }

    fn end_calibration(
        &mut self,
        ix: RoomIx,
        fault: Option<CalibrationFault>,
        out: &mut Vec<Action>,
    ) {
        let now = self.now;
        if let Some(running) = self.rooms[ix.at()].calibration.as_mut() {
            running.ended = Some((now, fault));
        }
        for zone in self.rooms[ix.at()].zones() {
            let memory = &mut self.zones[zone.at()].memory;
            // What somebody pressed stays.
            if memory.rules.manual().is_some_and(|manual| !manual.wall) {
                memory.rules.clear_override();
            }
            memory.told = None;
        }
        out.push(Action::Calibrated { room: ix });
        self.look_again(ix, now, out);
    }

    fn finish_calibration(&mut self, ix: RoomIx, sensors: &[Sensor], out: &mut Vec<Action>) {
        let Some(running) = self.rooms[ix.at()].calibration.as_ref() else { return };
        let zones = self.rooms[ix.at()].zone_count as usize;
        let rows: Vec<Row> = sensors
            .iter()
            .enumerate()
            .map(|(nth, sensor)| {
                let adds = (0..zones).map(|zone| running.adds_lx(nth, zone));
                Row { sensor: *sensor, adds_lx: adds.collect() }
            })
            .collect();
        let drifted = !running.forced && (0..sensors.len()).any(|nth| running.drifts(nth, zones));
        let least = |zone: usize| rows.iter().map(|row| i64::from(row.adds_lx[zone])).max();
        let fault = if drifted {
            Some(CalibrationFault::Unsteady)
        } else if (0..zones).any(|zone| least(zone).unwrap_or(0) < EFFECT_LX_MIN) {
            Some(CalibrationFault::NoEffect)
        } else {
            None
        };
        if fault.is_none() {
            let (at, by) = (self.now, running.by.clone());
            let room = &mut self.rooms[ix.at()];
            room.calibrated = Some(Box::new(Calibrated { at, by, rows }));
            for zone in room.zones() {
                self.zones[zone.at()].light.effect = Effect::CALIBRATED;
            }
        }
        self.end_calibration(ix, fault, out);
    }

    /// Sensors of a room that speak, in a fixed order.
    fn sensors_of(&self, ix: RoomIx) -> Vec<Sensor> {
        let room = &self.rooms[ix.at()];
        let stale_ms = self.campus.settings.silent_ms;
        let fresh = |track: &&crate::light::Track| is_fresh(track.last.at, stale_ms, self.now);
        room.tracks.iter().filter(fresh).map(|track| track.sensor).collect()
    }
}

impl Calibration {
    /// What a zone's lamps add at a sensor at full: the line through what their levels added to the
    /// low steps before and after, lx.
    fn adds_lx(&self, sensor: usize, zone: usize) -> u32 {
        let first = 1 + zone * (LEVELS.len() + 1);
        let seen = |step: usize| i64::from(self.seen[step][sensor]);
        let low = (seen(first - 1) + seen(first + LEVELS.len())) / 2;
        let base = i64::from(self.steps[0][zone]);
        let (mut above, mut weight) = (0, 0);
        for (nth, level) in LEVELS.into_iter().enumerate() {
            let way = i64::from(level) - base;
            above += (seen(first + nth) - low) * way;
            weight += way * way;
        }
        u32::try_from((above * 100 / weight).max(0)).unwrap_or(u32::MAX)
    }

    /// Whether daylight moved by more than noise and a tenth of what a zone adds, while it was measured.
    fn drifts(&self, sensor: usize, zones: usize) -> bool {
        (0..zones).any(|zone| {
            let first = 1 + zone * (LEVELS.len() + 1);
            let (before, after) =
                (self.seen[first - 1][sensor], self.seen[first + LEVELS.len()][sensor]);
            let room = 2 * noise_lx(before.max(after)) + self.adds_lx(sensor, zone) / 10;
            before.abs_diff(after) > room
        })
    }
}
