//! The campus of a demo: broker, agent and simulated nodes in this very program.
//!
//! The only function that knows agent and simulator. Everything that is shown comes from the agent's
//! own API, as any other client sees it.

use super::summary::{MeterOutcome, Outcome};
use super::{Happening, Ready, Settings};
use crate::args::Broker;
use crate::client::{Agent, Answer, demo_socket};
use crate::error::Error;
use agent::api::types::{Energy, Node, Room, Status};
use agent::clock::Clock;
use agent::config::Config;
use agent::run::{self, Running};
use agent::store;
use simulator::campus::{AgentSettings, Plan};
use simulator::clock::ScaledClock;
use simulator::emulated::light_pct;
use simulator::room::What;
use simulator::runner::{self, Runner, RunnerSettings};
use simulator::world::Truth;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

/// Monday 2026-09-07, 09:30 in Shanghai: the break between two lessons is ten minutes away, so that
/// half an hour shows rooms that stay, empty and fill. ms UTC.
const START_MS: i64 = 1_788_744_600_000;

/// Nodes report at least once a minute of the campus; after two every register has been read again.
const LAST_READING_MS: f64 = 120_000.0;

/// What broker, disk and a busy machine may take for the last reading, in real time.
const LAST_READING_GRACE: Duration = Duration::from_secs(20);

/// Longest wait for the nodes' first words, in real time: 500 nodes need about 3 s.
const FIRST_HELLO_MAX: Duration = Duration::from_secs(5);

/// The same for emulated boards, which have to start first: on a busy computer some seconds each.
const FIRST_BOOT_MAX: Duration = Duration::from_secs(30);

