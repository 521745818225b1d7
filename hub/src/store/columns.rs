//! Rows of a batch as columns, so that one statement carries all of them.

use super::{Fork, Refusal, number};
use crate::take::Held;
use batch::row::QUANTITIES;
use batch::{Body, Class, Entry, Hash, Opened};
use std::collections::HashMap;
use std::sync::LazyLock;
use tokio_postgres::Transaction;
use tokio_postgres::types::ToSql;

/// Rows, column by column.
pub struct Columns<'o> {
    entries: Vec<&'o Entry>,
    class: Vec<i16>,
    stream: Vec<i64>,
    slot_ms: Vec<i64>,
    revision: Vec<i64>,
    span_s: Vec<i64>,
    seq: Vec<i64>,
    prev: Vec<&'o [u8]>,
    hash: Vec<&'o [u8]>,
    /// In the order of [`QUANTITIES`].
    values: Vec<Vec<Option<i64>>>,
    what: Vec<Option<&'o str>>,
    count: Vec<Option<i64>>,
    from_ms: Vec<Option<i64>>,
    to_ms: Vec<Option<i64>>,
    more: Vec<Option<String>>,
}

/// The number of a class in the database.
pub fn class(class: Class) -> i16 {
    match class {
        Class::Quarter => 1,
        Class::Day => 2,
        Class::Loss => 3,
    }
}

/// Names of the value columns, with commas: those of [`QUANTITIES`].
static VALUE_COLUMNS: LazyLock<String> =
    LazyLock::new(|| QUANTITIES.iter().map(|quantity| quantity.key).collect::<Vec<_>>().join(", "));

static INSERT: LazyLock<String> = LazyLock::new(|| {
    // $1 campus, $2 ordinal, then one array per column.
    let first_value = 11;
    let value_arrays: String =
        (0..QUANTITIES.len()).map(|at| format!(", ${}::bigint[]", first_value + at)).collect();
    let after = first_value + QUANTITIES.len();
    let (what, count, from, to, more) = (after, after + 1, after + 2, after + 3, after + 4);
    let values = VALUE_COLUMNS.as_str();
    format!(
        "insert into summary (campus, ordinal, class, stream, slot_ms, revision, span_s, seq, prev, hash, \
                              {values}, what, count, from_ms, to_ms, more, day) \
         select $1, $2, k.class, k.stream, k.slot_ms, k.revision, k.span_s, k.seq, k.prev, k.hash, \
                {values}, k.what, k.count, k.from_ms, k.to_ms, k.more::jsonb, \
                (to_timestamp(k.slot_ms / 1000.0) at time zone t.zone)::date \
         from unnest($3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], \
                     $9::bytea[], $10::bytea[]{value_arrays}, \
                     ${what}::text[], ${count}::bigint[], ${from}::bigint[], ${to}::bigint[], ${more}::text[]) \
              as k (class, stream, slot_ms, revision, span_s, seq, prev, hash, \
                    {values}, what, count, from_ms, to_ms, more), \
              (select zone from tenant where campus = $1) as t \
         on conflict do nothing"
    )
});

const MISMATCH: &str = "\
    select k.nth, s.hash, s.seq \
    from unnest($3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[]) \
         with ordinality as k (class, stream, slot_ms, revision, seq, hash, nth) \
    left join summary s on s.campus = $1 and s.ordinal = $2 and s.class = k.class and s.stream = k.stream \
         and s.slot_ms = k.slot_ms and s.revision = k.revision \
    where s.hash is distinct from k.hash or s.seq is distinct from k.seq \
    order by k.nth limit 1";

const SUPERSEDE: &str = "\
    update summary s set current = false \
    from (select distinct class, stream, slot_ms \
          from unnest($2::smallint[], $3::bigint[], $4::bigint[]) as k (class, stream, slot_ms)) k \
    where s.campus = $1 and s.class = k.class and s.stream = k.stream and s.slot_ms = k.slot_ms and s.current \
      and exists (select 1 from summary n \
                  where n.campus = $1 and n.class = k.class and n.stream = k.stream and n.slot_ms = k.slot_ms \
                    and (n.ordinal, n.revision) > (s.ordinal, s.revision))";

