//! What is measured, in which unit, within which range; and why there is no reading.

use core::fmt;

macro_rules! quantities {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal, $unit:literal, $min:literal ..= $max:literal, $kind:ident;)*) => {
        /// What a reading measures. Numbers are stored and never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Quantity { $($(#[$doc])* $variant = $number,)* }

        impl Quantity {
            /// Every quantity, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire, with its unit last.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name,)* } }

            /// The unit, as people write it; empty for counts and yes-or-no.
            pub const fn unit(self) -> &'static str { match self { $(Self::$variant => $unit,)* } }

            /// The plausible range in whole units; what lies outside is `out_of_range`.
            pub const fn range(self) -> (i64, i64) { match self { $(Self::$variant => ($min, $max),)* } }

            /// Whether only whole numbers make sense (registers, counts, yes-or-no).
            pub const fn whole(self) -> bool { match self { $(Self::$variant => quantities!(@$kind),)* } }

            /// The quantity of a wire name.
            pub fn from_name(name: &str) -> Option<Self> { match name { $($name => Some(Self::$variant),)* _ => None } }

            /// The quantity of a stored number.
            pub const fn from_number(number: u8) -> Option<Self> { match number { $($number => Some(Self::$variant),)* _ => None } }
        }
    };
    (@whole) => { true };
    (@decimal) => { false };
}

quantities! {
    /// Movement since the last reading (PIR): 0 or 1.
    Motion = 1, "motion", "", 0..=1, whole;
    /// Somebody is there, moving or not (mmWave): 0 or 1.
    Presence = 2, "presence", "", 0..=1, whole;
    /// Illuminance at the sensor. 200,000 lx is above direct sun (about 100,000 lx).
    IlluminanceLx = 3, "illuminance_lx", "lx", 0..=200_000, decimal;
    /// Carbon dioxide; 40,000 ppm is the SCD4x's upper end (Sensirion SCD4x datasheet, table 1).
    Co2Ppm = 4, "co2_ppm", "ppm", 0..=40_000, decimal;
    /// Air temperature; the range of an SHT4x (Sensirion SHT4x datasheet, table 2).
    TemperatureC = 5, "temperature_c", "°C", -40..=125, decimal;
    /// Relative humidity.
    HumidityPct = 6, "humidity_pct", "%", 0..=100, decimal;
    /// Active power; negative is export. ±1 MW is above any school's mains.
    PowerW = 7, "power_w", "W", -1_000_000..=1_000_000, decimal;
    /// Cumulative energy register, whole watt-hours, never a difference. 9e12 Wh is nine thousand GWh.
    EnergyWh = 8, "energy_wh", "Wh", 0..=9_000_000_000_000, whole;
    /// Light output a lamp channel is driven at, not its DALI arc level.
    LevelPct = 9, "level_pct", "%", 0..=100, decimal;
    /// Presses of the wall switch of a lamp channel since boot: a counter, so that a lost frame loses no press.
    Presses = 10, "presses", "", 0..=4_294_967_295, whole;
    /// Level that the wall switch of a lamp channel asked for last.
    ManualPct = 11, "manual_pct", "%", 0..=100, whole;
    /// The gear of a lamp channel reports a failed lamp: 0 or 1.
    LampFault = 12, "lamp_fault", "", 0..=1, whole;
    /// Seconds a lamp channel has been lit, ever: a register like energy.
    LitS = 13, "lit_s", "s", 0..=9_000_000_000, whole;
    /// Mains voltage.
    VoltageV = 14, "voltage_v", "V", 0..=1_000, decimal;
    /// Mains current.
    CurrentA = 15, "current_a", "A", -10_000..=10_000, decimal;
    /// Mains frequency.
    FrequencyHz = 16, "frequency_hz", "Hz", 0..=100, decimal;
    /// A contact of the fire alarm: 1 while it burns.
    Fire = 17, "fire", "", 0..=1, whole;
}

/// A value in thousandths of its unit: exact where a float would not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(i64);

impl Value {
    /// From thousandths of the unit.
    pub const fn from_milli(milli: i64) -> Self {
        Self(milli)
    }

    /// From whole units; saturates where no quantity reaches.
    pub const fn from_whole(units: i64) -> Self {
        Self(units.saturating_mul(1000))
    }

    /// Thousandths of the unit.
    pub const fn milli(self) -> i64 {
        self.0
    }

    /// Whole units, rounded toward zero.
    pub const fn whole(self) -> i64 {
        self.0 / 1000
    }

    /// For display and charts only: energy and decisions stay integers.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl fmt::Display for Value {
    /// `21.5`, `-0.04`, `300`: no exponent, no trailing zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        write!(f, "{}", magnitude / 1000)?;
        match magnitude % 1000 {
            0 => Ok(()),
            rest if rest % 100 == 0 => write!(f, ".{}", rest / 100),
            rest if rest % 10 == 0 => write!(f, ".{:02}", rest / 10),
            rest => write!(f, ".{rest:03}"),
        }
    }
}

/// Why there is no reading: absence has a reason, and the last good value is never shown as current.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum NoReading {
    /// The sensor does not answer.
    Silent = 1,
    /// It is switched off.
    Off = 2,
    /// It answered with an error.
    Refused = 3,
    /// It answered with a value that cannot be.
    OutOfRange = 4,
    /// There is none on this board.
    NotFitted = 5,
}

impl NoReading {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::Silent, Self::Off, Self::Refused, Self::OutOfRange, Self::NotFitted];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Off => "off",
            Self::Refused => "refused",
            Self::OutOfRange => "out_of_range",
            Self::NotFitted => "not_fitted",
        }
    }

    /// The reason of a wire name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// The reason of a stored number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as u8 == number)
    }
}

/// A value, or the reason why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sample {
    /// What was measured.
    Is(Value),
    /// Why nothing was.
    No(NoReading),
}

impl Sample {
    /// The value, where there is one.
    pub const fn value(self) -> Option<Value> {
        match self {
            Self::Is(value) => Some(value),
            Self::No(_) => None,
        }
    }

    /// Replaces what `quantity` cannot be by `out_of_range`.
    pub fn checked(self, quantity: Quantity) -> Self {
        let Self::Is(value) = self else { return self };
        let (min, max) = quantity.range();
        let fits = value.milli() >= min * 1000
            && value.milli() <= max * 1000
            && (!quantity.whole() || value.milli() % 1000 == 0);
        if fits { self } else { Self::No(NoReading::OutOfRange) }
    }
}
