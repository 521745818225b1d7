//! `[node_defaults]`, and the same keys of a `[[node]]`: how nodes are to behave at run time.

use super::fault::Faults;
use super::table::{At, Table};
use std::sync::Arc;
use wire::{PowerOn, Settings};

/// What holds for every node that does not say otherwise.
pub struct Usual {
    settings: Arc<Settings>,
    /// After so long without a word a sensor is not believed any more, ms.
    stale_ms: u32,
}

impl Usual {
    /// Reads `[node_defaults]`; without it nodes are as they were shipped.
    pub fn read_from(table: Option<&Table<'_>>, stale_ms: u32, faults: &mut Faults) -> Self {
        let shipped = Self { settings: Arc::default(), stale_ms };
        let settings = table.map(|table| shipped.read(table, faults));
        Self { settings: settings.unwrap_or_default(), stale_ms }
    }

    /// Reads the keys of a section; those that it does not have are as usual.
    pub fn read(&self, table: &Table<'_>, faults: &mut Faults) -> Arc<Settings> {
        let seconds = |value: Option<At<u32>>| value.map(|s| s.is * 1_000);
        let usual = *self.settings;
        let report = table.whole("report_interval_s", faults);
        if let Some(report) = report.as_ref().filter(|it| it.is * 1_000 >= self.stale_ms) {
            faults
                .add(&report.at, "reports so seldom that every sensor counts as silent in between")
                .label(format!("not below {} s", self.stale_ms / 1_000))
                .help("report more often, or raise `stale_s` in `[lighting]`");
        }
        let settings = Settings {
            version: 0,
            power_on: power_on(table, faults).or(usual.power_on),
            report_interval_ms: seconds(report).or(usual.report_interval_ms),
            change_spacing_ms: table
                .whole("change_spacing_ms", faults)
                .map(|ms| ms.is)
                .or(usual.change_spacing_ms),
            silent_after_ms: seconds(table.whole("silent_after_s", faults))
                .or(usual.silent_after_ms),
            save_interval_ms: seconds(table.whole("save_interval_s", faults))
                .or(usual.save_interval_ms),
        };
        if settings == usual { self.settings.clone() } else { Arc::new(settings) }
    }
}

fn power_on(table: &Table<'_>, faults: &mut Faults) -> Option<PowerOn> {
    let word = table.word("power_on", faults)?;
    let level = word.is.trim_end_matches('%').trim().parse::<u8>().ok();
    match (word.is.as_str(), level) {
        ("off", _) => Some(PowerOn::Off),
        ("last", _) => Some(PowerOn::Last),
        ("daylight", _) => Some(PowerOn::Daylight),
        (_, Some(level_pct @ 0..=100)) => Some(PowerOn::Level(level_pct)),
        (other, _) => {
            faults
                .add(&word.at, format!("`power_on` cannot be `{other}`"))
                .help("it is `off`, `last`, `daylight`, or a level from 0 to 100 %")
                .closest(other, ["off", "last", "daylight"]);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use wire::settings::{
        CHANGE_SPACING_MS, REPORT_INTERVAL_MS, SAVE_INTERVAL_MS, SILENT_AFTER_MS,
    };

    /// The configuration takes what the wire takes, and nothing else.
    #[test]
    fn every_range_is_that_of_the_wire() {
        use crate::config::keys::{NODE_DEFAULTS, Takes};
        let range = |name: &str, unit: u32| match NODE_DEFAULTS.key(name).unwrap().takes {
            Takes::Whole(min, max) => (min as u32 * unit)..=(max as u32 * unit),
            _ => panic!("{name}"),
        };
        assert_eq!(range("report_interval_s", 1_000), REPORT_INTERVAL_MS);
        assert_eq!(range("change_spacing_ms", 1), CHANGE_SPACING_MS);
        assert_eq!(range("silent_after_s", 1_000), SILENT_AFTER_MS);
        assert_eq!(range("save_interval_s", 1_000), SAVE_INTERVAL_MS);
    }
}
