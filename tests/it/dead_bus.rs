//! Scenario 14: twenty meters share a bus of 9,600 baud, and one of them is dead.

use crate::CAMPUS;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use system_tests::campus::Agent;
use system_tests::line::{Asked, Line, Shown};
use system_tests::mosquitto::Mosquitto;
use system_tests::wait;

const METERS: u8 = 20;
const DEAD: u8 = 13;
const EVERY: Duration = Duration::from_secs(10);
/// Cadences that are watched after the first.
const ROUNDS: u32 = 4;
/// SDM120, protocol V2.4: imported energy.
const ENERGY: u16 = 0x0048;

#[test]
fn one_dead_meter_of_twenty_at_9600_baud_costs_the_others_nothing() {
    let line = Line::start(9_600).expect("a pseudo terminal");
    let shown = |unit: u8| Shown { kwh: f32::from(unit) * 10.0, power_w: f32::from(unit) * 100.0 };
    (1..=METERS).filter(|unit| *unit != DEAD).for_each(|unit| line.show(unit, shown(unit)));
    let broker = Mosquitto::start("dead-bus", "");
    let agent = Agent::start("dead-bus", &broker.url(), &config(&line));

    let state = |unit: u8| meter(&agent, unit)["state"].clone();
    wait::until("the dead meter is known to be silent", Duration::from_secs(60), || {
        (state(DEAD) == json!("silent")).then_some(())
    });
    let others = (1..=METERS).filter(|unit| *unit != DEAD);
    wait::until("all others are read", Duration::from_secs(60), || {
        others.clone().all(|unit| state(unit) == json!("ok")).then_some(())
    });
    let from = Instant::now();
    // The cadence itself is the thing under test: there is no event to wait for.
    std::thread::sleep(EVERY * ROUNDS);
    let asked: Vec<Asked> = line.asked().into_iter().filter(|asked| asked.at >= from).collect();

    let bus = bus(&agent);
    println!("bus: {bus}");
    for unit in others {
        let slowest = slowest(&asked, unit, from);
        let limit = EVERY + EVERY / 4;
        assert!(slowest <= limit, "unit {unit}: {slowest:?} without a reading, above {limit:?}");
        let wh = i64::from(unit) * 10_000;
        assert_eq!(meter(&agent, unit)["register_wh"], json!(wh), "{}", meter(&agent, unit));
    }
    let slow = (1..=METERS).filter(|unit| *unit != DEAD).map(|unit| slowest(&asked, unit, from));
    let dead = asked.iter().filter(|asked| asked.unit == DEAD).count();
    let spent = line.busy();
    println!(
        "golden 14: {} readings in {:?}, longest pause {:?}, the dead one was asked {dead} times; \
         line in use {spent:?} since its start",
        asked.iter().filter(|asked| asked.unit != DEAD && holds_energy(asked)).count(),
        EVERY * ROUNDS,
        slow.max().unwrap_or_default(),
    );
    // Without a breaker it would be asked, and waited for, in every round.
    assert!(dead < ROUNDS as usize, "the dead one was asked {dead} times in {ROUNDS} rounds");
    let used = bus["use_pct"].as_f64().expect("the use of the bus");
    assert!(used > 0.0 && used <= 80.0, "within its share: {bus}");
    assert!(bus["timeouts"].as_u64() >= Some(3), "{bus}");
    assert_eq!(bus["refusals"], json!(0), "{bus}");

    line.show(DEAD, shown(DEAD));
    // It is looked for again after a pause that has doubled a few times: 5, 10, 20 and 40 s.
    wait::until("the mended meter is found", Duration::from_secs(90), || {
        (state(DEAD) == json!("ok")).then_some(())
    });
}

fn holds_energy(asked: &Asked) -> bool {
    (asked.address..asked.address + asked.count).contains(&ENERGY)
}

/// Longest time in which the energy of a unit was not read, up to now.
fn slowest(asked: &[Asked], unit: u8, from: Instant) -> Duration {
    let reads = asked.iter().filter(|asked| asked.unit == unit && holds_energy(asked));
    let moments: Vec<Instant> = [from]
        .into_iter()
        .chain(reads.map(|asked| asked.at))
        .chain([from + EVERY * ROUNDS])
        .collect();
    let pauses = moments.windows(2).map(|pair| pair[1].saturating_duration_since(pair[0]));
    pauses.max().unwrap_or(Duration::MAX)
}

fn meter(agent: &Agent, unit: u8) -> Value {
    let all = agent.json(&["meter", "list"]);
    let all = all.as_array().expect("meters");
    let name = json!(format!("m-{unit}"));
    all.iter().find(|meter| meter["id"] == name).cloned().unwrap_or(Value::Null)
}

/// The bus as the API tells it.
fn bus(agent: &Agent) -> Value {
    agent.get("/v1/buses")[0].clone()
}

fn config(line: &Line) -> String {
    let port = line.path().display();
    let every = EVERY.as_secs();
    let mut text = format!("{CAMPUS}\n[[bus]]\nid = \"riser\"\nlink = \"{port}\"\nbaud = 9600\n\n");
    for unit in 1..=METERS {
        text += &format!(
            "[[meter]]\nid = \"m-{unit}\"\nbus = \"riser\"\naddress = {unit}\n\
             profile = \"eastron-sdm120\"\nbuilding = \"science\"\nevery_s = {every}\n\n"
        );
    }
    text
}
