//! What a rule asks of a zone over time, and that no rule whatsoever makes people sit in the dark.

use super::conditions::{facts, measure, with};
use lighting::{Inputs, Kind, Occupancy, Period, Request, Settings, Zone};
use proptest::prelude::*;
use rules::{Facts, Memory, RuleSet, Sensor};

/// What a rule asks for: `ask` and level as in the file, minutes with CO₂ (or silence), and the request.
fn check(ask: &str, steps: &[(u64, Option<i64>, Option<Kind>)]) {
    let text = with("co2_ppm > 800").replace("ask = \"set\"\nlevel_pct = 30", ask);
    let rules = RuleSet::parse(&text).unwrap_or_else(|faults| panic!("{faults:?}"));
    let mut memory = Memory::default();
    for (minute, co2, expected) in steps {
        let now = minute * 60_000;
        let mut facts = facts();
        measure(&mut facts, Sensor::DaylightLx, 100, now);
        facts.readings[Sensor::Co2Ppm as usize] = rules::Reading::default();
        if let Some(co2) = co2 {
            measure(&mut facts, Sensor::Co2Ppm, *co2, now);
        }
        let settings = Settings::default();
        let (got, deadline) = rules.rules()[0].ask(0, &mut memory, &facts, &settings, now);
        assert_eq!(got.map(|request| request.kind), *expected, "{ask} at minute {minute}");
        assert!(got.is_none_or(|request| request.expires.is_some_and(|at| at > now)));
        assert!(deadline.is_none_or(|at| at > now));
    }
}

#[test]
fn when_a_sensor_falls_silent_what_gives_light_stays_until_it_expires() {
    use Kind::{Hold, Max, Min, Off, Set};
    let steps = |known, unsure| {
        [
            (0, Some(900), Some(known)),
            (5, None, unsure),
            (14, None, unsure),
            (15, None, None),
            (16, Some(900), Some(known)),
            (17, Some(500), None),
            (18, None, None),
        ]
    };
    // Silent from minute 5 on, known last at minute 0 with 10 min to live: gone at 10.
    let short = |known, unsure: Option<Kind>| {
        let mut all = steps(known, unsure);
        all[2] = (9, None, unsure);
        all[3] = (10, None, None);
        all
    };
    check("ask = \"set\"\nlevel_pct = 30", &short(Set(30), Some(Hold)));
    check("ask = \"min\"\nlevel_pct = 30", &short(Min(30), Some(Min(30))));
    check("ask = \"min\"\ntarget_lx = 300", &short(Min(54), Some(Min(54))));
    check("ask = \"hold\"", &short(Hold, Some(Hold)));
    check("ask = \"max\"\nlevel_pct = 30", &short(Max(30), None));
    check("ask = \"off\"", &short(Off, None));
}

fn asks() -> impl Strategy<Value = String> {
    let level = 1..=100u8;
    prop_oneof![
        level.clone().prop_map(|it| format!("ask = \"set\"\nlevel_pct = {it}")),
        level.clone().prop_map(|it| format!("ask = \"max\"\nlevel_pct = {it}")),
        level.prop_map(|it| format!("ask = \"min\"\nlevel_pct = {it}")),
        Just("ask = \"off\"".to_owned()),
        Just("ask = \"hold\"".to_owned()),
        (50..=900u32).prop_map(|it| format!("ask = \"set\"\ntarget_lx = {it}")),
    ]
}

fn conditions() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "true",
        "occupied",
        "vacant",
        "co2_ppm < 600",
        "!fresh(co2_ppm)",
        "for(illuminance_lx > 300, \"1m\")",
        "period == \"lesson\"",
        "hyst(daylight_lx, 200, 400)",
        "since(occupied) < \"10m\"",
        "between(\"08:00\", \"18:00\")",
    ])
}

fn rule() -> impl Strategy<Value = String> {
    let priorities = ["demand_response", "sweep", "occupancy"];
    (asks(), conditions(), prop::sample::select(priorities.to_vec())).prop_map(|(ask, when, at)| {
        let text = with(when).replace("ask = \"set\"\nlevel_pct = 30", &ask);
        text.replace("\"occupancy\"", &format!("\"{at}\""))
    })
}

fn step() -> impl Strategy<Value = (u64, Occupancy, Period, Option<u32>, Option<i64>)> {
    use Occupancy::{Occupied, Unknown, Vacant, VacantPending};
    let occupancy = prop::sample::select(vec![Occupied, VacantPending, Vacant, Unknown]);
    let period = prop::sample::select(vec![Period::Lesson, Period::Open, Period::Closed]);
    let lx = prop::option::of(0..1_000u32);
    let co2 = prop::option::of(400..2_000i64);
    (1_000..1_200_000u64, occupancy, period, lx, co2)
}

proptest! {
    #[test]
    fn whatever_is_written_people_are_not_left_in_the_dark(
        texts in prop::collection::vec(rule(), 0..6),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let text: String = texts
            .iter()
            .enumerate()
            .map(|(nth, text)| text.replace("\"one\"", &format!("\"r{nth}\"")))
            .collect();
        let rules = RuleSet::parse(&text).expect("good rules");
        let mut memories = vec![Memory::default(); rules.rules().len()];
        let settings = Settings::default();
        let (mut zone, mut now) = (Zone::new(), 1_000_000);
        for (after_ms, occupancy, period, lx, co2) in steps {
            now += after_ms;
            let before = zone.level_pct();
            let facts = seen(occupancy, period, lx, co2, now);
            let asked: Vec<Request> = rules
                .rules()
                .iter()
                .zip(&mut memories)
                .enumerate()
                .filter_map(|(nth, (rule, memory))| {
                    rule.ask(nth as u16, memory, &facts, &settings, now).0
                })
                .collect();
            let inputs = Inputs {
                occupancy,
                period,
                illuminance_lx: lx,
                lamp_pct: Some(0),
                ..Inputs::default()
            };
            let written = asked.iter().copied();
            let verdict: lighting::Verdict<32> = zone.decide_with(&inputs, &settings, written, now);
            let level = verdict.level_pct;
            if before > 0 && occupancy != Occupancy::Vacant && period != Period::Closed {
                prop_assert!(level > 0, "S3, S5: {before} % to {level} %, {occupancy:?}: {verdict:?}");
            }
            if occupancy == Occupancy::Occupied && period == Period::Lesson {
                let needed = lx.map_or(100, |lx| settings.level_for(settings.floor_lx, lx));
                prop_assert!(level >= needed, "S4: {level} % of {needed} %: {verdict:?}");
            }
            let again: lighting::Verdict<32> =
                zone.decide_with(&inputs, &settings, asked.iter().copied(), now);
            prop_assert_eq!(again.level_pct, level, "deciding twice");
        }
    }
}

fn seen(
    occupancy: Occupancy,
    period: Period,
    lx: Option<u32>,
    co2: Option<i64>,
    now: u64,
) -> Facts {
    let mut facts = Facts { occupancy, period, ..facts() };
    facts.readings = [rules::Reading::default(); rules::facts::SENSORS];
    if let Some(lx) = lx {
        measure(&mut facts, Sensor::DaylightLx, lx.into(), now);
        measure(&mut facts, Sensor::IlluminanceLx, lx.into(), now);
    }
    if let Some(co2) = co2 {
        measure(&mut facts, Sensor::Co2Ppm, co2, now);
    }
    facts
}
