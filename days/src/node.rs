//! What a node says and obeys, as far as it crosses the wire. The brain of a real node is run by the
//! whole-system tests; this one is as quick as ten thousand days need.

use crate::plan::{EMERGENCY, ZONES};
use wire::{Desired, Frame, Quantity, Reading, Sample, Value};

/// Lamps of one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lamp {
    from_pct: u8,
    to_pct: u8,
    started: i64,
    fade_ms: i64,
    /// Level that the wall switch asked for, while it is obeyed.
    pub manual: Option<u8>,
    /// Presses since the start.
    pub presses: u32,
    /// The end of its last fade is still to be told.
    untold: bool,
}

impl Lamp {
    /// Light output at a moment, %.
    pub fn level_at(&self, t: i64) -> f64 {
        if self.fade_ms <= 0 {
            return f64::from(self.to_pct);
        }
        let done = ((t - self.started) as f64 / self.fade_ms as f64).clamp(0.0, 1.0);
        f64::from(self.from_pct) + (f64::from(self.to_pct) - f64::from(self.from_pct)) * done
    }

    fn drive(&mut self, to_pct: u8, fade_ms: u32, t: i64) {
        if to_pct == self.to_pct {
            return;
        }
        let from_pct = self.level_at(t) as u8;
        let (started, fade_ms) = (t, i64::from(fade_ms));
        *self = Self { from_pct, to_pct, started, fade_ms, untold: true, ..*self };
    }

    fn arrives(&self) -> i64 {
        self.started + self.fade_ms
    }
}

/// One reading of a frame: quantity, place in [`CHANNELS`], value in thousandths.
pub type Said = (Quantity, u8, i64);

/// Channel names, so that a kept frame is small.
pub const CHANNELS: [&str; 5] = ["", ZONES[0], ZONES[1], ZONES[2], EMERGENCY];

/// A frame as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which node, boot, and number.
    pub node: usize,
    /// Restart counter.
    pub boot: u32,
    /// Frame counter.
    pub seq: u32,
    /// When it was measured, by the node's clock.
    pub t: Option<i64>,
    /// … and since its start.
    pub up: u64,
    /// When it truly was measured, ms UTC.
    pub truly: i64,
    /// What it says.
    pub says: Vec<Said>,
}

impl Kept {
    /// As the agent reads it, sent at a moment.
    pub fn frame(&self, sent: i64) -> Frame<'static> {
        let readings = self.says.iter().map(|(quantity, channel, milli)| Reading {
            quantity: *quantity,
            channel: CHANNELS[usize::from(*channel)],
            sample: Sample::Is(Value::from_milli(*milli)),
        });
        let (boot, seq) = (self.boot, self.seq);
        let sent = self.up + u64::try_from(sent - self.truly).unwrap_or(0);
        let readings = readings.collect();
        // It may still hold everything: nothing is lost but what was never made.
        Frame {
            boot,
            seq,
            oldest: 1,
            t: self.t,
            up: self.up,
            sent,
            lost: None,
            readings,
            unknown: 0,
        }
    }
}

/// What surrounds a node at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around {
    /// Its motion sensor's output.
    pub motion: bool,
    /// Illuminance at its sensor, lx.
    pub lux: i64,
    /// CO₂, ppm; temperature, °C.
    pub air: (i64, i64),
    /// What its clock says, where it has one.
    pub clock: Option<i64>,
}

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    nth: usize,
    boot: u32,
    seq: u32,
    started: i64,
    /// By zone; the second node has none.
    pub lamps: Vec<Lamp>,
    report_ms: i64,
    full_at: i64,
    told_motion: Option<bool>,
    told_lux: i64,
    energy_mwh: i64,
}

impl Node {
    /// A node at its first start.
    pub fn new(nth: usize, lamps: usize, report_ms: i64, t: i64) -> Self {
        let lamps = if nth == 0 { vec![Lamp::default(); lamps] } else { Vec::new() };
        Self {
            nth,
            boot: 1,
            seq: 0,
            started: t,
            lamps,
            report_ms,
            full_at: t + 2_000,
            told_motion: None,
            told_lux: -1,
            energy_mwh: 0,
        }
    }

    /// Its supply goes and comes; the gear keeps its level.
    pub fn restart(&mut self, t: i64) {
        (self.boot, self.seq, self.started) = (self.boot + 1, 0, t);
        (self.full_at, self.told_motion, self.told_lux) = (t + 2_000, None, -1);
        for lamp in &mut self.lamps {
            (lamp.manual, lamp.presses) = (None, 0);
        }
    }

