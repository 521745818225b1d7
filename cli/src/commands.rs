//! One function per command: ask the agent, render, say how it ended.

mod accept;
mod agent;
mod bench;
mod broker;
mod calendar;
mod calibrate;
mod config;
mod energy;
mod events;
mod export;
mod hub;
mod hubs;
mod import;
mod learn;
mod meter;
mod node;
mod probe;
mod profile;
mod provision;
mod repair;
mod replay;
mod report;
mod room;
mod rule;
mod ruling;
mod watch;

use crate::args::{
    Bench, Calendar, Campus, Command, Energy, Hub, HubAsk, HubIncarnation, Json, Meter, Node, Room,
    Rule, Timetable,
};
use crate::client::Agent;
use crate::error::{Error, Exit};
use crate::page::Page;
use crate::session::Session;
use crate::{demo, render};
use ::agent::api::types::Status;
use clap::CommandFactory;

pub use accept::Accepted;
pub use bench::Seen;
pub use broker::files::Found as BrokerFound;
pub use learn::BadTruth;
#[cfg(test)]
pub use learn::What;
pub use provision::Done;
pub use watch::follow;

/// Does what was asked.
///
/// # Errors
/// When it could not be done.
pub fn run(command: Command, session: &Session) -> Result<Exit, Error> {
    match command {
        Command::Demo(args) => demo::run(&args, session),
        Command::Agent { config } => agent::run(&config),
        // What a campus sends is asked of its agent; a hub has none.
        Command::Hub(command) if !matches!(command, Hub::Ask(_)) => hub::run(&command, session),
        Command::Broker(command) => broker::run(&command, session),
        Command::Config(command) => config::run(&command, session),
        Command::Completions { shell } => completions(shell, session),
        Command::Profile(command) => profile::run(&command, session),
        Command::Timetable(Timetable::Import(args)) => import::run(&args, session),
        Command::Rule(Rule::Check(args)) => rule::check(&args, session),
        // A node at a cable is asked itself; the agent only where it has to open it.
        Command::Node(Node::Bench(Bench::Inspect { port, blink, json })) => {
            small_runtime()?.block_on(bench::inspect(session, &port, blink, json.json))
        }
        Command::Node(Node::Bench(Bench::Logs { port, for_time })) => {
            bench::logs(session, &port, for_time)
        }
        Command::Node(Node::Bench(Bench::Erase { port, yes })) => {
            small_runtime()?.block_on(bench::erase(session, &port, yes))
        }
        Command::Node(Node::Bench(Bench::Provision(args))) => {
            small_runtime()?.block_on(provision::provision(session, &args))
        }
        Command::Node(Node::Bench(Bench::Accept(args))) => {
            small_runtime()?.block_on(accept::accept(session, &args))
        }
        // Without a bus of the configuration there is no agent to ask.
        Command::Meter(Meter::Probe(args)) if args.bus.is_none() => {
            small_runtime()?.block_on(probe::bench(&args, session))
        }
        asking => small_runtime()?.block_on(ask(asking, session)),
    }
}

