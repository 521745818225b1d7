//! Energy as a file: rows with their meters, as CSV for programs or as a workbook for people.

pub mod csv;
pub mod xlsx;

use agent::api::types::{EnergyRow, MeterEnergy};

/// What is written.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Begin of the time, ms UTC.
    pub from_ms: i64,
    /// Its end.
    pub to_ms: i64,
    /// Meters by name.
    pub meters: Vec<MeterEnergy>,
    /// Rows by meter and time.
    pub rows: Vec<EnergyRow>,
}

impl Sheet {
    /// Label and place of a meter; empty when the agent does not say.
    fn about(&self, meter: &str) -> (&str, &str) {
        let known = self.meters.iter().find(|known| known.meter == meter);
        known.map_or(("", ""), |known| (known.label.as_str(), known.place.as_str()))
    }
}

#[cfg(test)]
mod tests;
