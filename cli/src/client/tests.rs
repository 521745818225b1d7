//! Where the agent is looked for.

use super::usual_places;
use std::path::PathBuf;

#[test]
fn the_agent_is_looked_for_from_the_most_particular_place_to_the_demo() {
    let check = |runtime: Option<&str>, wanted: &[&str]| {
        let var =
            |name: &str| (name == "XDG_RUNTIME_DIR").then(|| runtime.map(str::to_owned)).flatten();
        let wanted: Vec<PathBuf> = wanted.iter().map(PathBuf::from).collect();
        assert_eq!(usual_places(var, 1000), wanted);
    };
    check(
        Some("/run/user/1000"),
        &[
            "/run/user/1000/campus/agent.sock",
            "/run/campus/agent.sock",
            "/run/user/1000/campus-demo-1000.sock",
        ],
    );
    let demo = std::env::temp_dir().join("campus-demo-1000.sock");
    let demo = demo.to_str().expect("a plain folder");
    check(None, &["/run/campus/agent.sock", demo]);
    check(Some(""), &["/run/campus/agent.sock", demo]);
}
