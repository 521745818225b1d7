//! `rules.toml`: what the staff wrote for the lamps, and the zones of this campus that it means.

use super::fault::{ConfigError, Fault};
use super::text_of;
use crate::limits::RULES_BYTES_MAX;
use controller::{Campus, RoomConfig, ZoneConfig};
use rules::{Place, RuleSet, ZoneName};
use std::path::Path;
use std::sync::Arc;

/// Name of the file, in the folder of the configuration.
const NAME: &str = "rules.toml";

/// A file of rules, as it was read.
#[derive(Clone, Debug)]
pub struct RulesFile {
    /// Its path, for messages.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

impl RulesFile {
    /// Reads a file that must be there.
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        Ok(Self { name: path.to_string_lossy().into_owned(), text: text_of(path)? })
    }

    /// Reads the one beside a configuration, where there is one.
    pub(super) fn beside(config: &Path) -> Result<Option<Self>, ConfigError> {
        let path = config.parent().unwrap_or(Path::new("")).join(NAME);
        match path.try_exists() {
            Ok(false) => Ok(None),
            // What cannot be looked at cannot be read either, and that says why.
            Ok(true) | Err(_) => Self::read(&path).map(Some),
        }
    }

    /// The rules in it.
    pub(super) fn rules_of(&self, campus: &Campus) -> Result<Arc<RuleSet>, ConfigError> {
        if self.text.len() > RULES_BYTES_MAX {
            let why = format!("more than {} kB", RULES_BYTES_MAX >> 10);
            return Err(ConfigError::Unreadable { path: self.name.clone().into(), why });
        }
        let rules = RuleSet::parse(&self.text).and_then(|rules| {
            let names: Vec<ZoneName> =
                zones_for_rules(campus).into_iter().map(|place| place.name).collect();
            rules.check_places(&names).map(|()| rules)
        });
        rules.map(Arc::new).map_err(|faults| ConfigError::Faulty {
            name: self.name.clone(),
            text: self.text.clone(),
            faults: faults.into_iter().map(fault).collect(),
        })
    }
}

/// Rules of this text for a campus; `name` is the file that they are said to come from.
///
/// # Errors
/// Everything that is wrong with them, ready to be printed.
pub fn rules_for(campus: &Campus, name: &str, text: &str) -> Result<Arc<RuleSet>, ConfigError> {
    RulesFile { name: name.to_owned(), text: text.to_owned() }.rules_of(campus)
}

/// Every zone of a campus, as rules know it.
pub fn zones_for_rules(campus: &Campus) -> Vec<Place> {
    let zones = campus.rooms.iter().flat_map(|room| room.zones.iter().map(move |it| (room, it)));
    let place = |(room, zone): (&RoomConfig, &ZoneConfig)| Place {
        name: ZoneName { room: room.place().to_string(), zone: zone.id.to_string() },
        settings: zone.lighting,
    };
    zones.map(place).collect()
}

fn fault(of: rules::Fault) -> Fault {
    Fault { title: of.title, at: of.at, label: String::new(), also: None, help: of.help }
}
