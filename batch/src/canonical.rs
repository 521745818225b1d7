//! The one text of a row. Its bytes are what chains are made of, so they never change for a given row.
//!
//! JSON without spaces. First `stream`, `class`, `slot_ms`, `span_s`, `revision`; then every other key
//! in alphabetical order. Absent values are left out. Numbers are integers, names need no escapes.
//!
//! ```text
//! {"stream":"room/science/101","class":"quarter","slot_ms":1795600800000,"span_s":900,"revision":1,"energy_wh":120}
//! ```

use crate::row::{Body, Class, Loss, QUANTITIES, Row, Values};
use crate::stream::Stream;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

impl Row {
    /// The row as its one text.
    pub fn canonical(&self) -> String {
        let mut out = String::with_capacity(320);
        let Self { stream, slot_ms, span_s, revision, body } = self;
        let class = self.class().as_str();
        // Writing to a text cannot fail.
        let _ = write!(
            out,
            r#"{{"stream":"{stream}","class":"{class}","slot_ms":{slot_ms},"span_s":{span_s},"revision":{revision}"#
        );
        match body {
            Body::Quarter(values) | Body::Day(values) => write_values(values, &mut out),
            Body::Loss(loss) => write_loss(loss, &mut out),
        }
        out.push('}');
        out
    }

    /// Reads a row, whatever the order of its keys, and checks it.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Parsed(row) = serde_json::from_str(text).map_err(|error| sentence(&error))?;
        row.check()?;
        Ok(row)
    }
}

fn write_values(values: &Values, out: &mut String) {
    let known = QUANTITIES.iter().filter_map(|known| Some((known.key, (known.of)(values)?)));
    let mut more = values.more.iter().map(|(key, number)| (key.as_str(), *number)).peekable();
    for (key, number) in known {
        while let Some(first) = more.next_if(|(unknown, _)| *unknown < key) {
            write_number(first, out);
        }
        write_number((key, number), out);
    }
    more.for_each(|rest| write_number(rest, out));
}

fn write_loss(loss: &Loss, out: &mut String) {
    let Loss { what, count, from_ms, to_ms, more } = loss;
    let mut all: BTreeMap<&str, String> =
        more.iter().map(|(key, number)| (key.as_str(), number.to_string())).collect();
    all.insert("count", count.to_string());
    all.insert("from_ms", from_ms.to_string());
    all.insert("to_ms", to_ms.to_string());
    all.insert("what", format!("\"{what}\""));
    for (key, value) in all {
        let _ = write!(out, ",\"{key}\":{value}");
    }
}

fn write_number((key, number): (&str, i64), out: &mut String) {
    let _ = write!(out, ",\"{key}\":{number}");
}

/// Without "at line 1 column 2": a row is one line that nobody sees.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

struct Parsed(Row);

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Keys)
    }
}

struct Keys;

/// What has been read so far.
#[derive(Default)]
struct Read {
    stream: Option<Stream>,
    class: Option<Class>,
    slot_ms: Option<i64>,
    span_s: Option<u32>,
    revision: Option<u32>,
    values: Values,
    count: Option<u64>,
    from_ms: Option<i64>,
    to_ms: Option<i64>,
    what: Option<String>,
}

impl<'de> Visitor<'de> for Keys {
    type Value = Parsed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row: an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parsed, A::Error> {
        let mut read = Read::default();
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "stream" => {
                    let stream = Stream::new(map.next_value()?).map_err(A::Error::custom)?;
                    once(key, &mut read.stream, stream)?;
                }
                "class" => {
                    let name: &str = map.next_value()?;
                    let class = Class::parse(name)
                        .ok_or_else(|| A::Error::custom(format!("no class `{name}`")))?;
                    once(key, &mut read.class, class)?;
                }
                "slot_ms" => once(key, &mut read.slot_ms, map.next_value()?)?,
                "span_s" => once(key, &mut read.span_s, map.next_value()?)?,
                "revision" => once(key, &mut read.revision, map.next_value()?)?,
                "count" => once(key, &mut read.count, map.next_value()?)?,
                "from_ms" => once(key, &mut read.from_ms, map.next_value()?)?,
                "to_ms" => once(key, &mut read.to_ms, map.next_value()?)?,
                "what" => once(key, &mut read.what, map.next_value()?)?,
                _ => value(key, &mut map, &mut read.values)?,
            }
        }
        read.close().map(Parsed).map_err(A::Error::custom)
    }
}

fn once<T, E: serde::de::Error>(key: &str, place: &mut Option<T>, value: T) -> Result<(), E> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(E::custom(format!("`{key}` stands twice"))),
    }
}

/// A quantity, or a number that this version does not know.
fn value<'de, A: MapAccess<'de>>(
    key: &str,
    map: &mut A,
    values: &mut Values,
) -> Result<(), A::Error> {
    if let Ok(at) = QUANTITIES.binary_search_by(|known| known.key.cmp(key)) {
        return once(key, (QUANTITIES[at].place)(values), map.next_value()?);
    }
    if values.more.len() > crate::limits::MORE_MAX {
        // `check` refuses it; no more of it is kept.
        map.next_value::<IgnoredAny>()?;
        return Ok(());
    }
    let number: i64 = map
        .next_value()
        .map_err(|error| A::Error::custom(format!("`{key}` is no whole number: {error}")))?;
    match values.more.insert(key.to_owned(), number) {
        None => Ok(()),
        Some(_) => Err(A::Error::custom(format!("`{key}` stands twice"))),
    }
}

impl Read {
    fn close(self) -> Result<Row, String> {
        let missing = |key: &str| format!("`{key}` is missing");
        let class = self.class.ok_or_else(|| missing("class"))?;
        let of_loss = [
            ("count", self.count.is_some()),
            ("from_ms", self.from_ms.is_some()),
            ("to_ms", self.to_ms.is_some()),
            ("what", self.what.is_some()),
        ];
        let body = match class {
            Class::Loss => {
                let foreign = QUANTITIES.iter().find(|it| (it.of)(&self.values).is_some());
                if let Some(quantity) = foreign {
                    return Err(format!("`{}` does not belong into a loss", quantity.key));
                }
                Body::Loss(Loss {
                    what: self.what.ok_or_else(|| missing("what"))?,
                    count: self.count.ok_or_else(|| missing("count"))?,
                    from_ms: self.from_ms.ok_or_else(|| missing("from_ms"))?,
                    to_ms: self.to_ms.ok_or_else(|| missing("to_ms"))?,
                    more: self.values.more,
                })
            }
            _ if let Some((key, _)) = of_loss.iter().find(|(_, there)| *there) => {
                return Err(format!("`{key}` belongs into a loss only"));
            }
            Class::Quarter => Body::Quarter(self.values),
            Class::Day => Body::Day(self.values),
        };
        Ok(Row {
            stream: self.stream.ok_or_else(|| missing("stream"))?,
            slot_ms: self.slot_ms.ok_or_else(|| missing("slot_ms"))?,
            span_s: self.span_s.ok_or_else(|| missing("span_s"))?,
            revision: self.revision.ok_or_else(|| missing("revision"))?,
            body,
        })
    }
}