    /// When it looks again if nothing happens before; lamps that arrive are told at once.
    pub fn next(&self, t: i64) -> i64 {
        let arrivals = self.lamps.iter().filter(|lamp| lamp.untold).map(Lamp::arrives);
        arrivals.chain([self.full_at]).min().unwrap_or(i64::MAX).max(t + 1)
    }

    /// Looks around, and says what is news.
    pub fn look(&mut self, around: &Around, t: i64) -> Option<Kept> {
        let full = t >= self.full_at;
        let mut says = Vec::new();
        if full || self.told_motion != Some(around.motion) {
            self.told_motion = Some(around.motion);
            says.push((Quantity::Motion, 0, i64::from(around.motion) * 1000));
        }
        // A tenth and ten lux are news; what moves less is noise.
        let news = (around.lux - self.told_lux).abs() > 10 + self.told_lux.max(0) / 10;
        if full || news {
            self.told_lux = around.lux;
            says.push((Quantity::IlluminanceLx, 0, around.lux * 1000));
        }
        for (nth, lamp) in self.lamps.iter_mut().enumerate() {
            let channel = nth as u8 + 1;
            let arrived = lamp.untold && lamp.arrives() <= t;
            if full || arrived {
                lamp.untold &= !arrived;
                let milli = (lamp.level_at(t) * 1000.0) as i64;
                says.push((Quantity::LevelPct, channel, milli));
            }
        }
        if full {
            self.full_at = t + self.report_ms;
            self.count(around, &mut says);
        }
        (!says.is_empty()).then(|| self.keep(says, around, t))
    }

    fn count(&mut self, around: &Around, says: &mut Vec<Said>) {
        says.push((Quantity::Co2Ppm, 0, around.air.0 * 1000));
        says.push((Quantity::TemperatureC, 0, around.air.1 * 1000));
        for (nth, lamp) in self.lamps.iter().enumerate() {
            says.push((Quantity::Presses, nth as u8 + 1, i64::from(lamp.presses) * 1000));
            if let Some(manual) = lamp.manual {
                says.push((Quantity::ManualPct, nth as u8 + 1, i64::from(manual) * 1000));
            }
        }
        if self.nth == 0 {
            // Emergency lighting has a circuit and an energy register there, and no zone.
            self.energy_mwh += 20_000;
            says.push((Quantity::LevelPct, 4, 100_000));
            says.push((Quantity::EnergyWh, 4, self.energy_mwh / 1000 * 1000));
        }
    }

    /// Somebody presses: obeyed at once, and told at once.
    pub fn press(&mut self, zone: usize, full_pct: u8, around: &Around, t: i64) -> Option<Kept> {
        let lamp = self.lamps.get_mut(zone)?;
        let to_pct = if lamp.to_pct > 0 { 0 } else { full_pct };
        lamp.presses += 1;
        lamp.manual = Some(to_pct);
        lamp.drive(to_pct, 0, t);
        lamp.untold = false;
        let channel = zone as u8 + 1;
        let says = vec![
            (Quantity::LevelPct, channel, i64::from(to_pct) * 1000),
            (Quantity::Presses, channel, i64::from(lamp.presses) * 1000),
            (Quantity::ManualPct, channel, i64::from(to_pct) * 1000),
        ];
        Some(self.keep(says, around, t))
    }

    /// The agent wants levels. Whoever has counted more presses than it obeys the wall switch.
    pub fn obey(&mut self, desired: &Desired<'_>, t: i64) {
        if desired.boot != self.boot {
            return;
        }
        for wanted in &desired.lamps {
            let nth = ZONES.iter().position(|name| *name == wanted.channel);
            let Some(lamp) = nth.and_then(|nth| self.lamps.get_mut(nth)) else { continue };
            if wanted.presses >= lamp.presses {
                lamp.manual = None;
                lamp.drive(wanted.level_pct, wanted.fade_ms, t);
            }
        }
    }

    fn keep(&mut self, says: Vec<Said>, around: &Around, t: i64) -> Kept {
        self.seq += 1;
        let up = u64::try_from(t - self.started).unwrap_or(0);
        let (node, boot, seq) = (self.nth, self.boot, self.seq);
        Kept { node, boot, seq, t: around.clock, up, truly: t, says }
    }
}
