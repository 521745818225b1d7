//! The real firmware on emulated ARM boards, a real Mosquitto, and the real agent.
//!
//! Every name ends in `qemu`: `cargo xtask test` leaves these out where there is no QEMU or no compiler
//! for the target, and says so.

use crate::emulated::{Classroom, School, first, print_ms};
use crate::witness::Witness;
use serde_json::json;
use std::time::{Duration, Instant};
use system_tests::wait;

/// Long enough for a lease (90 s) to run out on a busy machine.
const LEASE_PATIENCE: Duration = Duration::from_secs(180);

#[test]
fn whoever_moves_or_only_sits_there_gets_light_through_broker_and_rules_qemu() {
    let school = School::start("fw-light", 4);
    // A PIR is not believed while it warms up.
    wait::until("every PIR is believed", LEASE_PATIENCE, || {
        let believed = |room: &Classroom| school.node(room)["readings"]["motion"].is_number();
        school.classrooms.iter().all(believed).then_some(())
    });
    let mut took = Vec::new();
    for room in &school.classrooms {
        room.room.take_changes();
        let begun = Instant::now();
        room.room.see(|seen| seen.motion = true);
        let changes = room.lamps_until("lit by movement", |levels| levels.iter().all(|l| *l > 0));
        took.push(first(&changes, begun, true));
        room.room.see(|seen| seen.motion = false);
        let shown = school.agent.json(&["room", "show", &format!("east/{}", room.id)]);
        assert_eq!(shown["occupancy"], json!("occupied"), "{shown}");
    }
    print_ms("motion at a pin to light at a lamp", took);
    for room in &school.classrooms {
        room.lamps_until("dark when the hold is over", |levels| levels == [0, 0]);
    }
    let mut took = Vec::new();
    for room in &school.classrooms {
        let begun = Instant::now();
        room.room.see(|seen| seen.presence = true);
        let changes = room.lamps_until("lit by the radar", |levels| levels.iter().all(|l| *l > 0));
        took.push(first(&changes, begun, true));
    }
    print_ms("a radar frame to light at a lamp", took);
    school.classrooms[0].break_lamp(1, true);
    wait::until("a lamp that failed is told", LEASE_PATIENCE, || {
        let node = school.node(&school.classrooms[0]);
        (node["readings"]["lamp_fault.inner"] == json!(1.0)).then_some(())
    });
    for room in &school.classrooms {
        let node = school.node(room);
        assert_eq!((&node["lost"], &node["conflict"]), (&json!(0), &json!(false)), "{node}");
        let readings = &node["readings"];
        for quantity in ["illuminance_lx", "co2_ppm", "temperature_c", "humidity_pct", "energy_wh"]
        {
            let named = |key: &String| key.split('.').next() == Some(quantity);
            let read = readings.as_object().expect("readings").keys().any(named);
            assert!(read, "{quantity} is read through its unmodified driver: {node}");
        }
    }
}

#[test]
fn a_cable_pulled_for_a_minute_costs_no_frame_and_no_press_qemu() {
    let school = School::start("fw-cable", 1);
    let room = &school.classrooms[0];
    let witness = Witness::start(&school.broker);
    let before = school.node(room)["acked_seq"].as_u64().expect("acknowledged");
    // Somebody is there all the time: an empty room would go dark by itself meanwhile.
    room.room.see(|seen| seen.presence = true);
    room.lamps_until("lit by the radar", |levels| levels.iter().all(|level| *level > 0));
    room.set_link(false);
    let begun = Instant::now();
    let mut took = Vec::new();
    let mut presses = 0u32;
    // The outage itself is under test; people go on pressing, and the room goes on changing.
    while begun.elapsed() < Duration::from_secs(60) {
        let lit = room.room.levels()[0] == 0;
        room.room.take_changes();
        let pressed = Instant::now();
        room.room.press(0);
        presses += 1;
        let done = |levels: &[u8]| (levels[0] > 0) == lit;
        let changes = room.lamps_until("the wall switch works without a network", done);
        took.push(first(&changes, pressed, lit));
        room.room.see(|seen| seen.illuminance_lx += 40.0);
        // As often as a restless class.
        std::thread::sleep(Duration::from_secs(3));
    }
    print_ms("wall switch to lamp, cable pulled", took);
    room.set_link(true);
    school.drained(room, &witness);
    let node = school.node(room);
    assert_eq!(node["lost"], json!(0), "{node}");
    assert_eq!(node["readings"]["presses.window"], json!(f64::from(presses)), "{node}");
    let after = node["acked_seq"].as_u64().expect("acknowledged");
    assert!(after >= before + u64::from(presses), "sampling went on: {before} to {after}");
    witness.check(&school.agent, &room.id, 0);
}

