//! Who is in a room, and what its lamps do.

use crate::calibrate::Calibration;
use crate::campus::ZoneConfig;
use crate::light::{Around, Calibrated, Track, ZoneLight, at_desk};
use crate::node::{Held, Node, Symbol, is_fresh};
use crate::occupancy::stir::Stir;
use crate::occupancy::{self, Motion};
use crate::{NodeIx, RoomIx, Timestamp, ZoneIx};
use lighting::sabotage::{self, Sabotage};
use lighting::{Inputs, Occupancy, Period};
use serde::{Deserialize, Serialize};
use wire::Quantity;

/// A room.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    /// Nodes whose sensors see it: those that hang in it.
    pub nodes: Box<[NodeIx]>,
    /// Its zones are `first_zone .. first_zone + zone_count`.
    pub first_zone: u32,
    pub zone_count: u32,
    /// What its light sensors have seen.
    pub tracks: Vec<Track>,
    pub calibrated: Option<Box<Calibrated>>,
    /// The last try to do that.
    pub calibration: Option<Box<Calibration>>,
    pub occupancy: Occupancy,
    pub occupancy_since: Timestamp,
    /// What movement looked like lately.
    pub stir: Stir,
    /// The last movement after which it was found empty by more than the configured hold. Until it moves
    /// again it stays so, whatever the air says later.
    pub emptied: Option<Timestamp>,
    /// Illuminance measured before this moment still shows lamps that have changed since.
    pub settled_at: Timestamp,
    /// When to look again.
    pub deadline: Option<Timestamp>,
    /// Earliest entry in the queue; at or before `deadline`.
    pub queued: Option<Timestamp>,
    /// What is to be said of it at the end of this input.
    pub news: News,
}

/// What is to be said of a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum News {
    #[default]
    None,
    Readings,
    Changed,
}

/// Lamps that are switched together.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    pub room: RoomIx,
    pub node: NodeIx,
    pub symbol: Symbol,
    pub memory: ZoneMemory,
    pub light: ZoneLight,
}

/// What a zone remembers across a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ZoneMemory {
    pub rules: lighting::Zone,
    /// Illuminance without any lamps that the sensor sees, lx, and when it was measured.
    pub daylight: Option<Daylight>,
    /// Presses of the wall switch seen in the node's current boot.
    pub presses: u32,
    /// Since when the level is what it is, and how it came there.
    pub since: Timestamp,
    pub fade_ms: u32,
    /// What the rules were told last; `None` when they must be asked whatever they are told.
    pub told: Option<Inputs>,
}

/// Illuminance without the lamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Daylight {
    pub lx: u32,
    pub measured: Timestamp,
    /// The zone has a sensor of its own, which sees its lamps alone.
    pub own: bool,
}

/// After a change of level and its fade, ms until illuminance and reported level belong together
/// again: the way to the node, and one look of a sensor that is polled every 10 s.
pub(crate) const SETTLE_MS: i64 = 10_000;

impl Room {
    pub fn zones(&self) -> impl Iterator<Item = ZoneIx> + use<> {
        (self.first_zone..self.first_zone + self.zone_count).map(ZoneIx)
    }

    /// A zone of it was told another level: its light is not to be trusted for a while.
    pub fn disturb(&mut self, fade_ms: u32, at: Timestamp) {
        let settled_at = at.plus(i64::from(fade_ms) + SETTLE_MS);
        self.settled_at = self.settled_at.max(settled_at);
    }

    pub fn tell(&mut self, news: News) {
        self.news = self.news.max(news);
    }

    /// How long it stays lit after the last movement: the longest of its zones.
    pub fn hold_ms(&self, zones: &[ZoneConfig], period: Period) -> u32 {
        let longest = zones.iter().map(|zone| zone.lighting.hold_ms(period)).max();
        longest.unwrap_or_else(|| lighting::Settings::default().hold_ms(period))
    }

    /// Who is there, by all its nodes that speak; and when that changes by itself.
    pub fn look(&self, nodes: &[Node], around: &occupancy::Around<'_>, now: Timestamp) -> Seen {
        let usual = self.look_for(nodes, around.hold_ms, around.stale_ms, now);
        match usual.occupancy {
            Occupancy::Occupied => usual,
            Occupancy::Unknown if self.watched(nodes) => usual,
            Occupancy::Unknown => {
                let (occupancy, until) = around.without_motion(now);
                let breathed = around.breathed.filter(|_| occupancy != Occupancy::Unknown);
                let quiet_ms =
                    breathed.map_or(u64::MAX, |at| now.millis() - at.millis().min(now.millis()));
                let until = earlier(until, earlier(around.air_until, around.custom_until));
                Seen { occupancy, quiet_ms, until, ..usual }.counted()
            }
            Occupancy::VacantPending | Occupancy::Vacant => {
                self.look_after(usual, nodes, around, now)
            }
        }
    }

