//! Keys of fire inputs and scenes.

use super::Need::{Default, Required};
use super::Takes::{Text, Texts};
use super::{Section, key};

pub static FIRE: Section = Section {
    name: "fire",
    many: false,
    keys: &[
        key(
            "ends",
            Text,
            Default("`input`"),
            "what ends the alarm of a node's fire input: `input`, when it falls, or `person`, who says so after it",
        ),
        key(
            "covers",
            Text,
            Default("`building`"),
            "which lamps it lights: `place`, where its node hangs, `building`, or `campus`",
        ),
    ],
};

pub static SCENE: Section = Section {
    name: "scene",
    many: true,
    keys: &[
        key(
            "id",
            Text,
            Required,
            "identifier, for example `projection`; one of a shipped scene replaces it",
        ),
        key(
            "levels",
            Texts,
            Required,
            "`zone=level` each, % of light output; `zone=auto` leaves a zone to the rules, `*=level` is for all others",
        ),
    ],
};
