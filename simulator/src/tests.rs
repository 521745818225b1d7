//! Physics and people, by their properties.

use crate::calendar::{Calendar, LESSONS};
use crate::campus::{AgentSettings, NodeKind, Plan};
use crate::daylight::{Place, Side, sky, sun};
use crate::lamp::{Lamp, MWMS_PER_WH};
use crate::people::{RoomDay, STILL_MS_MAX};
use crate::room::What;
use crate::world::World;
use std::sync::Arc;
use wire::Quantity;

const HOUR: i64 = 3_600_000;
const SHANGHAI: Place = Place { latitude: 31.23, longitude: 121.47 };

mod closed;
mod live;

/// Monday, 7 September 2026, 00:00 in Shanghai.
const MONDAY: i64 = 1_788_710_400_000;

fn lx(t: i64) -> f64 {
    sky(SHANGHAI, 1, t).inside_lx(Side::South, 0.015)
}

#[test]
fn the_sun_stands_where_an_almanac_says() {
    #[track_caller]
    fn check(place: Place, t: i64, elevation: f64, azimuth: f64) {
        let sun = sun(place, t);
        let (e, a) = (sun.elevation.to_degrees(), sun.azimuth.to_degrees());
        assert!((e - elevation).abs() < 0.5, "elevation {e}, almanac {elevation}");
        assert!((a - azimuth).abs() < 1.5, "azimuth {a}, almanac {azimuth}");
    }
    // Solstice noons from geometry: 90° − latitude ± 23.44°, at the hour when the sun is due south.
    check(Place { latitude: 51.48, longitude: 0.0 }, 1_782_043_320_000, 61.96, 180.0);
    check(Place { latitude: 51.48, longitude: 0.0 }, 1_797_854_280_000, 15.08, 180.0);
    // Equinox at the equator: overhead at noon, due east and at the horizon six hours before.
    let equinox = 1_774_008_480_000;
    assert!(sun(Place { latitude: 0.0, longitude: 0.0 }, equinox).elevation.to_degrees() > 89.0);
    check(Place { latitude: 0.0, longitude: 0.0 }, equinox - 6 * HOUR, 0.0, 90.0);
}

#[test]
fn nights_are_dark_and_noon_is_brighter_than_morning() {
    for day in 0..365 {
        let midnight = MONDAY + day * 24 * HOUR;
        assert_eq!(lx(midnight), 0.0, "day {day}");
        assert!(lx(midnight + 12 * HOUR) > lx(midnight + 6 * HOUR + HOUR / 2), "day {day}");
    }
    let noon = |midnight: i64| (0..8).map(|m| lx(midnight + 11 * HOUR + m * HOUR / 4)).sum::<f64>();
    let (mut summer, mut winter) = (0.0, 0.0);
    for day in 0..30 {
        // North windows see the sky alone: higher in June than in December.
        let north = |t| sky(SHANGHAI, 1, t).inside_lx(Side::North, 0.015);
        summer += north(MONDAY + (day - 98) * 24 * HOUR + 12 * HOUR);
        winter += north(MONDAY + (day + 90) * 24 * HOUR + 12 * HOUR);
        let brightest = noon(MONDAY + day * 24 * HOUR) / 8.0;
        assert!((20.0..2_000.0).contains(&brightest), "{brightest} lx at noon of day {day}");
    }
    assert!(summer > 1.2 * winter, "{summer} lx in summer, {winter} in winter");
}

#[test]
fn east_windows_are_brighter_in_the_morning_and_west_windows_in_the_afternoon() {
    let (mut east, mut west) = ((0.0, 0.0), (0.0, 0.0));
    for day in 0..60 {
        let at = |hour, side| {
            sky(SHANGHAI, 2, MONDAY + day * 24 * HOUR + hour * HOUR).inside_lx(side, 0.015)
        };
        east = (east.0 + at(8, Side::East), east.1 + at(16, Side::East));
        west = (west.0 + at(8, Side::West), west.1 + at(16, Side::West));
    }
    assert!(east.0 > east.1, "{east:?}");
    assert!(west.1 > west.0, "{west:?}");
}

