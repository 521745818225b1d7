//! Orders that move the lamp, and orders that set something (IEC 62386-102, clause 11 "commands").

use super::ramp::Ramp;
use super::{Gear, MASK, Settings};
use crate::fade::{FadeRate, FadeTime};
use crate::frame::{Command, Short};

/// Levels of a sequence follow each other within so long, and are faded between for as long.
const DAPC_SEQUENCE_MS: u32 = 200;

/// UP and DOWN go on for so long.
const UP_DOWN_MS: u32 = 200;

impl Settings {
    /// Values after RESET; the address is not one of them.
    pub(super) const fn factory(short: Option<Short>, physical_min: u8) -> Self {
        Self {
            short,
            groups: 0,
            scenes: [MASK; 16],
            max: 254,
            min: physical_min,
            power_on: 254,
            system_failure: 254,
            fade_time: FadeTime::NONE,
            fade_rate: FadeRate::FACTORY,
            extended_fade: 0,
        }
    }

    /// How long a fade takes. Fade time 0 is the extended one: `0MMMBBBB`, (B + 1) times a unit.
    fn fade_ms(&self) -> u32 {
        if self.fade_time != FadeTime::NONE {
            return self.fade_time.ms();
        }
        let unit_ms = match self.extended_fade >> 4 {
            1 => 100,
            2 => 1000,
            3 => 10_000,
            4 => 60_000,
            _ => 0,
        };
        unit_ms * (u32::from(self.extended_fade & 0x0F) + 1)
    }
}

impl Gear {
    /// Direct arc power control.
    pub(super) fn dapc(&mut self, arc: u8, now_ms: u64) {
        if now_ms < self.dapc_until_ms {
            self.dapc_until_ms = now_ms + u64::from(DAPC_SEQUENCE_MS);
            self.go(arc, DAPC_SEQUENCE_MS, now_ms);
        } else {
            self.go(arc, self.settings.fade_ms(), now_ms);
        }
    }

    /// Never answers; an `Option` because commands are told apart in one place.
    pub(super) fn move_lamp(&mut self, command: Command, now_ms: u64) -> Option<u8> {
        let Settings { min, max, fade_rate, .. } = self.settings;
        let fade_ms = self.settings.fade_ms();
        let actual = self.ramp.level_at(now_ms);
        let lit = actual != 0;
        match command {
            Command::Off => self.go(0, 0, now_ms),
            Command::RecallMax => self.go(max, 0, now_ms),
            Command::RecallMin => self.go(min, 0, now_ms),
            Command::Up if lit => {
                let to = actual.saturating_add(fade_rate.step()).clamp(min, max);
                self.go(to, UP_DOWN_MS, now_ms);
            }
            Command::Down if lit => {
                let to = actual.saturating_sub(fade_rate.step()).clamp(min, max);
                self.go(to, UP_DOWN_MS, now_ms);
            }
            Command::StepUp if lit => self.go(actual.saturating_add(1).min(max), 0, now_ms),
            Command::StepDown if lit => self.go(actual.saturating_sub(1).max(min), 0, now_ms),
            Command::StepDownAndOff if lit => {
                self.go(if actual <= min { 0 } else { actual - 1 }, 0, now_ms);
            }
            Command::OnAndStepUp => {
                let to = if lit { actual.saturating_add(1).min(max) } else { min };
                self.go(to, 0, now_ms);
            }
            Command::EnableDapcSequence => {
                self.dapc_until_ms = now_ms + u64::from(DAPC_SEQUENCE_MS);
            }
            Command::GoToLast => self.go(self.last_active, fade_ms, now_ms),
            Command::GoToScene(scene) => {
                let level = self.settings.scenes[usize::from(scene.number())];
                if level != MASK {
                    self.go(level, fade_ms, now_ms);
                }
            }
            _ => {}
        }
        None
    }

    /// Never answers. DTR0 is the value.
    pub(super) fn set(&mut self, command: Command, now_ms: u64) -> Option<u8> {
        let value = self.dtr[0];
        let physical_min = self.built.physical_min;
        let settings = &mut self.settings;
        match command {
            Command::Reset => self.reset(now_ms),
            Command::StoreActualInDtr0 => self.dtr[0] = self.ramp.level_at(now_ms),
            Command::SetMax => {
                settings.max = if value == MASK { 254 } else { value.max(settings.min) };
                self.stay_within();
            }
            Command::SetMin => {
                settings.min = value.clamp(physical_min, settings.max.max(physical_min));
                self.stay_within();
            }
            Command::SetSystemFailure => settings.system_failure = value,
            Command::SetPowerOn => settings.power_on = value,
            // Above 15 is 15.
            Command::SetFadeTime => {
                settings.fade_time = FadeTime::new(value).unwrap_or(FadeTime::at_least(u32::MAX));
            }
            // 0 is 1, above 15 is 15.
            Command::SetFadeRate => {
                settings.fade_rate = FadeRate::new(value.clamp(1, 15)).unwrap_or(FadeRate::FACTORY);
            }
            Command::SetExtendedFadeTime => {
                settings.extended_fade = if value > 0x4F { 0 } else { value };
            }
            Command::SetScene(scene) => settings.scenes[usize::from(scene.number())] = value,
            Command::RemoveFromScene(scene) => {
                settings.scenes[usize::from(scene.number())] = MASK;
            }
            Command::AddToGroup(group) => settings.groups |= 1 << group.number(),
            Command::RemoveFromGroup(group) => settings.groups &= !(1 << group.number()),
            // Anything else is no address, and changes nothing.
            Command::SetShortAddress if value == MASK => settings.short = None,
            Command::SetShortAddress => settings.short = Short::of_byte(value).or(settings.short),
            Command::EnableWriteMemory => self.memory.write_enabled = true,
            _ => {}
        }
        None
    }

    /// A level within minimum and maximum; 0 stays 0.
    pub(super) fn within(&self, level: u8) -> u8 {
        let Settings { min, max, .. } = self.settings;
        if level == 0 { 0 } else { level.clamp(min, max) }
    }

    /// The level that GO TO LAST goes to.
    pub(super) fn remember(&mut self, level: u8) {
        if level != 0 {
            self.last_active = level;
        }
    }

    /// What a power cut takes from the memory.
    pub(super) fn forget_in_power_cut(&mut self) {
        self.dtr = [0; 3];
        self.first = None;
        self.dapc_until_ms = 0;
        self.device_type = None;
        self.before_failure = None;
        self.limit_error = false;
        self.power_cycled = true;
        self.naming.forget();
        self.memory.write_enabled = false;
        self.memory.lock = MASK;
    }

    /// 255 stops where it is.
    fn go(&mut self, level: u8, fade_ms: u32, now_ms: u64) {
        let actual = self.ramp.level_at(now_ms);
        self.power_cycled = false;
        if level == MASK {
            self.ramp = Ramp::at(actual);
            return;
        }
        let to = self.within(level);
        self.limit_error = to != level;
        let fade_ms = if to == actual { 0 } else { fade_ms };
        self.ramp = Ramp::fade(actual, to, self.settings.min, now_ms, fade_ms);
        self.remember(to);
    }

    /// After minimum or maximum has changed: what is on its way ends within them too.
    fn stay_within(&mut self) {
        self.ramp = self.ramp.map(|level| self.within(level));
        self.before_failure = self.before_failure.map(|ramp| ramp.map(|level| self.within(level)));
    }

    fn reset(&mut self, now_ms: u64) {
        self.settings = Settings::factory(self.settings.short, self.built.physical_min);
        self.naming.reset();
        self.go(254, 0, now_ms);
        self.limit_error = false;
    }
}
