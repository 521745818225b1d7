//! Both ends of a session against each other, in a world where time is a number and lines break.

mod world;

use mohurd::{Action, Collector, Finding, Input, Note, SHIPPED};
use world::{Line, World, codec, collector, names};

const MINUTE: u64 = 60_000;

/// Every value of the collector is at the centre, and nothing else.
#[track_caller]
fn check_complete(world: &World) {
    assert_eq!(world.stored.len(), world.values().len(), "the sets differ in size");
    assert_eq!(world.stored, world.values(), "the sets differ");
    assert_eq!(world.differing, 0, "one key came with two values");
    assert_eq!(world.kept_before_stored, 0, "acknowledged before it was stored");
}

#[test]
fn an_outage_of_30_days_is_filled_completely_and_live_reports_go_first() {
    for (name, _) in SHIPPED {
        let mut world = World::new(name, 1);
        world.run_until(61 * MINUTE);
        check_complete(&world);
        world.line = Line::Cut;
        // 30 days of 96 slots, then the line is back; the newest of them goes as `report`.
        world.run_until(world.now + 30 * 24 * 60 * MINUTE);
        assert!(
            world.values().len() > world.stored.len() + 2 * 2_800,
            "{name}: nothing was missed"
        );
        world.line = Line::Good;
        world.run_until(world.now + 121 * MINUTE);
        check_complete(&world);
        assert!(world.left_over >= 2_879, "{name}: {} as `continuous`", world.left_over);
        assert!(
            world.worst_live_lag_ms < MINUTE,
            "{name}: live after {} ms",
            world.worst_live_lag_ms
        );
        assert_eq!(world.findings, [], "{name}");
    }
}

#[test]
fn lines_that_break_anywhere_lose_nothing_and_count_nothing_twice() {
    for (at, (name, _)) in SHIPPED.iter().cycle().take(12).enumerate() {
        let mut world = World::new(name, 100 + at as u64);
        world.line = Line::Bad;
        world.run_until(24 * 60 * MINUTE);
        world.line = Line::Good;
        world.run_until(world.now + 121 * MINUTE);
        check_complete(&world);
        assert!(world.breaks > 20, "{name}: only {} breaks", world.breaks);
        assert!(world.again > 0, "{name}: nothing was ever sent twice, so nothing was tried");
    }
}

#[test]
fn a_centre_that_cannot_store_is_asked_again_ever_slower_and_gets_everything_later() {
    let mut world = World::new("g", 7);
    world.storing = false;
    world.run_until(12 * 60 * MINUTE);
    assert_eq!(world.stored.len(), 0);
    assert!(world.refused > 3 && world.refused < 200, "{} refusals in 12 h", world.refused);
    world.storing = true;
    world.run_until(world.now + 61 * MINUTE);
    check_complete(&world);
}

#[test]
fn clocks_are_compared_and_heartbeats_sent_every_minute() {
    let mut world = World::new("s", 3);
    world.run_until(60 * MINUTE);
    assert!((59..=62).contains(&world.clocks), "{} answers in an hour", world.clocks);
}

#[test]
fn another_key_is_denied_named_and_not_tried_at_once() {
    for (name, _) in SHIPPED {
        let mut world = World::new(name, 5);
        world.collector = collector(name, [0x77; 16], 5);
        world.run_until(30 * MINUTE);
        assert!(world.notes.contains(&Note::Denied), "{name}: {:?}", world.notes);
        let wrong = Finding::WrongAnswer { other_order: false };
        assert!(world.findings.contains(&wrong), "{name}: {:?}", world.findings);
        assert!(
            world.stored.is_empty() && world.connects <= 14,
            "{name}: {} times",
            world.connects
        );
        let shown = format!("{:?} {:?} {:?}", world.notes, world.findings, world.collector);
        assert!(!shown.contains("0x77") && !shown.contains("119, 119"), "{name}: a key shows");
    }
}

#[test]
fn the_other_order_of_key_and_challenge_is_told_apart_from_another_key() {
    let mut world = World::new("g", 5);
    let mut dialect = mohurd::Dialect::shipped("g").expect("it is shipped");
    dialect.crypto.md5_order = mohurd::Md5Order::SequenceKey;
    let (building, gateway) = names();
    world.collector = Collector::new(codec(dialect, world::AUTH), building, gateway, 5);
    world.run_until(10 * MINUTE);
    assert!(
        world.findings.contains(&Finding::WrongAnswer { other_order: true }),
        "{:?}",
        world.findings
    );
}

