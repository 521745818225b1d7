//! Getting back to where we were: checkpoints, and the log after them, in its order.

use super::names::Names;
use super::pack::{self, Damage, Key};
use super::query::Reader;
use super::reading::{self, LoggedRepair};
use super::rows::{Checkpoint, checkpoint_crc, kind};
use super::{Command, Incident, Judge, Posting, QueryError, Reading, Replace, Wish};
use rusqlite::{Connection, Row};

/// A row of the log.
#[derive(Debug)]
pub struct Logged<'a> {
    /// Rises by one from row to row, except where rows could not be read.
    pub id: i64,
    /// When the controller was told, ms UTC.
    pub at_ms: i64,
    /// What it was told.
    pub entry: Entry<'a>,
}

/// What the controller was told.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time, on the stack, most of them frames")]
pub enum Entry<'a> {
    /// A frame of a claimed node.
    Frame {
        /// Which node.
        node: &'a str,
        /// As it was parsed.
        frame: wire::Frame<'a>,
    },
    /// A hello of a claimed node, or its will.
    Hello {
        /// Which node.
        node: &'a str,
        /// As it was parsed.
        hello: wire::Hello<'a>,
        /// How it was, from the same payload.
        condition: wire::Condition<'a>,
    },
    /// What a claimed node said became of settings or of a command.
    Outcome {
        /// Which node.
        node: &'a str,
        /// As it was parsed.
        outcome: wire::Outcome<'a>,
    },
    /// A node was told to do something once.
    Command(Command),
    /// A person's wish, or its end.
    Wish(Wish),
    /// The agent had not listened for a while.
    Resumed,
    /// A polled register.
    Reading {
        /// Which meter.
        meter: &'a str,
        /// What it said.
        reading: Reading<'a>,
    },
    /// A meter was replaced.
    Replace(Replace),
    /// A person decided about a doubtful reading.
    Judge(Judge),
    /// A person repaired closed slots.
    Repair {
        /// Which meter.
        meter: String,
        /// Rows that add to what is posted; revision 0.
        rows: Vec<Posting>,
        /// What it turned out to have been.
        incidents: Vec<Incident>,
    },
}

/// What a replay met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Rows that were replayed.
    pub rows: u64,
    /// Rows that are damaged or of a kind that this program does not know, and rows that are missing
    /// between others.
    pub damaged: u64,
    /// The last row; 0 when there was none.
    pub last_id: i64,
}

/// Rows read in one go: a reader that stays open keeps the write-ahead log from being reused.
const ROWS_AT_ONCE: i64 = 10_000;

impl Reader {
    /// Tells `each` every row of the log after `after`, in order. 0 begins at the oldest.
    ///
    /// # Errors
    /// When SQLite cannot read on; what was told until then was right.
    pub fn replay(
        &self,
        after: i64,
        mut each: impl FnMut(Logged<'_>),
    ) -> Result<Replayed, QueryError> {
        let names = self.unhurried(|connection| Ok(Names::load(connection)?))?;
        let mut replayed = Replayed { last_id: after, ..Replayed::default() };
        loop {
            let before = replayed.last_id;
            self.unhurried(|connection| Ok(piece(connection, &names, &mut replayed, &mut each)?))?;
            if replayed.last_id == before {
                return Ok(replayed);
            }
        }
    }
}

fn piece(
    connection: &Connection,
    names: &Names,
    replayed: &mut Replayed,
    each: &mut impl FnMut(Logged<'_>),
) -> rusqlite::Result<()> {
    let sql = "SELECT id, at_ms, kind, node, boot, seq, body FROM log WHERE id > ?1 \
               ORDER BY id LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((replayed.last_id, ROWS_AT_ONCE))?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if replayed.last_id > 0 {
            replayed.damaged += id.abs_diff(replayed.last_id + 1);
        }
        replayed.last_id = id;
        match tell(row, id, names, each) {
            Some(()) => replayed.rows += 1,
            None => replayed.damaged += 1,
        }
    }
    Ok(())
}

/// Tells one row, if it can be believed.
fn tell(row: &Row<'_>, id: i64, names: &Names, each: &mut impl FnMut(Logged<'_>)) -> Option<()> {
    let at_ms = row.get(1).ok()?;
    let key = Key {
        at_ms,
        kind: row.get(2).ok()?,
        node: row.get(3).ok()?,
        boot: row.get(4).ok()?,
        seq: row.get(5).ok()?,
    };
    let stored = row.get_ref(6).ok()?.as_blob().ok()?;
    let entry = entry(&key, stored, names).ok()?;
    each(Logged { id, at_ms, entry });
    Some(())
}

fn entry<'a>(key: &Key, stored: &'a [u8], names: &'a Names) -> Result<Entry<'a>, Damage> {
    let body = pack::open(key, stored)?;
    let node = || names.nodes.name(key.node).ok_or(Damage::Unknown);
    match key.kind {
        kind::FRAME => {
            let frame = pack::unpack(key, body, &names.shapes)?;
            Ok(Entry::Frame { node: node()?, frame })
        }
        kind::HELLO => {
            let hello = wire::Hello::parse(body).map_err(|_| Damage::Unknown)?;
            let condition = wire::Condition::parse(body).map_err(|_| Damage::Unknown)?;
            Ok(Entry::Hello { node: node()?, hello, condition })
        }
        kind::OUTCOME => {
            let outcome = wire::Outcome::parse(body).map_err(|_| Damage::Unknown)?;
            Ok(Entry::Outcome { node: node()?, outcome })
        }
        kind::COMMAND => decision(body).map(Entry::Command),
        kind::OVERRIDE | kind::AUTO => decision(body).map(Entry::Wish),
        kind::RESUMED => Ok(Entry::Resumed),
        kind::READING => {
            let meter = names.meters.name(key.node).ok_or(Damage::Unknown)?;
            Ok(Entry::Reading { meter, reading: reading::unpack(key, body)? })
        }
        kind::REPLACE => decision(body).map(Entry::Replace),
        kind::JUDGE => decision(body).map(Entry::Judge),
        kind::REPAIR => {
            let (meter, rows, incidents) = decision::<LoggedRepair>(body)?.open();
            Ok(Entry::Repair { meter, rows, incidents })
        }
        _ => Err(Damage::Unknown),
    }
}

fn decision<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Damage> {
    serde_json::from_slice(body).map_err(|_| Damage::Unknown)
}

/// Checkpoints whose checksum is right, newest first.
pub(super) fn checkpoints(connection: &Connection) -> rusqlite::Result<Vec<Checkpoint>> {
    let sql = "SELECT log_id, at_ms, state, crc FROM checkpoint ORDER BY id DESC";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map((), |row| {
        let checkpoint = Checkpoint { log_id: row.get(0)?, at_ms: row.get(1)?, state: row.get(2)? };
        Ok((checkpoint, row.get::<_, u32>(3)?))
    })?;
    let mut good = Vec::new();
    for row in rows {
        let (checkpoint, crc) = row?;
        if checkpoint_crc(checkpoint.log_id, checkpoint.at_ms, &checkpoint.state) == crc {
            good.push(checkpoint);
        }
    }
    Ok(good)
}
