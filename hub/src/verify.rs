//! Whether what is held is what was sent: every row's text is made anew from its columns and hashed, link by
//! link.

use crate::{Fault, take};
use batch::row::QUANTITIES;
use batch::{Body, Class, Hash, Id, Incarnation, Loss, Ranges, Row, Stream, Values};
use std::collections::BTreeMap;
use tokio_postgres::Client;

/// What was found of one campus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Rows whose hash is that of their text.
    pub rows: u64,
    /// Chains: streams by class and incarnation.
    pub chains: u64,
    /// Links that hold, the first of each chain with its genesis.
    pub links: u64,
    /// Links that cannot be tried, because the row before is gone, missing or was put aside.
    pub open: u64,
    /// Rows whose hash is not that of their text, or whose link does not hold; the first twenty.
    pub wrong: Vec<String>,
    /// How many of these there are.
    pub wrong_count: u64,
    /// Numbers that have arrived without a row, though neither gone nor put aside.
    pub lost: u64,
}

/// Rows asked for at a time.
const PAGE: i64 = 20_000;

/// Most wrong rows that are named.
const NAMED_MAX: usize = 20;

/// Looks through everything of a campus.
///
/// # Errors
/// PostgreSQL refuses, or holds something that is no row.
pub async fn campus(client: &Client, campus: &Id) -> Result<Found, Fault> {
    let failed = |error: tokio_postgres::Error| Fault::database("reading rows", &error);
    let sql = "select ordinal, incarnation, received::text, gone::text, dropped::text \
               from incarnation where campus = $1 order by ordinal";
    let mut found = Found::default();
    for row in client.query(sql, &[&campus.as_str()]).await.map_err(failed)? {
        let (text, received, gone): (&str, &str, &str) = (row.get(1), row.get(2), row.get(3));
        let no = |what: &str| Fault::new(format!("`{what}` in the database cannot be read"), "");
        let incarnation = Incarnation::parse(text).ok_or_else(|| no(text))?;
        let received = take::from_multirange(received).ok_or_else(|| no(received))?;
        // What went by age was here, and cannot be tried any more either.
        let dropped: &str = row.get(4);
        let mut gone = take::from_multirange(gone).ok_or_else(|| no(gone))?;
        let dropped = take::from_multirange(dropped).ok_or_else(|| no(dropped))?;
        dropped.spans().iter().for_each(|span| gone.insert(*span));
        let missing = received.missing(usize::MAX).into_iter();
        let without_row = missing.chain(gone.spans().iter().copied()).collect();
        let ordinal = row.get(0);
        let life = Life { campus, ordinal, incarnation, received, gone, without_row };
        life.look(client, &mut found).await?;
    }
    Ok(found)
}

struct Life<'c> {
    campus: &'c Id,
    ordinal: i16,
    incarnation: Incarnation,
    received: Ranges,
    /// Gone at the campus, or here by age.
    gone: Ranges,
    /// Numbers that are gone, missing, or were put aside.
    without_row: Ranges,
}

