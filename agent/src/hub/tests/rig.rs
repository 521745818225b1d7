//! An agent's store and forwarders without the rest of it.

use super::super::{Hubs, Said, start, state::HubState};
use super::receiver::Receiver;
use crate::clock::Clock;
use crate::config::{BatchLink, HubConfig, HubForm};
use crate::main_loop::Event;
use crate::store::{self, Asked, HubOrder, Opened, Posting, Reader, Terms};
use batch::SecretKey;
use controller::summary::{Scope, Stream, StreamKind};
use std::net::SocketAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub const SLOT_MS: i64 = 900_000;
pub const MIDNIGHT: i64 = 20_720 * 86_400_000;
const METER: &str = "sci-101/main";

pub struct Rig {
    folder: TempDir,
    /// `None` only while it is opened again.
    opened: Option<Arc<Mutex<Opened>>>,
    pub now_ms: i64,
    pub budget_bytes: u64,
    /// Rooms, and meters; the first meter is the one with energy.
    pub size: (usize, usize),
    hubs: Hubs,
    told: Arc<Mutex<Vec<Told>>>,
    tasks: Vec<JoinHandle<()>>,
}

/// A hub, and what is wrong with it.
type Told = (String, Option<String>);

/// The register at the end of a slot, Wh.
pub fn register(slot: i64) -> i64 {
    1_000_000 + 17 * slot
}

/// A receiver without TLS.
pub fn link(address: SocketAddr) -> BatchLink {
    BatchLink {
        url: format!("http://{address}/district"),
        host: address.ip().to_string(),
        port: address.port(),
        tls: false,
        base: "/district".to_owned(),
        key: Arc::new(key()),
        ca_file: None,
        client: None::<(PathBuf, PathBuf)>,
    }
}

pub fn key() -> SecretKey {
    SecretKey::from_seed([7; 32])
}

impl Rig {
    pub fn new() -> Self {
        Self::at(TempDir::new().unwrap(), MIDNIGHT)
    }

    fn at(folder: TempDir, now_ms: i64) -> Self {
        let limits = store::Limits { ballast_bytes: 0, ..store::Limits::default() };
        let opened = store::open(&folder.path().join("campus.db"), limits, now_ms).unwrap();
        let hubs = Hubs { board: Default::default(), nudges: Vec::new() };
        let opened = Some(Arc::new(Mutex::new(opened)));
        let mut rig = Self {
            folder,
            opened,
            now_ms,
            budget_bytes: u64::MAX,
            size: (1, 1),
            hubs,
            told: Arc::default(),
            tasks: vec![],
        };
        rig.summarise();
        rig
    }

    /// Stops everything, and opens the database again.
    pub fn restart(self) -> Self {
        for task in &self.tasks {
            task.abort();
        }
        self.settle();
        let Self { folder, opened, now_ms, .. } = self;
        let opened = opened.unwrap();
        // The thread that hears the forwarders has it too, until the last of them is gone.
        tokio::task::block_in_place(|| {
            while Arc::strong_count(&opened) > 1 {
                std::thread::yield_now();
            }
        });
        drop(opened);
        Self::at(folder, now_ms)
    }

    /// Tells the writer what to summarise.
    pub fn summarise(&mut self) {
        let stream = |name: &str, kind| Stream {
            name: name.to_owned(),
            kind,
            meters: vec![0],
            lamps: vec![],
            rooms: vec![],
        };
        let (rooms, meters) = self.size;
        let more = |kind: &'static str, count| (1..count).map(move |at| format!("{kind}-{at}"));
        let mut streams = vec![stream("room/science/101", StreamKind::Room)];
        let others =
            more("r", rooms).map(|room| stream(&format!("room/more/{room}"), StreamKind::Room));
        streams.extend(others);
        streams.push(stream("building/science", StreamKind::Building));
        streams.push(stream("meter/sci-101/main", StreamKind::Meter));
        streams
            .extend(more("m", meters).map(|id| stream(&format!("meter/{id}"), StreamKind::Meter)));
        let zone = jiff::tz::TimeZone::UTC;
        let scope = Scope {
            zone,
            slot_ms: SLOT_MS,
            meters: vec![METER.to_owned()],
            rooms: vec![],
            streams,
        };
        self.opened().lock().unwrap().store.summarise(Terms {
            scope: Arc::new(scope),
            campus: wire::Id::new("north").unwrap(),
            hubs: vec!["district".to_owned(), "city".to_owned()],
            budget_bytes: self.budget_bytes,
            grace_ms: 0,
        });
    }

    /// Slots with some energy, summarised: three rows each, and three of every day that is over.
    pub fn slots(&mut self, slots: Range<i64>) {
        let opened = self.opened().clone();
        let mut opened = opened.lock().unwrap();
        for slot in slots.clone() {
            opened.store.posting(Posting {
                meter: METER.to_owned(),
                slot_ms: MIDNIGHT + slot * SLOT_MS,
                energy_wh: 10 + slot % 7,
                quality: 0,
                cause: 0,
                register_wh: register(slot),
                revision: 0,
                read: None,
            });
        }
        drop(opened);
        self.now_ms = self.now_ms.max(MIDNIGHT + slots.end * SLOT_MS);
        // The writer makes them a few at a time, and days last.
        let (mut before, mut still) = (-1, 0);
        while still < 3 {
            self.commit();
            let last = self.last();
            still = if last as i64 == before { still + 1 } else { 0 };
            before = last as i64;
        }
    }

