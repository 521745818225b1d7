//! Versions of the staff's rules, and which of them was in force when: rows in, rows out.

use super::query::Reader;
use super::rows::{Batch, checkpoint_crc};
use super::{QueryError, insert::NextIds};
use crate::limits;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use serde::{Deserialize, Serialize};

/// Which rules are in force, as the log keeps it: replay must tell the controller again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// Everywhere, or everywhere else; 0 is no rules at all.
    pub version: u32,
    /// Another version, where one is tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<Canary>,
}

/// A version that is tried in some rooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// Which; 0 is no rules at all.
    pub version: u32,
    /// In which rooms: `building/room`, in order.
    pub rooms: Vec<String>,
}

/// A version, as somebody applied it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesVersion {
    /// From 1.
    pub number: u32,
    /// When, ms UTC.
    pub at_ms: i64,
    /// The file.
    pub text: String,
}

/// Other rules are in force from here on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesChange {
    /// From this row of the log on; 0 going in.
    pub log_id: i64,
    /// When, ms UTC.
    pub at_ms: i64,
    /// `first` (the agent took the file at its start), `apply`, `canary`, `promote` or `rollback`.
    pub verb: String,
    /// What is in force since.
    pub in_force: InForce,
    /// Mistakes that the checker found in the version that was chosen, and that were accepted.
    pub findings: u32,
    /// The account that asked, as the kernel says.
    pub uid: Option<u32>,
    /// Who asked, as that person says.
    pub by: String,
    /// Why, in that person's words.
    pub why: String,
}

/// Within a batch.
#[derive(Debug)]
pub(super) struct NewRules {
    /// How many log rows of the batch were before it.
    pub after: usize,
    /// Where it is a new one.
    pub version: Option<RulesVersion>,
    pub change: RulesChange,
}

impl RulesVersion {
    /// The checksum of a text, for people: two files with the same are the same.
    pub fn checksum(text: &str) -> String {
        format!("{:08x}", crc32fast::hash(text.as_bytes()))
    }

    fn crc(&self) -> u32 {
        checkpoint_crc(self.number.into(), self.at_ms, self.text.as_bytes())
    }
}

impl RulesChange {
    fn rooms(&self) -> String {
        let rooms = self.in_force.canary.as_ref().map_or(&[][..], |canary| &canary.rooms);
        // Plain texts always become JSON.
        serde_json::to_string(rooms).unwrap_or_default()
    }

    fn crc(&self, id: i64, log_id: i64) -> u32 {
        let canary = self.in_force.canary.as_ref().map(|canary| canary.version);
        let said = (&self.verb, self.in_force.version, canary, self.rooms());
        let all = (id, said, self.findings, self.uid, &self.by, &self.why);
        checkpoint_crc(log_id, self.at_ms, format!("{all:?}").as_bytes())
    }

    /// Whether it came while the agent ran, with a row of its own in the log.
    pub fn came_live(&self) -> bool {
        self.verb != FIRST
    }
}

/// The verb of the change by which an agent takes the file at its start.
pub const FIRST: &str = "first";

pub(super) fn write(
    transaction: &Transaction<'_>,
    batch: &Batch,
    next: NextIds,
) -> rusqlite::Result<()> {
    for (id, NewRules { after, version, change }) in (next.rules_change..).zip(&batch.rules) {
        if let Some(version) = version {
            let sql = "INSERT INTO rules_version (id, at_ms, text, crc) VALUES (?1, ?2, ?3, ?4)";
            let row = (version.number, version.at_ms, &version.text, version.crc());
            transaction.prepare_cached(sql)?.execute(row)?;
        }
        let log_id = next.log + *after as i64;
        let RulesChange { at_ms, verb, in_force, findings, uid, by, why, .. } = change;
        let canary = in_force.canary.as_ref().map(|canary| canary.version);
        let sql = "INSERT INTO rules_change (id, log_id, at_ms, verb, version, canary, rooms, \
                   findings, uid, by, why, crc) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let (rooms, crc) = (change.rooms(), change.crc(id, log_id));
        let version = in_force.version;
        transaction.prepare_cached(sql)?.execute((
            id, log_id, at_ms, verb, version, canary, rooms, findings, uid, by, why, crc,
        ))?;
        // The oldest go, but never what is in force.
        let sql = "DELETE FROM rules_version WHERE id <= \
                   (SELECT max(id) FROM rules_version) - ?1 AND id NOT IN (?2, coalesce(?3, 0))";
        let kept = (limits::RULES_VERSIONS_MAX, version, canary);
        transaction.prepare_cached(sql)?.execute(kept)?;
        let sql = "DELETE FROM rules_change WHERE id <= ?1";
        transaction.prepare_cached(sql)?.execute((id - limits::RULES_CHANGES_MAX,))?;
    }
    Ok(())
}