/// A collector that is logged in, and what it said meanwhile.
fn logged_in(name: &str) -> (Collector, Vec<Action>) {
    let mut out = Vec::new();
    let mut collector = collector(name, world::AUTH, 1);
    collector.handle(Input::Time, 0, &mut out);
    collector.handle(Input::Connected, 0, &mut out);
    for body in
        [mohurd::Body::Sequence("12345678".into()), mohurd::Body::Result { pass: true, time: None }]
    {
        let bytes = world::said(name, body);
        collector.handle(Input::Bytes(&bytes), 0, &mut out);
    }
    assert!(collector.is_open());
    (collector, out)
}

#[test]
fn an_acknowledgement_of_something_else_confirms_nothing() {
    let ack = |sequence| mohurd::Ack {
        of: mohurd::Why::Report,
        pass: true,
        sequence: Some(sequence),
        time: None,
    };
    let (mut collector, mut out) = logged_in("g");
    let offer = world::offer(42, 0, None);
    out.clear();
    collector.handle(Input::Offer(offer), 10, &mut out);
    collector.handle(Input::Bytes(&world::said("g", mohurd::Body::Ack(ack(99)))), 20, &mut out);
    assert!(!out.iter().any(|action| matches!(action, Action::Kept { .. })), "{out:?}");
    collector.handle(Input::Bytes(&world::said("g", mohurd::Body::Ack(ack(1)))), 30, &mut out);
    assert!(out.contains(&Action::Kept { id: 42 }), "{out:?}");
}

#[test]
fn silence_after_data_ends_the_connection_instead_of_trusting_a_late_answer() {
    let (mut collector, mut out) = logged_in("g-prime");
    collector.handle(Input::Offer(world::offer(1, 0, None)), 0, &mut out);
    // Heartbeats are answered, data is not.
    let time = mohurd::Body::Time(mohurd::Stamp::parse("20140602091500").expect("a time"));
    collector.handle(Input::Bytes(&world::said("g-prime", time)), 1_000, &mut out);
    out.clear();
    collector.handle(Input::Time, 30_000, &mut out);
    assert_eq!(out, [Action::Note(Note::Silent("an acknowledgement")), Action::Close]);
    assert!(!collector.is_open());
    let late = mohurd::Ack { of: mohurd::Why::Report, pass: true, sequence: None, time: None };
    out.clear();
    collector.handle(
        Input::Bytes(&world::said("g-prime", mohurd::Body::Ack(late))),
        30_001,
        &mut out,
    );
    assert_eq!(out, [], "a late acknowledgement confirms nothing");
}

#[test]
fn a_query_is_answered_with_the_last_report_and_a_period_with_the_truth() {
    let (mut collector, mut out) = logged_in("g");
    out.clear();
    collector.handle(Input::Bytes(&world::said("g", mohurd::Body::Query)), 0, &mut out);
    assert_eq!(out, [Action::Note(Note::Unexpected("a query before the first report"))]);
    collector.handle(Input::Offer(world::offer(1, 0, None)), 0, &mut out);
    out.clear();
    collector.handle(Input::Bytes(&world::said("g", mohurd::Body::Query)), 0, &mut out);
    let [Action::Send(bytes)] = &out[..] else { panic!("{out:?}") };
    let mohurd::Body::Data(reply) = world::heard("g", bytes).body else { panic!("no data") };
    assert_eq!((reply.why, reply.meters.len()), (mohurd::Why::Reply, 2));
    out.clear();
    collector.handle(Input::Bytes(&world::said("g", mohurd::Body::Period(5))), 0, &mut out);
    let [Action::Note(Note::Period { wanted_min: 5 }), Action::Send(bytes)] = &out[..] else {
        panic!("{out:?}")
    };
    assert_eq!(world::heard("g", bytes).body, mohurd::Body::PeriodAck { pass: false });
}

#[test]
fn noise_ends_the_connection_and_never_the_collector() {
    let (mut collector, mut out) = logged_in("g");
    out.clear();
    let mut noise = vec![0x68, 0x68, 0x16, 0x16, 0xff, 0xff, 0xff, 0xff];
    noise = noise.repeat(100);
    collector.handle(Input::Bytes(&noise), 5, &mut out);
    assert!(out.contains(&Action::Close), "{out:?}");
    let again = collector.deadline().expect("it tries again");
    assert!((500..=1_005).contains(&again), "after {again} ms");
    out.clear();
    collector.handle(Input::Time, again, &mut out);
    assert_eq!(out, [Action::Connect]);
}

#[test]
fn what_cannot_be_said_is_refused_and_the_next_thing_asked_for() {
    let (mut collector, mut out) = logged_in("g");
    let mut offer = world::offer(1, 0, None);
    offer.report.meters[0].name = "\u{1}".into();
    out.clear();
    collector.handle(Input::Offer(offer), 0, &mut out);
    assert!(
        matches!(out[..], [Action::Refused { id: 1, fault: Some(_) }, Action::Next]),
        "{out:?}"
    );
}
