//! Getting back to where we were: checkpoints, and the log after them, in its order.

use super::names::Names;
use super::pack::{self, Damage, Key, Shapes};
use super::query::Reader;
use super::reading::{self, LoggedRepair};
use super::rows::{Checkpoint, checkpoint_crc, configuration_crc, kind};
use super::{
    Calibrate, Command, Imposed, InForce, Incident, Judge, Posting, QueryError, Reading, Replace,
    Wish,
};
use crate::limits;
use rusqlite::{Connection, OptionalExtension, Row};
use std::ops::ControlFlow;

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
    /// A person had the lamps of a room measured.
    Calibrate(Calibrate),
    /// The agent had not listened for a while.
    Resumed,
    /// Nothing but time: what was due until then has happened.
    Passed,
    /// Other rules are in force from here on.
    Rules(InForce),
    /// Something was imposed on lamps.
    Imposed(Imposed),
    /// Of a node that was not asked about: it shows what time it was.
    Other,
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

/// Where a look into the past begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The controller's state; `None` where the log is whole from its very first row.
    pub checkpoint: Option<Checkpoint>,
    /// The moment from which it is known.
    pub from_ms: i64,
}

/// A configuration, and from where it held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldConfiguration {
    /// From this row of the log on.
    pub log_id: i64,
    /// Since when, ms UTC.
    pub at_ms: i64,
    /// As it was read.
    pub text: String,
    /// Rules of the staff, where there were any.
    pub rules: Option<String>,
    /// Over what the program of then made of it.
    pub campus_crc: u32,
}

impl Reader {
    /// Where the past begins to be known, ms UTC; `None` while there is none.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn past_from(&self) -> Result<Option<i64>, QueryError> {
        self.unhurried(|connection| Ok(past_from(connection)?))
    }

    /// From where to tell the log again to get to the moment `at_ms`; `None` where it is not kept.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn start_before(&self, at_ms: i64) -> Result<Option<Start>, QueryError> {
        self.unhurried(|connection| Ok(start_before(connection, at_ms)?))
    }

    /// Whether any frame that is or was in the log may have told this quantity.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn ever_reported(&self, quantity: wire::Quantity) -> Result<bool, QueryError> {
        let names = self.unhurried(|connection| Ok(Names::load(connection)?))?;
        let shapes = Shapes::new(&names.shapes);
        // Frames of further shapes are written out in full.
        Ok(names.shapes.len() >= limits::SHAPES_MAX || shapes.tells(quantity))
    }

    /// Configurations that held while rows of the log after `after` came, oldest first.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn configurations(&self, after: i64) -> Result<Vec<HeldConfiguration>, QueryError> {
        self.unhurried(|connection| Ok(configurations(connection, after)?))
    }

    /// Tells `each` every row of the log after `after`, in order. 0 begins at the oldest.
    ///
    /// # Errors
    /// When SQLite cannot read on; what was told until then was right.
    pub fn replay(
        &self,
        after: i64,
        mut each: impl FnMut(Logged<'_>),
    ) -> Result<Replayed, QueryError> {
        let all = |_: &str| true;
        self.replay_some(after, all, |logged| {
            each(logged);
            ControlFlow::Continue(())
        })
    }

    /// Like [`Reader::replay`], until `each` breaks; frames and hellos of nodes that are not `wanted`
    /// are not unpacked, and told as [`Entry::Other`].
    ///
    /// # Errors
    /// As [`Reader::replay`].
    pub fn replay_some(
        &self,
        after: i64,
        wanted: impl Fn(&str) -> bool,
        mut each: impl FnMut(Logged<'_>) -> ControlFlow<()>,
    ) -> Result<Replayed, QueryError> {
        let mut replayed = Replayed { last_id: after, ..Replayed::default() };
        let (mut names, mut known, mut shapes) = (Names::default(), Vec::new(), Shapes::default());
        loop {
            let before = replayed.last_id;
            let flow = self.unhurried(|connection| {
                // A name stands in the database before the first row that needs it.
                names = Names::load(connection)?;
                known = names.nodes.all().map(|name| name.is_none_or(&wanted)).collect();
                shapes = Shapes::new(&names.shapes);
                let pass = Pass { names: &names, shapes: &shapes, wanted: &known };
                Ok(piece(connection, &pass, &mut replayed, &mut each)?)
            })?;
            if replayed.last_id == before || flow.is_break() {
                return Ok(replayed);
            }
        }
    }
}

/// What rows are read with.
struct Pass<'a> {
    names: &'a Names,
    shapes: &'a Shapes,
    /// By the number of the node; 0 is none.
    wanted: &'a [bool],
}

