//! What a damaged database takes along of its outbox: found when it is put aside, told by the first loss
//! records of the new one, so that no hub takes silence for completeness.
//!
//! Where the old outbox can be read it is known stream by stream. Where it cannot, the witness beside it says
//! how many rows at most, and from which slot on; it may be a minute behind, and then says more than is lost.
//! Without either nothing is known, and all of the past may be incomplete.

use super::life::Witness;
use super::make::put_loss;
use super::put::Put;
use super::{Terms, body, class_of, mark, progress};
use crate::store::{migrate, open};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior};
use std::collections::BTreeMap;
use std::path::Path;

/// The shape that added the outbox.
const OUTBOX_SINCE: i64 = 5;

/// What hubs may lack of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lost {
    rows: i64,
    from_ms: i64,
    to_ms: i64,
}

/// Notes in the empty database `new` what hubs may lack of the one that was put aside as `old`. `remake`:
/// everything else of it was carried over.
pub(in crate::store) fn find(
    path: &Path,
    old: &Path,
    new: &mut Connection,
    remake: bool,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let witness = Witness::read(path);
    let transaction = new.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let exact = open::connect_reader(old).ok().and_then(|old| {
        let lost = read(&old, witness.as_ref(), now_ms).ok()?;
        carry_marks(&old, &transaction).ok()?;
        Some(lost)
    });
    let lost = match (exact, witness) {
        (Some(exact), _) => exact,
        (None, Some(Witness { seq: 0, .. })) => BTreeMap::new(),
        (None, witness) => {
            let oldest = "SELECT coalesce(min(slot_ms), 0) FROM posting";
            let from_ms = match witness.as_ref().and_then(|witness| witness.oldest_ms) {
                Some(known) => known,
                None => transaction.query_row(oldest, (), |row| row.get(0))?,
            };
            let at_most = |it: Witness| it.seq.saturating_sub(it.delivered.unwrap_or(0));
            let rows = witness.map_or(1, at_most).max(1);
            BTreeMap::from([("campus".to_owned(), Lost { rows, from_ms, to_ms: now_ms })])
        }
    };
    for (stream, Lost { rows, from_ms, to_ms }) in lost {
        let sql = "INSERT OR REPLACE INTO outbox_lost (stream, rows, from_ms, to_ms, remake) \
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        transaction.execute(sql, (stream, rows, from_ms, to_ms, remake))?;
    }
    transaction.commit()
}

/// Stream by stream: rows that some hub may lack, and numbers beyond the last row that is there.
fn read(
    old: &Connection,
    witness: Option<&Witness>,
    now_ms: i64,
) -> rusqlite::Result<BTreeMap<String, Lost>> {
    let mut lost: BTreeMap<String, Lost> = BTreeMap::new();
    if migrate::version(old)? < OUTBOX_SINCE {
        return Ok(lost);
    }
    let sql = "SELECT value FROM meta WHERE key = 'incarnation'";
    let name: String = old.query_row(sql, (), |row| row.get(0))?;
    let witness = witness.filter(|witness| witness.incarnation == name);
    let delivered = match witness.and_then(|witness| witness.delivered) {
        Some(delivered) => delivered,
        None => progress::everywhere(old, &hubs(old)?)?,
    };
    let sql = "SELECT kind, slot_ms, body, (SELECT name FROM stream WHERE id = outbox.stream) \
               FROM outbox WHERE seq > ?1 ORDER BY seq";
    let mut statement = old.prepare(sql)?;
    let mut rows = statement.query((delivered,))?;
    while let Some(row) = rows.next()? {
        let (stream, from_ms, to_ms) = extent(row)?;
        let of = lost.entry(stream).or_insert(Lost { rows: 0, from_ms, to_ms });
        of.rows += 1;
        (of.from_ms, of.to_ms) = (of.from_ms.min(from_ms), of.to_ms.max(to_ms));
    }
    let last = super::put::last_seq(old)?;
    if let Some(beyond) = witness.map(|it| it.seq - last).filter(|beyond| *beyond > 0) {
        let sql = "SELECT coalesce(max(slot_ms), 0) FROM outbox WHERE kind IN (1, 2)";
        let from_ms = old.query_row(sql, (), |row| row.get(0))?;
        let of =
            lost.entry("campus".to_owned()).or_insert(Lost { rows: 0, from_ms, to_ms: now_ms });
        (of.rows, of.to_ms) = (of.rows + beyond, now_ms);
    }
    Ok(lost)
}

