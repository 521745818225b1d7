//! What a received batch means. One bad row never costs the others: it is put aside with its reason.

use crate::chain::Hash;
use crate::draft::PREV_BYTES;
use crate::limits::{
    COMPRESSED_BYTES_MAX, GONE_MAX, JSON_BYTES_MAX, ROWS_MAX, ZSTD_WINDOW_LOG_MAX,
};
use crate::ranges::Span;
use crate::receipt::{Code, ErrorBody};
use crate::row::Row;
use crate::stream::Incarnation;
use crate::{Id, VERSION};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;
use std::io::Read as _;
use std::marker::PhantomData;

/// A batch, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Who says so; believed only after the signature.
    pub campus: Id,
    /// Of which database.
    pub incarnation: Incarnation,
    /// The numbers it covers.
    pub span: Span,
    /// Which of them no longer exist.
    pub gone: Vec<Span>,
    /// The rows, by number.
    pub entries: Vec<Entry>,
    /// Rows that are none, by number.
    pub bad: Vec<BadRow>,
}

/// A good row with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub seq: u64,
    /// What it says.
    pub row: Row,
    /// The hash before it.
    pub prev: Hash,
    /// Its hash.
    pub hash: Hash,
}

/// A row that is put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Its number.
    pub seq: u64,
    /// What is wrong, as a sentence.
    pub reason: String,
    /// As it came.
    pub text: String,
}

/// What is needed to follow a chain through a row that is otherwise bad.
#[derive(Deserialize)]
struct Chained<'a> {
    stream: &'a str,
    class: &'a str,
}

/// Takes a batch apart.
///
/// # Errors
/// `too_large`, `newer` or `malformed`, with a sentence.
pub fn open(packed: &[u8]) -> Result<Opened, ErrorBody> {
    let json = unpack(packed)?;
    let text = std::str::from_utf8(&json).map_err(|_| malformed("it is not UTF-8"))?;
    let batch: Sent<'_> = match serde_json::from_str(text) {
        Ok(batch) => batch,
        Err(error) => return Err(why_not(text, &error)),
    };
    if batch.v != VERSION {
        return Err(newer(batch.v));
    }
    let (numbers, to) = number(&batch)?;
    let span = Span { from: batch.from_seq, to };
    let (entries, bad) = rows(&batch, &numbers);
    let Sent { campus, incarnation, gone, .. } = batch;
    Ok(Opened { campus, incarnation, span, gone: gone.0, entries, bad })
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, ErrorBody> {
    if packed.len() > COMPRESSED_BYTES_MAX {
        return Err(too_large(format!("it has over {COMPRESSED_BYTES_MAX} bytes")));
    }
    let no_zstd = |error: std::io::Error| malformed(&format!("it is not zstd: {error}"));
    let mut reader = zstd::stream::read::Decoder::with_buffer(packed).map_err(no_zstd)?;
    reader.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(no_zstd)?;
    let mut json = Vec::with_capacity(packed.len().saturating_mul(8).min(JSON_BYTES_MAX));
    reader.take(JSON_BYTES_MAX as u64 + 1).read_to_end(&mut json).map_err(no_zstd)?;
    if json.len() > JSON_BYTES_MAX {
        return Err(too_large(format!("it unpacks to over {JSON_BYTES_MAX} bytes")));
    }
    Ok(json)
}

/// The number of each row, and the last number that the batch covers.
fn number(batch: &Sent<'_>) -> Result<(Vec<u64>, u64), ErrorBody> {
    let mut next = batch.from_seq;
    let mut numbers = Vec::with_capacity(batch.rows.0.len());
    let mut gone = batch.gone.0.iter().peekable();
    loop {
        if next == 0 || next > i64::MAX as u64 - ROWS_MAX as u64 {
            return Err(malformed("a number of a row is not from 1 to 2^63"));
        }
        if let Some(span) = gone.next_if(|span| span.from == next) {
            if span.to < span.from {
                return Err(malformed("`gone` names a range that ends before it begins"));
            }
            next = span.to.saturating_add(1);
        } else if numbers.len() < batch.rows.0.len() {
            numbers.push(next);
            next += 1;
        } else {
            break;
        }
    }
    match (gone.next(), next - batch.from_seq) {
        (Some(_), _) => Err(malformed("`gone` names ranges out of order or beyond its rows")),
        (None, 0) => Err(malformed("it is empty")),
        (None, _) => Ok((numbers, next - 1)),
    }
}

