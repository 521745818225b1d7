//! One more row: its number, its link in the chain, and how much there is then.

use super::{Terms, body, class_number, class_of, kind, life};
use batch::{Body, Hash, Incarnation, Row, Stream};
use rusqlite::{Connection, OptionalExtension, Transaction};
use std::collections::HashMap;

/// What a row takes beside its body, bytes: the hash before it, its other columns, its part of the index.
/// Measured: 100,080 rows of 360 streams with bodies of 20 B are a file of 11.0 MB.
pub(super) const ROW_BYTES: u64 = 90;

/// Rows that are put in one transaction.
pub(super) struct Put<'a> {
    transaction: &'a Transaction<'a>,
    campus: wire::Id,
    life: life::Life,
    now_ms: i64,
    last: i64,
    added: [(u64, u64); 4],
}

/// A row to be put.
pub(super) struct New<'a> {
    pub kind: u8,
    pub stream: &'a Stream,
    pub slot_ms: i64,
    pub span_s: u32,
    pub revision: u32,
    pub body: Body,
}

impl<'a> Put<'a> {
    pub fn begin(
        transaction: &'a Transaction<'a>,
        terms: &Terms,
        now_ms: i64,
    ) -> rusqlite::Result<Self> {
        let life = life::current(transaction, now_ms)?;
        let last = last_seq(transaction)?;
        let campus = terms.campus;
        Ok(Self { transaction, campus, life, now_ms, last, added: Default::default() })
    }

    /// Puts a row; a body with a number that may not travel is a loss of one.
    pub fn row(&mut self, new: New<'_>) -> rusqlite::Result<()> {
        let New { kind, stream, slot_ms, span_s, revision, body } = new;
        let stream_id = stream_number(self.transaction, stream.as_str())?;
        let class = class_of(kind);
        let tip = "SELECT hash FROM chain WHERE stream = ?1 AND class = ?2";
        let key = (stream_id, class_number(class));
        let before = self.transaction.prepare_cached(tip)?.query_row(key, |row| row.get(0));
        let prev = match before.optional()? {
            Some(hash) => Hash(hash),
            None => Hash::genesis(&self.campus, &self.life.name, stream, class),
        };
        let packed = body::pack(&body, span_s);
        let row = Row { stream: stream.clone(), slot_ms, span_s, revision, body };
        let hash = prev.then(&row.canonical());
        self.last += 1;
        let crc = crc(self.last, (kind, stream_id), (slot_ms, revision), &packed, &prev);
        let sql = "INSERT INTO outbox (seq, at_ms, kind, stream, slot_ms, revision, body, prev, crc) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let bytes = packed.len() as u64 + ROW_BYTES;
        let row = (self.last, self.now_ms, kind, stream_id, slot_ms, revision, packed, prev.0, crc);
        self.transaction.prepare_cached(sql)?.execute(row)?;
        let sql = "INSERT OR REPLACE INTO chain (stream, class, hash) VALUES (?1, ?2, ?3)";
        self.transaction.prepare_cached(sql)?.execute((stream_id, key.1, hash.0))?;
        let added = &mut self.added[usize::from(kind - 1)];
        *added = (added.0 + 1, added.1 + bytes);
        Ok(())
    }

    /// Says how much there is now, and the last number.
    pub fn end(self) -> rusqlite::Result<i64> {
        for (kind, (rows, bytes)) in kind::ALL.into_iter().zip(self.added) {
            if rows > 0 {
                grow(self.transaction, kind, rows as i64, bytes as i64)?;
            }
        }
        let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES ('outbox_seq', ?1)";
        self.transaction.prepare_cached(sql)?.execute((self.last.to_string(),))?;
        Ok(self.last)
    }
}

/// Chains the rows after `base` anew, for an incarnation that begins with them. It takes the writer a second
/// for 50,000 rows; it happens once in the life of a copy.
pub(super) fn chain_anew(
    connection: &Connection,
    campus: wire::Id,
    incarnation: Incarnation,
    base: i64,
) -> rusqlite::Result<()> {
    let sql = "SELECT seq, kind, stream, slot_ms, revision, body, \
               (SELECT name FROM stream WHERE id = outbox.stream) FROM outbox \
               WHERE seq > ?1 ORDER BY seq LIMIT 1";
    let mut tips: HashMap<(i64, u8), Hash> = HashMap::new();
    let mut after = base;
    loop {
        let found = connection.prepare_cached(sql)?.query_row((after,), |row| {
            let key: (i64, u8, i64, i64, u32) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            Ok((key, row.get::<_, Vec<u8>>(5)?, row.get::<_, String>(6)?))
        });
        let Some(((seq, kind, number, slot_ms, revision), packed, name)) = found.optional()? else {
            break;
        };
        after = seq;
        let class = class_of(kind);
        let (Ok((body, span_s)), Ok(stream)) = (body::unpack(class, &packed), Stream::new(&name))
        else {
            continue; // damaged, and found to be so when it is read
        };
        let tip = tips
            .entry((number, class_number(class)))
            .or_insert_with(|| Hash::genesis(&campus, &incarnation, &stream, class));
        let prev = *tip;
        *tip = prev.then(&Row { stream, slot_ms, span_s, revision, body }.canonical());
        let crc = crc(seq, (kind, number), (slot_ms, revision), &packed, &prev);
        let sql = "UPDATE outbox SET prev = ?2, crc = ?3 WHERE seq = ?1";
        connection.prepare_cached(sql)?.execute((seq, prev.0, crc))?;
    }
    for ((stream, class), hash) in tips {
        let sql = "INSERT OR REPLACE INTO chain (stream, class, hash) VALUES (?1, ?2, ?3)";
        connection.prepare_cached(sql)?.execute((stream, class, hash.0))?;
    }
    Ok(())
}

/// There is so much more, or less, of a kind.
pub(super) fn grow(
    connection: &Connection,
    kind: u8,
    rows: i64,
    bytes: i64,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO outbox_size (kind, rows, bytes, first_seq) VALUES (?1, ?2, ?3, 0) \
               ON CONFLICT DO UPDATE SET rows = max(0, rows + excluded.rows), \
               bytes = max(0, bytes + excluded.bytes)";
    connection.prepare_cached(sql)?.execute((kind, rows, bytes)).map(drop)
}

/// The last number that was given, whether its row is still there or not.
pub(in crate::store) fn last_seq(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'outbox_seq'";
    let last = connection.prepare_cached(sql)?.query_row((), |row| row.get(0)).optional()?;
    Ok(last.unwrap_or(0))
}

fn stream_number(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    let sql = "SELECT id FROM stream WHERE name = ?1";
    let known = connection.prepare_cached(sql)?.query_row((name,), |row| row.get(0)).optional()?;
    match known {
        Some(id) => Ok(id),
        None => connection.prepare_cached("INSERT INTO stream (name) VALUES (?1)")?.insert((name,)),
    }
}

/// Over everything that a row says.
pub(super) fn crc(
    seq: i64,
    (kind, stream): (u8, i64),
    (slot_ms, revision): (i64, u32),
    body: &[u8],
    prev: &Hash,
) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    for number in [seq, i64::from(kind), stream, slot_ms, i64::from(revision)] {
        crc.update(&number.to_le_bytes());
    }
    crc.update(body);
    crc.update(&prev.0);
    crc.finalize()
}