/// Runs a campus until its time is over or `stop` turns true.
///
/// Tells [`Happening::Ready`] once the agent answers on its socket.
///
/// # Errors
/// [`Error::Run`] when a part of it cannot start or go on.
pub async fn run(
    settings: Settings,
    tell: UnboundedSender<Happening>,
    mut stop: watch::Receiver<bool>,
) -> Result<Outcome, Error> {
    let started = Instant::now();
    let plan = Arc::new(Plan::new(settings.rooms as usize, settings.seed));
    let place = Place::new()?;
    let clock = ScaledClock::new(START_MS, settings.speed);
    let running = start_agent(&settings, &plan, &place, clock).await?;
    let mut nodes = RunnerSettings::new(plan.clone(), running.broker.clone(), clock);
    // The broker in the agent knows a node by its user name. On the loopback it asks for no password, but
    // firmware without one gives no name either.
    nodes.credentials = Arc::new(|node| Some((node.to_owned(), "demo".to_owned())));
    nodes.emulated = settings.emulated.as_ref().map(|emulated| runner::Emulated {
        nodes: emulated.rooms as usize,
        image: emulated.image.clone(),
        folder: place.folder.clone(),
    });
    let mut runner = Runner::start(nodes);
    runner.emulate().await.map_err(|error| Error::Run { what: error.to_string(), hint: None })?;
    let mut happenings = runner.happenings();
    let agent = Agent::at(running.socket.clone());
    let patience = if settings.emulated.is_some() { FIRST_BOOT_MAX } else { FIRST_HELLO_MAX };
    everybody_is_heard(&agent, plan.nodes.len(), patience).await;
    // Who shows it may have gone already; then `stop` is true.
    let _ = tell.send(Happening::Ready(ready(&settings, &plan, &place, &running)));

    let mut counts = Counts::default();
    while !*stop.borrow() {
        tokio::select! {
            happening = happenings.recv() => counts.note(happening),
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
    let ran_ms = clock.now_ms() - START_MS;
    runner.freeze();
    let patience = Duration::from_secs_f64(LAST_READING_MS / 1000.0 / settings.speed);
    let outcome = account(&agent, &runner, patience + LAST_READING_GRACE).await;
    let real_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    // The agent goes last, so that the nodes' goodbyes are kept too.
    runner.stop().await;
    running.stop().await;
    let (status, books) = outcome?;
    Ok(Outcome {
        name: status.name,
        time_zone: status.time_zone,
        ended_ms: START_MS + ran_ms,
        ran_ms,
        real_ms,
        entered: counts.entered,
        left: counts.left,
        moved: counts.moved,
        zones: books.zones,
        followed: books.followed,
        committed: books.committed,
        duplicates: books.duplicates,
        lost: books.lost,
        meters: books.meters,
    })
}

/// Waits until every node was heard once, so that a demo does not begin with a list of silent ones.
/// Gives up when that takes long: then silence is worth showing.
async fn everybody_is_heard(agent: &Agent, nodes: usize, patience: Duration) {
    let end = Instant::now() + patience;
    while Instant::now() < end {
        if let Ok(answer) = agent.get::<Status>("/v1/status").await
            && answer.body.nodes.heard == nodes
        {
            return;
        }
        // Nothing announces it; a node connects within some ms.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Where a demo keeps its files; gone when it has ended.
struct Place {
    folder: PathBuf,
    socket: PathBuf,
}

impl Place {
    fn new() -> Result<Self, Error> {
        let folder = std::env::temp_dir().join(format!("campus-demo-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| Error::Run {
            what: format!("cannot make the folder `{}`: {error}", folder.display()),
            hint: Some("set TMPDIR to a folder that this user may write to".to_owned()),
        })?;
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let usual = demo_socket(runtime.as_deref(), crate::session::uid());
        // A second demo does not disturb the first; `--agent` finds it.
        let taken = std::os::unix::net::UnixStream::connect(&usual).is_ok();
        let socket = if taken { folder.join("agent.sock") } else { usual };
        Ok(Self { folder, socket })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed is in the temporary folder, where it does no harm.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The agent, configured by the same text that a person would write.
async fn start_agent(
    settings: &Settings,
    plan: &Plan,
    place: &Place,
    clock: ScaledClock,
) -> Result<Running, Error> {
    let (url, listen) = match &settings.broker {
        Broker::Embedded => ("embedded", Some("127.0.0.1:0")),
        Broker::Url(url) => (url.as_str(), None),
    };
    let text = plan.config_toml(&AgentSettings {
        broker_url: url,
        broker_listen: listen,
        anonymous_read: settings.broker == Broker::Embedded,
        store_path: "campus.db",
        socket: place.socket.to_str(),
        ..AgentSettings::default()
    });
    let path = place.folder.join("campus.toml");
    // For people who want to look at it; the agent reads the text itself.
    let _ = std::fs::write(&path, &text);
    let config = Config::parse(&text, &path.to_string_lossy())
        .map_err(|error| Error::Config { shown: error.to_string() })?;
    let clock = Clock::scaled(clock.origin_real, clock.origin_campus_ms, clock.speed);
    // A demo's database lives for minutes: it needs no ballast for a full disk.
    let limits = store::Limits { ballast_bytes: 0, ..store::Limits::default() };
    run::start(config, clock, limits).await.map_err(Error::from)
}

fn ready(settings: &Settings, plan: &Plan, place: &Place, running: &Running) -> Ready {
    let (host, port) = &running.broker;
    Ready {
        socket: running.socket.clone(),
        broker: format!("mqtt://{host}:{port}"),
        folder: place.folder.clone(),
        rooms: plan.rooms.len(),
        nodes: plan.nodes.len(),
        meters: plan.meters().len(),
        emulated: settings.emulated.as_ref().map_or(0, |emulated| emulated.rooms as usize),
        seed: settings.seed,
        speed: settings.speed,
    }
}

/// What the people and the lamps of the simulation did.
#[derive(Default)]
struct Counts {
    entered: u64,
    left: u64,
    moved: u64,
}

impl Counts {
    fn note(&mut self, happening: Result<simulator::room::Happening, broadcast::error::RecvError>) {
        let Ok(happening) = happening else { return };
        match happening.what {
            What::Occupied { .. } => self.entered += 1,
            What::Left => self.left += 1,
            What::Lamp { .. } => self.moved += 1,
            What::Pressed { .. } => {}
        }
    }
}

/// The agent's books, beside the physical truth.
struct Books {
    zones: u64,
    followed: u64,
    committed: u64,
    duplicates: u64,
    lost: u64,
    meters: Vec<MeterOutcome>,
}

/// Reads everything one last time, until it agrees or there is no more patience.
async fn account(
    agent: &Agent,
    runner: &Runner,
    patience: Duration,
) -> Result<(Status, Books), Error> {
    let end = Instant::now() + patience;
    loop {
        let books = books(agent, &runner.truth(), runner.plan()).await?;
        let settled =
            books.followed == books.zones && books.meters.iter().all(MeterOutcome::adds_up);
        if settled || Instant::now() >= end {
            let Answer { body: status, .. } = agent.get::<Status>("/v1/status").await?;
            return Ok((status, books));
        }
        // The next report is on its way; nothing announces it.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn books(agent: &Agent, truth: &Truth, plan: &Plan) -> Result<Books, Error> {
    let Answer { body: energy, .. } = agent.get::<Energy>("/v1/energy").await?;
    let Answer { body: nodes, .. } = agent.get::<Vec<Node>>("/v1/nodes").await?;
    let Answer { body: rooms, .. } = agent.get::<Vec<Room>>("/v1/rooms").await?;
    let registers: HashMap<String, u64> = truth
        .registers
        .iter()
        .map(|register| (format!("{}/{}", register.node, register.channel), register.energy_wh))
        .collect();
    let mut ledgers = energy.meters;
    // A building's own meter, and then what its rooms add to it.
    ledgers.sort_by_cached_key(|meter| (meter.place.clone(), meter.meter.clone()));
    let meters = ledgers.into_iter().map(|ledger| {
        let register = registers.get(&ledger.meter).copied().unwrap_or(0);
        let physical_wh = i64::try_from(register).unwrap_or(i64::MAX) - ledger.first_register_wh;
        MeterOutcome { ledger, physical_wh }
    });
    let (zones, followed) = following(&rooms, truth, plan);
    Ok(Books {
        zones,
        followed,
        committed: nodes.iter().map(|node| node.frames).sum(),
        duplicates: nodes.iter().map(|node| node.duplicates).sum(),
        lost: nodes.iter().map(|node| node.lost).sum(),
        meters: meters.collect(),
    })
}

/// Zones, and those whose lamps stand where the agent wants them, or where DALI comes nearest to it.
fn following(rooms: &[Room], truth: &Truth, plan: &Plan) -> (u64, u64) {
    let (mut zones, mut followed) = (0, 0);
    for room in rooms {
        let Some(real) = truth.rooms.iter().find(|real| real.room == room.id) else { continue };
        let Some(index) = plan.room(&room.id) else { continue };
        let lamps = plan.rooms[index].zones.iter().zip(&real.levels_pct);
        for (zone, level_pct) in lamps {
            let wanted = room.zones.iter().find(|wanted| wanted.id == zone.id);
            zones += 1;
            let stands = |wanted: u8| wanted == *level_pct || light_pct(wanted) == *level_pct;
            followed += u64::from(wanted.is_some_and(|wanted| stands(wanted.level_pct)));
        }
    }
    (zones, followed)
}
