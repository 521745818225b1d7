//! Where a condition is true, as a list of cells: a cell gives every input that matters a set of values.
//!
//! Exact for what a condition compares with constants. What `for`, `since` and `hyst` remember is an
//! input of its own here: anything may have happened before. Calculations with one sensor are sampled;
//! those with several are an input of their own too.

use crate::cond::{Cmp, Cond, Num};
use crate::facts::Sensor;
use lighting::Occupancy;
use std::collections::BTreeMap;

/// What a cell can say something about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    Occupancy,
    /// ms since somebody was seen.
    Quiet,
    Period,
    Day,
    Weekday,
    Minute,
    Manual,
    /// In thousandths; bit 0 stands for a reading that is stale or missing.
    Value(Sensor),
    /// In ms; bit 0 stands for "never measured".
    Age(Sensor),
    /// What somebody remembers: bit 0 and bit 1.
    Past(String),
}

/// Values of one input: bits for names, ranges (both ends included) for numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Values {
    pub bits: u16,
    pub ranges: Vec<(i64, i64)>,
}

/// A cell; an input that is not there may have any value.
pub(super) type Cell = BTreeMap<Input, Values>;

/// Most cells of one condition.
pub(super) const CELLS_MAX: usize = 256;

/// The same limits as the shipped behaviour has, ms.
pub(super) const HOLD_MS: i64 = 600_000;
pub(super) const STALE_MS: i64 = 150_000;

/// Longest time that anybody asks about, ms.
pub(super) const LONG_MS: i64 = 86_400_000;

impl Values {
    pub const fn bits(bits: u16) -> Self {
        Self { bits, ranges: Vec::new() }
    }

    pub fn ranges(ranges: Vec<(i64, i64)>) -> Self {
        Self { bits: 0, ranges }
    }

    pub fn is_empty(&self) -> bool {
        self.bits == 0 && self.ranges.is_empty()
    }

    pub fn both(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        for (from, to) in &self.ranges {
            for (start, end) in &other.ranges {
                let range = (*from.max(start), *to.min(end));
                if range.0 <= range.1 {
                    ranges.push(range);
                }
            }
        }
        Self { bits: self.bits & other.bits, ranges }
    }

    /// What is in `all` and not in here.
    fn outside(&self, all: &Self) -> Self {
        let mut ranges = all.ranges.clone();
        for (start, end) in &self.ranges {
            let cut = |(from, to): (i64, i64)| [(from, to.min(start - 1)), (from.max(end + 1), to)];
            ranges = ranges.into_iter().flat_map(cut).filter(|(from, to)| from <= to).collect();
        }
        Self { bits: all.bits & !self.bits, ranges }
    }

    /// How many whole numbers.
    pub fn count(&self) -> i64 {
        self.ranges.iter().map(|(from, to)| to - from + 1).sum()
    }
}

/// Every value that an input can have.
pub(super) fn all(input: &Input) -> Values {
    match input {
        Input::Occupancy => Values::bits(0b1111),
        Input::Quiet => Values::ranges(vec![(0, LONG_MS)]),
        Input::Period | Input::Day => Values::bits(0b11_1111),
        Input::Weekday => Values::bits(0b111_1111),
        Input::Minute => Values::ranges(vec![(0, 1439)]),
        Input::Manual | Input::Past(_) => Values::bits(0b11),
        Input::Value(sensor) => Values { bits: 1, ranges: vec![sensor.range_milli()] },
        Input::Age(_) => Values { bits: 1, ranges: vec![(0, LONG_MS)] },
    }
}

/// A cell that says something about one input.
fn one(input: Input, values: Values) -> Vec<Cell> {
    if values.is_empty() { Vec::new() } else { vec![Cell::from([(input, values)])] }
}

/// Both at once; `None` where no value fits.
pub(super) fn meet(a: &Cell, b: &Cell) -> Option<Cell> {
    let mut cell = a.clone();
    for (input, values) in b {
        let met = match cell.get(input) {
            Some(known) => known.both(values),
            None => values.clone(),
        };
        if met.is_empty() {
            return None;
        }
        cell.insert(input.clone(), met);
    }
    Some(cell)
}

/// Whether two cells have anything in common; [`meet`] without its costs.
pub(super) fn touch(a: &Cell, b: &Cell) -> bool {
    b.iter().all(|(input, values)| a.get(input).is_none_or(|known| !known.both(values).is_empty()))
}

/// What is in `from` and not in `cut`; `None` when that becomes too many cells.
pub(super) fn without(from: &[Cell], cut: &Cell) -> Option<Vec<Cell>> {
    let mut left = Vec::new();
    for cell in from {
        if !touch(cell, cut) {
            left.push(cell.clone());
            continue;
        }
        // Slice by slice: everything outside of `cut` in one input, then inside of it and on.
        let mut inner = cell.clone();
        for (input, values) in cut {
            let known = inner.get(input).cloned().unwrap_or_else(|| all(input));
            let outside = values.outside(&known);
            if !outside.is_empty() {
                let mut slice = inner.clone();
                slice.insert(input.clone(), outside);
                left.push(slice);
            }
            inner.insert(input.clone(), known.both(values));
        }
        if left.len() > CELLS_MAX * 4 {
            return None;
        }
    }
    Some(left)
}

