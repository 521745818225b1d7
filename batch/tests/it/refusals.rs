//! What is refused, how it is called, and what it does not cost.

use super::*;
use batch::limits::{COMPRESSED_BYTES_MAX, JSON_BYTES_MAX, ROWS_MAX};

fn pack(json: &str) -> Vec<u8> {
    zstd::bulk::compress(json.as_bytes(), 3).expect("memory")
}

#[track_caller]
fn check(packed: &[u8], code: Code, says: &str) {
    let error = open(packed).expect_err("it is refused");
    assert_eq!(error.code, code, "{error:?}");
    assert!(error.message.contains(says), "{error:?}");
}

fn json(rest: &str) -> Vec<u8> {
    pack(&format!(r#"{{"v":1,"campus":"north","incarnation":"{INCARNATION}",{rest}}}"#))
}

#[test]
fn a_bomb_is_refused_before_it_unfolds() {
    let bomb = pack(&" ".repeat(JSON_BYTES_MAX + 1));
    assert!(bomb.len() < 5_000);
    check(&bomb, Code::TooLarge, "unpacks to over");
    check(&vec![0; COMPRESSED_BYTES_MAX + 1], Code::TooLarge, "has over");
}

#[test]
fn too_many_rows_are_refused_while_they_are_counted() {
    let rows = vec!["0"; ROWS_MAX + 1].join(",");
    check(&json(&format!(r#""from_seq":1,"rows":[{rows}]"#)), Code::TooLarge, "over 5000");
}

#[test]
fn what_is_no_batch_is_named() {
    check(b"", Code::Malformed, "zstd");
    check(b"hello", Code::Malformed, "zstd");
    check(&pack("[]"), Code::Malformed, "JSON");
    check(&pack(r#"{"v":2,"rows":"quite different"}"#), Code::Newer, "version 2");
    check(&json(r#""from_seq":1,"rows":[]"#), Code::Malformed, "empty");
    check(&json(r#""from_seq":0,"rows":[0]"#), Code::Malformed, "number of a row");
    check(&json(r#""from_seq":18446744073709551615,"rows":[0]"#), Code::Malformed, "number");
    let gone = r#""from_seq":1,"gone":[{"from":9,"to":9}],"rows":[0]"#;
    check(&json(gone), Code::Malformed, "out of order or beyond");
    let gone = r#""from_seq":5,"gone":[{"from":5,"to":3}],"rows":[0]"#;
    check(&json(gone), Code::Malformed, "ends before it begins");
    let mut cut = Outbox::of([quarter("campus", 0, 1, Values::default())])
        .draft(Span { from: 1, to: 1 }, &[])
        .pack()
        .expect("it fits");
    cut.pop();
    check(&cut, Code::Malformed, "");
}

#[test]
fn one_bad_row_costs_no_other() {
    let good = |slot_ms| quarter("campus", slot_ms, 1, Values::default());
    let mut bad = good(900_000);
    bad.body = Body::Quarter(Values { complete_permille: Some(1_001), ..Values::default() });
    let outbox = Outbox::of([good(0), bad, good(1_800_000)]);
    let got = opened(&outbox.draft(Span { from: 1, to: 3 }, &[]));
    let seqs: Vec<u64> = got.entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, [1, 3]);
    assert_eq!(got.entries[1], outbox.entries[2].0, "its chain runs on through the bad row");
    assert_eq!(got.bad.len(), 1);
    assert_eq!(got.bad[0].seq, 2);
    assert_eq!(got.bad[0].reason, "`complete_permille` = 1001 is not from 0 to 1000");
}

#[test]
fn rows_that_are_none_are_put_aside_one_by_one() {
    let prev = Hash([0; 32]);
    let head = r#""slot_ms":0,"span_s":900,"revision":1"#;
    let rows = [
        ("0".to_owned(), "no row with `stream`"),
        (r#"{"stream":"x","class":"quarter"}"#.to_owned(), "no `prev`"),
        (format!(r#"{{"stream":"x","class":"week",{head},"prev":"{prev}"}}"#), "no class `week`"),
        (format!(r#"{{"stream":"X","class":"day",{head},"prev":"{prev}"}}"#), "stream `X`"),
        (
            format!(r#"{{"class":"day","stream":"x",{head},"prev":"{prev}"}}"#),
            "not written the one way",
        ),
        (
            format!(r#"{{"stream":"x","class":"day",{head},"peak_w":1.5,"prev":"{prev}"}}"#),
            "floating point",
        ),
        (
            format!(
                r#"{{"stream":"x","class":"day",{head},"peak_w":1,"peak_w":2,"prev":"{prev}"}}"#
            ),
            "`peak_w` stands twice",
        ),
        (
            format!(r#"{{"stream":"x","class":"day",{head},"count":1,"prev":"{prev}"}}"#),
            "`count` belongs into a loss only",
        ),
        (format!(r#"{{"stream":"x","class":"loss",{head},"prev":"{prev}"}}"#), "`what` is missing"),
    ];
    let texts: Vec<&str> = rows.iter().map(|(text, _)| text.as_str()).collect();
    let body = format!(r#""from_seq":7,"rows":[{}]"#, texts.join(","));
    let got = open(&json(&body)).expect("it is a batch");
    assert_eq!(got.entries, []);
    for (at, (bad, (text, says))) in got.bad.iter().zip(&rows).enumerate() {
        assert_eq!(bad.seq, 7 + at as u64);
        assert!(bad.reason.contains(says), "{} should say {says}", bad.reason);
        assert_eq!(&bad.text, text);
    }
    assert_eq!(got.bad.len(), rows.len());
}

#[test]
fn a_damaged_row_of_the_outbox_is_not_sent() {
    let outbox = Outbox::of([quarter("campus", 0, 1, Values::default())]);
    let (entry, canonical) = &outbox.entries[0];
    let flipped = canonical.replace("900", "901");
    let mut draft = Draft::new(campus(), INCARNATION, 1);
    assert_eq!(draft.push(&link(entry, &flipped)), Pushed::Damaged);
    assert_eq!(draft.push(&link(entry, canonical)), Pushed::Yes);
    assert_eq!(draft.push(&link(entry, canonical)), Pushed::Backward);
    assert_eq!(draft.span(), Some(Span { from: 1, to: 1 }));
}

#[test]
fn a_full_draft_says_so_and_still_fits() {
    let row = |at: i64| quarter("room/science/101", at * 900_000, 1, Values::default());
    let mut hash =
        Hash::genesis(&campus(), &INCARNATION, &stream("room/science/101"), Class::Quarter);
    let mut draft = Draft::new(campus(), INCARNATION, 1);
    let mut pushed = 0;
    for at in 0..=ROWS_MAX as i64 {
        let (row, prev) = (row(at), hash);
        let canonical = row.canonical();
        hash = prev.then(&canonical);
        let entry = Entry { seq: at as u64 + 1, row, prev, hash };
        match draft.push(&link(&entry, &canonical)) {
            Pushed::Yes => pushed += 1,
            other => assert_eq!((other, pushed), (Pushed::Full, ROWS_MAX)),
        }
    }
    assert_eq!(opened(&draft).entries.len(), ROWS_MAX);
}

#[test]
fn a_secret_shows_only_where_it_is_asked_for() {
    let key = SecretKey::from_seed([7; 32]);
    assert!(!format!("{key:?}").contains("0707"));
    let again = SecretKey::parse(&format!("{}\n", key.expose())).expect("it is a key");
    assert_eq!(again.public(), key.public());
    assert!(SecretKey::parse(&key.public().to_string()).is_none());
    assert_eq!(batch::PublicKey::parse(&key.public().to_string()), Some(key.public()));
}

#[test]
fn headers_that_are_none_are_refused() {
    let key = SecretKey::from_seed([7; 32]);
    let header = key.sign(b"x");
    assert!(Signed::parse(&header).is_some());
    for bad in ["", "keyid=1, sig=", &header[..header.len() - 5], &header.replace("sig", "gis")] {
        assert_eq!(Signed::parse(bad), None, "{bad}");
    }
}

#[test]
fn quantities_stand_in_alphabetical_order() {
    assert!(QUANTITIES.windows(2).all(|pair| pair[0].key < pair[1].key));
}
