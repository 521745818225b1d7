//! One meter: what to ask it, and what its answers mean.

use super::call::{Call, Heard, Key};
use super::fault::Fault;
use super::gather::{Asker, gather};
use super::plan::{Address, PolledMeter};
use super::{Raw, Taken};
use crate::clock::Clock;
use crate::limits;
use controller::Timestamp;
use device_profiles::{Answer, Ask, Measure, Profile, Protocol, Ratio, RatioGiven, Read, dlt645};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;
use wire::Value;

/// A DL/T 645 read has function 0x11.
const DLT645_READ: u8 = 0x11;

/// What is read in every turn of a Modbus meter, where it has it; people can ask for the rest.
const POLLED: [Measure; 17] = [
    Measure::EnergyImport,
    Measure::EnergyExport,
    Measure::EnergyTotal,
    Measure::Power,
    Measure::PowerL1,
    Measure::PowerL2,
    Measure::PowerL3,
    Measure::VoltageL1,
    Measure::VoltageL2,
    Measure::VoltageL3,
    Measure::CurrentL1,
    Measure::CurrentL2,
    Measure::CurrentL3,
    Measure::PowerFactor,
    Measure::Frequency,
    Measure::ReactivePower,
    Measure::ApparentPower,
];

/// A meter on its bus.
pub(super) struct Meter {
    pub config: PolledMeter,
    /// With the word order of this very meter.
    profile: Profile,
    /// What is asked in every turn, and what when a person wants everything.
    polled: Vec<Read>,
    full: Vec<Read>,
    /// Measures that this very device refuses.
    absent: Vec<Measure>,
    /// Reads that it left unanswered although it answered others, and how often in a row.
    ignored: HashMap<Ask, u32>,
    /// When the plans were made from the profile.
    learned: Instant,
    ratio: Option<(Ratio, Instant)>,
    /// The address that the only DL/T 645 meter on the line has said.
    found: Option<dlt645::Address>,
}

impl Meter {
    pub fn new(config: PolledMeter) -> Self {
        let profile = match config.order {
            Some(order) => config.profile.with_order(order),
            None => config.profile.as_ref().clone(),
        };
        let (polled, full) = (Vec::new(), Vec::new());
        let (absent, ignored) = (Vec::new(), HashMap::new());
        let (ratio, found, learned) = (None, None, Instant::now());
        let mut meter =
            Self { config, profile, polled, full, absent, ignored, learned, ratio, found };
        meter.forget();
        meter
    }

    /// Begins anew: another device may hang there now.
    pub fn forget(&mut self) {
        self.absent.clear();
        self.ignored.clear();
        self.learned = Instant::now();
        (self.ratio, self.found) = (None, None);
        // Each item of a DL/T 645 meter costs a request, at 2,400 baud 150 ms.
        let wanted = match self.profile.protocol {
            Protocol::Modbus => [&[self.config.register], &POLLED[..]].concat(),
            Protocol::Dlt645 => vec![self.config.register, Measure::Power],
        };
        self.polled = self.profile.plan(&wanted, limits::BUS_HOLE_REGISTERS);
        let all: Vec<Measure> = self.profile.measures().collect();
        self.full = self.profile.plan(&all, limits::BUS_HOLE_REGISTERS);
        // The ledger's register comes first: what fails behind it costs no energy.
        let (profile, register) = (&self.profile, self.config.register);
        let holds = |read: &Read| {
            read.registers.iter().any(|ix| profile.registers[*ix].measure == register)
        };
        self.polled.sort_by_key(|read| !holds(read));
        self.full.sort_by_key(|read| !holds(read));
    }

    /// Measures that this very device refuses.
    pub fn absent(&self) -> &[Measure] {
        &self.absent
    }

    /// The pause that its model needs between two requests.
    pub fn gap(&self) -> Duration {
        Duration::from_millis(u64::from(self.profile.bus.gap_ms))
    }

    /// Reads what belongs to every turn, or `all`.
    pub async fn read(
        &mut self,
        asker: &mut impl Asker,
        all: bool,
        clock: &Clock,
    ) -> Result<Taken, Fault> {
        if self.learned.elapsed() >= limits::BUS_RELEARN_INTERVAL {
            self.forget();
        }
        let key = self.key(asker).await?;
        let ratio = self.ratio(asker, key).await?;
        let reads = if all { &self.full } else { &self.polled };
        let profile = &self.profile;
        let gathered = gather(asker, key, reads, |read| split(profile, read)).await;
        let at = clock.now();
        let measures = |read: &Read| -> Vec<Measure> {
            read.registers.iter().map(|ix| profile.registers[*ix].measure).collect()
        };
        let register = self.config.register;
        for (read, fault) in &gathered.absent {
            if measures(read).contains(&register) {
                return Err(fault.clone());
            }
            self.absent.extend(measures(read));
        }
        let plan = if all { &mut self.full } else { &mut self.polled };
        match &gathered.cut {
            None => *plan = gathered.plan(),
            Some((read, fault)) => {
                if !gathered.answers.iter().any(|(read, _)| measures(read).contains(&register)) {
                    return Err(fault.clone());
                }
                // Some devices do not refuse what they do not have, they are just silent.
                if fault.is_silence() {
                    let times = self.ignored.entry(read.ask).or_default();
                    *times += 1;
                    if *times >= limits::BUS_FAILURES_MAX {
                        plan.retain(|other| other.ask != read.ask);
                        self.absent.extend(measures(read));
                    }
                }
            }
        }
        for (read, _) in &gathered.answers {
            self.ignored.remove(&read.ask);
        }
        self.absent.sort_unstable();
        self.absent.dedup();
        Ok(self.understand(&gathered.answers, ratio, at))
    }

