//! Energy and time of many meters and rooms over long times: for reports and sums.
//!
//! Packed days are read as they are; what is not packed, or cannot be believed, is read row by row.
//! Each question sees one moment of the database.

use super::QueryError;
use super::day::{self, Packed, RoomSum, SlotSum};
use super::ledger::{Posting, RoomSlotRef, Snapshot, room_crc};
use super::names::Names;
use super::query::Reader;
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;

/// Energy of a meter in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodEnergy {
    /// A meter's name.
    pub meter: String,
    /// Start of the period, ms UTC.
    pub start_ms: i64,
    /// Sum of its postings, Wh.
    pub energy_wh: i64,
    /// The worst quality among its slots; a slot's own is that of its highest revision.
    pub quality: u8,
    /// The most unusual cause among its slots.
    pub cause: u8,
    /// The highest revision among them.
    pub revision: u32,
}

impl Reader {
    /// Tells `each` every slot of every meter from `from_ms` to before `to_ms`, each once, its rows
    /// added up: meter, start of the slot in ms UTC, Wh, and the quality and cause of its highest
    /// revision. Slots of a meter come in order within a day; meters and days in no order that is
    /// promised.
    ///
    /// # Errors
    /// As [`QueryError`] says; what was told until then is not all of it.
    pub fn for_report(
        &self,
        from_ms: i64,
        to_ms: i64,
        mut each: impl FnMut(&str, i64, i64, u8, u8),
    ) -> Result<(), QueryError> {
        self.ask(|connection| {
            let moment = connection.unchecked_transaction()?;
            let names = Names::load(&moment)?;
            energy_slots(&moment, (from_ms, to_ms), |_| true, &mut |sum| {
                if let Some(meter) = names.meters.name(sum.meter) {
                    each(meter, sum.slot_ms, sum.energy_wh, sum.quality, sum.cause);
                }
            })
        })
    }

    /// Tells `each` every slot of every room from `from_ms` to before `to_ms`, each once. Slots of a
    /// room come in order within a day; rooms and days in no order that is promised.
    ///
    /// # Errors
    /// As [`QueryError`] says; what was told until then is not all of it.
    pub fn room_slots(
        &self,
        from_ms: i64,
        to_ms: i64,
        mut each: impl FnMut(&RoomSlotRef<'_>),
    ) -> Result<(), QueryError> {
        self.ask(|connection| {
            let moment = connection.unchecked_transaction()?;
            let names = Names::load(&moment)?;
            let mut tell = |sum: RoomSum| {
                if let Some(room) = names.rooms.name(sum.room) {
                    each(&RoomSlotRef::new(room, sum.slot_ms, sum.times));
                }
            };
            let within = (from_ms, to_ms);
            let mut after = from_ms;
            each_day(&moment, Packed::Rooms, within, |day, body| {
                room_rows(&moment, (after, day::start_ms(day)), &mut tell)?;
                after = day::start_ms(day + 1);
                let inside = |sum: RoomSum| {
                    if (from_ms..to_ms).contains(&sum.slot_ms) {
                        tell(sum);
                    }
                };
                day::each_room(day, body, inside).map_err(|_| damaged(Packed::Rooms, day))
            })?;
            room_rows(&moment, (after, to_ms), &mut tell)
        })
    }

    /// Energy per meter and period. `bounds` are the starts of the periods and the end of the last,
    /// in order, ms UTC: local days of 23 or 25 hours are the caller's to know. `meters` limits the
    /// answer; all meters when absent. Periods without a posting have no row.
    ///
    /// # Errors
    /// [`QueryError::TooLong`] asks for a shorter time.
    pub fn energy(
        &self,
        bounds: &[i64],
        meters: Option<&[String]>,
    ) -> Result<Vec<PeriodEnergy>, QueryError> {
        let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else {
            return Ok(Vec::new());
        };
        self.ask(|connection| {
            let moment = connection.unchecked_transaction()?;
            let names = Names::load(&moment)?;
            let wanted = wanted(&names, meters);
            let wanted =
                |meter| wanted.as_ref().is_none_or(|all| all.binary_search(&meter).is_ok());
            let mut sums = Sums::new(bounds);
            energy_slots(&moment, (*first, *last), wanted, &mut |sum| sums.add(sum))?;
            let named = sums.all().into_iter().filter_map(|((start_ms, meter), sum)| {
                let meter = names.meters.name(meter)?.to_owned();
                let SlotSum { energy_wh, quality, cause, revision, .. } = sum;
                Some(PeriodEnergy { meter, start_ms, energy_wh, quality, cause, revision })
            });
            Ok(named.collect())
        })
    }
}

/// Numbers of the meters that are asked for, in order.
fn wanted(names: &Names, meters: Option<&[String]>) -> Option<Vec<u32>> {
    let number = |name: &String| names.meters.number(name);
    let mut numbers: Vec<u32> = meters?.iter().filter_map(number).collect();
    numbers.sort_unstable();
    Some(numbers)
}

/// Sums by period and meter. Slots of a meter mostly follow each other, so the sum that is being
/// added to is kept at hand.
struct Sums<'a> {
    bounds: &'a [i64],
    done: BTreeMap<(i64, u32), SlotSum>,
    meter: u32,
    from_ms: i64,
    to_ms: i64,
    sum: Option<SlotSum>,
}

