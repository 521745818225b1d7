//! The standard commands (IEC 62386-102, table "standard commands"): number, name, and how each is sent.

use super::{Group, How, Scene};

/// One row per command; the enum and both directions are made of it.
macro_rules! commands {
    (
        plain { $($name:ident = $code:literal, $how:ident, $doc:literal;)* }
        numbered { $($family:ident($of:ident) = $base:literal, $family_how:ident, $family_doc:literal;)* }
    ) => {
        /// A standard command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Command {
            $(#[doc = $doc] $name,)*
            $(#[doc = $family_doc] $family($of),)*
            /// A number that is not in the table: reserved, or of an extension (224..=254), which means
            /// what the device type enabled just before says.
            Other(u8),
        }

        impl Command {
            /// The command with this number.
            pub const fn of(code: u8) -> Self {
                match code {
                    $($code => Self::$name,)*
                    _ => match code & 0xF0 {
                        $($base => Self::$family($of::nibble(code)),)*
                        _ => Self::Other(code),
                    },
                }
            }

            /// Its number.
            pub const fn code(self) -> u8 {
                match self {
                    $(Self::$name => $code,)*
                    $(Self::$family(number) => $base | number.number(),)*
                    Self::Other(code) => code,
                }
            }

            /// How it is sent.
            pub const fn how(self) -> How {
                match self {
                    $(Self::$name => How::$how,)*
                    $(Self::$family(_) => How::$family_how,)*
                    // Parts 201 ff. set with 224..=239 and ask with 240..=254.
                    Self::Other(0xE0..=0xEF) => How::Twice,
                    Self::Other(0xF0..=0xFE) => How::Answer,
                    Self::Other(_) => How::Once,
                }
            }
        }
    };
}

commands! {
    plain {
        Off = 0x00, Once, "Off at once.";
        Up = 0x01, Once, "Brighter for 200 ms at the fade rate; does not light a lamp that is off.";
        Down = 0x02, Once, "Darker for 200 ms at the fade rate; does not switch off.";
        StepUp = 0x03, Once, "One level up at once.";
        StepDown = 0x04, Once, "One level down at once; does not switch off.";
        RecallMax = 0x05, Once, "To the maximum at once.";
        RecallMin = 0x06, Once, "To the minimum at once.";
        StepDownAndOff = 0x07, Once, "One level down; off if at the minimum.";
        OnAndStepUp = 0x08, Once, "One level up; to the minimum if off.";
        EnableDapcSequence = 0x09, Once, "Levels follow each other quickly: fade between them in 200 ms.";
        GoToLast = 0x0A, Once, "To the level before the lamp went off, with the fade time.";
        Reset = 0x20, Twice, "Settings to their factory values; addresses and groups too, not the short one.";
        StoreActualInDtr0 = 0x21, Twice, "The actual level to DTR0.";
        SavePersistent = 0x22, Twice, "Keep settings through a power cut now.";
        SetOperatingMode = 0x23, Twice, "Operating mode from DTR0.";
        ResetMemoryBank = 0x24, Twice, "Memory bank DTR0 to its factory values.";
        Identify = 0x25, Twice, "Show where you are for 10 s.";
        SetMax = 0x2A, Twice, "Maximum level from DTR0.";
        SetMin = 0x2B, Twice, "Minimum level from DTR0.";
        SetSystemFailure = 0x2C, Twice, "Level when the bus fails from DTR0; 255: stay.";
        SetPowerOn = 0x2D, Twice, "Level after mains returns from DTR0; 255: as before.";
        SetFadeTime = 0x2E, Twice, "Fade time from DTR0, 0..=15.";
        SetFadeRate = 0x2F, Twice, "Fade rate from DTR0, 1..=15.";
        SetExtendedFadeTime = 0x30, Twice, "Fade time for fade time 0, from DTR0.";
        SetShortAddress = 0x80, Twice, "Short address from DTR0: `0AAAAAA1`, or 255 for none.";
        EnableWriteMemory = 0x81, Twice, "Memory may be written until another command comes.";
        QueryStatus = 0x90, Answer, "Eight bits: `bus::Status`.";
        QueryGearPresent = 0x91, Answer, "Is anybody there?";
        QueryLampFailure = 0x92, Answer, "Is a lamp broken?";
        QueryLampPowerOn = 0x93, Answer, "Is the lamp lit?";
        QueryLimitError = 0x94, Answer, "Was the last level outside minimum and maximum?";
        QueryResetState = 0x95, Answer, "Are all settings factory values?";
        QueryMissingShort = 0x96, Answer, "Have you no short address?";
        QueryVersion = 0x97, Answer, "Version of part 102.";
        QueryDtr0 = 0x98, Answer, "What is in DTR0?";
        QueryDeviceType = 0x99, Answer, "Device type; 254 none, 255 several.";
        QueryPhysicalMin = 0x9A, Answer, "Lowest level the gear can do.";
        QueryPowerFailure = 0x9B, Answer, "Has there been a power cut since the last level?";
        QueryDtr1 = 0x9C, Answer, "What is in DTR1?";
        QueryDtr2 = 0x9D, Answer, "What is in DTR2?";
        QueryOperatingMode = 0x9E, Answer, "Operating mode.";
        QueryLightSource = 0x9F, Answer, "Kind of lamp.";
        QueryActual = 0xA0, Answer, "Level now; 255 while starting or broken.";
        QueryMax = 0xA1, Answer, "Maximum level.";
        QueryMin = 0xA2, Answer, "Minimum level.";
        QueryPowerOn = 0xA3, Answer, "Level after mains returns.";
        QuerySystemFailure = 0xA4, Answer, "Level when the bus fails.";
        QueryFade = 0xA5, Answer, "Fade time in the upper, fade rate in the lower four bits.";
        QueryMakerMode = 0xA6, Answer, "Is the operating mode one of the maker's?";
        QueryNextDeviceType = 0xA7, Answer, "The next device type; 254 no more.";
        QueryExtendedFadeTime = 0xA8, Answer, "Fade time for fade time 0.";
        QueryGearFailure = 0xAA, Answer, "Is the gear itself broken?";
        QueryGroupsLow = 0xC0, Answer, "Groups 0..=7, a bit each.";
        QueryGroupsHigh = 0xC1, Answer, "Groups 8..=15, a bit each.";
        QueryRandomHigh = 0xC2, Answer, "Upper byte of the random address.";
        QueryRandomMiddle = 0xC3, Answer, "Middle byte of the random address.";
        QueryRandomLow = 0xC4, Answer, "Lower byte of the random address.";
        ReadMemory = 0xC5, Answer, "Byte DTR0 of memory bank DTR1; DTR0 moves on by one.";
        QueryExtendedVersion = 0xFF, Answer, "Version of the device type enabled just before.";
    }
    numbered {
        GoToScene(Scene) = 0x10, Once, "To the level of a scene, with the fade time.";
        SetScene(Scene) = 0x40, Twice, "Level of a scene from DTR0.";
        RemoveFromScene(Scene) = 0x50, Twice, "No level for this scene.";
        AddToGroup(Group) = 0x60, Twice, "Into a group.";
        RemoveFromGroup(Group) = 0x70, Twice, "Out of a group.";
        QueryScene(Scene) = 0xB0, Answer, "Level of a scene; 255 none.";
    }
}
