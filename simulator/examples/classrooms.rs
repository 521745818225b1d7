//! Emulated classrooms against an agent that runs: what `cargo xtask qemu` starts.
//!
//! Each is a QEMU with the real firmware, in a room where people come and go in real time from a
//! Monday morning on. Says what happens in the rooms until Ctrl-C.

use simulator::emulated::QEMU;
use simulator::{Emulated, Plan, Runner, RunnerSettings, ScaledClock, What};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

/// Monday 2026-09-07, 09:30 in Shanghai, ms UTC: ten minutes later rooms empty and fill.
const START_MS: i64 = 1_788_744_600_000;

/// What is asked for.
struct Asked {
    image: PathBuf,
    folder: PathBuf,
    nodes: usize,
    broker: (String, u16),
    campus: String,
    password: String,
    /// The agent's configuration, whose nodes are taken.
    config: Option<toml::Table>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::of(std::env::args().skip(1))?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build()?.block_on(run(asked))
}

async fn run(asked: Asked) -> Result<(), Box<dyn Error>> {
    let plan = Arc::new(asked.plan()?);
    let clock = ScaledClock::new(START_MS, 1.0);
    let mut settings = RunnerSettings::new(plan.clone(), asked.broker.clone(), clock);
    let password = asked.password.clone();
    settings.credentials = Arc::new(move |node| Some((node.to_owned(), password.clone())));
    settings.emulated = Some(Emulated {
        nodes: asked.nodes,
        image: asked.image.clone(),
        folder: asked.folder.clone(),
    });
    let (host, port) = &asked.broker;
    println!("campus {} at {host}:{port}; {} emulated boards ({QEMU})", plan.id, asked.nodes);
    let mut runner = Runner::start(settings);
    let mut happenings = runner.happenings();
    runner.emulate().await?;
    for node in plan.nodes.iter().take(asked.nodes) {
        let log = asked.folder.join(&node.id).join("console.log");
        println!("{}  console {}", node.id, log.display());
    }
    println!("Ctrl-C ends them");
    loop {
        tokio::select! {
            happening = happenings.recv() => {
                if let Ok(happening) = happening {
                    let room = &plan.rooms[happening.room];
                    println!("{}  {}", room.id, words(happening.what, room));
                }
            }
            ended = tokio::signal::ctrl_c() => {
                ended?;
                break;
            }
        }
    }
    runner.stop().await;
    Ok(())
}

fn words(what: What, room: &simulator::campus::Room) -> String {
    let zone = |zone: usize| room.zones.get(zone).map_or("?", |zone| zone.id);
    match what {
        What::Occupied { people } => format!("{people} people come"),
        What::Left => "the last people leave".to_owned(),
        What::Pressed { zone: pressed } => {
            format!("somebody presses the switch of {}", zone(pressed))
        }
        What::Lamp { zone: lit, from_pct, to_pct } => {
            format!("lamps of {} go from {from_pct} % to {to_pct} %", zone(lit))
        }
    }
}

impl Asked {
    fn of(args: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut asked = Self {
            image: PathBuf::new(),
            folder: std::env::temp_dir().join(format!("ce-qemu-{}", std::process::id())),
            nodes: 1,
            broker: (String::new(), 0),
            campus: "demo".to_owned(),
            // Firmware without a password gives no name either, by which an embedded broker knows it.
            password: "demo".to_owned(),
            config: None,
        };
        let mut args = args.into_iter();
        while let Some(name) = args.next() {
            let value = args.next().ok_or_else(|| format!("{name} wants a value"))?;
            match name.as_str() {
                "--image" => asked.image = value.into(),
                "--folder" => asked.folder = value.into(),
                "--nodes" => asked.nodes = value.parse()?,
                "--broker" => asked.broker = host_and_port(&value)?,
                "--campus" => asked.campus = value,
                "--password-file" => {
                    let text = std::fs::read_to_string(&value)
                        .map_err(|error| format!("{value}: {error}"))?;
                    asked.password = text.lines().next().unwrap_or_default().to_owned();
                }
                "--config" => asked.read_config(&value)?,
                other => return Err(format!("no argument `{other}`").into()),
            }
        }
        if asked.broker.0.is_empty() {
            return Err("say which broker: --broker mqtt://HOST:PORT, or --config FILE".into());
        }
        Ok(asked)
    }

