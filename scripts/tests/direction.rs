//! Arrows point one way: what each crate names in its `Cargo.toml`, against the table.

use checks::direction::{Arrow, ask_cargo, forbidden, read_metadata};
use checks::repository::root;

#[test]
fn every_crate_depends_only_on_what_it_may() {
    let (members, arrows) = ask_cargo(&root()).expect("cargo reads this workspace");
    assert!(members.len() >= 9, "cargo metadata names too few members: {members:?}");
    let wrong = forbidden(&arrows, &members);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_firmware_image_depends_only_on_what_it_may() {
    for folder in std::fs::read_dir(root().join("firmware")).expect("firmware/ is there") {
        let folder = folder.expect("firmware/ can be read").path();
        let own_workspace = folder.join("Cargo.lock").exists() && !folder.ends_with("node");
        if own_workspace {
            let (members, arrows) = ask_cargo(&folder).expect("cargo reads the image's workspace");
            let wrong = forbidden(&arrows, &members);
            assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
        }
    }
}

#[test]
fn a_decision_in_the_node_is_found() {
    check("node", "controller", false);
}

#[test]
fn a_runtime_in_a_pure_crate_is_found() {
    check("controller", "tokio", false);
    check("lighting", "tokio", false);
    check("node", "embassy-net", false);
    check("wire", "rumqttc", false);
    check("batch", "tokio", false);
    check("broker", "tokio", false);
    check("broker", "agent", false);
    check("agent", "broker", true);
}

#[test]
fn agent_and_hub_know_nothing_of_each_other() {
    check("agent", "hub", false);
    check("hub", "agent", false);
    check("hub", "batch", true);
    check("agent", "batch", true);
}

#[test]
fn sql_and_mqtt_in_the_command_line_are_found() {
    check("cli", "rusqlite", false);
    check("cli", "rumqttc", false);
    check("cli", "clap", true);
}

#[test]
fn the_way_down_is_open() {
    check("node", "wire", true);
    check("agent", "controller", true);
    check("agent", "rusqlite", true);
    check("cli", "agent", true);
}

#[test]
fn a_crate_without_a_rule_is_found() {
    let wrong = forbidden(&[], &["cloud".to_owned()]);
    assert_eq!(wrong, ["`cloud` has no rule: give it a line in scripts/src/direction.rs"]);
}

#[test]
fn a_dependency_of_tests_only_is_no_arrow() {
    let metadata = serde_json::json!({"packages": [{"name": "wire", "dependencies": [
        {"name": "proptest", "kind": "dev"},
        {"name": "heapless", "kind": null},
    ]}]});
    let (members, arrows) = read_metadata(&metadata);
    assert_eq!(members, ["wire"]);
    assert_eq!(arrows, [arrow("wire", "heapless")]);
}

/// Whether `from` may depend on `to`; the refusal names both and where the rule stands.
#[track_caller]
fn check(from: &str, to: &str, allowed: bool) {
    let wrong = forbidden(&[arrow(from, to)], &[]);
    if allowed {
        assert!(wrong.is_empty(), "{wrong:?}");
    } else {
        let sentence = format!(
            "{from} may not depend on {to}: see ARCHITECTURE.md, \"Who may depend on whom\""
        );
        assert_eq!(wrong, [sentence]);
    }
}

fn arrow(from: &str, to: &str) -> Arrow {
    Arrow { from: from.to_owned(), to: to.to_owned() }
}
