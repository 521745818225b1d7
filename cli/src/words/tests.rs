//! Both languages have every text, with the same values.

use super::{Lang, Words};
use crate::fixtures::LANGS;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use wire::{NoReading, Quantity, Reset};

/// Key → the values (`$names`) that its text uses.
fn texts(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
    let mut texts = BTreeMap::new();
    let mut key = String::new();
    for line in lang.source().lines().filter(|line| !line.starts_with('#')) {
        if !line.starts_with([' ', '}'])
            && let Some((name, _)) = line.split_once(" = ")
        {
            key = name.to_owned();
            let twice = texts.insert(key.clone(), BTreeSet::new());
            assert!(twice.is_none(), "`{key}` is there twice in {lang:?}");
        }
        let named = line.split('$').skip(1).map(|rest| {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            rest[..end].to_owned()
        });
        if let Some(uses) = texts.get_mut(&key) {
            uses.extend(named);
        }
    }
    texts
}

#[test]
fn both_languages_have_the_same_keys() {
    let keys = |lang| texts(lang).into_keys().collect::<BTreeSet<_>>();
    assert_eq!(keys(Lang::En), keys(Lang::Zh));
    assert!(keys(Lang::En).len() > 500);
}

#[test]
fn both_languages_use_the_same_values() {
    // Chinese may leave out what English needs for its plural alone.
    let plural_only = [
        "error-no-agent",
        "status-store",
        "probe-made",
        "audit-n-slots",
        "audit-missing",
        "audit-suspect",
        "audit-repairs-short",
        "statement-incomplete",
        "statement-suspect",
    ];
    for ((key, en), (_, zh)) in texts(Lang::En).iter().zip(&texts(Lang::Zh)) {
        if !plural_only.contains(&key.as_str()) {
            assert_eq!(en, zh, "values of `{key}`");
        }
        assert!(zh.is_subset(en), "values of `{key}`");
    }
}

#[test]
fn both_languages_parse_without_a_fault() {
    for (lang, _) in LANGS {
        let parsed = fluent_bundle::FluentResource::try_new(lang.source().to_owned());
        if let Err((_, faults)) = parsed {
            panic!("{lang:?}: {faults:?}");
        }
    }
}

/// All source files but tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// Texts between quotes in the code.
fn literals() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut literals = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(file).expect("a source file");
        literals.extend(text.split('"').map(str::to_owned));
    }
    literals
}

/// Families whose keys are made from codes of the agent.
const FAMILIES: [&str; 53] = [
    "broker-role-",
    "learn-outcome-",
    "learn-truth-",
    "accept-",
    "bench-step-",
    "error-cable-",
    "hint-cable-",
    "error-truth-",
    "hint-truth-",
    "vote-",
    "hold-",
    "calibrate-why-",
    "life-",
    "loss-",
    "scene-",
    "demand-",
    "ruling-did-",
    "ruling-head-",
    "plan-kind-",
    "plan-is-",
    "day-",
    "finding-",
    "occupancy-",
    "period-",
    "zone-",
    "priority-",
    "kind-",
    "reason-",
    "no-",
    "quantity-",
    "state-",
    "quality-",
    "part-",
    "need-",
    "reset-",
    "told-",
    "energy-by-",
    "error-no-",
    "problem-",
    "remedy-",
    "meter-state-",
    "measure-",
    "guess-",
    "evidence-",
    "parity-",
    "flow-",
    "cause-",
    "incident-",
    "repair-what-",
    "report-period-",
    "report-kind-",
    "currency-",
    "weekday-",
];

#[test]
fn every_text_is_used() {
    let (literals, texts) = (literals(), texts(Lang::En));
    let made = |key: &str| FAMILIES.iter().any(|family| key.starts_with(family));
    let unused: Vec<_> =
        texts.keys().filter(|key| !made(key) && !literals.contains(*key)).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

#[test]
fn every_key_in_the_code_has_a_text() {
    let texts = texts(Lang::En);
    // A key is a literal whose first word begins keys; families are made from codes.
    let firsts: BTreeSet<_> = texts.keys().filter_map(|key| key.split('-').next()).collect();
    let looks_like_a_key = |literal: &&String| {
        literal
            .split_once('-')
            .is_some_and(|(first, rest)| firsts.contains(first) && !rest.is_empty())
            && literal.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'-' | b'_' | b'0'..=b'9'))
    };
    let (literals, mut found) = (literals(), 0);
    for key in literals.iter().filter(looks_like_a_key) {
        found += 1;
        let family = FAMILIES.contains(&format!("{key}-").as_str());
        assert!(texts.contains_key(key) || family, "no text for `{key}`");
    }
    assert!(found > 100, "the search itself must find something: {found}");
}

