//! Synthetic rooms: what the air, movement and custom say of people whom the test puts there.

use super::air::Air;
use super::habit::{Day, Habit, UNKNOWN};
use super::learn::{Sample, TooLittle, by_motion, learn};
use super::stir::Stir;
use super::*;
use crate::NodeIx;
use proptest::prelude::*;
use wire::Quantity;

const MIN_MS: i64 = 60_000;
const MONDAY: i64 = 1_788_710_400_000;

/// A well-mixed room: people breathe out, a share of what is above outdoor air leaves.
struct Mixed {
    /// Of the room, ppm.
    level: f64,
    /// Of the empty room, as this sensor shows it, ppm.
    outdoor: f64,
    /// Share that leaves in a minute.
    leaves: f64,
}

impl Mixed {
    /// `exchanges` of its air in an hour.
    fn new(outdoor: f64, exchanges: f64) -> Self {
        Self { level: outdoor, outdoor, leaves: 1.0 - (-exchanges / 60.0_f64).exp() }
    }

    /// A minute with people who add so many ppm in it.
    fn minute(&mut self, adds: f64) {
        self.level += adds - (self.level - self.outdoor) * self.leaves;
    }
}

/// Weight of the air in each minute: a morning without, then so many hours of people, then hours without.
fn day(outdoor: f64, every_s: i64, noise: f64) -> Vec<Option<i32>> {
    let settings = OccupancySettings::of(RoomKind::Office);
    let mut room = Mixed::new(outdoor, 0.6);
    let mut air: Option<Air> = None;
    let mut said = Vec::new();
    let mut seed = 7_u64;
    for minute in 0..12 * 60 {
        room.minute(if (240..480).contains(&minute) { 6.0 } else { 0.0 });
        for second in (0..60).filter(|second| (minute * 60 + second) % every_s == 0) {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let jitter = ((seed >> 33) as f64 / f64::from(1_u32 << 31) - 0.5) * 2.0 * noise;
            let at = Timestamp(MONDAY + (minute * 60 + second) * 1000);
            let milli = ((room.level + jitter) * 1000.0) as i64;
            match &mut air {
                Some(air) => air.hear(milli, at, &settings),
                None => air = Some(Air::new(milli, at, settings.rest_ppm)),
            }
        }
        let breath = air.as_ref().and_then(|air| air.breath(&settings));
        said.push(breath.map(|breath| breath.weight));
    }
    said
}

#[test]
fn the_air_tells_people_at_any_rate_and_from_any_rest() {
    for every_s in [30, 60, 300] {
        // The last is a sensor that rests far below outdoor air, as one of SDU's does.
        for outdoor in [450.0, 420.0, 280.0] {
            let said = day(outdoor, every_s, 4.0);
            let says = |minutes: std::ops::Range<usize>, people: bool| {
                let right = said[minutes.clone()]
                    .iter()
                    .filter(|weight| weight.is_some_and(|weight| (weight > 0) == people));
                let share = right.count() * 100 / minutes.len();
                assert!(share >= 97, "{every_s} s from {outdoor} ppm: {share} % of {minutes:?}");
            };
            says(15..240, false);
            says(255..480, true);
            says(505..720, false);
        }
    }
}

#[test]
fn nothing_is_said_before_ten_minutes_and_of_a_sensor_that_is_stuck() {
    let settings = OccupancySettings::default();
    let at = |minute: i64| Timestamp(MONDAY + minute * MIN_MS);
    let mut air = Air::new(420_000, at(0), settings.rest_ppm);
    for minute in 1..10 {
        air.hear(420_000, at(minute), &settings);
        assert_eq!(air.breath(&settings), None, "{minute}");
    }
    air.hear(420_000, at(10), &settings);
    assert!(air.breath(&settings).is_some_and(|breath| breath.weight < 0));
    // It jumps to 2,000 ppm, and stays there to the last digit.
    for minute in 11..400 {
        air.hear(2_000_000, at(minute), &settings);
        let says = air.breath(&settings).map(|breath| breath.weight > 0);
        assert_eq!(says, (minute < 11 + 180).then_some(true), "{minute}");
    }
    // What came earlier than known, and a silence.
    let before = air.clone();
    air.hear(500_000, at(300), &settings);
    assert_eq!(air, before);
    air.hear(500_000, at(500), &settings);
    assert_eq!(air.breath(&settings), None);
    assert_eq!(air.breathed, None, "a silence never looks like an empty room");
}

