//! `[[register]]` and `[[probe]]`: what can be read from a meter.

use super::ratio::modbus_place;
use super::table::{Table, bits_of};
use crate::decimal::{Decimal, Fraction};
use crate::fault::Faults;
use crate::measure::{Dimension, Measure, Unit};
use crate::profile::{Place, Probe, Profile, Protocol, Register};
use toml::de::DeValue;

const REGISTER_KEYS: &[&str] = &[
    "measure",
    "fc",
    "address",
    "type",
    "order",
    "di",
    "bytes",
    "decimals",
    "signed",
    "scale",
    "unit",
    "by",
    "negate",
    "none",
    "modulus",
    "resolution",
];
const MODBUS_ONLY: &[&str] = &["fc", "address", "type", "order"];
const DLT645_ONLY: &[&str] = &["di", "bytes", "decimals", "signed"];

/// Registers and probes. The answer is every measure that has a register, be it a faulty one.
pub fn read(file: &Table<'_>, profile: &mut Profile, faults: &mut Faults) -> Vec<Measure> {
    file.refuse(&["output"], "a meter drives nothing", faults);
    if file.require("phases", faults)
        && let Some(phases) = file.byte("phases", 1..=3, faults)
    {
        profile.phases = phases.is;
        if phases.is == 2 {
            faults.add(&phases.at, "a meter has 1 phase or 3");
        }
    }
    let mut seen = Vec::new();
    for table in file.tables("register", REGISTER_KEYS, faults) {
        let measure = measure(&table, faults);
        if let Some(measure) = measure {
            if seen.contains(&measure) {
                let title = format!("`{}` has a register already", measure.name());
                faults.add(&table.place("measure"), title);
            }
            seen.push(measure);
        }
        profile.registers.extend(register(&table, measure, profile, faults));
    }
    if !seen.iter().any(|measure| measure.is_account()) {
        let title = "the meter has no energy register";
        let help = "add a `[[register]]` with `measure = \"energy_import\"`, or `energy_total`";
        faults.add(&file.at, title).help(help);
    }
    for table in file.tables("probe", &["measure", "min", "max"], faults) {
        profile.probes.extend(probe(&table, &seen, faults));
    }
    seen
}

/// The value of `measure`, which must be there.
pub fn measure(table: &Table<'_>, faults: &mut Faults) -> Option<Measure> {
    table.require("measure", faults);
    let known = Measure::ALL.iter().map(|it| it.name());
    Some(table.word("measure", Measure::from_name, known, faults)?.is)
}

fn register(
    table: &Table<'_>,
    measure: Option<Measure>,
    profile: &Profile,
    faults: &mut Faults,
) -> Option<Register> {
    let unit = unit(table, measure, faults);
    let place = place(table, profile, faults);
    let scale = scale(table, faults);
    let (by_ct, by_vt) = by(table, profile, faults);
    let marker = |value: &DeValue<'_>| match value.as_str() {
        // A float that is no number never is a value: nothing to be remembered.
        Some("nan") => Some(None),
        _ => bits_of(value).map(Some),
    };
    let none = table.list("none", "raw values like `0x7FFFFFFF`, or `nan`", marker, faults);
    let modulus = positive(table, "modulus", faults);
    if let Some(measure) = measure
        && measure.dimension() != Dimension::Energy
    {
        table.refuse(&["modulus"], "only energy registers roll over", faults);
    }
    let negate = table.flag("negate", faults).unwrap_or(false);
    let resolution = positive(table, "resolution", faults);
    let (place, decimals) = place?;
    let register = Register {
        measure: measure?,
        place,
        scale: Decimal { exponent: scale?.exponent - decimals, ..scale? },
        unit: unit?,
        by_ct,
        by_vt,
        negate,
        none: none.unwrap_or_default().into_iter().flatten().collect(),
        modulus,
        resolution,
    };
    Some(register)
}

fn unit(table: &Table<'_>, measure: Option<Measure>, faults: &mut Faults) -> Option<Unit> {
    table.require("unit", faults);
    let name = table.text("unit", faults)?;
    let measure = measure?;
    let unit = Unit::from_name(name.is).filter(|unit| unit.dimension == measure.dimension());
    if unit.is_none() {
        let fits: Vec<_> = measure.dimension().units().collect();
        let title = format!("`{}` is not measured in `{}`", measure.name(), name.is);
        faults.add(&name.at, title).help(format!("known here: {}", fits.join(", ")));
    }
    unit
}

