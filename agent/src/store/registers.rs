//! What is known of one meter: its slots, every row of them, what happened to its register, and
//! what people decided about it.

use super::QueryError;
use super::ledger::{Incident, Posting, Repair, Snapshot, WITHDRAWAL, Withdraws};
use super::names::Names;
use super::query::Reader;
use super::report::{POSTING, believed};
use crate::limits;
use rusqlite::{OptionalExtension, Row};

/// A slot of a meter: its rows added up, and what the highest revision says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotRow {
    /// Start of the slot, ms UTC.
    pub slot_ms: i64,
    /// Energy, Wh: the sum of all its rows.
    pub energy_wh: i64,
    /// How good it is: a code of the controller.
    pub quality: u8,
    /// Why it is as it is: a code of the controller.
    pub cause: u8,
    /// Register at its end, Wh.
    pub register_wh: i64,
    /// The highest revision.
    pub revision: u32,
    /// The last reading that was believed before its end, where it is known.
    pub read: Option<Snapshot>,
    /// How many rows it has.
    pub rows: u32,
}

/// An incident, and whether it still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptIncident {
    /// Later incidents and repairs name it.
    pub id: i64,
    /// What happened. What it withdraws is an id or nothing.
    pub incident: Incident,
    /// The decision that it came with.
    pub repair: Option<i64>,
    /// A later row says that it was not so.
    pub withdrawn: bool,
    /// The decision that said so, where it was one.
    pub withdrawn_by_repair: Option<i64>,
}

/// From slot to slot of the index, and of each only the meter asked for: the others are passed over
/// without being read (a year of one of 360 meters in 0.2 to 0.6 s).
const SLOTS_OF_ONE: &str = "WITH RECURSIVE slot (at) AS (\
     SELECT min(slot_ms) FROM posting WHERE slot_ms >= ?2 \
     UNION ALL \
     SELECT (SELECT min(slot_ms) FROM posting WHERE slot_ms > at) FROM slot WHERE at < ?3)";

/// The same way back; ?2 is not part of it.
const SLOTS_BEFORE: &str = "WITH RECURSIVE slot (at) AS (\
     SELECT max(slot_ms) FROM posting WHERE slot_ms < ?2 \
     UNION ALL \
     SELECT (SELECT max(slot_ms) FROM posting WHERE slot_ms < at) FROM slot WHERE at IS NOT NULL)";

impl Reader {
    /// Slots of a meter from `from_ms` to before `to_ms`, in order; without those that have no row.
    ///
    /// # Errors
    /// [`QueryError::TooLong`] above [`limits::SLOT_ROWS_MAX`].
    pub fn slots(&self, meter: &str, from_ms: i64, to_ms: i64) -> Result<Vec<SlotRow>, QueryError> {
        let mut slots: Vec<SlotRow> = Vec::new();
        let mut too_many = false;
        self.rows_of(meter, (from_ms, to_ms), |posting| {
            let count = slots.len();
            match slots.last_mut().filter(|slot| slot.slot_ms == posting.slot_ms) {
                Some(slot) => slot.add(&posting),
                None if count == limits::SLOT_ROWS_MAX => too_many = true,
                None => slots.push(SlotRow::first(&posting)),
            }
            !too_many
        })?;
        if too_many { Err(QueryError::TooLong) } else { Ok(slots) }
    }