fn piece(
    connection: &Connection,
    pass: &Pass<'_>,
    replayed: &mut Replayed,
    each: &mut impl FnMut(Logged<'_>) -> ControlFlow<()>,
) -> rusqlite::Result<ControlFlow<()>> {
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
        match tell(row, id, pass, each) {
            Some(flow) => {
                replayed.rows += 1;
                if flow.is_break() {
                    return Ok(flow);
                }
            }
            None => replayed.damaged += 1,
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Tells one row, if it can be believed.
fn tell(
    row: &Row<'_>,
    id: i64,
    pass: &Pass<'_>,
    each: &mut impl FnMut(Logged<'_>) -> ControlFlow<()>,
) -> Option<ControlFlow<()>> {
    let (at_ms, kind, node) = (row.get(1).ok()?, row.get(2).ok()?, row.get(3).ok()?);
    if matches!(kind, kind::FRAME | kind::HELLO)
        && !pass.wanted.get(node as usize).copied().unwrap_or(true)
    {
        return Some(each(Logged { id, at_ms, entry: Entry::Other }));
    }
    let (boot, seq) = (row.get(4).ok()?, row.get(5).ok()?);
    let key = Key { at_ms, kind, node, boot, seq };
    let stored = row.get_ref(6).ok()?.as_blob().ok()?;
    let entry = entry(&key, stored, pass).ok()?;
    Some(each(Logged { id, at_ms, entry }))
}

fn entry<'a>(key: &Key, stored: &'a [u8], pass: &Pass<'a>) -> Result<Entry<'a>, Damage> {
    let names = pass.names;
    let body = pack::open(key, stored)?;
    let node = || names.nodes.name(key.node).ok_or(Damage::Unknown);
    match key.kind {
        kind::FRAME => {
            let frame = pack::unpack(key, body, pass.shapes)?;
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
        kind::CALIBRATE => decision(body).map(Entry::Calibrate),
        kind::RESUMED => Ok(Entry::Resumed),
        kind::PASSED => Ok(Entry::Passed),
        kind::RULES => decision(body).map(Entry::Rules),
        kind::IMPOSED => decision(body).map(Entry::Imposed),
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

/// The newest checkpoints whose checksum is right, newest first.
pub(super) fn checkpoints(connection: &Connection) -> rusqlite::Result<Vec<Checkpoint>> {
    let sql = "SELECT log_id, at_ms, state, crc FROM checkpoint ORDER BY id DESC LIMIT ?1";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map((limits::CHECKPOINTS_KEPT,), checked)?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// A checkpoint, if its checksum is right.
fn checked(row: &Row<'_>) -> rusqlite::Result<Option<Checkpoint>> {
    let checkpoint = Checkpoint { log_id: row.get(0)?, at_ms: row.get(1)?, state: row.get(2)? };
    let crc = checkpoint_crc(checkpoint.log_id, checkpoint.at_ms, &checkpoint.state);
    Ok((row.get::<_, u32>(3)? == crc).then_some(checkpoint))
}

/// Checkpoints from which the log leads on.
const LEADS_ON: &str = "log_id >= (SELECT coalesce(min(id), 1) FROM log) - 1";

/// The first row of the log, if nothing was ever deleted before it.
fn first_row(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT at_ms FROM log WHERE id = 1";
    connection.query_row(sql, (), |row| row.get(0)).optional()
}

fn past_from(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    if let Some(first) = first_row(connection)? {
        return Ok(Some(first));
    }
    let sql = format!("SELECT at_ms FROM checkpoint WHERE {LEADS_ON} ORDER BY id LIMIT 1");
    connection.query_row(&sql, (), |row| row.get(0)).optional()
}

fn start_before(connection: &Connection, at_ms: i64) -> rusqlite::Result<Option<Start>> {
    let sql = format!(
        "SELECT log_id, at_ms, state, crc FROM checkpoint WHERE at_ms <= ?1 AND {LEADS_ON} \
         ORDER BY id DESC"
    );
    let mut statement = connection.prepare(&sql)?;
    for row in statement.query_map((at_ms,), checked)? {
        if let Some(checkpoint) = row? {
            let from_ms = checkpoint.at_ms;
            return Ok(Some(Start { checkpoint: Some(checkpoint), from_ms }));
        }
    }
    let first = first_row(connection)?.filter(|first| *first <= at_ms);
    Ok(first.map(|from_ms| Start { checkpoint: None, from_ms }))
}

fn configurations(connection: &Connection, after: i64) -> rusqlite::Result<Vec<HeldConfiguration>> {
    let sql = "SELECT log_id, at_ms, text, rules, campus_crc, crc FROM configuration WHERE id >= coalesce( \
               (SELECT max(id) FROM configuration WHERE log_id <= max(?1, 1)), 0) ORDER BY id";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map((after,), |row| {
        let (log_id, at_ms, text, rules) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let held = HeldConfiguration { log_id, at_ms, text, rules, campus_crc: row.get(4)? };
        let crc = configuration_crc(log_id, at_ms, &held.text, held.rules.as_deref());
        Ok((row.get::<_, u32>(5)? == crc).then_some(held))
    })?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}
