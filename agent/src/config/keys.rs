//! Every key of the configuration, once: what it takes, its default, what it means. The reader asks
//! it for ranges and for the closest known key; a test compares it with `docs/operate/configuration.md`.

mod broker;
mod calendar;
mod events;
mod hubs;
mod meters;

pub use calendar::{CALENDAR_FILE, TIMETABLE_FILE, YEAR_FILE};

use Need::{Default, Optional, Required};
use Takes::{Flag, Sections, Text, Texts, Whole};

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// A text in quotes.
    Text,
    /// A list of texts.
    Texts,
    /// A text, or a whole number that is taken for one; what it may be, for the documentation.
    Word(&'static str),
    /// A whole number from the first to the second.
    Whole(i64, i64),
    /// A list of whole numbers from the first to the second.
    Wholes(i64, i64),
    /// A decimal number from the first to the second, with so many decimals at most; exact.
    Decimal(&'static str, &'static str, usize),
    /// `true` or `false`.
    Flag,
    /// One section, or with `many` any number of them.
    Sections(&'static Section),
}

/// Whether a key must be there.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// It must.
    Required,
    /// Its default, as the documentation says it.
    Default(&'static str),
    /// Without it there is none.
    Optional,
}

/// A key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub name: &'static str,
    pub takes: Takes,
    pub need: Need,
    /// What it means, for the documentation.
    pub says: &'static str,
}

/// A section with its keys.
#[derive(Debug)]
pub struct Section {
    /// The name between the brackets; empty for the file itself.
    pub name: &'static str,
    /// Whether it stands in double brackets, any number of times.
    pub many: bool,
    pub keys: &'static [Key],
}

impl Section {
    /// The key of that name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The section as the file has it: `[campus]`, `[[room]]`.
    pub fn title(&self) -> String {
        match (self.name, self.many) {
            ("", _) => "the configuration".into(),
            (name, true) => format!("`[[{name}]]`"),
            (name, false) => format!("`[{name}]`"),
        }
    }

