//! How it stands with every hub, for people and Prometheus.

use crate::config::HubConfig;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How it stands with all hubs. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<Vec<HubState>>>);

/// One hub's place on the board.
#[derive(Clone, Debug)]
pub struct Place {
    board: Board,
    at: usize,
}

/// How it stands with a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubState {
    /// Its name.
    pub id: String,
    /// Where it is.
    pub url: String,
    /// How it is spoken to: `batch`, `mqtt` or `mohurd`.
    pub form: &'static str,
    /// Whether it takes rows.
    pub standing: Standing,
    /// What is wrong; empty when nothing is.
    pub what: String,
    /// Since when it stands so, ms UTC.
    pub since_ms: i64,
    /// Rows that it lacks.
    pub waiting: u64,
    /// When the oldest of them was made, ms UTC.
    pub oldest_ms: Option<i64>,
    /// When it last confirmed anything, ms UTC.
    pub receipt_ms: Option<i64>,
    /// Its watermark of the present incarnation, as it counts.
    pub watermark: u64,
    /// Rows confirmed since the start.
    pub rows: u64,
    /// Batches confirmed since the start.
    pub batches: u64,
    /// Bytes sent since the start, compressed.
    pub bytes: u64,
    /// Rows that it has put aside since the start.
    pub refused: u64,
    /// Attempts that failed since the start.
    pub failures: u64,
    /// Rows a second of the last batches.
    pub rows_per_s: u64,
    /// When it is tried again, ms UTC, while it fails.
    pub retry_ms: Option<i64>,
}

/// Whether a hub takes rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Not tried yet.
    #[default]
    New,
    /// It has everything.
    Idle,
    /// Rows are on their way.
    Sending,
    /// It does not answer, or not well; tried again later.
    Failing,
}

impl Standing {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Idle => "idle",
            Self::Sending => "sending",
            Self::Failing => "failing",
        }
    }
}

/// A number of every hub.
struct Shown {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    of: fn(&HubState) -> u64,
}

const SHOWN: [Shown; 7] = [
    Shown {
        name: "campus_hub_rows_waiting",
        kind: "gauge",
        help: "Summaries that the hub lacks",
        of: |hub| hub.waiting,
    },
    Shown {
        name: "campus_hub_failing",
        kind: "gauge",
        help: "1 while the hub takes nothing",
        of: |hub| u64::from(hub.standing == Standing::Failing),
    },
    Shown {
        name: "campus_hub_watermark",
        kind: "gauge",
        help: "Everything up to this number is at the hub",
        of: |hub| hub.watermark,
    },
    Shown {
        name: "campus_hub_rows_total",
        kind: "counter",
        help: "Summaries confirmed",
        of: |hub| hub.rows,
    },
    Shown {
        name: "campus_hub_bytes_total",
        kind: "counter",
        help: "Bytes of confirmed batches, compressed",
        of: |hub| hub.bytes,
    },
    Shown {
        name: "campus_hub_refused_total",
        kind: "counter",
        help: "Summaries that the hub has put aside",
        of: |hub| hub.refused,
    },
    Shown {
        name: "campus_hub_failures_total",
        kind: "counter",
        help: "Attempts that failed",
        of: |hub| hub.failures,
    },
];

impl Board {
    /// Nothing is known yet.
    pub fn new(hubs: &[HubConfig]) -> Self {
        let state = |hub: &HubConfig| HubState {
            id: hub.id.to_string(),
            url: hub.form.url().to_owned(),
            form: hub.form.name(),
            standing: Standing::New,
            what: String::new(),
            since_ms: 0,
            waiting: 0,
            oldest_ms: None,
            receipt_ms: None,
            watermark: 0,
            rows: 0,
            batches: 0,
            bytes: 0,
            refused: 0,
            failures: 0,
            rows_per_s: 0,
            retry_ms: None,
        };
        Self(Arc::new(Mutex::new(hubs.iter().map(state).collect())))
    }

    /// How it stands now.
    pub fn all(&self) -> Vec<HubState> {
        self.lock().clone()
    }

    /// The same for Prometheus, in its text format.
    pub fn prometheus(&self) -> String {
        let mut text = String::new();
        let all = self.lock();
        for Shown { name, kind, help, of } in SHOWN {
            if !all.is_empty() {
                // Writing to a text cannot fail.
                let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            }
            for hub in all.iter() {
                let _ = writeln!(text, "{name}{{hub=\"{}\"}} {}", hub.id, of(hub));
            }
        }
        text
    }

    /// The place of the n-th hub.
    pub fn of(&self, at: usize) -> Place {
        Place { board: self.clone(), at }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<HubState>> {
        // Plain numbers: whoever panicked in between left nothing half done that matters.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Changes it. Says whether it begins or ends to fail.
    pub fn update(&self, change: impl FnOnce(&mut HubState)) -> bool {
        let mut all = self.board.lock();
        let Some(state) = all.get_mut(self.at) else { return false };
        let failed = state.standing == Standing::Failing;
        change(state);
        failed != (state.standing == Standing::Failing)
    }
}
