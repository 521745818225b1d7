//! `rules.toml` to rules, or every fault with its place.
//!
//! ```toml
//! [[rule]]
//! id = "stuffy"
//! where = ["science/*"]
//! when = 'co2_ppm > 1200 && occupied'
//! ask = "max"
//! level_pct = 80
//! priority = "daylight"
//! expires_min = 10
//! reason = { en = "air the room", zh = "请开窗通风" }
//!
//! [[hold]]
//! id = "readers"
//! where = ["library/*"]
//! hold_min = 15
//! ```

use crate::fault::{Fault, Faults, Span};
use crate::hold::{HOLD_MIN, Hold, Times};
use crate::parse::parse;
use crate::rule::{Ask, Places, Rule, Said, Target};
use crate::scope::Scope;
use crate::set::RuleSet;
use crate::typing;
use lighting::Priority;
use std::collections::BTreeMap;
use table::{At, Table};
use toml::de::DeTable;

mod table;

/// Most rules of a campus; the largest set that the literature checks has 1,177.
pub const RULES_MAX: usize = 2_000;

/// Longest condition, bytes.
const WHEN_BYTES_MAX: usize = 1_000;

/// Longest life of what a rule asked for after its condition was last known to hold, min: as long as
/// a person's wish (IECC C405.2).
pub const EXPIRES_MIN_MAX: u32 = 120;

/// Slowest and quickest fade, s: under 2 s a change over people's heads startles.
const FADE_S: (i64, i64) = (2, 60);

const KEYS: [&str; 10] = [
    "id",
    "where",
    "when",
    "ask",
    "level_pct",
    "target_lx",
    "fade_s",
    "priority",
    "expires_min",
    "reason",
];

const HOLD_KEYS: [&str; 5] = ["id", "where", "hold_min", "break_hold_min", "still_hold_min"];

/// What rules may ask with, strongest first. Fire, lock and manual belong to people and alarms: a rule
/// there could not be overruled by the hand at the switch.
const PRIORITIES: [Priority; 5] = [
    Priority::Floor,
    Priority::DemandResponse,
    Priority::Sweep,
    Priority::Occupancy,
    Priority::Daylight,
];

impl RuleSet {
    /// Reads a file of rules.
    ///
    /// # Errors
    /// Every fault, in the order of the file.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        let (file, broken) = DeTable::parse_recoverable(text);
        for error in &broken {
            faults.add(&error.span().unwrap_or(0..0), error.message());
        }
        if faults.count() > 0 {
            // What stands behind broken syntax may be misread; more faults would only mislead.
            return Err(faults.close());
        }
        let root =
            Table::open(file.get_ref(), 0..0, "the file", &["rule", "hold"], text, &mut faults);
        let tables = root.tables("rule", "a rule", &KEYS, &mut faults);
        let hold_tables = root.tables("hold", "a hold", &HOLD_KEYS, &mut faults);
        for tables in [&tables, &hold_tables] {
            if let Some(first) = tables.get(RULES_MAX) {
                faults.add(&first.at, format!("more than {RULES_MAX} of them"));
            }
        }
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for table in tables.iter().chain(&hold_tables) {
            if let Some(id) = table.text("id", &mut Faults::default())
                && seen.insert(id.is, id.at.clone()).is_some()
            {
                let fault = faults.add(&id.at, format!("two rules are called `{}`", id.is));
                fault.help("`campus room explain` names rules by their `id`");
            }
        }
        let rules = tables.iter().take(RULES_MAX).filter_map(|table| read(table, &mut faults));
        let rules = rules.collect();
        let holds = hold_tables.iter().take(RULES_MAX);
        let holds = holds.filter_map(|table| read_hold(table, &mut faults)).collect();
        let faults = faults.close();
        if faults.is_empty() { Ok(Self::new(rules, holds)) } else { Err(faults) }
    }
}

