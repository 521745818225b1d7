//! Meters and their buses: how they are now, what they say when asked, and which they may be.

use super::energy::{chosen, meters as known};
use super::types::{
    Bus, Guess, LedgerQuery, Meter, MeterName, MeterRead, MeterValue, ProbeBus, ProbeReport,
    Problem,
};
use super::{Api, OpenMeter, problem};
use crate::bus::plan::Address;
use crate::bus::{self, Fault, Live, LiveBus, LiveMeter, Raw, Taken};
use crate::limits;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Query, State};
use device_profiles::Measure;
use device_profiles::probe::Nameplate;
use device_profiles::profile::Place;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

type Answered<T> = Result<Json<T>, Problem>;

/// All meters, now; with `of` those of a room, building or node.
///
/// # Errors
/// `no_such_meter` with names that may have been meant.
#[utoipa::path(get, path = "/v1/meters", params(LedgerQuery), responses((status = 200, body = Vec<Meter>), (status = 404, body = Problem)))]
pub async fn meters(
    State(api): State<Api>,
    Query(query): Query<LedgerQuery>,
) -> Answered<Vec<Meter>> {
    let (meters, _) = known(&api).await?;
    let live = api.buses.live();
    let with_bus = |meter: OpenMeter| match live.meter(meter.ix) {
        Some(polled) => on_bus(meter.now, polled, &live),
        None => meter.now,
    };
    let meters = chosen(meters, query.of.as_deref())?;
    Ok(Json(meters.into_iter().map(with_bus).collect()))
}

/// What the bus knows of a meter is worse news than what the ledger knows.
fn on_bus(mut meter: Meter, polled: &LiveMeter, live: &Live) -> Meter {
    let bus = live.buses.get(polled.bus);
    meter.profile = Some(polled.profile.clone());
    meter.bus = bus.map(|bus| bus.id.to_string());
    meter.address = Some(polled.address.clone());
    meter.values = polled.values.iter().map(|(m, v)| (m.name().to_owned(), v.as_f64())).collect();
    if let Some(fault) = polled.health.fault.as_ref().filter(|_| polled.health.is_silent()) {
        let refused = matches!(fault, Fault::Exception(_) | Fault::Refused(_) | Fault::Ratio(_));
        meter.state = if refused { "refused" } else { "silent" }.to_owned();
        meter.since_ms = polled.health.since.map(|at| at.0);
        meter.why = Some(fault.to_string());
    }
    if let Some(bus) = bus.filter(|bus| !bus.connected && !bus.why.is_empty()) {
        meter.state = "silent".to_owned();
        meter.since_ms = bus.since.map(|at| at.0);
        meter.why = Some(bus.why.clone());
    }
    meter
}

/// All buses.
///
/// # Errors
/// None of its own.
#[utoipa::path(get, path = "/v1/buses", responses((status = 200, body = Vec<Bus>)))]
pub async fn buses(State(api): State<Api>) -> Answered<Vec<Bus>> {
    let live = api.buses.live();
    let members = |nth: usize| {
        live.meters.iter().filter(|meter| meter.bus == nth).count()
            + live.gateways.iter().filter(|gateway| gateway.bus == nth).count()
    };
    let bus = |(nth, bus): (usize, &LiveBus)| Bus {
        id: bus.id.to_string(),
        link: bus.link.clone(),
        connected: bus.connected,
        use_pct: f64::from(bus.use_pct),
        budget_pct: u32::from(bus.share_pct),
        members: members(nth) as u32,
        requests: bus.counts.requests,
        timeouts: bus.counts.timeouts,
        refusals: live
            .meters
            .iter()
            .filter(|meter| meter.bus == nth)
            .map(|meter| meter.health.refusals)
            .sum(),
    };
    Ok(Json(live.buses.iter().enumerate().map(bus).collect()))
}

/// Asks a polled meter for everything that it measures, now.
///
/// # Errors
/// `no_such_meter`; `not_polled` for one behind a node; `no_answer`, `refused_by_meter`.
#[utoipa::path(post, path = "/v1/meters/read", request_body = MeterName, responses((status = 200, body = MeterRead), (status = 404, body = Problem), (status = 502, body = Problem)))]
pub async fn read(
    State(api): State<Api>,
    body: Result<Json<MeterName>, JsonRejection>,
) -> Answered<MeterRead> {
    let Json(MeterName { meter: name }) =
        body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    let ix = the_meter(&api, &name).await?.ix;
    let Some(polled) = api.polled.iter().find(|polled| polled.meter == ix) else {
        let why = "a node reports it; see `campus node show` for its last readings";
        return Err(problem("not_polled", &name, why));
    };
    let began = Instant::now();
    let taken = api.buses.read_now(ix).await.map_err(|fault| unanswered(&name, &fault))?;
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let values = values(&polled.profile, &taken);
    let profile = polled.profile.id.clone();
    Ok(Json(MeterRead { meter: name, profile, at_ms: taken.at.0, took_ms, values }))
}

/// Every quantity of the profile: what came, or why nothing did.
fn values(profile: &device_profiles::Profile, taken: &Taken) -> Vec<MeterValue> {
    let value = |register: &device_profiles::Register| {
        let measure = register.measure;
        let found = taken.values.iter().find(|(of, _)| *of == measure);
        let (place, raw) = evidence(register.place, &taken.raw);
        MeterValue {
            measure: measure.name().to_owned(),
            value: found.map(|(_, value)| value.as_f64()),
            unit: measure.base_unit().to_owned(),
            why: found
                .is_none()
                .then(|| if raw.is_empty() { "refused" } else { "out_of_range" }.to_owned()),
            register: place,
            raw,
        }
    };
    profile.registers.iter().map(value).collect()
}

