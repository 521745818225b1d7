//! Hardware of nodes: which board has which name, who gave it and who took it away. Rows in, rows out.

use super::query::Reader;
use super::rows::{Batch, checkpoint_crc};
use super::{QueryError, Store, insert::NextIds};
use crate::limits;
use rusqlite::{Row, Transaction};

/// What happened to the hardware of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardware {
    /// When, ms UTC.
    pub at_ms: i64,
    /// `provision`, `replace`, `revoke` or `unlock`.
    pub verb: String,
    /// Which node.
    pub node: String,
    /// Serial number of the board.
    pub serial: String,
    /// What it is.
    pub board: String,
    /// The account that asked, as the kernel says.
    pub uid: Option<u32>,
    /// Its name.
    pub by: String,
    /// Why, in that person's words.
    pub why: String,
}

impl Hardware {
    /// Whether it says which board has a name; a console that is opened changes nothing.
    pub fn counts(&self) -> bool {
        self.verb != UNLOCK
    }

    /// Whether the board was shut out.
    pub fn is_gone(&self) -> bool {
        self.verb == REVOKE
    }

    fn crc(&self, id: i64) -> u32 {
        let Self { at_ms, verb, node, serial, board, uid, by, why } = self;
        let all = (verb, node, serial, board, uid, by, why);
        checkpoint_crc(id, *at_ms, format!("{all:?}").as_bytes())
    }
}

/// The verb of a board that is shut out.
pub const REVOKE: &str = "revoke";
/// The verb of a console that was opened.
pub const UNLOCK: &str = "unlock";

impl Store {
    /// Keeps what happened to the hardware of a node.
    pub fn hardware(&mut self, hardware: Hardware) {
        self.pending.hardware.push(hardware);
    }
}

pub(super) fn write(
    transaction: &Transaction<'_>,
    batch: &Batch,
    next: NextIds,
) -> rusqlite::Result<()> {
    for (id, hardware) in (next.hardware..).zip(&batch.hardware) {
        let Hardware { at_ms, verb, node, serial, board, uid, by, why } = hardware;
        let sql = "INSERT INTO hardware (id, at_ms, verb, node, serial, board, uid, by, why, crc) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let row = (id, at_ms, verb, node, serial, board, uid, by, why, hardware.crc(id));
        transaction.prepare_cached(sql)?.execute(row)?;
        // The oldest go, but never the last word about a node.
        let sql = "DELETE FROM hardware WHERE id <= ?1 AND id NOT IN \
                   (SELECT max(id) FROM hardware WHERE verb != 'unlock' GROUP BY node)";
        transaction.prepare_cached(sql)?.execute((id - limits::HARDWARE_ROWS_MAX,))?;
    }
    Ok(())
}

impl Reader {
    /// Every row that is kept, oldest first; a damaged one is passed over.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn hardware(&self) -> Result<Vec<Hardware>, QueryError> {
        self.unhurried(|connection| {
            let mut statement =
                connection.prepare(&format!("SELECT {HARDWARE} FROM hardware ORDER BY id"))?;
            let rows = statement.query_map((), row)?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
        })
    }
}

pub(super) const HARDWARE: &str = "id, at_ms, verb, node, serial, board, uid, by, why, crc";

/// A row, if its checksum is right.
fn row(row: &Row<'_>) -> rusqlite::Result<Option<Hardware>> {
    let hardware = Hardware {
        at_ms: row.get(1)?,
        verb: row.get(2)?,
        node: row.get(3)?,
        serial: row.get(4)?,
        board: row.get(5)?,
        uid: row.get(6)?,
        by: row.get(7)?,
        why: row.get(8)?,
    };
    Ok((row.get::<_, u32>(9)? == hardware.crc(row.get(0)?)).then_some(hardware))
}

/// Whether a row that is carried over is as it was written.
pub(super) fn good(of: &Row<'_>) -> bool {
    row(of).is_ok_and(|hardware| hardware.is_some())
}
