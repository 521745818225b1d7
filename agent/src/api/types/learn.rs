//! Whether somebody is in a room: how that is estimated, and rooms' own numbers for it, learnt from the log.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Which rooms are to learn from which time. `POST /v1/rooms/learn`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LearnOrder {
    /// `building/room`; all when empty.
    #[serde(default)]
    pub rooms: Vec<String>,
    /// From when, ms UTC; when absent four weeks, or as long as the log reaches back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<i64>,
    /// What is known to be true. Rooms of which it says nothing learn from movement in hindsight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub truth: Vec<KnownTime>,
}

/// A time of which somebody knows whether a room was occupied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KnownTime {
    /// `building/room`.
    pub room: String,
    /// Begin, ms UTC.
    pub from_ms: i64,
    /// End, ms UTC.
    pub until_ms: i64,
    /// Somebody was there.
    pub occupied: bool,
}

/// What rooms have learnt. Nothing is changed by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Lesson {
    /// From when.
    pub since_ms: i64,
    /// Until when.
    pub until_ms: i64,
    /// Rows of the log that were told again.
    pub rows: u64,
    /// Rows that could not be read.
    pub damaged: u64,
    /// What a room needs in order to learn.
    pub needed: LessonPast,
    /// Rooms, in the order of the question or of the configuration.
    pub rooms: Vec<RoomLesson>,
}

/// What a room has learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoomLesson {
    /// `building/room`.
    pub room: String,
    /// `better`: other numbers tell the truth better. `no_better`: those in force are as good. `too_little`: there
    /// is less to learn from than is needed.
    pub outcome: String,
    /// `known`: somebody said what is true. `movement`: movement in hindsight.
    pub truth: String,
    /// What there was to learn from.
    pub past: LessonPast,
    /// What the room decides by today.
    pub before: OccupancyNumbers,
    /// What it has learnt; absent when there was too little.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<OccupancyNumbers>,
    /// How well air and custom tell the truth by today's numbers …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_before: Option<ToldTruth>,
    /// … and by those that were learnt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_after: Option<ToldTruth>,
}

/// What a past has to teach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LessonPast {
    /// Minutes of which it is known whether somebody was there.
    pub labelled_min: u64,
    /// Of those, with somebody.
    pub occupied_min: u64,
    /// Of those, with nobody.
    pub empty_min: u64,
    /// Of those, with CO₂; as much as all of what is needed teaches the air too.
    pub co2_min: u64,
    /// School days of which more than half is known.
    pub school_days: u64,
    /// The same for other days.
    pub other_days: u64,
}

/// The numbers by which a room's occupancy is estimated, as in `[room.occupancy]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OccupancyNumbers {
    /// CO₂ of the empty room before its sensor has shown its own.
    pub rest_ppm: u32,
    /// Share of the air that is exchanged within 10 min, %.
    pub air_pct: u32,
    /// CO₂ that people add within 10 min so that they count.
    pub rise_ppm: u32,
    /// When the room is used on school days: 96 characters, one per quarter hour; absent when not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub school_days: Option<String>,
    /// The same on other days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_days: Option<String>,
}

/// How well a truth is told by air and custom alone, without the movement of the moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ToldTruth {
    /// Somebody was there and it was not said, min.
    pub missed_min: u64,
    /// Nobody was there and it was not said, min.
    pub false_min: u64,
    /// Balanced accuracy: mean of the shares of occupied and of empty minutes that were told, %.
    pub balanced_pct: f64,
}

/// How likely it is that somebody is in a room, and by which votes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OccupancyEstimate {
    /// All weights together, as a chance: 1 to 99.
    pub chance_pct: u8,
    /// All weights together.
    pub weight: f64,
    /// What was noticed, each with its weight.
    pub votes: Vec<OccupancyVote>,
    /// How long the room counts as not yet empty after the last movement.
    pub hold_s: u32,
    /// Why so long: `usual`, `left`, `passed` or `air`.
    pub hold: String,
}

/// One kind of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OccupancyVote {
    /// What was noticed: `seen`, `quiet`, `air`, `habit` or `timetable`.
    pub by: String,
    /// Positive for somebody, negative against; 1 makes it 2.7 times as likely.
    pub weight: f64,
    /// Numbers that belong to it: `for_s`; `excess_ppm`, `slope_10_ppm`, `slope_30_ppm`; `used_pct`.
    pub args: BTreeMap<String, i64>,
    /// Period of the timetable, for `timetable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
}