#[test]
fn lamp_energy_does_not_depend_on_how_time_is_cut() {
    let orders = [(0, 100u8, 2_000u32), (1_234, 40, 777), (9_000, 0, 10_000), (30_500, 55, 0)];
    let run = |cut: i64| {
        let mut lamp = Lamp::new(240, 0);
        let mut left = orders.iter().peekable();
        let mut t = 0;
        while t < 60_000 {
            let next = left.peek().map_or(60_000, |order| order.0);
            while t < next {
                t = (t + cut).min(next);
                lamp.advance(t);
            }
            if let Some(&&(at, level, fade)) = left.peek()
                && at == t
            {
                lamp.drive(level, fade);
                left.next();
            }
        }
        (lamp.energy_mwms(), lamp.lit_ms(), lamp.target_pct())
    };
    let whole = run(60_000);
    for cut in [1, 7, 99, 100, 101, 1_000, 12_345] {
        assert_eq!(run(cut), whole, "cut into {cut} ms");
    }
}

#[test]
fn a_lamp_at_full_light_for_an_hour_counts_its_rated_power() {
    let mut lamp = Lamp::new(240, 0);
    lamp.drive(100, 0);
    lamp.advance(HOUR);
    assert_eq!(lamp.energy_mwms(), 240 * MWMS_PER_WH);
    lamp.drive(0, 0);
    lamp.advance(2 * HOUR);
    // Six drivers of 0.5 W stay awake.
    assert_eq!(lamp.energy_mwms(), 243 * MWMS_PER_WH);
}

#[test]
fn people_move_as_often_as_was_measured() {
    let plan = Plan::new(8, 3);
    let calendar = Calendar::new("Asia/Shanghai");
    let (mut occupied, mut moving, mut empty, mut ghosts) = (0, 0, 0, 0);
    for day in 0..20 {
        let date = calendar.day_of(MONDAY + day * 24 * HOUR);
        for room in 0..8 {
            let today = RoomDay::new(&plan, 3, room, &date);
            let mut still = 0;
            for t in (date.start_ms..date.end_ms).step_by(1_000) {
                let (people, active) = (today.step_at(t).people > 0, today.moving(0, t));
                (occupied, moving) =
                    (occupied + i64::from(people), moving + i64::from(people && active));
                (empty, ghosts) =
                    (empty + i64::from(!people), ghosts + i64::from(!people && active));
                still = if people && !active { still + 1_000 } else { 0 };
                assert!(still <= STILL_MS_MAX, "room {room} still for {still} ms");
            }
        }
    }
    let duty = 100.0 * moving as f64 / occupied as f64;
    let ghost = 100.0 * ghosts as f64 / empty as f64;
    assert!((59.5..64.0).contains(&duty), "active {duty} % of occupied time, measured 61.8 %");
    assert!((0.2..0.4).contains(&ghost), "active {ghost} % of empty time, measured 0.29 %");
}

#[test]
fn lessons_have_people_and_nights_have_none() {
    for seed in 0..20 {
        let plan = Plan::new(12, seed);
        let day = Calendar::new(&plan.time_zone).day_of(MONDAY);
        let days: Vec<_> = (0..12).map(|room| RoomDay::new(&plan, seed, room, &day)).collect();
        let crowd = |t| days.iter().map(|room| u32::from(room.step_at(t).people)).sum::<u32>();
        for (from, to) in LESSONS {
            assert!(crowd(day.at((from + to) / 2)) >= 25, "seed {seed}, lesson at {from}");
        }
        assert_eq!(crowd(day.at(3 * 60)), 0);
        assert_eq!(crowd(day.at(22 * 60 + 30)), 0);
        let sunday = Calendar::new(&plan.time_zone).day_of(MONDAY - HOUR);
        let resting = RoomDay::new(&plan, seed, 0, &sunday);
        assert!(resting.steps.iter().all(|step| step.people == 0), "{:?}", resting.steps);
    }
}

