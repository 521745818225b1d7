//! Whether somebody is in a room, and by which numbers and votes that is decided.

use crate::api::types::{OccupancyEstimate, OccupancyNumbers, OccupancyVote};
use controller::occupancy::habit::Day;
use controller::occupancy::{Evidence, Vote};
use controller::{Controller, OccupancySettings, RoomIx};

/// The numbers that a room decides by.
pub fn occupancy_numbers(of: &OccupancySettings) -> OccupancyNumbers {
    let day = |day: &Day| (*day != Day::default()).then(|| day.to_string());
    OccupancyNumbers {
        rest_ppm: of.rest_ppm,
        air_pct: of.air_pct,
        rise_ppm: of.rise_ppm,
        school_days: of.habit.as_ref().and_then(|habit| day(&habit.school)),
        other_days: of.habit.as_ref().and_then(|habit| day(&habit.free)),
    }
}

/// How likely it is that somebody is there, and by which votes.
pub fn estimate(controller: &Controller, ix: RoomIx) -> OccupancyEstimate {
    let estimate = controller.estimate(ix);
    OccupancyEstimate {
        chance_pct: estimate.chance_pct,
        weight: weight(estimate.weight),
        votes: estimate.votes.iter().map(vote).collect(),
        hold_s: estimate.hold_ms / 1000,
        hold: estimate.hold.name().to_owned(),
    }
}

fn vote(vote: &Vote) -> OccupancyVote {
    let mut period = None;
    let args: Vec<(&str, i64)> = match vote.by {
        Evidence::Seen => Vec::new(),
        Evidence::Quiet { for_ms } => {
            vec![("for_s", i64::try_from(for_ms / 1000).unwrap_or(i64::MAX))]
        }
        Evidence::Air(breath) => {
            let slow = breath.slope_30_ppm.map(|ppm| ("slope_30_ppm", i64::from(ppm)));
            let now = [
                ("excess_ppm", i64::from(breath.excess_ppm)),
                ("slope_10_ppm", i64::from(breath.slope_10_ppm)),
            ];
            now.into_iter().chain(slow).collect()
        }
        Evidence::Habit { used_pct } => vec![("used_pct", i64::from(used_pct))],
        Evidence::Timetable { period: is } => {
            period = Some(is.name().to_owned());
            Vec::new()
        }
    };
    OccupancyVote {
        by: vote.by.name().to_owned(),
        weight: weight(vote.weight),
        args: args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        period,
    }
}

/// Thousandths are for deciding.
fn weight(milli: i32) -> f64 {
    f64::from(milli) / 1000.0
}
