//! What a meter can say, and the units in which it says it.

/// Writes [`Measure`] with its names and dimensions from one table.
macro_rules! measures {
    ($($variant:ident, $name:literal, $dimension:ident, $says:literal;)*) => {
        /// One thing that a meter measures. The list is closed: a name outside it is a typing mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Measure {
            $(#[doc = $says] $variant,)*
        }

        impl Measure {
            /// Every measure, in the order in which people are shown them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in profiles, topics and the API.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What kind of quantity it is.
            pub const fn dimension(self) -> Dimension {
                match self { $(Self::$variant => Dimension::$dimension,)* }
            }
        }
    };
}

measures! {
    EnergyImport, "energy_import", Energy, "Cumulative energy taken from the grid.";
    EnergyExport, "energy_export", Energy, "Cumulative energy fed into the grid.";
    EnergyTotal, "energy_total", Energy, "Cumulative energy of both directions.";
    EnergyImportL1, "energy_import_l1", Energy, "Energy taken on phase 1.";
    EnergyImportL2, "energy_import_l2", Energy, "Energy taken on phase 2.";
    EnergyImportL3, "energy_import_l3", Energy, "Energy taken on phase 3.";
    EnergyExportL1, "energy_export_l1", Energy, "Energy fed in on phase 1.";
    EnergyExportL2, "energy_export_l2", Energy, "Energy fed in on phase 2.";
    EnergyExportL3, "energy_export_l3", Energy, "Energy fed in on phase 3.";
    EnergyImportT1, "energy_import_t1", Energy, "Energy taken in tariff 1.";
    EnergyImportT2, "energy_import_t2", Energy, "Energy taken in tariff 2.";
    EnergyImportT3, "energy_import_t3", Energy, "Energy taken in tariff 3.";
    EnergyImportT4, "energy_import_t4", Energy, "Energy taken in tariff 4.";
    Power, "power", Power, "Active power of all phases.";
    PowerL1, "power_l1", Power, "Active power of phase 1.";
    PowerL2, "power_l2", Power, "Active power of phase 2.";
    PowerL3, "power_l3", Power, "Active power of phase 3.";
    Demand, "demand", Power, "Mean active power of the meter's running period.";
    DemandMax, "demand_max", Power, "Highest demand since it was reset.";
    VoltageL1, "voltage_l1", Voltage, "Phase 1 to neutral.";
    VoltageL2, "voltage_l2", Voltage, "Phase 2 to neutral.";
    VoltageL3, "voltage_l3", Voltage, "Phase 3 to neutral.";
    VoltageAvg, "voltage_avg", Voltage, "Mean of the phases to neutral.";
    VoltageL12, "voltage_l12", Voltage, "Phase 1 to phase 2.";
    VoltageL23, "voltage_l23", Voltage, "Phase 2 to phase 3.";
    VoltageL31, "voltage_l31", Voltage, "Phase 3 to phase 1.";
    CurrentL1, "current_l1", Current, "Current of phase 1.";
    CurrentL2, "current_l2", Current, "Current of phase 2.";
    CurrentL3, "current_l3", Current, "Current of phase 3.";
    CurrentN, "current_n", Current, "Current of the neutral conductor.";
    CurrentAvg, "current_avg", Current, "Mean of the phases.";
    PowerFactor, "power_factor", Ratio, "Active to apparent power, all phases.";
    PowerFactorL1, "power_factor_l1", Ratio, "Power factor of phase 1.";
    PowerFactorL2, "power_factor_l2", Ratio, "Power factor of phase 2.";
    PowerFactorL3, "power_factor_l3", Ratio, "Power factor of phase 3.";
    Frequency, "frequency", Frequency, "Mains frequency.";
    ReactivePower, "reactive_power", Reactive, "Reactive power of all phases.";
    ReactivePowerL1, "reactive_power_l1", Reactive, "Reactive power of phase 1.";
    ReactivePowerL2, "reactive_power_l2", Reactive, "Reactive power of phase 2.";
    ReactivePowerL3, "reactive_power_l3", Reactive, "Reactive power of phase 3.";
    ApparentPower, "apparent_power", Apparent, "Apparent power of all phases.";
    ApparentPowerL1, "apparent_power_l1", Apparent, "Apparent power of phase 1.";
    ApparentPowerL2, "apparent_power_l2", Apparent, "Apparent power of phase 2.";
    ApparentPowerL3, "apparent_power_l3", Apparent, "Apparent power of phase 3.";
    ReactiveEnergyImport, "reactive_energy_import", ReactiveEnergy, "Cumulative reactive energy taken.";
    ReactiveEnergyExport, "reactive_energy_export", ReactiveEnergy, "Cumulative reactive energy fed in.";
    ReactiveEnergyTotal, "reactive_energy_total", ReactiveEnergy, "Cumulative reactive energy.";
    ApparentEnergy, "apparent_energy", ApparentEnergy, "Cumulative apparent energy.";
}