#[test]
fn half_an_hour_from_half_past_nine_shows_rooms_that_stay_empty_and_fill() {
    for seed in 0..200 {
        for (rooms, day) in [(12, 0), (4, 1), (3, 2), (12, 3), (40, 4)] {
            let plan = Plan::new(rooms, seed);
            let day = Calendar::new(&plan.time_zone).day_of(MONDAY + day * 24 * HOUR);
            let (mut stays, mut leaves, mut fills) = (0, 0, 0);
            for room in 0..plan.rooms.len() {
                let today = RoomDay::new(&plan, seed, room, &day);
                let people = |minute| today.step_at(day.at(minute)).people > 0;
                let empties = !people(9 * 60 + 45) && !people(10 * 60);
                stays += i32::from(people(9 * 60 + 30) && people(10 * 60));
                leaves += i32::from(people(9 * 60 + 30) && empties);
                fills += i32::from(!people(9 * 60 + 30) && people(10 * 60));
            }
            let all = stays > 0 && leaves > 0 && fills > 0;
            assert!(all, "seed {seed}, {rooms} rooms: {stays} stay, {leaves} empty, {fills} fill");
        }
    }
}

#[test]
fn full_classrooms_get_stuffy_and_recover() {
    let plan = Plan::new(12, 5);
    let day = Calendar::new(&plan.time_zone).day_of(MONDAY);
    for room in (0..12).filter(|&room| plan.rooms[room].kind.has_lessons()) {
        let today = RoomDay::new(&plan, 5, room, &day);
        let peak = (0..1440).map(|minute| today.air.co2_ppm(day.at(minute))).fold(0.0, f64::max);
        assert!((700.0..4_000.0).contains(&peak), "{peak} ppm in {}", plan.rooms[room].id);
        let late = today.air.co2_ppm(day.end_ms - 1);
        assert!(late < 470.0, "{late} ppm at midnight");
    }
}

/// A day of a world whose lamps obey a fixed script, as text: what two runs must share.
fn trace(seed: u64, cut: i64) -> String {
    let plan = Arc::new(Plan::new(6, seed));
    let mut world = World::new(plan.clone(), seed, MONDAY);
    let mut text = String::new();
    let mut t = MONDAY;
    for hour in 1..=24 {
        let end = MONDAY + hour * HOUR;
        while t < end {
            t = (t + cut).min(end);
            world.advance(t);
        }
        for node in 0..plan.nodes.len() {
            for &quantity in Quantity::ALL {
                text += &format!("{:?} ", world.sense(node, quantity, t));
            }
            let level = if hour % 3 == 0 { 0 } else { (hour * 7 % 100) as u8 };
            world.drive(node, "inner", level, 4_000, t);
        }
        text += &format!("{:?} {:?}\n", world.truth(t), world.take_happenings());
    }
    text
}

#[test]
fn the_same_seed_gives_the_same_trace_however_time_is_cut() {
    let first = trace(7, HOUR);
    assert_eq!(first, trace(7, HOUR));
    assert!(first == trace(7, 61_803), "cutting the time changed the trace");
    assert!(first != trace(8, HOUR), "the seed changes nothing");
}

#[test]
fn mains_registers_are_the_sum_of_everything_behind_them() {
    let plan = Arc::new(Plan::new(12, 9));
    let mut world = World::new(plan.clone(), 9, MONDAY);
    for node in 0..plan.nodes.len() {
        world.drive(node, "inner", 80, 2_000, MONDAY + HOUR);
    }
    let truth = world.truth(MONDAY + 26 * HOUR);
    for (index, building) in plan.buildings.iter().enumerate() {
        let mains = plan.nodes.iter().position(|node| node.kind == NodeKind::Mains(index)).unwrap();
        let of = |id: &str| {
            truth
                .registers
                .iter()
                .filter(move |r| r.node == id)
                .map(|r| r.counted_mwms)
                .sum::<u64>()
        };
        let whole = of(&plan.nodes[mains].id);
        let lamps: u64 = building.rooms.clone().map(|room| of(&plan.nodes[room].id)).sum();
        let base = u64::from(building.base_load_w) * 1000 * 26 * HOUR as u64;
        assert!(whole > lamps + base, "plugs draw something");
        assert!(whole < 4 * (lamps + base), "and not the most");
    }
}