fn stir(words: &[(u32, i64, bool)]) -> Stir {
    let mut stir = Stir::default();
    for (node, second, active) in words {
        let at = Timestamp(MONDAY + second * 1000);
        stir.hear(NodeIx(*node), (Quantity::Motion, 0), *active, 150_000, at);
    }
    stir
}

#[test]
fn who_crosses_the_view_of_all_sensors_has_left_and_who_is_seen_by_one_has_not() {
    let settings = OccupancySettings::default();
    let left = |words: &[(u32, i64, bool)], last: i64| {
        stir(words).left(Timestamp(MONDAY + last * 1000), &settings, 150_000)
    };
    assert!(left(&[(0, 600, true), (1, 620, true), (0, 660, false), (1, 660, false)], 620));
    assert!(!left(&[(0, 600, true), (1, 540, true), (1, 600, false), (0, 660, false)], 600));
    assert!(!left(&[(0, 600, true), (0, 620, true)], 620), "one sensor cannot tell");
    assert!(!left(&[(0, 600, true), (1, 300, true)], 600), "the other is silent");
    assert!(!left(&[(0, 600, false), (1, 600, false)], 600), "nobody was seen at all");
}

#[test]
fn a_room_is_in_use_by_three_minutes_of_ten_or_when_nobody_followed() {
    let settings = OccupancySettings::default();
    let used = |active: &[i64], last: i64| {
        let from = active.iter().min().map_or(0, |first| first - 20);
        let mut words: Vec<_> = (from..=last).map(|minute| (0, minute * 60, false)).collect();
        words.extend(active.iter().map(|minute| (0, minute * 60 + 1, true)));
        words.sort_by_key(|word| word.1);
        stir(&words).sustained(Timestamp(MONDAY + (last * 60 + 1) * 1000), &settings)
    };
    assert!(used(&[30, 33, 36], 36));
    assert!(!used(&[36], 36));
    assert!(!used(&[20, 22, 24, 26, 36], 36), "long ago");
    let young = stir(&[(0, 0, true)]);
    assert!(young.sustained(Timestamp(MONDAY), &settings), "it is not known what was before");
}

/// All that is around a room, drawn.
fn around(
    settings: &OccupancySettings,
    air: Option<i32>,
    custom: i32,
    hold_ms: u32,
    period: Period,
) -> Around<'_> {
    let breath = |weight| Breath { excess_ppm: 0, slope_10_ppm: 0, slope_30_ppm: None, weight };
    Around {
        settings,
        air: air.map(breath),
        air_until: None,
        breathed: air.map(|_| Timestamp(MONDAY)),
        custom: Vote { by: Evidence::Timetable { period }, weight: custom },
        custom_until: None,
        hold_ms,
        period,
        stale_ms: 150_000,
    }
}

fn any_period() -> impl Strategy<Value = Period> {
    use Period::*;
    prop::sample::select(vec![Lesson, Break, Open, Closed, SelfStudy, Exam])
}

proptest! {
    /// No evidence makes a hold shorter than 5 min, or than configured where that is shorter, or longer than 20.
    #[test]
    fn a_hold_stays_between_five_and_twenty_minutes(
        air in prop::option::of(-3_000..=3_000),
        custom in -2_000..=2_000,
        hold_ms in 60_000..=HOLD_MS_MAX,
        period in any_period(),
        words in prop::collection::vec((0..3u32, 0..2_000i64, any::<bool>()), 0..60),
        last in 0..2_000i64,
    ) {
        let mut words = words;
        words.sort_by_key(|word| word.1);
        let settings = OccupancySettings::default();
        let around = around(&settings, air, custom, hold_ms, period);
        let (is, why) = around.hold(&stir(&words), Timestamp(MONDAY + last * 1000));
        prop_assert!(is >= HOLD_MS_MIN.min(hold_ms) && is <= HOLD_MS_MAX, "{is} {why:?}");
        prop_assert!(is >= hold_ms || !period.needs_light(), "a lesson's is never shortened");
        prop_assert!(is <= hold_ms || air.is_some_and(|air| air > 0), "custom alone lengthens nothing");
        prop_assert!(air.is_some() || is == hold_ms, "without air it is as configured");
    }

    /// In a room without motion sensors custom alone lights nothing, nor keeps it lit for more than 20 min.
    #[test]
    fn custom_alone_occupies_no_room(
        air in -3_000..=0,
        custom in -2_000..=2_000,
        period in any_period(),
        after_s in 0..3_000i64,
    ) {
        let settings = OccupancySettings::default();
        let around = around(&settings, Some(air), custom, 600_000, period);
        let (is, _) = around.without_motion(Timestamp(MONDAY + after_s * 1000));
        prop_assert_ne!(is, Occupancy::Occupied);
        prop_assert!(after_s < 1_200 || is == Occupancy::Vacant);
        prop_assert!(after_s >= 300 || is == Occupancy::VacantPending, "5 min at least");
    }

    #[test]
    fn more_weight_is_never_less_likely(a in -20_000..20_000i32, b in -20_000..20_000i32) {
        let (low, high) = (a.min(b), a.max(b));
        prop_assert!(chance_pct(low) <= chance_pct(high));
        prop_assert!((1..=99).contains(&chance_pct(low)));
        prop_assert_eq!(chance_pct(low) + chance_pct(-low), 100);
    }
}

