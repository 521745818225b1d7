//! The DALI line behind a UART, the gear on it, and the lamps that the gear feeds.
//!
//! The node sends `kind address data`, one packet per forward frame; the bridge always answers two
//! bytes. Lamp channel n is DALI group n, as a commissioned line has it.

use super::Fault;
use crate::emulated::surroundings::Surroundings;
use dali::gear::{Built, together};
use dali::{Address, Forward, Gear, Order, Reply, Short};
use std::time::Instant;

/// Nobody answered, or nothing was asked.
const NOTHING: [u8; 2] = [0x00, 0x00];
/// A backward frame, followed by its byte.
const BACKWARD: u8 = 0x01;
/// Several answered at once, or what came was no frame.
const GARBLED: [u8; 2] = [0x02, 0x00];

/// Kinds of packets: once, twice within 100 ms, and with an answer expected.
const ONCE: u8 = 0x01;
const TWICE: u8 = 0x02;
const ASK: u8 = 0x03;

/// One panel of a classroom, W; a channel has as many as its power needs.
const PANEL_W: u32 = 40;

/// Lamps that have not changed for so long are no longer fading, ms: at the lowest lights of a slow
/// fade (90 s for 254 levels, IEC 62386-102) a step of 1 % takes about as long.
const SETTLED_MS: u64 = 1_000;

/// What the lamps of a channel do.
#[derive(Clone, Copy)]
struct Shining {
    level_pct: u8,
    since_ms: u64,
    /// Whether the surroundings were told that it stays.
    settled: bool,
}

/// A line with its gear and lamps. It has a supply of its own.
pub struct DaliLine {
    /// Lamp channel and gear.
    gears: Vec<(usize, Gear)>,
    /// What shines per channel.
    shining: Vec<Option<Shining>>,
    since: Instant,
}

impl DaliLine {
    /// A line as it is commissioned: dark lamps of these powers (W), in panels of 40 W or less, each
    /// with a short address, and in the group of its channel. At most 64 panels have an address.
    pub fn commissioned(lamps_w: &[u32]) -> Self {
        let mut gears = Vec::new();
        for (channel, &watts) in lamps_w.iter().enumerate() {
            let panels = watts.div_ceil(PANEL_W).max(1);
            let built = Built { full_mw: watts * 1000 / panels, ..Built::PANEL };
            for _ in 0..panels {
                // At most 64, and their numbers are their addresses.
                let number = gears.len() as u8;
                let gear = Gear::new(built, 0xce00 + u32::from(number));
                gears.push((channel, gear.with(Short::new(number), 1 << channel)));
            }
        }
        let mut line = Self { gears, shining: vec![None; lamps_w.len()], since: Instant::now() };
        line.hear(Order::Level(Address::Broadcast, 0).frame());
        line
    }

    /// Lets somebody break and mend gear; with the line's own time in ms.
    pub fn with_gears<T>(&mut self, act: impl FnOnce(&mut [(usize, Gear)], u64) -> T) -> T {
        let now_ms = self.now_ms();
        act(&mut self.gears, now_ms)
    }

    /// Lets lamps that changed shine in the surroundings.
    pub fn shine(&mut self, around: &dyn Surroundings) {
        let now_ms = self.now_ms();
        for channel in 0..self.shining.len() {
            let level_pct = self.level_pct(channel, now_ms);
            let before = self.shining[channel].filter(|before| before.level_pct == level_pct);
            let since_ms = before.map_or(now_ms, |before| before.since_ms);
            let settled = now_ms >= since_ms + SETTLED_MS;
            if before.is_none_or(|before| before.settled != settled) {
                self.shining[channel] = Some(Shining { level_pct, since_ms, settled });
                around.shine(channel, level_pct, settled);
            }
        }
    }

    /// Light of a channel's lamps together, %; 0 for all dark and for nothing else.
    fn level_pct(&self, channel: usize, now_ms: u64) -> u8 {
        let lamps = self.gears.iter().filter(|(own, _)| *own == channel);
        let lights: Vec<u32> = lamps.map(|(_, gear)| gear.light_pct_milli(now_ms)).collect();
        let sum: u32 = lights.iter().sum();
        let mean = sum / lights.len().max(1) as u32;
        // At most 100.
        if sum == 0 { 0 } else { ((mean + 500) / 1000).max(1) as u8 }
    }

    fn hear(&mut self, frame: Forward) -> Reply {
        let now_ms = self.now_ms();
        together(self.gears.iter_mut().map(|(_, gear)| gear.hear(frame, now_ms)))
    }

    fn now_ms(&self) -> u64 {
        self.since.elapsed().as_millis() as u64
    }
}

/// The bridge, from its supply on.
#[derive(Default)]
pub struct Bridge {
    received: Vec<u8>,
}