/// Where it is, and how many of its digits stand behind the point.
fn place(table: &Table<'_>, profile: &Profile, faults: &mut Faults) -> Option<(Place, i8)> {
    match profile.protocol {
        Protocol::Modbus => {
            table.refuse(DLT645_ONLY, "this is for `protocol = \"dlt645-2007\"`", faults);
            let (fc, address, kind, order) = modbus_place(table, faults)?;
            if kind.words() > profile.bus.registers_max {
                let title = format!("`{kind}` is longer than `registers_max`");
                faults.add(&table.place("type"), title);
            }
            Some((Place::Modbus { fc, address, kind, order }, 0))
        }
        Protocol::Dlt645 => {
            table.refuse(MODBUS_ONLY, "this is for `protocol = \"modbus\"`", faults);
            for name in ["di", "bytes", "decimals"] {
                table.require(name, faults);
            }
            let di = di(table, faults);
            let bytes = table.byte("bytes", 1..=8, faults);
            let decimals = table.byte("decimals", 0..=8, faults);
            let signed = table.flag("signed", faults).unwrap_or(false);
            let decimals = i8::try_from(decimals?.is).ok()?;
            Some((Place::Dlt645 { di: di?, bytes: bytes?.is, signed }, decimals))
        }
    }
}

fn di(table: &Table<'_>, faults: &mut Faults) -> Option<u32> {
    let text = table.text("di", faults)?;
    let looks = text.is.len() == 8 && text.is.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !looks {
        let title = format!("`di` cannot be `{}`", text.is);
        faults
            .add(&text.at, title)
            .help("eight hexadecimal digits as they are printed: `00010000`");
        return None;
    }
    u32::from_str_radix(text.is, 16).ok()
}

fn scale(table: &Table<'_>, faults: &mut Faults) -> Option<Decimal> {
    if !table.has("scale") {
        return Some(Decimal::ONE);
    }
    positive(table, "scale", faults)
}

fn positive(table: &Table<'_>, name: &str, faults: &mut Faults) -> Option<Decimal> {
    let decimal = table.decimal(name, faults)?;
    if decimal.is.digits <= 0 {
        let fault = faults.add(&decimal.at, format!("`{name}` is above 0"));
        if name == "scale" {
            fault.help("`negate = true` turns the sign round");
        }
        return None;
    }
    Some(decimal.is)
}

/// Whether the register is multiplied by `ct` and by `vt`.
fn by(table: &Table<'_>, profile: &Profile, faults: &mut Faults) -> (bool, bool) {
    let names = table.list(
        "by",
        "`ct` and `vt`",
        |it| it.as_str().filter(|name| ["ct", "vt"].contains(name)).map(str::to_owned),
        faults,
    );
    let names = names.unwrap_or_default();
    let (ct, vt) = (names.iter().any(|it| it == "ct"), names.iter().any(|it| it == "vt"));
    let missing = [("ct", ct, profile.ratio.ct), ("vt", vt, profile.ratio.vt)];
    for (name, wanted, source) in missing {
        if wanted && source.is_none() {
            let help = format!("add `{name} = …` to `[ratio]`");
            faults.add(&table.place("by"), format!("nobody says what `{name}` is")).help(help);
        }
    }
    (ct, vt)
}

fn probe(table: &Table<'_>, seen: &[Measure], faults: &mut Faults) -> Option<Probe> {
    let measure = measure(table, faults);
    if let Some(measure) = measure
        && !seen.contains(&measure)
    {
        let title = format!("`{}` has no register", measure.name());
        faults.add(&table.place("measure"), title);
    }
    let mut milli = |name: &str| {
        table.require(name, faults);
        let bound = table.decimal(name, faults)?.is;
        let milli = Fraction::of(bound)?.times(1000)?.rounded();
        i64::try_from(milli).ok()
    };
    let (min, max) = (milli("min"), milli("max"));
    let (min_milli, max_milli) = (min?, max?);
    if min_milli > max_milli {
        faults.add(&table.place("min"), "`min` is above `max`");
    }
    Some(Probe { measure: measure?, min_milli, max_milli })
}