fn product(a: &[Cell], b: &[Cell]) -> Option<Vec<Cell>> {
    let met: Vec<Cell> = a.iter().flat_map(|a| b.iter().filter_map(move |b| meet(a, b))).collect();
    (met.len() <= CELLS_MAX).then_some(met)
}

fn sum(mut a: Vec<Cell>, b: Vec<Cell>) -> Option<Vec<Cell>> {
    a.extend(b);
    (a.len() <= CELLS_MAX).then_some(a)
}

/// Where a condition is true, or where it is false; what is neither is unknown. `None` when that are
/// too many cells.
pub(super) fn cells(cond: &Cond, is: bool) -> Option<Vec<Cell>> {
    let choice = |input: Input, mask: u16, known: u16| {
        one(input, Values::bits(if is { mask & known } else { known & !mask }))
    };
    Some(match cond {
        Cond::Const(value) if *value == is => vec![Cell::new()],
        Cond::Const(_) => Vec::new(),
        Cond::Not(inner) => return cells(inner, !is),
        Cond::And(a, b) if is => return product(&cells(a, true)?, &cells(b, true)?),
        Cond::And(a, b) => return sum(cells(a, false)?, cells(b, false)?),
        Cond::Or(a, b) if is => return sum(cells(a, true)?, cells(b, true)?),
        Cond::Or(a, b) => return product(&cells(a, false)?, &cells(b, false)?),
        Cond::Occupancy(mask) => choice(Input::Occupancy, *mask, KNOWN),
        Cond::Known => {
            one(Input::Occupancy, Values::bits(if is { KNOWN } else { 0b1111 & !KNOWN }))
        }
        Cond::Period(mask) => choice(Input::Period, *mask, 0b11_1111),
        Cond::Day(mask) => choice(Input::Day, *mask, 0b11_1111),
        Cond::Weekday(mask) => choice(Input::Weekday, *mask, 0b111_1111),
        Cond::Between(from, to) => {
            let (from, to) = (i64::from(*from), i64::from(*to));
            let inside = match from < to {
                true => vec![(from, to - 1)],
                false => {
                    [(0, to - 1), (from, 1439)].into_iter().filter(|it| it.0 <= it.1).collect()
                }
            };
            let inside = Values::ranges(inside);
            one(Input::Minute, if is { inside } else { inside.outside(&all(&Input::Minute)) })
        }
        Cond::Manual => one(Input::Manual, Values::bits(if is { 0b10 } else { 0b01 })),
        Cond::Quiet(cmp, ms) => quiet(*cmp, *ms as i64, is),
        Cond::Number(cmp, a, b) => number(*cmp, a, b, is),
        Cond::Fresh(sensor) => {
            let fresh = Values::ranges(vec![sensor.range_milli()]);
            one(Input::Value(*sensor), if is { fresh } else { Values::bits(1) })
        }
        Cond::Age(sensor, cmp, ms) => age(*sensor, *cmp, *ms as i64, is),
        Cond::For(_, inner, ms) => {
            let past = Input::Past(format!("for {inner:?} {ms}"));
            let long = one(past.clone(), Values::bits(0b10));
            if is {
                return product(&cells(inner, true)?, &long);
            }
            let short = product(&cells(inner, true)?, &one(past, Values::bits(0b01)))?;
            return sum(cells(inner, false)?, short);
        }
        Cond::Since(_, inner, cmp, ms) => {
            let past = Input::Past(format!("since {inner:?} {ms}"));
            let long = cmp.holds(*ms + 1, *ms) == is;
            let short = cmp.holds(0, *ms) == is;
            let bits = u16::from(long) << 1 | u16::from(short);
            let ago = product(&cells(inner, false)?, &one(past, Values::bits(bits)))?;
            let now = if short { cells(inner, true)? } else { Vec::new() };
            return sum(ago, now);
        }
        Cond::Hyst(_, x, low, high) => band(x, *low, *high, is),
    })
}

/// Every occupancy but `unknown`.
const KNOWN: u16 = 0b1111 & !(1 << Occupancy::Unknown as u8);

/// The numbers from `least` to `most` for which a comparison with `to` comes out as wanted.
fn compared(cmp: Cmp, to: i64, (least, most): (i64, i64), is: bool) -> Vec<(i64, i64)> {
    let parts =
        [(least, most.min(to - 1)), (to.max(least), to.min(most)), (least.max(to + 1), most)];
    let holds = |(from, until): &(i64, i64)| from <= until && cmp.holds(*from, to) == is;
    parts.into_iter().filter(holds).collect()
}

