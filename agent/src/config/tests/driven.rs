//! Zones and gateways that do not fit together.

use super::*;

#[test]
fn zones_and_gateways_must_fit_together() {
    refused_on_a_bus(
        r#"[[gateway]]
id = "g"
bus = "lan"
address = 9
profile = "waveshare-relay-8"
building = "a"
[[gateway]]
id = "g2"
bus = "lan"
address = 9
profile = "waveshare-relay-8"
building = "a"
[[node]]
id = "n"
building = "a"
[[node]]
id = "g"
building = "a"
[[room]]
id = "a/1"
[[room.zone]]
id = "window"
gateway = "g2"
[[room.zone]]
id = "z1"
gateway = "g2"
channel = "1"
[[room.zone]]
id = "z2"
gateway = "n"
channel = "1"
[[room.zone]]
id = "z3"
node = "g2"
[[room.zone]]
id = "z4"
node = "n"
gateway = "g2"
[[room.zone]]
id = "z5"
gateway = "g3"
"#,
        expect![[r#"
            error: gateway `g` stands here twice
              --> campus.toml:30:6
               |
            15 | id = "g"
               |      --- first here
            ...
            30 | id = "g"
               |      ^^^ again here

            error: gateway `g2` has no channel `window`
              --> campus.toml:35:6
               |
            35 | id = "window"
               |      ^^^^^^^^
               |
               = help: its channels are 1, 2, 3, 4, 5, 6, 7, 8: `channel = "1"`

            error: `n` is a node
              --> campus.toml:43:11
               |
            27 | id = "n"
               |      --- here
            ...
            43 | gateway = "n"
               |           ^^^
               |
               = help: write `node = "n"`

            error: `g2` is a gateway
              --> campus.toml:47:8
               |
            21 | id = "g2"
               |      ---- here
            ...
            47 | node = "g2"
               |        ^^^^
               |
               = help: write `gateway = "g2"`

            error: a zone hangs at a node or a gateway, not both
              --> campus.toml:51:11
               |
            50 | node = "n"
               |        --- the node
            51 | gateway = "g2"
               |           ^^^^

            error: there is no gateway `g3`
              --> campus.toml:54:11
               |
            54 | gateway = "g3"
               |           ^^^^
               |
               = help: did you mean `g2`?

            campus.toml: 6 faults"#]],
    );
    let zones: String =
        (1..=5).map(|at| format!("[[room.zone]]\nid = \"{at}\"\ngateway = \"g\"\n")).collect();
    let gateway = |id: &str, zones: &str| {
        format!(
            "[[gateway]]\nid = \"{id}\"\nbus = \"lan\"\naddress = 9\nprofile = \"waveshare-relay-8\"\nbuilding = \"a\"\n{zones}"
        )
    };
    refused_on_a_bus(
        &gateway("g", &format!("[[room]]\nid = \"a/1\"\n{zones}")),
        expect![[r#"
            error: `g` drives too many zones
              --> campus.toml:34:1
               |
            34 | [[room.zone]]
               | ^^^^^^^^^^^^^ 4 are the most
               |
               = help: a second `[[gateway]]` with the same address can drive the others

            campus.toml: 1 fault"#]],
    );
    let other = "[[room]]\nid = \"a/2\"\n[[room.zone]]\nid = \"1\"\ngateway = \"h\"\n";
    let one = "[[room]]\nid = \"a/1\"\n[[room.zone]]\nid = \"1\"\ngateway = \"g\"\n";
    refused_on_a_bus(
        &format!("{}{}", gateway("g", one), gateway("h", other)),
        expect![[r#"
            error: two zones drive channel `1` of one gateway
              --> campus.toml:34:6
               |
            23 | id = "1"
               |      --- first here
            ...
            34 | id = "1"
               |      ^^^ again here

            campus.toml: 1 fault"#]],
    );
}