/// Of what a row is, and its time.
fn extent(row: &Row<'_>) -> rusqlite::Result<(String, i64, i64)> {
    let (kind, slot_ms): (u8, i64) = (row.get(0)?, row.get(1)?);
    let span_s =
        body::unpack(class_of(kind), row.get_ref(2)?.as_blob()?).map_or(0, |(_, span)| span);
    Ok((row.get(3)?, slot_ms, slot_ms.saturating_add(i64::from(span_s) * 1000)))
}

/// Hubs of which anything is known.
fn hubs(old: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut names = old.prepare("SELECT DISTINCT name FROM hub")?;
    names.query_map((), |row| row.get(0))?.collect()
}

/// Slots and days that were to be summarised still are: numbers of names were carried over.
fn carry_marks(old: &Connection, new: &Transaction<'_>) -> rusqlite::Result<()> {
    if migrate::version(old)? < OUTBOX_SINCE {
        return Ok(());
    }
    let mut marks = old.prepare("SELECT slot_ms, kind, number, since_ms FROM touched")?;
    let mut rows = marks.query(())?;
    while let Some(row) = rows.next()? {
        let row: (i64, u8, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let sql = "INSERT OR IGNORE INTO touched (slot_ms, kind, number, since_ms) \
                   VALUES (?1, ?2, ?3, ?4)";
        new.prepare_cached(sql)?.execute(row)?;
    }
    let mut days = old.prepare("SELECT day_ms, since_ms FROM touched_day")?;
    let mut rows = days.query(())?;
    while let Some(row) = rows.next()? {
        let row: (i64, i64) = (row.get(0)?, row.get(1)?);
        let sql = "INSERT OR IGNORE INTO touched_day (day_ms, since_ms) VALUES (?1, ?2)";
        new.prepare_cached(sql)?.execute(row)?;
    }
    Ok(())
}

/// Puts the loss records, before anything else is put. What could be carried over is summarised again.
pub(super) fn tell(
    connection: &mut Connection,
    terms: &Terms,
    now_ms: i64,
) -> rusqlite::Result<Option<i64>> {
    let all = noted(connection)?;
    if all.is_empty() {
        return Ok(None);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut put = Put::begin(&transaction, terms, now_ms)?;
    for (stream, lost, remake) in all {
        let Lost { rows, from_ms, to_ms } = lost;
        let count = rows.max(1).unsigned_abs();
        put_loss(&transaction, &mut put, &stream, "outbox_damaged", count, (from_ms, to_ms))?;
        if remake {
            mark::again(&transaction, (from_ms, to_ms), now_ms)?;
        }
    }
    let last = put.end()?;
    transaction.execute("DELETE FROM outbox_lost", ())?;
    transaction.commit()?;
    Ok(Some(last))
}

/// What [`find`] has noted: stream, what, and whether its slots are to be made again.
fn noted(connection: &Connection) -> rusqlite::Result<Vec<(String, Lost, bool)>> {
    let sql = "SELECT stream, rows, from_ms, to_ms, remake FROM outbox_lost ORDER BY stream";
    let mut all = connection.prepare_cached(sql)?;
    let one = |row: &Row<'_>| {
        let lost = Lost { rows: row.get(1)?, from_ms: row.get(2)?, to_ms: row.get(3)? };
        Ok((row.get(0)?, lost, row.get(4)?))
    };
    all.query_map((), one)?.collect()
}
