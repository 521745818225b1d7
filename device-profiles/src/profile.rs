//! What a profile consists of. Only [`Profile::parse`] makes one, so that every profile is sound.

use crate::decimal::Decimal;
use crate::example::Example;
use crate::measure::{Measure, Unit};
use crate::output::Output;
use crate::ratio::RatioNeeds;
use std::fmt;

/// A model of meter or gateway.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Its name in configurations: `eastron-sdm120`.
    pub id: String,
    /// What it does.
    pub kind: Kind,
    /// Who makes it.
    pub maker: String,
    /// What stands on the nameplate; at least one.
    pub models: Vec<String>,
    /// Phases of a meter, 1 or 3; 0 for a gateway.
    pub phases: u8,
    /// What it speaks.
    pub protocol: Protocol,
    /// How sure we are.
    pub evidence: Evidence,
    /// What a technician should know.
    pub notes: String,
    /// Where its facts come from; at least one.
    pub sources: Vec<String>,
    /// How the bus has to be.
    pub bus: BusNeeds,
    /// Transformer ratios that its registers need.
    pub ratio: RatioNeeds,
    /// What can be read from a meter; each measure once.
    pub registers: Vec<Register>,
    /// What a gateway drives; each name once.
    pub outputs: Vec<Output>,
    /// What must hold for a device to be this model.
    pub probes: Vec<Probe>,
    /// Known answers; run by [`Profile::check_examples`].
    pub(crate) examples: Vec<Example>,
}

impl Profile {
    /// What it measures, in the order of the file.
    pub fn measures(&self) -> impl Iterator<Item = Measure> + '_ {
        self.registers.iter().map(|register| register.measure)
    }

    /// Where a measure is read.
    pub fn register(&self, measure: Measure) -> Option<&Register> {
        self.registers.iter().find(|register| register.measure == measure)
    }

    /// The channel of that name.
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name == name)
    }

    /// The same model with every value of two words or more in another order: some units of a model
    /// are set to it, and probing tries it.
    pub fn with_order(&self, order: Order) -> Self {
        let mut turned = self.clone();
        for register in &mut turned.registers {
            if let Place::Modbus { kind, order: old, .. } = &mut register.place
                && kind.words() > 1
            {
                *old = order;
            }
        }
        turned
    }
}

/// Writes a closed list of words with `ALL`, `name` and `from_name`.
macro_rules! words {
    ($(#[$about:meta])* $enum:ident { $($variant:ident = $name:literal, $says:literal;)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $enum {
            $(#[doc = $says] $variant,)*
        }

        impl $enum {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As it is written in a profile.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The one of a name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }

        impl fmt::Display for $enum {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

words! {
    /// What a device does.
    Kind {
        Meter = "meter", "It has an energy register.";
        Lighting = "lighting", "It drives lamps.";
    }
}

words! {
    /// What a device speaks on the bus.
    Protocol {
        Modbus = "modbus", "Modbus RTU, or TCP through a converter.";
        Dlt645 = "dlt645-2007", "The Chinese meter protocol, edition 2007.";
    }
}

words! {
    /// How sure we are of a profile.
    Evidence {
        Manual = "manual", "It follows the maker's document.";
        Bench = "bench", "A unit was read on a bench and compared with its display.";
        Site = "site", "Units were read in buildings for a month or more.";
        Unverified = "unverified", "Second-hand: compare with the display before you trust it.";
    }
}

words! {
    /// The parity bit of the serial line.
    Parity {
        None = "none", "None.";
        Even = "even", "Even.";
        Odd = "odd", "Odd.";
    }
}

words! {
    /// How the bytes of a value lie in its words; `A` is the byte that counts most.
    Order {
        Abcd = "ABCD", "As Modbus has it: high word first, high byte first.";
        Cdab = "CDAB", "Low word first.";
        Badc = "BADC", "High word first, bytes of each word swapped.";
        Dcba = "DCBA", "Everything turned round.";
    }
}

words! {
    /// What the words of a Modbus register are.
    WordType {
        U16 = "u16", "Whole, one word.";
        I16 = "i16", "Two's complement, one word.";
        U32 = "u32", "Whole, two words.";
        I32 = "i32", "Two's complement, two words.";
        U64 = "u64", "Whole, four words.";
        I64 = "i64", "Two's complement, four words.";
        F32 = "f32", "IEEE 754, two words.";
        F64 = "f64", "IEEE 754, four words.";
    }
}

impl WordType {
    /// How many words it takes: 1, 2 or 4.
    pub const fn words(self) -> u16 {
        match self {
            Self::U16 | Self::I16 => 1,
            Self::U32 | Self::I32 | Self::F32 => 2,
            Self::U64 | Self::I64 | Self::F64 => 4,
        }
    }
}

/// How the bus has to be for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusNeeds {
    /// Rates it knows, bit/s; the first is the factory's.
    pub bauds: Vec<u32>,
    /// Parity as it leaves the factory.
    pub parity: Parity,
    /// Most registers in one request, 1 to 125.
    pub registers_max: u16,
    /// Pause between two requests to it, ms.
    pub gap_ms: u32,
}

/// One thing that can be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Register {
    /// What it is.
    pub measure: Measure,
    /// Where it is, and how it is written there.
    pub place: Place,
    /// One raw step, in `unit`; above zero.
    pub(crate) scale: Decimal,
    /// The unit in which it counts.
    pub unit: Unit,
    /// Multiplied by the current transformer's ratio.
    pub by_ct: bool,
    /// Multiplied by the voltage transformer's ratio.
    pub by_vt: bool,
    /// The sign is turned round.
    pub negate: bool,
    /// Raw bits that mean "no value".
    pub(crate) none: Vec<u64>,
    /// Where an energy register starts again at 0, in `unit`, before ratios.
    pub(crate) modulus: Option<Decimal>,
    /// Smallest step that the meter makes, in `unit`, before ratios.
    pub(crate) resolution: Option<Decimal>,
}

/// Where a register is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Modbus: function, address from 0, type and order.
    Modbus {
        /// 3 or 4.
        fc: u8,
        /// As it stands in the request: from 0.
        address: u16,
        /// What the words are.
        kind: WordType,
        /// How they lie.
        order: Order,
    },
    /// DL/T 645: one identifier, packed decimal digits.
    Dlt645 {
        /// The identifier as it is printed: `00010000` is `0x0001_0000`.
        di: u32,
        /// How many bytes the value has, 1 to 8.
        bytes: u8,
        /// The top bit is the sign.
        signed: bool,
    },
}

/// What must hold for a device to be this model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What is read.
    pub measure: Measure,
    /// Smallest believable value, thousandths of the base unit.
    pub min_milli: i64,
    /// Largest.
    pub max_milli: i64,
}
