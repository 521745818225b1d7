//! Parts that do not fit together.

use super::*;

#[test]
fn a_meter_is_not_named_like_a_node() {
    refused_after_head(
        "[[node]]\nid = \"gym\"\nbuilding = \"gym\"\n[[bus]]\nid = \"b\"\nlink = \"tcp://10.0.0.7\"\n\
         [[meter]]\nid = \"gym\"\nbus = \"b\"\naddress = 1\nprofile = \"eastron-sdm120\"\nbuilding = \"gym\"\n",
        expect![[r#"
            error: meter `gym` is named like a node
              --> campus.toml:15:6
               |
             9 | id = "gym"
               |      ----- the node, whose own register has that name on MQTT
            ...
            15 | id = "gym"
               |      ^^^^^

            campus.toml: 1 fault"#]],
    );
}

#[test]
fn what_stands_there_twice_is_shown_at_both_places() {
    refused_after_head(
        "[[room]]\nid = \"a/1\"\n\n\n\n\n\n\n[[room]]\nid = \"a/1\"\nname = \"again\"\n",
        expect![[r#"
            error: room `a/1` stands here twice
              --> campus.toml:17:6
               |
             9 | id = "a/1"
               |      ----- first here
            ...
            17 | id = "a/1"
               |      ^^^^^ again here

            campus.toml: 1 fault"#]],
    );
    refused_after_head(
        r#"[[node]]
id = "n"
room = "a/1"
[[node]]
id = "n"
building = "a"
[[room]]
id = "a/1"
[[room.zone]]
id = "window"
[[room.zone]]
id = "inner"
channel = "window"
"#,
        expect![[r#"
            error: node `n` stands here twice
              --> campus.toml:12:6
               |
             9 | id = "n"
               |      --- first here
            ...
            12 | id = "n"
               |      ^^^ again here

            error: two zones drive channel `window` of `n`
              --> campus.toml:20:11
               |
            17 | id = "window"
               |      -------- first here
            ...
            20 | channel = "window"
               |           ^^^^^^^^ again here

            campus.toml: 2 faults"#]],
    );
    refused_after_head(
        "[store]\npath = \"a\"\npath = \"b\"\n",
        expect![[r#"
        error: duplicate key
          --> campus.toml:10:1
           |
        10 | path = "b"
           | ^^^^

        campus.toml: 1 fault"#]],
    );
}

#[test]
fn rooms_zones_and_nodes_must_fit_together() {
    refused_after_head(
        r#"[[room]]
id = "science/101"
[[room.zone]]
id = "window"
[[room.zone]]
id = "inner"
node = "sci-110"
[[node]]
id = "sci-101"
room = "science/102"
[[node]]
id = "agent"
building = "a"
room = "b/c"
[[node]]
id = "lost"
"#,
        expect![[r#"
            error: there is no node `sci-110`
              --> campus.toml:14:8
               |
            14 | node = "sci-110"
               |        ^^^^^^^^^
               |
               = help: did you mean `sci-101`?

            error: there is no room `science/102`
              --> campus.toml:17:8
               |
            17 | room = "science/102"
               |        ^^^^^^^^^^^^^
               |
               = help: did you mean `science/101`?

            error: a node may not be called `agent`
              --> campus.toml:19:6
               |
            19 | id = "agent"
               |      ^^^^^^^
               |
               = help: that is the agent's own account

            error: a node has a room or a building, not both
              --> campus.toml:20:12
               |
            20 | building = "a"
               |            ^^^
            21 | room = "b/c"
               |        ----- the room
               |
               = help: the building of a room is the part before the `/`

            error: a node that hangs nowhere
              --> campus.toml:22:1
               |
            22 | [[node]]
               | ^^^^^^^^
               |
               = help: add `room = "building/room"`, or `building = "…"` for a mains meter

            campus.toml: 5 faults"#]],
    );
    refused_after_head(
        r#"[[room]]
id = "a/1"
[[room.zone]]
id = "window"
[[node]]
id = "n1"
room = "a/1"
[[node]]
id = "n2"
room = "a/1"
"#,
        expect![[r#"
            error: which node drives this zone?
              --> campus.toml:10:1
               |
            10 | [[room.zone]]
               | ^^^^^^^^^^^^^
            ...
            13 | id = "n1"
               |      ---- one of them
               |
               = help: say `node = "n1"` or `node = "n2"`

            campus.toml: 1 fault"#]],
    );
}

#[test]
fn a_node_drives_no_more_zones_than_it_has_channels() {
    let zones: String =
        ["a", "b", "c", "d", "e"].map(|id| format!("[[room.zone]]\nid = \"{id}\"\n")).concat();
    refused_after_head(
        &format!("[[room]]\nid = \"a/1\"\n{zones}[[node]]\nid = \"n\"\nroom = \"a/1\"\n"),
        expect![[r#"
            error: `n` drives too many zones
              --> campus.toml:18:1
               |
            18 | [[room.zone]]
               | ^^^^^^^^^^^^^ 4 are the most

            campus.toml: 1 fault"#]],
    );
}

#[test]
fn a_wrong_name_is_reported_once_and_not_at_everything_that_uses_it() {
    refused_after_head(
        "[[room]]\nid = \"A/1\"\n[[room.zone]]\nid = \"z\"\n[[node]]\nid = \"n\"\nroom = \"a/1\"\n",
        expect![[r#"
            error: `A` is no identifier
             --> campus.toml:9:7
              |
            9 | id = "A/1"
              |       ^ `A` is a capital letter
              |
              = help: an identifier has 1 to 32 of a-z, 0-9 and `-`, no `-` in front: `a`

            campus.toml: 1 fault"#]],
    );
    refused_after_head(
        "[[room]]\nid = \"a/1\"\n[[room.zone]]\nid = \"z\"\n[[node]]\nid = \"N\"\nroom = \"a/1\"\n",
        expect![[r#"
            error: `N` is no identifier
              --> campus.toml:13:7
               |
            13 | id = "N"
               |       ^ `N` is a capital letter
               |
               = help: an identifier has 1 to 32 of a-z, 0-9 and `-`, no `-` in front: `n`

            campus.toml: 1 fault"#]],
    );
}