impl<'o> Columns<'o> {
    /// Turns rows into columns. `streams` knows every stream of them.
    pub fn new(entries: &[&'o Entry], streams: &HashMap<&str, i64>) -> Self {
        let losses: Vec<_> = entries
            .iter()
            .map(|entry| match &entry.row.body {
                Body::Loss(loss) => Some(loss),
                Body::Quarter(_) | Body::Day(_) => None,
            })
            .collect();
        let more = entries.iter().map(|entry| {
            let more = match &entry.row.body {
                Body::Quarter(values) | Body::Day(values) => &values.more,
                Body::Loss(loss) => &loss.more,
            };
            // A map of whole numbers is always JSON.
            (!more.is_empty()).then(|| serde_json::to_string(more).unwrap_or_default())
        });
        let value = |of: fn(&batch::Values) -> Option<i64>| {
            entries.iter().map(|entry| entry.row.values().and_then(of)).collect()
        };
        let from_loss = |of: fn(&batch::Loss) -> i64| losses.iter().map(|it| it.map(of)).collect();
        Self {
            class: entries.iter().map(|entry| class(entry.row.class())).collect(),
            stream: entries.iter().map(|it| streams[it.row.stream.as_str()]).collect(),
            slot_ms: entries.iter().map(|entry| entry.row.slot_ms).collect(),
            revision: entries.iter().map(|entry| entry.row.revision.into()).collect(),
            span_s: entries.iter().map(|entry| entry.row.span_s.into()).collect(),
            seq: entries.iter().map(|entry| number(entry.seq)).collect(),
            prev: entries.iter().map(|entry| entry.prev.0.as_slice()).collect(),
            hash: entries.iter().map(|entry| entry.hash.0.as_slice()).collect(),
            values: QUANTITIES.iter().map(|quantity| value(quantity.of)).collect(),
            what: losses.iter().map(|loss| loss.map(|loss| loss.what.as_str())).collect(),
            count: from_loss(|loss| number(loss.count)),
            from_ms: from_loss(|loss| loss.from_ms),
            to_ms: from_loss(|loss| loss.to_ms),
            more: more.collect(),
            entries: entries.to_vec(),
        }
    }

    /// Inserts them; answers how many places were free.
    pub async fn insert(
        &self,
        transaction: &Transaction<'_>,
        opened: &Opened,
        held: &Held,
    ) -> Result<u64, Refusal> {
        let campus = opened.campus.as_str();
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![
            &campus,
            &held.ordinal,
            &self.class,
            &self.stream,
            &self.slot_ms,
            &self.revision,
            &self.span_s,
            &self.seq,
            &self.prev,
            &self.hash,
        ];
        values.extend(self.values.iter().map(|column| column as &(dyn ToSql + Sync)));
        let last: [&(dyn ToSql + Sync); 5] =
            [&self.what, &self.count, &self.from_ms, &self.to_ms, &self.more];
        values.extend(last);
        Ok(transaction.execute(INSERT.as_str(), &values).await?)
    }

    /// The first that is not in its place as it is.
    pub async fn mismatch(
        &self,
        transaction: &Transaction<'_>,
        opened: &Opened,
        held: &Held,
    ) -> Result<Option<Fork>, Refusal> {
        let campus = opened.campus.as_str();
        let values: [&(dyn ToSql + Sync); 8] = [
            &campus,
            &held.ordinal,
            &self.class,
            &self.stream,
            &self.slot_ms,
            &self.revision,
            &self.seq,
            &self.hash,
        ];
        let Some(row) = transaction.query_opt(MISMATCH, &values).await? else {
            return Ok(None);
        };
        let nth: i64 = row.get(0);
        let at = usize::try_from(nth - 1).unwrap_or(0);
        let hash: Option<Vec<u8>> = row.get(1);
        let hash = hash.and_then(|bytes| bytes.try_into().ok()).map(Hash);
        Ok(Some(Fork { offered: self.entries[at].clone(), held: hash.zip(row.get(2)) }))
    }

    /// Stream and slot of those that are days.
    pub fn days(&self) -> (Vec<i64>, Vec<i64>) {
        let places = self.class.iter().zip(self.stream.iter().zip(&self.slot_ms));
        let day = class(Class::Day);
        places
            .filter(|(class, _)| **class == day)
            .map(|(_, (stream, slot))| (*stream, *slot))
            .unzip()
    }

    /// Marks what is older than another row of the same slot.
    pub async fn supersede(
        &self,
        transaction: &Transaction<'_>,
        opened: &Opened,
    ) -> Result<(), Refusal> {
        let campus = opened.campus.as_str();
        let values: [&(dyn ToSql + Sync); 4] = [&campus, &self.class, &self.stream, &self.slot_ms];
        transaction.execute(SUPERSEDE, &values).await?;
        Ok(())
    }
}