#[test]
fn a_habit_is_read_as_it_is_written_and_a_lesson_outvotes_it() {
    let text = "-".repeat(32) + &"0".repeat(32) + &"9".repeat(32);
    let day: Day = text.parse().expect("a day");
    assert_eq!(day.to_string(), text);
    assert_eq!((day.0[0], day.0[32], day.0[95]), (UNKNOWN, 0, 9));
    for bad in ["", "0123", &"x".repeat(96), &"0".repeat(97)] {
        assert!(bad.parse::<Day>().is_err(), "{bad}");
    }
    let habit = Some(Habit { school: day, free: Day::default() });
    let settings = OccupancySettings { habit, ..OccupancySettings::of(RoomKind::Lecture) };
    let weight = |period, school, quarter| settings.custom(period, school, quarter).weight;
    assert_eq!(weight(Period::Open, true, 0), 0, "unknown: the timetable");
    assert_eq!(weight(Period::Open, true, 40), -2_000);
    assert_eq!(weight(Period::Closed, true, 80), 2_000);
    assert_eq!(weight(Period::Lesson, true, 40), 1_000);
    assert_eq!(weight(Period::Closed, false, 80), -1_000);
}

/// A week of an office by minutes: somebody there from 9 to 17 on school days, seen in every third minute.
fn week(days: i64, offset: f64) -> (Vec<Sample>, Vec<Option<bool>>) {
    let mut room = Mixed::new(offset, 0.3);
    let minute = |nth: i64| {
        let (day, of_day) = (nth / 1_440, nth % 1_440);
        let school = day % 7 < 5;
        let there = school && (540..1_020).contains(&of_day);
        room.minute(if there { 5.0 } else { 0.0 });
        let at = Timestamp(MONDAY + (nth + 1) * MIN_MS);
        let sample = Sample {
            at,
            co2: Some(((room.level * 1000.0) as i64, at)),
            moved: Some(there && of_day % 3 == 0),
            occupancy: Occupancy::Unknown,
            period: if school { Period::Open } else { Period::Closed },
            school,
            quarter: (of_day / 15) as usize,
        };
        (sample, Some(there))
    };
    (0..days * 1_440).map(minute).unzip()
}

#[test]
fn a_week_teaches_the_rest_the_air_and_the_habit() {
    let (samples, truth) = week(8, 300.0);
    // Far from what this room is.
    let in_force = OccupancySettings { air_pct: 60, ..OccupancySettings::default() };
    let learnt = learn(&samples, &truth, &in_force).expect("enough");
    assert!((300..=320).contains(&learnt.settings.rest_ppm), "{}", learnt.settings.rest_ppm);
    assert!(learnt.settings.air_pct < 60, "{}", learnt.settings.air_pct);
    let habit = learnt.settings.habit.as_ref().expect("a habit");
    assert!(habit.school.0[40] >= 8 && habit.school.0[20] == 0, "{habit:?}");
    assert_eq!(habit.free.0[40], 1, "two days are no certainty");
    assert!(learnt.after.balanced > learnt.before.balanced && learnt.after.balanced > 9_700);
    assert_eq!((learnt.past.school_days, learnt.past.free_days), (6, 2));
    // By movement in hindsight nearly the same is true.
    let seen = by_motion(&samples);
    let wrong = seen.iter().zip(&truth).filter(|(seen, truth)| seen != truth).count();
    assert!(wrong < 60, "{wrong} min");
}

#[test]
fn two_days_teach_nothing_and_it_says_what_there_is() {
    let (samples, truth) = week(2, 420.0);
    let TooLittle(past) =
        learn(&samples, &truth, &OccupancySettings::default()).expect_err("too little");
    assert_eq!((past.labelled_min, past.occupied_min), (2 * 1_440, 2 * 480));
    let none = vec![None; samples.len()];
    assert!(learn(&samples, &none, &OccupancySettings::default()).is_err());
}