#[test]
fn without_a_broker_a_room_lights_itself_and_comes_back_without_a_jump_qemu() {
    let mut school = School::start("fw-alone", 2);
    school.broker.kill();
    let begun = Instant::now();
    lit_by_themselves(&school);
    println!("lit alone {:.0} s after the broker died", begun.elapsed().as_secs_f64());
    school.broker.again();
    back_without_a_jump(&school);
    for room in &school.classrooms {
        room.room.see(|seen| seen.presence = false);
        room.lamps_until("dark by the agent's rules", |levels| levels == [0, 0]);
    }
}

#[test]
fn without_an_agent_a_room_lights_itself_and_comes_back_without_a_jump_qemu() {
    let mut school = School::start("fw-lonely", 2);
    school.agent.kill();
    let begun = Instant::now();
    lit_by_themselves(&school);
    println!("lit alone {:.0} s after the agent died", begun.elapsed().as_secs_f64());
    school.agent.again();
    back_without_a_jump(&school);
}

/// Somebody comes, and every room is lit as soon as its lease has run out.
fn lit_by_themselves(school: &School) {
    for room in &school.classrooms {
        room.room.see(|seen| seen.presence = true);
    }
    for room in &school.classrooms {
        let lit = |levels: &[u8]| levels.iter().all(|level| *level > 0);
        room.lamps_until("lit by the node alone", lit);
        // The fade ends, and with it what changes by itself.
        room.lamps_until("as bright as it goes alone", |levels| levels.iter().all(|l| *l >= 50));
    }
}

/// The agent hears the rooms again, and nobody sees that by the lamps.
fn back_without_a_jump(school: &School) {
    for room in &school.classrooms {
        school.heard(room);
        school.acknowledged_anew(room);
        let changes = room.room.take_changes();
        assert!(changes.iter().all(|change| change.level_pct >= 10), "no jump: {changes:?}");
    }
}

#[test]
fn fifty_power_cuts_lose_nothing_acknowledged_and_count_every_loss_qemu() {
    let mut school = School::start("fw-power", 1);
    let witness = Witness::start(&school.broker);
    let first_boot = school.node(&school.classrooms[0])["boot"].as_u64().expect("a boot");
    let mut metered = simulator::emulated::Metered { power_w: 120.0, energy_wh: 5_000 };
    for cut in 0..CUTS {
        let room = &mut school.classrooms[0];
        metered.energy_wh += 7;
        room.room.set_meter(metered);
        room.room.see(|seen| seen.presence = cut % 2 == 0);
        room.room.press(usize::from(cut % 2 == 0));
        // Every moment of a start and of the first frames after it.
        std::thread::sleep(Duration::from_millis(u64::from(cut) * 397 % 2_600));
        room.kill();
        room.again();
    }
    let room = &school.classrooms[0];
    school.drained(room, &witness);
    let node = school.node(room);
    let boot = node["boot"].as_u64().expect("a boot");
    println!("{CUTS} cuts: boot {first_boot} to {boot}, lost and said so: {}", node["lost"]);
    // A cut before the brain has begun makes no boot of its own.
    assert!(boot > first_boot && boot <= first_boot + u64::from(CUTS), "{node}");
    assert_eq!((&node["state"], &node["conflict"]), (&json!("online"), &json!(false)), "{node}");
    let lost = node["lost"].as_u64().expect("a count");
    witness.check(&school.agent, &room.id, lost);
    // Registers travel with the report of each minute.
    let meter = wait::until("the register is what the meter shows", LEASE_PATIENCE, || {
        let energy = school.agent.json(&["energy", "show"]);
        let meter = energy["meters"].as_array()?.first()?.clone();
        (meter["last_register_wh"] == json!(metered.energy_wh)).then_some(meter)
    });
    assert_eq!(meter["adds_up"], json!(true), "{meter}");
}

const CUTS: u16 = 50;