/// Commands that ask a running agent.
async fn ask(command: Command, session: &Session) -> Result<Exit, Error> {
    let agent = session.agent().await?;
    match command {
        Command::Status(json) => status(&agent, session, json).await,
        Command::Watch { plain, json } => watch::run(agent, session, plain, json).await,
        Command::Room(Room::List(json)) => room::list(&agent, session, json).await,
        Command::Room(Room::Show(name)) => room::show(&agent, session, &name).await,
        Command::Room(Room::Explain { name, at }) => {
            room::explain(&agent, session, &name, at.as_deref()).await
        }
        Command::Room(Room::Set { room, level, for_time, zone, json }) => {
            let wish = room::Wish { level_pct: level, for_time };
            room::change(&agent, session, &room, zone.as_deref(), Some(wish), json).await
        }
        Command::Room(Room::Calibrate { room, dry_run, force, by, json }) => {
            let wish = calibrate::Wish { dry_run, force, by };
            calibrate::calibrate(&agent, session, &room, wish, json).await
        }
        Command::Room(Room::Learn(args)) => learn::run(&agent, session, &args).await,
        Command::Room(Room::Auto { room, zone, json }) => {
            room::change(&agent, session, &room, zone.as_deref(), None, json).await
        }
        Command::Room(Room::Scene { room, scene, for_time, json }) => {
            events::scene(&agent, session, &room, scene, for_time, json).await
        }
        Command::Room(Room::Lock { room, level, until, zone, said, json }) => {
            let (place, order) = ((room.as_str(), zone.as_deref()), Some((level, until.as_str())));
            events::lock(&agent, session, place, order, said, json).await
        }
        Command::Room(Room::Unlock { room, zone, said, json }) => {
            events::lock(&agent, session, (&room, zone.as_deref()), None, said, json).await
        }
        Command::Fire(command) => events::fire(&agent, session, command).await,
        Command::Demand(command) => events::demand(&agent, session, command).await,
        Command::Rule(Rule::Replay(args)) => replay::run(&agent, session, &args).await,
        Command::Rule(Rule::Plan(args)) => ruling::plan(&agent, session, &args).await,
        Command::Rule(Rule::Apply(args)) => ruling::apply(&agent, session, &args).await,
        Command::Rule(Rule::Rollback(args)) => ruling::rollback(&agent, session, &args).await,
        Command::Rule(Rule::History(json)) => ruling::history(&agent, session, json).await,
        Command::Rule(Rule::List(json)) => rule::list(&agent, session, json).await,
        Command::Energy(Energy::Show(args)) => energy::show(&agent, session, &args).await,
        Command::Energy(Energy::Audit(args)) => energy::audit(&agent, session, &args).await,
        Command::Energy(Energy::Explain(args)) => energy::explain(&agent, session, &args).await,
        Command::Energy(Energy::Repair(args)) => repair::repair(&agent, session, &args).await,
        Command::Energy(Energy::Export(args)) => export::run(&agent, session, &args).await,
        Command::Meter(Meter::List { of, json }) => {
            meter::list(&agent, session, of.as_deref(), json).await
        }
        Command::Meter(Meter::Read { meter, json }) => {
            meter::read(&agent, session, &meter, json).await
        }
        Command::Meter(Meter::Replace(args)) => repair::replace(&agent, session, &args).await,
        Command::Meter(Meter::Probe(args)) => probe::ask(&agent, session, &args).await,
        Command::Calendar(Calendar::Show(args)) => calendar::show(&agent, session, &args).await,
        Command::Timetable(Timetable::Show(args)) => {
            calendar::timetable(&agent, session, &args).await
        }
        Command::Report(command) => report::run(&agent, session, &command).await,
        Command::Node(Node::List { unclaimed: true, json }) => {
            node::unclaimed(&agent, session, json).await
        }
        Command::Node(Node::List { unclaimed: false, json }) => {
            node::list(&agent, session, json).await
        }
        Command::Node(Node::Show { node, json }) => node::show(&agent, session, &node, json).await,
        Command::Node(Node::Identify { node, for_time, json }) => {
            // The argument parser limits it to two minutes.
            let for_s = u32::try_from(for_time.as_secs()).unwrap_or(u32::MAX);
            node::identify(&agent, session, &node, for_s, json).await
        }
        Command::Node(Node::Revoke { node, why, json }) => {
            node::revoke(&agent, session, &node, why, json).await
        }
        Command::Node(Node::Restart { node, json }) => {
            node::restart(&agent, session, &node, json).await
        }
        Command::Hub(Hub::Ask(HubAsk::Status(json))) => hubs::status(&agent, session, json).await,
        Command::Hub(Hub::Ask(HubAsk::Gaps(json))) => hubs::gaps(&agent, session, json).await,
        Command::Hub(Hub::Ask(HubAsk::Resend(args))) => hubs::resend(&agent, session, &args).await,
        Command::Hub(Hub::Ask(HubAsk::Incarnation(HubIncarnation::New(args)))) => {
            hubs::begin(&agent, session, &args).await
        }
        Command::Hub(Hub::Ask(HubAsk::Incarnation(HubIncarnation::List(json)))) => {
            hubs::lives(&agent, session, json).await
        }
        // These ask nobody, or first a node; `run` has done them.
        Command::Demo(_)
        | Command::Node(Node::Bench(_))
        | Command::Agent { .. }
        | Command::Broker(_)
        | Command::Hub(_)
        | Command::Config(_)
        | Command::Profile(_)
        | Command::Timetable(Timetable::Import(_))
        | Command::Rule(Rule::Check(_))
        | Command::Completions { .. } => Ok(Exit::Done),
    }
}

async fn status(agent: &Agent, session: &Session, json: Json) -> Result<Exit, Error> {
    let answer = agent.get::<Status>("/v1/status").await?;
    if json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::status::render(&answer.body, &session.page(&answer.body)))?;
    }
    Ok(if answer.body.needs.is_empty() { Exit::Done } else { Exit::PersonNeeded })
}

/// A page at the agent's time, in its zone.
async fn page(agent: &Agent, session: &Session) -> Result<Page, Error> {
    Ok(session.page(&agent.get::<Status>("/v1/status").await?.body))
}

fn completions(shell: clap_complete::Shell, session: &Session) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Campus::command(), "campus", &mut script);
    session.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// One thread is plenty for one question.
fn small_runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Output)
}
