//! A real Mosquitto and a week of two rooms: what is learnt of them is only said, then written, then in force; and
//! what somebody says is true is believed, or refused with its line.

use crate::CAMPUS;
use crate::history::{now_ms, utc};
use agent::store;
use serde_json::{Value, json};
use system_tests::campus::Agent;
use system_tests::mosquitto::Mosquitto;
use wire::{Frame, Quantity, Reading, Sample, Value as Number};

const MINUTE_MS: i64 = 60_000;
const PAST_MIN: i64 = 8 * 1440;

/// Somebody is there from 08:00 to 11:00 and from 14:00 to 16:00 in Shanghai, every day.
fn is_occupied(at_ms: i64) -> bool {
    let hour = (at_ms / MINUTE_MS / 60 + 8) % 24;
    (8..11).contains(&hour) || (14..16).contains(&hour)
}

/// Eight days of one room that is ventilated well, and the last two hours of another.
fn past(agent: &Agent, begin: i64) {
    let limits = store::Limits { ballast_bytes: 0, ..store::Limits::default() };
    let path = agent.folder().join("campus.db");
    let mut opened = store::open(&path, limits, begin).expect("a database");
    opened.store.resumed(begin);
    let mut co2_ppm = 420.0;
    for minute in (0..PAST_MIN).step_by(2) {
        let at_ms = begin + minute * MINUTE_MS;
        let seen = is_occupied(at_ms);
        // Two minutes, in which 45 % in 10 min of what is above outdoor air leave.
        co2_ppm += if seen { 5.0 } else { 0.0 } - (co2_ppm - 420.0) * 0.113;
        let motion = (Quantity::Motion, i64::from(seen) * 1_000);
        let air = (Quantity::Co2Ppm, (co2_ppm * 1_000.0) as i64);
        opened.store.frame(at_ms, "sci-101", &frame(minute, at_ms, &[motion, air]));
        if minute > PAST_MIN - 120 {
            opened.store.frame(at_ms, "sci-102", &frame(minute, at_ms, &[motion]));
        }
        while opened.store.is_full() && opened.store.submit(Some(at_ms)).is_err() {
            std::thread::yield_now();
        }
    }
    while opened.store.submit(Some(begin + PAST_MIN * MINUTE_MS)).is_err() {
        std::thread::yield_now();
    }
    opened.store.close();
}

fn frame(minute: i64, at_ms: i64, readings: &[(Quantity, i64)]) -> Frame<'static> {
    let is = |(quantity, milli): &(Quantity, i64)| Reading {
        quantity: *quantity,
        channel: "",
        sample: Sample::Is(Number::from_milli(*milli)),
    };
    Frame {
        boot: 1,
        seq: minute as u32 / 2 + 1,
        oldest: minute as u32 / 2 + 1,
        t: Some(at_ms),
        up: (minute * MINUTE_MS) as u64 + 1,
        sent: (minute * MINUTE_MS) as u64 + 1,
        lost: None,
        readings: readings.iter().map(is).collect(),
        unknown: 0,
    }
}

/// Which votes are counted in the room now.
fn votes(agent: &Agent) -> Vec<Value> {
    let said = agent.json(&["room", "explain", "science/101"]);
    let votes = said["estimate"]["votes"].as_array().expect("votes").iter();
    votes.map(|vote| vote["by"].clone()).collect()
}