/// While somebody is there the time is 0, then it is shorter than the hold, then longer.
fn quiet(cmp: Cmp, ms: i64, is: bool) -> Vec<Cell> {
    let bit = |occupancy: Occupancy| Values::bits(1 << occupancy as u8);
    let mut found = Vec::new();
    if cmp.holds(0, ms) == is {
        found.extend(one(Input::Occupancy, bit(Occupancy::Occupied)));
    }
    let phases =
        [(Occupancy::VacantPending, (1, HOLD_MS - 1)), (Occupancy::Vacant, (HOLD_MS, LONG_MS))];
    for (occupancy, within) in phases {
        let ranges = compared(cmp, ms, within, is);
        if !ranges.is_empty() {
            let cell = [(Input::Occupancy, bit(occupancy)), (Input::Quiet, Values::ranges(ranges))];
            found.push(Cell::from(cell));
        }
    }
    found
}

/// A reading is fresh up to an age, and stale from there on.
fn age(sensor: Sensor, cmp: Cmp, ms: i64, is: bool) -> Vec<Cell> {
    let fresh = Values::ranges(vec![sensor.range_milli()]);
    let phases = [((0, STALE_MS - 1), fresh), ((STALE_MS, LONG_MS), Values::bits(1))];
    let cell = |(within, values)| {
        let ranges = compared(cmp, ms, within, is);
        let age = (Input::Age(sensor), Values::ranges(ranges.clone()));
        (!ranges.is_empty()).then(|| Cell::from([age, (Input::Value(sensor), values)]))
    };
    phases.into_iter().filter_map(cell).collect()
}

fn number(cmp: Cmp, a: &Num, b: &Num, is: bool) -> Vec<Cell> {
    match (a, b) {
        (Num::Const(a), Num::Const(b)) if cmp.holds(*a, *b) == is => return vec![Cell::new()],
        (Num::Const(_), Num::Const(_)) => return Vec::new(),
        (Num::Read(sensor), Num::Const(to)) => {
            let ranges = compared(cmp, *to, sensor.range_milli(), is);
            return one(Input::Value(*sensor), Values::ranges(ranges));
        }
        _ => {}
    }
    let mut sensors = Vec::new();
    a.sensors(&mut sensors);
    b.sensors(&mut sensors);
    sensors.sort_unstable();
    sensors.dedup();
    if let [sensor] = sensors[..] {
        let holds = |milli| {
            let (a, b) = (a.at(milli), b.at(milli));
            a.zip(b).is_some_and(|(a, b)| cmp.holds(a, b) == is)
        };
        return one(Input::Value(sensor), Values::ranges(sampled(sensor, holds)));
    }
    let past = Input::Past(format!("{cmp:?} {a:?} {b:?}"));
    let mut cell = Cell::from([(past, Values::bits(if is { 0b10 } else { 0b01 }))]);
    for sensor in sensors {
        cell.insert(Input::Value(sensor), Values::ranges(vec![sensor.range_milli()]));
    }
    vec![cell]
}

/// Steps in which a calculation with one sensor is looked at.
const SAMPLES: i64 = 4_000;

/// Where something holds of a sensor, by looking often: everywhere up to 20,000 and at the far end.
fn sampled(sensor: Sensor, holds: impl Fn(i64) -> bool) -> Vec<(i64, i64)> {
    let (least, most) = sensor.range_milli();
    let near = most.min(least + 20_000_000);
    let step = ((near - least) / SAMPLES).max(1);
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    let mut from = least;
    while from <= near {
        let to = if from + step > near { most } else { from + step - 1 };
        if holds(from) {
            match ranges.last_mut() {
                Some(last) if last.1 + 1 == from => last.1 = to,
                _ => ranges.push((from, to)),
            }
        }
        from += step;
    }
    ranges
}

/// Above, below, or in the middle of a band, where only the past knows.
fn band(x: &Num, low: i64, high: i64, is: bool) -> Vec<Cell> {
    let past = Input::Past(format!("hyst {x:?} {low} {high}"));
    let side = Values::bits(if is { 0b10 } else { 0b01 });
    let Num::Read(sensor) = x else { return one(past, side) };
    let (least, most) = sensor.range_milli();
    let clear = if is { (high.max(least), most) } else { (least, low.min(most)) };
    let middle = ((low + 1).max(least), (high - 1).min(most));
    let mut found = Vec::new();
    if clear.0 <= clear.1 {
        found.extend(one(Input::Value(*sensor), Values::ranges(vec![clear])));
    }
    if middle.0 <= middle.1 {
        let value = (Input::Value(*sensor), Values::ranges(vec![middle]));
        found.push(Cell::from([value, (past, side)]));
    }
    found
}
