//! `[[example]]`: known answers. Whether they come out is asked by `Profile::check_examples`.

use super::meter::measure;
use super::table::{At, Table, word_of};
use crate::decimal::Decimal;
use crate::decode::NoValue;
use crate::dlt645::WIRE_OFFSET;
use crate::example::{Bytes, Example};
use crate::fault::Faults;
use crate::measure::Measure;
use crate::profile::{Place, Profile};
use crate::ratio::Ratio;
use wire::Value;

const METER_KEYS: &[&str] = &["measure", "registers", "bytes", "reads", "no", "ct", "vt"];
const LIGHTING_KEYS: &[&str] = &["output", "level", "writes", "registers", "reads", "no"];

/// Answers of a meter that has registers for `measures`, be they faulty ones.
pub fn of_meters(
    file: &Table<'_>,
    profile: &mut Profile,
    measures: &[Measure],
    faults: &mut Faults,
) {
    for table in file.tables("example", METER_KEYS, faults) {
        profile.examples.extend(of_meter(&table, profile, measures, faults));
    }
    require_one(file, faults);
}

/// Writes and answers of a gateway.
pub fn of_gateways(file: &Table<'_>, profile: &mut Profile, faults: &mut Faults) {
    for table in file.tables("example", LIGHTING_KEYS, faults) {
        of_gateway(&table, profile, faults);
    }
    require_one(file, faults);
}

fn require_one(file: &Table<'_>, faults: &mut Faults) {
    if !file.has("example") {
        let help = "add `[[example]]` with a known answer: an untested profile is a guess";
        faults.add(&file.at, "the profile has no example").help(help);
    }
}

fn of_meter(
    table: &Table<'_>,
    profile: &Profile,
    measures: &[Measure],
    faults: &mut Faults,
) -> Option<Example> {
    let measure = measure(table, faults);
    let register = measure.and_then(|it| profile.register(it));
    if let Some(measure) = measure
        && !measures.contains(&measure)
    {
        let title = format!("`{}` has no register", measure.name());
        faults.add(&table.place("measure"), title);
    }
    let expected = expected(table, faults, |decimal| decimal.milli().map(Value::from_milli));
    let mut ratio = |name: &str| {
        let Some(decimal) = table.decimal(name, faults) else { return Some(1000) };
        let milli = decimal.is.milli().and_then(|it| u64::try_from(it).ok());
        if milli.is_none() {
            faults.add(&decimal.at, format!("`{name}` is above 0, with up to three places"));
        }
        milli
    };
    let (ct, vt) = (ratio("ct"), ratio("vt"));
    let raw = match register?.place {
        Place::Modbus { kind, .. } => {
            table.refuse(&["bytes"], "a Modbus meter has `registers`", faults);
            table.require("registers", faults);
            let words = words(table, "registers", faults)?;
            if words.len() != usize::from(kind.words()) {
                let title = format!("`{kind}` is {} words long", kind.words());
                faults.add(&table.place("registers"), title);
            }
            Bytes::Words(words)
        }
        Place::Dlt645 { .. } => {
            table.refuse(&["registers"], "a DL/T 645 meter has `bytes`", faults);
            table.require("bytes", faults);
            Bytes::Digits(digits(table, faults)?)
        }
    };
    let ratio = Ratio { ct_milli: ct?, vt_milli: vt? };
    Some(Example::Reading { measure: measure?, raw, ratio, expected: expected? })
}

fn of_gateway(table: &Table<'_>, profile: &mut Profile, faults: &mut Faults) {
    table.require("output", faults);
    let Some(At { is: output, at }) = table.text("output", faults) else { return };
    if profile.output(output).is_none() {
        let known = profile.outputs.iter().map(|it| it.name.as_str());
        faults.add(&at, format!("there is no output `{output}`")).one_of(output, known);
    }
    if table.has("level") || table.has("writes") {
        table.require("level", faults);
        table.require("writes", faults);
        let level = table.byte("level", 0..=100, faults);
        let writes = one_word(table, "writes", faults);
        if let (Some(level), Some(expected)) = (level, writes) {
            let output = output.to_owned();
            profile.examples.push(Example::Writes { output, level_pct: level.is, expected });
        }
    } else if !table.has("registers") {
        let help = "`level` and `writes`, or `registers` and `reads`";
        faults.add(&table.at, "the example shows nothing").help(help);
    }
    if table.has("registers") {
        let raw = one_word(table, "registers", faults);
        let percent = |decimal: Decimal| {
            let milli = decimal.milli().filter(|milli| milli % 1000 == 0)?;
            u8::try_from(milli / 1000).ok().filter(|pct| *pct <= 100)
        };
        let expected = expected(table, faults, percent);
        if let (Some(raw), Some(expected)) = (raw, expected) {
            profile.examples.push(Example::Reads { output: output.to_owned(), raw, expected });
        }
    }
}

/// `reads`, or the reason in `no`.
fn expected<T>(
    table: &Table<'_>,
    faults: &mut Faults,
    make: impl Fn(Decimal) -> Option<T>,
) -> Option<Result<T, NoValue>> {
    if table.has("no") {
        table.refuse(&["reads"], "there is either a value or a reason for none", faults);
        let from_name = |name: &str| NoValue::ALL.into_iter().find(|it| it.name() == name);
        let known = NoValue::ALL.iter().map(|it| it.name());
        return Some(Err(table.word("no", from_name, known, faults)?.is));
    }
    table.require("reads", faults);
    let reads = table.decimal("reads", faults)?;
    let made = make(reads.is);
    if made.is_none() {
        faults
            .add(&reads.at, "`reads` cannot be that")
            .help("thousandths at the finest; % are whole");
    }
    made.map(Ok)
}

fn words(table: &Table<'_>, name: &str, faults: &mut Faults) -> Option<Vec<u16>> {
    table.list(name, "words like `\"0x4366\"`", word_of, faults)
}

fn one_word(table: &Table<'_>, name: &str, faults: &mut Faults) -> Option<u16> {
    let words = words(table, name, faults)?;
    if words.len() != 1 {
        faults.add(&table.place(name), format!("`{name}` of an output is one word"));
    }
    words.first().copied()
}

/// Bytes as they cross the wire, and what they are without its 0x33.
fn digits(table: &Table<'_>, faults: &mut Faults) -> Option<Vec<u8>> {
    let text = table.text("bytes", faults)?;
    let bytes: Option<Vec<u8>> = text
        .is
        .split_ascii_whitespace()
        .map(|byte| (byte.len() == 2).then(|| u8::from_str_radix(byte, 16).ok()).flatten())
        .collect();
    let Some(bytes) = bytes else {
        faults.add(&text.at, "`bytes` are pairs of hexadecimal digits: `59 33 33 33`");
        return None;
    };
    Some(bytes.into_iter().map(|byte| byte.wrapping_sub(WIRE_OFFSET)).collect())
}
