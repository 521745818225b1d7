//! Occupancy on public data, against the figures that must not be lost. Without `../shared/data` these tests
//! say so and end; the page that shows more is made by `cargo xtask bench occupancy`.

#![expect(clippy::disallowed_macros, reason = "the figures are the result")]

#[path = "../examples/occupancy/counted.rs"]
mod counted;
#[path = "../examples/occupancy/measure.rs"]
mod measure;
#[path = "../examples/occupancy/page.rs"]
mod page;
#[path = "../examples/occupancy/score.rs"]
mod score;
#[path = "../examples/occupancy/told.rs"]
mod told;

use controller::RoomKind;
use measure::{Sets, by_air, by_motion, by_timetable, held, office, office_learnt};
use score::Score;
use std::path::PathBuf;
use told::{Setup, tell};

fn folder() -> Option<PathBuf> {
    let folder = counted::folder();
    if folder.is_none() {
        println!("skipped: no ../shared/data");
    }
    folder
}

#[test]
fn an_office_is_told_from_its_air_and_its_habit() {
    let Some(folder) = folder() else { return };
    let sets = Sets::read(&folder);
    for setup in [office(), office_learnt(&sets)] {
        let told = by_air(&setup, &sets.test);
        println!("test1: {:.3}, lamps {:.3}", told.likely.balanced(), told.lit.balanced());
        assert!(told.likely.balanced() >= 0.95, "{:?}", told.likely);
        assert!(told.lit.balanced() >= 0.93, "{:?}", told.lit);
    }
    let timetable = by_timetable(&office(), &sets.test).balanced();
    assert!((timetable - 0.951).abs() < 0.001, "as the data's collectors found: {timetable}");
}

#[test]
fn other_rooms_are_told_better_than_by_published_figures_without_a_number_of_their_own() {
    let Some(folder) = folder() else { return };
    let sets = Sets::read(&folder);
    let (lecture, study) = (Setup::of(RoomKind::Lecture), Setup::of(RoomKind::Study));
    for (name, setup, stretches, balanced, right) in [
        ("UCI 864 without its motion sensors", &office(), &sets.unwatched(), 0.90, 0.93),
        ("ROBOD room 1", &lecture, &sets.lecture, 0.69, 0.78),
        ("SDU room 1", &lecture, &sets.camera_1, 0.82, 0.82),
        ("SDU room 2", &study, &sets.camera_2, 0.66, 0.62),
    ] {
        let is = by_air(setup, stretches).likely;
        println!("{name}: {:.3} balanced, {:.3} right", is.balanced(), is.accuracy());
        assert!(is.balanced() >= balanced && is.accuracy() >= right, "{name}: {is:?}");
    }
}

#[test]
fn lamps_over_two_motion_sensors_beat_every_plain_hold_up_to_ten_minutes() {
    let Some(folder) = folder() else { return };
    let sets = Sets::read(&folder);
    let days = |setup: &Setup| by_motion(setup, &sets.days);
    let all = |scores: &[Score]| scores.iter().fold(Score::default(), |all, day| all.and(*day));
    let minutes = |score: Score| (score.missed as f64 / 2.0, score.false_alarm as f64 / 2.0);
    let shipped = days(&held(10, true));
    let (off, lit) = minutes(all(&shipped));
    println!("wrongly off {off} min, on while empty {lit} min");
    assert!(off <= 14.5 && lit <= 67.5);
    // Better than the shortest plain hold in both, day by day in one and never worse in the other.
    let (five_off, five_lit) = minutes(all(&days(&held(5, false))));
    assert!(off < five_off && lit <= five_lit, "{off} {lit}, plain {five_off} {five_lit}");
    for (day, (is, five)) in shipped.iter().zip(days(&held(5, false))).enumerate() {
        assert!(is.missed <= five.missed && is.false_alarm <= five.false_alarm, "day {day}");
    }
    let (_, ten_lit) = minutes(all(&days(&held(10, false))));
    assert!(lit * 1.5 < ten_lit, "{lit}, plain {ten_lit}");
}

#[test]
fn no_lamp_and_no_light_changes_what_is_told_of_real_rooms() {
    let Some(folder) = folder() else { return };
    let sets = Sets::read(&folder);
    for stretches in [&sets.test, &sets.days] {
        for rows in stretches {
            let dark = tell(&office(), rows, |_, _| None);
            // Its own light channel, and lamps that do what nobody asked for.
            let lit = tell(&office(), rows, |row, nth| {
                Some((nth as i64 * 37 % 101, row.lux.unwrap_or(0) + nth as i64 * 7_919 % 2_000))
            });
            let people = |said: &[told::Said]| -> Vec<_> {
                said.iter().map(|said| (said.occupancy, said.weight)).collect()
            };
            assert_eq!(people(&dark), people(&lit));
        }
    }
}

#[test]
fn the_page_is_what_is_measured() {
    let Some(folder) = folder() else { return };
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/occupancy.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    let measured = page::page(&folder);
    // Lamps are also decided by rules that have nothing to do with this page; they move a figure a little.
    let alike = |(written, is): (&str, &str)| match (written.parse::<f64>(), is.parse::<f64>()) {
        (Ok(written), Ok(is)) => (written - is).abs() <= 2.0,
        _ => written == is,
    };
    let (written, measured) = (words(&written), words(&measured));
    let differs = written.iter().zip(&measured).find(|(written, is)| !alike((written, is)));
    assert_eq!(differs, None, "`cargo xtask bench occupancy` writes it anew");
    assert_eq!(written.len(), measured.len());
}

/// Numbers and what lies between.
fn words(text: &str) -> Vec<String> {
    text.replace(['*', ',', '('], " ").split_whitespace().map(str::to_owned).collect()
}
