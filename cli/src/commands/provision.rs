//! `campus node provision`: one node at a cable, or a table of them.
//!
//! ```text
//! who are you? ─► agent: a credential for this name ─► identity over the cable ─► restart ─► heard?
//! ```
//! The credential goes from the agent to the node: it is printed nowhere and kept nowhere here.

use super::bench::{self, Node, State};
use crate::args;
use crate::cable::{Cable, Fault};
use crate::client::Agent;
use crate::error::{Error, Exit, Noun};
use crate::session::Session;
use crate::words::Words;
use crate::{label, render};
use agent::api::types::{self, ProvisionNode, Provisioned, Room, Status};
use smp::Request;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often the node and the agent are asked whether they have met.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A node is given at most this to come back after its restart, before the cable counts as pulled.
const BACK_IN: Duration = Duration::from_secs(20);

/// One node that is to be provisioned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// Where it is plugged in.
    pub port: PathBuf,
    /// Room it is for.
    pub room: Option<String>,
    /// Its name, where that is said.
    pub node: Option<String>,
    /// What is wired to it, with commas.
    pub fitted: Option<String>,
    /// It takes another one's name.
    pub replace: bool,
    /// Why.
    pub why: Option<String>,
}

/// A node that was provisioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Its name.
    pub node: String,
    /// Where it is: `science/101`, or a building.
    pub place: String,
    /// The installation.
    pub campus: String,
    /// Its hardware.
    pub serial: String,
    /// Which board.
    pub board: String,
    /// What took how long, in order, ms.
    pub steps: Vec<(&'static str, u64)>,
    /// It was done before, and nothing was changed.
    pub already: bool,
    /// Why it is not heard; absent when it is.
    pub unheard: Option<String>,
}

pub async fn provision(session: &Session, args: &args::Provision) -> Result<Exit, Error> {
    let agent = session.agent().await?;
    match &args.table {
        Some(table) => many(&agent, session, args, table).await,
        None => {
            let job = Job {
                port: args.port.clone().unwrap_or_default(),
                room: args.room.clone(),
                node: args.node.clone(),
                fitted: args.fitted.as_ref().map(|parts| parts.join(",")),
                replace: args.replace,
                why: args.why.clone(),
            };
            let done = one(&agent, session, args, &job).await?;
            session.print(&render::bench::done(&done, &Words::new(session.lang)))?;
            Ok(if done.unheard.is_none() { Exit::Done } else { Exit::PersonNeeded })
        }
    }
}

/// A table of nodes: one that fails does not stop the rest.
async fn many(
    agent: &Agent,
    session: &Session,
    args: &args::Provision,
    table: &Path,
) -> Result<Exit, Error> {
    let jobs = read(table)?;
    let words = Words::new(session.lang);
    let (mut failed, mut took) = (0, Vec::new());
    for (at, job) in jobs.iter().enumerate() {
        let began = Instant::now();
        let line = match one(agent, session, args, job).await {
            Ok(done) => {
                failed += usize::from(done.unheard.is_some());
                took.extend((!done.already).then(|| ms_since(began)));
                render::bench::row(&done, ms_since(began), &words)
            }
            Err(error) => {
                failed += 1;
                render::bench::failed(&job.port, &error.render(&words, false))
            }
        };
        session.print(&format!("{}/{} {line}", at + 1, jobs.len()))?;
    }
    took.sort_unstable();
    session.print(&render::bench::total(jobs.len(), failed, &took, &words))?;
    Ok(if failed == 0 { Exit::Done } else { Exit::PersonNeeded })
}