/// Looks for meters on a bus, between its polls; changes nothing on it.
///
/// # Errors
/// `no_such_bus`, `bad_value`, `no_answer`.
#[utoipa::path(post, path = "/v1/buses/probe", request_body = ProbeBus, responses((status = 200, body = ProbeReport), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn probe(
    State(api): State<Api>,
    body: Result<Json<ProbeBus>, JsonRejection>,
) -> Answered<ProbeReport> {
    let Json(asked) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    let live = api.buses.live();
    let Some(nth) = live.buses.iter().position(|bus| bus.id.as_str() == asked.bus) else {
        let mut none = problem("no_such_bus", &asked.bus, &format!("no bus `{}`", asked.bus));
        let known = live.buses.iter().map(|bus| bus.id.to_string());
        none.candidates = crate::names::nearest(&asked.bus, known);
        return Err(none);
    };
    let request = request(&asked)?;
    let report =
        api.buses.probe(nth, request).await.map_err(|fault| unanswered(&asked.bus, &fault))?;
    Ok(Json(said(report)))
}

fn request(asked: &ProbeBus) -> Result<bus::ProbeRequest, Problem> {
    let address = |text: &String| {
        let why = "an address is 1 to 247, twelve digits, or `any`";
        text.parse().map_err(|_| problem("bad_value", text, why))
    };
    let addresses = match asked.addresses.as_slice() {
        [] => (1..=10).map(Address::Unit).collect(),
        some => some.iter().map(address).collect::<Result<_, _>>()?,
    };
    let profile = |id: &String| {
        device_profiles::find(id).map(|profile| Arc::new(profile.clone())).ok_or_else(|| {
            problem("bad_value", id, "no profile of that name; see `campus profile list`")
        })
    };
    let kwh = asked.kwh.filter(|kwh| kwh.is_finite() && (0.0..1e9).contains(kwh));
    if asked.kwh.is_some() && kwh.is_none() {
        return Err(problem("bad_value", "kwh", "a display shows 0 to 1,000,000,000 kWh"));
    }
    Ok(bus::ProbeRequest {
        addresses,
        profiles: asked.profiles.iter().map(profile).collect::<Result<_, _>>()?,
        nameplate: Nameplate {
            text: asked.model.clone().unwrap_or_default(),
            shown_wh: kwh.map(|kwh| (kwh * 1000.0).round() as i64),
            nominal_v: asked.volts.map(|volts| volts.clamp(0.0, 1e6).round() as u32),
        },
        budget: limits::BUS_PROBE_TIME_MAX,
    })
}

/// A probe's report as the API says it.
pub fn said(report: bus::ProbeReport) -> ProbeReport {
    let guess = |guess: bus::ProbeGuess| {
        let good = guess
            .readings
            .iter()
            .filter_map(|(measure, value)| Some((*measure, value.as_ref().ok()?)));
        let values: BTreeMap<String, f64> = good
            .clone()
            .map(|(measure, value)| (measure.name().to_owned(), value.as_f64()))
            .collect();
        let energy =
            good.filter(|(measure, _)| REGISTERS.contains(measure)).map(|(_, wh)| wh.whole());
        Guess {
            address: guess.address,
            profile: guess.profile,
            order: guess.order.map(|order| order.name().to_owned()).unwrap_or_default(),
            confidence_pct: guess.confidence_pct,
            reasons: guess.reasons.iter().map(|reason| reason.code().to_owned()).collect(),
            energy_wh: energy.max(),
            values,
        }
    };
    ProbeReport {
        answered: report.answered,
        requests: report.requests,
        took_ms: report.took_ms,
        complete: report.complete,
        guesses: report.guesses.into_iter().map(guess).collect(),
    }
}

/// Registers that a display shows.
const REGISTERS: [Measure; 3] =
    [Measure::EnergyImport, Measure::EnergyTotal, Measure::EnergyExport];

/// Where a register is, and the words that came from there, both in hexadecimal.
fn evidence(place: Place, raw: &[Raw]) -> (String, String) {
    let (name, function, address, count) = match place {
        Place::Modbus { fc, address, kind, .. } => {
            (format!("{address:#06x}"), fc, u32::from(address), usize::from(kind.words()))
        }
        Place::Dlt645 { di, bytes, .. } => {
            (format!("{di:08X}"), DLT645_READ, di, usize::from(bytes).div_ceil(2))
        }
    };
    let words = raw.iter().find_map(|raw| {
        let from = address.checked_sub(raw.address).filter(|_| raw.fc == function)? as usize;
        // An identifier of DL/T 645 is no place in a row.
        let from = if function == DLT645_READ && from > 0 { return None } else { from };
        raw.words.get(from..from.checked_add(count)?)
    });
    let hex = |words: &[u16]| words.iter().map(|word| format!("{word:04X}")).collect::<Vec<_>>();
    (name, words.map(|words| hex(words).join(" ")).unwrap_or_default())
}

/// Control code of a read (DL/T 645-2007, 7.1), which stands for the function code.
const DLT645_READ: u8 = 0x11;

/// The meter of exactly that name.
pub async fn the_meter(api: &Api, name: &str) -> Result<OpenMeter, Problem> {
    let (meters, _) = known(api).await?;
    let names: Vec<String> = meters.iter().map(|meter| meter.totals.meter.clone()).collect();
    meters.into_iter().find(|meter| meter.totals.meter == name).ok_or_else(|| {
        let mut none = problem("no_such_meter", name, &format!("no meter `{name}`"));
        none.candidates = crate::names::nearest(name, names);
        none
    })
}

fn unanswered(about: &str, fault: &Fault) -> Problem {
    let code = match fault {
        Fault::Exception(_) | Fault::Refused(_) => "refused_by_meter",
        _ => "no_answer",
    };
    problem(code, about, &fault.to_string())
}
