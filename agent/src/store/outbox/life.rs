//! Incarnations: whether this database is the one it was, or a copy.
//!
//! A copy would give numbers that are taken. Three things tell: the *witness*, a small file beside the
//! database that says how far it had come on which machine; the hub, which holds more than was ever
//! written, or another row in its place; and a person who knows. Each begins a new incarnation, in
//! which numbers and chains begin anew.

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
struct Witness {
    incarnation: String,
    seq: i64,
    machine: String,
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
    if let Some(why) = copied {
        begin(connection, now_ms, why.name(), None)?;
    }
    witness(connection, path)?;
    Ok(copied)
}

fn copied(connection: &Connection, path: &Path) -> rusqlite::Result<Option<Copied>> {
    let seq = last_seq(connection)?;
    if seq == 0 {
        return Ok(None); // nothing was ever numbered
    }
    let Some(seen) = Witness::read(path) else { return Ok(Some(Copied::Unwitnessed)) };
    if seen.incarnation != name(connection)? {
        return Ok(Some(Copied::Unwitnessed));
    }
    if seen.seq > seq {
        return Ok(Some(Copied::Behind));
    }
    Ok((seen.machine != machine()).then_some(Copied::Elsewhere))
}

/// Begins a new incarnation: numbers go on, what hubs count begins anew. Rows after `base` go into it: for
/// a campus that is named their chains are made anew.
pub(in crate::store) fn begin(
    connection: &mut Connection,
    now_ms: i64,
    why: &str,
    base: Option<(i64, wire::Id)>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    current(&transaction, now_ms)?;
    let fresh: String =
        transaction.query_row("SELECT lower(hex(randomblob(16)))", (), |row| row.get(0))?;
    let sql = "UPDATE meta SET value = ?1 WHERE key = 'incarnation'";
    transaction.execute(sql, (&fresh,))?;
    // Of what the restored copy does not know, the hub may hold more numbers: those are of the old life.
    let sql = "INSERT INTO incarnation (name, base, since_ms, why) VALUES (?1, ?2, ?3, ?4)";
    let last = last_seq(&transaction)?;
    let before = current(&transaction, now_ms)?.base;
    let from = base.map_or(last, |(base, _)| base.clamp(before, last));
    transaction.execute(sql, (&fresh, from, now_ms, why))?;
    transaction.execute("DELETE FROM chain", ())?;
    if let Some((_, campus)) = base {
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
    let sql = "INSERT INTO incarnation (name, base, since_ms, why) VALUES (?1, 0, ?2, 'first')";
    connection.execute(sql, (name(connection)?, now_ms))?;
    connection.query_row("SELECT id, name, base FROM incarnation", (), life)
}

/// Says beside the database how far it has come. A file that cannot be written is no reason to stop: the
/// hub tells a copy too.
pub(in crate::store) fn witness(connection: &Connection, path: &Path) -> rusqlite::Result<()> {
    let seq = last_seq(connection)?;
    let witness = Witness { incarnation: name(connection)?, seq, machine: machine() };
    if seq > 0 && Witness::read(path).as_ref() != Some(&witness) {
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
    fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(beside(path, ".witness")).ok()?;
        let mut words = text.strip_suffix('\n')?.split(' ');
        let (incarnation, seq, machine) = (words.next()?, words.next()?, words.next()?);
        let (incarnation, machine) = (incarnation.to_owned(), machine.to_owned());
        Some(Self { incarnation, seq: seq.parse().ok()?, machine })
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let (new, old) = (beside(path, ".witness-new"), beside(path, ".witness"));
        let mut file = fs::File::create(&new)?;
        writeln!(file, "{} {} {}", self.incarnation, self.seq, self.machine)?;
        file.sync_all()?;
        fs::rename(new, old)
    }
}
