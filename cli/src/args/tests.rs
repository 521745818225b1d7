//! Help is a snapshot; the published reference is made from it.

use super::{Broker, Campus, Command, Demo, TEMPLATE};
use clap::{CommandFactory, Parser};
use std::fmt::Write;
use std::path::Path;

/// Every command with its words, depth first: `campus`, `campus demo`, …, `campus room list`, ….
fn commands() -> Vec<(String, clap::Command)> {
    fn walk(name: &str, command: &clap::Command, found: &mut Vec<(String, clap::Command)>) {
        found.push((name.to_owned(), command.clone().bin_name(name)));
        for each in command.get_subcommands() {
            walk(&format!("{name} {}", each.get_name()), each, found);
        }
    }
    let mut root = Campus::command();
    // Gives every command the options of all commands.
    root.build();
    let mut found = Vec::new();
    walk("campus", &root, &mut found);
    found
}

/// clap pads empty lines; files and reviewers do not want that.
fn trimmed(text: &str) -> String {
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[test]
fn the_arguments_hold_together() {
    Campus::command().debug_assert();
}

#[test]
fn short_help_of_every_command() {
    for (name, mut command) in commands() {
        let help = trimmed(&command.render_help().to_string());
        insta::assert_snapshot!(format!("{} -h", name).replace(' ', "_"), help);
    }
}

#[test]
fn long_help_of_every_command() {
    for (name, mut command) in commands() {
        let help = trimmed(&command.render_long_help().to_string());
        insta::assert_snapshot!(format!("{} --help", name).replace(' ', "_"), help);
    }
}

#[test]
fn the_overview_names_every_command_with_its_own_sentence() {
    for each in Campus::command().get_subcommands() {
        let about = each.get_about().map(ToString::to_string).unwrap_or_default();
        let line = format!("  {:<11}  {about}\n", each.get_name());
        assert!(TEMPLATE.contains(&line), "no line {line:?}");
    }
}

#[test]
fn first_lines_of_help_have_no_full_stop() {
    for (name, command) in commands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(!about.is_empty() && !about.ends_with('.'), "{name}: {about}");
    }
}

fn reference() -> String {
    let mut text = String::from(
        "# Commands\n\nWritten by `UPDATE_DOCS=1 cargo test -p cli` from the program itself; do not edit.\n",
    );
    for (name, mut command) in commands() {
        let help = trimmed(&command.render_long_help().to_string());
        let level = if name == "campus" { "##" } else { "###" };
        let _ = write!(text, "\n{level} {name}\n\n```text\n{help}```\n");
    }
    text
}

#[test]
fn the_published_reference_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/cli.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, reference()).expect("docs/reference can be written");
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == reference(),
        "docs/reference/cli.md is old: UPDATE_DOCS=1 cargo test -p cli"
    );
}

fn refused(line: &str) -> String {
    match Campus::try_parse_from(line.split(' ')) {
        Ok(parsed) => panic!("`{line}` was taken: {parsed:?}"),
        Err(error) => {
            assert_eq!(error.exit_code(), 2, "{line}");
            trimmed(&error.to_string())
        }
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_a_reason() {
    let lines = [
        "campus stauts",
        "campus room set 101 --level 120 --for 10m",
        "campus room set 101 --level 40",
        "campus room set 101 --level 40 --for 3h",
        "campus room set 101 --level 40 --for 10",
        "campus demo --speed 0",
        "campus demo --speed inf",
        "campus demo --rooms 0",
        "campus demo --broker tcp://x",
        "campus energy show --by week",
        "campus status --lang fr",
    ];
    let texts: Vec<String> =
        lines.iter().map(|line| format!("$ {line}\n{}", refused(line))).collect();
    insta::assert_snapshot!("refused", texts.join("\n"));
}

#[test]
fn a_demo_has_useful_defaults() {
    let parsed = Campus::try_parse_from(["campus", "demo"]).expect("a demo");
    let Command::Demo(Demo { rooms, speed, seed, for_time, broker, qemu, firmware, plain }) =
        parsed.command
    else {
        panic!("not a demo");
    };
    assert_eq!((rooms, seed, for_time, plain), (6, 1, None, false));
    assert_eq!((speed, qemu, firmware), (None, None, None));
    assert_eq!(broker, Broker::Embedded);
}