/// Proves that every code has a text in both languages, with the values that the agent sends.
fn check_codes(family: &str, codes: impl IntoIterator<Item = (String, BTreeMap<String, i64>)>) {
    for (code, args) in codes {
        for (lang, _) in LANGS {
            let text = Words::new(lang).code(family, &code, &args);
            let bare = format!("{code} (");
            assert!(
                !text.starts_with(&bare),
                "{family} `{code}` with {args:?} in {lang:?}: {text}"
            );
            let keys = texts(lang);
            let key = format!("{family}-{code}");
            assert!(keys.contains_key(&key), "no key {key} in {lang:?}");
        }
    }
}

fn without_values<'a>(
    codes: impl IntoIterator<Item = &'a str>,
) -> impl Iterator<Item = (String, BTreeMap<String, i64>)> {
    codes.into_iter().map(|code| (code.to_owned(), BTreeMap::new())).collect::<Vec<_>>().into_iter()
}

#[test]
fn every_reason_of_the_lighting_rules_has_a_text() {
    use lighting::Reason as R;
    let all = [
        R::Fire,
        R::Lock,
        R::WallSwitch,
        R::Override,
        R::LessonFloor { target_lx: 300, daylight_lx: Some(120) },
        R::LessonFloor { target_lx: 300, daylight_lx: None },
        R::DemandResponse,
        R::SweepWarn { off_in_s: 300 },
        R::Sweep,
        R::Occupied,
        R::VacantPending,
        R::Vacant { for_s: 900 },
        R::InputsStale,
        R::DaylightEnough { daylight_lx: 350, target_lx: 300 },
        R::Idle,
        R::Rule { number: 3, unsure: false },
        R::Rule { number: 3, unsure: true },
    ];
    // A new reason stops this from compiling: it belongs into the list above.
    let listed = |reason: R| match reason {
        R::Fire | R::Lock | R::WallSwitch | R::Override | R::LessonFloor { .. } => true,
        R::DemandResponse | R::SweepWarn { .. } | R::Sweep | R::Occupied => true,
        R::VacantPending | R::Vacant { .. } | R::InputsStale => true,
        R::DaylightEnough { .. } | R::Idle | R::Rule { .. } => true,
    };
    assert!(all.iter().all(|reason| listed(*reason)));
    let with_values = |reason: &R| {
        let args = reason.args().into_iter().map(|(name, value)| (name.to_owned(), value));
        (reason.code().to_owned(), args.collect())
    };
    check_codes("reason", all.iter().map(with_values));
}

#[test]
fn every_kind_of_mistake_in_rules_has_a_text() {
    use rules::Class::*;
    let all =
        [Contradiction, Shadowed, Oscillation, Endless, Unsafe, TimeGap, Stale, Race, Unchecked];
    check_codes("finding", without_values(all.map(rules::Class::name)));
}

#[test]
fn every_code_of_rooms_has_a_text() {
    use lighting::{Kind, Occupancy, Period, Priority};
    let occupancy =
        [Occupancy::Occupied, Occupancy::VacantPending, Occupancy::Vacant, Occupancy::Unknown];
    check_codes("occupancy", without_values(occupancy.map(Occupancy::name)));
    let period = [
        Period::Lesson,
        Period::Break,
        Period::Open,
        Period::Closed,
        Period::SelfStudy,
        Period::Exam,
    ];
    check_codes("period", without_values(period.map(Period::name)));
    check_codes("hold", without_values(["usual", "left", "passed", "air"]));
    check_codes("learn-outcome", without_values(["better", "no_better", "too_little"]));
    check_codes("learn-truth", without_values(["known", "movement"]));
    let days = ["school", "make_up", "weekend", "holiday", "vacation", "closed"];
    check_codes("day", without_values(days));
    let priority = [
        Priority::Fire,
        Priority::Lock,
        Priority::Manual,
        Priority::Floor,
        Priority::DemandResponse,
        Priority::Sweep,
        Priority::Occupancy,
        Priority::Daylight,
        Priority::Default,
    ];
    check_codes("priority", without_values(priority.map(Priority::name)));
    for kind in [Kind::Set(40), Kind::Min(40), Kind::Max(40), Kind::Off, Kind::Hold] {
        let level = kind.level_pct().map(|level| ("level".to_owned(), i64::from(level)));
        check_codes("kind", [(kind.name().to_owned(), level.into_iter().collect())]);
    }
}

#[test]
fn every_quantity_and_every_reason_for_none_has_a_text() {
    check_codes("quantity", without_values(Quantity::ALL.iter().map(|quantity| quantity.name())));
    let none = [
        NoReading::Silent,
        NoReading::Off,
        NoReading::Refused,
        NoReading::OutOfRange,
        NoReading::NotFitted,
    ];
    check_codes("no", without_values(none.map(NoReading::name)));
}

