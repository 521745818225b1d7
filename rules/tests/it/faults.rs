//! What is refused, where it stands, and what the reader is told to do: `line:column title | help`.

use super::conditions::with;
use rules::{RuleSet, line_and_column};

fn shown(text: &str) -> Vec<String> {
    let faults = RuleSet::parse(text).err().unwrap_or_default();
    let show = |fault: &rules::Fault| {
        let (line, column) = line_and_column(text, fault.at.start);
        let help = fault.help.as_deref().unwrap_or("-");
        format!("{line}:{column} {} | {help}", fault.title)
    };
    faults.iter().map(show).collect()
}

/// A condition in line 4, and what is said of it.
fn check(when: &str, expected: &str) {
    assert_eq!(shown(&with(when)), [expected], "{when}");
}

#[test]
fn a_word_that_nobody_knows_gets_the_closest_one() {
    check("ocupied", "4:9 nothing is called `ocupied` | did you mean `occupied`?");
    check("true && co2_pm > 5", "4:17 nothing is called `co2_pm` | did you mean `co2_ppm`?");
    check("period == \"leson\"", "4:19 `leson` is no period | did you mean `lesson`?");
    check("weekday in [\"mon\", \"tus\"]", "4:28 `tus` is no weekday | did you mean `tue`?");
    check(
        "betwen(\"18:00\", \"19:00\")",
        "4:9 no function is called `betwen` | did you mean `between`?",
    );
    check("fresh(co2_pm)", "4:15 `co2_pm` is not measured | did you mean `co2_ppm`?");
    check("age", "4:9 nothing is called `age` | `age` is written with brackets: `age(…)`");
}

#[test]
fn signs_of_other_languages_and_keyboards_are_understood_as_slips() {
    check("occupied and vacant", "4:18 and is written `&&` | -");
    check("occupied or vacant", "4:18 or is written `||` | -");
    check("not occupied", "4:9 not is written `!` | `!occupied`");
    check(
        "co2_ppm = 5",
        "4:17 `=` has no meaning in a condition | `==` compares; a single `=` means nothing here",
    );
    check(
        "between（\"18:00\", \"19:00\")",
        "4:16 `（` has no meaning in a condition | \
         this is a full-width bracket; switch the input method and type `(`",
    );
    check("co2_ppm ≥ 5", "4:17 `≥` has no meaning in a condition | at least is written `>=`");
}

#[test]
fn a_condition_that_ends_early_or_late_is_shown_there() {
    check("occupied &&", "4:20 something is missing at the end | -");
    check("(occupied", "4:18 `)` is missing here | -");
    check(
        "occupied)",
        "4:17 the condition should have ended here | \
         conditions are joined by `&&` (and) or `||` (or)",
    );
    check(
        "occupied vacant",
        "4:18 the condition should have ended here | \
         conditions are joined by `&&` (and) or `||` (or)",
    );
    check("&& vacant", "4:9 a value is missing here | -");
    check(
        "200 < co2_ppm < 800",
        "4:23 a comparison of a comparison | \
         join two comparisons with `&&`: `200 < co2_ppm && co2_ppm < 800`",
    );
    check("period == \"lesson", "4:19 this text has no closing quote | -");
    check(
        "1.2345 < co2_ppm",
        "4:9 `1.2345` is no number that a condition takes | \
         at most three decimals: `0.125`; a time is a text: \"18:00\"",
    );
}

#[test]
fn kinds_and_units_that_do_not_fit_are_refused() {
    check(
        "co2_ppm",
        "4:9 `co2_ppm` is a number, neither true nor false | \
         compare it: `co2_ppm > 10`",
    );
    check("co2_ppm > illuminance_lx", "4:9 ppm and lx cannot be compared or added | -");
    check("co2_ppm * daylight_lx > 5", "4:9 two measured values cannot be multiplied | -");
    check("co2_ppm + temperature_c > 5", "4:9 ppm and °C cannot be compared or added | -");
    check(
        "co2_ppm > \"5\"",
        "4:19 \"5\" is no number | \
         numbers stand without quotes; `age` and `since` are compared with \"5m\"",
    );
    check(
        "occupied == true",
        "4:9 `occupied` is true or false already | \
         write `occupied` or `!occupied`",
    );
    check(
        "period",
        "4:9 `period` is neither true nor false | \
         compare it: `period == \"lesson\"`",
    );
    check(
        "period > \"lesson\"",
        "4:9 `period` has no order | \
         use `==`, `!=` or `period in [\"…\", \"…\"]`",
    );
    check("3", "4:9 this is neither true nor false | compare it: `co2_ppm > 1000`");
    check(
        "vacant_for_min * 2 > 4",
        "4:9 `vacant_for_min` is compared with a number alone | \
         for example `vacant_for_min >= 15`",
    );
    check(
        "age(co2_ppm) < 5",
        "4:24 this is no duration that a condition takes | \
         a number with s, m or h in quotes, from \"10s\" to \"24h\": \"5m\"",
    );
    check(
        "for(vacant, \"5分\")",
        "4:21 this is no duration that a condition takes | \
         a number with s, m or h in quotes, from \"10s\" to \"24h\": \"5m\"",
    );
    check("for(vacant)", "4:9 `for` takes 2 values, not 1 | for example `for(vacant, \"5m\")`");
    check(
        "between(\"18:00\", \"25:00\")",
        "4:26 this is no time of the day | \
         hours and minutes in quotes, from \"00:00\" to \"24:00\"",
    );
    check("between(\"24:00\", \"00:00\")", "4:9 from and to are the same time | -");
    check(
        "hyst(co2_ppm, 800, 500)",
        "4:9 the lower end of a band stands first, and is lower | \
         for example `hyst(daylight_lx, 300, 500)`",
    );
}

