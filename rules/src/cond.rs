//! A condition that was read and checked, and what it says about facts.
//!
//! Three values: a condition over something that is not known is [`Truth::Unknown`], unless the rest of
//! it decides anyway. Nothing in here fails, loops or reads a clock.
//!
//! | remembers | what |
//! |---|---|
//! | `for` | since when its condition has been true without a break |
//! | `since` | when its condition was last true |
//! | `hyst` | on which side of its band the value last was |

use crate::facts::{Facts, Sensor};
use lighting::{Millis, Occupancy};
use serde::{Deserialize, Serialize};

/// What can be said of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It does not hold.
    False,
    /// An input is missing or stale.
    Unknown,
    /// It holds.
    True,
}

impl From<bool> for Truth {
    fn from(is: bool) -> Self {
        if is { Self::True } else { Self::False }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

/// How two things are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Cmp {
    pub fn holds<T: Ord>(self, a: T, b: T) -> bool {
        match self {
            Self::Eq => a == b,
            Self::Ne => a != b,
            Self::Lt => a < b,
            Self::Le => a <= b,
            Self::Gt => a > b,
            Self::Ge => a >= b,
        }
    }
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cond {
    Const(bool),
    Not(Box<Cond>),
    And(Box<Cond>, Box<Cond>),
    Or(Box<Cond>, Box<Cond>),
    /// Bits by `Occupancy as u8`.
    Occupancy(u16),
    /// Whether the occupancy is known.
    Known,
    /// Bits by `Period as u8`.
    Period(u16),
    /// Bits by `Day as u8`.
    Day(u16),
    /// Bits from Monday.
    Weekday(u16),
    /// Minutes of the day, from (included) to (not included); past midnight when `to` is not later.
    Between(u16, u16),
    Manual,
    /// For how long nobody has been seen, against ms.
    Quiet(Cmp, u64),
    Number(Cmp, Num, Num),
    Fresh(Sensor),
    /// How old the last good reading is, against ms.
    Age(Sensor, Cmp, u64),
    /// True for at least so many ms; the slot is in the rule's memory.
    For(usize, Box<Cond>, u64),
    /// How long ago it was last true, against ms.
    Since(usize, Box<Cond>, Cmp, u64),
    /// Above its band, or in it after having been above.
    Hyst(usize, Num, i64, i64),
}

/// A number, in thousandths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Num {
    Const(i64),
    Read(Sensor),
    Minus(Box<Num>),
    Add(Box<Num>, Box<Num>),
    Sub(Box<Num>, Box<Num>),
    Mul(Box<Num>, Box<Num>),
    Div(Box<Num>, Box<Num>),
}

/// What one `for`, `since` or `hyst` remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Slot {
    /// Nothing yet.
    #[default]
    Empty,
    /// A moment.
    At(Millis),
    /// Above or below a band.
    Above(bool),
}

/// One look at a zone: what is known, what is remembered, and when to look again.
pub(crate) struct Look<'a> {
    pub facts: &'a Facts,
    pub now: Millis,
    pub slots: &'a mut [Slot],
    /// Earliest moment later than now at which the answer may differ though nothing was heard.
    pub deadline: Option<Millis>,
}

impl Look<'_> {
    /// Notes a moment at which to look again.
    fn again(&mut self, at: Millis) {
        if at > self.now {
            self.deadline = Some(self.deadline.map_or(at, |known| known.min(at)));
        }
    }

    fn slot(&self, at: usize) -> Slot {
        self.slots.get(at).copied().unwrap_or_default()
    }

    fn put(&mut self, at: usize, slot: Slot) {
        if let Some(place) = self.slots.get_mut(at) {
            *place = slot;
        }
    }

    /// A time that grows from `from` on, against `ms`.
    fn growing(&mut self, from: Millis, cmp: Cmp, ms: u64) -> Truth {
        let turn = from.saturating_add(ms);
        self.again(turn);
        // `<=` and `>` turn one millisecond later.
        self.again(turn.saturating_add(1));
        cmp.holds(self.now.saturating_sub(from), ms).into()
    }

    fn read(&mut self, sensor: Sensor) -> Option<i64> {
        let reading = self.facts.reading(sensor);
        let milli = reading.milli.filter(|_| reading.fresh_until > self.now)?;
        self.again(reading.fresh_until);
        Some(milli)
    }
}

