//! `cargo xtask bench firmware`: measures the real firmware on emulated boards, and writes down what
//! came out in `docs/reference/firmware.md`, against ceilings that a test guards.

use crate::boards::{self, QEMU_BOARD};
use crate::elf;
use crate::install::{BROKER, QEMU};
use crate::run::cargo;
use anyhow::{Context, bail, ensure};
use checks::repository::root;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Where the numbers are kept.
const DOCUMENT: &str = "docs/reference/firmware.md";

/// What each line of the measurement means, and the most that is accepted.
const LINES: [(&str, &str, Option<f64>); 16] = [
    ("image.flash", "code, constants and initial values in flash", None),
    ("image.memory", "variables, without the stack", None),
    ("stack", "the deepest stack of any board in this run", None),
    ("start.qemu", "from starting QEMU until it can be steered", None),
    ("start.hello", "from starting QEMU until a subscriber has the node's hello", Some(5.0)),
    (
        "start.handshake",
        "of it the TLS handshake, with certificates on both sides, as the node counts",
        None,
    ),
    ("start.first_frame", "… and its first frame", Some(8.0)),
    (
        "idle.cpu",
        "of one processor of this machine, while the node samples, listens and reports",
        Some(25.0),
    ),
    ("idle.qemu_rss", "of QEMU, board included", None),
    ("latency.samples", "movements at a pin until light at a lamp, four boards at once", None),
    ("latency.p50", "half of them took at most so long", None),
    (
        "latency.p99",
        "99 of 100 took at most so long; the slowest, where there are fewer",
        Some(1_000.0),
    ),
    ("burst.frames", "frames that one board kept while its cable was pulled", None),
    ("burst.back_after", "from plugging the cable in until the first of them", Some(60.0)),
    ("burst.rate", "how fast they came then", None),
    ("machine.load", "other work on this machine at the end (load average of a minute)", None),
];

/// One measured number.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    name: String,
    value: f64,
    unit: String,
}

/// Builds the image, measures, and writes the document.
pub fn verb() -> anyhow::Result<ExitCode> {
    ensure!(QEMU.present(), "no qemu-system-arm here\n\nhint: `apt-get install qemu-system-arm`");
    ensure!(BROKER.present(), "no mosquitto here\n\nhint: `apt-get install mosquitto`");
    let Some(image) = boards::qemu_image()? else { bail!("{QEMU_BOARD} does not build") };
    let bytes =
        std::fs::read(&image).with_context(|| format!("cannot read {}", image.display()))?;
    let sizes = elf::sizes(&bytes)?;
    let mut lines = vec![
        Line { name: "image.flash".into(), value: sizes.flash as f64, unit: "B".into() },
        Line { name: "image.memory".into(), value: sizes.ram as f64, unit: "B".into() },
    ];
    let example = ["run", "--quiet", "--package", "system-tests", "--example", "firmware"];
    let said = cargo(example).env("CAMPUS_NODE_IMAGE", &image).run_reading()?;
    let Some(said) = said else { return Ok(ExitCode::FAILURE) };
    lines.extend(said.lines().filter_map(Line::read));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0.0);
    lines.push(Line { name: "machine.load".into(), value: load, unit: String::new() });
    let path = root().join(DOCUMENT);
    std::fs::write(&path, document(&lines, &machine()))
        .with_context(|| format!("cannot write {DOCUMENT}"))?;
    println!("wrote {DOCUMENT}");
    let above = above(&lines);
    above.iter().for_each(|line| println!("ABOVE its ceiling: {line}"));
    Ok(if above.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The deepest stack that was measured last, bytes.
pub fn measured_stack() -> Option<u64> {
    let text = std::fs::read_to_string(root().join(DOCUMENT)).ok()?;
    let lines = read_document(&text);
    lines.iter().find(|line| line.name == "stack").map(|line| line.value as u64)
}

impl Line {
    /// `name value unit`; anything else is no number of ours.
    fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let (name, value) = (words.next()?, words.next()?);
        let known = LINES.iter().any(|(known, ..)| *known == name);
        let value = value.parse().ok().filter(|_| known)?;
        Some(Self { name: name.to_owned(), value, unit: words.next().unwrap_or("").to_owned() })
    }
}

