//! What the buses say, on its way to the main loop: in order, and of each thing only the newest.
//!
//! Registers are cumulative and levels absolute, so that a reading that could not be delivered is
//! made up for by the next; how many were overtaken is counted. A bus never waits for the main loop.

use super::{Said, live::Live};
use controller::MeterIx;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, mpsc};
use wire::Id;

/// Where buses put what they say.
#[derive(Clone, Debug)]
pub(super) struct Outlet {
    waiting: Arc<Mutex<VecDeque<Said>>>,
    news: Arc<Notify>,
    live: Arc<Mutex<Live>>,
}

/// Of what only the newest counts.
#[derive(PartialEq)]
enum Subject {
    Register(MeterIx),
    Silence(MeterIx),
    Levels(Id),
    Bus(usize),
}

impl Outlet {
    pub fn new(live: Arc<Mutex<Live>>) -> Self {
        Self { waiting: Arc::default(), news: Arc::default(), live }
    }

    /// Says something; the oldest of the same subject that still waits is dropped, and counted.
    pub fn say(&self, said: Said) {
        let subject = subject(&said);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let before = waiting.len();
        waiting.retain(|other| self::subject(other) != subject);
        let overtaken = before - waiting.len();
        // Bounded by the number of subjects.
        waiting.push_back(said);
        drop(waiting);
        if overtaken > 0 && matches!(subject, Subject::Register(_)) {
            let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
            live.superseded += overtaken as u64;
        }
        self.news.notify_one();
    }

    /// Hands everything on, as fast as it is taken, until nobody takes it any more.
    pub async fn run<E>(self, out: mpsc::Sender<E>, wrap: fn(Said) -> E) {
        loop {
            // Room first: what waits meanwhile can still be overtaken.
            let Ok(room) = out.reserve().await else { return };
            let next = || self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let said = loop {
                if let Some(said) = next() {
                    break said;
                }
                self.news.notified().await;
            };
            room.send(wrap(said));
        }
    }
}

fn subject(said: &Said) -> Subject {
    match said {
        Said::Read(taken) => Subject::Register(taken.meter),
        Said::Silent { meter, .. } => Subject::Silence(*meter),
        Said::Levels { gateway, .. } => Subject::Levels(*gateway),
        Said::Bus { bus, .. } => Subject::Bus(*bus),
    }
}
