//! `cargo xtask test`: what has to hold before anything is merged, in one command.
//!
//! Steps run in order and the first that fails ends it. What this machine cannot run is said
//! at the end, and is not a failure.

use crate::bare;
use crate::boards;
use crate::install::{
    self, BARE, BROKER, BROWSER, CLOCK, COUNTERPARTS, Need, POSTGRES, PYTHON, QEMU,
};
use crate::run::{Counts, Step, cargo, find_program, target_dir};
use crate::toolchain::Toolchain;
use checks::repository::root;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

const SYSTEM_TESTS: &str = "system-tests";

/// What some tests need, and what their names contain. Whole-system tests need the broker anyhow.
const PARTS: [(&Need, &str); 7] = [
    (&BROKER, "mosquitto"),
    (&BROWSER, "browser"),
    (&CLOCK, "hours_without"),
    (&COUNTERPARTS, "counterpart"),
    (&POSTGRES, "postgres"),
    (&QEMU, "qemu"),
    // What QEMU runs has to be built first.
    (&BARE, "qemu"),
];

/// What has happened so far.
struct Run {
    started: Instant,
    counts: Counts,
    not_run: Vec<String>,
    /// The firmware that QEMU runs, once it is built.
    node_image: Option<PathBuf>,
}

/// Runs all of it, or with `filters` only the tests whose names contain one of them.
pub fn run(filters: &[String]) -> anyhow::Result<ExitCode> {
    let mut run = Run {
        started: Instant::now(),
        counts: Counts::default(),
        not_run: Vec::new(),
        node_image: None,
    };
    heading("what the tests need");
    let parts = PARTS.into_iter().map(|(need, _)| need);
    install::what_is_missing(&[&PYTHON].into_iter().chain(parts).collect::<Vec<_>>())?;

    let steps: [(&str, Verdict); 6] = [
        ("format", format),
        ("lints", lints),
        ("boards", build_boards),
        ("tests", tests),
        ("examples in the documentation of the code", doc_tests),
        ("bare target", bare_target),
    ];
    for (name, step) in steps {
        if !filters.is_empty() && !["boards", "tests"].contains(&name) {
            continue;
        }
        heading(name);
        let began = Instant::now();
        let passed = step(&mut run, filters)?;
        println!("-- {name}: {} s", began.elapsed().as_secs());
        if !passed {
            return Ok(run.close(Some(name)));
        }
    }
    Ok(run.close(None))
}

type Verdict = fn(&mut Run, &[String]) -> anyhow::Result<bool>;

fn format(_: &mut Run, _: &[String]) -> anyhow::Result<bool> {
    cargo(["fmt", "--all", "--check"]).run()
}

fn lints(_: &mut Run, _: &[String]) -> anyhow::Result<bool> {
    cargo(["clippy", "--workspace", "--all-targets", "--keep-going", "--", "-D", "warnings"]).run()
}

/// Every test of the workspace: also style, dependency direction, and whether the generated
/// documents are fresh.
fn tests(run: &mut Run, filters: &[String]) -> anyhow::Result<bool> {
    let mut without = Without { system: !BROKER.present(), names: Vec::new() };
    if without.system {
        run.leave_out("whole-system tests", BROKER.missing);
    }
    for (need, name) in PARTS.into_iter().filter(|(need, _)| !need.present()) {
        run.leave_out(&format!("every test with `{name}` in its name"), need.missing);
        without.names.push(name);
    }
    let step = if has_nextest() {
        nextest(&without, filters)
    } else {
        println!(
            "cargo-nextest is not here: `cargo test` runs the same tests, one crate at a time"
        );
        libtest(&without, filters)
    };
    // The same build that `cli`'s own tests use: a build of `campus` alone would choose other
    // features for what it shares with the tests, and compile half of it again.
    let program = target_dir().join("debug").join("campus");
    let step = step.env("CAMPUS_PROGRAM", program);
    run.counting(match &run.node_image {
        Some(image) => step.env("CAMPUS_NODE_IMAGE", image),
        None => step,
    })
}

/// Every board, or, where only some tests were asked for, the one that tests run.
fn build_boards(run: &mut Run, filters: &[String]) -> anyhow::Result<bool> {
    let mut passed = true;
    for board in boards::all()? {
        let tested = board.name == boards::QEMU_BOARD;
        if !filters.is_empty() && !tested {
            continue;
        }
        let Some(toolchain) = Toolchain::of(&board.target) else {
            run.leave_out(&board.name, &format!("a compiler for {}", board.target));
            continue;
        };
        passed &= board.build(toolchain)? && board.fits()?;
        if tested {
            run.node_image = Some(board.image());
        }
    }
    Ok(passed)
}

/// Tests that this machine cannot run.
struct Without {
    system: bool,
    names: Vec<&'static str>,
}

fn nextest(without: &Without, filters: &[String]) -> Step {
    let step = cargo(["nextest", "run", "--workspace", "--no-fail-fast"]).args(filters);
    let system = without.system.then(|| format!("package({SYSTEM_TESTS})"));
    let names = without.names.iter().map(|name| format!("test({name})"));
    let all: Vec<String> = system.into_iter().chain(names).collect();
    if all.is_empty() { step } else { step.args(["-E", &format!("not ({})", all.join(" or "))]) }
}

fn libtest(without: &Without, filters: &[String]) -> Step {
    let mut step = cargo(["test", "--workspace", "--all-targets", "--no-fail-fast"]);
    if without.system {
        step = step.args(["--exclude", SYSTEM_TESTS]);
    }
    let skipped = without.names.iter().flat_map(|name| ["--skip", name]);
    step.arg("--").args(filters).args(skipped)
}

fn doc_tests(run: &mut Run, _: &[String]) -> anyhow::Result<bool> {
    run.counting(cargo(["test", "--workspace", "--doc", "--quiet"]))
}

fn bare_target(run: &mut Run, _: &[String]) -> anyhow::Result<bool> {
    match Toolchain::of(bare::TARGET) {
        Some(toolchain) => bare::build(toolchain).run(),
        None => {
            run.leave_out("the build for a bare target", BARE.missing);
            Ok(true)
        }
    }
}

fn has_nextest() -> bool {
    let in_cargo_home =
        std::env::var_os("CARGO_HOME").map(std::path::PathBuf::from).or_else(|| {
            std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join(".cargo"))
        });
    find_program("cargo-nextest").is_some()
        || in_cargo_home.is_some_and(|folder| folder.join("bin/cargo-nextest").exists())
}

fn heading(name: &str) {
    println!("\n== {name}");
}

impl Run {
    fn counting(&mut self, step: Step) -> anyhow::Result<bool> {
        let (passed, counts) = step.run_counting()?;
        self.counts = self.counts + counts;
        Ok(passed)
    }

    fn leave_out(&mut self, what: &str, missing: &str) {
        self.not_run.push(format!("{what}: {missing} is not here"));
    }

    /// The last lines: what was not run, how many tests passed, and where it stopped.
    fn close(&self, failed_at: Option<&str>) -> ExitCode {
        println!("\n== {} s in {}", self.started.elapsed().as_secs(), root().display());
        for left_out in &self.not_run {
            println!("not run: {left_out}");
        }
        let Counts { passed, failed } = self.counts;
        match failed_at {
            None => {
                println!("{passed} passed, {failed} failed");
                ExitCode::SUCCESS
            }
            Some(step) => {
                println!("{passed} passed, {failed} failed; stopped at the step `{step}`");
                ExitCode::FAILURE
            }
        }
    }
}