#[test]
fn registers_are_the_integral_of_the_power_that_the_meter_shows() {
    let plan = Arc::new(Plan::new(4, 9));
    let (from, to) = (MONDAY + 9 * HOUR + HOUR / 2, MONDAY + 10 * HOUR);
    let mut world = World::new(plan.clone(), 9, from);
    let before = world.truth(from);
    let mut integral_mwms = vec![0u64; before.registers.len()];
    for t in (from..to).step_by(100) {
        if (t - from) % 120_000 == 0 {
            let level = ((t - from) / 120_000 * 37 % 101) as u8;
            for node in 0..plan.nodes.len() {
                world.drive(node, "window", level, 30_000, t);
            }
        }
        for (sum, (node, channel)) in integral_mwms.iter_mut().zip(plan.meters()) {
            let power = world.power(node, channel, t).unwrap().value().unwrap();
            *sum += power.milli() as u64 * 100;
        }
    }
    let after = world.truth(to);
    for (n, integral) in integral_mwms.into_iter().enumerate() {
        let (first, last) = (&before.registers[n], &after.registers[n]);
        let counted = last.counted_mwms - first.counted_mwms;
        // Plugs change between two looks, too; that is worth far less than a tenth of a Wh.
        assert!(counted.abs_diff(integral) < MWMS_PER_WH / 10, "{last:?}: {counted}, {integral}");
        let wh = last.energy_wh - first.energy_wh;
        assert!(wh.abs_diff(counted / MWMS_PER_WH) <= 1, "{last:?}: {wh} Wh");
        assert!(counted > 0, "{last:?}");
    }
}

#[test]
fn happenings_alternate_and_follow_the_truth() {
    let plan = Arc::new(Plan::new(4, 2));
    let mut world = World::new(plan.clone(), 2, MONDAY);
    world.advance(MONDAY + 48 * HOUR);
    let happenings = world.take_happenings();
    for room in 0..4 {
        let mine = happenings.iter().filter(|happening| happening.room == room);
        let comings: Vec<bool> = mine.map(|h| matches!(h.what, What::Occupied { .. })).collect();
        assert!(comings.len() >= 4, "{comings:?}");
        assert!(comings.iter().enumerate().all(|(n, &coming)| coming == (n % 2 == 0)));
    }
}

#[test]
fn every_size_of_plan_has_unique_valid_identifiers() {
    for rooms in (1..=60).chain([120, 121, 500, 1_000]) {
        let plan = Plan::new(rooms, 1);
        assert_eq!(plan.rooms.len(), rooms);
        let mut ids = std::collections::HashSet::new();
        for node in &plan.nodes {
            wire::id::check(&node.id).unwrap();
            assert!(ids.insert(node.id.clone()), "{} twice", node.id);
        }
        let mut names = std::collections::HashSet::new();
        for room in &plan.rooms {
            let (building, number) = room.id.split_once('/').unwrap();
            wire::id::check(building).unwrap();
            wire::id::check(number).unwrap();
            assert!(ids.insert(room.id.clone()), "{} twice", room.id);
            assert!(names.insert((room.building, room.name.clone())), "{} twice", room.name);
        }
        assert_eq!(plan.rooms[0].id, "science/101");
        assert_eq!(plan.rooms[0].name, "Physics 1");
    }
}

#[test]
fn the_configuration_gives_lamps_to_the_room_node_alone() {
    let plan = Plan::new(5, 1);
    let agent = AgentSettings {
        broker_url: "mqtt://127.0.0.1:1883",
        store_path: "a \"quoted\" name.db",
        socket: Some("/run/campus/agent.sock"),
        ..AgentSettings::default()
    };
    let text = plan.config_toml(&agent);
    assert!(text.contains("path = \"a \\\"quoted\\\" name.db\""), "{text}");
    assert!(text.contains("[[room]]\nid = \"science/101\"\nname = \"Physics 1\"\n"), "{text}");
    assert_eq!(text.matches("[[room]]").count(), 5);
    assert_eq!(text.matches("[[node]]").count(), plan.nodes.len());
    let zones: usize = plan.rooms.iter().map(|room| room.zones.len()).sum();
    assert_eq!(text.matches("[[room.zone]]").count(), zones);
    assert!(!text.contains("-b\"\nchannel"), "a sensor node has no lamps\n{text}");
    assert!(text.contains("lessons = [\"08:00-08:45\", \"08:55-09:40\""), "{text}");
}