    /// Nobody is seen: how long that must last for the room to be empty.
    fn look_after(
        &self,
        usual: Seen,
        nodes: &[Node],
        around: &occupancy::Around<'_>,
        now: Timestamp,
    ) -> Seen {
        let last = usual.last(now);
        let (hold_ms, _) = around.hold(&self.stir, last);
        let mut seen = match hold_ms == around.hold_ms {
            true => usual,
            false => self.look_for(nodes, hold_ms, around.stale_ms, now),
        };
        if around.adapts() {
            seen.until = earlier(seen.until, earlier(around.air_until, around.custom_until));
        }
        let empty = seen.occupancy == Occupancy::Vacant;
        if self.emptied == Some(last) || (empty && around.adapts()) {
            seen.occupancy = Occupancy::Vacant;
            seen.emptied = Some(last);
        }
        seen.counted()
    }

    /// The same by movement alone, for a hold.
    fn look_for(&self, nodes: &[Node], hold_ms: u32, stale_ms: u32, now: Timestamp) -> Seen {
        let mut seen = Seen {
            occupancy: Occupancy::Unknown,
            quiet_ms: u64::MAX,
            vacant_for_ms: 0,
            emptied: None,
            until: None,
        };
        for node in &self.nodes {
            let presence = &nodes[node.at()].presence;
            let state = presence.state(hold_ms, stale_ms, now.millis());
            seen.occupancy = seen.occupancy.or(state);
            if state != Occupancy::Unknown {
                seen.quiet_ms = seen.quiet_ms.min(presence.quiet_ms(now.millis()));
            }
            let until = presence.deadline(hold_ms, stale_ms, now.millis());
            seen.until = earlier(seen.until, until.map(Timestamp::from_millis));
        }
        if sabotage::is(Sabotage::LampsVote) {
            let light = |node: &NodeIx| nodes[node.at()].held(Quantity::IlluminanceLx, 0);
            let lux = |held: &Held| held.sample.value().map_or(0, wire::Value::whole);
            if self.nodes.iter().filter_map(light).any(|held| lux(held) > 100) {
                seen.occupancy = Occupancy::Occupied;
            }
        }
        seen.counted()
    }

    /// Whether it has a sensor that could see somebody.
    fn watched(&self, nodes: &[Node]) -> bool {
        self.nodes.iter().any(|node| nodes[node.at()].watches())
    }

    /// What its motion sensors say, for the explanation.
    pub fn motion(&self, nodes: &[Node], around: &occupancy::Around<'_>, now: Timestamp) -> Motion {
        let seen = self.look_for(nodes, around.hold_ms, around.stale_ms, now);
        match seen.occupancy {
            Occupancy::Occupied => Motion::Seen,
            Occupancy::Unknown if self.watched(nodes) => Motion::Unknown,
            Occupancy::Unknown => Motion::None,
            Occupancy::VacantPending | Occupancy::Vacant => Motion::Quiet { for_ms: seen.quiet_ms },
        }
    }
}

/// Who is in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub occupancy: Occupancy,
    /// For how long no sensor that speaks has seen anybody, ms.
    pub quiet_ms: u64,
    /// The same once the room counts as vacant, else 0.
    pub vacant_for_ms: u64,
    /// The last movement, where the room is empty by more than the configured hold.
    pub emptied: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Seen {
    /// The last movement.
    fn last(self, now: Timestamp) -> Timestamp {
        Timestamp::from_millis(now.millis().saturating_sub(self.quiet_ms))
    }

    fn counted(self) -> Self {
        let vacant = self.occupancy == Occupancy::Vacant;
        Self { vacant_for_ms: if vacant { self.quiet_ms } else { 0 }, ..self }
    }
}

impl Zone {
    /// What the rules are told. Lamps are given as dark, because their light is already taken off.
    pub fn inputs(
        &self,
        config: &ZoneConfig,
        around: &Around,
        seen: Seen,
        period: Period,
        stale_ms: u32,
        now: Timestamp,
    ) -> Inputs {
        let daylight = self.memory.daylight.filter(|d| is_fresh(d.measured, stale_ms, now));
        let lx = |daylight: Daylight| at_desk(daylight.lx.saturating_add(around.others_lx), config);
        Inputs {
            occupancy: seen.occupancy,
            vacant_for_ms: seen.vacant_for_ms,
            illuminance_lx: daylight.map(lx),
            lamp_pct: Some(0),
            look: self.light.look.millis(),
            period,
            ..Inputs::default()
        }
    }

    /// Whether asking the rules could give another answer than last time.
    pub fn must_decide(&mut self, inputs: &Inputs, now: Timestamp) -> bool {
        // How long nobody was seen is for the explanation only.
        let told = Some(Inputs { vacant_for_ms: 0, ..*inputs });
        let due = self.memory.rules.deadline().is_none_or(|at| at <= now.millis());
        let must = due || self.memory.told != told;
        self.memory.told = told;
        must
    }

    /// What the node says the lamps are at, %, if that is still fresh.
    pub fn actual_pct(&self, nodes: &[Node], stale_ms: u32, now: Timestamp) -> Option<u8> {
        let held = nodes[self.node.at()].held(Quantity::LevelPct, self.symbol)?;
        let value = held.sample.value().filter(|_| is_fresh(held.measured, stale_ms, now))?;
        // Within 0..=100 %, or it would be `out_of_range`.
        Some((value.milli().clamp(0, 100_000) as u32).div_ceil(1000) as u8)
    }
}

/// The earlier of two moments that may not exist.
pub(crate) fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