    /// This section and all within it.
    pub fn all(&'static self) -> Vec<&'static Section> {
        let within = self.keys.iter().filter_map(|key| match key.takes {
            Sections(section) => Some(section.all()),
            _ => None,
        });
        std::iter::once(self).chain(within.flatten()).collect()
    }
}

const fn key(name: &'static str, takes: Takes, need: Need, says: &'static str) -> Key {
    Key { name, takes, need, says }
}

const fn section(name: &'static str, need: Need, of: &'static Section) -> Key {
    Key { name, takes: Sections(of), need, says: "" }
}

/// The file.
pub static FILE: Section = Section {
    name: "",
    many: false,
    keys: &[
        section("campus", Required, &CAMPUS),
        section("broker", Required, &broker::BROKER),
        section("store", Optional, &STORE),
        section("api", Optional, &API),
        section("metrics", Optional, &METRICS),
        section("log", Optional, &LOG),
        section("hub", Optional, &hubs::HUB),
        section("outbox", Optional, &hubs::OUTBOX),
        section("timetable", Required, &TIMETABLE),
        section("calendar", Optional, &calendar::CALENDAR),
        section("lighting", Optional, &LIGHTING),
        section("fire", Optional, &events::FIRE),
        section("scene", Optional, &events::SCENE),
        section("room", Optional, &ROOM),
        section("node_defaults", Optional, &NODE_DEFAULTS),
        section("node", Optional, &NODE),
        section("bus", Optional, &meters::BUS),
        section("meter", Optional, &meters::METER),
        section("gateway", Optional, &meters::GATEWAY),
        section("energy", Optional, &meters::ENERGY),
        section("tariff", Optional, &meters::TARIFF),
        section("co2", Optional, &meters::CO2),
    ],
};

pub static CAMPUS: Section = Section {
    name: "campus",
    many: false,
    keys: &[
        key("id", Text, Required, "identifier of the campus; part of every MQTT topic"),
        key("name", Text, Default("the `id`"), "name for people, up to 64 characters"),
        key("time_zone", Text, Required, "IANA time zone, for example `Asia/Shanghai`"),
    ],
};

pub static STORE: Section = Section {
    name: "store",
    many: false,
    keys: &[key("path", Text, Default("`campus.db`"), "the database")],
};

pub static API: Section = Section {
    name: "api",
    many: false,
    keys: &[
        key(
            "socket",
            Text,
            Default("`$XDG_RUNTIME_DIR/campus/agent.sock`, else `/run/campus/agent.sock`"),
            "Unix socket that `campus` asks; up to 107 bytes",
        ),
        key(
            "technicians",
            Texts,
            Default("whoever may use the socket"),
            "accounts of this computer that may provision and revoke nodes; root and the agent's own account always may",
        ),
    ],
};

pub static METRICS: Section = Section {
    name: "metrics",
    many: false,
    keys: &[key(
        "listen",
        Text,
        Optional,
        "address and port for Prometheus over TCP; `/metrics` is always on the socket",
    )],
};

pub static LOG: Section = Section {
    name: "log",
    many: false,
    keys: &[key("format", Text, Default("`text`"), "`text` or `json`")],
};

pub static TIMETABLE: Section = Section {
    name: "timetable",
    many: false,
    keys: &[
        key(
            "days",
            Texts,
            Default("`[\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]`"),
            "school days: `mon` to `sun`",
        ),
        key(
            "open",
            Text,
            Required,
            "opening hours of a school day, `hh:mm-hh:mm`, at most `00:00-24:00`",
        ),
        key(
            "lessons",
            Texts,
            Default("`[]`"),
            "lessons of a school day, `hh:mm-hh:mm` each, within the opening hours, none over another",
        ),
        key(
            "files",
            Texts,
            Default("`[]`"),
            "files with bells, opening hours and lessons of buildings and rooms: [timetable](timetable.md)",
        ),
    ],
};

pub static LIGHTING: Section = Section {
    name: "lighting",
    many: false,
    keys: &[
        HOLD_MIN,
        key("break_hold_min", Whole(1, 20), Default("5"), "the same in breaks, min"),
        key(
            "still_hold_min",
            Whole(1, 20),
            Default("15"),
            "at least so long in exams and self-study, min",
        ),
        key(
            "stale_s",
            Whole(30, 3_600),
            Default("150"),
            "a sensor silent for so long is no longer believed, s",
        ),
        AUTO_PCT,
        key(
            "gain_pct",
            Whole(10, 100),
            Default("50"),
            "how far lamps that are not known yet come down with every look at the light, % of the way",
        ),
        FLOOR_LX,
        key("override_max_min", Whole(1, 120), Default("120"), "longest wish of a person, min"),
        key(
            "warn_min",
            Whole(1, 30),
            Default("5"),
            "warning before the after-hours sweep switches off, min",
        ),
    ],
};

/// 20 min is the longest hold that the standards allow (`lighting::settings::HOLD_MS_MAX`).
const HOLD_MIN: Key = key(
    "hold_min",
    Whole(1, 20),
    Default("10"),
    "lamps stay on so long after the last movement, min",
);
const AUTO_PCT: Key = key(
    "auto_pct",
    Whole(1, 100),
    Default("50"),
    "highest level at which lamps go on by themselves, % of light output",
);
const FLOOR_LX: Key = key(
    "floor_lx",
    Whole(50, 2_000),
    Default("300"),
    "illuminance that a lesson needs, lx; at most the target",
);

pub static ROOM: Section = Section {
    name: "room",
    many: true,
    keys: &[
        key("id", Text, Required, "`building/room`, two identifiers"),
        key("name", Text, Default("the `id`"), "name for people, up to 64 characters"),
        Key { need: Default("`[lighting]`"), ..HOLD_MIN },
        Key { need: Default("`[lighting]`"), ..AUTO_PCT },
        key(
            "demand_exempt",
            Flag,
            Default("`false`"),
            "the grid asks nothing of this room: [events](events.md)",
        ),
        section("occupancy", Optional, &OCCUPANCY),
        section("zone", Optional, &ZONE),
    ],
};

pub static OCCUPANCY: Section = Section {
    name: "room.occupancy",
    many: false,
    keys: &[
        key(
            "kind",
            Text,
            Default("`classroom`"),
            "what the room is for: `classroom`, `lecture`, `study` or `office`: [occupancy](occupancy.md)",
        ),
        key(
            "hold_adapts",
            Flag,
            Default("`true`"),
            "CO₂ may lengthen the hold to 20 min; movement may halve it where CO₂ is measured, to 5 min at least",
        ),
        key(
            "rest_ppm",
            Whole(200, 1_000),
            Default("420"),
            "CO₂ of the empty room before its sensor has shown its own, ppm",
        ),
        key(
            "air_pct",
            Whole(1, 95),
            Default("by `kind`: 16, 43, 16, 10"),
            "share of the room's air that is exchanged within 10 min, %",
        ),
        key(
            "rise_ppm",
            Whole(1, 200),
            Default("10"),
            "CO₂ that people add within 10 min so that they count, ppm",
        ),
        key(
            "school_days",
            Text,
            Optional,
            "when the room is used on school days: 96 characters, one per quarter hour, `0` to `9` tenths of the time, `-` not known",
        ),
        key("other_days", Text, Optional, "the same on other days"),
    ],
};

pub static ZONE: Section = Section {
    name: "room.zone",
    many: true,
    keys: &[
        key(
            "id",
            Text,
            Required,
            "identifier: the lamps that are switched together, for example `window`, `inner`, `board`",
        ),
        key("node", Text, Default("the room's only node"), "node that drives the lamps"),
        key("gateway", Text, Optional, "gateway that drives them, instead of a node"),
        key("channel", Text, Default("the `id`"), "lamp channel of that node or gateway"),
        key(
            "target_lx",
            Whole(50, 2_000),
            Default("300"),
            "illuminance that is enough, daylight and lamps together, lx; 500 for a board (GB 7793-2010)",
        ),
        key(
            "lamp_lx",
            Whole(0, 5_000),
            Default("400"),
            "what the lamps at 100 % add at the sensor, lx; 0 when not known",
        ),
        key(
            "desk_pct",
            Whole(20, 1_000),
            Default("100"),
            "light at the desk, % of what the sensor sees of it",
        ),
        Key { need: Default("`[lighting]`, at most the target"), ..FLOOR_LX },
    ],
};

pub static NODE_DEFAULTS: Section = Section {
    name: "node_defaults",
    many: false,
    keys: &[POWER_ON, REPORT_INTERVAL_S, CHANGE_SPACING_MS, SILENT_AFTER_S, SAVE_INTERVAL_S],
};

/// The ranges are those of the wire (`wire::settings`); the defaults those of the firmware.
const POWER_ON: Key = key(
    "power_on",
    Takes::Word("`off`, `last`, `daylight`, or 0 to 100"),
    Default("as shipped: `last`"),
    "lamps when the power comes: dark, as before, on if it is dark, or at this level, % of light output",
);
const REPORT_INTERVAL_S: Key = key(
    "report_interval_s",
    Whole(5, 3_600),
    Default("as shipped: 60"),
    "everything is reported at least so often, s; below `stale_s` of `[lighting]`",
);
const CHANGE_SPACING_MS: Key = key(
    "change_spacing_ms",
    Whole(100, 60_000),
    Default("as shipped: 2000"),
    "at least so long between two reports of changes, ms",
);
const SILENT_AFTER_S: Key = key(
    "silent_after_s",
    Whole(10, 3_600),
    Default("as shipped: 180"),
    "a sensor of the node that said nothing for so long is silent, s",
);
const SAVE_INTERVAL_S: Key = key(
    "save_interval_s",
    Whole(30, 3_600),
    Default("as shipped: 300"),
    "registers are saved at least so often while they move, s: a power cut costs no more",
);

/// What a node takes from `[node_defaults]` unless it says otherwise.
const fn of_node(key: Key) -> Key {
    Key { need: Default("`[node_defaults]`"), ..key }
}

pub static NODE: Section = Section {
    name: "node",
    many: true,
    keys: &[
        key("id", Text, Required, "identifier: the node's account at the broker; not `agent`"),
        key("room", Text, Optional, "room where it hangs; a node has either a room or a building"),
        key(
            "building",
            Text,
            Optional,
            "building, for a node that belongs to no room (mains meter)",
        ),
        of_node(POWER_ON),
        of_node(REPORT_INTERVAL_S),
        of_node(CHANGE_SPACING_MS),
        of_node(SILENT_AFTER_S),
        of_node(SAVE_INTERVAL_S),
    ],
};
