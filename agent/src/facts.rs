//! What the agent knows of itself: its connections, its database, what a person has to do.

use crate::api::types::{BrokerStatus, Degraded, Need, StoreStatus};
use crate::hardware::Registry;
use crate::rulebook::Current;
use crate::store;
use controller::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::Ack;

/// Everything about the agent that is no decision about rooms.
pub struct Facts {
    /// When the agent started.
    pub started: Timestamp,
    /// Campus seconds per real second.
    pub speed: f64,
    /// Connected to the broker and subscribed.
    pub connected: bool,
    /// Frames committed since the start.
    pub frames_committed: u64,
    /// What every node has been told to forget, in the order of nodes; older than the start too.
    pub acked: Vec<Option<Ack>>,
    /// What the past tells that a person has to do.
    pub found: Vec<Need>,
    /// What a person has to do because the broker does not keep accounts apart, or nobody could prove it.
    pub proved: Option<Need>,
    /// Which board has which node's name.
    pub hardware: Registry,
    /// Rules of the staff that are in force.
    pub rules: Arc<Current>,
    url: String,
    embedded: bool,
    link_since: Timestamp,
    connections: u64,
    store_path: String,
    degraded: BTreeMap<&'static str, (Timestamp, String)>,
    /// Hubs that take nothing: since when, and why.
    hubs: BTreeMap<String, (Timestamp, String)>,
    set_aside: Option<(Timestamp, String)>,
    /// Something in the database could not be read: true until somebody has looked.
    damaged: Option<(Timestamp, String)>,
    /// Frames that are gone since the start, by node.
    lost: BTreeMap<String, (Timestamp, u64)>,
}

impl Facts {
    /// At the start: not connected, and nothing wrong yet.
    pub fn new(
        now: Timestamp,
        speed: f64,
        url: String,
        embedded: bool,
        store_path: String,
    ) -> Self {
        let mut facts = Self {
            started: now,
            speed,
            connected: false,
            frames_committed: 0,
            acked: Vec::new(),
            found: Vec::new(),
            proved: None,
            hardware: Registry::default(),
            rules: Arc::default(),
            url,
            embedded,
            link_since: now,
            connections: 0,
            store_path,
            degraded: BTreeMap::new(),
            hubs: BTreeMap::new(),
            set_aside: None,
            damaged: None,
            lost: BTreeMap::new(),
        };
        facts.degraded("broker", "not connected yet", now);
        facts
    }

    /// The broker took our subscription.
    pub fn connected(&mut self, now: Timestamp) {
        self.connected = true;
        self.connections += 1;
        self.link_since = now;
        self.healthy("broker");
    }

    /// The broker is away.
    pub fn away(&mut self, why: &str, now: Timestamp) {
        if self.connected {
            self.link_since = now;
        }
        self.connected = false;
        self.degraded("broker", why, now);
    }

    /// A part works with something missing; `since` stays while it does.
    pub fn degraded(&mut self, part: &'static str, what: &str, now: Timestamp) {
        let entry = self.degraded.entry(part).or_insert_with(|| (now, String::new()));
        what.clone_into(&mut entry.1);
    }

    /// A hub does not take what it is sent, or takes it again.
    pub fn hub(&mut self, hub: &str, wrong: Option<String>, now: Timestamp) {
        match wrong {
            Some(what) => {
                tracing::warn!(hub, what, "the hub does not take rows; they wait");
                self.hubs.insert(hub.to_owned(), (now, what));
            }
            None => {
                tracing::info!(hub, "the hub takes rows");
                self.hubs.remove(hub);
            }
        }
        match self.hubs.iter().next() {
            Some((hub, (_, what))) => {
                let what = format!("{hub}: {what}");
                self.degraded("hub", &what, now);
            }
            None => self.healthy("hub"),
        }
    }

    /// A part is whole again. Logged once when it breaks and once when it heals.
    pub fn healthy(&mut self, part: &'static str) {
        if self.degraded.remove(part).is_some() {
            tracing::info!(part, "works again");
        }
    }

    /// The database was damaged and is set aside.
    pub fn set_aside(&mut self, aside: &store::SetAside, now: Timestamp) {
        let place = aside.to.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        self.set_aside = Some((now, place));
    }

    /// Something in the database cannot be read; later commits do not heal it.
    pub fn damaged(&mut self, what: &str, now: Timestamp) {
        tracing::error!(what, "the database is damaged");
        self.damaged = Some((now, what.to_owned()));
    }

    /// Frames of a node are gone.
    pub fn lost(&mut self, node: &str, count: u64, now: Timestamp) {
        let entry = self.lost.entry(node.to_owned()).or_insert((now, 0));
        entry.1 += count;
    }

    /// For the status: what is degraded.
    pub fn all_degraded(&self) -> Vec<Degraded> {
        let one = |(part, (since, what)): (&&str, &(Timestamp, String))| Degraded {
            part: (*part).to_owned(),
            since_ms: since.0,
            what: what.clone(),
        };
        self.degraded.iter().map(one).collect()
    }

    /// For the status: the connection.
    pub fn broker(&self) -> BrokerStatus {
        BrokerStatus {
            url: self.url.clone(),
            embedded: self.embedded,
            connected: self.connected,
            since_ms: self.link_since.0,
            reconnects: self.connections.saturating_sub(1),
        }
    }

    /// For the status: the database, as far as the main loop knows it. The API adds what only the
    /// database itself can tell.
    pub fn store(&self, frames_waiting: usize) -> StoreStatus {
        StoreStatus {
            path: self.store_path.clone(),
            bytes: 0,
            frames_committed: self.frames_committed,
            frames_waiting: frames_waiting as u64,
            oldest_ms: None,
        }
    }

    /// What a person has to do about the agent itself, most urgent first.
    pub fn needs(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        if let Some((since, what)) = self.degraded.get("store") {
            needs.push(need("store_failed", &self.store_path, *since, [("what", what.clone())]));
        }
        if let Some((since, place)) = &self.set_aside {
            needs.push(need("store_set_aside", place, *since, []));
        }
        if let Some((since, what)) = self.degraded.get("broker") {
            needs.push(need("broker_away", &self.url, *since, [("what", what.clone())]));
        }
        needs.extend(self.proved.clone());
        if let Some((since, what)) = &self.damaged {
            needs.push(need("store_damaged", &self.store_path, *since, [("what", what.clone())]));
        }
        for (node, (since, count)) in &self.lost {
            needs.push(need("frames_lost", node, *since, [("count", count.to_string())]));
        }
        needs
    }
}

/// Something a person has to do.
pub fn need<const N: usize>(
    code: &str,
    about: &str,
    since: Timestamp,
    args: [(&str, String); N],
) -> Need {
    Need {
        code: code.to_owned(),
        about: about.to_owned(),
        since_ms: since.0,
        args: args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}
