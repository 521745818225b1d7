//! `cargo xtask <verb>`: the only automation there is. `cargo xtask help` lists the verbs.

mod bare;
mod boards;
mod counterparts;
mod elf;
mod firmware;
mod fuzz;
mod identity;
mod install;
mod qemu;
mod run;
mod test;
mod toolchain;
mod uf2;

use anyhow::{Context, bail};
use run::{Step, cargo};
use std::process::ExitCode;

const HELP: &str = "\
Everything this repository automates

Usage: cargo xtask <verb>

  test [FILTER…]   THE test command: installs what is missing, then format, lints, tests, firmware
                   target; FILTER runs only the tests whose names contain it
  ci               the same as `test`
  tidy             style rules, dependency direction, documents: seconds, before every commit
  bare             build the node's brain for a bare ARM target, which proves that it needs no system
  boards [NAME…]   build every board for its real target; flash and memory against their ceilings
  qemu [ARGS…]     run classrooms with the real firmware in QEMU; `qemu --help` says against which agent
  identity [ARGS…] write the page that tells a node who it is, to drop on its board; without ARGS: which
  bench [ARGS…]    measure: one number per line, with its unit; `bench firmware` on emulated boards,
                   `bench light` the light loop, `bench occupancy` on public data, `bench hub` into
                   PostgreSQL, `bench replay` a year of rooms told again: these write docs/reference
  hub outage [ARGS…] thirty days without a hub and its return, 3.1 million rows: minutes; `--factor 20`,
                   `--days N`, `--rooms N`, `--meters N`, `--budget MB`; without ARGS it writes docs/reference
  days [ARGS…]     room-days by the thousand with faults, every invariant asserted; `days --help`
  fuzz [SECONDS]   throw bytes at parsers and node for so long each (60)
  fuzz mohurd [N]  throw N damaged frames at the building-energy protocol (1 million; `--long`: 10 million)
  docs [FILTER…]   write the generated documents anew; FILTER as above
  help             this text

CARGO_TARGET_DIR is respected. Nothing is stopped that was not started here.
";

fn main() -> ExitCode {
    match dispatch() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn dispatch() -> anyhow::Result<ExitCode> {
    let mut args = std::env::args().skip(1);
    let verb = args.next().unwrap_or_else(|| "help".to_owned());
    let rest: Vec<String> = args.collect();
    match verb.as_str() {
        "test" | "ci" => test::run(&rest),
        "tidy" => plain(cargo(["fmt", "--all", "--check"])).and_then(|code| match code {
            ExitCode::SUCCESS => plain(cargo(["test", "--package", "xtask"]).arg("--quiet")),
            code => Ok(code),
        }),
        "bare" => bare::verb(),
        "boards" => boards::verb(&rest),
        "qemu" => qemu::verb(&rest),
        "identity" => identity::verb(&rest),
        "bench" => bench(&rest),
        "hub" => hub(&rest),
        "days" => {
            let run = cargo(["run", "--quiet", "--package", "days", "--bin", "days", "--"]);
            plain(run.args(&rest))
        }
        "fuzz" if rest.first().is_some_and(|first| first == "mohurd") => fuzz::mohurd(&rest[1..]),
        "fuzz" => {
            let seconds = match rest.first() {
                Some(text) => text.parse().with_context(|| format!("`{text}` is no number"))?,
                None => 60,
            };
            fuzz::verb(seconds)
        }
        "docs" => {
            let write = cargo(["test", "--workspace"]).env("UPDATE_DOCS", "1");
            plain(write.arg("--").args(rest)).inspect(|_| println!("now look at `git diff docs`"))
        }
        "help" | "-h" | "--help" => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("no verb `{other}`\n\nhint: `cargo xtask help` lists them"),
    }
}

/// The whole system from outside, and then what is measured within the agent.
fn bench(parts: &[String]) -> anyhow::Result<ExitCode> {
    if parts == ["firmware"] {
        return firmware::verb();
    }
    if parts == ["light"] {
        return written(&["--example", "light"], "docs/reference/light.md");
    }
    if parts == ["hub"] {
        return written(&["--release", "--example", "hub"], "docs/reference/hub.md");
    }
    if parts == ["occupancy"] {
        let build = ["run", "--release", "--quiet", "--package", "controller"];
        let page = ["--example", "occupancy", "--", "docs/reference/occupancy.md"];
        return plain(cargo(build).args(page));
    }
    let within = |part: &String| part == "energy" || part == "replay";
    let outside: Vec<&String> = parts.iter().filter(|part| !within(part)).collect();
    if parts.is_empty() || !outside.is_empty() {
        let build = ["run", "--release", "--quiet", "--package", "system-tests"];
        let code = plain(cargo(build).args(["--bin", "bench", "--"]).args(outside))?;
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    for part in ["energy", "replay"] {
        if !parts.is_empty() && !parts.iter().any(|asked| asked == part) {
            continue;
        }
        // As it is built for campus computers.
        let build = ["run", "--profile", "dist", "--quiet", "--package", "agent", "--example"];
        // Its year belongs on a disk, where the build is too.
        let example = format!("{part}_speed");
        let step = cargo(build).args([example.as_str(), "--"]).arg(run::target_dir());
        let page = ["28", "100", "docs/reference/replay.md"];
        let asked = part == "replay" && !parts.is_empty();
        let code = plain(if asked { step.args(page) } else { step })?;
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask hub outage`: at its full size it is written down, any other is only printed.
fn hub(args: &[String]) -> anyhow::Result<ExitCode> {
    let example = ["--release", "--example", "outage"];
    match args.split_first() {
        Some((what, [])) if what == "outage" => written(&example, "docs/reference/hub-outage.md"),
        Some((what, rest)) if what == "outage" => {
            let run = ["run", "--quiet", "--package", "system-tests"];
            plain(cargo(run).args(example).arg("--").args(rest))
        }
        _ => bail!("`cargo xtask hub outage`, and what `cargo xtask help` says of it"),
    }
}

/// Measures, and writes down what came out.
fn written(example: &[&str], document: &str) -> anyhow::Result<ExitCode> {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "system-tests"])
        .args(example)
        .current_dir(checks::repository::root())
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cargo does not run")?;
    anyhow::ensure!(output.status.success(), "the measurement failed");
    let document = checks::repository::root().join(document);
    std::fs::write(&document, &output.stdout)
        .with_context(|| format!("cannot write {}", document.display()))?;
    println!("now look at `git diff {}`", document.display());
    Ok(ExitCode::SUCCESS)
}

/// Runs one step and passes its verdict on.
fn plain(step: Step) -> anyhow::Result<ExitCode> {
    let passed = step.run()?;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
