//! Version 1, byte for byte. THIS FILE IS NEVER EDITED: hubs hold chains made of these bytes.
//!
//! A test that fails here means that the program is wrong, not the test. A new key gets its bytes in a
//! new file beside this one.

use super::*;

const QUARTER: &str = r#"{"stream":"room/science/101","class":"quarter","slot_ms":1795600800000,"span_s":900,"revision":2,"co2_ppm":812,"complete_permille":993,"energy_wh":120,"estimated_permille":0,"illuminance_lx":415,"lighting_wh":75,"lit_empty_s":60,"lost_frames":0,"occupied_dark_s":0,"occupied_s":840,"peak_w":512}"#;
const DAY: &str = r#"{"stream":"building/science","class":"day","slot_ms":1795536000000,"span_s":86400,"revision":1,"energy_wh":-3,"peak_w":0}"#;
const LOSS: &str = r#"{"stream":"meter/main","class":"loss","slot_ms":1795536000000,"span_s":86400,"revision":1,"count":96,"from_ms":1795536000000,"to_ms":1795622400000,"what":"shed_quarter"}"#;
/// As a later version writes it: keys that this one does not know are kept in their places.
const LATER: &str = r#"{"stream":"room/science/101","class":"quarter","slot_ms":1795601700000,"span_s":900,"revision":1,"a_later_key":7,"energy_wh":1,"humidity_permille":412,"zz":-1}"#;

fn rows() -> [Row; 4] {
    let all = Values {
        co2_ppm: Some(812),
        complete_permille: Some(993),
        energy_wh: Some(120),
        estimated_permille: Some(0),
        illuminance_lx: Some(415),
        lighting_wh: Some(75),
        lit_empty_s: Some(60),
        lost_frames: Some(0),
        occupied_dark_s: Some(0),
        occupied_s: Some(840),
        peak_w: Some(512),
        ..Values::default()
    };
    let few = Values { energy_wh: Some(-3), peak_w: Some(0), ..Values::default() };
    let more = [("a_later_key", 7), ("humidity_permille", 412), ("zz", -1)];
    let later = Values {
        energy_wh: Some(1),
        more: more.map(|(key, number)| (key.to_owned(), number)).into(),
        ..Values::default()
    };
    let midnight = 1_795_536_000_000;
    let loss = Loss {
        what: "shed_quarter".into(),
        count: 96,
        from_ms: midnight,
        to_ms: 1_795_622_400_000,
        more: [].into(),
    };
    let day = |name: &str, body| Row {
        stream: stream(name),
        slot_ms: midnight,
        span_s: 86_400,
        revision: 1,
        body,
    };
    [
        quarter("room/science/101", 1_795_600_800_000, 2, all),
        day("building/science", Body::Day(few)),
        day("meter/main", Body::Loss(loss)),
        quarter("room/science/101", 1_795_601_700_000, 1, later),
    ]
}

#[test]
fn rows_are_these_bytes_both_ways() {
    for (row, bytes) in rows().into_iter().zip([QUARTER, DAY, LOSS, LATER]) {
        assert_eq!(row.canonical(), bytes);
        assert_eq!(Row::parse(bytes), Ok(row));
    }
}

#[test]
fn hashes_are_these() {
    let first = stream("room/science/101");
    let genesis = Hash::genesis(&campus(), &INCARNATION, &first, Class::Quarter);
    assert_eq!(genesis.to_string(), GENESIS);
    assert_eq!(genesis.then(QUARTER).to_string(), AFTER_QUARTER);
    assert_eq!(genesis.then(QUARTER).then(LATER).to_string(), AFTER_LATER);
}

#[test]
fn a_batch_is_these_bytes() {
    // Numbers 3 and 4 of six are gone, and so the chain is tied anew behind them.
    let [quarter, day, loss, later] = rows();
    let shed = [loss.clone(), day.clone()];
    let outbox = Outbox::of([quarter, day].into_iter().chain(shed).chain([loss, later]));
    let draft = outbox.draft(Span { from: 1, to: 6 }, &[3, 4]);
    assert_eq!(draft.json(), include_str!("batch.json").trim_end());
}

#[test]
fn a_signature_is_these_bytes() {
    let key = SecretKey::from_seed([7; 32]);
    assert_eq!(key.public().to_string(), PUBLIC_KEY);
    assert_eq!(key.sign(b"campus"), SIGNATURE);
}

const GENESIS: &str = "ebcd839c3870514e684bcb93002caafc4c9d75f27928b00115f9104a3104a1c9";
const AFTER_QUARTER: &str = "c2511998b56416ad03610b95e68cedbdc56e112d82f17c9a9af9d4d8c0e162cc";
const AFTER_LATER: &str = "15e286db3efe60f268fdcffbe8f27a283c964cac6d820fdb4fe4ec5041d89e56";
const PUBLIC_KEY: &str = "ed25519:ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";
// As Python's `cryptography` makes it too.
const SIGNATURE: &str = "keyid=fe812c12f3ab4ce6, sig=kFmEcFBe3xyFpY3CUZxSHHRJl4qltOZMsB3O0X81v8nNl2qWRR42NOgm74jvBgt7kQRPpVTMHuVIDuFDyJo4Aw==";
