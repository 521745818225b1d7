//! What hangs on a bus: addresses are called, profiles and orders of words are tried, and weighed.
//!
//! One answer serves every profile that would ask the same, and every order of words, so that sixty
//! profiles cost a few dozen requests. An address where nobody answers costs [`UNHEARD_MAX`] timeouts.

use super::call::{Call, Heard, Key};
use super::fault::Fault;
use super::gather::Asker;
use super::line::Line;
use super::meter::split;
use super::plan::{Address, BusConfig};
use crate::limits;
use device_profiles::probe::{Guess, Missing, Nameplate, Reason, Trial, rank, wanted};
use device_profiles::{
    Answer, Kind, Measure, Order, Profile, Protocol, Ratio, RatioGiven, Read, Reading, shipped,
};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use wire::Value;

/// Different requests to an address that never answered, before it is given up.
const UNHEARD_MAX: u32 = 2;
/// An address is asked so many guesses' worth of detail in a report.
const GUESSES_MAX: usize = 10;

/// What to look for.
#[derive(Clone, Debug)]
pub struct ProbeRequest {
    /// Where; each once.
    pub addresses: Vec<Address>,
    /// What it may be; all shipped profiles when empty.
    pub profiles: Vec<Arc<Profile>>,
    /// What a person sees on the device.
    pub nameplate: Nameplate,
    /// It ends after so long, with what is known by then. At most
    /// [`limits::BUS_PROBE_TIME_MAX`].
    pub budget: Duration,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct ProbeReport {
    /// The likeliest first; at most ten for each address that answered.
    pub guesses: Vec<ProbeGuess>,
    /// Addresses that answered, be it with a refusal.
    pub answered: Vec<String>,
    /// Addresses where nobody did.
    pub silent: Vec<String>,
    /// Requests it took.
    pub requests: u32,
    /// How long it took, ms.
    pub took_ms: u64,
    /// False when the time was over before everything had been tried.
    pub complete: bool,
}

/// What a device may be.
#[derive(Clone, Debug)]
pub struct ProbeGuess {
    /// Where.
    pub address: String,
    /// The profile's name.
    pub profile: String,
    /// The order of words, where it is not the profile's.
    pub order: Option<Order>,
    /// 0 to 99.
    pub confidence_pct: u8,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What was read under it, in base units.
    pub readings: Vec<(Measure, Result<Value, Missing>)>,
}

/// How far a probe is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeStep {
    /// An address is called: the `nth` of `of`, from 1.
    Address {
        /// Which.
        address: String,
        /// The how manieth.
        nth: usize,
        /// Of how many.
        of: usize,
    },
    /// Somebody is there; so many profiles are tried.
    Answered {
        /// Where.
        address: String,
        /// How many profiles.
        profiles: usize,
    },
    /// Nobody is there.
    Silent {
        /// Where.
        address: String,
    },
}

/// Probes a line that no agent uses, on a bench for example; tells how far it is.
///
/// # Errors
/// The line cannot be opened.
pub async fn probe_link(
    bus: &BusConfig,
    request: ProbeRequest,
    mut progress: impl FnMut(ProbeStep) + Send,
) -> Result<ProbeReport, Fault> {
    let gaps = chosen(&request).into_iter().map(|profile| profile.bus.gap_ms);
    let gap = Duration::from_millis(u64::from(gaps.max().unwrap_or(0)));
    let mut line = Line::new(bus, gap);
    line.connect().await?;
    run(&mut Alone(line), &request, &mut progress).await
}

/// A line without an agent.
struct Alone(Line);

impl Asker for Alone {
    async fn ask(&mut self, call: &Call) -> Result<Heard, Fault> {
        self.0.call(call).await
    }
}