impl Measure {
    /// The measure of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|measure| measure.name() == name)
    }

    /// The unit of every reading of it: `Wh`, `W`, `V`, … ; empty for a power factor.
    pub const fn base_unit(self) -> &'static str {
        self.dimension().base_unit()
    }

    /// Whether one of the three registers that an account can be kept of.
    pub const fn is_account(self) -> bool {
        matches!(self, Self::EnergyImport | Self::EnergyExport | Self::EnergyTotal)
    }
}

/// What kind of quantity a measure is; units of one kind convert into each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Active energy, Wh.
    Energy,
    /// Reactive energy, varh.
    ReactiveEnergy,
    /// Apparent energy, VAh.
    ApparentEnergy,
    /// Active power, W.
    Power,
    /// Reactive power, var.
    Reactive,
    /// Apparent power, VA.
    Apparent,
    /// Voltage, V.
    Voltage,
    /// Current, A.
    Current,
    /// Frequency, Hz.
    Frequency,
    /// A number without unit.
    Ratio,
}

impl Dimension {
    /// The unit of its readings.
    pub const fn base_unit(self) -> &'static str {
        match self {
            Self::Energy => "Wh",
            Self::ReactiveEnergy => "varh",
            Self::ApparentEnergy => "VAh",
            Self::Power => "W",
            Self::Reactive => "var",
            Self::Apparent => "VA",
            Self::Voltage => "V",
            Self::Current => "A",
            Self::Frequency => "Hz",
            Self::Ratio => "",
        }
    }

    /// The names of the units in which a profile may give it.
    pub fn units(self) -> impl Iterator<Item = &'static str> {
        UNITS.iter().filter(move |unit| unit.dimension == self).map(|unit| unit.name)
    }
}

/// A unit in which a register counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// As it is written: `kWh`.
    pub name: &'static str,
    /// What it measures.
    pub dimension: Dimension,
    /// One of it is ten to this power of the base unit.
    pub exponent: i8,
}

/// Every unit a profile may name.
pub static UNITS: [Unit; 18] = [
    unit("Wh", Dimension::Energy, 0),
    unit("kWh", Dimension::Energy, 3),
    unit("MWh", Dimension::Energy, 6),
    unit("varh", Dimension::ReactiveEnergy, 0),
    unit("kvarh", Dimension::ReactiveEnergy, 3),
    unit("VAh", Dimension::ApparentEnergy, 0),
    unit("kVAh", Dimension::ApparentEnergy, 3),
    unit("W", Dimension::Power, 0),
    unit("kW", Dimension::Power, 3),
    unit("var", Dimension::Reactive, 0),
    unit("kvar", Dimension::Reactive, 3),
    unit("VA", Dimension::Apparent, 0),
    unit("kVA", Dimension::Apparent, 3),
    unit("V", Dimension::Voltage, 0),
    unit("A", Dimension::Current, 0),
    unit("Hz", Dimension::Frequency, 0),
    unit("1", Dimension::Ratio, 0),
    unit("%", Dimension::Ratio, -2),
];

const fn unit(name: &'static str, dimension: Dimension, exponent: i8) -> Unit {
    Unit { name, dimension, exponent }
}

impl Unit {
    /// The unit of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        UNITS.iter().find(|unit| unit.name == name).copied()
    }
}