#[test]
fn what_a_week_teaches_is_said_then_written_then_in_force() {
    let broker = Mosquitto::start("learn", "max_inflight_messages 1000");
    let campus =
        format!("# Kept by hand.\n{}", CAMPUS.replace("\"Physics 1\"", "\"Physics 1\" # upstairs"));
    let mut agent = Agent::prepared("learn", &broker.url(), &campus);
    // It has been quiet for a while, so that nothing is left to be learnt meanwhile.
    past(&agent, now_ms() - (PAST_MIN + 10) * MINUTE_MS);
    agent.again();
    let file = agent.config().to_str().expect("a path of plain letters").to_owned();
    let text = || std::fs::read_to_string(&file).expect("the configuration");
    let untouched = text();

    let all = agent.json(&["room", "learn", "--all"]);
    let (room, other) = (&all["rooms"][0], &all["rooms"][1]);
    assert_eq!((&room["outcome"], &room["truth"]), (&json!("better"), &json!("movement")), "{all}");
    let air = |of: &Value| (of["air_pct"].clone(), of["rise_ppm"].clone());
    assert_ne!(air(&room["after"]), air(&room["before"]), "{room}");
    let balanced = |of: &Value| of["balanced_pct"].as_f64().expect("a share");
    assert!(balanced(&room["told_after"]) > balanced(&room["told_before"]), "{room}");
    assert_eq!(other["outcome"], json!("too_little"), "{other}");
    assert!(other["past"]["labelled_min"].as_u64() < all["needed"]["labelled_min"].as_u64());
    let said = agent.ask(&["room", "learn", "101", "102", "--dry-run"]);
    assert!(said.code == 1 && said.out.contains("Nothing was changed"), "{said:?}");
    assert!(said.out.contains("too little to learn from"), "{said:?}");
    assert_eq!(text(), untouched, "it was only said");

    // Only the file that the agent runs with is written.
    let other = agent.folder().join("other.toml");
    let elsewhere = format!("{untouched}\n");
    let elsewhere =
        elsewhere.replacen("[[room.zone]]", "[room.occupancy]\nrise_ppm = 30\n[[room.zone]]", 1);
    std::fs::write(&other, &elsewhere).expect("a file");
    let other = other.to_str().expect("a path of plain letters");
    let said = agent.ask(&["room", "learn", "101", "--apply", "--config", other]);
    assert!(said.code == 2 && said.err.contains("nothing was written"), "{said:?}");
    assert_eq!(std::fs::read_to_string(other).expect("a file"), elsewhere);

    let said = agent.ask(&["room", "learn", "101", "--apply", "--config", &file]);
    assert!(said.code == 0 && said.out.contains("systemctl restart"), "{said:?}");
    let written = text();
    assert!(
        written.starts_with("# Kept by hand.\n") && written.contains("# upstairs"),
        "{written}"
    );
    let without = written.split_once("\n\n[room.occupancy]\n").expect("a section");
    let rest = without.1.split_once("\n[[room.zone]]").expect("zones behind it").1;
    assert_eq!(format!("{}\n[[room.zone]]{rest}", without.0), untouched, "only that is new");

    // It is in force from the next start on, and then there is nothing more to learn from that past.
    assert!(votes(&agent).contains(&json!("timetable")));
    agent.stop();
    agent.again();
    assert!(votes(&agent).contains(&json!("habit")), "{:?}", votes(&agent));
    let again = agent.json(&["room", "learn", "101"]);
    assert_eq!(again["rooms"][0]["before"], room["after"], "{again}");
    assert_eq!(again["rooms"][0]["outcome"], json!("no_better"), "{again}");
    let said = agent.ask(&["room", "learn", "101", "--apply", "--config", &file]);
    assert!(said.code == 0 && said.out.contains("Nothing is to be changed"), "{said:?}");
    assert_eq!(text(), written);
}

#[test]
fn what_somebody_knows_is_believed_and_a_table_that_is_wrong_is_refused_with_its_line() {
    let broker = Mosquitto::start("truth", "max_inflight_messages 1000");
    let mut agent = Agent::prepared("truth", &broker.url(), CAMPUS);
    let begin = now_ms() - PAST_MIN * MINUTE_MS;
    past(&agent, begin);
    agent.again();
    let file = agent.folder().join("counted.csv");
    let table = file.to_str().expect("a path of plain letters").to_owned();
    let learn = ["room", "learn", "science/101", "--truth", &table];
    // The first four days, of which somebody says that people came an hour later than movement shows.
    let mut rows = String::from("room,from,until,occupied\n");
    for hour in 0..4 * 24 {
        let from = begin - begin % (60 * MINUTE_MS) + hour * 60 * MINUTE_MS;
        let there = if is_occupied(from - 60 * MINUTE_MS) { "23" } else { "0" };
        rows += &format!("science/101,{},{},{there}\n", utc(from), utc(from + 60 * MINUTE_MS));
    }
    std::fs::write(&file, &rows).expect("a file");
    let known = agent.json(&learn);
    let room = &known["rooms"][0];
    assert_eq!(room["truth"], json!("known"), "{room}");
    let occupied = room["past"]["occupied_min"].as_u64().expect("minutes");
    assert!(occupied.abs_diff(4 * 5 * 60) <= 120, "{room}");
    assert!(room["past"]["labelled_min"].as_u64() <= Some(4 * 1440), "{room}");
    let used = room["after"]["school_days"].as_str().or(room["after"]["other_days"].as_str());
    let used = used.expect("a habit").as_bytes();
    assert!(used[15 * 4] > b'5' && used[8 * 4] < b'5', "an hour later: {room}");

    let check = |row: &str, line: &str, why: &str| {
        std::fs::write(&file, format!("{rows}{row}\n")).expect("a file");
        let said = agent.ask(&learn);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
        assert!(said.err.contains(&format!("counted.csv`:{line}: ")), "{said:?}");
        assert!(said.err.contains(why) && said.err.contains("hint: "), "{said:?}");
    };
    check("science/103,2026-01-01,2026-01-02,no", "98", "there is no room `science/103`");
    check("101,2026-01-01,2026-01-32,no", "98", "`2026-01-32` is no moment");
    check("101,2026-01-02,2026-01-01,no", "98", "ends before it begins");
    check("101,2026-01-01,2026-01-02,many", "98", "does not say whether somebody was there");
    let first = rows.lines().nth(1).expect("a row");
    check(first, "98", "line 2 speaks of this time already");
    let said = agent.ask(&["room", "learn", "101", "--since", "2020-01-01"]);
    assert!(said.code == 2 && said.err.contains("the past is kept from"), "{said:?}");
}
