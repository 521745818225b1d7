//! Meters that other people wrote: what `campus` reads is what they served, over TCP, RTU and in
//! DL/T 645; one that is dead disturbs nobody; relays do what a room wishes.

use crate::CAMPUS;
use crate::models::{ALL, Model, SDM120, SDM630};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use system_tests::campus::Agent;
use system_tests::counterpart::{Counterpart, register};
use system_tests::mosquitto::Mosquitto;
use system_tests::wait;

/// What is read may differ from what was served by less than a thousandth of the base unit.
const THOUSANDTH: f64 = 0.000_5;

/// A campus with one more bus.
fn config(link: &str, more: &str) -> String {
    format!("{CAMPUS}\n[[bus]]\nid = \"line\"\nlink = \"{link}\"\n{more}")
}

/// A polled meter whose registers may jump: a test has no hours for them to move in.
fn meter(id: &str, address: &str, profile: &str, more: &str) -> String {
    format!(
        "[[meter]]\nid = \"{id}\"\nbus = \"line\"\naddress = {address}\nprofile = \"{profile}\"\npower_max_kw = 1000000\n{more}\n"
    )
}

/// Reads a meter and compares every quantity with what it shows.
fn check(agent: &Agent, id: &str, shown: &BTreeMap<&str, f64>) {
    let read = agent.json(&["meter", "read", id]);
    let values = read["values"].as_array().unwrap_or_else(|| panic!("{id}: {read}"));
    for value in values {
        let measure = value["measure"].as_str().expect("a name");
        let Some(wanted) = shown.get(measure) else { panic!("{id} has no {measure}: {value}") };
        let found = value["value"].as_f64().unwrap_or_else(|| panic!("{id}: {value}"));
        assert!((found - wanted).abs() < THOUSANDTH, "{id}: {wanted} is served, not {value}");
    }
    assert_eq!(values.len(), shown.len(), "{id} is read in full: {read}");
}

fn shown(model: &Model) -> BTreeMap<&'static str, f64> {
    model.shows.iter().map(|show| (show.0, show.6)).collect()
}

/// One meter of the list.
fn listed(agent: &Agent, id: &str) -> Value {
    let list = agent.json(&["meter", "list"]);
    let list = list.as_array().expect("a list").clone();
    list.into_iter().find(|meter| meter["id"] == json!(id)).unwrap_or(Value::Null)
}

fn wait_state(agent: &Agent, id: &str, state: &str) {
    wait::until(&format!("{id} is {state}"), Duration::from_secs(60), || {
        (listed(agent, id)["state"] == json!(state)).then_some(())
    });
}

/// Nine models on one bus, all with different addresses.
fn nine_models(test: &str, line: impl Fn(&Value) -> Counterpart, serial: &str) {
    let unit = |model: &Model| json!({"registers": model.registers()});
    let units: BTreeMap<String, Value> =
        ALL.iter().zip(1..).map(|(model, nth): (_, u8)| (nth.to_string(), unit(model))).collect();
    let line = line(&json!(units));
    let meters: String = ALL
        .iter()
        .zip(1..)
        .map(|(model, nth): (_, u8)| {
            let more = "building = \"science\"\nevery_s = 5";
            meter(&format!("m{nth}"), &nth.to_string(), model.profile, more)
        })
        .collect();
    let broker = Mosquitto::start(test, "");
    let agent =
        Agent::start(test, &broker.url(), &config(line.link(), &format!("{serial}{meters}")));
    for (model, nth) in ALL.iter().zip(1..) {
        let id = format!("m{nth}");
        println!("{id} is {}", model.profile);
        check(&agent, &id, &shown(model));
        wait_state(&agent, &id, "ok");
        let wh = json!(shown(model)["energy_import"] as i64);
        assert_eq!(listed(&agent, &id)["register_wh"], wh, "{}", listed(&agent, &id));
    }
    // Nothing is remembered where it has to be asked.
    line.set(2, &[register(4, 0x0046, "f32", "ABCD", 51.25)]);
    let mut changed = shown(&SDM630);
    changed.insert("frequency", 51.25);
    check(&agent, "m2", &changed);
}

#[test]
fn all_quantities_of_nine_models_are_read_as_a_counterpart_serves_them_over_tcp() {
    nine_models("models-tcp", Counterpart::tcp, "");
}

#[test]
fn all_quantities_of_nine_models_are_read_as_a_counterpart_serves_them_over_rtu() {
    nine_models("models-rtu", Counterpart::rtu, "baud = 9600\n");
}

