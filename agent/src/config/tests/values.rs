//! Values that cannot be.

use super::*;

#[test]
fn hours_days_and_lessons_must_make_sense() {
    refused(
        &HEAD.replace(
            "open = \"07:00-18:00\"",
            r#"open = "18:00-07:00"
days = ["Monday", "mon", "mon", "holiday"]
lessons = ["08:00-08:45", "8.55-9.40", "24:01-24:02", "09:00-09:00", "0900", 3]"#,
        ),
        expect![[r#"
            error: hours that end before they begin
             --> campus.toml:7:8
              |
            7 | open = "18:00-07:00"
              |        ^^^^^^^^^^^^^
              |
              = help: did you mean `07:00-18:00`?

            error: `Monday` is no day
             --> campus.toml:8:9
              |
            8 | days = ["Monday", "mon", "mon", "holiday"]
              |         ^^^^^^^^
              |
              = help: did you mean `mon`?

            error: `mon` stands here twice
             --> campus.toml:8:26
              |
            8 | days = ["Monday", "mon", "mon", "holiday"]
              |                          ^^^^^

            error: `holiday` is no day
             --> campus.toml:8:33
              |
            8 | days = ["Monday", "mon", "mon", "holiday"]
              |                                 ^^^^^^^^^
              |
              = help: days are mon, tue, wed, thu, fri, sat, sun

            error: `8.55` is no time of day
             --> campus.toml:9:27
              |
            9 | lessons = ["08:00-08:45", "8.55-9.40", "24:01-24:02", "09:00-09:00", "0900", 3]
              |                           ^^^^^^^^^^^
              |
              = help: times look like `08:05`, from `00:00` to `24:00`

            error: `9.40` is no time of day
             --> campus.toml:9:27
              |
            9 | lessons = ["08:00-08:45", "8.55-9.40", "24:01-24:02", "09:00-09:00", "0900", 3]
              |                           ^^^^^^^^^^^
              |
              = help: times look like `08:05`, from `00:00` to `24:00`

            error: `24:01` is no time of day
             --> campus.toml:9:40
              |
            9 | lessons = ["08:00-08:45", "8.55-9.40", "24:01-24:02", "09:00-09:00", "0900", 3]
              |                                        ^^^^^^^^^^^^^
              |
              = help: times look like `08:05`, from `00:00` to `24:00`

            error: `24:02` is no time of day
             --> campus.toml:9:40
              |
            9 | lessons = ["08:00-08:45", "8.55-9.40", "24:01-24:02", "09:00-09:00", "0900", 3]
              |                                        ^^^^^^^^^^^^^
              |
              = help: times look like `08:05`, from `00:00` to `24:00`

            error: hours that end when they begin
             --> campus.toml:9:55
              |
            9 | lessons = ["08:00-08:45", "8.55-9.40", "24:01-24:02", "09:00-09:00", "0900", 3]
              |                                                       ^^^^^^^^^^^^^

            error: `0900` are no hours
             --> campus.toml:9:70
              |
            9 | lessons = ["08:00-08:45", "8.55-9.40", "24:01-24:02", "09:00-09:00", "0900", 3]
              |                                                                      ^^^^^^
              |
              = help: hours look like `08:00-08:45`

            error: `lessons` takes a list of texts in quotes
             --> campus.toml:9:78
              |
            9 | lessons = ["08:00-08:45", "8.55-9.40", "24:01-24:02", "09:00-09:00", "0900", 3]
              |                                                                              ^ this is a whole number

            campus.toml: 11 faults"#]],
    );
    refused(
        &HEAD.replace(
            "open = \"07:00-18:00\"",
            r#"open = "07:00-18:00"
days = []
lessons = [
    "10:00-12:00",
    "06:30-07:15",
    "10:30-10:45",
    "11:30-12:30",
]"#,
        ),
        expect![[r#"
            error: no day at all
             --> campus.toml:8:8
              |
            8 | days = []
              |        ^^
              |
              = help: name at least one, `mon` to `sun`

            error: a lesson outside the opening hours
              --> campus.toml:11:5
               |
             7 | open = "07:00-18:00"
               |        ------------- opening hours
            ...
            11 |     "06:30-07:15",
               |     ^^^^^^^^^^^^^
               |
               = help: lights of closed hours go off; open earlier, or close later

            error: two lessons at one time
              --> campus.toml:12:5
               |
            10 |     "10:00-12:00",
               |     ------------- the other
            11 |     "06:30-07:15",
            12 |     "10:30-10:45",
               |     ^^^^^^^^^^^^^ begins before the other ends

            error: two lessons at one time
              --> campus.toml:13:5
               |
            10 |     "10:00-12:00",
               |     ------------- the other
            ...
            13 |     "11:30-12:30",
               |     ^^^^^^^^^^^^^ begins before the other ends

            campus.toml: 4 faults"#]],
    );
    refused(
        &HEAD.replace("\"07:00-18:00\"", "07:00"),
        expect![[r#"
        error: `open` takes a text in quotes
         --> campus.toml:7:8
          |
        7 | open = 07:00
          |        ^^^^^ this is a date or time without quotes

        campus.toml: 1 fault"#]],
    );
}

#[test]
fn numbers_lie_within_their_range() {
    refused_after_head(
        r#"[lighting]
hold_min = 30
auto_pct = 0
stale_s = 2.5
[[room]]
id = "a/1"
name = ""
[[room.zone]]
id = "z"
target_lx = 5_000
lamp_lx = -1
[[room.zone]]
id = "y"
target_lx = 200
floor_lx = 300
[[node]]
id = "n"
room = "a/1"
"#,
        expect![[r#"
            error: `hold_min` is out of range
             --> campus.toml:9:12
              |
            9 | hold_min = 30
              |            ^^ 1 to 20
              |
              = help: `hold_min`: lamps stay on so long after the last movement, min; usually 10

            error: `auto_pct` is out of range
              --> campus.toml:10:12
               |
            10 | auto_pct = 0
               |            ^ 1 to 100
               |
               = help: `auto_pct`: highest level at which lamps go on by themselves, % of light output; usually 50

            error: `stale_s` takes a whole number from 30 to 3600
              --> campus.toml:11:11
               |
            11 | stale_s = 2.5
               |           ^^^ this is a number with a fraction

            error: `name` has 1 to 64 characters
              --> campus.toml:14:8
               |
            14 | name = ""
               |        ^^ this has 0

            error: `target_lx` is out of range
              --> campus.toml:17:13
               |
            17 | target_lx = 5_000
               |             ^^^^^ 50 to 2000
               |
               = help: `target_lx`: illuminance that is enough, daylight and lamps together, lx; 500 for a board (GB 7793-2010); usually 300

            error: `lamp_lx` is out of range
              --> campus.toml:18:11
               |
            18 | lamp_lx = -1
               |           ^^ 0 to 5000
               |
               = help: `lamp_lx`: what the lamps at 100 % add at the sensor, lx; 0 when not known; usually 400

            error: a lesson needs more than the target
              --> campus.toml:22:12
               |
            21 | target_lx = 200
               |             --- the target
            22 | floor_lx = 300
               |            ^^^ more than 200 lx

            campus.toml: 7 faults"#]],
    );
}

#[test]
fn addresses_must_be_ones() {
    for (url, title) in [
        ("embeded", "`embeded` is no address of a broker"),
        ("ssl://x", "`ssl://` is not spoken here"),
        ("http://x", "`http://` is not spoken here"),
        ("mqtt://me:secret@x", "accounts do not belong into an address"),
        ("mqtt://", "`` is no name or address of a computer"),
        ("mqtt://a b", "`a b` is no name or address of a computer"),
        ("mqtt://[::g]", "`[::g]` is no name or address of a computer"),
        ("mqtt://x:0", "a port is a number from 1 to 65535"),
        ("mqtt://x:99999", "a port is a number from 1 to 65535"),
    ] {
        match Config::parse(&HEAD.replace("embedded", url), "c") {
            Err(ConfigError::Faulty { faults, .. }) => assert_eq!(faults[0].title, title),
            other => panic!("{url}: {other:?}"),
        }
    }
    refused(
        &HEAD.replace(
            "url = \"embedded\"",
            "url = \"mqtt://x\"\nlisten = \"localhost\"\nanonymous_read = 1",
        ),
        expect![[r#"
            error: `listen` cannot be `localhost`
             --> campus.toml:6:10
              |
            6 | listen = "localhost"
              |          ^^^^^^^^^^^
              |
              = help: it looks like `127.0.0.1:1883`

            error: `listen` is for the embedded broker only
             --> campus.toml:6:10
              |
            5 | url = "mqtt://x"
              |       ---------- another broker
            6 | listen = "localhost"
              |          ^^^^^^^^^^^
              |
              = help: leave it out, or set `url = "embedded"`

            error: `anonymous_read` takes `true` or `false`
             --> campus.toml:7:18
              |
            7 | anonymous_read = 1
              |                  ^ this is a whole number

            error: `anonymous_read` is for the embedded broker only
             --> campus.toml:7:18
              |
            5 | url = "mqtt://x"
              |       ---------- another broker
            6 | listen = "localhost"
            7 | anonymous_read = 1
              |                  ^
              |
              = help: leave it out, or set `url = "embedded"`

            campus.toml: 4 faults"#]],
    );
    refused(
        &HEAD.replace(
            "url = \"embedded\"",
            "url = \"embedded\"\nlisten = \"0.0.0.0:1883\"\nusername = \"root\"",
        ),
        expect![[r#"
            error: nodes would need no password
             --> campus.toml:6:10
              |
            6 | listen = "0.0.0.0:1883"
              |          ^^^^^^^^^^^^^^ this can be reached from the network
              |
              = help: set `node_password_file`, or listen on 127.0.0.1

            error: the embedded broker knows the agent as `agent`
             --> campus.toml:7:12
              |
            7 | username = "root"
              |            ^^^^^^
              |
              = help: leave `username` out

            campus.toml: 2 faults"#]],
    );
    let long =
        format!("[api]\nsocket = \"/run/{}\"\n[metrics]\nlisten = \"9464\"\n", "x".repeat(110));
    refused_after_head(
        &long,
        expect![[r#"
        error: the path of the socket is too long
         --> campus.toml:9:10
          |
        9 | socket = "/run/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
          |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 115 bytes with its folder; 107 are the most

        error: `listen` cannot be `9464`
          --> campus.toml:11:10
           |
        11 | listen = "9464"
           |          ^^^^^^
           |
           = help: it looks like `127.0.0.1:9464`

        campus.toml: 2 faults"#]],
    );
}