    fn understand(&self, answers: &[(Read, Heard)], ratio: Ratio, at: Timestamp) -> Taken {
        let (mut values, mut raw) = (Vec::<(Measure, Value)>::new(), Vec::new());
        for (read, heard) in answers {
            let answer = match heard {
                Heard::Words(words) => Answer::Words(words),
                Heard::Bytes(bytes) => Answer::Bytes(bytes),
                Heard::Address(_) | Heard::Done => continue,
            };
            raw.push(Raw::of(read.ask, heard));
            let decoded = self.profile.decode_read(read, answer, ratio);
            let good = decoded
                .into_iter()
                .filter_map(|(measure, reading)| Some((measure, reading.ok()?.value)));
            values.extend(good);
        }
        values.sort_by_key(|(measure, _)| *measure);
        let value = |wanted| values.iter().find(|(measure, _)| *measure == wanted);
        let register_wh = value(self.config.register).map(|(_, value)| value.whole());
        let power_mw = value(Measure::Power).map(|(_, value)| value.milli());
        let ratio_milli = self.ratio_milli(ratio);
        Taken { meter: self.config.meter, at, values, register_wh, power_mw, ratio_milli, raw }
    }

    /// What the ledger's register is multiplied by.
    fn ratio_milli(&self, ratio: Ratio) -> u64 {
        let Some(register) = self.profile.register(self.config.register) else { return 1000 };
        let ct = if register.by_ct { ratio.ct_milli } else { 1000 };
        let vt = if register.by_vt { ratio.vt_milli } else { 1000 };
        ct.saturating_mul(vt) / 1000
    }

    async fn key(&mut self, asker: &mut impl Asker) -> Result<Key, Fault> {
        match (self.config.address, self.found) {
            (Address::Unit(unit), _) => Ok(Key::Unit(unit)),
            (Address::Dlt645(address), _) | (Address::Dlt645Any, Some(address)) => {
                Ok(Key::Dlt645(address))
            }
            (Address::Dlt645Any, None) => match asker.ask(&Call::Dlt645Address).await? {
                Heard::Address(address) => {
                    self.found = Some(address);
                    Ok(Key::Dlt645(address))
                }
                _ => Err(Fault::Garbage),
            },
        }
    }

    /// The ratio; read from the meter now and then, where the meter knows it.
    async fn ratio(&mut self, asker: &mut impl Asker, key: Key) -> Result<Ratio, Fault> {
        if let Some((ratio, read)) = self.ratio
            && read.elapsed() < limits::BUS_RATIO_INTERVAL
        {
            return Ok(ratio);
        }
        let mut read = Vec::new();
        for wanted in self.profile.ratio_reads() {
            let call = Call::of(key, wanted.ask()).ok_or(Fault::Unknown)?;
            if let Heard::Words(words) = asker.ask(&call).await? {
                read.push((wanted.which, words));
            }
        }
        let given = RatioGiven { ct_milli: self.config.ct_milli, vt_milli: self.config.vt_milli };
        let ratio = self.profile.ratio_from(given, &read);
        let ratio = ratio.map_err(|fault| Fault::Ratio(fault.to_string()))?;
        self.ratio = Some((ratio, Instant::now()));
        Ok(ratio)
    }
}

impl Raw {
    pub(super) fn of(ask: Ask, heard: &Heard) -> Self {
        let (fc, address) = match ask {
            Ask::Modbus { fc, address, .. } => (fc, u32::from(address)),
            Ask::Dlt645 { di } => (DLT645_READ, di),
        };
        let words = match heard {
            Heard::Words(words) => words.clone(),
            // An odd last byte stands alone in the high half.
            Heard::Bytes(bytes) => bytes
                .chunks(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]))
                .collect(),
            Heard::Address(_) | Heard::Done => Vec::new(),
        };
        Self { fc, address, words }
    }
}

/// A refused read is first tried without holes, then register by register.
pub(super) fn split(profile: &Profile, read: &Read) -> Vec<Read> {
    let measures: Vec<Measure> =
        read.registers.iter().map(|ix| profile.registers[*ix].measure).collect();
    let dense = profile.plan(&measures, 0);
    if dense.len() > 1 {
        return dense;
    }
    measures.iter().flat_map(|measure| profile.plan(&[*measure], 0)).collect()
}
