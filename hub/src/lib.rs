//! The receiver of a district: signed batches of many campuses into PostgreSQL, and a receipt for each that
//! tells what is committed.
//!
//! ```text
//! request ─ key known? ─ body ─ signature ─ open ─ one transaction: rows + ranges + watermark ─ receipt
//! ```
//!
//! It keeps nothing between two requests but counters, so any number of them may stand behind a balancer, and
//! any may be killed at any moment: what has no receipt is sent again, and what is sent again changes nothing.
//!
//! | module | what it decides |
//! |---|---|
//! | [`config`] | `hub.toml`: every fault with line and column |
//! | [`receive`] | who may send, what is answered |
//! | [`take`] | what of a batch is new, known, or a fork |
//! | [`store`] | PostgreSQL: connections, and the one transaction of a batch |
//! | [`migrate`] | the schema, under a lock |
//! | `mqtt` | the same batches through a broker |
//! | [`serve`] | sockets, TLS, an orderly end |
//! | [`tenant`] | campuses and their keys |
//! | [`verify`] | whether what is held is what was sent, hash by hash |
//! | [`daily`] | the files of a day for the data centre above |
//! | `keep` | what goes by age |
//! | [`key`] | a new key in a file |
//! | [`pace`] | how much of a receiver one campus may take |
//! | [`counts`] | numbers for Prometheus |
//! | [`limits`] | every limit, with unit and reason |
//!
//! Terms are those of the crate `batch`; *tenant* = a campus with its keys.

pub mod config;
pub mod counts;
pub mod daily;
mod keep;
pub mod key;
pub mod limits;
pub mod migrate;
mod mqtt;
pub mod pace;
pub mod receive;
pub mod serve;
pub mod store;
pub mod take;
pub mod tenant;
mod tls;
pub mod verify;

pub use config::Config;

/// Why something could not be done: what and where, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    /// What is wrong, and where.
    pub what: String,
    /// What to do about it; empty when nothing is known.
    pub hint: String,
}

impl Fault {
    /// With both sentences.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }

    /// What PostgreSQL says, with its own hint where it has one.
    pub(crate) fn database(doing: &str, error: &tokio_postgres::Error) -> Self {
        let hint = "is PostgreSQL running, and does `[database] url` name it? `psql` with the same words tells more";
        match error.as_db_error() {
            Some(said) => Self::new(
                format!("{doing}: PostgreSQL says: {}", said.message()),
                said.hint().unwrap_or_default(),
            ),
            None => Self::new(format!("{doing}: {}", chain(error)), hint),
        }
    }
}

/// An error with its causes: "error connecting to server: No such file or directory".
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}