    /// The last number of the outbox.
    pub fn last(&self) -> u64 {
        self.reader().outbox().unwrap().last as u64
    }

    /// Lets the outbox shed down to a budget.
    pub fn shed_to(&mut self, budget_bytes: u64) {
        self.commit();
        self.budget_bytes = budget_bytes;
        while self.reader().outbox().unwrap().held.bytes() > budget_bytes {
            // Each start looks at the budget at once.
            let limits = store::Limits { ballast_bytes: 0, ..store::Limits::default() };
            let path = self.folder.path().join("campus.db");
            let closed = self.opened.take().map(Arc::into_inner);
            drop(closed);
            let opened = store::open(&path, limits, self.now_ms).unwrap();
            self.opened = Some(Arc::new(Mutex::new(opened)));
            self.summarise();
            self.commit();
        }
    }

    fn opened(&self) -> &Arc<Mutex<Opened>> {
        self.opened.as_ref().unwrap()
    }

    fn commit(&self) {
        let all = || commit(&mut self.opened().lock().unwrap(), self.now_ms);
        tokio::task::block_in_place(all);
    }

    /// Everything that was said so far is in the database.
    pub fn settle(&self) {
        self.commit();
        self.commit();
    }

    pub fn reader(&self) -> Reader {
        self.opened().lock().unwrap().store.reader()
    }

    /// Forwards to these receivers: `district`, and `city`.
    pub fn forward(&mut self, receivers: &[&Receiver]) {
        let hubs: Vec<HubConfig> = ["district", "city"]
            .into_iter()
            .zip(receivers)
            .map(|(name, receiver)| HubConfig {
                id: wire::Id::new(name).unwrap(),
                form: HubForm::Batch(link(receiver.address)),
            })
            .collect();
        self.forward_to(&hubs);
    }

    /// Forwards to hubs of any form.
    pub fn forward_to(&mut self, hubs: &[HubConfig]) {
        let (events, mut queue) = mpsc::channel(64);
        let outbox = self.opened().lock().unwrap().outbox.clone();
        let clock = Clock::scaled(Instant::now(), self.now_ms, 1.0);
        let campus = wire::Id::new("north").unwrap();
        let reader = self.reader();
        let (running, tasks) = start(hubs, campus, &reader, &outbox, &events, clock).unwrap();
        self.hubs = running;
        self.tasks = tasks;
        let (opened, told, now_ms) = (self.opened().clone(), self.told.clone(), self.now_ms);
        // A thread, as a store is no async thing; it ends with the last forwarder.
        std::thread::spawn(move || {
            while let Some(event) = queue.blocking_recv() {
                match event {
                    Event::Hub(Said::Order(order)) => {
                        let mut opened = opened.lock().unwrap();
                        opened.store.hub(order);
                        commit(&mut opened, now_ms);
                    }
                    Event::Hub(Said::Standing(hub, what)) => told.lock().unwrap().push((hub, what)),
                    other => panic!("{other:?}"),
                }
            }
        });
    }

    /// A person asks the first hub's forwarder for slots again.
    pub fn resend(&self, slots: Range<i64>) {
        let at = |slot: i64| MIDNIGHT + slot * SLOT_MS;
        let (from_ms, to_ms) = (at(slots.start), at(slots.end));
        let rows = self.reader().outbox_of_time(from_ms, to_ms).unwrap();
        let (hub, at_ms) = ("district".to_owned(), self.now_ms);
        let order = HubOrder::Resend(Asked { hub, from_ms, to_ms, at_ms, rows });
        self.opened().lock().unwrap().store.hub(order);
        self.commit();
        for nudge in &self.hubs.nudges {
            let _nudged_before = nudge.try_send(());
        }
    }

    pub fn states(&self) -> Vec<HubState> {
        self.hubs.board.all()
    }

    /// What the main loop was told of a hub.
    pub fn told(&self, hub: &str) -> Vec<Option<String>> {
        let told = self.told.lock().unwrap();
        told.iter().filter(|(of, _)| of == hub).map(|(_, what)| what.clone()).collect()
    }

    pub async fn wait(&self, what: &str, done: impl Fn(&[HubState]) -> bool) {
        let until = tokio::time::Instant::now() + Duration::from_secs(60);
        while !done(&self.states()) {
            assert!(tokio::time::Instant::now() < until, "{what}: {:?}", self.states());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Commits what is pending, and waits for it: on a thread that may.
fn commit(opened: &mut Opened, now_ms: i64) {
    opened.store.passed(now_ms);
    let number = opened.store.submit(Some(now_ms)).unwrap().unwrap();
    loop {
        match opened.events.next_blocking().unwrap() {
            store::Event::Committed(done) if done.batch == number => return,
            _ => {}
        }
    }
}
