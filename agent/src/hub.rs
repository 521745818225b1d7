//! Summaries on their way to hubs: a task per hub, each with its own watermark.
//!
//! ```text
//! writer ── outbox grows ──► Source ──► forwarder ── signed batch, HTTPS ──► hub
//!    ▲                                      │
//!    └────────── main loop ◄── HubOrder ◄───┴──────────────── receipt ◄───────┘
//! ```
//!
//! Live rows go before the backlog; one bad row holds up nothing; a hub that is away costs a timer. What
//! goes next, how much and when again is decided by `controller::outbox`. Lights and ledger never wait for
//! any of it: rows are read through connections that can only read, a batch at a time.
//!
//! | module | what it holds |
//! |---|---|
//! | [`source`] | rows to send, and where receipts go; also for forms of their own |
//! | [`forward`], `answer`, `resends` | the task of one hub; what it answers; what it gets once more |
//! | [`mohurd`] | the task of a data centre that speaks the building-energy protocol |
//! | `way` | how a batch gets there and its receipt back: |
//! | `http` | one request at a time over TLS |
//! | `mqtt`, `exchange` | one question at a time through a broker, and what is heard of it |
//! | [`state`] | how it stands with every hub, for people |

mod answer;
mod exchange;
pub mod forward;
mod http;
pub mod mohurd;
mod mqtt;
mod resends;
pub mod source;
pub mod state;
mod way;

pub(crate) use http::tls_config;
pub use source::Source;
pub use state::{HubState, Standing};

use crate::clock::Clock;
use crate::config::{HubConfig, HubForm};
use crate::main_loop::Event;
use crate::store::{HubOrder, Reader};
use state::Board;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use way::{Over, Way};

/// What a forwarder tells the main loop.
#[derive(Debug)]
pub enum Said {
    /// Something to keep.
    Order(HubOrder),
    /// How it stands with a hub has changed: what is wrong, or `None` when nothing is.
    Standing(String, Option<String>),
}

/// All forwarders.
#[derive(Clone)]
pub struct Hubs {
    /// How it stands with each.
    pub board: Board,
    /// Each is to look at once what it shall send, because somebody asked.
    pub nudges: Vec<mpsc::Sender<()>>,
}

/// Starts a task for every hub.
///
/// # Errors
/// A sentence, when a key or certificate cannot be used.
pub fn start(
    hubs: &[HubConfig],
    campus: wire::Id,
    past: &Reader,
    outbox: &watch::Receiver<i64>,
    events: &mpsc::Sender<Event>,
    clock: Clock,
) -> Result<(Hubs, Vec<JoinHandle<()>>), String> {
    let board = Board::new(hubs);
    let (mut nudges, mut tasks) = (Vec::new(), Vec::new());
    for (at, hub) in hubs.iter().enumerate() {
        // One is as good as several.
        let (nudge, nudged) = mpsc::channel(1);
        let source = Source::new(hub.id.to_string(), past, outbox, events, clock);
        match &hub.form {
            HubForm::Batch(link) => {
                let way = Way::new(campus, link.key.clone(), Over::Http(http::Http::new(link)?));
                let task = forward::Forwarder::new(source, campus, way, board.of(at), nudged);
                tasks.push(tokio::spawn(task.run()));
            }
            HubForm::Mqtt(link) => {
                let mqtt = mqtt::Mqtt::new(link, campus, source.hub())?;
                let way = Way::new(campus, link.key.clone(), Over::Mqtt(Box::new(mqtt)));
                let task = forward::Forwarder::new(source, campus, way, board.of(at), nudged);
                tasks.push(tokio::spawn(task.run()));
            }
            HubForm::Mohurd(link) => {
                let task = mohurd::Mohurd::new(source, link, board.of(at), nudged)?;
                tasks.push(tokio::spawn(task.run()));
            }
        }
        nudges.push(nudge);
    }
    Ok((Hubs { board, nudges }, tasks))
}

#[cfg(test)]
mod tests;