/// Reads one rule to its end, also after a fault; `None` only together with one.
fn read(table: &Table<'_>, faults: &mut Faults) -> Option<Rule> {
    for needed in ["id", "where", "when", "ask", "priority", "expires_min", "reason"] {
        table.require(needed, faults);
    }
    let id = identifier(table, faults);
    let scopes = scopes(table, faults);
    let when = table.text("when", faults);
    let cond = when.as_ref().and_then(|when| condition(table, when, faults));
    let ask = ask(table, faults);
    let fade_s = match table.has("fade_s") {
        true => table.whole("fade_s", FADE_S.0..=FADE_S.1, faults),
        false => Some(FADE_S.0),
    };
    let priority = priority(table, faults);
    if let (Some(ask), Some(priority)) = (&ask, &priority) {
        fits(ask, priority, faults);
    }
    let expires = table.whole("expires_min", 1..=i64::from(EXPIRES_MIN_MAX), faults);
    let reason = reason(table, faults);
    let at = Places {
        id: table.place("id"),
        when: table.place("when"),
        ask: table.place("ask"),
        level: match (table.has("level_pct"), table.has("target_lx")) {
            (true, _) => table.place("level_pct"),
            (_, true) => table.place("target_lx"),
            _ => table.place("ask"),
        },
        priority: table.place("priority"),
        expires: table.place("expires_min"),
    };
    let (cond, slots) = cond?;
    Some(Rule {
        id: id?,
        scopes: scopes?,
        when: when?.is.trim().to_owned(),
        cond,
        slots,
        ask: ask?.is,
        fade_ms: u32::try_from(fade_s?).ok()? * 1000,
        priority: priority?.is,
        expires_ms: u32::try_from(expires?).ok()? * 60_000,
        reason: reason?,
        at,
    })
}

/// Reads one hold to its end, also after a fault; `None` only together with one.
fn read_hold(table: &Table<'_>, faults: &mut Faults) -> Option<Hold> {
    for needed in ["id", "where"] {
        table.require(needed, faults);
    }
    let id = identifier(table, faults);
    let scopes = scopes(table, faults);
    for scope in scopes.iter().flatten().filter(|scope| scope.text.split('/').count() == 3) {
        let fault = faults.add(&scope.at, "a room is empty or not, whatever its zones");
        let room: Vec<&str> = scope.text.split('/').take(2).collect();
        fault.help(format!("leave out the zone: `{}`", room.join("/")));
    }
    let keys = ["hold_min", "break_hold_min", "still_hold_min"];
    if !keys.iter().any(|key| table.has(key)) {
        let fault = faults.add(&table.at, "a hold without a time");
        fault.help(
            "`hold_min = 10`; `break_hold_min` in breaks, `still_hold_min` in exams and self-study",
        );
    }
    let [usual, pause, still] = keys.map(|key| {
        let min = table.whole(key, HOLD_MIN.0..=HOLD_MIN.1, faults)?;
        // At most 20, which fits.
        Some(min as u32 * 60_000)
    });
    let at = table.place("id");
    Some(Hold { id: id?, scopes: scopes?, times: Times { usual, pause, still }, at })
}

fn identifier(table: &Table<'_>, faults: &mut Faults) -> Option<String> {
    let id = table.text("id", faults)?;
    let good = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    let fits = (1..=32).contains(&id.is.len()) && id.is.chars().all(good);
    if !fits || id.is.starts_with('-') {
        let help = "1 to 32 of a-z, 0-9 and `-`, no `-` in front; `reason` is for people";
        faults.add(&id.at, format!("`{}` is no identifier", id.is)).help(help);
        return None;
    }
    Some(id.is.to_owned())
}

fn scopes(table: &Table<'_>, faults: &mut Faults) -> Option<Vec<Scope>> {
    let list = table.texts("where", faults)?;
    let before = faults.count();
    let scopes: Vec<Scope> =
        list.into_iter().map(|one| Scope { text: one.is.to_owned(), at: one.at }).collect();
    faults.extend(scopes.iter().filter_map(|scope| scope.check().err()).collect());
    (faults.count() == before).then_some(scopes)
}