/// Probes through `asker`.
pub(super) async fn run(
    asker: &mut impl Asker,
    request: &ProbeRequest,
    progress: &mut (dyn FnMut(ProbeStep) + Send),
) -> Result<ProbeReport, Fault> {
    let began = Instant::now();
    let end = began + request.budget.min(limits::BUS_PROBE_TIME_MAX);
    let profiles = chosen(request);
    let mut report = ProbeReport { complete: true, ..ProbeReport::default() };
    let mut tried = Vec::new();
    let of = request.addresses.len();
    for (nth, address) in request.addresses.iter().enumerate() {
        if Instant::now() >= end {
            report.complete = false;
            break;
        }
        progress(ProbeStep::Address { address: address.to_string(), nth: nth + 1, of });
        let mut device = Device { asker, known: HashMap::new(), end, heard: false, unheard: 0 };
        let found = device.examine(*address, &profiles).await;
        report.requests += device.known.len() as u32;
        let (heard, cut) = (device.heard, device.is_cut());
        let (address, mut here) = found?;
        if heard {
            progress(ProbeStep::Answered { address: address.clone(), profiles: here.len() });
            report.answered.push(address);
            tried.append(&mut here);
        } else {
            progress(ProbeStep::Silent { address: address.clone() });
            report.silent.push(address);
        }
        report.complete &= !cut;
    }
    report.guesses = weigh(&tried, &request.nameplate);
    report.took_ms = began.elapsed().as_millis() as u64;
    Ok(report)
}

/// Meters to try, those that the nameplate names first.
fn chosen(request: &ProbeRequest) -> Vec<&Profile> {
    let mut profiles: Vec<&Profile> = match request.profiles.as_slice() {
        [] => shipped().iter().collect(),
        some => some.iter().map(Arc::as_ref).collect(),
    };
    profiles.retain(|profile| profile.kind == Kind::Meter);
    let text = request.nameplate.text.to_lowercase();
    let named =
        |profile: &Profile| profile.models.iter().any(|model| text.contains(&model.to_lowercase()));
    profiles.sort_by_key(|profile| !named(profile));
    profiles
}

/// One profile and order, tried on one address.
struct Tried<'p> {
    profile: &'p Profile,
    order: Option<Order>,
    address: String,
    readings: Readings,
}

type Readings = Vec<(Measure, Result<Reading, Missing>)>;

fn weigh(tried: &[Tried<'_>], nameplate: &Nameplate) -> Vec<ProbeGuess> {
    let trials: Vec<Trial<'_>> = tried
        .iter()
        .map(|it| Trial {
            profile: it.profile,
            address: it.address.clone(),
            order: it.order,
            readings: it.readings.clone(),
        })
        .collect();
    let mut shown: HashMap<&str, usize> = HashMap::new();
    let mut guesses = Vec::new();
    for Guess { trial, confidence_pct, reasons } in rank(&trials, nameplate) {
        let it = &tried[trial];
        let count = shown.entry(&it.address).or_default();
        *count += 1;
        if *count > GUESSES_MAX {
            continue;
        }
        let value = |(measure, read): &(Measure, Result<Reading, Missing>)| {
            (*measure, read.as_ref().map(|reading| reading.value).map_err(|missing| *missing))
        };
        guesses.push(ProbeGuess {
            address: it.address.clone(),
            profile: it.profile.id.clone(),
            order: it.order,
            confidence_pct,
            reasons,
            readings: it.readings.iter().map(value).collect(),
        });
    }
    guesses
}

/// One address that is being examined.
struct Device<'a, A> {
    asker: &'a mut A,
    /// Answers so far; two profiles that ask the same get the same.
    known: HashMap<Call, Result<Heard, Fault>>,
    end: Instant,
    heard: bool,
    /// Requests without an answer, while there has been none at all.
    unheard: u32,
}

