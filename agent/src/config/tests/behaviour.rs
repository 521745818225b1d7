//! How nodes are to behave: for all, and for one.

use super::*;
use wire::PowerOn;

/// One node in one room, with more keys, behind `before`.
fn node(before: &str, keys: &str) -> String {
    let room = "[[room]]\nid = \"s/1\"";
    format!("{HEAD}\n{before}\n{room}\n[[node]]\nid = \"n\"\nroom = \"s/1\"\n{keys}\n")
}

#[test]
fn a_node_takes_what_it_says_itself_then_the_defaults_then_what_it_was_shipped_with() {
    let check = |before: &str, keys: &str, expected: wire::Settings| {
        let config = accepted(&node(before, keys));
        assert_eq!(config.campus.nodes[0].settings.as_deref(), Some(&expected), "{before} {keys}");
    };
    let shipped = wire::Settings::default();
    check("", "", shipped);
    check("[node_defaults]", "", shipped);
    let dark = wire::Settings { power_on: Some(PowerOn::Off), ..shipped };
    check("", "power_on = \"off\"", dark);
    let defaults = "[node_defaults]\npower_on = \"off\"\nsave_interval_s = 60";
    let saving = wire::Settings { save_interval_ms: Some(60_000), ..dark };
    check(defaults, "", saving);
    let keys =
        "power_on = 30\nreport_interval_s = 20\nchange_spacing_ms = 500\nsilent_after_s = 90";
    let all = wire::Settings {
        version: 0,
        power_on: Some(PowerOn::Level(30)),
        report_interval_ms: Some(20_000),
        change_spacing_ms: Some(500),
        silent_after_ms: Some(90_000),
        save_interval_ms: Some(60_000),
    };
    check(defaults, keys, all);
    for (word, is) in [
        ("\"last\"", PowerOn::Last),
        ("\"daylight\"", PowerOn::Daylight),
        ("\"40%\"", PowerOn::Level(40)),
        ("0", PowerOn::Level(0)),
    ] {
        let settings = wire::Settings { power_on: Some(is), ..shipped };
        check("", &format!("power_on = {word}"), settings);
    }
}

#[test]
fn behaviour_that_cannot_be_is_refused_with_its_place() {
    refused(
        &node(
            "[node_defaults]\npower_on = \"of\"\nreport_interval_s = 150\npower_of = 1",
            "power_on = 101\nchange_spacing_ms = 5",
        ),
        expect![[r#"
            error: `power_on` cannot be `of`
              --> campus.toml:10:12
               |
            10 | power_on = "of"
               |            ^^^^
               |
               = help: did you mean `off`?

            error: reports so seldom that every sensor counts as silent in between
              --> campus.toml:11:21
               |
            11 | report_interval_s = 150
               |                     ^^^ not below 150 s
               |
               = help: report more often, or raise `stale_s` in `[lighting]`

            error: unknown key `power_of` in `[node_defaults]`
              --> campus.toml:12:1
               |
            12 | power_of = 1
               | ^^^^^^^^
               |
               = help: did you mean `power_on`?

            error: `power_on` cannot be `101`
              --> campus.toml:18:12
               |
            18 | power_on = 101
               |            ^^^
               |
               = help: it is `off`, `last`, `daylight`, or a level from 0 to 100 %

            error: `change_spacing_ms` is out of range
              --> campus.toml:19:21
               |
            19 | change_spacing_ms = 5
               |                     ^ 100 to 60000
               |
               = help: `change_spacing_ms`: at least so long between two reports of changes, ms; usually `[node_defaults]`

            campus.toml: 5 faults"#]],
    );
}
