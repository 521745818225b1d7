//! Rules of the staff for a room-day: none, the shipped example, or drawn ones.

use controller::RoomConfig;
use rules::{Place, RuleSet, ZoneName};
use simulator::seeded::Seeded;
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

const WHEN: [&str; 14] = [
    "occupied && co2_ppm > {n}",
    "occupied && period == \"break\" && daylight_lx > {n}",
    "occupied && for(temperature_c > 28, \"5m\")",
    "vacant && between(\"19:00\", \"23:00\")",
    "vacant && day in [\"holiday\", \"vacation\", \"weekend\"]",
    "occupied && hyst(daylight_lx, 200, {n})",
    "occupied && daylight_lx > {n}",
    "occupied && !(period == \"lesson\" || co2_ppm < {n})",
    "occupied && since(vacant) > \"30m\"",
    "vacant_for_min >= 15",
    "occupied && manual",
    "illuminance_lx > {n}",
    "!fresh(co2_ppm) || period == \"closed\"",
    "period == \"exam\"",
];

const ASKS: [(&str, &str); 11] = [
    ("ask = \"max\"\nlevel_pct = 40", "daylight"),
    ("ask = \"min\"\nlevel_pct = 15", "daylight"),
    ("ask = \"set\"\nlevel_pct = 30", "occupancy"),
    ("ask = \"set\"\ntarget_lx = 300", "occupancy"),
    ("ask = \"min\"\nlevel_pct = 35", "demand_response"),
    ("ask = \"max\"\nlevel_pct = 60", "demand_response"),
    ("ask = \"off\"", "sweep"),
    ("ask = \"hold\"", "sweep"),
    ("ask = \"max\"\nlevel_pct = 5", "occupancy"),
    ("ask = \"off\"", "demand_response"),
    ("ask = \"min\"\ntarget_lx = 400", "floor"),
];

/// The rules of a room, and whether they run though the checker finds fault with them.
pub fn draw(room: &RoomConfig, chance: &mut Seeded) -> (Arc<RuleSet>, bool) {
    match chance.between(0, 5) {
        0..=1 => (Arc::default(), false),
        2..=3 => (example(), false),
        kind => {
            let set = drawn(chance);
            let places = room.zones.iter().map(|zone| Place {
                name: ZoneName { room: "school/101".into(), zone: zone.id.to_string() },
                settings: zone.lighting,
            });
            let places: Vec<Place> = places.collect();
            let clean = rules::check(&set, &places[..1]).is_empty();
            match (clean, kind) {
                (true, _) => (Arc::new(set), false),
                (false, 5) => (Arc::new(set), true),
                (false, _) => (example(), false),
            }
        }
    }
}

/// As shipped; read once.
fn example() -> Arc<RuleSet> {
    static EXAMPLE: OnceLock<Arc<RuleSet>> = OnceLock::new();
    EXAMPLE.get_or_init(|| Arc::new(RuleSet::parse(rules::example()).unwrap_or_default())).clone()
}

fn drawn(chance: &mut Seeded) -> RuleSet {
    let mut text = String::new();
    for nth in 0..chance.between(1, 5) {
        let at = chance.between(0, WHEN.len() as i64 - 1) as usize;
        let when = WHEN[at].replace("{n}", &chance.between(3, 12).saturating_mul(100).to_string());
        let (ask, priority) = ASKS[chance.between(0, ASKS.len() as i64 - 1) as usize];
        let expires = chance.between(1, 20);
        let _ = write!(
            text,
            "[[rule]]\nid = \"r{nth}\"\nwhere = [\"*\"]\nwhen = '{when}'\n{ask}\n\
             priority = \"{priority}\"\nexpires_min = {expires}\nreason = \"drawn\"\n"
        );
    }
    // Every one of these can be read: a test says so.
    RuleSet::parse(&text).unwrap_or_default()
}
