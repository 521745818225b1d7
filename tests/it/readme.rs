//! What a reader of the README tries works, in both languages.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use system_tests::campus::{Said, program, said};
use system_tests::child::Running;
use system_tests::place::Place;
use system_tests::wait;

/// How both READMEs call the program.
const CAMPUS: &str = "$ cargo run --release -- ";

/// Arguments of every `campus` command in the console blocks, in their order.
fn commands(readme: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(readme);
    let text = std::fs::read_to_string(path).expect("a README");
    let lines = text.lines().filter_map(|line| line.strip_prefix(CAMPUS));
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    lines.map(words).collect()
}

#[test]
fn every_command_of_the_readme_works_against_the_demo_it_begins_with() {
    for (readme, locale) in [("README.md", "C"), ("README.zh-CN.md", "zh_CN.UTF-8")] {
        let commands = commands(readme);
        assert!(commands.len() >= 5, "{readme} shows the demo and what to type beside it");
        let (demo, others) = commands.split_first().expect("a first command");
        assert_eq!(demo[0], "demo", "{readme} begins with the demo");

        let place = Place::new("readme");
        let mut command = Command::new(program());
        // As it stands there, but long enough for the rest whatever this machine is doing.
        let args = demo.iter().take_while(|word| *word != "--for");
        command.args(args).args(["--for", "5m", "--speed", "60", "--plain"]);
        command.env("XDG_RUNTIME_DIR", place.path()).env("LC_ALL", locale);
        let demo = Running::start(command, &place.path().join("demo.log"));
        let ask = |args: &[String]| -> Said {
            let mut command = Command::new(program());
            command.args(args).env("XDG_RUNTIME_DIR", place.path()).env("LC_ALL", locale);
            said(command.output().expect("campus runs"))
        };
        wait::until("the demo's rooms are heard", Duration::from_secs(60), || {
            let rooms = ask(&["room", "list", "--json"].map(str::to_owned));
            let heard = |rooms: serde_json::Value| rooms[0]["last_heard_ms"].is_i64();
            (rooms.code == 0 && heard(rooms.json())).then_some(())
        });
        for args in others {
            let said = ask(args);
            // 1 is "a person is needed", which a status may say.
            assert!(said.code == 0 || said.code == 1, "{readme}: {args:?}: {said:?}");
            assert!(!said.out.trim().is_empty(), "{readme}: {args:?} says nothing");
        }
        drop(demo);
    }
}
