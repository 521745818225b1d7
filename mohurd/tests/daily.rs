//! Daily files: what is written is read back to the watt-hour, and what is wrong is found.

use mohurd::daily::{Building, CheckedDay, DailyFault, Day, DayFault, Sender, SlotEnergy, check};
use mohurd::{BuildingId, CentreId, ItemCode, Stamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

fn stamp(text: &str) -> Stamp {
    Stamp::parse(text).expect("a time")
}

fn building(id: &str) -> Building {
    Building {
        id: BuildingId::new(id).expect("an id"),
        name: "教学楼 <A> & B".into(),
        owner: "第一中学".into(),
        address: "学府路 1 号".into(),
        year: 1998,
        floors: (5, 0),
        area_m2: 6_400,
        purpose: 'D',
    }
}

fn slot(building: &str, item: &str, meter: &str, start: &str, wh: i64) -> SlotEnergy {
    SlotEnergy {
        building_id: BuildingId::new(building).expect("an id"),
        item: ItemCode::new(item).expect("a code"),
        meter: meter.into(),
        start: stamp(start),
        span_min: 15,
        wh,
        measured: true,
    }
}

fn day(energy: Vec<SlotEnergy>) -> Day {
    Day {
        centre: Sender {
            id: CentreId::new("310000").expect("a number"),
            name: "区教育局数据中心".into(),
            operator: "区教育局".into(),
            contact: "值班室".into(),
            telephone: "021-00000000".into(),
        },
        day: stamp("20140602120000"),
        created: stamp("20140603003000"),
        buildings: vec![building("310101D064"), building("310101D065")],
        meters: Vec::new(),
        energy,
    }
}

/// A whole hour of one meter and a part of one of another.
fn sample() -> Day {
    day(vec![
        slot("310101D064", "01A10", "m1", "20140602090000", 1_001),
        slot("310101D064", "01A10", "m1", "20140602091500", 1_002),
        slot("310101D064", "01A10", "m1", "20140602093000", 1_003),
        slot("310101D064", "01A10", "m1", "20140602094500", 1_004),
        slot("310101D065", "01C10", "m2", "20140602230000", 500),
    ])
}

fn read(day: &Day) -> CheckedDay {
    let zip = day.zip().expect("it can be written");
    check(&format!("{}.zip", day.name()), &zip).unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn a_day_is_named_and_written_as_the_appendix_says() {
    let day = sample();
    assert_eq!(day.name(), "31000020140602");
    assert_eq!(
        day.energy_xml().expect("it can be written"),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><root><common><UploadDataCenterID>310000</UploadDataCenterID>\
         <CreateTime>2014-06-03 00:30:00</CreateTime></common><data><Build id=\"310101D064\"><EnergyItemHourResult>\
         <F_HourResultID>310101D06401A102014060209</F_HourResultID><F_EnergyItemCode>01A10</F_EnergyItemCode>\
         <F_StartHour>2014-06-02 09:00:00</F_StartHour><F_EndHour>2014-06-02 10:00:00</F_EndHour>\
         <F_HourValue>4.0100</F_HourValue><F_HourEquValue>0.4928</F_HourEquValue><F_State>1</F_State>\
         </EnergyItemHourResult></Build><Build id=\"310101D065\"><EnergyItemHourResult>\
         <F_HourResultID>310101D06501C102014060223</F_HourResultID><F_EnergyItemCode>01C10</F_EnergyItemCode>\
         <F_StartHour>2014-06-02 23:00:00</F_StartHour><F_EndHour>2014-06-03 00:00:00</F_EndHour>\
         <F_HourValue>0.5000</F_HourValue><F_HourEquValue>0.0615</F_HourEquValue><F_State>0</F_State>\
         </EnergyItemHourResult></Build></data></root>"
    );
    let zip = day.zip().expect("it can be written");
    let mut archive = zip::ZipArchive::new(Cursor::new(&zip)).expect("a zip");
    let mut names: Vec<String> =
        archive.file_names().map(|name| name.expect("a name").into_owned()).collect();
    names.sort();
    let expected =
        ["31000020140602/31000020140602Build.xml", "31000020140602/31000020140602Energy.xml"];
    assert_eq!(names, expected);
    let mut build = String::new();
    archive.by_name(expected[0]).expect("it is there").read_to_string(&mut build).expect("UTF-8");
    for part in [
        "<F_BuildName>教学楼 &lt;A&gt; &amp; B</F_BuildName>",
        "<F_BuildFunc>D</F_BuildFunc>",
        "<F_DistrictCode>310101<",
    ] {
        assert!(build.contains(part), "{part} is not in {build}");
    }
    assert_eq!(zip, sample().zip().expect("it can be written"), "the same day is the same bytes");
}

#[test]
fn the_table_for_a_spreadsheet_has_every_slot() {
    let csv = sample().csv().expect("it can be written");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "building_id,item_code,meter,start,span_min,energy_wh,measured");
    assert_eq!(lines[1], "310101D064,01A10,m1,2014-06-02 09:00:00,15,1001,1");
    assert_eq!(lines.len(), 6);
}

#[test]
fn an_hour_is_valid_only_when_every_meter_has_all_of_it() {
    let start = |hour: u32, quarter: u32| format!("20140602{hour:02}{:02}00", quarter * 15);
    let mut energy = Vec::new();
    for quarter in 0..4 {
        energy.push(slot("310101D064", "01A10", "m1", &start(8, quarter), 1));
        energy.push(slot("310101D064", "01A10", "m2", &start(8, quarter), 1));
        energy.push(slot("310101D064", "01A10", "m1", &start(9, quarter), 1));
        let mut guessed = slot("310101D064", "01A10", "m2", &start(9, quarter), 1);
        guessed.measured = quarter > 0;
        energy.push(guessed);
        energy.push(slot("310101D064", "01A10", "m1", &start(10, quarter), 1));
    }
    let read = read(&day(energy));
    let valid: Vec<bool> = read.hours.values().map(|hour| hour.valid).collect();
    assert_eq!(valid, [true, false, false], "whole, partly estimated, one meter missing");
}

#[test]
fn a_day_that_a_reader_would_misunderstand_is_not_written() {
    let check = |change: fn(&mut Day), expected: fn(&DayFault) -> bool| {
        let mut day = sample();
        change(&mut day);
        let fault = day.zip().expect_err("a fault");
        assert!(expected(&fault), "{fault}");
        assert!(day.csv().is_err() || matches!(fault, DayFault::Text), "{fault}");
    };
    check(
        |day| day.energy[0].start = stamp("20140603090000"),
        |fault| matches!(fault, DayFault::Slot { .. }),
    );
    check(|day| day.energy[0].span_min = 61, |fault| matches!(fault, DayFault::Slot { .. }));
    check(|day| day.energy[3].span_min = 16, |fault| matches!(fault, DayFault::Slot { .. }));
    check(|day| day.energy[0].span_min = 0, |fault| matches!(fault, DayFault::Slot { .. }));
    check(
        |day| day.energy[1] = day.energy[0].clone(),
        |fault| matches!(fault, DayFault::Twice { .. }),
    );
    check(|day| day.energy[0].wh = -1, |fault| matches!(fault, DayFault::Energy { .. }));
    check(|day| day.energy[0].wh = i64::MAX, |fault| matches!(fault, DayFault::Energy { .. }));
    check(
        |day| day.energy[0].item = ItemCode::new("02000").expect("a code"),
        |fault| matches!(fault, DayFault::Item(_)),
    );
    check(|day| drop(day.buildings.pop()), |fault| matches!(fault, DayFault::Building(_)));
    check(
        |day| day.buildings[0].id = BuildingId::new("310101").expect("an id"),
        |fault| matches!(fault, DayFault::Code(_)),
    );
    check(|day| day.buildings[0].name = "\u{1}".into(), |fault| matches!(fault, DayFault::Text));
}

/// A zip with these files.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("started");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("finished").into_inner()
}