/// One node, from its cable to the agent's ear.
async fn one(
    agent: &Agent,
    session: &Session,
    args: &args::Provision,
    job: &Job,
) -> Result<Done, Error> {
    let mut steps = Steps::new();
    let mut cable = Cable::open(&job.port)?;
    let node = Node::at(&mut cable)?;
    steps.end("cable");
    let (name, place) = name(agent, job, &node).await?;
    let status: Status = agent.get("/v1/status").await?.body;
    let mut done = Done {
        node: name.clone(),
        place,
        campus: status.campus.clone(),
        serial: node.serial.clone(),
        board: node.board.clone(),
        steps: Vec::new(),
        already: false,
        unheard: None,
    };
    if args.table.is_some() && is_done(agent, &node, &name).await? {
        done.already = true;
        return Ok(done);
    }
    if let Some(own) = node.name().filter(|_| node.locked) {
        bench::unlock(agent, &mut cable, &node, own).await?;
        steps.end("unlock");
    }
    let asked = ProvisionNode {
        serial: node.serial.clone(),
        board: node.board.clone(),
        replace: job.replace,
        why: job.why.clone(),
    };
    let told: Provisioned = agent.post(&format!("/v1/nodes/{name}/provision"), &asked).await?.body;
    steps.end("credential");
    let known: types::Node = agent.get(&format!("/v1/nodes/{name}")).await?.body;
    let wish = Wish { broker: args.broker.as_deref(), fitted: job.fitted.as_deref() };
    let page = page(&told, &node, &wish, known.boot);
    cable.ask(Request::Identity { serial: &node.serial, page: &page })?;
    steps.end("write");
    let since_ms = agent.get::<Status>("/v1/status").await?.body.now_ms;
    cable.ask(Request::Restart)?;
    done.unheard = heard(agent, session, &mut cable, &done, since_ms, args.within).await?;
    steps.end("heard");
    if let Some(folder) = &args.label {
        label::write(folder, &done)?;
        steps.end("label");
    }
    done.steps = steps.done;
    Ok(done)
}

/// What was said of a node beside its name.
#[derive(Clone, Copy, Debug, Default)]
struct Wish<'a> {
    broker: Option<&'a str>,
    fitted: Option<&'a str>,
}

/// The lines of the identity page. They hold secrets. `boot` is the boot counter of this name as the agent knows it:
/// a board that is new to it goes on above, or what it says would pass for the past of the one before.
fn page(told: &Provisioned, node: &Node, wish: &Wish<'_>, boot: Option<u32>) -> String {
    let known = |key: &str| node.identity.get(key).map_or("", String::as_str);
    let broker = wish.broker.unwrap_or(&told.broker);
    let mut page = String::new();
    let mut line = |key: &str, value: &str| {
        // A string takes everything.
        let _ = writeln!(page, "{key}={value}");
    };
    line("campus", &told.campus);
    line("node", &told.node);
    line("broker", broker);
    line("password", &told.password);
    line("profile", &told.profile);
    line("lamps", &told.lamps.join(","));
    line("fitted", wish.fitted.unwrap_or_else(|| known("fitted")));
    if let Some(ca) = &told.ca {
        line("server", &told.server);
        line("ca", ca);
    }
    line("unlock", &told.unlock);
    if let Some(boot) = boot {
        line("boot", &boot.saturating_add(1).to_string());
    }
    page
}

/// Name and place of the node that is meant: as said, or the one that campus.toml names for the room, or what it
/// is called already.
async fn name(agent: &Agent, job: &Job, node: &Node) -> Result<(String, String), Error> {
    let known: Vec<types::Node> = agent.get("/v1/nodes").await?.body;
    let names = || known.iter().map(|node| node.id.clone()).collect::<Vec<_>>();
    let named = match (&job.node, &job.room) {
        (Some(name), _) => name.clone(),
        (None, Some(room)) => of_room(agent, room).await?,
        (None, None) => {
            let own = node.name().filter(|own| known.iter().any(|node| node.id == *own));
            own.ok_or_else(|| Error::NoRoom { port: job.port.clone() })?.to_owned()
        }
    };
    match known.iter().find(|node| node.id == named) {
        Some(node) => Ok((node.id.clone(), node.place.clone())),
        None => Err(Error::no_such(Noun::Node, &named, &names())),
    }
}

/// The only node of a room.
async fn of_room(agent: &Agent, name: &str) -> Result<String, Error> {
    let rooms: Vec<Room> = agent.get("/v1/rooms").await?.body;
    let known: Vec<String> = rooms.iter().map(|room| room.id.clone()).collect();
    let room = rooms.iter().find(|room| room.id == name);
    let room = room.ok_or_else(|| Error::no_such(Noun::Room, name, &known))?;
    match room.nodes.as_slice() {
        [only] => Ok(only.clone()),
        nodes => Err(Error::WhichNode { room: name.to_owned(), nodes: nodes.to_vec() }),
    }
}

