//! Keys of `[broker]`.

use super::Need::{Default, Optional, Required};
use super::Takes::{Flag, Text, Texts};
use super::{Section, key};

pub static BROKER: Section = Section {
    name: "broker",
    many: false,
    keys: &[
        key(
            "url",
            Text,
            Required,
            "`mqtt://host:port` (port 1883 if left out), `mqtts://host:port` (TLS, port 8883), or `embedded`: the agent carries the broker",
        ),
        key(
            "username",
            Text,
            Optional,
            "account of the agent at the broker; the embedded broker knows it as `agent`",
        ),
        key(
            "password_file",
            Text,
            Optional,
            "file that holds its password; not readable for everybody. Embedded: drawn at every start if left out",
        ),
        key(
            "ca_file",
            Text,
            Optional,
            "PEM file with the authority that signed the broker's certificate; the system's if left out. Nodes are given it when they are provisioned",
        ),
        key(
            "accounts",
            Text,
            Optional,
            "`dynamic-security` or `files`: the agent gives accounts to nodes, and takes them away; nobody does if left out",
        ),
        key(
            "accounts_folder",
            Text,
            Optional,
            "with `accounts`: the folder that `campus broker init` made",
        ),
        key(
            "reload",
            Texts,
            Optional,
            "`accounts = \"files\"` only: command that makes the broker read them again, `[\"systemctl\", \"reload\", \"mosquitto\"]`",
        ),
        key(
            "node_address",
            Text,
            Optional,
            "with `accounts`: where nodes find the broker, `broker.school.cn:8883` (port 8883 if left out, 1883 without `ca_file`)",
        ),
        key(
            "server_name",
            Text,
            Default("the host of `node_address`"),
            "with `accounts`: name that the broker's certificate bears",
        ),
        key("listen", Text, Default("`127.0.0.1:1883`"), "embedded only: address and port"),
        key(
            "node_password_file",
            Text,
            Optional,
            "embedded only: file that holds the password of all nodes; required unless `listen` is on the loopback",
        ),
        key(
            "anonymous_read",
            Flag,
            Default("`false`"),
            "embedded only: clients without an account may read the campus and ask for overrides",
        ),
    ],
};