impl<A: Asker> Device<'_, A> {
    /// Its address as it is written, and what was read under every profile and order.
    async fn examine<'p>(
        &mut self,
        address: Address,
        profiles: &[&'p Profile],
    ) -> Result<(String, Vec<Tried<'p>>), Fault> {
        let (key, protocol) = match address {
            Address::Unit(unit) => (Key::Unit(unit), Protocol::Modbus),
            Address::Dlt645(address) => (Key::Dlt645(address), Protocol::Dlt645),
            Address::Dlt645Any => match self.ask(Call::Dlt645Address).await? {
                Ok(Heard::Address(address)) => (Key::Dlt645(address), Protocol::Dlt645),
                _ => return Ok((Address::Dlt645Any.to_string(), Vec::new())),
            },
        };
        let name = match key {
            Key::Unit(unit) => unit.to_string(),
            Key::Dlt645(address) => address.to_string(),
        };
        let mut tried = Vec::new();
        for profile in profiles.iter().filter(|profile| profile.protocol == protocol) {
            if self.is_cut() || !self.heard && self.unheard >= UNHEARD_MAX {
                break;
            }
            let (answers, missing) = self.collect(key, profile).await?;
            let ratio = self.ratio(key, profile).await?;
            let orders: &[Order] = if is_ordered(profile) { Order::ALL } else { &[] };
            let other = orders.iter().map(|order| (Some(*order), profile.with_order(*order)));
            let own = (None, (*profile).clone());
            for (order, turned) in std::iter::once(own).chain(other) {
                if order.is_some() && turned == **profile {
                    continue;
                }
                let readings = understand(&turned, &answers, &missing, ratio);
                tried.push(Tried { profile, order, address: name.clone(), readings });
            }
        }
        Ok((name, tried))
    }

    /// Asks what the profile would; what is refused together is asked apart.
    async fn collect(
        &mut self,
        key: Key,
        profile: &Profile,
    ) -> Result<(Vec<(Read, Heard)>, Vec<(Measure, Missing)>), Fault> {
        let plan = profile.plan(&wanted(profile), limits::BUS_HOLE_REGISTERS);
        let mut waiting: VecDeque<Read> = plan.into();
        let (mut answers, mut missing) = (Vec::new(), Vec::new());
        let mut silent = false;
        while let Some(read) = waiting.pop_front() {
            let call = Call::of(key, read.ask).ok_or(Fault::Unknown)?;
            // A device that ignores what it does not have is not asked for the rest of it.
            let answer = if silent { Err(Fault::Timeout) } else { self.ask(call).await? };
            match answer {
                Ok(heard) => answers.push((read, heard)),
                Err(fault) if fault.is_absent() && read.registers.len() > 1 => {
                    waiting.extend(split(profile, &read));
                }
                Err(fault) => {
                    silent |= fault.is_silence();
                    let why = if fault.is_silence() { Missing::Silent } else { Missing::Refused };
                    let measures = read.registers.iter().map(|ix| profile.registers[*ix].measure);
                    missing.extend(measures.map(|measure| (measure, why)));
                }
            }
        }
        Ok((answers, missing))
    }

    /// The device's ratio; 1 where it cannot be known here.
    async fn ratio(&mut self, key: Key, profile: &Profile) -> Result<Ratio, Fault> {
        let mut read = Vec::new();
        for wanted in profile.ratio_reads() {
            let call = Call::of(key, wanted.ask()).ok_or(Fault::Unknown)?;
            if let (true, Ok(Heard::Words(words))) = (self.heard, self.ask(call).await?) {
                read.push((wanted.which, words));
            }
        }
        Ok(profile.ratio_from(RatioGiven::default(), &read).unwrap_or(Ratio::ONE))
    }

    /// Asks once; a line that is away ends everything.
    async fn ask(&mut self, call: Call) -> Result<Result<Heard, Fault>, Fault> {
        if let Some(known) = self.known.get(&call) {
            return Ok(known.clone());
        }
        if self.is_cut() || !self.heard && self.unheard >= UNHEARD_MAX {
            return Ok(Err(Fault::Timeout));
        }
        let answer = self.asker.ask(&call).await;
        match &answer {
            Err(fault @ (Fault::Away(_) | Fault::Busy)) => return Err(fault.clone()),
            Err(fault) if fault.is_silence() => self.unheard += 1,
            _ => self.heard = true,
        }
        self.known.insert(call, answer.clone());
        Ok(answer)
    }

    fn is_cut(&self) -> bool {
        Instant::now() >= self.end
    }
}

fn is_ordered(profile: &Profile) -> bool {
    let turned: BTreeSet<bool> =
        Order::ALL.iter().map(|order| profile.with_order(*order) == *profile).collect();
    turned.contains(&false)
}

fn understand(
    profile: &Profile,
    answers: &[(Read, Heard)],
    missing: &[(Measure, Missing)],
    ratio: Ratio,
) -> Readings {
    let mut readings: Readings =
        missing.iter().map(|(measure, why)| (*measure, Err(*why))).collect();
    for (read, heard) in answers {
        let answer = match heard {
            Heard::Words(words) => Answer::Words(words),
            Heard::Bytes(bytes) => Answer::Bytes(bytes),
            Heard::Address(_) | Heard::Done => continue,
        };
        let decoded = profile.decode_read(read, answer, ratio).into_iter();
        readings.extend(decoded.map(|(measure, read)| (measure, read.map_err(Missing::NoValue))));
    }
    readings
}
