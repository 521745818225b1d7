//! What control gear does: a model for tests, for the simulator and for the peer of an emulated board.
//!
//! Follows IEC 62386-102 as far as a lighting node can tell, and parts 252 and 253 for energy and running
//! time. Not modelled: lamp starting time, the time a new random address takes, what is not for LEDs.

mod answers;
mod memory;
mod naming;
mod orders;
mod ramp;

use crate::bus::Reply;
use crate::fade::{FadeRate, FadeTime};
use crate::frame::{Address, Command, Forward, How, Order, Short, Special, TWICE_MS_MAX};
use crate::level::Level;
use memory::Memory;
use naming::Naming;
use ramp::Ramp;

/// The bus has failed when it was low for so long (IEC 62386-101, table "power interruptions": 550 ms).
pub const BUS_FAILURE_MS: u64 = 550;

/// After mains returns, gear waits so long for somebody to tell it a level (IEC 62386-102, "power-on").
pub const POWER_ON_WAIT_MS: u64 = 600;

/// "No value", "no change", "yes".
const MASK: u8 = 0xFF;

/// What a model of gear is built like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Built {
    /// The lowest arc level it can do, 1..=254. 85 is 1 % of light, 1 is 0.1 %.
    pub physical_min: u8,
    /// Power at full light, mW.
    pub full_mw: u32,
    /// Power with the lamp off, mW.
    pub standby_mw: u32,
    /// Whether it has memory bank 202, which counts energy.
    pub metered: bool,
}

impl Built {
    /// A LED panel of a classroom: 40 W, 1 %, 0.3 W in standby, with a meter.
    pub const PANEL: Self =
        Self { physical_min: 85, full_mw: 40_000, standby_mw: 300, metered: true };
}

/// What gear keeps through a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Settings {
    short: Option<Short>,
    groups: u16,
    scenes: [u8; 16],
    max: u8,
    min: u8,
    power_on: u8,
    system_failure: u8,
    fade_time: FadeTime,
    fade_rate: FadeRate,
    extended_fade: u8,
}

/// One control gear with its lamp. Time is milliseconds on any scale that only goes forward.
#[derive(Clone, Debug)]
pub struct Gear {
    built: Built,
    settings: Settings,
    naming: Naming,
    memory: Memory,
    /// Where the level is going.
    ramp: Ramp,
    /// What it did before the bus failed, in case it comes back at once.
    before_failure: Option<Ramp>,
    last_active: u8,
    dtr: [u8; 3],
    /// The first of an order that goes twice.
    first: Option<(Forward, u64)>,
    dapc_until_ms: u64,
    device_type: Option<u8>,
    next_type: usize,
    mains: bool,
    bus: bool,
    lamp_failed: bool,
    gear_failed: bool,
    limit_error: bool,
    power_cycled: bool,
}

impl Gear {
    /// New from the factory, fed and lit, without an address. `seed` makes its random addresses and its
    /// serial number; gear of one bus needs different ones.
    pub fn new(built: Built, seed: u32) -> Self {
        let settings = Settings::factory(None, built.physical_min);
        Self {
            built,
            settings,
            naming: Naming::new(seed),
            memory: Memory::new(seed),
            ramp: Ramp::at(254),
            before_failure: None,
            last_active: 254,
            dtr: [0; 3],
            first: None,
            dapc_until_ms: 0,
            device_type: None,
            next_type: 0,
            mains: true,
            bus: true,
            lamp_failed: false,
            gear_failed: false,
            limit_error: false,
            power_cycled: true,
        }
    }

    /// The same, put to an address and into groups (a bit each) by somebody before.
    pub fn with(mut self, short: Option<Short>, groups: u16) -> Self {
        self.settings.short = short;
        self.settings.groups = groups;
        self
    }

    /// Hears one frame, and answers if it has to. An order that goes twice is obeyed at the second.
    pub fn hear(&mut self, frame: Forward, now_ms: u64) -> Option<u8> {
        self.advance(now_ms);
        if !self.mains || !self.bus {
            return None;
        }
        let order = frame.order();
        let first = self.first.take();
        if order.how() == How::Twice {
            let in_time = |at_ms: u64| now_ms.saturating_sub(at_ms) <= u64::from(TWICE_MS_MAX);
            if !first.is_some_and(|(same, at_ms)| same == frame && in_time(at_ms)) {
                self.first = Some((frame, now_ms));
                return None;
            }
        }
        match order {
            Order::Level(to, arc) if self.is_meant(to) => {
                self.memory.write_enabled = false;
                self.dapc(arc, now_ms);
                None
            }
            Order::Command(to, command) if self.is_meant(to) => self.obey(command, now_ms),
            Order::Special(special) => self.hear_special(special, now_ms),
            _ => None,
        }
    }

    /// Its arc level: 0 off, 1..=254. What the lamp would do if it is broken.
    pub fn level_at(&self, now_ms: u64) -> Level {
        let arc = if self.mains { self.ramp.level_at(now_ms) } else { 0 };
        // A ramp goes between 0 and 254.
        Level::new(arc).unwrap_or(Level::FULL)
    }

    /// Light of the lamp in thousandths of a percent of all it can do, 0..=100 000.
    pub fn light_pct_milli(&self, now_ms: u64) -> u32 {
        if self.lamp_failed || self.gear_failed { 0 } else { self.level_at(now_ms).milli_pct() }
    }

    /// Power it takes from the mains, mW: in proportion to the light, as with LEDs.
    pub fn power_mw(&self, now_ms: u64) -> u32 {
        if !self.mains {
            return 0;
        }
        let light = u64::from(self.light_pct_milli(now_ms));
        let span = u64::from(self.built.full_mw.saturating_sub(self.built.standby_mw));
        // At most `full_mw`.
        self.built.standby_mw + (span * light / 100_000) as u32
    }

