//! `campus node inspect`, `logs`, `erase`: what is asked of a node at a serial cable.

use super::repair::confirm;
use crate::cable::{Cable, Fault};
use crate::client::Agent;
use crate::error::{Error, Exit};
use crate::render;
use crate::session::Session;
use crate::when::Clock;
use crate::words::Words;
use agent::api::types::{UnlockNode, Unlocked};
use serde::Serialize;
use smp::reply::{Saying, bytes_of, read_live};
use smp::{Check, Refused, Request, Who};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// A node as it shows itself at a cable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Ethernet address, 12 hexadecimal digits.
    pub serial: String,
    /// Which board.
    pub board: String,
    /// Version of its program.
    pub firmware: String,
    /// Restart counter.
    pub boot: u32,
    /// Who it is: `campus`, `node`, `broker`, `lamps`, `fitted`, …; empty for a new node.
    pub identity: BTreeMap<String, String>,
    /// Tells one identity from another.
    #[serde(skip)]
    pub sum: u32,
    /// It has a key.
    pub locked: bool,
    /// Why it has no identity; empty where it has one.
    pub why: String,
}

impl Node {
    /// Asks who is there.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn at(cable: &mut Cable) -> Result<Self, Fault> {
        let body = cable.ask(Request::Who)?;
        let who = Who::read(&body).map_err(|_| Fault::Garbled { port: cable.port().to_owned() })?;
        let lines = who.page.lines().filter_map(|line| line.split_once('='));
        Ok(Self {
            serial: who.serial.to_owned(),
            board: who.board.to_owned(),
            firmware: who.firmware.to_owned(),
            boot: who.boot,
            identity: lines.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            sum: who.sum,
            locked: who.locked,
            why: who.why.to_owned(),
        })
    }

    /// Its name; none for a new node.
    pub fn name(&self) -> Option<&str> {
        self.identity.get("node").map(String::as_str)
    }
}

/// How a node is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// ms since its start.
    pub up_ms: u64,
    /// `no-address`, `connecting`, `connected`.
    pub session: String,
    /// Why there is none; empty while there is one.
    pub trouble: String,
    /// Its IPv4 address; absent without one.
    pub address: Option<std::net::Ipv4Addr>,
    /// Frames that nobody has acknowledged yet.
    pub held: u32,
    /// Writes to flash that failed.
    pub flash_errors: u32,
    /// Wrong keys since its start.
    pub wrong_keys: u32,
}

impl State {
    /// Asks how it is.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn at(cable: &mut Cable) -> Result<Self, Fault> {
        let body = cable.ask(Request::Check)?;
        let check =
            Check::read(&body).map_err(|_| Fault::Garbled { port: cable.port().to_owned() })?;
        Ok(Self {
            up_ms: check.up,
            session: check.session.to_owned(),
            trouble: check.trouble.to_owned(),
            address: (check.address != 0).then(|| check.address.into()),
            held: check.held,
            flash_errors: check.flash_errors,
            wrong_keys: check.wrong,
        })
    }
}

/// All that `inspect` shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Who it is.
    #[serde(flatten)]
    pub node: Node,
    /// How it is.
    pub state: State,
    /// What its sensors say by `quantity` or `quantity.channel`: a number of thousandths, or one word why there is none.
    pub readings: BTreeMap<String, serde_json::Value>,
}

pub async fn inspect(
    session: &Session,
    port: &Path,
    blink: Option<Duration>,
    json: bool,
) -> Result<Exit, Error> {
    let mut cable = Cable::open(port)?;
    let node = Node::at(&mut cable)?;
    let seen = Seen { state: State::at(&mut cable)?, readings: readings(&mut cable)?, node };
    if let Some(blink) = blink {
        open(session, &mut cable, &seen.node).await?;
        let ms = u32::try_from(blink.as_millis()).unwrap_or(u32::MAX);
        cable.ask(Request::Blink { ms })?;
    }
    if json {
        let text = serde_json::to_string(&seen).map_err(std::io::Error::from)?;
        session.print_json(text.as_bytes())?;
    } else {
        session.print(&render::bench::seen(&seen, &session.page_at(Clock::new(0, "UTC"))))?;
    }
    let well = seen.state.flash_errors == 0
        && (seen.node.name().is_none() || seen.state.session == "connected");
    Ok(if well { Exit::Done } else { Exit::PersonNeeded })
}

fn readings(cable: &mut Cable) -> Result<BTreeMap<String, serde_json::Value>, Fault> {
    let mut readings = BTreeMap::new();
    let body = match cable.ask(Request::Live) {
        Ok(body) => body,
        // A new node has no sensors yet.
        Err(Fault::Refused { refused: Refused::NotYet, .. }) => return Ok(readings),
        Err(fault) => return Err(fault),
    };
    let read = read_live(&body, |quantity, channel, saying| {
        let name =
            if channel.is_empty() { quantity.to_owned() } else { format!("{quantity}.{channel}") };
        let value = match saying {
            Saying::Milli(milli) => milli.into(),
            Saying::No(why) => why.into(),
        };
        readings.insert(name, value);
    });
    read.map_err(|_| Fault::Garbled { port: cable.port().to_owned() })?;
    Ok(readings)
}

/// Opens a node that has a key: its agent answers its challenge. A new one is open.
pub async fn open(session: &Session, cable: &mut Cable, node: &Node) -> Result<(), Error> {
    let Some(name) = node.name().filter(|_| node.locked) else { return Ok(()) };
    let agent = session.agent().await?;
    unlock(&agent, cable, node, name).await
}

/// The same with an agent that is there.
pub async fn unlock(
    agent: &Agent,
    cable: &mut Cable,
    node: &Node,
    name: &str,
) -> Result<(), Error> {
    let body = cable.ask(Request::Challenge)?;
    let garbled = || Fault::Garbled { port: cable.port().to_owned() };
    let challenge = bytes_of(&body, "challenge").map_err(|_| garbled())?;
    let asked = UnlockNode::asking(&node.serial, challenge);
    let told: Unlocked = agent.post(&format!("/v1/nodes/{name}/unlock"), &asked).await?.body;
    let answer = told.bytes().ok_or_else(garbled)?;
    cable.ask(Request::Answer(&answer))?;
    Ok(())
}

pub fn logs(session: &Session, port: &Path, for_time: Option<Duration>) -> Result<Exit, Error> {
    let mut cable = Cable::open(port)?;
    let end = for_time.map(|time| Instant::now() + time);
    loop {
        let look = Instant::now() + Duration::from_secs(1);
        let until = end.map_or(look, |end| end.min(look));
        if let Some(line) = cable.log_line(until)? {
            session.print(&format!("{line}\n"))?;
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return Ok(Exit::Done);
        }
    }
}

pub async fn erase(session: &Session, port: &Path, yes: bool) -> Result<Exit, Error> {
    let mut cable = Cable::open(port)?;
    let node = Node::at(&mut cable)?;
    let words = Words::new(session.lang);
    if !yes {
        let name = node.name().unwrap_or(&node.serial);
        confirm(&words.say("bench-erase-sure", &[("name", name.into())]), session)?;
    }
    open(session, &mut cable, &node).await?;
    cable.ask(Request::Erase { serial: &node.serial })?;
    cable.ask(Request::Restart)?;
    let named = [("serial", node.serial.as_str().into())];
    session.print(&format!("{}\n", words.say("bench-erased", &named)))?;
    Ok(Exit::Done)
}