#[test]
fn every_state_of_nodes_and_parts_has_a_text() {
    check_codes("state", without_values(["online", "silent", "offline", "never"]));
    check_codes("part", without_values(["store", "hub", "broker", "meters", "clock"]));
    let quality = ["measured", "estimated_shape", "incomplete", "suspect", "repaired"];
    check_codes("quality", without_values(quality));
    check_codes("energy-by", without_values(["slot", "hour", "day", "month"]));
    check_codes("zone", without_values(["window", "inner", "board"]));
    let reset = [
        Reset::Unknown,
        Reset::PowerOn,
        Reset::Watchdog,
        Reset::Panic,
        Reset::Asked,
        Reset::Update,
    ];
    check_codes("reset", without_values(reset.map(Reset::name)));
}

#[test]
fn every_need_has_a_text() {
    let codes = [
        "node_silent",
        "node_conflict",
        "node_unclaimed",
        "lamp_fault",
        "store_failed",
        "broker_away",
        "store_set_aside",
        "store_damaged",
        "frames_lost",
        "meter_silent",
        "meter_doubt",
        "meter_open",
        "meter_orphan",
        "meter_frozen",
        "meter_residual",
        "bus_away",
        "bus_full",
    ];
    for code in codes.into_iter().chain(["calendar_year", "calendar_ended"]) {
        for (lang, _) in LANGS {
            let args = ["about", "duration", "country", "last"]
                .map(|name| (name.to_owned(), "x".to_owned()));
            let text = Words::new(lang).code("need", code, &BTreeMap::from(args));
            assert!(!text.starts_with(code), "no text for need `{code}` in {lang:?}");
        }
    }
}

#[test]
fn every_code_of_meters_and_the_ledger_has_a_text() {
    let states = ["ok", "silent", "refused", "doubt", "never", "orphan"];
    check_codes("meter-state", without_values(states));
    let causes = [
        "normal", "gap", "opening", "reset", "rollover", "replaced", "glitch", "clock", "ratio",
        "frozen", "repaired",
    ];
    check_codes("cause", without_values(causes));
    let incidents = [
        "opening", "rollover", "reset", "replaced", "declared", "glitch", "frozen", "ratio",
        "clock", "doubt",
    ];
    check_codes("incident", without_values(incidents));
    check_codes(
        "repair-what",
        without_values(["ignore", "believe", "refuse", "factor", "replace"]),
    );
    check_codes("flow", without_values(["import", "export"]));
    for family in ["report-period", "report-kind"] {
        check_codes(family, without_values(["day", "week", "month"]));
    }
}

#[test]
fn every_word_of_profiles_has_a_text() {
    use device_profiles::probe::Reason;
    use device_profiles::{Evidence, Measure, Parity};
    check_codes("guess", without_values(Reason::ALL.iter().map(|reason| reason.code())));
    check_codes("measure", without_values(Measure::ALL.iter().map(|measure| measure.name())));
    check_codes("evidence", without_values(Evidence::ALL.iter().map(|evidence| evidence.name())));
    check_codes("parity", without_values(Parity::ALL.iter().map(|parity| parity.name())));
}

#[test]
fn a_code_of_a_newer_agent_is_shown_with_its_values() {
    let args = BTreeMap::from([("n".to_owned(), 3), ("for_s".to_owned(), 90)]);
    assert_eq!(Words::new(Lang::Zh).code("reason", "eclipse", &args), "eclipse (for_s 90, n 3)");
    assert_eq!(Words::new(Lang::Zh).plain_code("occupancy", "haunted"), "haunted");
}

#[test]
fn plurals_are_english_in_english_only() {
    let days = |lang, n: i64| Words::new(lang).say("time-days", &[("n", n.into())]);
    assert_eq!(
        [days(Lang::En, 1), days(Lang::En, 2), days(Lang::Zh, 1)],
        ["1 day", "2 days", "1 天"]
    );
}

#[test]
fn the_first_set_variable_chooses_the_language() {
    let check = |set: &[(&str, &str)], wanted: Lang| {
        let var = |name: &str| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(Lang::of_environment(var), wanted, "{set:?}");
    };
    check(&[], Lang::En);
    check(&[("LANG", "zh_CN.UTF-8")], Lang::Zh);
    check(&[("LANG", "C.UTF-8")], Lang::En);
    check(&[("LC_ALL", ""), ("LC_MESSAGES", "zh"), ("LANG", "en_GB.UTF-8")], Lang::Zh);
    check(&[("LC_ALL", "en_US.UTF-8"), ("LANG", "zh_CN.UTF-8")], Lang::En);
}
