//! What goes wrong on a room-day, and when.

use simulator::seeded::Seeded;

/// Something that goes wrong from a moment to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub what: What,
    /// From when, ms UTC.
    pub from: i64,
    /// Until when; a step or a restart that takes no time ends at once.
    pub to: i64,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A node says nothing, and loses what it would have said.
    Silent(usize),
    /// A motion sensor says the same whatever happens.
    StuckMotion(usize, bool),
    /// A light sensor says the same whatever happens, lx.
    StuckLux(usize, u32),
    /// The agent's clock is set, ms ahead or back; node clocks follow.
    ClockStep(i64),
    /// The agent dies, and comes back from its checkpoint and log.
    AgentRestart,
    /// A node's supply goes and comes: presses and frames count from the beginning.
    NodeRestart(usize),
    /// Nothing comes through, either way; what was sent is sent again afterwards.
    BrokerLoss,
    /// So many of a hundred frames come twice.
    Duplicates(i64),
    /// So many of a hundred frames come up to so many ms late, and out of order.
    Late(i64, i64),
    /// A node does not know the time of day.
    NoClock(usize),
}

impl What {
    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Silent(_) => "silent-node",
            Self::StuckMotion(_, true) => "motion-stuck-on",
            Self::StuckMotion(_, false) => "motion-stuck-off",
            Self::StuckLux(..) => "lux-stuck",
            Self::ClockStep(_) => "clock-step",
            Self::AgentRestart => "agent-restart",
            Self::NodeRestart(_) => "node-restart",
            Self::BrokerLoss => "broker-loss",
            Self::Duplicates(_) => "duplicates",
            Self::Late(..) => "late-frames",
            Self::NoClock(_) => "no-node-clock",
        }
    }

    /// Whether the agent goes on as if nobody had listened, or was set back: what may cause no dark (S7).
    pub const fn is_ignorance(self) -> bool {
        matches!(self, Self::ClockStep(_) | Self::AgentRestart | Self::BrokerLoss)
    }

    /// Whether sensors tell something else than the truth.
    pub const fn is_of_sensors(self) -> bool {
        matches!(self, Self::Silent(_) | Self::StuckMotion(..) | Self::StuckLux(..))
    }
}

/// Every name, for the command line.
pub const NAMES: [&str; 11] = [
    "silent-node",
    "motion-stuck-on",
    "motion-stuck-off",
    "lux-stuck",
    "clock-step",
    "agent-restart",
    "node-restart",
    "broker-loss",
    "duplicates",
    "late-frames",
    "no-node-clock",
];

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// What goes wrong on a day; on a third of all days nothing does.
pub fn draw(start: i64, nodes: usize, chance: &mut Seeded) -> Vec<Fault> {
    let count = if chance.chance(0.35) { 0 } else { chance.between(1, 4) };
    let mut faults: Vec<Fault> = (0..count).map(|_| one(start, nodes, chance)).collect();
    faults.sort_by_key(|fault| fault.from);
    // The agent dies once, and the clock is set once: what follows is compared with a day without.
    let mut seen = Vec::new();
    faults.retain(|fault| {
        let again = fault.what.is_ignorance() && seen.contains(&fault.what.name());
        seen.push(fault.what.name());
        !again
    });
    faults
}

fn one(start: i64, nodes: usize, chance: &mut Seeded) -> Fault {
    // Most of what matters happens by day.
    let by_day = chance.chance(0.8);
    let hours = if by_day { (7, 18) } else { (0, 23) };
    let from =
        start + chance.between(hours.0 * 60, hours.1 * 60) * MINUTE + chance.between(0, 59_999);
    let node = chance.between(0, nodes as i64 - 1) as usize;
    let minutes = |chance: &mut Seeded, most: i64| chance.between(1, most) * MINUTE;
    let (what, lasts) = match chance.between(0, 9) {
        0 => (What::Silent(node), minutes(chance, 180)),
        1 => (What::StuckMotion(node, chance.chance(0.5)), minutes(chance, 300)),
        2 => (What::StuckLux(node, chance.between(0, 1200) as u32), minutes(chance, 400)),
        3 => (What::ClockStep(step(chance)), 0),
        4 => (What::AgentRestart, minutes(chance, 40)),
        5 => (What::NodeRestart(node), 0),
        6 => (What::BrokerLoss, minutes(chance, 60)),
        7 => (What::Duplicates(chance.between(5, 60)), minutes(chance, 600)),
        8 => {
            let late_ms = if chance.chance(0.5) { 20_000 } else { 1_200_000 };
            (What::Late(chance.between(5, 40), late_ms), minutes(chance, 600))
        }
        _ => (What::NoClock(node), minutes(chance, 600)),
    };
    Fault { what, from, to: (from + lasts).min(start + DAY - MINUTE) }
}

/// From what NTP corrects to a clock that was never right, ms.
fn step(chance: &mut Seeded) -> i64 {
    let most = match chance.between(0, 3) {
        0 => 20_000,
        1 => 900_000,
        2 => 3 * 3_600_000,
        _ => 20 * DAY,
    };
    let by = chance.between(1_000, most);
    if chance.chance(0.5) { by } else { -by }
}
