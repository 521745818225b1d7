//! `campus profile list` and `show`.

use super::meter::in_display_unit;
use crate::page::{Cell, Page, Paint, Table};
use device_profiles::profile::Place;
use device_profiles::{Evidence, Kind, Profile, Protocol, Register};
use serde::Serialize;

/// A profile for programs; the body of `--json`.
#[derive(Debug, Serialize)]
pub struct Shown {
    id: String,
    kind: &'static str,
    maker: String,
    models: Vec<String>,
    phases: u8,
    protocol: &'static str,
    evidence: &'static str,
    notes: String,
    sources: Vec<String>,
    bauds: Vec<u32>,
    parity: &'static str,
    measures: Vec<&'static str>,
    outputs: Vec<String>,
}

impl Shown {
    /// What a profile says, without how it is decoded.
    pub fn of(profile: &Profile) -> Self {
        Self {
            id: profile.id.clone(),
            kind: profile.kind.name(),
            maker: profile.maker.clone(),
            models: profile.models.clone(),
            phases: profile.phases,
            protocol: profile.protocol.name(),
            evidence: profile.evidence.name(),
            notes: profile.notes.clone(),
            sources: profile.sources.clone(),
            bauds: profile.bus.bauds.clone(),
            parity: profile.bus.parity.name(),
            measures: profile.measures().map(|measure| measure.name()).collect(),
            outputs: profile.outputs.iter().map(|output| output.name.clone()).collect(),
        }
    }
}

/// `campus profile list`: one line per model.
pub fn list(profiles: &[Profile], page: &Page) -> String {
    let heads = ["profile-head-id", "profile-head-models", "profile-head-protocol"];
    let mut head: Vec<Cell> = heads.map(|key| Cell::left(page.text(key))).to_vec();
    head.push(Cell::left(page.text("profile-head-evidence")));
    head.push(Cell::right(page.text("profile-head-quantities")));
    let mut sorted: Vec<&Profile> = profiles.iter().collect();
    sorted.sort_by_key(|profile| (profile.kind == Kind::Lighting, &profile.id));
    let mut table = Table::new(head);
    for profile in sorted {
        table.row(vec![
            Cell::left(&profile.id).paint(Paint::Strong),
            Cell::left(models(profile)),
            Cell::left(protocol(profile)),
            Cell::left(page.words.plain_code("evidence", profile.evidence.name()))
                .paint(evidence_paint(profile.evidence)),
            Cell::right(amount(profile, page)),
        ]);
    }
    let text = table.render(page);
    format!("{text}\n{}\n", page.paint(Paint::Dim, &page.text("profile-more")))
}

/// `Eastron SDM120, SDM120CT`.
fn models(profile: &Profile) -> String {
    format!("{} {}", profile.maker, profile.models.join(", "))
}

fn protocol(profile: &Profile) -> &'static str {
    match profile.protocol {
        Protocol::Modbus => "Modbus",
        Protocol::Dlt645 => "DL/T 645-2007",
    }
}

/// What can be read, or driven.
fn amount(profile: &Profile, page: &Page) -> String {
    match profile.kind {
        Kind::Meter => profile.registers.len().to_string(),
        Kind::Lighting => page.say("profile-outputs", &[("n", profile.outputs.len().into())]),
    }
}

fn evidence_paint(evidence: Evidence) -> Paint {
    match evidence {
        Evidence::Bench | Evidence::Site => Paint::Good,
        Evidence::Manual => Paint::Plain,
        Evidence::Unverified => Paint::Warn,
    }
}

/// `campus profile show`: one model, with every register.
pub fn show(profile: &Profile, page: &Page) -> String {
    let bauds: Vec<String> = profile.bus.bauds.iter().map(u32::to_string).collect();
    let line = [
        ("bauds", bauds.join(", ").into()),
        ("parity", page.words.plain_code("parity", profile.bus.parity.name()).into()),
        ("max", profile.bus.registers_max.into()),
        ("gap", profile.bus.gap_ms.into()),
    ];
    let evidence = page.words.plain_code("evidence", profile.evidence.name());
    let evidence = page.paint(evidence_paint(profile.evidence), &evidence);
    let mut facts = vec![(page.text("profile-models-label"), models(profile))];
    if profile.kind == Kind::Meter {
        facts.push((
            page.text("profile-phases-label"),
            page.say("profile-phases", &[("n", profile.phases.into())]),
        ));
    }
    facts.push((page.text("profile-protocol-label"), protocol(profile).to_owned()));
    facts.push((page.text("profile-line-label"), page.say("profile-line", &line)));
    facts.push((page.text("profile-evidence-label"), evidence));
    if !profile.notes.is_empty() {
        facts.push((page.text("profile-notes-label"), profile.notes.clone()));
    }
    for (at, source) in profile.sources.iter().enumerate() {
        let label = if at == 0 { page.text("profile-source-label") } else { String::new() };
        facts.push((label, source.clone()));
    }
    let table = match profile.kind {
        Kind::Meter => registers(profile, page),
        Kind::Lighting => outputs(profile, page),
    };
    format!("{}\n{}\n{table}", page.paint(Paint::Strong, &profile.id), page.facts(&facts))
}

fn registers(profile: &Profile, page: &Page) -> String {
    let keys = ["read-head-quantity", "read-head-register", "profile-head-type", "read-head-unit"];
    let mut head: Vec<Cell> = keys.map(|key| Cell::left(page.text(key))).to_vec();
    head.push(Cell::left(page.text("profile-head-also")));
    let mut table = Table::new(head);
    for register in &profile.registers {
        let (place, kind) = place(register);
        table.row(vec![
            Cell::left(page.words.plain_code("measure", register.measure.name())),
            Cell::left(place),
            Cell::left(kind),
            Cell::left(register.unit.name),
            Cell::left(also(profile, register, page)),
        ]);
    }
    table.render(page)
}

/// Where a register is, and how its value lies there.
fn place(register: &Register) -> (String, String) {
    match register.place {
        Place::Modbus { fc, address, kind, order } => {
            (format!("{fc:02} 0x{address:04X}"), format!("{kind} {order}"))
        }
        Place::Dlt645 { di, bytes, signed } => {
            let sign = if signed { "±" } else { "" };
            (format!("{di:08X}"), format!("{sign}BCD {bytes}"))
        }
    }
}

/// Ratios and the rollover of a register.
fn also(profile: &Profile, register: &Register, page: &Page) -> String {
    let mut words = Vec::new();
    for (by, name) in [(register.by_ct, "CT"), (register.by_vt, "VT")] {
        if by {
            words.push(format!("× {name}"));
        }
    }
    if register.negate {
        words.push("× −1".to_owned());
    }
    if let Some(wh) = profile.modulus_wh(register, device_profiles::Ratio::ONE) {
        let (value, unit) = in_display_unit(wh as f64, "Wh");
        let value = format!("{} {unit}", value.trim_end_matches(".000"));
        words.push(page.say("profile-modulus", &[("value", value.into())]));
    }
    words.join(&page.text("list-and"))
}

fn outputs(profile: &Profile, page: &Page) -> String {
    let mut table = Table::new(vec![
        Cell::left(page.text("profile-head-output")),
        Cell::left(page.text("profile-head-write")),
    ]);
    for output in &profile.outputs {
        let write = output.encode(100);
        table.row(vec![
            Cell::left(&output.name),
            Cell::left(format!("{:02} 0x{:04X}", write.fc, write.address)),
        ]);
    }
    table.render(page)
}
