//! The numbers by which a room's occupancy is estimated, with their sources; shipped ones by kind of room.

use super::Habit;
use lighting::Period;

/// What a room is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RoomKind {
    /// A class and its teacher.
    #[default]
    Classroom,
    /// A lecture hall, ventilated by a machine.
    Lecture,
    /// A library, a study zone, a laboratory that is open all day.
    Study,
    /// A few desks.
    Office,
}

impl RoomKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Classroom, Self::Lecture, Self::Study, Self::Office];

    /// The name in the configuration and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classroom => "classroom",
            Self::Lecture => "lecture",
            Self::Study => "study",
            Self::Office => "office",
        }
    }

    /// Share of a room's air that is exchanged within 10 min, %, where the room has not learnt its own.
    const fn air_pct(self) -> u32 {
        match self {
            // Windows closed and no machine: about one exchange an hour. Too low a share errs towards an
            // empty room, which movement corrects; a room that is ventilated by a machine learns its own.
            Self::Classroom => 16,
            // ASHRAE 62.1-2019, table 6-1: 3.8 L/s for each of 65 people on 100 m² and 0.3 L/s m² are 3.4
            // exchanges an hour at 3 m height.
            Self::Lecture => 43,
            // The same, libraries: 2.5 L/s for each of 10 people on 100 m² and 0.6 L/s m²: 1.0 an hour.
            Self::Study => 16,
            // Fitted on UCI Occupancy Detection, train; by ASHRAE 62.1 it would be 8.
            Self::Office => 10,
        }
    }

    /// What a period says about a room that has not learnt its own habit: as good as 2.7 to 1 where the
    /// timetable is clear, nothing where it is not. Assumed, and weak on purpose: ROBOD's lecture rooms were
    /// used for more than 24 h after 20:00 in 29 days.
    pub(super) const fn weight(self, period: Period) -> i32 {
        match (period, self) {
            (Period::Lesson | Period::SelfStudy | Period::Exam, _) => 1_000,
            (Period::Open, Self::Study | Self::Office) => 1_000,
            (Period::Open | Period::Break, _) => 0,
            (Period::Closed, _) => -1_000,
        }
    }
}

/// How a room's occupancy is estimated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OccupancySettings {
    /// What the room is for.
    pub kind: RoomKind,
    /// Whether CO₂ may shorten and lengthen the hold.
    pub adapts: bool,
    /// CO₂ of the empty room, ppm, before the sensor has shown its own.
    pub rest_ppm: u32,
    /// Share of the room's air that is exchanged within 10 min, %.
    pub air_pct: u32,
    /// CO₂ that people add within 10 min so that they count, ppm.
    pub rise_ppm: u32,
    /// Who walks out is seen by all sensors within so long, ms.
    pub leave_ms: i64,
    /// Minutes with movement, of ten, from which on a room is in use.
    pub in_use_min: u32,
    /// When the room is used.
    pub habit: Option<Habit>,
}

impl OccupancySettings {
    /// As shipped for a kind of room.
    pub const fn of(kind: RoomKind) -> Self {
        Self {
            kind,
            adapts: true,
            // Outdoor air: ROBOD's own sensor outside shows 420 to 465.
            rest_ppm: 420,
            air_pct: kind.air_pct(),
            // Fitted on UCI Occupancy Detection, train; twice what the slopes of its empty room vary by.
            rise_ppm: 10,
            // A classroom is crossed in 10 s; a sensor that reports every 30 s tells of it once. Chosen, as
            // the next, on UCI Room Occupancy Estimation; with any of its days left out it is the same.
            leave_ms: 45_000,
            // One is a door or warm air; two lie at both ends of one word of a sensor.
            in_use_min: 3,
            habit: None,
        }
    }
}

impl Default for OccupancySettings {
    fn default() -> Self {
        Self::of(RoomKind::default())
    }
}
