//! What gear answers when it is asked (IEC 62386-102, queries).

use super::{Gear, MASK, Settings};
use crate::frame::Command;

/// "Yes"; "no" is silence.
const YES: u8 = 0xFF;

/// Version 2.0 of part 102, in steps of a quarter.
const VERSION: u8 = 8;

/// A LED driver (6) that meters energy (51) and diagnoses itself (52); 254 ends the list.
const TYPES: [u8; 4] = [6, 51, 52, 254];

/// "LED".
const LIGHT_SOURCE: u8 = 6;

impl Gear {
    /// `enabled`: the device type that the frame before has enabled.
    pub(super) fn answer(
        &mut self,
        question: Command,
        enabled: Option<u8>,
        now_ms: u64,
    ) -> Option<u8> {
        let Settings { groups, scenes, max, min, power_on, system_failure, .. } = self.settings;
        let [_, high, middle, low] = self.naming.random.to_be_bytes();
        let status = self.status(now_ms);
        let yes = |bit: u8| (status >> bit & 1 == 1).then_some(YES);
        match question {
            Command::QueryStatus => Some(status),
            Command::QueryGearPresent => Some(YES),
            Command::QueryGearFailure => yes(0),
            Command::QueryLampFailure => yes(1),
            Command::QueryLampPowerOn => yes(2),
            Command::QueryLimitError => yes(3),
            Command::QueryResetState => yes(5),
            Command::QueryMissingShort => yes(6),
            Command::QueryPowerFailure => yes(7),
            Command::QueryVersion => Some(VERSION),
            Command::QueryDtr0 => Some(self.dtr[0]),
            Command::QueryDtr1 => Some(self.dtr[1]),
            Command::QueryDtr2 => Some(self.dtr[2]),
            Command::QueryDeviceType => {
                self.next_type = 0;
                Some(MASK)
            }
            Command::QueryNextDeviceType => {
                let next = TYPES.get(self.next_type).copied();
                self.next_type += 1;
                next
            }
            Command::QueryPhysicalMin => Some(self.built.physical_min),
            Command::QueryOperatingMode => Some(0),
            Command::QueryLightSource => Some(LIGHT_SOURCE),
            Command::QueryActual if self.lamp_failed => Some(MASK),
            Command::QueryActual => Some(self.ramp.level_at(now_ms)),
            Command::QueryMax => Some(max),
            Command::QueryMin => Some(min),
            Command::QueryPowerOn => Some(power_on),
            Command::QuerySystemFailure => Some(system_failure),
            Command::QueryFade => Some(self.fade_byte()),
            Command::QueryExtendedFadeTime => Some(self.settings.extended_fade),
            Command::QueryScene(scene) => Some(scenes[usize::from(scene.number())]),
            Command::QueryGroupsLow => Some(groups.to_le_bytes()[0]),
            Command::QueryGroupsHigh => Some(groups.to_le_bytes()[1]),
            Command::QueryRandomHigh => Some(high),
            Command::QueryRandomMiddle => Some(middle),
            Command::QueryRandomLow => Some(low),
            Command::ReadMemory => self.read_memory(now_ms),
            Command::QueryExtendedVersion => {
                enabled.filter(|number| TYPES[..3].contains(number)).map(|_| VERSION)
            }
            _ => None,
        }
    }

    /// The eight bits of QUERY STATUS.
    fn status(&self, now_ms: u64) -> u8 {
        let lit = self.light_pct_milli(now_ms) > 0;
        let bits = [
            self.gear_failed,
            self.lamp_failed,
            lit,
            self.limit_error,
            self.ramp.is_moving(now_ms),
            self.is_reset(),
            self.settings.short.is_none(),
            self.power_cycled,
        ];
        bits.iter().rev().fold(0, |status, &bit| status << 1 | u8::from(bit))
    }

    /// Whether everything is as after RESET. The level counts too.
    fn is_reset(&self) -> bool {
        self.settings == Settings::factory(self.settings.short, self.built.physical_min)
            && self.naming.is_reset()
            && self.ramp.end() == 254
    }

    fn fade_byte(&self) -> u8 {
        self.settings.fade_time.number() << 4 | self.settings.fade_rate.number()
    }
}
