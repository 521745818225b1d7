//! Makes room in the outbox: what goes is decided by `controller::outbox`; what a hub lacks of it becomes
//! a loss record, which is delivered like any other row.

use super::make::put_loss;
use super::progress;
use super::put::{self, Put, ROW_BYTES};
use super::{Terms, kind};
use crate::limits;
use controller::outbox::{self, Held, Shed, Usage};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

/// What went in one go.
#[derive(Default)]
struct Gone {
    /// Rows and bytes by kind.
    of: [(i64, i64); 4],
    from_ms: i64,
    to_ms: i64,
    slot_ms: Option<i64>,
    revision: u32,
    /// Rows that some hub lacks.
    undelivered: u64,
    last_seq: i64,
}

/// Lets go what is above the budget, a bounded piece of it. Says the last number when a loss was noted.
pub(super) fn make_room(
    connection: &mut Connection,
    terms: &Terms,
    now_ms: i64,
) -> rusqlite::Result<Option<i64>> {
    let held = held(connection)?;
    if held.bytes() <= terms.budget_bytes {
        return Ok(None);
    }
    let everywhere = progress::everywhere(connection, &terms.hubs)?;
    let sql = "SELECT count(*) FROM outbox WHERE seq <= ?1";
    let delivered: i64 = connection.query_row(sql, (everywhere,), |row| row.get(0))?;
    let delivered = delivered.unsigned_abs();
    let Some(what) = outbox::shed(&held, delivered, terms.budget_bytes) else { return Ok(None) };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let gone = let_go(&transaction, what, everywhere)?;
    remember(&transaction, &gone)?;
    let mut last = None;
    if gone.undelivered > 0 {
        let name = match what {
            Shed::Delivered { .. } | Shed::Rooms { .. } => "shed_rooms",
            Shed::Others { .. } => "shed_buildings_and_meters",
        };
        let mut put = Put::begin(&transaction, terms, now_ms)?;
        let time = (gone.from_ms, gone.to_ms + terms.scope.slot_ms);
        put_loss(&transaction, &mut put, "campus", name, gone.undelivered, time)?;
        last = Some(put.end()?);
    }
    transaction.commit()?;
    Ok(last)
}

/// What there is, by what goes together.
pub(super) fn held(connection: &Connection) -> rusqlite::Result<Held> {
    let mut held = Held::default();
    let mut statement = connection.prepare_cached("SELECT kind, rows, bytes FROM outbox_size")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let count = |at| row.get::<_, i64>(at).map(|count| count.max(0).unsigned_abs());
        let (rows, bytes) = (count(1)?, count(2)?);
        let usage = match row.get::<_, u8>(0)? {
            kind::ROOM => &mut held.rooms,
            kind::OTHER => &mut held.others,
            _ => &mut held.totals,
        };
        *usage = Usage { rows: usage.rows + rows, bytes: usage.bytes + bytes };
    }
    Ok(held)
}

fn let_go(transaction: &Transaction<'_>, what: Shed, everywhere: i64) -> rusqlite::Result<Gone> {
    let (wanted, of_kind, upto) = match what {
        Shed::Delivered { rows } => (rows, None, everywhere),
        Shed::Rooms { rows } => (rows, Some(kind::ROOM), i64::MAX),
        Shed::Others { rows } => (rows, Some(kind::OTHER), i64::MAX),
    };
    let limit = i64::try_from(wanted).unwrap_or(i64::MAX).min(limits::OUTBOX_SHED_ROWS);
    let first_of = "SELECT first_seq FROM outbox_size WHERE kind = ?1";
    let from: i64 = match of_kind {
        Some(kind) => transaction.query_row(first_of, (kind,), |row| row.get(0)).optional()?,
        None => None,
    }
    .unwrap_or(0);
    let sql = "SELECT seq, kind, slot_ms, revision, length(body) FROM outbox \
               WHERE seq >= ?1 AND seq <= ?2 AND (?3 IS NULL OR kind = ?3) ORDER BY seq LIMIT ?4";
    let mut select = transaction.prepare_cached(sql)?;
    let mut rows = select.query((from, upto, of_kind, limit))?;
    let mut gone = Gone { from_ms: i64::MAX, to_ms: i64::MIN, ..Gone::default() };
    let mut delete = transaction.prepare_cached("DELETE FROM outbox WHERE seq = ?1")?;
    let mut seqs = Vec::new();
    while let Some(row) = rows.next()? {
        let (seq, kind, slot_ms): (i64, u8, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let of = &mut gone.of[usize::from(kind.clamp(1, 4) - 1)];
        *of = (of.0 + 1, of.1 + row.get::<_, i64>(4)? + ROW_BYTES as i64);
        if kind == kind::ROOM || kind == kind::OTHER {
            gone.slot_ms = gone.slot_ms.max(Some(slot_ms));
        }
        gone.revision = gone.revision.max(row.get(3)?);
        if seq > everywhere {
            gone.undelivered += 1;
            gone.from_ms = gone.from_ms.min(slot_ms);
            gone.to_ms = gone.to_ms.max(slot_ms);
        }
        gone.last_seq = seq;
        seqs.push(seq);
    }
    for seq in seqs {
        delete.execute((seq,))?;
    }
    for (kind, (rows, bytes)) in kind::ALL.into_iter().zip(gone.of) {
        if rows > 0 {
            put::grow(transaction, kind, -rows, -bytes)?;
        }
    }
    if let Some(kind) = of_kind {
        let sql = "UPDATE outbox_size SET first_seq = ?2 WHERE kind = ?1";
        transaction.execute(sql, (kind, gone.last_seq + 1))?;
    }
    Ok(gone)
}

/// Slots up to where some are gone, and the highest revision of any: what comes later of such a slot gets
/// a revision that was never given.
fn remember(connection: &Connection, gone: &Gone) -> rusqlite::Result<()> {
    let Some(slot_ms) = gone.slot_ms else { return Ok(()) };
    let (upto_ms, revision) = memory(connection)?.unwrap_or((i64::MIN, 0));
    let text = format!("{} {}", upto_ms.max(slot_ms), revision.max(gone.revision));
    let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES ('outbox_gone', ?1)";
    connection.execute(sql, (text,)).map(drop)
}

fn memory(connection: &Connection) -> rusqlite::Result<Option<(i64, u32)>> {
    let sql = "SELECT value FROM meta WHERE key = 'outbox_gone'";
    let text: Option<String> =
        connection.prepare_cached(sql)?.query_row((), |row| row.get(0)).optional()?;
    let parsed = text.as_deref().and_then(|text| {
        let (slot_ms, revision) = text.split_once(' ')?;
        Some((slot_ms.parse().ok()?, revision.parse().ok()?))
    });
    Ok(parsed)
}

/// The revision of a slot of which no row is there.
pub(super) fn revision_after_gone(connection: &Connection, slot_ms: i64) -> rusqlite::Result<u32> {
    let gone = memory(connection)?.filter(|(upto_ms, _)| slot_ms <= *upto_ms);
    Ok(gone.map_or(1, |(_, revision)| revision.saturating_add(1)))
}

/// Whether rows of this slot may be gone.
pub(super) fn is_gone(connection: &Connection, slot_ms: i64) -> rusqlite::Result<bool> {
    Ok(memory(connection)?.is_some_and(|(upto_ms, _)| slot_ms <= upto_ms))
}
