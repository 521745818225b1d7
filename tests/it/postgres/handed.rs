//! `campus hub day-files`: what is handed to the data centre above is what the hub holds, to the watt-hour.

use super::District;
use batch::{Body, Row, Span, Stream, Values};
use mohurd::daily::check;
use std::collections::BTreeMap;
use system_tests::campus::run;
use system_tests::place::Place;
use system_tests::sender::{Campus, Chance, Line, MONDAY_MS};

const CENTRE: &str = "[centre]\nid = \"310000\"\nname = \"区教育局\"\n\n[[building]]\nid = \"310101D064\"\n\
                      campus = \"north\"\nname = \"教学楼\"\narea_m2 = 6400\n\
                      meters = [\"in-1/main=01A00\", \"in-2/main=01A00\", \"roof/main=01B00\"]\n";

/// Which quarters of the day are there, and how good.
fn quarter(meter: &str, slot: i64, wh: i64, revision: u32, estimated_permille: i64) -> Row {
    let values = Values {
        energy_wh: Some(wh),
        complete_permille: Some(1000),
        estimated_permille: Some(estimated_permille),
        ..Values::default()
    };
    let stream = Stream::new(&format!("meter/{meter}/main")).expect("a stream");
    Row {
        stream,
        slot_ms: MONDAY_MS + slot * 900_000,
        span_s: 900,
        revision,
        body: Body::Quarter(values),
    }
}

#[test]
fn the_files_of_a_day_are_what_the_hub_holds_and_say_what_is_missing() {
    let district = District::start("handed", 1);
    let mut campus = Campus::new("north", 5);
    district.admit(&campus);
    let mut chance = Chance(5);
    // What each meter counted in each slot of the day, by its newest row.
    let mut truth = BTreeMap::new();
    // The day before and the day after belong to other files. Slot 9 is corrected, slot 17 becomes an estimate.
    let slots = (-4..100).flat_map(|slot| ["in-1", "in-2"].map(|meter| (meter, slot, 1, 0)));
    for (meter, slot, revision, estimated) in
        slots.chain([("in-1", 9, 2, 0), ("in-2", 17, 2, 1000)])
    {
        let wh = chance.below(5_000) as i64;
        campus.add(&quarter(meter, slot, wh, revision, estimated));
        if (0..96).contains(&slot) {
            truth.insert((meter, slot), wh);
        }
    }
    let all = Span { from: 1, to: campus.rows.len() as u64 };
    Line::new(district.balancer.port()).post(&campus.batch(all)).expect("an answer").receipt();
    let kept: i64 = truth.values().sum();

    let place = Place::new("handed-files");
    let centre = place.write("centre.toml", CENTRE).display().to_string();
    let (out, config) = (place.path().display().to_string(), district.config(0));
    let day_files = |day: &str| {
        run(&[
            "hub",
            "day-files",
            day,
            "--centre",
            &centre,
            "--out",
            &out,
            "--config",
            &config,
            "--json",
        ])
    };
    let said = day_files("2025-09-01");
    assert_eq!(said.code, 0, "{said:?}");
    let said = said.json();
    assert_eq!(said["name"], "31000020250901");
    assert_eq!(said["energy_wh"], kept, "{said}");
    // 24 hours of electricity; in hour 4 a slot is estimated. The roof said nothing, and has no hour at all.
    assert_eq!((&said["hours"], &said["whole"]), (&24.into(), &23.into()), "{said}");
    assert_eq!(said["silent"], serde_json::json!(["roof/main of north"]));
    let zip = std::fs::read(place.path().join("31000020250901.zip")).expect("the zip");
    let day = check("31000020250901.zip", &zip).expect("our own checker takes it");
    let kwh: f64 =
        day.hours.values().map(|hour| hour.kwh.written(4).parse::<f64>().expect("a number")).sum();
    assert!((kwh * 1000.0 - kept as f64).abs() < 0.5, "{kwh} kWh of {kept} Wh");
    let csv = std::fs::read_to_string(place.path().join("31000020250901.csv")).expect("the table");
    assert_eq!(csv.lines().count(), 1 + 2 * 96);
    for (meter, slot, start, measured) in [("in-1", 9, "02:15:00", 1), ("in-2", 17, "04:15:00", 0)]
    {
        let wh = truth[&(meter, slot)];
        let line =
            format!("310101D064,01A00,north/{meter}/main,2025-09-01 {start},15,{wh},{measured}\n");
        assert!(csv.contains(&line), "{line} in {csv}");
    }
    // Once more is the same file, but for the time at which it was made.
    assert_eq!(day_files("2025-09-01").json(), said);

    for (day, centre, says) in [
        ("2025-02-30", CENTRE.to_owned(), "`2025-02-30` is no day"),
        ("25-09-01", CENTRE.to_owned(), "it looks like `2026-11-25`"),
        ("2025-09-01", CENTRE.replace("north", "nowhere"), "no campus `nowhere` sends to this hub"),
        ("2025-09-01", CENTRE.replace("310000", "31"), "centre.toml:2:6"),
    ] {
        place.write("centre.toml", &centre);
        let said = day_files(day);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains(says), "{says}: {said:?}");
    }
}