impl Reader {
    /// A version's text and when it was applied; `None` where it is not kept, or damaged.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn rules_version(&self, number: u32) -> Result<Option<RulesVersion>, QueryError> {
        self.unhurried(|connection| {
            let sql = "SELECT id, at_ms, text, crc FROM rules_version WHERE id = ?1";
            Ok(connection.query_row(sql, (number,), version).optional()?.flatten())
        })
    }

    /// All versions that are kept, oldest first.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn rules_versions(&self) -> Result<Vec<RulesVersion>, QueryError> {
        self.unhurried(|connection| {
            let sql = "SELECT id, at_ms, text, crc FROM rules_version ORDER BY id";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map((), version)?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
        })
    }

    /// The number of the next version.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn next_rules_version(&self) -> Result<u32, QueryError> {
        self.unhurried(|connection| {
            let sql = "SELECT 1 + max(coalesce((SELECT max(id) FROM rules_version), 0), \
                       coalesce((SELECT max(max(version, coalesce(canary, 0))) FROM rules_change), 0))";
            Ok(connection.query_row(sql, (), |row| row.get(0))?)
        })
    }

    /// Every change that is kept, oldest first; a damaged one is passed over.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn rules_changes(&self) -> Result<Vec<RulesChange>, QueryError> {
        self.unhurried(|connection| Ok(changes(connection)?))
    }
}

fn version(row: &Row<'_>) -> rusqlite::Result<Option<RulesVersion>> {
    let version = RulesVersion { number: row.get(0)?, at_ms: row.get(1)?, text: row.get(2)? };
    Ok((row.get::<_, u32>(3)? == version.crc()).then_some(version))
}

fn changes(connection: &Connection) -> rusqlite::Result<Vec<RulesChange>> {
    let sql = format!("SELECT {CHANGE} FROM rules_change ORDER BY id");
    let mut statement = connection.prepare(&sql)?;
    let rows = statement.query_map((), change)?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

pub(super) const VERSION: &str = "id, at_ms, text, crc";
pub(super) const CHANGE: &str =
    "id, log_id, at_ms, verb, version, canary, rooms, findings, uid, by, why, crc";

/// A change, if its checksum is right.
fn change(row: &Row<'_>) -> rusqlite::Result<Option<RulesChange>> {
    let (id, log_id) = (row.get(0)?, row.get(1)?);
    let rooms: String = row.get(6)?;
    let rooms: Vec<String> = serde_json::from_str(&rooms).unwrap_or_default();
    let canary = row.get::<_, Option<u32>>(5)?.map(|version| Canary { version, rooms });
    let change = RulesChange {
        log_id,
        at_ms: row.get(2)?,
        verb: row.get(3)?,
        in_force: InForce { version: row.get(4)?, canary },
        findings: row.get(7)?,
        uid: row.get(8)?,
        by: row.get(9)?,
        why: row.get(10)?,
    };
    Ok((row.get::<_, u32>(11)? == change.crc(id, log_id)).then_some(change))
}

/// Whether a row that is carried over is as it was written.
pub(super) fn good_version(row: &Row<'_>) -> bool {
    version(row).is_ok_and(|version| version.is_some())
}

/// The same for a change.
pub(super) fn good_change(row: &Row<'_>) -> bool {
    change(row).is_ok_and(|change| change.is_some())
}