/// Whether this board has this name already and is heard.
async fn is_done(agent: &Agent, node: &Node, name: &str) -> Result<bool, Error> {
    let known: types::Node = agent.get(&format!("/v1/nodes/{name}")).await?.body;
    let same =
        known.hardware.is_some_and(|held| held.serial == node.serial && held.revoked_ms.is_none());
    Ok(same && node.name() == Some(name) && known.state == "online")
}

/// Waits until the agent hears the node; why not, when it does not.
async fn heard(
    agent: &Agent,
    session: &Session,
    cable: &mut Cable,
    done: &Done,
    since_ms: i64,
    within: Duration,
) -> Result<Option<String>, Error> {
    let end = Instant::now() + within;
    let words = Words::new(session.lang);
    let mut last = String::new();
    while Instant::now() < end {
        let known: types::Node = agent.get(&format!("/v1/nodes/{}", done.node)).await?.body;
        let fresh = known.last_heard_ms.is_some_and(|ms| ms >= since_ms);
        if fresh && known.state == "online" {
            session.progress("");
            return Ok(None);
        }
        // The board behind a USB cable goes and comes back with its restart.
        if let Ok(state) = State::at(cable) {
            last = if state.trouble.is_empty() { state.session } else { state.trouble };
        } else if let Ok(again) = reopened(cable.port(), end.min(Instant::now() + BACK_IN)).await {
            *cable = again;
        }
        session.progress(&words.say("bench-waiting", &[("state", last.as_str().into())]));
        tokio::time::sleep(LOOK_EVERY).await;
    }
    session.progress("");
    Ok(Some(last))
}

async fn reopened(port: &Path, until: Instant) -> Result<Cable, Fault> {
    loop {
        let opened = Cable::open(port);
        if opened.is_ok() || Instant::now() >= until {
            return opened;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Reads a table of nodes.
fn read(path: &Path) -> Result<Vec<Job>, Error> {
    let bad = |line: u64, what: &str| Error::BadTable {
        path: path.to_owned(),
        line,
        what: what.to_owned(),
    };
    let file =
        std::fs::File::open(path).map_err(|error| Error::Input { path: path.to_owned(), error })?;
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(file);
    let head = rows.headers().map_err(|error| bad(1, &error.to_string()))?.clone();
    let known = ["port", "room", "node", "fitted", "replace", "why"];
    if let Some(strange) = head.iter().find(|name| !known.contains(name)) {
        return Err(bad(1, strange));
    }
    let mut jobs: Vec<Job> = Vec::new();
    for row in rows.records() {
        let row = row.map_err(|error| {
            bad(error.position().map_or(0, csv::Position::line), &error.to_string())
        })?;
        let line = row.position().map_or(0, csv::Position::line);
        let of = |name: &str| {
            let at = head.iter().position(|known| known == name)?;
            row.get(at).filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let job = Job {
            port: of("port").ok_or_else(|| bad(line, "port"))?.into(),
            room: of("room"),
            node: of("node"),
            fitted: of("fitted").map(|parts| parts.replace([' ', ';', '+'], ",")),
            replace: of("replace").is_some_and(|word| word == "yes" || word == "true"),
            why: of("why"),
        };
        if job.room.is_none() && job.node.is_none() {
            return Err(bad(line, "room"));
        }
        if jobs
            .iter()
            .any(|other| other.port == job.port || (job.node.is_some() && other.node == job.node))
        {
            return Err(bad(line, "port"));
        }
        jobs.push(job);
    }
    Ok(jobs)
}

/// What took how long.
struct Steps {
    done: Vec<(&'static str, u64)>,
    began: Instant,
}

impl Steps {
    fn new() -> Self {
        Self { done: Vec::new(), began: Instant::now() }
    }

    fn end(&mut self, step: &'static str) {
        self.done.push((step, ms_since(self.began)));
        self.began = Instant::now();
    }
}

fn ms_since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