impl Life<'_> {
    async fn look(mut self, client: &Client, found: &mut Found) -> Result<(), Fault> {
        let failed = |error: tokio_postgres::Error| Fault::database("reading rows", &error);
        let mut tips: BTreeMap<(String, Class), (u64, Hash)> = BTreeMap::new();
        let mut here = Ranges::new();
        let sql = format!(
            "select s.seq, p.path, s.class, s.slot_ms, s.span_s, s.revision, s.prev, s.hash, s.what, s.count, \
                    s.from_ms, s.to_ms, s.more::text, {} \
             from summary s join stream p using (campus, stream) \
             where s.campus = $1 and s.ordinal = $2 order by s.seq",
            QUANTITIES.iter().map(|it| format!("s.{}", it.key)).collect::<Vec<_>>().join(", ")
        );
        client
            .batch_execute("begin transaction isolation level repeatable read read only")
            .await
            .map_err(failed)?;
        let aside = client
            .query(
                "select seq from quarantine where campus = $1 and incarnation = $2",
                &[&self.campus.as_str(), &self.incarnation.to_string()],
            )
            .await
            .map_err(failed)?;
        for row in &aside {
            let seq = u64::try_from(row.get::<_, i64>(0)).unwrap_or(0);
            self.without_row.insert(batch::Span { from: seq, to: seq });
        }
        let declare = format!(
            "declare looking no scroll cursor for {}",
            sql.replace("$1", &format!("'{}'", self.campus))
                .replace("$2", &self.ordinal.to_string())
        );
        client.batch_execute(&declare).await.map_err(failed)?;
        loop {
            let page = format!("fetch {PAGE} from looking");
            let rows = client.query(&page, &[]).await.map_err(failed)?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let seq = self.one(row, &mut tips, found)?;
                here.insert(batch::Span { from: seq, to: seq });
            }
        }
        client.batch_execute("commit").await.map_err(failed)?;
        let accounted = here.count() + self.gone.count() + aside.len() as u64;
        found.lost += self.received.count().saturating_sub(accounted);
        found.chains += tips.len() as u64;
        Ok(())
    }

    /// Looks at one row; answers its number.
    fn one(
        &self,
        from: &tokio_postgres::Row,
        tips: &mut BTreeMap<(String, Class), (u64, Hash)>,
        found: &mut Found,
    ) -> Result<u64, Fault> {
        let seq = u64::try_from(from.get::<_, i64>(0)).unwrap_or(0);
        let row = read(from).ok_or_else(|| {
            Fault::new(format!("row {seq} of {} cannot be read", self.campus), "")
        })?;
        let bytes = |at: usize| from.get::<_, &[u8]>(at).try_into().map_or(Hash([0; 32]), Hash);
        let (prev, hash) = (bytes(6), bytes(7));
        let mut wrong = |why: &str| {
            found.wrong_count += 1;
            if found.wrong.len() < NAMED_MAX {
                found.wrong.push(format!("row {seq} ({}): {why}", row.stream));
            }
        };
        let good = prev.then(&row.canonical()) == hash;
        if !good {
            wrong("its hash is not that of its text");
        }
        let chain = (row.stream.to_string(), row.class());
        let first = Hash::genesis(self.campus, &self.incarnation, &row.stream, row.class());
        let before = tips.insert(chain, (seq, hash));
        let tip = before.map_or(first, |(_, tip)| tip);
        let after = before.map_or(1, |(at, _)| at + 1);
        if prev == tip {
            found.links += 1;
        } else if self.is_whole(after, seq) {
            wrong("the row before it is not the one it names");
        } else {
            found.open += 1;
        }
        found.rows += u64::from(good);
        Ok(seq)
    }

    /// Whether everything from `from` to before `to` has arrived as rows.
    fn is_whole(&self, from: u64, to: u64) -> bool {
        let spans = self.without_row.spans();
        let at = spans.partition_point(|span| span.to < from);
        spans.get(at).is_none_or(|span| span.from >= to)
    }
}

fn read(from: &tokio_postgres::Row) -> Option<Row> {
    let more = match from.get::<_, Option<&str>>(12) {
        Some(json) => serde_json::from_str(json).ok()?,
        None => BTreeMap::new(),
    };
    let body = match from.get::<_, i16>(2) {
        3 => Body::Loss(Loss {
            what: from.get::<_, Option<String>>(8)?,
            count: u64::try_from(from.get::<_, Option<i64>>(9)?).ok()?,
            from_ms: from.get::<_, Option<i64>>(10)?,
            to_ms: from.get::<_, Option<i64>>(11)?,
            more,
        }),
        class => {
            let mut values = Values { more, ..Values::default() };
            for (at, quantity) in QUANTITIES.iter().enumerate() {
                *(quantity.place)(&mut values) = from.get(13 + at);
            }
            if class == 1 { Body::Quarter(values) } else { Body::Day(values) }
        }
    };
    Some(Row {
        stream: Stream::new(from.get(1)).ok()?,
        slot_ms: from.get(3),
        span_s: u32::try_from(from.get::<_, i64>(4)).ok()?,
        revision: u32::try_from(from.get::<_, i64>(5)).ok()?,
        body,
    })
}
