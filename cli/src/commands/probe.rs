//! `campus meter probe`: asks the agent, or looks itself on a bus that no agent uses.

use super::page;
use crate::args::{MeterProbe, Parity};
use crate::client::{Agent, Answer, PROBE_ANSWER_S};
use crate::error::{Error, Exit, Noun};
use crate::page::Page;
use crate::render;
use crate::session::Session;
use crate::when::Clock;
use agent::api::meters::said;
use agent::api::types::{ProbeBus, ProbeReport};
use agent::bus::plan::{Address, BusConfig, Link, StopBits};
use agent::bus::{Fault, ProbeRequest, ProbeStep, probe_link};
use device_profiles::probe::Nameplate;
use device_profiles::{find, shipped};
use std::sync::Arc;
use std::time::Duration;

/// What the bus is called in the lines to paste, where no configuration names it.
const BENCH: &str = "rs485-1";

/// Modbus/TCP listens there unless told otherwise (IANA).
const MODBUS_PORT: u16 = 502;

/// The agent looks on a bus of its own.
pub async fn ask(agent: &Agent, session: &Session, args: &MeterProbe) -> Result<Exit, Error> {
    let bus = args.bus.clone().unwrap_or_default();
    let question = ProbeBus {
        bus: bus.clone(),
        addresses: args.address.0.clone(),
        profiles: args.profile.clone(),
        model: args.model.clone(),
        // Exact: the argument is at most 2^53 Wh.
        kwh: args.kwh.map(|wh| wh as f64 / 1000.0),
        volts: args.volts.map(f64::from),
    };
    let patient = agent.patient(PROBE_ANSWER_S);
    let answer: Answer<ProbeReport> = patient.post("/v1/buses/probe", &question).await?;
    if args.json.json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::probe::render(&answer.body, &bus, &page(agent, session).await?))?;
    }
    Ok(found(&answer.body))
}

/// Whether a meter was found.
fn found(report: &ProbeReport) -> Exit {
    if render::probe::is_found(report) { Exit::Done } else { Exit::PersonNeeded }
}

/// This program looks itself: no agent has the line.
pub async fn bench(args: &MeterProbe, session: &Session) -> Result<Exit, Error> {
    // What is found has no time of a campus.
    let page = session.page_at(Clock::new(0, "UTC"));
    let config = BusConfig::new(bench_id()?, link(args)?);
    let wish = request(args)?;
    let link = config.link.to_string();
    let probed = probe_link(&config, wish, |step| tell(&step, session, &page)).await;
    session.progress("");
    let report = said(probed.map_err(|fault| unreachable(&link, &fault, &page))?);
    if args.json.json {
        session.print_json(&serde_json::to_vec(&report).unwrap_or_default())?;
    } else {
        session.print(&render::probe::render(&report, BENCH, &page))?;
    }
    Ok(found(&report))
}

fn bench_id() -> Result<wire::Id, Error> {
    wire::Id::new(BENCH).map_err(|error| Error::Run { what: error.to_string(), hint: None })
}

fn unreachable(link: &str, fault: &Fault, page: &Page) -> Error {
    let named = [("link", link.into()), ("why", fault.to_string().into())];
    Error::Run {
        what: page.say("probe-failed", &named),
        hint: Some(page.text("probe-failed-hint")),
    }
}

/// The line as the arguments name it.
fn link(args: &MeterProbe) -> Result<Link, Error> {
    if let Some(text) = &args.tcp {
        let (host, port) = host(text, Some(MODBUS_PORT))?;
        return Ok(Link::Tcp { host, port });
    }
    if let Some(text) = &args.rtu_tcp {
        let (host, port) = host(text, None)?;
        return Ok(Link::RtuOverTcp { host, port });
    }
    Ok(Link::Serial {
        path: args.port.clone().unwrap_or_default(),
        baud: args.baud,
        parity: match args.parity {
            Parity::None => device_profiles::Parity::None,
            Parity::Even => device_profiles::Parity::Even,
            Parity::Odd => device_profiles::Parity::Odd,
        },
        stop_bits: StopBits::One,
    })
}

/// `192.0.2.10:502`, `meter.example:502`, `[2001:db8::1]:502`; the port may be left out where there is
/// a usual one.
fn host(text: &str, usual: Option<u16>) -> Result<(String, u16), Error> {
    let wrong = || Error::BadHost { text: text.to_owned() };
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| wrong())?),
        _ => (text, usual.ok_or_else(wrong)?),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || port == 0 { Err(wrong()) } else { Ok((host.to_owned(), port)) }
}

/// What to look for.
fn request(args: &MeterProbe) -> Result<ProbeRequest, Error> {
    let address =
        |text: &String| text.parse::<Address>().map_err(|_| Error::BadUnit { text: text.clone() });
    let profile = |id: &String| {
        find(id).map(|profile| Arc::new(profile.clone())).ok_or_else(|| {
            let known: Vec<String> = shipped().iter().map(|known| known.id.clone()).collect();
            Error::no_such(Noun::Profile, id, &known)
        })
    };
    Ok(ProbeRequest {
        addresses: args.address.0.iter().map(address).collect::<Result<_, _>>()?,
        profiles: args.profile.iter().map(profile).collect::<Result<_, _>>()?,
        nameplate: Nameplate {
            text: args.model.clone().unwrap_or_default(),
            shown_wh: args.kwh,
            nominal_v: args.volts,
        },
        budget: Duration::from_secs(PROBE_ANSWER_S),
    })
}

/// How far it is, on stderr.
fn tell(step: &ProbeStep, session: &Session, page: &Page) {
    match step {
        ProbeStep::Address { address, nth, of } => {
            let named = [
                ("address", address.as_str().into()),
                ("nth", (*nth).into()),
                ("of", (*of).into()),
            ];
            session.progress(&page.say("probe-progress", &named));
        }
        ProbeStep::Answered { address, profiles } => {
            let named = [("address", address.as_str().into()), ("n", (*profiles).into())];
            session.progress("");
            session.talk(&page.say("probe-answered", &named));
        }
        ProbeStep::Silent { .. } => {}
    }
}

#[cfg(test)]
mod tests;