impl<'a> Sums<'a> {
    fn new(bounds: &'a [i64]) -> Self {
        Self { bounds, done: BTreeMap::new(), meter: 0, from_ms: 0, to_ms: 0, sum: None }
    }

    fn add(&mut self, slot: SlotSum) {
        let here = self.meter == slot.meter && (self.from_ms..self.to_ms).contains(&slot.slot_ms);
        if !here || self.sum.is_none() {
            self.settle();
            let at = self.bounds.partition_point(|start| *start <= slot.slot_ms);
            // Slots before the first period or after the last belong to none.
            let Some((from_ms, to_ms)) = self.bounds[..at].last().zip(self.bounds.get(at)) else {
                return;
            };
            (self.meter, self.from_ms, self.to_ms) = (slot.meter, *from_ms, *to_ms);
        }
        let sum = self.sum.get_or_insert_default();
        merge(sum, slot);
    }

    fn settle(&mut self) {
        if let Some(sum) = self.sum.take() {
            merge(self.done.entry((self.from_ms, self.meter)).or_default(), sum);
        }
    }

    fn all(mut self) -> BTreeMap<(i64, u32), SlotSum> {
        self.settle();
        self.done
    }
}

/// Energy adds up; the worst quality, the most unusual cause and the highest revision stay.
fn merge(sum: &mut SlotSum, more: SlotSum) {
    sum.energy_wh = sum.energy_wh.saturating_add(more.energy_wh);
    sum.quality = sum.quality.max(more.quality);
    sum.cause = sum.cause.max(more.cause);
    sum.revision = sum.revision.max(more.revision);
}

/// Every slot of the wanted meters in a time, from packed days and from rows.
fn energy_slots(
    connection: &Connection,
    within: (i64, i64),
    wanted: impl Fn(u32) -> bool,
    each: &mut impl FnMut(SlotSum),
) -> Result<(), QueryError> {
    let (from_ms, to_ms) = within;
    let mut after = from_ms;
    each_day(connection, Packed::Postings, within, |day, body| {
        energy_rows(connection, (after, day::start_ms(day)), &wanted, each)?;
        after = day::start_ms(day + 1);
        let inside = |sum: SlotSum| {
            if (from_ms..to_ms).contains(&sum.slot_ms) {
                each(sum);
            }
        };
        day::each_energy(day, body, &wanted, inside).map_err(|_| damaged(Packed::Postings, day))
    })?;
    energy_rows(connection, (after, to_ms), &wanted, each)
}

