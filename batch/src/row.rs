//! What one summary says: integers only, each with its unit in its name.

use crate::limits::{KEY_BYTES_MAX, MORE_MAX, NUMBER_MAX, SPAN_S_MAX, TIME_MS_MAX};
use crate::stream::Stream;
use std::collections::BTreeMap;

/// One summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub stream: Stream,
    /// Where its time begins, UTC, ms since 1970; for a day the midnight of the campus.
    pub slot_ms: i64,
    /// How long it is, s: 900, and for a day 82,800 to 90,000.
    pub span_s: u32,
    /// From 1; late readings and repairs make the next.
    pub revision: u32,
    /// What it says.
    pub body: Body,
}

/// What a row says; its class is which of these it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A slot of the ledger, 15 min unless configured.
    Quarter(Values),
    /// A local day.
    Day(Values),
    /// What is gone, and how much.
    Loss(Loss),
}

/// Which kind of summary; each has its own chain and its own fate when the disk fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// A slot of the ledger.
    Quarter,
    /// A local day.
    Day,
    /// A loss record.
    Loss,
}

/// What is gone: a count, between two moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// What it was, in `[a-z0-9_]`: `shed_quarter` (rows of the outbox), `frames` (of nodes), …
    pub what: String,
    /// How many.
    pub count: u64,
    /// From when, UTC, ms.
    pub from_ms: i64,
    /// Until when, UTC, ms; not before `from_ms`.
    pub to_ms: i64,
    /// Numbers under keys that this version does not know.
    pub more: BTreeMap<String, i64>,
}

/// A quantity of [`Values`]: its key, what it means, how to read and write it.
#[derive(Clone, Copy)]
pub struct Quantity {
    /// Key in JSON and column in the hub.
    pub key: &'static str,
    /// What it means, with its unit.
    pub means: &'static str,
    /// Smallest and largest.
    pub range: (i64, i64),
    /// Reads it.
    pub of: fn(&Values) -> Option<i64>,
    /// Where it stands.
    pub place: fn(&mut Values) -> &mut Option<i64>,
}

macro_rules! values {
    ($($(#[doc = $doc:literal])+ $key:ident: $range:expr;)*) => {
        /// Numbers of one slot or day. Absent means "nobody can say", never zero.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Values {
            $($(#[doc = $doc])+ pub $key: Option<i64>,)*
            /// Numbers under keys that this version does not know.
            pub more: BTreeMap<String, i64>,
        }

        /// Every quantity, in alphabetical order. A new one goes to its place; receivers that do not
        /// know it keep it all the same.
        pub const QUANTITIES: &[Quantity] = &[$(Quantity {
            key: stringify!($key),
            means: concat!($($doc),+),
            range: $range,
            of: |values| values.$key,
            place: |values| &mut values.$key,
        },)*];
    };
}

const COUNT: (i64, i64) = (0, NUMBER_MAX);
const SIGNED: (i64, i64) = (-NUMBER_MAX, NUMBER_MAX);
const PERMILLE: (i64, i64) = (0, 1000);

values! {
    /// Mean carbon dioxide, ppm.
    co2_ppm: COUNT;
    /// How much of what should have been heard was heard, ‰.
    complete_permille: PERMILLE;
    /// Energy of the meters that count for it, Wh.
    energy_wh: SIGNED;
    /// How much of the energy is an estimate in its shape (its sum is exact), ‰.
    estimated_permille: PERMILLE;
    /// Mean illuminance on the desks, lx.
    illuminance_lx: COUNT;
    /// Energy of the lamps, Wh.
    lighting_wh: SIGNED;
    /// Lamps on and nobody there, s.
    lit_empty_s: COUNT;
    /// Frames of nodes that are known to be lost in this time.
    lost_frames: COUNT;
    /// Somebody there, and darker than it should be, s.
    occupied_dark_s: COUNT;
    /// Somebody there, s.
    occupied_s: COUNT;
    /// Highest mean power of a slot, W.
    peak_w: SIGNED;
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Quarter, Self::Day, Self::Loss];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quarter => "quarter",
            Self::Day => "day",
            Self::Loss => "loss",
        }
    }

    /// The class of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

impl Row {
    /// Which kind it is.
    pub fn class(&self) -> Class {
        match self.body {
            Body::Quarter(_) => Class::Quarter,
            Body::Day(_) => Class::Day,
            Body::Loss(_) => Class::Loss,
        }
    }

    /// The summary, where it is one.
    pub fn values(&self) -> Option<&Values> {
        match &self.body {
            Body::Quarter(values) | Body::Day(values) => Some(values),
            Body::Loss(_) => None,
        }
    }

    /// Whether every number is one that may travel.
    ///
    /// # Errors
    /// A sentence that names the key.
    pub fn check(&self) -> Result<(), String> {
        within("slot_ms", self.slot_ms, (0, TIME_MS_MAX))?;
        within("revision", self.revision.into(), (1, u32::MAX.into()))?;
        match &self.body {
            Body::Quarter(values) | Body::Day(values) => {
                within("span_s", self.span_s.into(), (1, SPAN_S_MAX.into()))?;
                for quantity in QUANTITIES {
                    if let Some(number) = (quantity.of)(values) {
                        within(quantity.key, number, quantity.range)?;
                    }
                }
                check_more(&values.more)
            }
            Body::Loss(loss) => {
                within("from_ms", loss.from_ms, (0, TIME_MS_MAX))?;
                within("to_ms", loss.to_ms, (loss.from_ms, TIME_MS_MAX))?;
                within("count", loss.count.try_into().unwrap_or(i64::MAX), COUNT)?;
                if !is_key(&loss.what) {
                    return Err(format!("`what` = `{}` is no name of a-z, 0-9 and _", loss.what));
                }
                check_more(&loss.more)
            }
        }
    }
}

/// Whether `text` can name a value.
pub(crate) fn is_key(text: &str) -> bool {
    let good = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
    (1..=KEY_BYTES_MAX).contains(&text.len()) && text.bytes().all(good)
}

fn check_more(more: &BTreeMap<String, i64>) -> Result<(), String> {
    if more.len() > MORE_MAX {
        return Err(format!("{} keys that nobody here knows; at most {MORE_MAX}", more.len()));
    }
    for (key, number) in more {
        if !is_key(key) {
            return Err(format!("`{key}` is no key of a-z, 0-9 and _"));
        }
        if is_known(key) {
            return Err(format!("`{key}` is a known key that does not belong here"));
        }
        within(key, *number, SIGNED)?;
    }
    Ok(())
}

/// Whether this version gives the key a meaning in some row.
fn is_known(key: &str) -> bool {
    let others = ["class", "count", "from_ms", "prev", "revision", "slot_ms"];
    others.contains(&key)
        || ["span_s", "stream", "to_ms", "what"].contains(&key)
        || QUANTITIES.iter().any(|quantity| quantity.key == key)
}

fn within(key: &str, number: i64, (low, high): (i64, i64)) -> Result<(), String> {
    if (low..=high).contains(&number) {
        Ok(())
    } else {
        Err(format!("`{key}` = {number} is not from {low} to {high}"))
    }
}
