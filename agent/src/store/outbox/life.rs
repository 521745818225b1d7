//! Incarnations: whether this database is the one it was, or a copy.
//!
//! A copy would give numbers that are taken. Three things tell: the *witness*, a small file beside the
//! database that says how far it had come on which machine; the hub, which holds more than was ever
//! written, or another row in its place; and a person who knows. Each begins a new incarnation, in
//! which numbers and chains begin anew.

use super::progress;
use super::put::{self, last_seq};
use crate::store::open::beside;
use batch::Incarnation;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use std::fs;
use std::io::Write;
use std::path::Path;

/// The incarnation that rows are put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    pub id: i64,
    pub name: Incarnation,
    /// Numbers of its rows come after this one.
    pub base: i64,
}

/// What stands in the witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Witness {
    pub incarnation: String,
    /// The last number that was given.
    pub seq: i64,
    machine: String,
    /// Every row up to this one is at all hubs; nothing where an earlier program wrote it.
    pub delivered: Option<i64>,
    /// Slot of the first row after that, ms UTC; nothing when there is none.
    pub oldest_ms: Option<i64>,
}

/// A new incarnation to begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewLife {
    /// How it is known that one is needed; stored.
    pub why: String,
    /// Rows after this one, as the outbox counts, go into it; `None` takes only those to come.
    pub base: Option<i64>,
    /// Who wants it, and what for; empty when nobody was asked.
    pub by: (String, String),
}

/// Why a database is taken for a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// Rows that were written are not there: it was restored from a backup.
    Behind,
    /// It was written on another machine.
    Elsewhere,
    /// Its witness is gone, or tells of another database.
    Unwitnessed,
}

impl Copied {
    /// As it is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Behind => "restored",
            Self::Elsewhere => "other_machine",
            Self::Unwitnessed => "no_witness",
        }
    }
}

/// Looks at a database that was just opened; a copy begins a new incarnation.
pub(in crate::store) fn settle(
    connection: &mut Connection,
    path: &Path,
    now_ms: i64,
) -> rusqlite::Result<Option<Copied>> {
    let copied = copied(connection, path)?;
    let is_new = last_seq(connection)? == 0;
    match copied {
        // Nothing was ever numbered: another name is all it takes.
        Some(_) if is_new => rename(connection).map(drop)?,
        Some(why) => {
            let life = NewLife { why: why.name().to_owned(), ..NewLife::default() };
            begin(connection, now_ms, &life, None)?;
        }
        None => {}
    }
    witness(connection, path, None)?;
    Ok(copied.filter(|_| !is_new))
}

fn copied(connection: &Connection, path: &Path) -> rusqlite::Result<Option<Copied>> {
    let seq = last_seq(connection)?;
    let Some(seen) = Witness::read(path) else { return Ok(Some(Copied::Unwitnessed)) };
    if seen.incarnation != name(connection)? {
        return Ok(Some(Copied::Unwitnessed));
    }
    if seen.seq > seq {
        return Ok(Some(Copied::Behind));
    }
    Ok((seen.machine != machine()).then_some(Copied::Elsewhere))
}

/// Another name for this life of the database.
fn rename(connection: &Connection) -> rusqlite::Result<String> {
    let fresh: String =
        connection.query_row("SELECT lower(hex(randomblob(16)))", (), |row| row.get(0))?;
    let sql = "UPDATE meta SET value = ?1 WHERE key = 'incarnation'";
    connection.execute(sql, (&fresh,))?;
    Ok(fresh)
}

/// Begins a new incarnation: numbers go on, what hubs count begins anew. Rows that go into it get chains
/// of their own, for a campus that is named.
pub(in crate::store) fn begin(
    connection: &mut Connection,
    now_ms: i64,
    life: &NewLife,
    campus: Option<wire::Id>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = current(&transaction, now_ms)?.base;
    let fresh = rename(&transaction)?;
    // Of what the restored copy does not know, the hub may hold more numbers: those are of the old life.
    let sql = "INSERT INTO incarnation (name, base, since_ms, why, asked_by, asked_for) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let NewLife { why, base, by } = life;
    let last = last_seq(&transaction)?;
    let from = base.map_or(last, |base| base.clamp(before, last));
    transaction.execute(sql, (&fresh, from, now_ms, why, &by.0, &by.1))?;
    transaction.execute("DELETE FROM chain", ())?;
    if let Some(campus) = campus {
        let name = Incarnation::parse(&fresh).unwrap_or(Incarnation([0; 16]));
        put::chain_anew(&transaction, campus, name, from)?;
    }
    transaction.commit()
}