fn condition(
    table: &Table<'_>,
    when: &At<&str>,
    faults: &mut Faults,
) -> Option<(crate::cond::Cond, usize)> {
    if when.is.len() > WHEN_BYTES_MAX {
        let title = format!("a condition has at most {WHEN_BYTES_MAX} bytes");
        faults.add(&when.at, title);
        return None;
    }
    let mut found = Faults::default();
    let cond = match parse(when.is) {
        Ok(node) => {
            let (cond, slots) = typing::check(&node, &mut found);
            cond.map(|cond| (cond, slots))
        }
        Err(fault) => {
            found.extend(vec![fault]);
            None
        }
    };
    let found = found.close();
    let failed = !found.is_empty();
    let placed = found.into_iter().map(|fault| {
        let length = (fault.at.end - fault.at.start).max(1);
        Fault { at: table.within(when, fault.at.start, length), ..fault }
    });
    faults.extend(placed.collect());
    cond.filter(|_| !failed)
}

fn ask(table: &Table<'_>, faults: &mut Faults) -> Option<At<Ask>> {
    let ask = table.text("ask", faults)?;
    let (pct, lx) = (table.has("level_pct"), table.has("target_lx"));
    let target = match (pct, lx) {
        (true, true) => {
            let fault = faults.add(&table.place("target_lx"), "a rule has one level");
            fault.help("keep either `level_pct` or `target_lx`");
            return None;
        }
        (true, _) => {
            let pct = table.whole("level_pct", 1..=100, faults)?;
            Some(Target::Pct(u8::try_from(pct).ok()?))
        }
        (_, true) => {
            let lx = table.whole("target_lx", 50..=2_000, faults)?;
            Some(Target::Lx(u32::try_from(lx).ok()?))
        }
        _ => None,
    };
    let make: fn(Target) -> Ask = match ask.is {
        "set" => Ask::Set,
        "min" => Ask::Min,
        "max" => Ask::Max,
        "off" | "hold" => {
            if target.is_some() {
                let place = table.place(if pct { "level_pct" } else { "target_lx" });
                faults.add(&place, format!("`{}` takes no level", ask.is));
                return None;
            }
            let is = if ask.is == "off" { Ask::Off } else { Ask::Hold };
            return Some(At { is, at: ask.at });
        }
        other => {
            let fault = faults.add(&ask.at, format!("`ask` cannot be `{other}`"));
            fault.one_of(other, ["set", "min", "max", "off", "hold"]);
            return None;
        }
    };
    let Some(target) = target else {
        let fault = faults.add(&ask.at, format!("`{}` needs a level", ask.is));
        fault.help("add `level_pct` (1 to 100 %) or `target_lx` (50 to 2000 lx)");
        return None;
    };
    Some(At { is: make(target), at: ask.at })
}

fn priority(table: &Table<'_>, faults: &mut Faults) -> Option<At<Priority>> {
    let text = table.text("priority", faults)?;
    if let Some(is) = PRIORITIES.into_iter().find(|priority| priority.name() == text.is) {
        return Some(At { is, at: text.at });
    }
    let fault = faults.add(&text.at, format!("a rule has no priority `{}`", text.is));
    match text.is {
        "fire" | "lock" | "manual" => {
            fault.help("that is for alarms and for people's hands: no rule may outrank the switch");
        }
        "default" => fault.help("the default is off, always"),
        other => fault.one_of(other, PRIORITIES.map(Priority::name)),
    }
    None
}

/// Some requests can do nothing, or only harm, at some priorities.
fn fits(ask: &At<Ask>, priority: &At<Priority>, faults: &mut Faults) {
    let clamp = matches!(ask.is, Ask::Min(_) | Ask::Max(_));
    match priority.is {
        Priority::Floor if !matches!(ask.is, Ask::Min(_)) => {
            let title = format!("`{}` has no place at `floor`", ask.is.name());
            let help = "a floor only lifts: use `min` here, or a weaker priority";
            faults.add(&priority.at, title).help(help);
        }
        Priority::Daylight if !clamp => {
            let title = format!("`{}` is never heard at `daylight`", ask.is.name());
            let help = "people are stronger: use `min` or `max` here, or `occupancy`";
            faults.add(&priority.at, title).help(help);
        }
        _ => {}
    }
}

fn reason(table: &Table<'_>, faults: &mut Faults) -> Option<Said> {
    let (en, zh) = table.languages("reason", faults)?;
    Some(Said { en, zh })
}