    /// Energy since the factory, mWh.
    pub fn energy_mwh(&mut self, now_ms: u64) -> u64 {
        self.advance(now_ms);
        self.memory.energy_mwh()
    }

    /// The lamp breaks, or is replaced.
    pub fn set_lamp_failed(&mut self, failed: bool, now_ms: u64) {
        self.advance(now_ms);
        self.lamp_failed = failed;
    }

    /// The gear breaks in a way that it can still tell, or recovers.
    pub fn set_gear_failed(&mut self, failed: bool, now_ms: u64) {
        self.advance(now_ms);
        self.memory.count_failure(failed && !self.gear_failed);
        self.gear_failed = failed;
    }

    /// Its meter cannot say anything for the time being.
    pub fn set_meter_unavailable(&mut self, unavailable: bool) {
        self.memory.unavailable = unavailable;
    }

    /// The bus gets or loses its supply. Shorter than [`BUS_FAILURE_MS`] it is no failure.
    pub fn set_bus(&mut self, up: bool, now_ms: u64) {
        self.advance(now_ms);
        if up == self.bus {
            return;
        }
        self.bus = up;
        let level = self.settings.system_failure;
        if up {
            let too_short = now_ms < self.ramp.start_ms();
            if let Some(before) = self.before_failure.take().filter(|_| too_short) {
                self.ramp = before;
            }
        } else if level != MASK && self.mains {
            self.before_failure = Some(self.ramp);
            let to = self.within(level);
            self.ramp = Ramp::jump(self.ramp, to, now_ms + BUS_FAILURE_MS);
            self.remember(to);
        }
    }

    /// Mains is switched off or comes back.
    pub fn set_mains(&mut self, on: bool, now_ms: u64) {
        self.advance(now_ms);
        if on == self.mains {
            return;
        }
        if !on {
            self.memory.last_light = self.ramp.level_at(now_ms);
        }
        self.mains = on;
        if !on {
            return;
        }
        self.memory.count_start();
        self.forget_in_power_cut();
        // A dead bus goes before: IEC 62386-102, "system failure".
        let failed = !self.bus && self.settings.system_failure != MASK;
        let level = match (failed, self.settings.power_on) {
            (true, _) => self.settings.system_failure,
            (false, MASK) => self.memory.last_light,
            (false, level) => level,
        };
        let to = self.within(level);
        let wait_ms = if failed { BUS_FAILURE_MS } else { POWER_ON_WAIT_MS };
        self.ramp = Ramp::jump(Ramp::at(0), to, now_ms + wait_ms);
        self.remember(to);
    }

    /// Its short address.
    pub fn short(&self) -> Option<Short> {
        self.settings.short
    }

    /// Its groups, a bit each.
    pub fn groups(&self) -> u16 {
        self.settings.groups
    }

    fn is_meant(&self, to: Address) -> bool {
        match to {
            Address::Broadcast => true,
            Address::Unaddressed => self.settings.short.is_none(),
            Address::Short(short) => self.settings.short == Some(short),
            Address::Group(group) => self.settings.groups >> group.number() & 1 == 1,
        }
    }

    /// A command that is meant for it.
    fn obey(&mut self, command: Command, now_ms: u64) -> Option<u8> {
        let keeps_memory_open = matches!(
            command,
            Command::QueryDtr0 | Command::QueryDtr1 | Command::QueryDtr2 | Command::ReadMemory
        );
        self.memory.write_enabled &= keeps_memory_open;
        let enabled = self.device_type.take();
        match command.how() {
            How::Answer => self.answer(command, enabled, now_ms),
            How::Once => self.move_lamp(command, now_ms),
            How::Twice => self.set(command, now_ms),
        }
        .filter(|_| command.how() == How::Answer)
    }

    fn hear_special(&mut self, special: Special, now_ms: u64) -> Option<u8> {
        self.device_type = None;
        match special {
            Special::Dtr0(value) => self.dtr[0] = value,
            Special::Dtr1(value) => self.dtr[1] = value,
            Special::Dtr2(value) => self.dtr[2] = value,
            Special::EnableDeviceType(number) => self.device_type = Some(number),
            Special::WriteMemory(value) => return self.write_memory(value, now_ms),
            Special::WriteMemoryQuietly(value) => {
                self.write_memory(value, now_ms);
            }
            Special::Ping => {}
            _ => {
                self.memory.write_enabled = false;
                return self.naming.hear(special, &mut self.settings.short, now_ms);
            }
        }
        None
    }

    /// Counts energy and time up to now, at what it has done since the last call.
    fn advance(&mut self, now_ms: u64) {
        let (from_ms, to_ms) = (self.memory.at_ms, now_ms.max(self.memory.at_ms));
        self.memory.at_ms = to_ms;
        if !self.mains {
            return;
        }
        self.memory.operating_ms += to_ms - from_ms;
        let mut at_ms = from_ms;
        // Power changes while fading only, and at its start and end: short slices there, one for the rest.
        while at_ms < to_ms {
            let until_ms = self.ramp.steady_until(at_ms).min(to_ms);
            let middle_ms = at_ms.midpoint(until_ms);
            self.memory.add_energy(self.power_mw(middle_ms), until_ms - at_ms);
            at_ms = until_ms;
        }
    }
}

/// What a bus carries back when several may have answered one frame. Two at once are no frame, even if
/// they say the same: their bits do not fall together.
pub fn together(answers: impl IntoIterator<Item = Option<u8>>) -> Reply {
    let mut answers = answers.into_iter().flatten();
    match (answers.next(), answers.next()) {
        (None, _) => Reply::Nothing,
        (Some(byte), None) => Reply::Backward(byte),
        (Some(_), Some(_)) => Reply::Collision,
    }
}