fn document(lines: &[Line], machine: &str) -> String {
    let mut text = format!(
        "<!-- Written by `cargo xtask bench firmware`; not by hand. -->\n# The firmware, measured\n\n\
         The image of `firmware/board-qemu` on emulated boards, with a real Mosquitto and the real agent, all on\n\
         one machine. Sizes and stack are those of a real Cortex-M4; times are this machine's, not a board's.\n\n\
         {machine}\n\n| | Measured | Ceiling | |\n|---|---|---|---|\n"
    );
    for (name, means, ceiling) in LINES {
        let Some(line) = lines.iter().find(|line| line.name == name) else { continue };
        let ceiling = ceiling.map_or(String::new(), |ceiling| format!("{ceiling} {}", line.unit));
        let places = if line.value.fract() == 0.0 { 0 } else { 2 };
        text.push_str(&format!(
            "| `{name}` | {:.places$} {} | {ceiling} | {means} |\n",
            line.value, line.unit
        ));
    }
    text.push_str(
        "\nFlash and memory have their ceilings in `firmware/board-qemu/Cargo.toml`; `cargo xtask boards` holds \
         every build\nagainst them, with the stack from here.\n",
    );
    text
}

fn read_document(text: &str) -> Vec<Line> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    let read = |row: &str| {
        let (name, rest) = row.split_once("` | ")?;
        Line::read(&format!("{name} {}", rest.split(" | ").next()?))
    };
    rows.filter_map(read).collect()
}

/// Names and values of what is above its ceiling.
fn above(lines: &[Line]) -> Vec<String> {
    let is_above = |line: &&Line| {
        let ceiling = LINES.iter().find(|(name, ..)| *name == line.name).and_then(|line| line.2);
        ceiling.is_some_and(|ceiling| line.value > ceiling)
    };
    lines.iter().filter(is_above).map(|line| format!("{} {}", line.name, line.value)).collect()
}

/// When and where, in a sentence.
fn machine() -> String {
    let said = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).output().ok();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        text.and_then(|text| text.lines().next().map(str::to_owned)).unwrap_or_default()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let system = std::fs::read_to_string(Path::new("/etc/os-release")).unwrap_or_default();
    let system = system.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    format!(
        "{}: {} {cores} processors ({}), {}, {}.",
        said("date", &["-u", "+%F"]),
        if std::fs::read_to_string("/proc/cpuinfo").is_ok_and(|cpu| cpu.contains("hypervisor")) {
            "a virtual machine of"
        } else {
            "a machine of"
        },
        cpu.map_or("unknown", |(_, name)| name.trim()),
        system.unwrap_or("Linux").trim_matches('"'),
        said("qemu-system-arm", &["--version"]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_in_the_document_is_below_its_ceilings() {
        let Ok(text) = std::fs::read_to_string(root().join(DOCUMENT)) else { return };
        let lines = read_document(&text);
        assert!(lines.len() >= 10, "{lines:?}");
        assert_eq!(above(&lines), [""; 0]);
    }

    #[test]
    fn what_is_above_a_ceiling_is_named() {
        let line = |value| Line { name: "latency.p99".into(), value, unit: "ms".into() };
        assert_eq!(above(&[line(1_000.0)]), [""; 0]);
        assert_eq!(above(&[line(1_001.0)]), ["latency.p99 1001"]);
    }

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let lines: Vec<Line> =
            ["stack 15476.000 B", "latency.p99 81.250 ms", "latency.samples 20.000"]
                .into_iter()
                .filter_map(Line::read)
                .collect();
        assert_eq!(lines.len(), 3);
        let read = read_document(&document(&lines, "a machine"));
        for line in &lines {
            assert!(read.contains(line), "{line:?} in {read:?}");
        }
        assert_eq!(Line::read("round 1 of 5"), None);
    }
}