#[test]
fn what_is_too_much_is_refused() {
    let long = vec!["occupied"; 60].join(" && ");
    assert!(shown(&with(&long))[0].contains("the condition is too long"));
    let deep = format!("{}occupied{}", "(".repeat(40), ")".repeat(40));
    assert!(shown(&with(&deep))[0].contains("too many brackets in each other"));
    let not = format!("{}occupied", "!".repeat(400));
    assert!(shown(&with(&not))[0].contains("too many brackets in each other"));
    let slots = ["for(vacant, \"5m\")"; 9].join(" && ");
    assert!(shown(&with(&slots))[0].contains("more than 8 of `for`"));
    let wide = format!("occupied{}", " ".repeat(1_000));
    assert!(shown(&with(&wide))[0].contains("at most 1000 bytes"));
}

#[test]
fn every_fault_of_a_file_is_shown_at_once() {
    let text = "[[rule]]\nid = \"A b\"\nwher = \"*\"\nwhen = 'occupied'\nask = \"min\"\n\
                level_pct = 0\nlux = 300\npriority = \"manual\"\nexpires_min = 500\n\
                reason = { en = \"x\", de = \"y\" }\n";
    let expected = [
        "1:1 a rule has no `where` | for example `where = [\"science/*\"]`, or [\"*\"] for everything",
        "2:6 `A b` is no identifier | 1 to 32 of a-z, 0-9 and `-`, no `-` in front; `reason` is for people",
        "3:1 unknown key `wher` in a rule | did you mean `when`?",
        "6:13 `level_pct` takes a whole number from 1 to 100 | -",
        "7:1 unknown key `lux` in a rule | did you mean `target_lx`?",
        "8:12 a rule has no priority `manual` | \
         that is for alarms and for people's hands: no rule may outrank the switch",
        "9:15 `expires_min` takes a whole number from 1 to 120 | -",
        "10:22 unknown key `de` in a reason | known here: `en`, `zh`",
    ];
    assert_eq!(shown(text), expected);
}

#[test]
fn requests_that_can_do_nothing_are_refused() {
    let rule = |ask: &str, priority: &str| {
        with("occupied")
            .replace("ask = \"set\"\nlevel_pct = 30", ask)
            .replace("\"occupancy\"", priority)
    };
    let cases = [
        ("ask = \"off\"", "\"floor\"", "`off` has no place at `floor`"),
        ("ask = \"set\"\nlevel_pct = 5", "\"daylight\"", "`set` is never heard at `daylight`"),
        ("ask = \"off\"\nlevel_pct = 5", "\"sweep\"", "`off` takes no level"),
        ("ask = \"set\"", "\"sweep\"", "`set` needs a level"),
        ("ask = \"dim\"\nlevel_pct = 5", "\"sweep\"", "`ask` cannot be `dim`"),
        ("ask = \"set\"\nlevel_pct = 5\ntarget_lx = 300", "\"sweep\"", "a rule has one level"),
    ];
    for (ask, priority, title) in cases {
        let found = shown(&rule(ask, priority));
        assert!(found.len() == 1 && found[0].contains(title), "{ask}: {found:?}");
    }
}

#[test]
fn patterns_mean_zones_of_the_campus() {
    use rules::ZoneName;
    let zone = |room: &str, zone: &str| ZoneName { room: room.into(), zone: zone.into() };
    let places =
        [zone("science/101", "board"), zone("science/102", "inner"), zone("gym/hall", "all")];
    let cases = [
        ("*", vec![0, 1, 2]),
        ("science/*", vec![0, 1]),
        ("science/10*", vec![0, 1]),
        ("*/*/board", vec![0]),
        ("gym/hall", vec![2]),
        ("science/102/inner", vec![1]),
    ];
    for (pattern, expected) in cases {
        let text = with("occupied").replace("where = \"*\"", &format!("where = \"{pattern}\""));
        let rules = RuleSet::parse(&text).expect("a good rule");
        assert!(rules.check_places(&places).is_ok(), "{pattern}");
        let at = |place: &ZoneName| rules.at(place) == [0];
        let got: Vec<usize> = (0..places.len()).filter(|nth| at(&places[*nth])).collect();
        assert_eq!(got, expected, "{pattern}");
    }
    let text = with("occupied").replace("where = \"*\"", "where = \"science/103\"");
    let faults = RuleSet::parse(&text).expect("a good rule").check_places(&places);
    let faults = faults.expect_err("there is no such room");
    assert_eq!(faults[0].title, "no zone of this campus is called `science/103`");
    assert_eq!(faults[0].help.as_deref(), Some("did you mean `science/101`?"));
    let bad = with("occupied").replace("where = \"*\"", "where = \"science\"");
    assert!(shown(&bad)[0].contains("write `science/*` for a building"));
}
