//! Tables as people and spreadsheets write them.

use super::{Bad, What, parse};
use crate::when::Clock;

/// Room, minutes, whether somebody was there.
type Told = (String, i64, bool);

fn read(text: &str) -> Result<Vec<Told>, Bad> {
    let rooms = ["science/101", "science/102"].map(str::to_owned);
    let clock = Clock::new(crate::fixtures::NOW_MS, "Asia/Shanghai");
    let times = parse(text, &rooms, &clock)?;
    let told = times
        .into_iter()
        .map(|time| (time.room, (time.until_ms - time.from_ms) / 60_000, time.occupied));
    Ok(told.collect())
}

#[test]
fn a_table_says_when_rooms_were_occupied_by_words_or_by_heads() {
    let text = "\u{feff}Room,from,until,note,occupied\r\n\
        # counted at the door\r\n\
        science/101,2026-11-02 08:00,2026-11-02 09:30,,yes\r\n\
        101, 2026-11-02 09:30 , 2026-11-02 10:00 ,left,0\r\n\
        102,2026-11-02T00:00:00Z,2026-11-02T01:00:00Z,\"a, b\",23\r\n\
        102,2026-11-01 08:00,2026-11-01 09:00,,无人\r\n";
    let (one, two) = ("science/101".to_owned(), "science/102".to_owned());
    let told =
        [(one.clone(), 90, true), (one, 30, false), (two.clone(), 60, true), (two, 60, false)];
    assert_eq!(read(text).as_deref(), Ok(&told[..]));
}

#[test]
fn what_cannot_be_taken_has_its_line() {
    const HEAD: &str = "room,from,until,occupied\n";
    const GOOD: &str = "101,2026-11-02 08:00,2026-11-02 09:00,yes\n";
    let check = |rows: &str, line: u64, what: What, text: &str| {
        let bad = read(rows).expect_err(rows);
        assert_eq!(bad, (line, what, text.to_owned()), "{rows}");
    };
    check("room,from,to,occupied\n", 1, What::Column, "until");
    check(HEAD, 1, What::Nothing, "");
    let row = |row: &str| format!("{HEAD}{GOOD}{row}\n");
    check(&row("103,2026-11-02 10:00,2026-11-02 11:00,no"), 3, What::Room, "103");
    check(&row("101,2.11. 10:00,2026-11-02 11:00,no"), 3, What::Time, "2.11. 10:00");
    check(
        &row("101,2026-11-02 11:00,2026-11-02 10:00,no"),
        3,
        What::Order,
        "2026-11-02 11:00, 2026-11-02 10:00",
    );
    check(&row("101,2026-11-02 10:00,2026-11-02 11:00,perhaps"), 3, What::Occupied, "perhaps");
    check(&row("101,2026-11-02 08:30,2026-11-02 11:00,no"), 3, What::Overlap, "2");
    check(
        &row("101,2026-11-02 10:00,2026-11-02 11:00"),
        3,
        What::Line,
        "a line with as many values as the first",
    );
}
