//! `[calendar]`, and the sections of calendar, year and timetable files.

use super::Need::{Default, Optional, Required};
use super::Takes::{Text, Texts, Whole};
use super::{Key, Section, key, section};

pub static CALENDAR: Section = Section {
    name: "calendar",
    many: false,
    keys: &[
        key(
            "public",
            Text,
            Optional,
            "public holidays and make-up workdays of a country: `cn`; without it there are none",
        ),
        key(
            "years",
            Texts,
            Default("`[]`"),
            "files with years that the program does not know yet, or that replace what it knows",
        ),
        key("file", Text, Optional, "file with terms, holidays, make-up days, exams, closed days"),
    ],
};

const NAME: Key = key("name", Text, Required, "name for people, up to 64 characters");
const FROM: Key = key("from", Text, Required, "first day, `2026-09-01`");
const TO: Key = key("to", Text, Default("`from`"), "last day, which still belongs to it");

/// A calendar file.
pub static CALENDAR_FILE: Section = Section {
    name: "",
    many: false,
    keys: &[
        section("term", Optional, &TERM),
        section("holiday", Optional, &HOLIDAY),
        section("makeup", Optional, &MAKEUP),
        section("exam", Optional, &EXAM),
        section("closed", Optional, &CLOSED),
    ],
};

static TERM: Section =
    Section { name: "term", many: true, keys: &[NAME, FROM, Key { need: Required, ..TO }] };

static HOLIDAY: Section = Section { name: "holiday", many: true, keys: &[NAME, FROM, TO] };

static MAKEUP: Section = Section {
    name: "makeup",
    many: true,
    keys: &[
        key("date", Text, Required, "which day, `2026-10-10`"),
        key("follows", Text, Required, "the weekday whose timetable it has: `mon` to `sun`"),
        key("name", Text, Default("the public holiday's"), "name for people, up to 64 characters"),
    ],
};

static EXAM: Section = Section {
    name: "exam",
    many: true,
    keys: &[
        NAME,
        FROM,
        TO,
        key(
            "times",
            Texts,
            Default("`[]`"),
            "times of every one of these days, `hh:mm-hh:mm` each, instead of lessons; without them the lessons of school days are exams",
        ),
        key(
            "places",
            Texts,
            Default("everywhere"),
            "buildings and rooms, `science` or `science/101`",
        ),
    ],
};

static CLOSED: Section = Section { name: "closed", many: true, keys: &[NAME, FROM, TO] };

/// A file with the public holidays of a year.
pub static YEAR_FILE: Section = Section {
    name: "",
    many: false,
    keys: &[section("year", Required, &YEAR), section("holiday", Required, &PUBLIC_HOLIDAY)],
};

static YEAR: Section = Section {
    name: "year",
    many: false,
    keys: &[
        key("country", Text, Required, "whose: `cn`"),
        key("year", Whole(2000, 2100), Required, "which"),
        key("source", Text, Required, "who announced it, and when"),
        key("url", Text, Optional, "where that can be read"),
    ],
};

static PUBLIC_HOLIDAY: Section = Section {
    name: "holiday",
    many: true,
    keys: &[
        NAME,
        key("name_en", Text, Optional, "English name"),
        FROM,
        TO,
        key("work", Texts, Default("`[]`"), "days of the weekend on which people work for it"),
    ],
};

/// A timetable file.
pub static TIMETABLE_FILE: Section = Section {
    name: "",
    many: false,
    keys: &[
        section("bell", Optional, &BELL),
        section("hours", Optional, &HOURS),
        section("lesson", Optional, &LESSON),
    ],
};

const TIME: Key = key("time", Text, Required, "from and to, `hh:mm-hh:mm`");
const KIND: Key =
    key("kind", Text, Default("`lesson`"), "`lesson`, `self_study`, `exam` or `open`");

static BELL: Section = Section {
    name: "bell",
    many: true,
    keys: &[
        NAME,
        TIME,
        KIND,
        key(
            "places",
            Texts,
            Default("everywhere"),
            "buildings and rooms with bells of their own; a room's hold before a building's, these before the others",
        ),
    ],
};

static HOURS: Section = Section {
    name: "hours",
    many: true,
    keys: &[
        key("place", Text, Required, "a building or a room, `science` or `science/101`"),
        key("open", Text, Required, "opening hours, `hh:mm-hh:mm`"),
        key(
            "days",
            Texts,
            Default("school days"),
            "`mon` to `sun`; weekends too, but neither holidays nor vacations",
        ),
    ],
};

static LESSON: Section = Section {
    name: "lesson",
    many: true,
    keys: &[
        key("room", Text, Required, "`building/room`"),
        Key { need: Optional, says: "from and to, `hh:mm-hh:mm`; or `bell`", ..TIME },
        key("bell", Text, Optional, "name of a bell of this room, instead of `time`"),
        key("days", Texts, Optional, "every week: `mon` to `sun`; or `dates`"),
        key(
            "dates",
            Texts,
            Optional,
            "on these days whatever they are, holidays too, unless the campus is closed",
        ),
        key("weeks", Text, Default("every week"), "weeks of the term: `odd`, `even`, or `1-8,10`"),
        key("from", Text, Optional, "with `days`: not before this day"),
        key("to", Text, Optional, "with `days`: not after this day"),
        key(
            "every",
            Whole(1, 8),
            Default("1"),
            "every so many weeks, counted from the week of `from`",
        ),
        key("except", Texts, Default("`[]`"), "with `days`: not on these days"),
        key("name", Text, Optional, "name for people, up to 64 characters"),
        KIND,
    ],
};
