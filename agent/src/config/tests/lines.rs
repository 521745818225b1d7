//! Buses, and devices that cannot share one.

use super::*;

#[test]
fn a_bus_must_be_somewhere() {
    for (link, title) in [
        ("10.0.0.7", "`10.0.0.7` is no link"),
        ("udp://10.0.0.7", "`udp://` is not spoken here"),
        ("tcp://", "`` is no address of a computer"),
        ("tcp://a b:502", "`a b:502` is no address of a computer"),
        ("tcp://a:0", "`a:0` is no address of a computer"),
        ("rtu+tcp://a", "which port of the serial server?"),
    ] {
        let text = format!("{HEAD}[[bus]]\nid = \"b\"\nlink = \"{link}\"\n");
        match Config::parse(&text, "c") {
            Err(ConfigError::Faulty { faults, .. }) => assert_eq!(faults[0].title, title),
            other => panic!("{link}: {other:?}"),
        }
    }
    refused_on_a_bus(
        r#"[[bus]]
id = "line"
link = "tcp://10.0.0.7:502"
baud = 9600
parity = "no"
share_pct = 0
"#,
        expect![[r#"
            error: bus `line` stands here twice
              --> campus.toml:15:6
               |
            12 | id = "line"
               |      ------ first here
            ...
            15 | id = "line"
               |      ^^^^^^ again here

            error: two buses over `10.0.0.7:502`
              --> campus.toml:16:8
               |
            10 | link = "tcp://10.0.0.7"
               |        ---------------- first here
            ...
            16 | link = "tcp://10.0.0.7:502"
               |        ^^^^^^^^^^^^^^^^^^^^ again here
               |
               = help: one bus carries everything that is reached this way

            error: `baud` is for a serial port only
              --> campus.toml:17:8
               |
            16 | link = "tcp://10.0.0.7:502"
               |        -------------------- over the network
            17 | baud = 9600
               |        ^^^^
               |
               = help: set it in the serial server

            error: `no` is no parity
              --> campus.toml:18:10
               |
            18 | parity = "no"
               |          ^^^^
               |
               = help: it is `none`, `even` or `odd`

            error: `parity` is for a serial port only
              --> campus.toml:18:10
               |
            16 | link = "tcp://10.0.0.7:502"
               |        -------------------- over the network
            17 | baud = 9600
            18 | parity = "no"
               |          ^^^^
               |
               = help: set it in the serial server

            error: `share_pct` is out of range
              --> campus.toml:19:13
               |
            19 | share_pct = 0
               |             ^ 1 to 100
               |
               = help: `share_pct`: share of the time in which the bus may be used, %; usually 80

            campus.toml: 6 faults"#]],
    );
}

#[test]
fn devices_of_a_line_must_be_able_to_share_it() {
    refused_on_a_bus(
        r#"[[meter]]
id = "m1"
bus = "line"
address = 1
profile = "eastron-sdm120"
[[meter]]
id = "m2"
bus = "line"
address = 1
profile = "eastron-sdm120"
[[meter]]
id = "m3"
bus = "line"
address = 1
profile = "eastron-sdm230"
[[meter]]
id = "m4"
bus = "line"
address = 4
profile = "schneider-iem3x50"
[[meter]]
id = "m5"
bus = "lan"
address = "any"
profile = "dlt645-2007-single-phase"
[[meter]]
id = "m6"
bus = "lan"
address = "000102030425"
profile = "dlt645-2007-single-phase"
[[meter]]
id = "m7"
bus = "lan"
address = 1
profile = "eastron-sdm120"
"#,
        expect![[r#"
            error: DL/T 645 does not go over Modbus TCP
              --> campus.toml:10:8
               |
            10 | link = "tcp://10.0.0.7"
               |        ^^^^^^^^^^^^^^^^
            ...
            38 | profile = "dlt645-2007-single-phase"
               |           -------------------------- this speaks DL/T 645
               |
               = help: let the serial server hand the bytes through: `rtu+tcp://10.0.0.7:502`

            error: two meters with address 1
              --> campus.toml:22:11
               |
            17 | address = 1
               |           - first here
            ...
            22 | address = 1
               |           ^ again here
               |
               = help: meter `m1` and meter `m2` would both count `energy_import`; set `register` if one device counts two ways

            error: address 1 is two models at once
              --> campus.toml:27:11
               |
            17 | address = 1
               |           - eastron-sdm120
            ...
            27 | address = 1
               |           ^ eastron-sdm230

            error: at which rate is this bus?
              --> campus.toml:28:11
               |
            18 | profile = "eastron-sdm120"
               |           ---------------- meter `m1` with 2400 baud
            ...
            28 | profile = "eastron-sdm230"
               |           ^^^^^^^^^^^^^^^^ meter `m3` left the factory with 9600 baud
               |
               = help: set all to one of 9600, and write it: `baud = …`

            error: which parity has this bus?
              --> campus.toml:33:11
               |
            18 | profile = "eastron-sdm120"
               |           ---------------- meter `m1` with parity none
            ...
            33 | profile = "schneider-iem3x50"
               |           ^^^^^^^^^^^^^^^^^^^ meter `m4` left the factory with parity even
               |
               = help: set all to the same, and write it: `parity = "…"`

            error: `any` means the only meter of the line
              --> campus.toml:37:11
               |
            37 | address = "any"
               |           ^^^^^
            ...
            42 | address = "000102030425"
               |           -------------- another one
               |
               = help: write the 12 digits on the meter

            error: two protocols on one bus
              --> campus.toml:48:11
               |
            38 | profile = "dlt645-2007-single-phase"
               |           -------------------------- this speaks DL/T 645
            ...
            48 | profile = "eastron-sdm120"
               |           ^^^^^^^^^^^^^^^^ this speaks Modbus
               |
               = help: meters of DL/T 645 and of Modbus need a bus each

            campus.toml: 7 faults"#]],
    );
    refused_after_head(
        r#"[[bus]]
id = "line"
link = "/dev/ttyUSB0"
baud = 19200
parity = "odd"
stop_bits = 2
[[meter]]
id = "m1"
bus = "line"
address = "any"
profile = "dlt645-2007-single-phase"
"#,
        expect![[r#"
            error: meter `m1` does not know 19200 baud
              --> campus.toml:11:8
               |
            11 | baud = 19200
               |        ^^^^^
            ...
            18 | profile = "dlt645-2007-single-phase"
               |           -------------------------- this model
               |
               = help: it knows 2400, 9600, 4800, 1200

            error: DL/T 645 has even parity
              --> campus.toml:12:10
               |
            12 | parity = "odd"
               |          ^^^^^
            ...
            18 | profile = "dlt645-2007-single-phase"
               |           -------------------------- this speaks it

            error: DL/T 645 has one stop bit
              --> campus.toml:13:13
               |
            13 | stop_bits = 2
               |             ^
            ...
            18 | profile = "dlt645-2007-single-phase"
               |           -------------------------- this speaks it

            campus.toml: 3 faults"#]],
    );
}
