//! One lighting gateway: levels to it, and what its lamps are at.

use super::call::{Call, Heard, Key};
use super::fault::Fault;
use super::gather::{Asker, gather};
use super::plan::GatewayConfig;
use crate::limits;
use device_profiles::{Ask, Profile, Read};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use wire::Id;

/// Levels that are wanted of one gateway, by channel; the newest wins.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    levels: Mutex<Levels>,
}

#[derive(Debug, Default)]
struct Levels {
    /// Not written yet.
    waiting: BTreeMap<usize, u8>,
    /// Whether something was wanted since the bus looked.
    news: bool,
}

impl Wanted {
    /// Wants a level of a channel, in percent.
    pub fn want(&self, channel: usize, level_pct: u8) {
        let mut levels = self.lock();
        levels.waiting.insert(channel, level_pct);
        levels.news = true;
    }

    /// Whether something was wanted since the last look.
    pub fn look(&self) -> bool {
        std::mem::take(&mut self.lock().news)
    }

    /// How many levels are not written yet.
    pub fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    fn first(&self) -> Option<(usize, u8)> {
        self.lock().waiting.first_key_value().map(|(channel, level)| (*channel, *level))
    }

    /// It is written; unless another was wanted meanwhile.
    fn written(&self, channel: usize, level_pct: u8) {
        let mut levels = self.lock();
        if levels.waiting.get(&channel) == Some(&level_pct) {
            levels.waiting.remove(&channel);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Levels> {
        self.levels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A gateway on its bus.
pub(super) struct Gateway {
    pub config: GatewayConfig,
    /// Only with the outputs that are configured, in the order of the channels.
    profile: Profile,
    reads: Vec<Read>,
    /// What it was told last: to be told again when it lost its power.
    told: BTreeMap<usize, u8>,
}

impl Gateway {
    pub fn new(config: GatewayConfig) -> Self {
        let mut profile = config.profile.as_ref().clone();
        let all = std::mem::take(&mut profile.outputs);
        let own = config.channels.iter().filter_map(|(_, output)| all.get(*output).cloned());
        profile.outputs = own.collect();
        let reads = profile.plan_outputs(limits::BUS_HOLE_REGISTERS);
        Self { config, profile, reads, told: BTreeMap::new() }
    }

    /// The pause that its model needs between two requests.
    pub fn gap(&self) -> Duration {
        Duration::from_millis(u64::from(self.profile.bus.gap_ms))
    }

    /// Whether anything can be read back.
    pub fn can_be_read(&self) -> bool {
        !self.reads.is_empty()
    }

    /// Writes everything that is wanted.
    pub async fn write(&mut self, asker: &mut impl Asker, wanted: &Wanted) -> Result<(), Fault> {
        while let Some((channel, level_pct)) = wanted.first() {
            let Some(output) = self.profile.outputs.get(channel) else {
                wanted.written(channel, level_pct);
                continue;
            };
            asker.ask(&Call::write(self.config.unit, output.encode(level_pct))).await?;
            wanted.written(channel, level_pct);
            self.told.insert(channel, level_pct);
        }
        Ok(())
    }

    /// It is back after a silence, and may have been without power: everything is wanted again.
    pub fn tell_again(&self, wanted: &Wanted) {
        let mut levels = wanted.lock();
        for (channel, level_pct) in &self.told {
            levels.waiting.entry(*channel).or_insert(*level_pct);
        }
        levels.news = !levels.waiting.is_empty();
    }

    /// What its lamps are at, percent, channel by channel; `None` where it does not say.
    pub async fn read(&mut self, asker: &mut impl Asker) -> Result<Vec<(Id, Option<u8>)>, Fault> {
        let key = Key::Unit(self.config.unit);
        let profile = &self.profile;
        let gathered = gather(asker, key, &self.reads, |read| split(profile, read)).await;
        if let Some((_, fault)) = gathered.cut {
            return Err(fault);
        }
        if let (true, Some((_, fault))) = (gathered.answers.is_empty(), gathered.absent.first()) {
            return Err(fault.clone());
        }
        let mut levels = self.unknown();
        for (read, heard) in &gathered.answers {
            for (channel, level) in self.understand(read, heard) {
                levels[channel].1 = Some(level);
            }
        }
        self.reads = gathered.plan();
        Ok(levels)
    }

    /// Every channel, at nothing known.
    pub fn unknown(&self) -> Vec<(Id, Option<u8>)> {
        self.config.channels.iter().map(|(channel, _)| (*channel, None)).collect()
    }

    fn understand(&self, read: &Read, heard: &Heard) -> Vec<(usize, u8)> {
        let (Ask::Modbus { address: from, .. }, Heard::Words(words)) = (read.ask, heard) else {
            return Vec::new();
        };
        let level = |channel: &usize| {
            let output = self.profile.outputs.get(*channel)?;
            let Ask::Modbus { address, .. } = output.read()?.ask else { return None };
            let word = words.get(usize::from(address.wrapping_sub(from)))?;
            Some((*channel, output.decode(*word).ok()?))
        };
        read.registers.iter().filter_map(level).collect()
    }
}

fn split(profile: &Profile, read: &Read) -> Vec<Read> {
    let single = |channel: &usize| {
        let read = profile.outputs.get(*channel)?.read()?;
        Some(Read { ask: read.ask, registers: vec![*channel] })
    };
    read.registers.iter().filter_map(single).collect()
}
