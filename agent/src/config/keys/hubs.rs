//! Keys of hubs, and of what waits for them.

use super::Need::{Default, Optional, Required};
use super::Takes::{Flag, Text, Texts, Whole};
use super::{Section, key};

pub static HUB: Section = Section {
    name: "hub",
    many: true,
    keys: &[
        key("id", Text, Required, "identifier of the hub, for `campus hub`"),
        key(
            "form",
            Text,
            Default("`batch`"),
            "how it is spoken to: `batch`, signed batches over HTTPS; `mqtt`, the same through a broker, MQTT 5; `mohurd`, the building-energy protocol of Chinese data centres (docs/integrate/mohurd.md)",
        ),
        key(
            "url",
            Text,
            Optional,
            "`batch` and `mqtt` need it: where it is, `https://hub.example.edu`, or its broker, `mqtts://broker.example.edu`; plain `http://` and `mqtt://` only to this computer",
        ),
        key(
            "key_file",
            Text,
            Required,
            "file with the key that batches are signed with, which `campus hub key` makes; `mohurd`: with the keys that the centre gave out",
        ),
        key(
            "ca_file",
            Text,
            Default("the authorities of the system"),
            "PEM file with the authority that signed the hub's certificate, or its broker's",
        ),
        key(
            "client_cert_file",
            Text,
            Optional,
            "PEM file with the certificate of the campus, where the hub asks for one",
        ),
        key("client_key_file", Text, Optional, "PEM file with its key"),
        key("username", Text, Optional, "`mqtt`: account of the campus at the broker"),
        key("password_file", Text, Optional, "`mqtt`: file with its password, mode 0600"),
        key(
            "dialect",
            Text,
            Optional,
            "`mohurd` needs it: `g`, `g-prime`, `s`, or a file that ends in `.toml`",
        ),
        key(
            "address",
            Text,
            Optional,
            "`mohurd` needs it: where the centre listens, `energy.example.gov.cn:9006`",
        ),
        key("tls", Flag, Optional, "`mohurd`: `true` where TLS is around it"),
        key("building_id", Text, Optional, "`mohurd` needs it: what the centre calls the building"),
        key(
            "gateway_id",
            Text,
            Optional,
            "`mohurd` needs it: what the centre calls this collector",
        ),
        key(
            "meters",
            Texts,
            Optional,
            "`mohurd` needs it: what the centre hears of, in its order, with energy items: `[\"sci-mains/main=01A00\"]`",
        ),
    ],
};

pub static OUTBOX: Section = Section {
    name: "outbox",
    many: false,
    keys: &[
        key(
            "disk_max_mb",
            Whole(1, 1_000_000),
            Default("1024"),
            "MiB that summaries may take while hubs are away; above it the resolution goes down, oldest first, and totals of days stay",
        ),
        key(
            "grace_s",
            Whole(0, 86_400),
            Default("120"),
            "how long late frames of a slot are waited for before it is summarised",
        ),
    ],
};
