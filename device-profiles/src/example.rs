//! Known answers of a device, and whether the profile reads them right.

use crate::decode::NoValue;
use crate::measure::Measure;
use crate::profile::Profile;
use crate::ratio::Ratio;
use wire::Value;

/// A known answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Example {
    /// Of a meter.
    Reading { measure: Measure, raw: Bytes, ratio: Ratio, expected: Result<Value, NoValue> },
    /// What an output is written for a level, %.
    Writes { output: String, level_pct: u8, expected: u16 },
    /// What an output's answer means, %.
    Reads { output: String, raw: u16, expected: Result<u8, NoValue> },
}

/// What a meter sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bytes {
    /// Modbus.
    Words(Vec<u16>),
    /// DL/T 645, without the 0x33 that the wire adds.
    Digits(Vec<u8>),
}

/// How an example came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleResult {
    /// What was tried: `voltage_l1 of 4366 3334`.
    pub example: String,
    /// What the profile says that it means.
    pub expected: String,
    /// What it was decoded to.
    pub found: String,
    /// Whether the two are the same.
    pub holds: bool,
}

impl Profile {
    /// Runs every example, in the order of the file.
    pub fn check_examples(&self) -> Vec<ExampleResult> {
        self.examples.iter().map(|example| self.check_example(example)).collect()
    }

    fn check_example(&self, example: &Example) -> ExampleResult {
        match example {
            Example::Reading { measure, raw, ratio, expected } => {
                let unit = measure.base_unit();
                let register = self.register(*measure);
                let found = match (register, raw) {
                    (None, _) => Err(NoValue::Length),
                    (Some(it), Bytes::Words(words)) => self.decode(it, words, *ratio),
                    (Some(it), Bytes::Digits(bytes)) => self.decode_bytes(it, bytes, *ratio),
                };
                let name = format!("{} of {raw}", measure.name());
                result(name, *expected, found.map(|reading| reading.value), unit)
            }
            Example::Writes { output, level_pct, expected } => {
                let found = self.output(output).map(|it| it.encode(*level_pct).value);
                let hex = |value: u16| format!("0x{value:04X}");
                ExampleResult {
                    example: format!("output {output} set to {level_pct} %"),
                    expected: hex(*expected),
                    found: found.map_or_else(|| "no such output".to_owned(), hex),
                    holds: found == Some(*expected),
                }
            }
            Example::Reads { output, raw, expected } => {
                let found = match self.output(output) {
                    Some(output) => output.decode(*raw),
                    None => Err(NoValue::Length),
                };
                result(format!("output {output} at 0x{raw:04X}"), *expected, found, "%")
            }
        }
    }
}

fn result<T: PartialEq + std::fmt::Display>(
    example: String,
    expected: Result<T, NoValue>,
    found: Result<T, NoValue>,
    unit: &str,
) -> ExampleResult {
    let text = |outcome: &Result<T, NoValue>| match outcome {
        Ok(value) => format!("{value} {unit}").trim_end().to_owned(),
        Err(reason) => format!("no value: {}", reason.name()),
    };
    ExampleResult {
        example,
        expected: text(&expected),
        found: text(&found),
        holds: expected == found,
    }
}

impl std::fmt::Display for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<_> = match self {
            Self::Words(words) => words.iter().map(|word| format!("{word:04X}")).collect(),
            Self::Digits(bytes) => bytes.iter().map(|byte| format!("{byte:02X}")).collect(),
        };
        f.write_str(&parts.join(" "))
    }
}
