//! Registers that stand still although energy flows: a broken meter looks like a saving.
//!
//! A lamp circuit stands still every night and every weekend; the mains of a school never do. So a
//! standstill is suspect when it is much longer than any that this meter had in the two weeks before.
//! Holidays and vacations are one long weekend: whoever rests through weekends may rest through them.

use super::Quality;
use super::repair::SlotRow;
use crate::Timestamp;

/// A register that stands still for longer than it ever does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flat {
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// The register, Wh.
    pub register_wh: i64,
}

/// A shorter standstill says nothing, ms: fridges and pumps rest too.
pub const FLAT_MS_MIN: i64 = 6 * 3_600_000;

/// So many times the longest of the time before.
const LONGER: i64 = 3;

/// That time, ms: two weekends.
pub const HISTORY_MS: i64 = 14 * 24 * 3_600_000;

/// Less of it says nothing, ms: it must hold a night.
const HISTORY_MS_MIN: i64 = 24 * 3_600_000;

/// A meter that stood still for as long in the time before rests when nobody is there, ms.
const WEEKEND_MS: i64 = 24 * 3_600_000;

/// Standstills that are suspect, in order; `free` says whether a moment lies on a holiday. Rows should
/// begin two weeks before the time of interest; with fewer, only meters that move in more than half
/// of their slots are judged.
pub fn flat(rows: &[SlotRow], slot_ms: i64, free: impl Fn(Timestamp) -> bool) -> Vec<Flat> {
    // End of each, and how long it was.
    let mut known: Vec<(i64, i64)> = Vec::new();
    let mut suspects = Vec::new();
    let Some(first) = rows.first() else { return suspects };
    let (mut moved, mut nth) = (0, 0);
    while nth < rows.len() {
        let run = standing(&rows[nth..], slot_ms);
        if run == 0 {
            moved += 1;
            nth += 1;
            continue;
        }
        let (from, to) = (rows[nth].slot.0, rows[nth + run - 1].slot.0 + slot_ms);
        let history_ms = from - first.slot.0;
        let since = history_begin(from, &suspects);
        let recent = known.iter().filter(|(end, _)| *end > since);
        let longest = recent.map(|(_, length_ms)| *length_ms).max().unwrap_or(0);
        let mut length_ms = to - from;
        if length_ms > LONGER * longest && longest >= WEEKEND_MS {
            let own = &rows[nth..nth + run];
            length_ms = own.iter().filter(|row| !free(row.slot)).count() as i64 * slot_ms;
        }
        let usually_moves = history_ms >= HISTORY_MS || 2 * moved > nth;
        if length_ms >= FLAT_MS_MIN
            && length_ms > LONGER * longest
            && history_ms >= HISTORY_MS_MIN
            && usually_moves
            && moved > 0
        {
            let register_wh = rows[nth].register_wh;
            suspects.push(Flat { from: Timestamp(from), to: Timestamp(to), register_wh });
        } else {
            known.push((to, length_ms));
        }
        nth += run;
    }
    suspects
}

/// Two weeks back, in which time that is suspect itself does not count.
fn history_begin(from: i64, suspects: &[Flat]) -> i64 {
    suspects.iter().rev().fold(from - HISTORY_MS, |since, suspect| {
        let counts = suspect.to.0 > since;
        if counts { since - (suspect.to.0 - suspect.from.0) } else { since }
    })
}

/// How many rows from here on stand still and follow each other without a hole. Of a slot that is
/// incomplete nobody knows.
fn standing(rows: &[SlotRow], slot_ms: i64) -> usize {
    let still = |row: &SlotRow| row.energy_wh == 0 && row.quality != Quality::Incomplete;
    let follows = |nth: usize| nth == 0 || rows[nth].slot.0 - rows[nth - 1].slot.0 <= slot_ms;
    rows.iter().enumerate().take_while(|(nth, row)| still(row) && follows(*nth)).count()
}

#[cfg(test)]
mod tests;