/// The packed days that touch a time and can be believed, in order.
fn each_day(
    connection: &Connection,
    packed: Packed,
    (from_ms, to_ms): (i64, i64),
    mut each: impl FnMut(i64, &[u8]) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    if from_ms >= to_ms {
        return Ok(());
    }
    let sql = format!(
        "SELECT day, body FROM {} WHERE day >= ?1 AND day <= ?2 ORDER BY day",
        packed.table()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((day::of(from_ms), day::of(to_ms - 1)))?;
    while let Some(row) = rows.next()? {
        let day = row.get(0)?;
        let stored = row.get_ref(1)?.as_blob().unwrap_or_default();
        // A day that is not to be believed is read from its rows, like one that is not there.
        if let Some(body) = day::open(day, packed, stored) {
            each(day, body)?;
        }
    }
    Ok(())
}

/// The checksum was right and the content is not: a fault of the program that packed it.
fn damaged(packed: Packed, day: i64) -> QueryError {
    QueryError::Damaged { table: packed.table(), id: day }
}

/// The slots of a time from the rows, each meter's rows added up.
pub(super) fn energy_rows(
    connection: &Connection,
    (from_ms, to_ms): (i64, i64),
    wanted: &impl Fn(u32) -> bool,
    each: &mut impl FnMut(SlotSum),
) -> Result<(), QueryError> {
    if from_ms >= to_ms {
        return Ok(());
    }
    // The index ends with the row's id, so that rows of a slot come together, as they were made.
    let sql = format!(
        "SELECT {POSTING} FROM posting INDEXED BY posting_by_slot \
         WHERE slot_ms >= ?1 AND slot_ms < ?2 ORDER BY slot_ms, meter, id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((from_ms, to_ms))?;
    let mut open: Option<SlotSum> = None;
    while let Some(row) = rows.next()? {
        let meter: u32 = row.get(1)?;
        if !wanted(meter) {
            continue;
        }
        let posting = believed(row, "")?;
        let same = |sum: &SlotSum| (sum.meter, sum.slot_ms) == (meter, posting.slot_ms);
        let sum = match &mut open {
            Some(sum) if same(sum) => sum,
            other => {
                other.take().into_iter().for_each(&mut *each);
                let slot_ms = posting.slot_ms;
                other.insert(SlotSum { meter, slot_ms, ..SlotSum::default() })
            }
        };
        sum.energy_wh = sum.energy_wh.saturating_add(posting.energy_wh);
        if posting.revision >= sum.revision {
            let Posting { quality, cause, revision, .. } = posting;
            (sum.quality, sum.cause, sum.revision) = (quality, cause, revision);
        }
    }
    open.into_iter().for_each(each);
    Ok(())
}

/// The slots of all rooms of a time, from the rows.
pub(super) fn room_rows(
    connection: &Connection,
    (from_ms, to_ms): (i64, i64),
    each: &mut impl FnMut(RoomSum),
) -> Result<(), QueryError> {
    if from_ms >= to_ms {
        return Ok(());
    }
    let sql = format!(
        "SELECT {ROOM_SLOT} FROM room_slot INDEXED BY room_slot_by_slot \
         WHERE slot_ms >= ?1 AND slot_ms < ?2 ORDER BY slot_ms, id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((from_ms, to_ms))?;
    // Of two rows of a room the later counts; a slot has as many as the campus has rooms.
    let mut slot: BTreeMap<u32, RoomSum> = BTreeMap::new();
    let mut slot_ms = i64::MIN;
    while let Some(row) = rows.next()? {
        let Some(sum) = good_room(row)? else {
            return Err(QueryError::Damaged { table: "room_slot", id: row.get(0)? });
        };
        if sum.slot_ms != slot_ms {
            std::mem::take(&mut slot).into_values().for_each(&mut *each);
            slot_ms = sum.slot_ms;
        }
        slot.insert(sum.room, sum);
    }
    slot.into_values().for_each(each);
    Ok(())
}

/// The columns that [`good_posting`] reads.
pub(super) const POSTING: &str = "id, meter, slot_ms, energy_wh, quality, cause, register_wh, \
                                  revision, crc, read_ms, read_wh";

/// A posting of `meter`, if its checksum is right. A wrong sum of energy is worse than none.
pub(super) fn good_posting(row: &Row<'_>, meter: &str) -> rusqlite::Result<Option<Posting>> {
    let (read_ms, read_wh): (Option<i64>, Option<i64>) = (row.get(9)?, row.get(10)?);
    let snapshot = |(at_ms, register_wh)| Snapshot { at_ms, register_wh };
    let posting = Posting {
        meter: meter.to_owned(),
        slot_ms: row.get(2)?,
        energy_wh: row.get(3)?,
        quality: row.get(4)?,
        cause: row.get(5)?,
        register_wh: row.get(6)?,
        revision: row.get(7)?,
        read: read_ms.zip(read_wh).map(snapshot),
    };
    let whole = read_ms.is_some() == read_wh.is_some();
    let crc = posting.crc(row.get(1)?, posting.revision);
    Ok((whole && row.get::<_, u32>(8)? == crc).then_some(posting))
}

/// [`good_posting`] for questions.
pub(super) fn believed(row: &Row<'_>, meter: &str) -> Result<Posting, QueryError> {
    match good_posting(row, meter)? {
        Some(posting) => Ok(posting),
        None => Err(QueryError::Damaged { table: "posting", id: row.get(0)? }),
    }
}

/// The columns that [`good_room`] reads.
pub(super) const ROOM_SLOT: &str = "id, room, slot_ms, occupied_ms, lit_ms, lit_empty_ms, \
                                    lit_hold_ms, dark_ms, unknown_ms, crc";

/// A slot of a room, if its checksum is right.
pub(super) fn good_room(row: &Row<'_>) -> rusqlite::Result<Option<RoomSum>> {
    let mut times = [0; 6];
    for (at, ms) in times.iter_mut().enumerate() {
        *ms = row.get(at + 3)?;
    }
    let (room, slot_ms) = (row.get(1)?, row.get(2)?);
    let good = row.get::<_, u32>(9)? == room_crc(room, slot_ms, times);
    Ok(good.then_some(RoomSum { room, slot_ms, times }))
}
