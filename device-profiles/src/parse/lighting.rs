//! `[[output]]`: what a gateway drives.

use super::table::{At, Table};
use crate::dali;
use crate::fault::Faults;
use crate::output::{Act, Curve, Output, ReadRule, WriteRule};
use crate::profile::{Profile, Protocol};

const OUTPUT_KEYS: &[&str] = &["name", "count", "prefix", "first", "write", "read"];
const WRITE_KEYS: &[&str] = &["fc", "address", "step", "on", "off", "max", "curve"];
const READ_KEYS: &[&str] = &["fc", "address", "step", "max", "curve"];

/// Coil values of function 5: the Modbus application protocol, 6.5.
const COIL_ON: u16 = 0xFF00;

/// Most outputs of one row: what DALI addresses, four times over.
const COUNT_MAX: i64 = 256;

pub fn read(file: &Table<'_>, profile: &mut Profile, faults: &mut Faults) {
    let why = "a gateway for lamps has `[[output]]`";
    file.refuse(&["register", "probe", "ratio", "phases"], why, faults);
    if profile.protocol != Protocol::Modbus {
        faults.add(&file.place("protocol"), "gateways for lamps speak `modbus`");
    }
    for table in file.tables("output", OUTPUT_KEYS, faults) {
        let Some(row) = row(&table, faults) else { continue };
        for output in row {
            if profile.output(&output.name).is_some() {
                let title = format!("there is an output `{}` already", output.name);
                faults.add(&table.at, title);
            }
            profile.outputs.push(output);
        }
    }
    if !file.has("output") {
        faults.add(&file.at, "the gateway has no `[[output]]`");
    }
}

/// The outputs that one `[[output]]` stands for.
fn row(table: &Table<'_>, faults: &mut Faults) -> Option<Vec<Output>> {
    let names = names(table, faults);
    table.require("write", faults);
    let write = table.table("write", WRITE_KEYS, faults).and_then(|it| write(&it, faults));
    let read = table.table("read", READ_KEYS, faults);
    let read = read.map(|it| read_rule(&it, write.as_ref().map(|it| it.0.act), faults));
    let (names, (write, write_step)) = (names?, write?);
    let mut outputs = Vec::with_capacity(names.len());
    for (index, name) in names.into_iter().enumerate() {
        let index = u16::try_from(index).ok()?;
        let mut at = |from: u16, step: u16, key: &str| {
            let address = index.checked_mul(step).and_then(|it| it.checked_add(from));
            if address.is_none() {
                let title = format!("output `{name}` is behind the last address, 0xFFFF");
                faults.add(&table.place(key), title);
            }
            address
        };
        let write = WriteRule { address: at(write.address, write_step, "write")?, ..write };
        let read = match read {
            None => None,
            Some(rule) => {
                let (read, step) = rule?;
                Some(ReadRule { address: at(read.address, step, "read")?, ..read })
            }
        };
        outputs.push(Output { name, write, read });
    }
    Some(outputs)
}

fn names(table: &Table<'_>, faults: &mut Faults) -> Option<Vec<String>> {
    if table.has("name") {
        table.refuse(&["count", "prefix", "first"], "it has a `name`", faults);
    } else if !table.has("count") {
        faults.add(&table.at, "the output has neither `name` nor `count`");
        return None;
    }
    let names = if table.has("name") {
        vec![table.text("name", faults)?.is.to_owned()]
    } else {
        let count = table.whole("count", 1..=COUNT_MAX, faults);
        let prefix = table.text("prefix", faults).map_or("", |it| it.is);
        let first = table.whole("first", 0..=1, faults).map_or(1, |it| it.is);
        (first..first + count?.is).map(|number| format!("{prefix}{number}")).collect()
    };
    if let Some(wrong) = names.iter().find(|name| wire::Id::new(name).is_err()) {
        let place = table.place(if table.has("name") { "name" } else { "prefix" });
        let title = format!("`{wrong}` is no identifier");
        faults.add(&place, title).help("1 to 32 of a-z, 0-9 and `-`, no `-` in front");
        return None;
    }
    Some(names)
}

/// The rule of the first output of a row, and how far apart their addresses are.
fn write(table: &Table<'_>, faults: &mut Faults) -> Option<(WriteRule, u16)> {
    let (fc, address, step) = place(table, &[5, 6, 15, 16], faults)?;
    let is_coil = matches!(fc, 5 | 15);
    let dims = table.has("max") || table.has("curve");
    let act = if dims && is_coil {
        table.refuse(&["max", "curve"], "a coil is on or off", faults);
        return None;
    } else if dims {
        table.refuse(&["on", "off"], "`max` and `curve` make it a dimmer", faults);
        let curve = curve(table, faults).unwrap_or(Curve::Linear);
        Act::Dim { max: max(table, curve, faults)?, curve }
    } else {
        let usual = if fc == 5 { COIL_ON } else { 1 };
        let on = table.word16("on", faults).map_or(usual, |it| it.is);
        let off = table.word16("off", faults).map_or(0, |it| it.is);
        if on == off {
            faults.add(&table.at, "`on` and `off` are the same");
        }
        Act::Switch { on, off }
    };
    Some((WriteRule { fc, address, act }, step))
}

fn read_rule(
    table: &Table<'_>,
    written: Option<Act>,
    faults: &mut Faults,
) -> Option<(ReadRule, u16)> {
    let (fc, address, step) = place(table, &[1, 2, 3, 4], faults)?;
    let (usual_max, usual_curve) = match written {
        Some(Act::Dim { max, curve }) if fc > 2 => (max, curve),
        Some(Act::Switch { on, .. }) if fc > 2 => (on, Curve::Linear),
        _ => (1, Curve::Linear),
    };
    let curve = curve(table, faults).unwrap_or(usual_curve);
    let max = if table.has("max") { max(table, curve, faults)? } else { usual_max };
    Some((ReadRule { fc, address, max, curve }, step))
}

fn place(table: &Table<'_>, functions: &[u8], faults: &mut Faults) -> Option<(u8, u16, u16)> {
    for name in ["fc", "address"] {
        table.require(name, faults);
    }
    let fc = table.byte("fc", 1..=16, faults);
    let fc = fc.and_then(|At { is, at }| {
        if functions.contains(&is) {
            return Some(is);
        }
        let known: Vec<_> = functions.iter().map(u8::to_string).collect();
        let title = format!("function {is} does not do that");
        faults.add(&at, title).help(format!("known here: {}", known.join(", ")));
        None
    });
    let address = table.word16("address", faults).map(|it| it.is);
    let step = table.word16("step", faults).map_or(1, |it| it.is);
    Some((fc?, address?, step))
}

fn curve(table: &Table<'_>, faults: &mut Faults) -> Option<Curve> {
    let known = ["linear", "dali"].into_iter();
    Some(table.word("curve", Curve::from_name, known, faults)?.is)
}

fn max(table: &Table<'_>, curve: Curve, faults: &mut Faults) -> Option<u16> {
    table.require("max", faults);
    let max = table.word16("max", faults)?;
    if max.is == 0 {
        faults.add(&max.at, "`max` is above 0");
        return None;
    }
    if curve == Curve::Dali && max.is != u16::from(dali::ARC_MAX) {
        faults.add(&max.at, "`max` of the DALI curve is 254").help("255 means \"no change\"");
        return None;
    }
    Some(max.is)
}