impl Bridge {
    /// Nothing has come for a while: a packet that is not whole by now belongs to a node that was
    /// reset in the middle of it.
    pub fn quiet(&mut self) {
        self.received.clear();
    }

    /// Takes bytes from the node, puts every frame that they complete on the line, and answers.
    pub fn take(&mut self, bytes: &[u8], line: &mut DaliLine, fault: Fault) -> Vec<u8> {
        self.received.extend_from_slice(bytes);
        let mut answers = Vec::new();
        loop {
            // A node that was reset within a packet leaves bytes that are no kind.
            let start = self.received.iter().position(|&byte| (ONCE..=ASK).contains(&byte));
            self.received.drain(..start.unwrap_or(self.received.len()));
            let Some(&[kind, address, byte]) = self.received.first_chunk() else { return answers };
            self.received.drain(..3);
            if fault == Fault::Silent {
                continue;
            }
            if fault == Fault::Nack {
                answers.extend(NOTHING);
                continue;
            }
            let frame = Forward::new(address, byte);
            let reply = match kind {
                // Both within the 100 ms that the gear allows: they are heard at once.
                TWICE => [line.hear(frame), line.hear(frame)][1],
                _ => line.hear(frame),
            };
            answers.extend(match (kind, reply) {
                (ONCE | TWICE, _) | (_, Reply::Nothing) => NOTHING,
                (_, Reply::Backward(byte)) if fault == Fault::None => [BACKWARD, byte],
                (_, Reply::Backward(_) | Reply::Collision) => GARBLED,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulated::surroundings::ByHand;
    use dali::{Command, Group, Level};

    #[test]
    fn a_level_for_a_group_lights_the_lamps_of_its_channel_alone() {
        let (mut line, room) = (DaliLine::commissioned(&[80, 40]), ByHand::new(2));
        let half = Level::from_pct(50).arc();
        assert_eq!(say(&mut line, ONCE, Order::Level(group(0), half), Fault::None), NOTHING);
        line.shine(&room);
        // Level 229: the curve has no nearer one.
        assert_eq!(room.levels(), [51, 0]);
        let moved: Vec<_> = room.take_changes().iter().map(|change| change.channel).collect();
        assert_eq!(moved, [0]);
    }

    #[test]
    fn one_gear_answers_and_two_at_once_are_garbled() {
        let mut line = DaliLine::commissioned(&[80]);
        let ask = |line: &mut DaliLine, to| {
            say(line, ASK, Order::Command(to, Command::QueryActual), Fault::None)
        };
        let first = Address::Short(Short::new(0).expect("an address"));
        let nobody = Address::Short(Short::new(9).expect("an address"));
        assert_eq!(ask(&mut line, first), [BACKWARD, 0]);
        assert_eq!(ask(&mut line, nobody), NOTHING);
        line.with_gears(|gears, now_ms| gears[0].1.set_lamp_failed(true, now_ms));
        assert_eq!(ask(&mut line, group(0)), GARBLED);
    }

    #[test]
    fn what_goes_twice_is_obeyed_as_one_packet() {
        let mut line = DaliLine::commissioned(&[40]);
        let order = Order::Command(Address::Broadcast, Command::RemoveFromGroup(at(0)));
        assert_eq!(say(&mut line, TWICE, order, Fault::None), NOTHING);
        assert_eq!(line.with_gears(|gears, _| gears[0].1.groups()), 0);
    }

    #[test]
    fn packets_arrive_in_pieces_and_a_broken_one_is_forgotten() {
        let (mut bridge, mut line) = (Bridge::default(), DaliLine::commissioned(&[40]));
        let mut take =
            |bridge: &mut Bridge, bytes: &[u8]| bridge.take(bytes, &mut line, Fault::None);
        assert_eq!(take(&mut bridge, &[ASK, 0x01]), [0u8; 0]);
        bridge.quiet();
        assert_eq!(take(&mut bridge, &[ASK]), [0u8; 0]);
        assert_eq!(take(&mut bridge, &[0x01, 0xa0]), [BACKWARD, 0]);
    }

    #[test]
    fn faults_are_what_they_are_called() {
        let mut line = DaliLine::commissioned(&[40]);
        let order = Order::Command(Address::Broadcast, Command::QueryActual);
        assert_eq!(say(&mut line, ASK, order, Fault::Silent), [0u8; 0]);
        assert_eq!(say(&mut line, ASK, order, Fault::Nack), NOTHING);
        assert_eq!(say(&mut line, ASK, order, Fault::Crc), GARBLED);
    }

    fn say(line: &mut DaliLine, kind: u8, order: Order, fault: Fault) -> Vec<u8> {
        let [address, byte] = order.frame().bytes();
        Bridge::default().take(&[kind, address, byte], line, fault)
    }

    fn at(number: u8) -> Group {
        Group::new(number).expect("a group")
    }

    fn group(number: u8) -> Address {
        Address::Group(at(number))
    }
}
