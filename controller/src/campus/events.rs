//! How fire alarms end and whom they concern; and scenes.

use super::Place;
use crate::imposed::Extent;
use wire::Id;

/// Fire alarms and scenes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSettings {
    /// How inputs of nodes are understood.
    pub fire: FireSettings,
    /// What rooms can ask for by name.
    pub scenes: Vec<Scene>,
}

/// How a fire input is understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FireSettings {
    /// What ends an alarm.
    pub ends: FireEnds,
    /// Whom it concerns.
    pub covers: FireCovers,
}

/// What ends the alarm of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FireEnds {
    /// The input: fire panels hold their alarm themselves until somebody resets them.
    #[default]
    Input,
    /// A person, after the input.
    Person,
}

/// Whom the alarm of an input concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FireCovers {
    /// Where its node hangs, and no more.
    Place,
    /// The whole building: people leave through it.
    #[default]
    Building,
    /// Everything.
    Campus,
}

/// Levels that a room asks for by one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// Its name.
    pub id: Id,
    /// Zones by name, and their level, %; `None` leaves them to the rules.
    pub zones: Vec<(Id, Option<u8>)>,
    /// All other zones.
    pub others: Option<u8>,
}

impl FireCovers {
    /// The rooms that an input at this place concerns.
    pub fn of(self, place: Place) -> Extent {
        match (self, place) {
            (Self::Campus, _) => Extent::Campus,
            (Self::Place, place) => place.into(),
            (Self::Building, Place::Room { building, .. } | Place::Building(building)) => {
                Extent::Building(building)
            }
        }
    }
}

impl Scene {
    /// The level of a zone, %; `None` leaves it to the rules.
    pub fn level_pct(&self, zone: Id) -> Option<u8> {
        let own = self.zones.iter().find(|(id, _)| *id == zone);
        own.map_or(self.others, |(_, level)| *level)
    }
}

impl EventSettings {
    /// The scene of this name.
    pub fn scene(&self, id: Id) -> Option<&Scene> {
        self.scenes.iter().find(|scene| scene.id == id)
    }
}

impl Default for EventSettings {
    /// Scenes that every school has; each can be configured otherwise.
    fn default() -> Self {
        // `None` only for a name that is none; these are.
        let id = |name: &str| Id::new(name).ok();
        let scene = |name: &str, zones: &[(&str, u8)], others| {
            let zones = zones.iter().filter_map(|(zone, level)| Some((id(zone)?, Some(*level))));
            Some(Scene { id: id(name)?, zones: zones.collect(), others: Some(others) })
        };
        let shipped = [
            scene("lesson", &[], 100),
            // The group at the board and the row before it are legitimate darkness
            // (research: projection); the others enough to write by.
            scene("projection", &[("board", 0), ("front", 0)], 40),
            scene("exam", &[], 100),
            scene("off", &[], 0),
        ];
        Self { fire: FireSettings::default(), scenes: shipped.into_iter().flatten().collect() }
    }
}
