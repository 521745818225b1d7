//! Names that are wrong, and what may have been meant.

use super::*;

#[test]
fn unknown_names_are_refused_with_the_closest_known_one() {
    refused_after_head(
        "[[romm]]\nid = \"a/1\"\n",
        expect![[r#"
        error: unknown section `romm`
         --> campus.toml:8:3
          |
        8 | [[romm]]
          |   ^^^^
          |
          = help: did you mean `room`?

        campus.toml: 1 fault"#]],
    );
    refused_after_head(
        "[log]\nformat = \"jsno\"\nlevel = \"debug\"\n",
        expect![[r#"
        error: `jsno` is no log format
         --> campus.toml:9:10
          |
        9 | format = "jsno"
          |          ^^^^^^
          |
          = help: it is `text` or `json`

        error: unknown key `level` in `[log]`
          --> campus.toml:10:1
           |
        10 | level = "debug"
           | ^^^^^
           |
           = help: known here: format

        campus.toml: 2 faults"#]],
    );
    refused(
        &HEAD.replace("time_zone", "timezone"),
        expect![[r#"
        error: `[campus]` has no `time_zone`
         --> campus.toml:1:1
          |
        1 | [campus]
          | ^^^^^^^^
          |
          = help: `time_zone`: IANA time zone, for example `Asia/Shanghai`

        error: unknown key `timezone` in `[campus]`
         --> campus.toml:3:1
          |
        3 | timezone = "Asia/Shanghai"
          | ^^^^^^^^
          |
          = help: did you mean `time_zone`?

        campus.toml: 2 faults"#]],
    );
    refused(
        &HEAD.replace("url =", "lamp_lx = 3\nurl ="),
        expect![[r#"
        error: unknown key `lamp_lx` in `[broker]`
         --> campus.toml:5:1
          |
        5 | lamp_lx = 3
          | ^^^^^^^
          |
          = help: `lamp_lx` belongs into `[[room.zone]]`

        campus.toml: 1 fault"#]],
    );
    for (wrong, meant) in [
        ("Asia/Shangai", "Asia/Shanghai"),
        ("Beijing", "Asia/Shanghai"),
        ("berlin", "Europe/Berlin"),
        ("America/new york", "America/New_York"),
    ] {
        let error = Config::parse(&HEAD.replace("Asia/Shanghai", wrong), "c").unwrap_err();
        let help = format!("did you mean `{meant}`?");
        assert!(error.to_string().contains(&help), "{wrong}: {error}");
    }
}

#[test]
fn bad_identifiers_are_shown_to_the_character() {
    refused(
        &HEAD.replace("demo", "Demo_1"),
        expect![[r#"
        error: `Demo_1` is no identifier
         --> campus.toml:2:7
          |
        2 | id = "Demo_1"
          |       ^ `D` is a capital letter
          |
          = help: an identifier has 1 to 32 of a-z, 0-9 and `-`, no `-` in front: `demo-1`

        campus.toml: 1 fault"#]],
    );
    refused(
        &HEAD.replace("demo", "物理"),
        expect![[r#"
        error: `物理` is no identifier
         --> campus.toml:2:7
          |
        2 | id = "物理"
          |       ^^ `物` is not allowed
          |
          = help: an identifier has 1 to 32 of a-z, 0-9 and `-`, no `-` in front

        campus.toml: 1 fault"#]],
    );
    refused(
        &HEAD.replace("demo", "-a"),
        expect![[r#"
        error: `-a` is no identifier
         --> campus.toml:2:7
          |
        2 | id = "-a"
          |       ^ `-` may not come first
          |
          = help: an identifier has 1 to 32 of a-z, 0-9 and `-`, no `-` in front: `a`

        campus.toml: 1 fault"#]],
    );
    refused(
        &HEAD.replace("demo", ""),
        expect![[r#"
        error: `` is no identifier
         --> campus.toml:2:6
          |
        2 | id = ""
          |      ^^ nothing here

        campus.toml: 1 fault"#]],
    );
    refused(
        &HEAD.replace("demo", &"a".repeat(33)),
        expect![[r#"
        error: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is no identifier
         --> campus.toml:2:6
          |
        2 | id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 33 characters; 32 are the most

        campus.toml: 1 fault"#]],
    );
    refused_after_head(
        "[[room]]\nid = \"science/1 01\"\n",
        expect![[r#"
        error: `1 01` is no identifier
         --> campus.toml:9:16
          |
        9 | id = "science/1 01"
          |                ^ ` ` is not allowed
          |
          = help: an identifier has 1 to 32 of a-z, 0-9 and `-`, no `-` in front: `1-01`

        campus.toml: 1 fault"#]],
    );
    refused_after_head(
        "[[room]]\nid = \"science\"\n",
        expect![[r#"
        error: `science` is no room
         --> campus.toml:9:6
          |
        9 | id = "science"
          |      ^^^^^^^^^
          |
          = help: a room is written `building/room`, for example `science/101`

        campus.toml: 1 fault"#]],
    );
}
