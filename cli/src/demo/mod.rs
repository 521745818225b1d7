//! `campus demo`: a whole campus on this computer, and what is shown while it runs.
//!
//! [`run`] starts the campus ([`campus`], the only function that knows agent and simulator), follows
//! it through the agent's own API like any other client, and accounts for everything at the end.
//!
//! | module | what it holds |
//! |---|---|
//! | [`emulated`] | which rooms have the real firmware in QEMU |
//! | [`happening`] | what happened between two snapshots, as lines |
//! | [`view`] | the live picture, drawn from a snapshot |
//! | [`screen`] | the terminal it is drawn on, and the keys |
//! | [`summary`] | the account at the end |

mod campus;
pub mod emulated;
pub mod happening;
pub mod screen;
pub mod summary;
pub mod view;

use crate::args::{Broker, Demo};
use crate::client::Agent;
use crate::commands::follow;
use crate::error::{Error, Exit};
use crate::session::Session;
use crate::when::Clock;
use crate::words::Words;
use agent::api::types::Request;
use emulated::Emulated;
use std::path::PathBuf;
use std::time::Duration;
use summary::Outcome;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

/// What a demo is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Rooms of the school.
    pub rooms: u32,
    /// How many times as fast as real time.
    pub speed: f64,
    /// Seed of people, weather and faults.
    pub seed: u64,
    /// End after this much real time.
    pub for_time: Option<Duration>,
    /// Which broker.
    pub broker: Broker,
    /// The first rooms that have an emulated board.
    pub emulated: Option<Emulated>,
}

/// Something that a person who watches wants to know; each is one line.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// Everything runs; the agent answers on its socket.
    Ready(Ready),
    /// A room's occupancy, as the agent sees it.
    Occupancy { at_ms: i64, room: String, occupancy: String },
    /// A zone's wanted level.
    Level { at_ms: i64, room: String, zone: String, from_pct: u8, to_pct: u8, winner: Request },
    /// A node went silent.
    NodeSilent { at_ms: i64, node: String, place: String },
    /// A silent node speaks again.
    NodeBack { at_ms: i64, node: String, place: String },
    /// A part of the agent works with something missing.
    Degraded { at_ms: i64, part: String, what: String },
    /// It works again.
    Healed { at_ms: i64, part: String },
}

/// What runs, once it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    /// The agent's socket.
    pub socket: PathBuf,
    /// The broker's address.
    pub broker: String,
    /// Where configuration and database are.
    pub folder: PathBuf,
    /// How many rooms.
    pub rooms: usize,
    /// How many nodes.
    pub nodes: usize,
    /// How many meters.
    pub meters: usize,
    /// How many of the nodes are emulated boards.
    pub emulated: usize,
    /// Seed that repeats it.
    pub seed: u64,
    /// How many times as fast as real time.
    pub speed: f64,
}

/// Runs the demo until its time is over, or until `q` or Ctrl-C.
///
/// # Errors
/// When a part of it cannot start or go on.
pub fn run(args: &Demo, session: &Session) -> Result<Exit, Error> {
    let settings = Settings {
        rooms: args.rooms.max(args.qemu.unwrap_or(0)),
        speed: emulated::speed(args)?,
        seed: args.seed,
        for_time: args.for_time,
        broker: args.broker.clone(),
        emulated: emulated::find(args)?,
    };
    // Agent, broker, nodes and view share the machine; a second thread keeps the view smooth.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Error::Output)?;
    let live = session.terminal && !args.plain;
    runtime.block_on(orchestrate(settings, session, live, campus::run))
}

/// Runs `campus` and what shows it side by side; accounts for it when both have ended.
async fn orchestrate<F, C>(
    settings: Settings,
    session: &Session,
    live: bool,
    campus: F,
) -> Result<Exit, Error>
where
    F: FnOnce(Settings, UnboundedSender<Happening>, watch::Receiver<bool>) -> C,
    C: Future<Output = Result<Outcome, Error>>,
{
    session.talk(&Words::new(session.lang).text("demo-starting"));
    let (tell, told) = unbounded_channel();
    let (stop, stopped) = watch::channel(false);
    let shown = async {
        let end = show(told, session, live, settings.for_time).await;
        session.talk(&Words::new(session.lang).text("demo-stopping"));
        // Whatever ended the view ends the campus; when the campus ended first nobody listens.
        let _ = stop.send(true);
        end
    };
    let (outcome, shown) = tokio::join!(campus(settings.clone(), tell, stopped), shown);
    // Why the campus ended says more than why the view did.
    let outcome = outcome?;
    shown?;
    let page = session.page_at(Clock::new(outcome.ended_ms, &outcome.time_zone));
    session.print(&summary::render(&outcome, &settings.command(), &page))?;
    Ok(summary::exit(&outcome))
}

impl Settings {
    /// The command that repeats this demo.
    fn command(&self) -> String {
        let mut command = format!(
            "campus demo --rooms {} --speed {} --seed {}",
            self.rooms, self.speed, self.seed
        );
        if let Some(time) = self.for_time {
            command.push_str(&format!(
                " --for {}",
                humantime::format_duration(time).to_string().replace(' ', "")
            ));
        }
        if let Some(Emulated { rooms, image }) = &self.emulated {
            command.push_str(&format!(" --qemu {rooms} --firmware {}", image.display()));
        }
        if let Broker::Url(url) = &self.broker {
            command.push_str(&format!(" --broker {url}"));
        }
        command
    }
}

/// Shows the campus from when it is ready until it ends, is over or is no longer wanted.
async fn show(
    mut told: UnboundedReceiver<Happening>,
    session: &Session,
    live: bool,
    for_time: Option<Duration>,
) -> Result<(), Error> {
    let ready = tokio::select! {
        ready = first_ready(&mut told) => ready,
        _ = screen::interrupted() => None,
    };
    // Without it the campus could not start, or nobody wants it any more.
    let Some(ready) = ready else { return Ok(()) };
    let agent = Agent::at(ready.socket.clone());
    let words = Words::new(session.lang);
    for line in happening::ready_lines(&ready, &words) {
        session.talk(&line);
    }
    follow(agent, session, live, for_time, Some(told)).await
}

async fn first_ready(told: &mut UnboundedReceiver<Happening>) -> Option<Ready> {
    loop {
        if let Happening::Ready(ready) = told.recv().await? {
            return Some(ready);
        }
    }
}

#[cfg(test)]
mod tests;
