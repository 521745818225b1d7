//! Keys of the sections about buses, meters, gateways and prices.

use super::Need::{Default, Optional, Required};
use super::Takes::{Decimal, Flag, Text, Texts, Whole, Wholes, Word};
use super::{Section, key, section};

pub static BUS: Section = Section {
    name: "bus",
    many: true,
    keys: &[
        key("id", Text, Required, "identifier of the bus"),
        key(
            "link",
            Text,
            Required,
            "`tcp://host:port` (Modbus TCP; port 502 if left out), `rtu+tcp://host:port` (the bytes of the line through a serial server), or the path of a serial port",
        ),
        key(
            "baud",
            Whole(300, 1_000_000),
            Default("what its devices have left the factory with"),
            "serial ports only: bit/s",
        ),
        key(
            "parity",
            Text,
            Default("what its devices have left the factory with"),
            "serial ports only: `none`, `even` or `odd`; always `even` for DL/T 645",
        ),
        key("stop_bits", Whole(1, 2), Default("1"), "serial ports only"),
        key("timeout_ms", Whole(20, 10_000), Default("500"), "longest wait for an answer, ms"),
        key(
            "gap_ms",
            Whole(0, 1_000),
            Default("what the speed and the profiles need"),
            "pause between two requests, ms",
        ),
        key(
            "share_pct",
            Whole(1, 100),
            Default("80"),
            "share of the time in which the bus may be used, %",
        ),
    ],
};

/// Where a device is on its bus.
const UNIT: &str = "1 to 247, over `tcp://` also 0 and 255";

pub static METER: Section = Section {
    name: "meter",
    many: true,
    keys: &[
        key("id", Text, Optional, "polled: its identifier, and its name in the ledger"),
        key("bus", Text, Optional, "polled: the bus on which it hangs"),
        key(
            "address",
            Word("1 to 247, over `tcp://` also 0 and 255; DL/T 645: 12 digits in quotes, or `any`"),
            Optional,
            "polled: its address; `any` asks the only meter of the line for it",
        ),
        key(
            "profile",
            Text,
            Optional,
            "polled: model of the meter (`campus profile list`), or a `.toml` file of your own",
        ),
        key("node", Text, Optional, "behind a node: that node"),
        key(
            "channel",
            Text,
            Optional,
            "behind a node: channel of its register; without one the node's own, `node/main` in the ledger",
        ),
        key(
            "name",
            Text,
            Default("its name in the ledger"),
            "name for people, up to 64 characters",
        ),
        key("room", Text, Optional, "polled: room that it measures; either a room or a building"),
        key(
            "building",
            Text,
            Optional,
            "polled: building that it measures; with neither it counts in no total, and is an alarm",
        ),
        key(
            "parent",
            Text,
            Optional,
            "meter that counts what this one counts too: an `id`, or `node/channel`",
        ),
        key("flow", Text, Default("`import`"), "`import` (consumed) or `export` (produced)"),
        key(
            "register",
            Text,
            Default(
                "`energy_import`, else `energy_total`; with `flow = \"export\"` `energy_export`",
            ),
            "polled: register that goes into the ledger",
        ),
        key(
            "ct",
            Decimal("0.001", "1000000", 3),
            Default("the profile's"),
            "polled: ratio of the current transformers; 40 for 200/5 A",
        ),
        key(
            "vt",
            Decimal("0.001", "1000000", 3),
            Default("the profile's"),
            "polled: ratio of the voltage transformers; 100 for 10/0.1 kV",
        ),
        key(
            "order",
            Text,
            Default("the profile's"),
            "polled: order of bytes and words of this very meter: `ABCD`, `CDAB`, `BADC`, `DCBA`",
        ),
        key("every_s", Whole(1, 3_600), Default("60"), "polled: time between two readings, s"),
        key(
            "power_max_kw",
            Decimal("0.001", "1000000", 3),
            Default("1000, or what given transformers can carry"),
            "a register that moves faster is not believed, kW",
        ),
        key(
            "modulus_kwh",
            Decimal("1", "1000000000000", 3),
            Default("the profile's"),
            "where its register starts again at 0, kWh before transformers",
        ),
    ],
};

pub static GATEWAY: Section = Section {
    name: "gateway",
    many: true,
    keys: &[
        key("id", Text, Required, "identifier; no node has the same"),
        key("bus", Text, Required, "bus on which it hangs"),
        key("address", Word(UNIT), Required, "its address"),
        key("profile", Text, Required, "model of the gateway, or a `.toml` file of your own"),
        key(
            "room",
            Text,
            Optional,
            "room where it hangs; a gateway has either a room or a building",
        ),
        key(
            "building",
            Text,
            Optional,
            "building, for a gateway that drives lamps of several rooms",
        ),
        key(
            "every_s",
            Whole(1, 3_600),
            Default("5"),
            "time between two looks at what the lamps are at, s",
        ),
    ],
};

pub static ENERGY: Section = Section {
    name: "energy",
    many: false,
    keys: &[key(
        "slot_min",
        Whole(1, 60),
        Default("15"),
        "length of a slot of the ledger, min: 1, 2, 3, 5, 6, 10, 12, 15, 20, 30 or 60",
    )],
};

pub static TARIFF: Section = Section {
    name: "tariff",
    many: true,
    keys: &[
        key(
            "from",
            Text,
            Required,
            "first local day on which it holds, `2026-01-01`; until the next",
        ),
        key("currency", Text, Required, "three capital letters (ISO 4217), for example `CNY`"),
        section("band", Required, &BAND),
    ],
};

pub static BAND: Section = Section {
    name: "tariff.band",
    many: true,
    keys: &[
        key("id", Text, Required, "identifier, for example `peak`; may stand in several bands"),
        key("name", Text, Default("the `id`"), "name for people, up to 64 characters"),
        key("price", Decimal("0", "1000000", 6), Required, "price of a kWh, exact"),
        key("months", Wholes(1, 12), Default("all"), "months in which it holds"),
        key("days", Texts, Default("all"), "days on which it holds: `mon` to `sun`"),
        key(
            "spans",
            Texts,
            Optional,
            "times of the day, `hh:mm-hh:mm` each; over midnight takes two",
        ),
        key("rest", Flag, Default("`false`"), "it takes what no other band takes"),
    ],
};

pub static CO2: Section = Section {
    name: "co2",
    many: true,
    keys: &[
        key("year", Whole(2_000, 2_100), Required, "calendar year"),
        key("kg_per_kwh", Decimal("0", "5", 6), Required, "CO₂ of a kWh, kg"),
        key("region", Text, Required, "grid that it is about, up to 64 characters"),
        key("source", Text, Required, "where the number is published, up to 200 characters"),
    ],
};
