//! Meters that name what does not exist, or ask for what their model does not have.

use super::*;

#[test]
fn a_meter_names_what_exists() {
    refused_on_a_bus(
        r#"[[meter]]
id = "m1"
bus = "lam"
address = 1
profile = "eastron-sdm12"
building = "a"
parent = "m3"
[[meter]]
id = "m2"
bus = "lan"
address = 1
profile = "waveshare-relay-8"
[[meter]]
bus = "lan"
channel = "x"
[[meter]]
name = "nobody's"
[[meter]]
node = "n1"
bus = "lan"
ct = 5
[[node]]
id = "n"
building = "a"
[[gateway]]
id = "g"
bus = "lan"
address = 300
profile = "eastron-sdm120"
room = "a/1"
"#,
        expect![[r#"
            error: there is no bus `lam`
              --> campus.toml:16:7
               |
            16 | bus = "lam"
               |       ^^^^^
               |
               = help: did you mean `lan`?

            error: there is no profile `eastron-sdm12`
              --> campus.toml:18:11
               |
            18 | profile = "eastron-sdm12"
               |           ^^^^^^^^^^^^^^^
               |
               = help: did you mean `eastron-sdm120`?

            error: `waveshare-relay-8` is the profile of a gateway
              --> campus.toml:25:11
               |
            25 | profile = "waveshare-relay-8"
               |           ^^^^^^^^^^^^^^^^^^^
               |
               = help: put it into a `[[gateway]]`

            error: `[[meter]]` has no `id`
              --> campus.toml:26:1
               |
            26 | [[meter]]
               | ^^^^^^^^^
               |
               = help: `id`: polled: its identifier, and its name in the ledger

            error: `[[meter]]` has no `address`
              --> campus.toml:26:1
               |
            26 | [[meter]]
               | ^^^^^^^^^
               |
               = help: `address`: polled: its address; `any` asks the only meter of the line for it

            error: `[[meter]]` has no `profile`
              --> campus.toml:26:1
               |
            26 | [[meter]]
               | ^^^^^^^^^
               |
               = help: `profile`: polled: model of the meter (`campus profile list`), or a `.toml` file of your own

            error: `channel` is for a meter behind a node only
              --> campus.toml:28:11
               |
            27 | bus = "lan"
               |       ----- this one is on a bus
            28 | channel = "x"
               |           ^^^

            error: a meter that nobody reads
              --> campus.toml:29:1
               |
            29 | [[meter]]
               | ^^^^^^^^^
               |
               = help: set `bus`, `address` and `profile`, or `node` if a node reports it

            error: there is no node `n1`
              --> campus.toml:32:8
               |
            32 | node = "n1"
               |        ^^^^
               |
               = help: did you mean `n`?

            error: `bus` is for a meter on a bus only
              --> campus.toml:33:7
               |
            32 | node = "n1"
               |        ---- this one is behind a node
            33 | bus = "lan"
               |       ^^^^^

            error: `ct` is for a meter on a bus only
              --> campus.toml:34:6
               |
            32 | node = "n1"
               |        ---- this one is behind a node
            33 | bus = "lan"
            34 | ct = 5
               |      ^

            error: `eastron-sdm120` is the profile of a meter
              --> campus.toml:42:11
               |
            42 | profile = "eastron-sdm120"
               |           ^^^^^^^^^^^^^^^^
               |
               = help: put it into a `[[meter]]`

            error: there is no room `a/1`
              --> campus.toml:43:8
               |
            43 | room = "a/1"
               |        ^^^^^
               |
               = help: add a `[[room]]` with this `id`

            campus.toml: 13 faults"#]],
    );
}

#[test]
fn a_meter_asks_only_for_what_its_model_has() {
    refused_on_a_bus(
        r#"[[meter]]
id = "m1"
bus = "lan"
address = 1
profile = "eastron-sdm120"
register = "energy_inport"
ct = 5
order = "BACD"
flow = "both"
[[meter]]
id = "m2"
bus = "lan"
address = 248
profile = "acrel-adl400"
vt = 0.0001
every_s = 0
[[meter]]
id = "m3"
bus = "line"
address = 102030425
profile = "dlt645-2007-three-phase"
ct = 100000
order = "ABCD"
power_max_kw = "much"
"#,
        expect![[r#"
            error: `eastron-sdm120` has no register `energy_inport`
              --> campus.toml:19:12
               |
            19 | register = "energy_inport"
               |            ^^^^^^^^^^^^^^^
               |
               = help: did you mean `energy_import`?

            error: `eastron-sdm120` has no use for `ct`
              --> campus.toml:20:6
               |
            20 | ct = 5
               |      ^
               |
               = help: this model counts the primary side by itself: leave it out

            error: `BACD` is no order of bytes
              --> campus.toml:21:9
               |
            21 | order = "BACD"
               |         ^^^^^^
               |
               = help: it is one of `ABCD`, `CDAB`, `BADC`, `DCBA`

            error: energy does not flow `both`
              --> campus.toml:22:8
               |
            22 | flow = "both"
               |        ^^^^^^
               |
               = help: it is `import` (consumed) or `export` (produced)

            error: `248` is no address here
              --> campus.toml:26:11
               |
            26 | address = 248
               |           ^^^
               |
               = help: a Modbus device has a number from 1 to 247

            error: `vt` has at most 3 decimals
              --> campus.toml:28:6
               |
            28 | vt = 0.0001
               |      ^^^^^^

            error: `every_s` is out of range
              --> campus.toml:29:11
               |
            29 | every_s = 0
               |           ^ 1 to 3600
               |
               = help: `every_s`: polled: time between two readings, s; usually 60

            error: `102030425` is no address here
              --> campus.toml:33:11
               |
            33 | address = 102030425
               |           ^^^^^^^^^
               |
               = help: DL/T 645: the 12 digits on the meter, in quotes, or `any` for the only one of a line

            error: `ct` is out of range
              --> campus.toml:35:6
               |
            35 | ct = 100000
               |      ^^^^^^ 1 to 10000
               |
               = help: that is what `dlt645-2007-three-phase` can be set to

            error: DL/T 645 has one order only
              --> campus.toml:36:9
               |
            36 | order = "ABCD"
               |         ^^^^^^
               |
               = help: leave `order` out

            error: `power_max_kw` takes a number from 0.001 to 1000000
              --> campus.toml:37:16
               |
            37 | power_max_kw = "much"
               |                ^^^^^^ digits and a point, like `0.6375`

            campus.toml: 11 faults"#]],
    );
}

#[test]
fn names_are_used_once_and_no_meter_is_part_of_itself() {
    refused_on_a_bus(
        r#"[[node]]
id = "n"
building = "a"
[[meter]]
node = "n"
parent = "a"
[[meter]]
node = "n"
channel = "main"
[[meter]]
id = "a"
bus = "lan"
address = 1
profile = "eastron-sdm120"
parent = "b"
[[meter]]
id = "b"
bus = "lan"
address = 2
profile = "eastron-sdm120"
parent = "a"
[[meter]]
id = "c"
bus = "lan"
address = 3
profile = "eastron-sdm120"
parent = "c"
[[meter]]
id = "d"
bus = "lan"
address = 4
profile = "eastron-sdm120"
parent = "n"
[[meter]]
id = "e"
bus = "lan"
address = 5
profile = "eastron-sdm120"
parent = "n/heating"
"#,
        expect![[r#"
            error: meter `n/main` stands here twice
              --> campus.toml:21:8
               |
            18 | node = "n"
               |        --- first here
            ...
            21 | node = "n"
               |        ^^^ again here

            error: a meter that is a part of itself
              --> campus.toml:28:10
               |
            28 | parent = "b"
               |          ^^^ a → b → a

            error: a meter that is a part of itself
              --> campus.toml:40:10
               |
            40 | parent = "c"
               |          ^^^ c → c

            error: there is no meter `n`
              --> campus.toml:46:10
               |
            46 | parent = "n"
               |          ^^^
               |
               = help: a meter behind a node is `node/channel`: `n/main`

            campus.toml: 4 faults"#]],
    );
}
