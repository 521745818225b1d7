//! What a script shows: rooms, nodes, meters, and every action as a line.

use super::{DAYS, Run};
use crate::campus::MONDAY;
use controller::{Action, Controller, NodeIx, Timestamp};
use std::fmt::Write as _;
use wire::Mode;

impl Run {
    pub(super) fn show_room(&mut self, name: &str) {
        let room = self.controller.room(self.controller.find_room(name).expect("a room"));
        let mut line =
            format!("    {name}: {} since {}", room.occupancy.name(), local(room.occupancy_since));
        let _ = write!(line, ", {}", room.period.name());
        for (quantity, value) in &room.readings {
            let _ = write!(line, ", {}={value}", quantity.name());
        }
        for (quantity, reason) in &room.no_readings {
            let _ = write!(line, ", {}: {}", quantity.name(), reason.name());
        }
        if let Some(power) = room.power_w {
            let _ = write!(line, ", {power} W");
        }
        let _ = writeln!(line, ", today {} Wh", room.energy_today_wh);
        for zone in &room.zones {
            let actual = zone.actual_pct.map_or("?".to_owned(), |level| level.to_string());
            let _ = write!(
                line,
                "      {} {} % (is {actual} %) since {}",
                zone.id,
                zone.level_pct,
                local(zone.since)
            );
            let _ = writeln!(line, "{}", reasons(&zone.verdict));
        }
        self.transcript += &line;
    }

    pub(super) fn show_desired(&mut self, name: &str) {
        let line = match self.controller.desired(self.node(name)) {
            None => format!("    {name}: nothing desired\n"),
            Some(desired) => {
                let lamps: Vec<String> = desired
                    .lamps
                    .iter()
                    .map(|l| {
                        format!(
                            "{} {} % in {} ms, {} presses",
                            l.channel, l.level_pct, l.fade_ms, l.presses
                        )
                    })
                    .collect();
                let age = desired.version - MONDAY.0 as u64;
                format!("    {name}: version +{age}, boot {}: {}\n", desired.boot, lamps.join("; "))
            }
        };
        self.transcript += &line;
    }

    pub(super) fn show_node(&mut self, name: &str) {
        let node = self.controller.node(self.node(name));
        let _ = writeln!(
            self.transcript,
            "    {name}: {}, boot {:?}, acked {:?}, {} frames, {} again, {} lost, {} refused{}",
            node.state.name(),
            node.boot,
            node.acked_seq,
            node.frames,
            node.duplicates,
            node.lost,
            node.refused,
            if node.conflict.is_some() { ", conflict" } else { "" },
        );
    }

    pub(super) fn show_life(&mut self, name: &str) {
        let node = self.controller.node(self.node(name));
        let _ = write!(
            self.transcript,
            "    {name}: {} since {}, {} watchdog, {} panics",
            node.reset.name(),
            node.started.map_or("never".into(), local),
            node.watchdogs,
            node.panics,
        );
        if !node.panic.is_empty() {
            let _ = write!(self.transcript, ", `{}`", node.panic);
        }
        if node.mode == Mode::Core {
            self.transcript += ", core mode";
        }
        if let Some(lost_wh) = node.energy_lost_wh_max {
            let _ = write!(self.transcript, ", up to {lost_wh} Wh lost");
        }
        let _ =
            writeln!(self.transcript, ", {} lost, it refused {}", node.lost, node.refused_by_it);
    }

    pub(super) fn show_settings(&mut self, name: &str) {
        let ix = self.node(name);
        let node = self.controller.node(ix);
        // Versions are seconds; shown from midnight.
        let version = |version: u32| i64::from(version) - MONDAY.0 / 1000;
        let given = node.settings_given.map_or("nothing".into(), |(given, since)| {
            format!("+{} since {}", version(given), local(since))
        });
        let has = node.settings.map_or("as shipped".into(), |has| match has {
            0 => "damaged".into(),
            has => format!("+{}", version(has)),
        });
        let _ = write!(self.transcript, "    {name}: given {given}, has {has}");
        if !node.settings_refused.is_empty() {
            let _ = write!(self.transcript, ", refused: {}", node.settings_refused);
        }
        let content = self.controller.settings(ix).map(|it| (it.power_on, it.report_interval_ms));
        let _ = writeln!(self.transcript, ", {content:?}");
    }