    /// The last slot of a meter that begins before `slot_ms`.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn last_slot_before(
        &self,
        meter: &str,
        slot_ms: i64,
    ) -> Result<Option<SlotRow>, QueryError> {
        let sql = format!(
            "{SLOTS_BEFORE} SELECT slot_ms FROM slot CROSS JOIN posting INDEXED BY posting_by_slot \
             WHERE slot_ms = at AND meter = (SELECT id FROM meter WHERE name = ?1) LIMIT 1"
        );
        let found: Option<i64> = self.ask(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            Ok(statement.query_row((meter, slot_ms), |row| row.get(0)).optional()?)
        })?;
        let Some(found) = found else { return Ok(None) };
        Ok(self.slots(meter, found, found.saturating_add(1))?.pop())
    }

    /// Postings of a meter from `from_ms` to before `to_ms`, all revisions, slot by slot and then in
    /// the order they were made; at most [`limits::QUERY_ROWS_MAX`].
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn postings(
        &self,
        meter: &str,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<Posting>, QueryError> {
        let mut postings = Vec::new();
        self.rows_of(meter, (from_ms, to_ms), |posting| {
            postings.push(posting);
            postings.len() < limits::QUERY_ROWS_MAX as usize
        })?;
        Ok(postings)
    }

    /// Every row of a meter, slot by slot, as long as `each` wants more.
    fn rows_of(
        &self,
        meter: &str,
        (from_ms, to_ms): (i64, i64),
        mut each: impl FnMut(Posting) -> bool,
    ) -> Result<(), QueryError> {
        let sql = format!(
            "{SLOTS_OF_ONE} SELECT {POSTING} FROM slot \
             CROSS JOIN posting INDEXED BY posting_by_slot \
             WHERE slot_ms = at AND at < ?3 AND meter = (SELECT id FROM meter WHERE name = ?1)"
        );
        self.ask(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query((meter, from_ms, to_ms))?;
            while let Some(row) = rows.next()? {
                if !each(believed(row, meter)?) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// What happened to a register, or to all, with its time `at_ms` from `from_ms` to before
    /// `to_ms`: newest first, at most `limit`.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn incidents(
        &self,
        meter: Option<&str>,
        from_ms: i64,
        to_ms: i64,
        limit: u32,
    ) -> Result<Vec<KeptIncident>, QueryError> {
        let of = match meter {
            Some(_) => "i.meter = (SELECT id FROM meter WHERE name = ?1) AND",
            None => "?1 IS NULL AND",
        };
        let sql = format!(
            "SELECT i.{}, min(w.id), w.repair FROM incident i \
             LEFT JOIN incident w ON w.withdraws = i.id \
             WHERE {of} i.kind <> ?2 AND i.at_ms >= ?3 AND i.at_ms < ?4 \
             GROUP BY i.id ORDER BY i.at_ms DESC, i.id DESC LIMIT ?5",
            INCIDENT.replace(", ", ", i."),
        );
        self.ask(|connection| {
            let moment = connection.unchecked_transaction()?;
            let names = Names::load(&moment)?;
            let mut statement = moment.prepare_cached(&sql)?;
            let limit = limit.min(limits::QUERY_ROWS_MAX);
            let mut rows = statement.query((meter, WITHDRAWAL, from_ms, to_ms, limit))?;
            let mut incidents = Vec::new();
            while let Some(row) = rows.next()? {
                let number: u32 = row.get(1)?;
                let name = names.meters.name(number).unwrap_or_default();
                let Some(incident) = good_incident(row, name)? else {
                    return Err(QueryError::Damaged { table: "incident", id: row.get(0)? });
                };
                incidents.push(KeptIncident {
                    id: row.get(0)?,
                    incident,
                    repair: row.get(9)?,
                    withdrawn: row.get::<_, Option<i64>>(11)?.is_some(),
                    withdrawn_by_repair: row.get(12)?,
                });
            }
            Ok(incidents)
        })
    }

    /// What people decided about a meter's past, or about any: newest first, at most `limit`.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    pub fn repairs(&self, meter: Option<&str>, limit: u32) -> Result<Vec<Repair>, QueryError> {
        let of = match meter {
            Some(_) => "meter = (SELECT id FROM meter WHERE name = ?1)",
            None => "?1 IS NULL",
        };
        let sql = format!("SELECT {REPAIR} FROM repair WHERE {of} ORDER BY id DESC LIMIT ?2");
        self.ask(|connection| {
            let moment = connection.unchecked_transaction()?;
            let names = Names::load(&moment)?;
            let mut statement = moment.prepare_cached(&sql)?;
            let mut rows = statement.query((meter, limit.min(limits::QUERY_ROWS_MAX)))?;
            let mut repairs = Vec::new();
            while let Some(row) = rows.next()? {
                let name = names.meters.name(row.get(2)?).unwrap_or_default();
                let Some(repair) = good_repair(row, name)? else {
                    return Err(QueryError::Damaged { table: "repair", id: row.get(0)? });
                };
                repairs.push(repair);
            }
            Ok(repairs)
        })
    }
}

impl SlotRow {
    fn first(posting: &Posting) -> Self {
        let Posting { slot_ms, energy_wh, quality, cause, register_wh, revision, read, .. } =
            *posting;
        Self { slot_ms, energy_wh, quality, cause, register_wh, revision, read, rows: 1 }
    }

    /// Takes in a row that was made later.
    fn add(&mut self, posting: &Posting) {
        let (energy_wh, rows) = (self.energy_wh.saturating_add(posting.energy_wh), self.rows + 1);
        if posting.revision >= self.revision {
            *self = Self::first(posting);
        }
        (self.energy_wh, self.rows) = (energy_wh, rows);
    }
}

/// The columns that [`good_incident`] reads.
pub(super) const INCIDENT: &str =
    "id, meter, kind, from_ms, at_ms, before_wh, after_wh, jump_wh, withdraws, repair, crc";

/// An incident of `meter`, if its checksum is right.
pub(super) fn good_incident(row: &Row<'_>, meter: &str) -> rusqlite::Result<Option<Incident>> {
    let withdraws: Option<i64> = row.get(8)?;
    let incident = Incident {
        meter: meter.to_owned(),
        kind: row.get(2)?,
        from_ms: row.get(3)?,
        at_ms: row.get(4)?,
        before_wh: row.get(5)?,
        after_wh: row.get(6)?,
        jump_wh: row.get(7)?,
        withdraws: withdraws.map_or(Withdraws::Nothing, Withdraws::Id),
    };
    let crc = incident.crc(row.get(1)?, withdraws, row.get(9)?);
    Ok((row.get::<_, u32>(10)? == crc).then_some(incident))
}

/// The columns that [`good_repair`] reads.
pub(super) const REPAIR: &str =
    "id, at_ms, meter, from_ms, to_ms, judgement, by, why, before_wh, after_wh, crc";

/// A decision about `meter`, if its checksum is right.
pub(super) fn good_repair(row: &Row<'_>, meter: &str) -> rusqlite::Result<Option<Repair>> {
    let repair = Repair {
        id: row.get(0)?,
        at_ms: row.get(1)?,
        meter: meter.to_owned(),
        from_ms: row.get(3)?,
        to_ms: row.get(4)?,
        judgement: row.get(5)?,
        by: row.get(6)?,
        why: row.get(7)?,
        before_wh: row.get(8)?,
        after_wh: row.get(9)?,
    };
    let crc = repair.crc(row.get(2)?);
    Ok((row.get::<_, u32>(10)? == crc).then_some(repair))
}
