//! Both ends of a batch: what is frozen, what always holds, and what is refused.

use batch::row::QUANTITIES;
use batch::{
    Body, Class, Code, Draft, Entry, Hash, Id, Incarnation, Link, Loss, Opened, Pushed, Row,
    SecretKey, Signed, Span, Stream, Values, open,
};

#[path = "../frozen/v1.rs"]
mod frozen;
mod laws;
mod refusals;

const INCARNATION: Incarnation = Incarnation([0x5a; 16]);

fn campus() -> Id {
    Id::new("north").expect("it is an identifier")
}

/// An outbox: rows numbered from 1, each tied to the one before it in its chain.
#[derive(Default)]
struct Outbox {
    entries: Vec<(Entry, String)>,
}

impl Outbox {
    fn of(rows: impl IntoIterator<Item = Row>) -> Self {
        let mut outbox = Self::default();
        rows.into_iter().for_each(|row| outbox.add(row));
        outbox
    }

    fn add(&mut self, row: Row) {
        let of_chain = |(entry, _): &&(Entry, String)| {
            entry.row.stream == row.stream && entry.row.class() == row.class()
        };
        let prev = self.entries.iter().rev().find(of_chain).map_or_else(
            || Hash::genesis(&campus(), &INCARNATION, &row.stream, row.class()),
            |(entry, _)| entry.hash,
        );
        let canonical = row.canonical();
        let hash = prev.then(&canonical);
        let seq = self.entries.len() as u64 + 1;
        self.entries.push((Entry { seq, row, prev, hash }, canonical));
    }

    /// A batch of the rows whose numbers are in `span`, but those that `shed` names.
    fn draft(&self, span: Span, shed: &[u64]) -> Draft {
        let mut draft = Draft::new(campus(), INCARNATION, span.from);
        for (entry, canonical) in &self.entries {
            if (span.from..=span.to).contains(&entry.seq) && !shed.contains(&entry.seq) {
                assert_eq!(draft.push(&link(entry, canonical)), Pushed::Yes);
            }
        }
        draft.leave_out(span.to + 1);
        draft
    }
}

fn link<'a>(entry: &'a Entry, canonical: &'a str) -> Link<'a> {
    let Entry { seq, row, prev, hash } = entry;
    Link {
        seq: *seq,
        stream: row.stream.as_str(),
        class: row.class(),
        canonical,
        prev: *prev,
        hash: *hash,
    }
}

fn stream(name: &str) -> Stream {
    Stream::new(name).expect("it is a stream")
}

fn quarter(name: &str, slot_ms: i64, revision: u32, values: Values) -> Row {
    Row { stream: stream(name), slot_ms, span_s: 900, revision, body: Body::Quarter(values) }
}

fn opened(draft: &Draft) -> Opened {
    open(&draft.pack().expect("it fits")).expect("it is a batch")
}