/// The incarnation that holds; made known with the first row.
pub(super) fn current(connection: &Connection, now_ms: i64) -> rusqlite::Result<Life> {
    let sql = "SELECT id, name, base FROM incarnation ORDER BY id DESC LIMIT 1";
    let life = |row: &rusqlite::Row<'_>| {
        let name: String = row.get(1)?;
        // What does not parse was damaged; its rows are refused by the hub, and that is seen.
        let name = Incarnation::parse(&name).unwrap_or(Incarnation([0; 16]));
        Ok(Life { id: row.get(0)?, name, base: row.get(2)? })
    };
    let known = connection.prepare_cached(sql)?.query_row((), life).optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    // One that was begun because the one before was damaged knows its predecessor.
    let sql = "INSERT INTO incarnation (name, base, since_ms, why) SELECT ?1, 0, ?2, CASE WHEN \
               EXISTS (SELECT 1 FROM meta WHERE key = 'predecessor') THEN 'damaged' ELSE 'first' END";
    connection.execute(sql, (name(connection)?, now_ms))?;
    connection.query_row("SELECT id, name, base FROM incarnation", (), life)
}

/// Says beside the database how far it has come, from its first start on; and, where it is known which
/// hubs there are, how far they have. A file that cannot be written is no reason to stop: the hub tells a
/// copy too.
pub(in crate::store) fn witness(
    connection: &Connection,
    path: &Path,
    hubs: Option<&[String]>,
) -> rusqlite::Result<()> {
    let (incarnation, seq) = (name(connection)?, last_seq(connection)?);
    let before = Witness::read(path);
    let (delivered, oldest_ms) = match (hubs, &before) {
        (Some(hubs), _) => {
            let delivered = progress::everywhere(connection, hubs)?;
            let sql = "SELECT slot_ms FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT 1";
            let mut oldest = connection.prepare_cached(sql)?;
            (Some(delivered), oldest.query_row((delivered,), |row| row.get(0)).optional()?)
        }
        // What was said before is still so, or better.
        (None, Some(before)) if before.incarnation == incarnation => {
            (before.delivered, before.oldest_ms)
        }
        (None, _) => (None, None),
    };
    let witness = Witness { incarnation, seq, machine: machine(), delivered, oldest_ms };
    if before.as_ref() != Some(&witness) {
        // Nobody reads half of one: a line that is cut is no witness.
        let _ = witness.write(path);
    }
    Ok(())
}

fn name(connection: &Connection) -> rusqlite::Result<String> {
    let sql = "SELECT value FROM meta WHERE key = 'incarnation'";
    connection.query_row(sql, (), |row| row.get(0))
}

/// Which machine this is, where it says so (machine-id(5)); hashed, because it is nobody's business.
fn machine() -> String {
    let id = fs::read_to_string("/etc/machine-id").unwrap_or_default();
    format!("{:08x}", crc32fast::hash(id.trim().as_bytes()))
}

impl Witness {
    pub(super) fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(beside(path, ".witness")).ok()?;
        let mut words = text.strip_suffix('\n')?.split(' ');
        let (incarnation, seq, machine) = (words.next()?, words.next()?, words.next()?);
        let (incarnation, machine) = (incarnation.to_owned(), machine.to_owned());
        let mut number = || words.next().and_then(|word| word.parse().ok());
        let (delivered, oldest_ms) = (number(), number());
        Some(Self { incarnation, seq: seq.parse().ok()?, machine, delivered, oldest_ms })
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let (new, old) = (beside(path, ".witness-new"), beside(path, ".witness"));
        let mut file = fs::File::create(&new)?;
        let number = |number: Option<i64>| number.map_or("-".to_owned(), |it| it.to_string());
        let (delivered, oldest) = (number(self.delivered), number(self.oldest_ms));
        let Self { incarnation, seq, machine, .. } = self;
        writeln!(file, "{incarnation} {seq} {machine} {delivered} {oldest}")?;
        file.sync_all()?;
        fs::rename(new, old)
    }
}