    pub(super) fn show_meter(&mut self, name: &str) {
        let meter = self.controller.find_meter(name).expect("a meter");
        let meter = self.controller.meter(meter);
        let _ = writeln!(
            self.transcript,
            "    {name}: register {} to {}, {} resets, posted {} + open {} = {} {}, today {}",
            meter.first_register_wh,
            meter.last_register_wh,
            meter.resets,
            meter.posted_wh,
            meter.open_wh,
            meter.register_difference_wh,
            if meter.adds_up() { "(adds up)" } else { "(WRONG)" },
            meter.today_wh,
        );
    }
}

fn reasons(verdict: &controller::Verdict) -> String {
    let mut text = String::new();
    for (at, request) in std::iter::once(&verdict.winner).chain(&verdict.losers).enumerate() {
        let _ = write!(
            text,
            "{}{} {}",
            if at == 0 { ": " } else { " > " },
            request.priority.name(),
            request.kind.name()
        );
        if let Some(level) = request.kind.level_pct() {
            let _ = write!(text, " {level}");
        }
        for (name, value) in request.reason.args() {
            let _ = write!(text, " {name}={value}");
        }
    }
    text
}

/// One action as a line; `None` for what would only make noise.
pub fn render(controller: &Controller, action: &Action, show_acks: bool) -> Option<String> {
    let node = |ix: &NodeIx| controller.campus().nodes[ix.at()].id;
    let room = |ix: &controller::RoomIx| controller.campus().rooms[ix.at()].place().to_string();
    Some(match action {
        Action::Acknowledge { node: ix, ack } if show_acks => {
            format!("ack {} {}/{}", node(ix), ack.boot, ack.seq)
        }
        Action::Acknowledge { .. } | Action::Readings { .. } | Action::RoomChanged { .. } => {
            return None;
        }
        Action::Settings { node: ix } => format!("settings {}", node(ix)),
        Action::Desire { node: ix } => format!("desire {}", node(ix)),
        Action::Changed { room: ix, zone, from_pct, verdict, .. } => {
            let (zone, to) = (controller.zone_id(*zone), verdict.level_pct);
            format!("{} {zone} {from_pct} -> {to} %{}", room(ix), reasons(verdict))
        }
        Action::Fire { on, node: ix } => {
            format!("fire {} by {}", if *on { "on" } else { "off" }, node(ix))
        }
        Action::Posting(p) => format!(
            "posting {} {} {} Wh, {}, {}, register {}",
            controller.meter_name(p.meter),
            local(p.slot),
            p.energy_wh,
            p.quality.name(),
            p.cause.name(),
            p.register_wh
        ),
        Action::Incident(it) => format!(
            "{} {}: {} -> {} Wh, jump {}",
            it.kind.name(),
            controller.meter_name(it.meter),
            it.before_wh,
            it.after_wh,
            it.jump_wh
        ),
        Action::RoomSlot(_) | Action::Measured(_) => return None,
        Action::Lost { node: ix, boot, from, to, cause } => {
            format!("lost {} {boot}/{from}-{to}, {}", node(ix), cause.name())
        }
        Action::Recovered { node: ix, boot, seq } => format!("recovered {} {boot}/{seq}", node(ix)),
        Action::Conflict { node: ix, boot } => format!("conflict {} {boot}", node(ix)),
        Action::Calibrated { room } => {
            let last = controller.calibration(*room).and_then(|it| it.ended);
            let place = controller.campus().rooms[room.at()].place();
            format!("{place} was measured: {:?}", last.and_then(|(_, fault)| fault))
        }
        Action::NodeChanged { node: ix } => {
            format!("{} is {}", node(ix), controller.node(*ix).state.name())
        }
    })
}

/// Local time of day, with the day of the week when it is not Monday.
pub fn local(at: Timestamp) -> String {
    let seconds = (at.0 - MONDAY.0).div_euclid(1000);
    let day = seconds.div_euclid(86_400);
    let of_day = seconds.rem_euclid(86_400);
    let time = format!("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60);
    match day {
        0 => time,
        1..=6 => format!("{} {time}", DAYS[day as usize]),
        other => format!("day {other} {time}"),
    }
}