impl Cond {
    /// What it says. Every part is asked every time, so that all of them remember.
    pub fn truth(&self, look: &mut Look<'_>) -> Truth {
        let facts = look.facts;
        let within = |mask: u16, nth: u8| Truth::from(mask & (1 << nth) != 0);
        match self {
            Self::Const(is) => (*is).into(),
            Self::Not(inner) => !inner.truth(look),
            Self::And(a, b) => {
                let (a, b) = (a.truth(look), b.truth(look));
                a.min(b)
            }
            Self::Or(a, b) => {
                let (a, b) = (a.truth(look), b.truth(look));
                a.max(b)
            }
            Self::Occupancy(_) if facts.occupancy == Occupancy::Unknown => Truth::Unknown,
            Self::Occupancy(mask) => within(*mask, facts.occupancy as u8),
            Self::Known => (facts.occupancy != Occupancy::Unknown).into(),
            Self::Period(mask) => within(*mask, facts.period as u8),
            Self::Day(mask) => within(*mask, facts.day as u8),
            Self::Weekday(mask) => within(*mask, facts.weekday),
            Self::Between(from, to) => {
                let (after, before) = (facts.minute >= *from, facts.minute < *to);
                (if from < to { after && before } else { after || before }).into()
            }
            Self::Manual => facts.manual.into(),
            Self::Quiet(..) if facts.occupancy == Occupancy::Unknown => Truth::Unknown,
            Self::Quiet(cmp, ms) => match facts.quiet_ms {
                0 => cmp.holds(0, *ms).into(),
                quiet_ms => look.growing(look.now.saturating_sub(quiet_ms), *cmp, *ms),
            },
            Self::Number(cmp, a, b) => match (a.value(look), b.value(look)) {
                (Some(a), Some(b)) => cmp.holds(a, b).into(),
                _ => Truth::Unknown,
            },
            Self::Fresh(sensor) => look.read(*sensor).is_some().into(),
            Self::Age(sensor, cmp, ms) => match facts.reading(*sensor).measured {
                Some(measured) => look.growing(measured, *cmp, *ms),
                None => Truth::Unknown,
            },
            Self::For(slot, inner, ms) => inner.lasts(look, *slot, *ms),
            Self::Since(slot, inner, cmp, ms) => inner.ago(look, *slot, *cmp, *ms),
            Self::Hyst(slot, x, low, high) => {
                let x = x.value(look);
                hysteresis(look, *slot, x, *low, *high)
            }
        }
    }

    /// Minutes of the day at which it may change by the clock alone.
    pub fn turns(&self, found: &mut Vec<u16>) {
        match self {
            Self::Between(from, to) => found.extend([*from, *to % 1440]),
            Self::Not(inner) | Self::For(_, inner, _) | Self::Since(_, inner, ..) => {
                inner.turns(found);
            }
            Self::And(a, b) | Self::Or(a, b) => {
                a.turns(found);
                b.turns(found);
            }
            _ => {}
        }
    }

    /// The longest time that it asks about, ms.
    pub fn longest_ms(&self) -> u64 {
        match self {
            Self::For(_, inner, ms) | Self::Since(_, inner, _, ms) => inner.longest_ms().max(*ms),
            Self::Not(inner) => inner.longest_ms(),
            Self::And(a, b) | Self::Or(a, b) => a.longest_ms().max(b.longest_ms()),
            _ => 0,
        }
    }

    /// What it compares readings of a sensor with, in thousandths; also where it only reads it, once.
    pub fn compares(&self, sensor: Sensor, found: &mut Vec<i64>) {
        let mut note = |x: &Num, ends: &[i64]| {
            let mut sensors = Vec::new();
            x.sensors(&mut sensors);
            match x {
                Num::Read(_) if sensors.contains(&sensor) => found.extend(ends),
                // Where a calculation turns is not known without looking.
                _ if sensors.contains(&sensor) => found.extend((0..=10).map(|it| it * 100_000)),
                _ => {}
            }
        };
        match self {
            Self::Number(_, a, b) => {
                let end = |x: &Num| x.at(0).unwrap_or(0);
                note(a, &[end(b)]);
                note(b, &[end(a)]);
            }
            Self::Hyst(_, x, low, high) => note(x, &[*low, *high]),
            Self::Not(inner) | Self::For(_, inner, _) | Self::Since(_, inner, ..) => {
                inner.compares(sensor, found);
            }
            Self::And(a, b) | Self::Or(a, b) => {
                a.compares(sensor, found);
                b.compares(sensor, found);
            }
            _ => {}
        }
    }

