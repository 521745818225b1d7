//! What happened, found and told.

use super::{Happening, Ready, between, line};
use crate::client::Snapshot;
use crate::fixtures::{LANGS, NOW_MS, body, page};
use agent::api::types::{Degraded, Room, SilentNode};

fn before() -> Snapshot {
    Snapshot { status: body("status_well"), rooms: body("rooms") }
}

/// A minute later almost everything is different.
fn after() -> Snapshot {
    let mut after = before();
    after.status.now_ms += 60_000;
    let silent =
        SilentNode { node: "lib-7".into(), place: "library/7".into(), last_heard_ms: None };
    after.status.nodes.silent.push(silent);
    let part =
        Degraded { part: "store".into(), since_ms: NOW_MS + 40_000, what: "disk full".into() };
    after.status.degraded.push(part);
    let rooms: &mut Vec<Room> = &mut after.rooms;
    rooms[2].occupancy = "occupied".into();
    rooms[2].occupancy_since_ms = NOW_MS + 20_000;
    rooms[2].zones[0].level_pct = 50;
    rooms[2].zones[0].since_ms = NOW_MS + 21_000;
    rooms[2].zones[0].winner = rooms[0].zones[1].winner.clone();
    after
}

#[test]
fn nothing_happened_between_a_snapshot_and_itself() {
    assert_eq!(between(&before(), &before()), []);
}

#[test]
fn every_difference_is_one_line_in_the_order_of_time() {
    for (lang, suffix) in LANGS {
        let page = page(lang);
        let mut all = between(&before(), &after());
        all.extend(between(&after(), &before()));
        let lines: Vec<String> = all.iter().map(|each| line(each, &page)).collect();
        insta::assert_snapshot!(format!("lines_{suffix}"), lines.join("\n"));
    }
}

#[test]
fn a_room_that_is_new_did_not_change() {
    let mut before = before();
    before.rooms.remove(2);
    assert!(between(&before, &after()).iter().all(|each| !matches!(each, Happening::Level { .. })));
}

#[test]
fn a_start_says_what_runs_and_where() {
    let ready = Happening::Ready(Ready {
        socket: "/run/user/1000/campus-demo-1000.sock".into(),
        broker: "mqtt://127.0.0.1:40123".into(),
        folder: "/var/tmp/campus-demo".into(),
        rooms: 6,
        nodes: 6,
        meters: 18,
        emulated: 2,
        seed: 7,
        speed: 60.0,
    });
    for (lang, suffix) in LANGS {
        insta::assert_snapshot!(format!("ready_{suffix}"), line(&ready, &page(lang)));
    }
}
