//! What fits into one batch, and its bytes.
//!
//! ```text
//! {"v":1,"campus":"north","incarnation":"…","from_seq":7,"gone":[{"from":9,"to":12}],"rows":[{…,"prev":"…"},{…}]}
//! ```
//!
//! Rows are numbered from `from_seq`, leaving out what is `gone`. A row says `prev`, behind its canonical
//! text, only where the row before it in its chain is not in the same batch before it.

use crate::chain::Hash;
use crate::limits::{COMPRESSED_BYTES_MAX, GONE_MAX, JSON_BYTES_MAX, ROWS_MAX, ZSTD_LEVEL};
use crate::ranges::Span;
use crate::row::Class;
use crate::stream::Incarnation;
use crate::{Id, VERSION};
use std::collections::HashMap;
use std::fmt::Write as _;

/// `,"prev":"` + 64 digits + `"}`.
pub(crate) const PREV_BYTES: usize = 9 + 64 + 2;

/// A batch that is being filled, in the order of seq.
pub struct Draft {
    campus: Id,
    incarnation: Incarnation,
    from_seq: u64,
    next_seq: u64,
    gone: Vec<Span>,
    rows: usize,
    /// The rows with commas between.
    json: String,
    /// Hash of the last row of each chain in this batch.
    tips: HashMap<(Box<str>, Class), Hash>,
}

/// A row as an outbox keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// Its number.
    pub seq: u64,
    /// Name of its stream.
    pub stream: &'a str,
    /// Its class.
    pub class: Class,
    /// Its one text.
    pub canonical: &'a str,
    /// The hash before it.
    pub prev: Hash,
    /// Its hash.
    pub hash: Hash,
}

/// What became of a row that was offered to a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It is in.
    Yes,
    /// It is not: the batch is full, and goes before it.
    Full,
    /// It is not: its hash is not that of its text, so a byte of the store has changed.
    Damaged,
    /// It is not: its number is below one that is already in.
    Backward,
}

impl Draft {
    /// A batch that begins with number `from_seq`.
    pub fn new(campus: Id, incarnation: Incarnation, from_seq: u64) -> Self {
        Self {
            campus,
            incarnation,
            from_seq,
            next_seq: from_seq,
            gone: Vec::new(),
            rows: 0,
            json: String::new(),
            tips: HashMap::new(),
        }
    }

    /// Puts a row in. Numbers between the one before and this one are named as gone.
    pub fn push(&mut self, link: &Link<'_>) -> Pushed {
        if link.seq < self.next_seq {
            return Pushed::Backward;
        }
        if self.rows >= ROWS_MAX
            || self.gone.len() >= GONE_MAX
            // What stands around the rows is far below the tenth that is kept free.
            || self.json.len() + link.canonical.len() + PREV_BYTES > JSON_BYTES_MAX / 10 * 9
        {
            return Pushed::Full;
        }
        if !link.canonical.ends_with('}') || link.prev.then(link.canonical) != link.hash {
            return Pushed::Damaged;
        }
        self.leave_out(link.seq);
        if self.rows > 0 {
            self.json.push(',');
        }
        let chain = (Box::from(link.stream), link.class);
        let before = self.tips.insert(chain, link.hash);
        if before == Some(link.prev) {
            self.json.push_str(link.canonical);
        } else {
            let open = &link.canonical[..link.canonical.len() - 1];
            // Writing to a text cannot fail.
            let _ = write!(self.json, r#"{open},"prev":"{}"}}"#, link.prev);
        }
        self.rows += 1;
        self.next_seq = link.seq + 1;
        Pushed::Yes
    }

    /// Names everything from the last row to before `seq` as gone.
    pub fn leave_out(&mut self, seq: u64) {
        if seq > self.next_seq {
            self.gone.push(Span { from: self.next_seq, to: seq - 1 });
            self.next_seq = seq;
        }
    }

    /// How many rows are in.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The numbers it covers, also those that are gone; `None` while it is empty.
    pub fn span(&self) -> Option<Span> {
        (self.next_seq > self.from_seq).then(|| Span { from: self.from_seq, to: self.next_seq - 1 })
    }

    /// The batch as JSON.
    pub fn json(&self) -> String {
        let Self { campus, incarnation, from_seq, json, .. } = self;
        let gone = match self.gone.as_slice() {
            [] => String::new(),
            spans => {
                let spans = serde_json::to_string(spans).unwrap_or_default();
                format!("\"gone\":{spans},")
            }
        };
        format!(
            r#"{{"v":{VERSION},"campus":"{campus}","incarnation":"{incarnation}","from_seq":{from_seq},{gone}"rows":[{json}]}}"#
        )
    }

    /// The batch as it travels, compressed; `None` when it is larger than a batch may be, which takes rows
    /// that do not compress: fill the next one half.
    pub fn pack(&self) -> Option<Vec<u8>> {
        let packed = zstd::bulk::compress(self.json().as_bytes(), ZSTD_LEVEL).ok()?;
        (packed.len() <= COMPRESSED_BYTES_MAX).then_some(packed)
    }
}
