//! What version 3 of the checkpoint adds to every node, in the order of the nodes.

use super::SavedNode;
use crate::life::{Given, Life};
use crate::node::{Node, Told};
use crate::{Controller, Timestamp};
use serde::{Deserialize, Serialize};
use wire::{Id, Mode, PowerOn, Settings};

/// Windows that a program before version 3 kept at most: with so many, older ones may have been given up.
const BOOTS_BEFORE: usize = 4;

/// Beside what [`SavedNode`] holds of a node.
#[derive(Serialize, Deserialize)]
pub(super) struct More {
    forgotten: Option<u32>,
    quiet: u32,
    /// By channel: boot and number of the frame up to which its register is booked.
    booked: Vec<(String, u32, u32)>,
    /// Without names of channels: how far every register is booked.
    all_booked: Option<(u32, u32)>,
    told: Option<SavedTold>,
    life: Option<SavedLife>,
}

/// What the last hello said beside firmware, board, profile and reset.
#[derive(Serialize, Deserialize)]
struct SavedTold {
    boot: u32,
    panic: String,
    is_core: bool,
    settings: Option<u32>,
    energy_lost_wh_max: Option<u32>,
    refused: u32,
    untold: u32,
}

#[derive(Serialize, Deserialize)]
struct SavedLife {
    boot: Option<u32>,
    started: Timestamp,
    watchdogs: u32,
    panics: u32,
    in_force: Option<u32>,
    given: Option<(SavedSettings, Timestamp)>,
    refused: Option<(u32, String)>,
    commanded: u64,
}

#[derive(Serialize, Deserialize)]
struct SavedSettings {
    version: u32,
    power_on: Option<SavedPowerOn>,
    report_interval_ms: Option<u32>,
    change_spacing_ms: Option<u32>,
    silent_after_ms: Option<u32>,
    save_interval_ms: Option<u32>,
}

#[derive(Serialize, Deserialize)]
enum SavedPowerOn {
    Off,
    Level(u8),
    Last,
    Daylight,
}

impl More {
    /// What an earlier program knew of it.
    pub fn before(node: &SavedNode) -> Self {
        let oldest = node.windows.last().filter(|_| node.windows.len() >= BOOTS_BEFORE);
        Self {
            forgotten: oldest.and_then(|window| window.boot.checked_sub(1)),
            quiet: 0,
            booked: Vec::new(),
            all_booked: node.windows.first().map(|window| (window.boot, node.booked)),
            told: None,
            life: None,
        }
    }

    fn of(node: &Node) -> Self {
        let booked = node.meters.iter().filter(|known| known.booked.0 > 0).map(|known| {
            let (boot, seq) = known.booked;
            (node.channel(known.symbol).to_owned(), boot, seq)
        });
        Self {
            forgotten: node.forgotten,
            quiet: node.quiet,
            booked: booked.collect(),
            all_booked: None,
            told: node.told.as_deref().map(SavedTold::new),
            life: node.life.as_deref().map(SavedLife::new),
        }
    }
}

impl SavedTold {
    fn new(told: &Told) -> Self {
        Self {
            boot: told.boot,
            panic: told.panic.to_string(),
            is_core: told.mode == Mode::Core,
            settings: told.settings,
            energy_lost_wh_max: told.energy_lost_wh_max,
            refused: told.refused,
            untold: told.untold,
        }
    }

    fn put(self, told: &mut Told) {
        told.boot = self.boot;
        told.panic = self.panic.into();
        told.mode = if self.is_core { Mode::Core } else { Mode::Normal };
        told.settings = self.settings;
        told.energy_lost_wh_max = self.energy_lost_wh_max;
        told.refused = self.refused;
        told.untold = self.untold;
    }
}

impl SavedLife {
    fn new(life: &Life) -> Self {
        Self {
            boot: life.boot,
            started: life.started,
            watchdogs: life.watchdogs,
            panics: life.panics,
            in_force: life.in_force,
            given: life.given.map(|given| (SavedSettings::new(&given.settings), given.since)),
            refused: life.refused.as_ref().map(|(version, why)| (*version, why.to_string())),
            commanded: life.commanded,
        }
    }

    fn restore(self) -> Life {
        let given =
            self.given.map(|(settings, since)| Given { settings: settings.restore(), since });
        Life {
            boot: self.boot,
            started: self.started,
            watchdogs: self.watchdogs,
            panics: self.panics,
            in_force: self.in_force,
            given,
            refused: self.refused.map(|(version, why)| (version, why.into())),
            commanded: self.commanded,
        }
    }
}

impl SavedSettings {
    fn new(settings: &Settings) -> Self {
        Self {
            version: settings.version,
            power_on: settings.power_on.map(|power_on| match power_on {
                PowerOn::Off => SavedPowerOn::Off,
                PowerOn::Level(level_pct) => SavedPowerOn::Level(level_pct),
                PowerOn::Last => SavedPowerOn::Last,
                PowerOn::Daylight => SavedPowerOn::Daylight,
            }),
            report_interval_ms: settings.report_interval_ms,
            change_spacing_ms: settings.change_spacing_ms,
            silent_after_ms: settings.silent_after_ms,
            save_interval_ms: settings.save_interval_ms,
        }
    }

    fn restore(self) -> Settings {
        Settings {
            version: self.version,
            power_on: self.power_on.map(|power_on| match power_on {
                SavedPowerOn::Off => PowerOn::Off,
                SavedPowerOn::Level(level_pct) => PowerOn::Level(level_pct),
                SavedPowerOn::Last => PowerOn::Last,
                SavedPowerOn::Daylight => PowerOn::Daylight,
            }),
            report_interval_ms: self.report_interval_ms,
            change_spacing_ms: self.change_spacing_ms,
            silent_after_ms: self.silent_after_ms,
            save_interval_ms: self.save_interval_ms,
        }
    }
}

impl Controller {
    pub(super) fn save_more(&self) -> Vec<More> {
        self.nodes.iter().map(More::of).collect()
    }

    pub(super) fn restore_more(&mut self, name: Id, more: More) {
        let Some(ix) = self.node_names.get(&name).copied() else { return };
        let node = &mut self.nodes[ix.at()];
        node.forgotten = more.forgotten;
        node.quiet = more.quiet;
        if let (Some(told), Some(saved)) = (&mut node.told, more.told) {
            saved.put(told);
        }
        node.life = more.life.map(|life| Box::new(life.restore()));
        if let Some(booked) = more.all_booked {
            node.meters.iter_mut().for_each(|known| known.booked = booked);
        }
        for (channel, boot, seq) in more.booked {
            if let Some(symbol) = self.nodes[ix.at()].symbol(&channel) {
                self.note_booked(ix, symbol, (boot, seq));
            }
        }
    }
}