/// The sample with its texts changed, under a name.
fn changed(name: &str, change: impl Fn(String) -> String) -> Vec<DailyFault> {
    let day = sample();
    let (build, energy) = (day.build_xml().expect("written"), day.energy_xml().expect("written"));
    let (build, energy) = (change(build), change(energy));
    let stem = "31000020140602";
    let zip = zipped(&[
        (&format!("{stem}/{stem}Build.xml"), build.as_bytes()),
        (&format!("{stem}/{stem}Energy.xml"), energy.as_bytes()),
    ]);
    check(name, &zip).err().unwrap_or_default()
}

#[test]
fn the_checker_finds_what_is_wrong_with_a_strangers_zip() {
    const NAME: &str = "31000020140602.zip";
    assert_eq!(changed(NAME, |text| text), [], "unchanged, it is right");
    let found = |name: &str, from: &str, to: &str, says: &str| {
        let faults = changed(name, |text| text.replace(from, to));
        assert!(
            faults.iter().any(|fault| fault.to_string().contains(says)),
            "`{says}` is not in {faults:?}"
        );
    };
    found("31000120140602.zip", "", "", "does not belong here");
    found("31000020140602.rar", "", "", "a zip is named");
    found("31000020149902.zip", "", "", "does not name a day");
    found(NAME, "encoding=\"UTF-8\"", "encoding=\"GBK\"", "does not declare UTF-8");
    found(
        NAME,
        "<UploadDataCenterID>310000",
        "<UploadDataCenterID>310001",
        "another than the name",
    );
    found(NAME, "2014-06-03 00:30:00", "yesterday", "`CreateTime`");
    found(NAME, "id=\"310101D065\"", "id=\"310101D064\"", "twice");
    found(NAME, "<F_BuildName>", "<F_Name>", "not well-formed");
    found(NAME, "2014-06-02 09:00:00", "2014-06-02 09:30:00", "no hour of the day");
    found(NAME, "2014-06-02 10:00:00", "2014-06-02 11:00:00", "an hour after it begins");
    found(NAME, "4.0100", "-4.0100", "`F_HourValue`");
    found(NAME, "4.0100", "4.01e0", "`F_HourValue`");
    found(NAME, "0.4928", "0.4728", "of coal");
    found(NAME, "<F_State>1", "<F_State>7", "`F_State`");
    found(NAME, "<F_EnergyItemCode>01A10", "<F_EnergyItemCode>A", "`F_EnergyItemCode`");
    found(NAME, "310101D06501C102014060223", "310101D06401A102014060209", "`F_HourResultID`");
    found(NAME, "<root>", "<!DOCTYPE root [<!ENTITY a \"b\">]><root>", "document type");
    let not_described = |text: String| {
        if text.contains("BuildBaseInfo") { text.replace("310101D065", "310101D066") } else { text }
    };
    let faults = changed(NAME, not_described);
    assert!(faults[0].what.contains("does not describe"), "{faults:?}");
    assert_eq!(check(NAME, b"no zip").expect_err("refused")[0].what, "is no zip");
    assert!(check(NAME, &zipped(&[])).is_err());
    // 70 MB of spaces in some kilobytes.
    let spaces = vec![b' '; 70 * 1024 * 1024];
    let bomb = zipped(&[
        ("31000020140602/31000020140602Build.xml", &spaces),
        ("31000020140602/31000020140602Energy.xml", b"<root/>"),
    ]);
    assert!(bomb.len() < 100_000);
    let faults = check(NAME, &bomb).expect_err("refused");
    assert!(faults[0].what.contains("too large"), "{faults:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_hour_is_the_sum_of_its_slots_to_the_watt_hour(
        slots in prop::collection::btree_map((0..2_usize, 0..3_usize, 0..3_usize, 0..96_u32), 0..2_000_000_i64, 1..200),
    ) {
        let (ids, codes) = (["310101D064", "310101D065"], ["01A10", "01A20", "01C10"]);
        let energy = slots.iter().map(|((building, item, meter, quarter), wh)| {
            let start = format!("20140602{:02}{:02}00", quarter / 4, quarter % 4 * 15);
            slot(ids[*building], codes[*item], &format!("m{meter}"), &start, *wh)
        });
        let day = day(energy.collect());
        let mut sums: BTreeMap<_, i64> = BTreeMap::new();
        for row in &day.energy {
            *sums.entry((row.building_id.clone(), row.item, row.start.hour())).or_default() += row.wh;
        }
        let read = read(&day);
        let found: BTreeMap<_, i64> =
            read.hours.into_iter().map(|(key, hour)| (key, hour.kwh.wh().expect("whole watt-hours"))).collect();
        prop_assert_eq!(found, sums);
    }

    #[test]
    fn a_damaged_zip_is_refused_and_never_a_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut zip = sample().zip().expect("it can be written");
        let at = at.index(zip.len());
        zip[at] = byte;
        let _ = check("31000020140602.zip", &zip);
    }
}