#[test]
fn a_counterpart_that_refuses_to_read_over_holes_is_read_all_the_same() {
    let unit = json!({"registers": SDM120.registers(), "strict": true, "max": 60});
    let line = Counterpart::tcp(&json!({"1": unit}));
    let broker = Mosquitto::start("strict", "");
    let meters = meter("m1", "1", SDM120.profile, "building = \"science\"\nevery_s = 1");
    let agent = Agent::start("strict", &broker.url(), &config(line.link(), &meters));
    wait_state(&agent, "m1", "ok");
    check(&agent, "m1", &shown(&SDM120));
}

#[test]
fn a_dead_counterpart_is_silent_and_the_others_go_on_being_counted() {
    let energy = |kwh: f64| [register(4, 0x0048, "f32", "ABCD", kwh)];
    let unit = json!({"registers": SDM120.registers()});
    let line = Counterpart::rtu(&json!({"1": unit, "2": unit, "3": unit}));
    let broker = Mosquitto::start("dead-unit", "");
    let meters: String = ["1", "2", "3"]
        .map(|nth| {
            let more = "building = \"science\"\nevery_s = 1";
            meter(&format!("m{nth}"), nth, SDM120.profile, more)
        })
        .concat();
    let agent = Agent::start("dead-unit", &broker.url(), &config(line.link(), &meters));
    ["m1", "m2", "m3"].iter().for_each(|id| wait_state(&agent, id, "ok"));
    line.dead(2, true);
    wait_state(&agent, "m2", "silent");
    assert_ne!(listed(&agent, "m2")["why"], Value::Null, "{}", listed(&agent, "m2"));
    line.set(1, &energy(1234.75));
    line.set(3, &energy(1235.0));
    for (id, wh) in [("m1", 1_234_750), ("m3", 1_235_000)] {
        wait::until_true("the others are counted", || {
            listed(&agent, id)["register_wh"] == json!(wh)
        });
        assert_eq!(listed(&agent, id)["state"], json!("ok"));
    }
    let refused = agent.ask(&["meter", "read", "m2"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    line.set(2, &energy(1236.0));
    line.dead(2, false);
    wait_state(&agent, "m2", "ok");
    assert_eq!(listed(&agent, "m2")["register_wh"], json!(1_236_000));
    // What it counted while nobody could ask is booked when it comes back.
    let audit = agent.ask(&["energy", "audit", "--of", "m2", "--json"]);
    assert_eq!(audit.code, 0, "{audit:?}");
}

#[test]
fn a_counterpart_that_belongs_nowhere_is_an_orphan_and_in_no_total() {
    let unit = json!({"registers": SDM120.registers()});
    let line = Counterpart::tcp(&json!({"1": unit, "2": unit}));
    let broker = Mosquitto::start("orphan", "");
    let placed = meter("placed", "1", SDM120.profile, "building = \"science\"\nevery_s = 1");
    let orphan = meter("lost", "2", SDM120.profile, "every_s = 1");
    let agent = Agent::start(
        "orphan",
        &broker.url(),
        &config(line.link(), &format!("{placed}{orphan}[energy]\nslot_min = 1\n")),
    );
    wait_state(&agent, "placed", "ok");
    wait_state(&agent, "lost", "orphan");
    let lost = listed(&agent, "lost");
    assert_eq!((&lost["place"], &lost["register_wh"]), (&Value::Null, &json!(1_234_500)), "{lost}");
    for unit in [1, 2] {
        line.set(unit, &[register(4, 0x0048, "f32", "ABCD", 1235.0)]);
    }
    wait::until_true("both registers have moved", || {
        ["placed", "lost"].iter().all(|id| listed(&agent, id)["register_wh"] == json!(1_235_000))
    });
    let status = agent.json(&["status"]);
    let needs = status["needs"].as_array().expect("a list").clone();
    let alarm = needs.iter().find(|need| need["code"] == json!("meter_orphan"));
    assert_eq!(alarm.map(|need| &need["about"]), Some(&json!("lost")), "{status}");
    // The total is of slots, and theirs is a minute.
    let report = wait::until("a slot of both is over", Duration::from_secs(90), || {
        let report = agent.json(&["report", "month"]);
        let meters = report["meters"].as_array()?;
        let counted = |id: &str| {
            meters.iter().any(|it| it["id"] == json!(id) && it["energy_wh"] == json!(500))
        };
        (counted("placed") && counted("lost")).then_some(report)
    });
    assert_eq!(report["energy_wh"], json!(500), "of one meter only: {report}");
    assert_eq!(report["orphans"], json!(["lost"]), "{report}");
}

/// What the two meters of `docs` show, and what that is.
const DLT645: [(&str, &str, &str, f64); 11] = [
    ("energy_import", "00010000", "001206.42", 1_206_420.0),
    ("energy_export", "00020000", "000031.07", 31_070.0),
    ("energy_import_t1", "00010100", "000100.01", 100_010.0),
    ("energy_import_t2", "00010200", "000200.02", 200_020.0),
    ("energy_import_t3", "00010300", "000300.03", 300_030.0),
    ("energy_import_t4", "00010400", "000606.36", 606_360.0),
    ("voltage_l1", "02010100", "230.1", 230.1),
    ("current_l1", "02020100", "-005.250", -5.25),
    ("power", "02030000", "-01.2081", -1_208.1),
    ("power_factor", "02060000", "0.997", 0.997),
    ("frequency", "02800002", "49.98", 49.98),
];

fn display() -> Value {
    DLT645.iter().map(|(_, di, shown, _)| ((*di).to_owned(), json!(shown))).collect()
}

#[test]
fn a_counterpart_of_dl_t_645_is_read_on_a_serial_line_and_through_a_serial_server() {
    let wanted: BTreeMap<&str, f64> = DLT645.iter().map(|show| (show.0, show.3)).collect();
    let first = json!({"000102030425": display(), "000000000161": {"00010000": "000000.26"}});
    let lines = [
        Counterpart::dlt645(&first),
        Counterpart::dlt645_over_tcp(&json!({"000102030425": display()})),
    ];
    let profile = "dlt645-2007-single-phase";
    let more = "building = \"science\"\nevery_s = 1";
    let near = meter("near", "\"000102030425\"", profile, more);
    // It has only one of the quantities that the profile knows, as simple meters have.
    let simple = meter("simple", "\"000000000161\"", profile, more);
    let bus = format!("[[bus]]\nid = \"far\"\nlink = \"{}\"\n", lines[1].link());
    let far = meter("far", "\"any\"", profile, more).replace("\"line\"", "\"far\"");
    let broker = Mosquitto::start("dlt645", "");
    let text = config(lines[0].link(), &format!("{near}{simple}{bus}{far}"));
    let agent = Agent::start("dlt645", &broker.url(), &text);
    for (id, wh) in [("near", 1_206_420), ("far", 1_206_420), ("simple", 260)] {
        wait_state(&agent, id, "ok");
        assert_eq!(listed(&agent, id)["register_wh"], json!(wh), "{}", listed(&agent, id));
    }
    check(&agent, "near", &wanted);
    check(&agent, "far", &wanted);
    let read = agent.json(&["meter", "read", "simple"]);
    let values = read["values"].as_array().expect("values");
    let absent = values.iter().filter(|value| value["why"] == json!("refused")).count();
    assert_eq!(absent, DLT645.len() - 1, "{read}");
    lines[0]
        .say(&json!({"do": "set", "meter": "000102030425", "values": {"00010000": "001206.50"}}));
    wait::until_true("the display has moved on", || {
        listed(&agent, "near")["register_wh"] == json!(1_206_500)
    });
}

#[test]
fn relays_of_a_counterpart_follow_a_wish() {
    let line = Counterpart::tcp(&json!({"9": {"coils": 8}}));
    let broker = Mosquitto::start("relays", "");
    let gateway = r#"[[gateway]]
id = "relays"
bus = "line"
address = 9
profile = "waveshare-relay-8"
building = "science"
every_s = 1
[[room]]
id = "science/hall"
[[room.zone]]
id = "front"
gateway = "relays"
channel = "3"
"#;
    let agent = Agent::start("relays", &broker.url(), &config(line.link(), gateway));
    let third = || line.coils(9);
    let level = || agent.json(&["room", "show", "science/hall"])["zones"][0]["actual_pct"].clone();
    wait::until_true("the relays were asked", || level() == json!(0));
    agent.json(&["room", "set", "science/hall", "--level", "100", "--for", "10m"]);
    wait::until_true("the third relay is on", || third()[2]);
    wait::until_true("the agent has seen it", || level() == json!(100));
    assert_eq!(third().iter().filter(|on| **on).count(), 1, "no other was touched");
    let off = agent.json(&["room", "set", "science/hall", "--level", "0", "--for", "10m"]);
    assert_eq!(off["zones"][0]["level_pct"], json!(0), "{off}");
    wait::until_true("it is off again", || !third()[2]);
}
