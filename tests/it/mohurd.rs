//! The building-energy protocol over real TCP: collectors against the reference centre and against one
//! in Python, and a tester that finds what a bad centre does.

use mohurd::{Collector, Note, SHIPPED};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use system_tests::counterpart::Counterpart;
use system_tests::mohurd::centre::{ReferenceCentre, RowKey, Sin, rows};
use system_tests::mohurd::collector::Run;
use system_tests::mohurd::tester::{Subject, Verdict, all};
use system_tests::mohurd::{AES, AUTH, codec, names, report};
use system_tests::place::Place;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(60);

fn collector(dialect: &str, auth: [u8; 16], seed: u64) -> Collector {
    let (building, gateway) = names();
    Collector::new(codec(dialect, auth), building, gateway, seed)
}

/// What the collector has, as the centre keys it.
fn expected(slots: u64) -> BTreeMap<RowKey, mohurd::Value> {
    (0..slots).flat_map(|slot| rows(&report(slot))).collect()
}

#[test]
fn the_reference_centre_is_filled_completely_after_outages_in_every_dialect() {
    for (at, (dialect, _)) in SHIPPED.iter().enumerate() {
        let centre = ReferenceCentre::start(codec(dialect, AUTH));
        let mut run = Run::new(collector(dialect, AUTH, at as u64), centre.address(), 30);
        assert!(run.until(PATIENCE, |run| run.kept.len() > 3), "{dialect}: {:?}", run.notes);
        // Cut again and again while there is something left over; some is stored and not acknowledged.
        for round in 0..6 {
            centre.sin(Sin::Mute, round % 2 == 0);
            let before = run.kept.len();
            run.until(Duration::from_millis(300), |run| run.kept.len() > before + 3);
            centre.cut();
            run.add(20);
        }
        centre.sin(Sin::Mute, false);
        assert!(
            run.until(PATIENCE, |run| run.is_complete()),
            "{dialect}: {} of {}",
            run.kept.len(),
            run.slots
        );
        let held = centre.held();
        assert_eq!(held.rows, expected(run.slots), "{dialect}");
        assert_eq!(held.differing, 0, "{dialect}");
        assert!(held.logins > 2 && held.left_over > 50, "{dialect}: {held:?}");
        assert!(held.findings.is_empty(), "{dialect}: {:?}", held.findings);
    }
}

#[test]
fn a_query_is_answered_over_the_line() {
    let centre = ReferenceCentre::start(codec("s", AUTH));
    let mut run = Run::new(collector("s", AUTH, 9), centre.address(), 1);
    assert!(run.until(PATIENCE, |run| run.is_complete()), "{:?}", run.notes);
    centre.query();
    assert!(run.until(PATIENCE, |_| centre.held().replies == 1), "{:?}", run.notes);
}

fn subject(dialect: &str, address: SocketAddr) -> Subject {
    let (building_id, gateway_id) = names();
    Subject {
        address,
        codec: codec(dialect, AUTH),
        stranger: codec(dialect, [0x33; 16]),
        building_id,
        gateway_id,
        patience: Duration::from_secs(20),
    }
}

fn faults(verdicts: &[Verdict]) -> Vec<&str> {
    let failed = verdicts.iter().filter(|verdict| verdict.fault.is_some());
    failed.map(|verdict| verdict.check).collect()
}

#[test]
fn the_tester_finds_nothing_at_the_reference_centre() {
    for (dialect, _) in SHIPPED {
        let centre = ReferenceCentre::start(codec(dialect, AUTH));
        let verdicts = all(&subject(dialect, centre.address()));
        assert_eq!(faults(&verdicts), [""; 0], "{dialect}: {verdicts:?}");
    }
}

#[test]
fn the_tester_finds_what_a_bad_centre_does() {
    let check = |sin: Sin, patience_ms: u64, expected: &[&str]| {
        let centre = ReferenceCentre::start(codec("g", AUTH));
        centre.sin(sin, true);
        let patience = Duration::from_millis(patience_ms);
        let verdicts = all(&Subject { patience, ..subject("g", centre.address()) });
        for check in expected {
            assert!(faults(&verdicts).contains(check), "{sin:?}: {verdicts:?}");
        }
    };
    // Twice as many answers: already the login is out of step.
    check(Sin::Twice, 2_000, &["a login with the right key passes"]);
    let unkept = ["a report is acknowledged once, as what it is", "left-over data is acknowledged"];
    check(Sin::Mute, 300, &unkept);
    check(Sin::Refuse, 2_000, &unkept);
    // Another dialect than the subject is said to speak.
    let centre = ReferenceCentre::start(codec("g-prime", AUTH));
    let patience = Duration::from_millis(300);
    let verdicts = all(&Subject { patience, ..subject("g", centre.address()) });
    assert!(faults(&verdicts).contains(&"a login with the right key passes"), "{verdicts:?}");
}

