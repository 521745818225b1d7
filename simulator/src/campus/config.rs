//! The plan as the agent's configuration.

use super::{NodeKind, Plan};
use crate::calendar::{LESSONS, OPEN};
use std::fmt::Write as _;

/// What the agent needs to know beyond the campus itself.
#[derive(Clone, Debug, Default)]
pub struct AgentSettings<'a> {
    /// `mqtt://host:port`, or `embedded`.
    pub broker_url: &'a str,
    /// Where an embedded broker listens, `host:port`.
    pub broker_listen: Option<&'a str>,
    /// Account of the agent at the broker.
    pub username: Option<&'a str>,
    /// File with its password, relative to the configuration.
    pub password_file: Option<&'a str>,
    /// File with the password of all nodes at an embedded broker, relative to the configuration.
    pub node_password_file: Option<&'a str>,
    /// Whether an embedded broker lets anybody read.
    pub anonymous_read: bool,
    /// Database file, relative to the configuration.
    pub store_path: &'a str,
    /// Unix socket of the API.
    pub socket: Option<&'a str>,
    /// `host:port` for Prometheus.
    pub metrics_listen: Option<&'a str>,
}

impl Plan {
    /// The agent's `campus.toml` for this campus. Lamps belong to the room node alone.
    pub fn config_toml(&self, agent: &AgentSettings<'_>) -> String {
        let mut text =
            String::from("# Written by the simulator: a campus that exists only in it.\n");
        table(&mut text, "[campus]");
        line(&mut text, "id", Some(&self.id));
        line(&mut text, "name", Some(&self.name));
        line(&mut text, "time_zone", Some(&self.time_zone));
        table(&mut text, "[broker]");
        line(&mut text, "url", Some(agent.broker_url));
        line(&mut text, "listen", agent.broker_listen);
        line(&mut text, "username", agent.username);
        line(&mut text, "password_file", agent.password_file);
        line(&mut text, "node_password_file", agent.node_password_file);
        if agent.anonymous_read {
            text.push_str("anonymous_read = true\n");
        }
        table(&mut text, "[store]");
        line(&mut text, "path", Some(agent.store_path));
        if agent.socket.is_some() {
            table(&mut text, "[api]");
            line(&mut text, "socket", agent.socket);
        }
        if agent.metrics_listen.is_some() {
            table(&mut text, "[metrics]");
            line(&mut text, "listen", agent.metrics_listen);
        }
        timetable(&mut text);
        self.rooms_toml(&mut text);
        self.nodes_toml(&mut text);
        text
    }

    fn rooms_toml(&self, text: &mut String) {
        for (index, room) in self.rooms.iter().enumerate() {
            table(text, "[[room]]");
            line(text, "id", Some(&room.id));
            line(text, "name", Some(&room.name));
            // Room nodes stand first, in the order of rooms.
            let node = &self.nodes[index].id;
            for zone in &room.zones {
                text.push_str("[[room.zone]]\n");
                line(text, "id", Some(zone.id));
                line(text, "node", Some(node));
                line(text, "channel", Some(zone.id));
                number(text, "target_lx", zone.target_lx);
                number(text, "lamp_lx", zone.lamp_lx);
            }
        }
    }

    fn nodes_toml(&self, text: &mut String) {
        for node in &self.nodes {
            table(text, "[[node]]");
            line(text, "id", Some(&node.id));
            match node.kind {
                NodeKind::Room(room) | NodeKind::Sensors(room) => {
                    line(text, "room", Some(&self.rooms[room].id));
                }
                NodeKind::Mains(building) => {
                    line(text, "building", Some(&self.buildings[building].id));
                }
            }
        }
    }
}

fn timetable(text: &mut String) {
    table(text, "[timetable]");
    text.push_str("days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\n");
    line(text, "open", Some(&span(OPEN)));
    let lessons: Vec<String> = LESSONS.iter().map(|&lesson| quoted(&span(lesson))).collect();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "lessons = [{}]", lessons.join(", "));
}

fn span((from, to): (u16, u16)) -> String {
    format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
}

fn table(text: &mut String, header: &str) {
    let _ = writeln!(text, "\n{header}");
}

fn line(text: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{key} = {}", quoted(value));
    }
}

fn number(text: &mut String, key: &str, value: u32) {
    let _ = writeln!(text, "{key} = {value}");
}

/// A TOML basic string: paths may hold anything.
fn quoted(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