    /// Whether it has been true for so long. A break, also one by ignorance, begins again.
    fn lasts(&self, look: &mut Look<'_>, slot: usize, ms: u64) -> Truth {
        let truth = self.truth(look);
        if truth != Truth::True {
            look.put(slot, Slot::Empty);
            return truth;
        }
        let from = match look.slot(slot) {
            // A clock that was set back must not make it wait for ever.
            Slot::At(from) => from.min(look.now),
            _ => look.now,
        };
        look.put(slot, Slot::At(from));
        look.growing(from, Cmp::Ge, ms)
    }

    /// How long ago it was last true; not known before it ever was.
    fn ago(&self, look: &mut Look<'_>, slot: usize, cmp: Cmp, ms: u64) -> Truth {
        let truth = self.truth(look);
        if truth == Truth::True {
            look.put(slot, Slot::At(look.now));
            return cmp.holds(0, ms).into();
        }
        match (truth, look.slot(slot)) {
            (Truth::False, Slot::At(last)) => look.growing(last.min(look.now), cmp, ms),
            // What happens while nothing is known may have been it.
            _ => {
                look.put(slot, Slot::Empty);
                Truth::Unknown
            }
        }
    }
}

/// Above the band once it was above, until it is below.
fn hysteresis(look: &mut Look<'_>, slot: usize, x: Option<i64>, low: i64, high: i64) -> Truth {
    let Some(x) = x else { return Truth::Unknown };
    let above = match look.slot(slot) {
        _ if x >= high => true,
        _ if x <= low => false,
        Slot::Above(above) => above,
        // In the middle of the band nobody knows where it came from.
        _ => return Truth::Unknown,
    };
    look.put(slot, Slot::Above(above));
    above.into()
}

impl Num {
    /// The value, in thousandths; `None` when an input is missing, or a divisor is nothing.
    pub fn value(&self, look: &mut Look<'_>) -> Option<i64> {
        match self {
            Self::Const(milli) => Some(*milli),
            Self::Read(sensor) => look.read(*sensor),
            Self::Minus(inner) => inner.value(look).map(i64::saturating_neg),
            Self::Add(a, b) => Some(a.value(look)?.saturating_add(b.value(look)?)),
            Self::Sub(a, b) => Some(a.value(look)?.saturating_sub(b.value(look)?)),
            Self::Mul(a, b) => Some(times((a.value(look)?, b.value(look)?))),
            Self::Div(a, b) => divided((a.value(look)?, b.value(look)?)),
        }
    }

    /// Its value if the one sensor that it reads said this.
    pub fn at(&self, milli: i64) -> Option<i64> {
        let pair = |a: &Self, b: &Self| Some((a.at(milli)?, b.at(milli)?));
        match self {
            Self::Const(milli) => Some(*milli),
            Self::Read(_) => Some(milli),
            Self::Minus(inner) => inner.at(milli).map(i64::saturating_neg),
            Self::Add(a, b) => pair(a, b).map(|(a, b)| a.saturating_add(b)),
            Self::Sub(a, b) => pair(a, b).map(|(a, b)| a.saturating_sub(b)),
            Self::Mul(a, b) => pair(a, b).map(times),
            Self::Div(a, b) => pair(a, b).and_then(divided),
        }
    }

    /// The sensors it reads.
    pub fn sensors(&self, found: &mut Vec<Sensor>) {
        match self {
            Self::Const(_) => {}
            Self::Read(sensor) => found.push(*sensor),
            Self::Minus(inner) => inner.sensors(found),
            Self::Add(a, b) | Self::Sub(a, b) | Self::Mul(a, b) | Self::Div(a, b) => {
                a.sensors(found);
                b.sensors(found);
            }
        }
    }
}

/// A product of thousandths.
fn times((a, b): (i64, i64)) -> i64 {
    fit(i128::from(a) * i128::from(b) / 1000)
}

/// A quotient of thousandths; none by nothing.
fn divided((a, b): (i64, i64)) -> Option<i64> {
    (b != 0).then(|| fit(i128::from(a) * 1000 / i128::from(b)))
}

fn fit(wide: i128) -> i64 {
    // Clamped to what fits, so the conversion cannot fail.
    i64::try_from(wide.clamp(i64::MIN.into(), i64::MAX.into())).unwrap_or(0)
}