#[test]
fn the_frozen_bytes_are_what_the_counterpart_in_python_writes() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("counterparts/mohurd.py");
    for (dialect, _) in SHIPPED {
        let said = Command::new("python3").arg(&script).args(["--vectors", dialect]).output();
        let Ok(said) = said else {
            eprintln!("skipped: no python3");
            return;
        };
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let frozen =
            script.with_file_name("../../mohurd/tests/frozen").join(format!("{dialect}.txt"));
        let frozen = std::fs::read_to_string(frozen).expect("the frozen bytes");
        assert_eq!(String::from_utf8_lossy(&said.stdout), frozen, "{dialect}");
    }
}

fn hex(bytes: [u8; 16]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn python(dialect: &str) -> (Counterpart, SocketAddr) {
    let told = json!({"link": "tcp", "dialect": dialect, "auth": hex(AUTH), "aes": hex(AES)});
    let centre = Counterpart::mohurd(&told);
    let address = centre.link().split_once("://").expect("over TCP").1.parse().expect("an address");
    (centre, address)
}

#[test]
fn a_counterpart_centre_in_python_is_filled_completely_after_outages() {
    for (at, (dialect, _)) in SHIPPED.iter().enumerate() {
        let (centre, address) = python(dialect);
        let mut run = Run::new(collector(dialect, AUTH, at as u64), address, 20);
        assert!(run.until(PATIENCE, |run| run.kept.len() > 2), "{dialect}: {:?}", run.notes);
        for round in 0..4 {
            centre.say(&json!({"do": "mute", "is": round % 2 == 0}));
            let before = run.kept.len();
            run.until(Duration::from_millis(300), |run| run.kept.len() > before + 2);
            centre.say(&json!({"do": "cut"}));
            run.add(10);
        }
        centre.say(&json!({"do": "mute", "is": false}));
        assert!(
            run.until(PATIENCE, |run| run.is_complete()),
            "{dialect}: {} of {}",
            run.kept.len(),
            run.slots
        );
        let places = mohurd::Dialect::shipped(dialect).expect("a dialect").xml.decimals;
        let ours =
            expected(run.slots).into_iter().map(|((building, meter, function, time), value)| {
                json!([building, meter, function, time.to_string(), value.written(places)])
            });
        let theirs = centre.say(&json!({"do": "rows"}));
        assert_eq!(theirs["rows"], Value::Array(ours.collect()), "{dialect}");
        let counts = centre.say(&json!({"do": "counts"}));
        assert_eq!(counts["differ"], 0, "{dialect}: {counts}");
        centre.say(&json!({"do": "query"}));
        let replied =
            |_: &mut Run| centre.say(&json!({"do": "counts"}))["reply"].as_u64() >= Some(1);
        assert!(run.until(PATIENCE, replied), "{dialect}: no reply");
    }
}

#[test]
fn a_counterpart_centre_in_python_denies_another_key() {
    let (centre, address) = python("g");
    let mut run = Run::new(collector("g", [0x44; 16], 1), address, 1);
    assert!(run.until(PATIENCE, |run| run.notes.contains(&Note::Denied)), "{:?}", run.notes);
    assert_eq!(centre.say(&json!({"do": "counts"}))["failed"], 1);
    assert_eq!(centre.say(&json!({"do": "rows"}))["rows"], json!([]));
}

#[test]
fn a_daily_zip_is_read_by_python_as_it_was_meant() {
    use mohurd::daily::{Building, Day, Sender, SlotEnergy};
    let stamp = |text: &str| mohurd::Stamp::parse(text).expect("a time");
    let (building, _) = names();
    let slot = |quarter: i64| SlotEnergy {
        building_id: building.clone(),
        item: mohurd::ItemCode::new("01A10").expect("a code"),
        meter: "m1".into(),
        start: stamp("20140602090000").plus_minutes(quarter * 15).expect("in range"),
        span_min: 15,
        wh: 75 + quarter,
        measured: true,
    };
    let day = Day {
        centre: Sender {
            id: mohurd::CentreId::new("310000").expect("a number"),
            name: "数据中心".into(),
            operator: "区教育局".into(),
            contact: String::new(),
            telephone: String::new(),
        },
        day: stamp("20140602000000"),
        created: stamp("20140603003000"),
        buildings: vec![Building {
            id: building.clone(),
            name: "教学楼 <A> & B".into(),
            owner: "第一中学".into(),
            address: "学府路".into(),
            year: 1998,
            floors: (5, 0),
            area_m2: 6_400,
            purpose: 'D',
        }],
        meters: Vec::new(),
        energy: (0..6).map(slot).collect(),
    };
    let folder = Place::new("daily-zip");
    let path = folder.path().join(format!("{}.zip", day.name()));
    std::fs::write(&path, day.zip().expect("it can be written")).expect("written");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("counterparts/daily.py");
    let Ok(said) = Command::new("python3").arg(script).arg(&path).output() else {
        eprintln!("skipped: no python3");
        return;
    };
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said: Value = serde_json::from_slice(&said.stdout).expect("JSON");
    assert_eq!(said["buildings"], json!({"310101D064": "教学楼 <A> & B"}));
    let hours = json!([
        ["310101D064", "01A10", "2014-06-02 09:00:00", "0.3060", "1"],
        ["310101D064", "01A10", "2014-06-02 10:00:00", "0.1590", "0"],
    ]);
    assert_eq!(said["hours"], hours);
}