fn rows(batch: &Sent<'_>, numbers: &[u64]) -> (Vec<Entry>, Vec<BadRow>) {
    let mut tips: HashMap<(&str, &str), Hash> = HashMap::new();
    let mut bad = Vec::new();
    let mut entries = Vec::with_capacity(numbers.len());
    for (raw, &seq) in batch.rows.0.iter().zip(numbers) {
        let text = raw.get();
        let mut refuse = |reason: String| bad.push(BadRow { seq, reason, text: text.to_owned() });
        let (canonical, said) = part(text);
        let chain: Chained<'_> = match serde_json::from_str(text) {
            Ok(chain) => chain,
            Err(_) => {
                refuse("it is no row with `stream` and `class`".to_owned());
                continue;
            }
        };
        let tip = tips.get(&(chain.stream, chain.class)).copied();
        let Some(prev) = said.or(tip) else {
            refuse("it has no `prev`, and no row of its chain stands before it here".to_owned());
            continue;
        };
        let hash = prev.then(&canonical);
        tips.insert((chain.stream, chain.class), hash);
        match Row::parse(&canonical) {
            Ok(row) if row.canonical() == canonical => {
                entries.push(Entry { seq, row, prev, hash });
            }
            Ok(_) => refuse("its keys or numbers are not written the one way".to_owned()),
            Err(reason) => refuse(reason),
        }
    }
    (entries, bad)
}

/// A row's canonical text, and what it says stands before it.
fn part(text: &str) -> (std::borrow::Cow<'_, str>, Option<Hash>) {
    let parted = || {
        let at = text.len().checked_sub(PREV_BYTES)?;
        let (head, tail) = text.split_at_checked(at)?;
        let hash = tail.strip_prefix(",\"prev\":\"")?.strip_suffix("\"}")?;
        Some((format!("{head}}}").into(), Some(Hash::parse(hash)?)))
    };
    parted().unwrap_or((text.into(), None))
}

/// A batch as JSON.
#[derive(Deserialize)]
struct Sent<'a> {
    v: u32,
    campus: Id,
    incarnation: Incarnation,
    from_seq: u64,
    #[serde(default)]
    gone: AtMost<Span, GONE_MAX>,
    #[serde(borrow)]
    rows: AtMost<&'a RawValue, ROWS_MAX>,
}

/// A list that is refused while it is read: no memory for what is too much.
struct AtMost<T, const MOST: usize>(Vec<T>);

impl<T, const MOST: usize> Default for AtMost<T, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

const TOO_MANY: &str = "too many";

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for AtMost<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const MOST: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Items<T, MOST> {
            type Value = Vec<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    if items.len() == MOST {
                        let sentence = format!("{TOO_MANY}: a list of over {MOST}");
                        return Err(serde::de::Error::custom(sentence));
                    }
                    items.push(item);
                }
                Ok(items)
            }
        }
        deserializer.deserialize_seq(Items::<T, MOST>(PhantomData)).map(Self)
    }
}

/// Why JSON is no batch: a later version says so, whatever else it changed.
fn why_not(text: &str, error: &serde_json::Error) -> ErrorBody {
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }
    match serde_json::from_str::<Version>(text) {
        Ok(Version { v }) if v != VERSION => newer(v),
        _ if error.to_string().starts_with(TOO_MANY) => too_large(error.to_string()),
        _ => malformed(&format!("as JSON: {error}")),
    }
}

fn newer(v: u32) -> ErrorBody {
    ErrorBody {
        code: Code::Newer,
        message: format!("batch of version {v}; this receiver knows version {VERSION}"),
        hint: "update the receivers before the agents".to_owned(),
    }
}

fn malformed(why: &str) -> ErrorBody {
    ErrorBody {
        code: Code::Malformed,
        message: format!("this is no batch: {why}"),
        hint: "docs/integrate/hub-batch.schema.json says what a batch is".to_owned(),
    }
}

fn too_large(why: String) -> ErrorBody {
    ErrorBody {
        code: Code::TooLarge,
        message: format!("the batch is too large: {why}"),
        hint: format!("send at most {ROWS_MAX} rows in {COMPRESSED_BYTES_MAX} bytes"),
    }
}
