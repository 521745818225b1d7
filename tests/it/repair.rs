//! A wrong day is put right by a person: the total is right, what was there before stays, and who did
//! it and why is found again.

use crate::CAMPUS;
use crate::history::{HOUR_MS, Past, SLOT_MS, now_ms, slot_of, utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use system_tests::campus::{Agent, Said};
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::Client;
use system_tests::wait;

const METER: &str = "sci-mains/main";
const MINUTE_MS: i64 = 60_000;

/// An agent that has heard all of a past.
struct Heard {
    agent: Agent,
    _broker: Mosquitto,
}

fn hear(test: &str, past: &Past) -> Heard {
    let broker = Mosquitto::start(test, "max_inflight_messages 1000");
    let agent = Agent::start(test, &broker.url(), CAMPUS);
    let mut client = Client::connect(broker.port(), "hand").expect("connected");
    client.subscribe(&past.topic("down/ack")).expect("granted");
    for at in 0..past.frames.len() {
        let payload = past.payload(at, 0);
        client.publish_acked(&past.topic("up/frame"), payload.as_bytes()).expect("published");
    }
    wait::until("everything is acknowledged", Duration::from_secs(30), || {
        let message = client.next(Duration::from_millis(200)).expect("connected")?;
        let ack: Value = serde_json::from_slice(&message.payload).expect("JSON");
        (ack["seq"].as_u64() >= Some(past.frames.len() as u64)).then_some(())
    });
    Heard { agent, _broker: broker }
}

/// A day of a mains meter, a frame a minute, that ended an hour ago or less.
fn day() -> Past {
    let to = slot_of(now_ms());
    Past::new("sci-mains", to - 24 * HOUR_MS, to, MINUTE_MS)
}

impl Heard {
    fn explained(&self, from: i64, to: i64) -> Value {
        self.agent.json(&["energy", "explain", METER, "--from", &utc(from), "--to", &utc(to)])
    }

    /// Energy by slot, as the ledger has it now.
    fn slots(&self, from: i64, to: i64) -> BTreeMap<i64, i64> {
        let said = self.explained(from, to);
        let slots = said["slots"].as_array().expect("slots").iter();
        slots.map(|slot| (slot["slot_ms"].as_i64().expect("a slot"), wh(slot))).collect()
    }

    fn audit(&self) -> (Said, Value) {
        let said = self.agent.ask(&["energy", "audit", "--of", METER, "--json"]);
        let proof = said.json()[0].clone();
        (said, proof)
    }

    fn repair(&self, more: &[&str]) -> Said {
        let args =
            ["energy", "repair", METER, "--why", "sensor was wet", "--by", "Li Na", "--json"];
        self.agent.ask(&[&args, more].concat())
    }
}

fn wh(slot: &Value) -> i64 {
    slot["energy_wh"].as_i64().expect("an energy")
}

#[test]
fn a_spiked_day_is_repaired_and_what_was_there_before_stays() {
    let mut past = day();
    let (first, last) = (past.frames[0].0, past.frames.last().expect("frames").0);
    let truth = past.slots(last);
    // 10 kWh more than there were, for 40 minutes: 600 kW, which a mains meter could have carried.
    let spike = first + 12 * HOUR_MS + 5 * MINUTE_MS;
    let spiked = spike..spike + 40 * MINUTE_MS;
    let raised = past.frames.iter_mut().filter(|(at, _)| spiked.contains(at));
    raised.for_each(|(_, register)| *register += 10_000);
    let heard = hear("spiked", &past);

    let wrong = heard.slots(first, last);
    let (wrong_wh, true_wh): (i64, i64) = (wrong.values().sum(), truth.values().sum());
    assert!(wrong_wh > true_wh + 9_000, "the spike is believed at first: {wrong_wh} of {true_wh}");

    let span = format!("{}..{}", utc(spiked.start), utc(spiked.end));
    let ignore = ["--ignore", span.as_str()];
    let unasked = heard.repair(&ignore);
    assert_eq!(unasked.code, 2, "nobody can answer, and there is no --yes: {unasked:?}");
    assert!(unasked.err.contains("--yes"), "{unasked:?}");
    let dry = heard.repair(&[&ignore[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, 0, "{dry:?}");
    assert_eq!(heard.slots(first, last), wrong, "a dry run changes nothing");
    let done = heard.repair(&[&ignore[..], &["--yes"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    let done = done.json();
    for (key, value) in [("by", json!("Li Na")), ("why", json!("sensor was wet"))] {
        assert_eq!(done[key], value, "{done}");
    }
    assert_eq!(
        done["before_wh"].as_i64().zip(done["after_wh"].as_i64()).map(|(b, a)| b - a),
        Some(wrong_wh - true_wh),
        "{done}"
    );

    let right = heard.slots(first, last);
    assert_eq!(
        right.keys().collect::<Vec<_>>(),
        truth.keys().collect::<Vec<_>>(),
        "each slot once"
    );
    let error = right.values().sum::<i64>() - true_wh;
    println!("repair of a spiked day: error before {} Wh, after {error} Wh", wrong_wh - true_wh);
    assert_eq!(error, 0, "the total is right");
    // A slot that has no wrong reading is as it was; so are its neighbours' sums.
    let far = |slot: &i64| *slot + 2 * SLOT_MS <= spiked.start || *slot >= spiked.end + SLOT_MS;
    for slot in truth.keys().filter(|slot| far(slot)) {
        assert_eq!(right[slot], truth[slot], "slot {}", utc(*slot));
    }
    old_values_are_kept(&heard, &wrong, (first, last));
    who_and_why(&heard);
    again_and_again_is_refused_or_the_same(&heard, &ignore, &right, (first, last));
}

/// Every slot that changed still has its first row, with what it said before.
fn old_values_are_kept(heard: &Heard, wrong: &BTreeMap<i64, i64>, (from, to): (i64, i64)) {
    let said = heard.explained(from, to);
    let mut changed = 0;
    for slot in said["slots"].as_array().expect("slots") {
        let rows = slot["rows"].as_array().expect("rows");
        let sum: i64 = rows.iter().map(wh).sum();
        assert_eq!(sum, wh(slot), "the rows of a slot add up: {slot}");
        let at = slot["slot_ms"].as_i64().expect("a slot");
        if wh(slot) != wrong[&at] {
            changed += 1;
            let before: i64 = rows[..rows.len() - 1].iter().map(wh).sum();
            assert_eq!(before, wrong[&at], "what it was stands above the repair: {slot}");
            assert_eq!(slot["cause"], json!("repaired"), "{slot}");
        }
    }
    assert!(changed > 0, "the repair changed slots");
    assert_eq!(said["repairs"][0]["by"], json!("Li Na"), "{}", said["repairs"]);
}

fn who_and_why(heard: &Heard) {
    let (said, proof) = heard.audit();
    assert_eq!(said.code, 0, "the proof holds after the repair: {proof}");
    assert_eq!(proof["ok"], json!(true), "{proof}");
    assert_eq!(proof["repairs"][0]["by"], json!("Li Na"), "{proof}");
    assert_eq!(proof["repairs"][0]["why"], json!("sensor was wet"), "{proof}");
    let text = heard.agent.ask(&["energy", "audit", "--of", METER]);
    for word in ["Li Na", "sensor was wet"] {
        assert!(text.out.contains(word), "no {word:?} in {}", text.out);
    }
}

/// The same repair once more changes no watt-hour, and what makes no sense is refused.
fn again_and_again_is_refused_or_the_same(
    heard: &Heard,
    ignore: &[&str],
    right: &BTreeMap<i64, i64>,
    (from, to): (i64, i64),
) {
    let again = heard.repair(&[ignore, &["--yes"]].concat());
    assert!(again.code == 0 || again.code == 2, "{again:?}");
    let sum = |slots: &BTreeMap<i64, i64>| slots.values().sum::<i64>();
    assert_eq!(sum(&heard.slots(from, to)), sum(right), "not twice: {again:?}");
    let open = format!("{}..", utc(now_ms() - 1_000));
    let before = (from - 48 * HOUR_MS, from - 47 * HOUR_MS);
    let before = format!("{}..{}", utc(before.0), utc(before.1));
    for span in [open.as_str(), before.as_str(), "2026-11-20", "tomorrow..yesterday"] {
        let said = heard.repair(&["--ignore", span, "--yes"]);
        assert_eq!(said.code, 2, "{span}: {said:?}");
        assert!(!said.err.trim().is_empty(), "{span}: {said:?}");
    }
    let unknown = ["energy", "repair", "sci-mians/main", "--believe", "--why", "x", "--yes"];
    let unknown = heard.agent.ask(&unknown);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.err.contains(METER), "the right name is offered: {unknown:?}");
    let (said, proof) = heard.audit();
    assert_eq!(said.code, 0, "{proof}");
}

#[test]
fn a_replaced_meter_loses_nothing_once_its_registers_are_said() {
    replaced("replaced", 37 * MINUTE_MS);
}

#[test]
fn a_meter_replaced_where_two_slots_meet_loses_nothing_either() {
    replaced("replaced-between", 2 * SLOT_MS);
}

/// The old meter is taken down at noon, the new one speaks so much later.
fn replaced(test: &str, pause_ms: i64) {
    let mut past = day();
    let (first, last) = (past.frames[0].0, past.frames.last().expect("frames").0);
    let noon = first + 12 * HOUR_MS;
    let hung = noon + pause_ms;
    past.frames.retain(|(at, _)| *at <= noon || *at >= hung);
    let at_noon = past.frames.iter().rfind(|(at, _)| *at <= noon).expect("a frame").1;
    let at_hung = past.frames.iter().find(|(at, _)| *at >= hung).expect("a frame").1;
    // It was delivered with 5 Wh on it, and counted 35 Wh before its first frame.
    let shift = at_hung - 40;
    let swapped = past.frames.iter_mut().filter(|(at, _)| *at >= hung);
    swapped.for_each(|(_, register)| *register -= shift);
    let end = past.frames.last().expect("frames").1;
    // Its predecessor counted 30 Wh more after its last frame.
    let (old_final, new_first) = (at_noon + 30, 5);
    let true_wh = (old_final - past.frames[0].1) + (end - new_first);
    let heard = hear(test, &past);

    let total = |slots: BTreeMap<i64, i64>| slots.values().sum::<i64>();
    let before = total(heard.slots(first, last));
    assert_eq!(before, true_wh - 65, "what flowed between the two is not known yet");
    let open = |proof: &Value| {
        let incidents = proof["incidents"].as_array().expect("incidents").clone();
        incidents
            .iter()
            .filter(|i| i["open"] == json!(true) && i["withdrawn"] == json!(false))
            .count()
    };
    let (_, proof) = heard.audit();
    assert_eq!(open(&proof), 1, "energy is missing until somebody says what they showed: {proof}");

    let kwh = |wh: i64| format!("{}.{:03}", wh / 1000, wh % 1000);
    let (old_final, new_first) = (kwh(old_final), kwh(new_first));
    let said = heard.agent.ask(&[
        "meter",
        "replace",
        METER,
        "--old-final",
        &old_final,
        "--new-initial",
        &new_first,
        "--why",
        "calibration ran out",
        "--by",
        "Wang Wei",
        "--json",
    ]);
    assert_eq!(said.code, 0, "{said:?}");
    let after = total(heard.slots(first, last));
    println!("replaced meter: error before {} Wh, after {} Wh", before - true_wh, after - true_wh);
    assert_eq!(after, true_wh, "both registers are accounted for");
    let (said, proof) = heard.audit();
    assert_eq!(said.code, 0, "{proof}");
    assert_eq!(open(&proof), 0, "nothing is open any more: {proof}");
    assert_eq!(proof["repairs"][0]["by"], json!("Wang Wei"), "{proof}");
    assert_eq!(proof["repairs"][0]["why"], json!("calibration ran out"), "{proof}");
}