    /// Campus and broker as the agent has them. An embedded broker has to listen on a fixed port.
    fn read_config(&mut self, path: &str) -> Result<(), Box<dyn Error>> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let config: toml::Table = text.parse().map_err(|error| format!("{path}: {error}"))?;
        let word = |table: &str, key: &str| Some(config.get(table)?.get(key)?.as_str()?.to_owned());
        let broker = match word("broker", "url") {
            Some(url) if url != "embedded" => Some(url),
            _ => word("broker", "listen"),
        };
        if self.broker.0.is_empty() {
            let broker = broker.ok_or_else(|| format!("{path} names no broker"))?;
            self.broker = host_and_port(&broker)?;
        }
        self.campus = word("campus", "id").ok_or_else(|| format!("{path} names no campus"))?;
        self.config = Some(config);
        Ok(())
    }

    /// The rooms: the demo's, or the configured ones with the names of their nodes and zones.
    fn plan(&self) -> Result<Plan, Box<dyn Error>> {
        let rooms = match &self.config {
            Some(config) => configured(config),
            None => Vec::new(),
        };
        if self.config.is_some() && rooms.len() < self.nodes {
            let found = rooms.len();
            return Err(format!("the configuration has {found} rooms with a node of lamps").into());
        }
        let mut plan = Plan::new(self.nodes, 1);
        plan.id.clone_from(&self.campus);
        // Room nodes stand first; the others are somebody else's.
        plan.nodes.truncate(self.nodes);
        for (at, (room, node, channels)) in rooms.into_iter().take(self.nodes).enumerate() {
            plan.rooms[at].id = room;
            plan.nodes[at].id = node;
            plan.rooms[at].zones.truncate(channels.len());
            for (zone, channel) in plan.rooms[at].zones.iter_mut().zip(channels) {
                // A few names for as long as this program runs.
                zone.id = Box::leak(channel.into_boxed_str());
            }
        }
        Ok(plan)
    }
}

/// Rooms of a configuration as (room, node, lamp channels): those whose zones say a node, or that
/// have one node.
fn configured(config: &toml::Table) -> Vec<(String, String, Vec<String>)> {
    let tables = |key: &str| config.get(key).and_then(toml::Value::as_array).cloned();
    let word = |table: &toml::Value, key: &str| Some(table.get(key)?.as_str()?.to_owned());
    let nodes = tables("node").unwrap_or_default();
    let mut rooms = Vec::new();
    for room in tables("room").unwrap_or_default() {
        let Some(id) = word(&room, "id") else { continue };
        let zones = room.get("zone").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let of_zone = zones.iter().find_map(|zone| word(zone, "node"));
        let of_room = || {
            let own = nodes.iter().find(|node| word(node, "room").as_ref() == Some(&id))?;
            word(own, "id")
        };
        let channel = |zone: &toml::Value| word(zone, "channel").or_else(|| word(zone, "id"));
        let channels: Vec<String> = zones.iter().filter_map(channel).collect();
        if let Some(node) = of_zone.or_else(of_room).filter(|_| !channels.is_empty()) {
            rooms.push((id, node, channels));
        }
    }
    rooms
}

fn host_and_port(text: &str) -> Result<(String, u16), Box<dyn Error>> {
    let plain = text.strip_prefix("mqtt://").unwrap_or(text);
    let (host, port) = plain.rsplit_once(':').unwrap_or((plain, "1883"));
    let port = port.parse().map_err(|_| format!("`{text}` has no port"))?;
    if port == 0 {
        return Err(
            "the broker has to listen on a fixed port: `listen = \"127.0.0.1:1883\"`".into()
        );
    }
    // What listens everywhere is reached here.
    let host = if host == "0.0.0.0" { "127.0.0.1" } else { host };
    Ok((host.to_owned(), port))
}
