//! The running day: what holds now for the campus and for every room, and until when.

use super::{Timetable, instant, moment, moments};
use crate::campus::RoomConfig;
use crate::{RoomIx, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lighting::Period;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Where a period begins, in minutes after midnight, and which.
type Marks = Arc<[(u16, Period)]>;

/// What holds at a moment, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Today {
    /// Local midnight before or at the moment.
    pub day_start: Timestamp,
    /// When a period or the day changes next, later than the moment.
    pub until: Timestamp,
    date: Date,
    minute: u16,
    campus: Marks,
    /// By room; rooms with the same day share it.
    rooms: Vec<Marks>,
    /// What holds in each of them, as of the last turn.
    periods: Vec<Period>,
    /// Every minute at which a period begins somewhere.
    turns: Arc<[u16]>,
    /// Every minute at which a written rule may change its mind.
    written: Arc<[u16]>,
}

impl Today {
    /// What holds at `at`.
    pub fn new(
        timetable: &Timetable,
        zone: &TimeZone,
        rooms: &[RoomConfig],
        at: Timestamp,
    ) -> Self {
        let date = zone.to_datetime(instant(at)).date();
        let marks = |room| -> Vec<(u16, Period)> {
            let plan = timetable.plan(room, date);
            plan.stretches.iter().map(|it| (it.time.from_min, it.period)).collect()
        };
        let campus: Marks = marks(None).into();
        let mut known: HashMap<Vec<(u16, Period)>, Marks> = HashMap::new();
        let own = rooms.iter().map(|room| {
            let marks = marks(Some((room.building, room.id)));
            known.entry(marks).or_insert_with_key(|marks| marks.as_slice().into()).clone()
        });
        let rooms: Vec<Marks> = own.collect();
        let all = known.values().chain([&campus]).flat_map(|marks| marks.iter());
        let turns: BTreeSet<u16> = all.map(|(minute, _)| *minute).collect();
        let turns = turns.into_iter().collect();
        let written = Arc::default();
        let day_start = moment(zone, date, 0);
        let (minute, periods) = (0, Vec::new());
        let mut today =
            Self { day_start, until: at, date, minute, campus, rooms, periods, turns, written };
        today.turn(zone, at);
        today
    }

    /// The same, with turns at minutes that the timetable does not know of.
    pub fn turning_at(mut self, minutes: Vec<u16>, zone: &TimeZone, at: Timestamp) -> Self {
        self.written = minutes.into();
        self.turn(zone, at);
        self
    }

    /// The same at a later moment, made anew when the day is another one.
    pub fn advance(
        &mut self,
        timetable: &Timetable,
        zone: &TimeZone,
        rooms: &[RoomConfig],
        at: Timestamp,
    ) {
        if zone.to_datetime(instant(at)).date() == self.date {
            self.turn(zone, at);
        } else {
            let written = std::mem::take(&mut self.written);
            *self = Self { written, ..Self::new(timetable, zone, rooms, at) };
            self.turn(zone, at);
        }
    }

    fn turn(&mut self, zone: &TimeZone, at: Timestamp) {
        let local = zone.to_datetime(instant(at));
        self.minute = local.hour() as u16 * 60 + local.minute() as u16;
        self.periods.clear();
        self.periods.extend(self.rooms.iter().map(|marks| holds(marks, self.minute)));
        // Asked of the zone one by one, because a local day may have 23 or 25 hours, and a minute
        // of it may come twice or never.
        let turns = self.turns.iter().chain(self.written.iter());
        let turns = turns.flat_map(|minute| moments(zone, self.date, *minute));
        let midnight = moment(zone, self.date, super::DAY_MIN);
        // When clocks are set, the minute of the day jumps.
        let set = zone.following(instant(at)).next();
        let set = set.map(|change| Timestamp(change.timestamp().as_millisecond()));
        let next = turns.chain([midnight]).chain(set).filter(|mark| *mark > at).min();
        // Midnight always lies ahead; an hour is the harmless answer at the end of the calendar.
        self.until = next.unwrap_or(at.plus(3_600_000));
    }

    /// The local day.
    pub const fn date(&self) -> Date {
        self.date
    }

    /// Minutes after midnight, as of the last turn.
    pub const fn minute(&self) -> u16 {
        self.minute
    }

    /// What holds for the campus as a whole.
    pub fn period(&self) -> Period {
        holds(&self.campus, self.minute)
    }

    /// What holds in a room.
    pub fn room(&self, ix: RoomIx) -> Period {
        self.periods.get(ix.at()).copied().unwrap_or_else(|| self.period())
    }
}

fn holds(marks: &[(u16, Period)], minute: u16) -> Period {
    let after = marks.partition_point(|(from, _)| *from <= minute);
    after.checked_sub(1).map_or(Period::Closed, |at| marks[at].1)
}