#[test]
fn a_hang_a_panic_and_a_loop_of_starts_are_survived_and_told_qemu() {
    let school = School::start("fw-fault", 1);
    let room = &school.classrooms[0];
    let told = |key: &str, wanted: &str| {
        wait::until(&format!("the agent knows `{key}`: {wanted}"), LEASE_PATIENCE, || {
            let node = school.node(room);
            node[key].as_str()?.contains(wanted).then_some(node)
        })
    };
    let boot = || school.node(room)["boot"].as_u64().expect("a boot");
    for (fault, reset, text) in [
        ("fault hang", "watchdog", ""),
        ("fault stall", "watchdog", ""),
        ("fault panic lamp 3 is on fire", "panic", "lamp 3 is on fire"),
    ] {
        let before = boot();
        let since = room.console().len();
        let _typed = room.type_line(fault);
        room.said(since, "start: ");
        wait::until("it is back", LEASE_PATIENCE, || (boot() > before).then_some(()));
        let node = told("reset", reset);
        assert!(node["panic"].as_str().unwrap_or("").contains(text), "{node}");
    }
    let status = school.agent.ask(&["status"]);
    assert!(status.out.contains("lamp 3 is on fire"), "{status:?}");
    // Three more in a row: then it starts with its core only, and still lights the room.
    let since = room.console().len();
    let _typed = room.type_line("fault loop 3");
    room.said(since, "mode core");
    told("mode", "core");
    let lit = room.room.levels()[0] == 0;
    room.room.press(0);
    room.lamps_until("the wall switch works in core mode", |levels| (levels[0] > 0) == lit);
    let status = school.agent.ask(&["status"]);
    assert_eq!(status.code, 1, "a person is needed: {status:?}");
}

#[test]
fn nonsense_from_the_broker_is_refused_and_a_node_goes_on_qemu() {
    let school = School::start("fw-nonsense", 1);
    let room = &school.classrooms[0];
    let mut client =
        system_tests::mqtt::Client::connect(school.broker.port(), "nonsense").expect("connected");
    let before = school.node(room)["acked_seq"].as_u64().expect("acknowledged");
    let long = vec![b'x'; 3_900];
    let payloads: [&[u8]; 9] = [
        b"",
        b"nonsense",
        b"{}",
        b"[1,2]",
        br#"{"v":2,"boot":1,"seq":1}"#,
        br#"{"v":1,"boot":"one","seq":-1}"#,
        br#"{"v":1,"t":99999999999999999999,"lease_ms":1}"#,
        b"\xff\xfe\x00",
        &long,
    ];
    let kinds = ["ack", "desired", "lease", "settings", "command", "no-such-thing"];
    for kind in kinds {
        for payload in payloads {
            let topic = format!("campus/v1/test/node/{}/down/{kind}", room.id);
            client.publish_acked(&topic, payload).expect("published");
        }
    }
    // Behind all of it, something sensible is heard and answered.
    let lit = room.room.levels()[0] == 0;
    room.room.press(0);
    room.lamps_until("the wall switch works", |levels| (levels[0] > 0) == lit);
    wait::until("frames are acknowledged as before", LEASE_PATIENCE, || {
        (school.node(room)["acked_seq"].as_u64()? > before).then_some(())
    });
    let node = school.node(room);
    assert_eq!((&node["lost"], &node["reset"]), (&json!(0), &json!("power_on")), "{node}");
    let since = room.console().len();
    let _typed = room.type_line("status");
    let refused: u32 = room
        .said(since, " refused ")
        .split(' ')
        .next()
        .and_then(|n| n.parse().ok())
        .expect("a count");
    // An empty payload of a retained topic is how it is deleted; the unknown topic is nobody's.
    println!("refused {refused} of {}", kinds.len() * payloads.len());
    assert!(refused >= 5 * 7, "each is counted: {refused}");
}

#[test]
fn a_log_that_is_full_says_what_it_gave_up_qemu() {
    let school = School::start("fw-flood", 1);
    let room = &school.classrooms[0];
    let witness = Witness::start(&school.broker);
    room.set_link(false);
    let since = room.console().len();
    let _typed = room.type_line("fault flood 14000");
    room.said(since, "flooded");
    room.set_link(true);
    wait::until("the loss is told", LEASE_PATIENCE, || {
        let node = school.node(room);
        let lost = node["lost"].as_u64().filter(|lost| *lost > 0)?;
        // All of them lie before the first frame that is acknowledged.
        (node["acked_seq"].as_u64()? > lost).then_some(())
    });
    // The rest follows at the pace of a window of frames per commit, which is another test's business.
    let lost = school.node(room)["lost"].as_u64().expect("a count");
    println!("14000 frames without a network: {lost} given up and said so");
    assert!(lost > 0 && lost < 14_000, "the newest are kept: {lost}");
    witness.check(&school.agent, &room.id, lost);
    let status = school.agent.ask(&["status"]);
    assert!(status.out.contains(&room.id), "lost frames need a person: {status:?}");
}
