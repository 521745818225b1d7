//! Every page in both languages, from fixed bodies.

use super::{
    audit, calendar, energy, explain, grouped, learn, meter, node, power, probe, profile, reading,
    repair, replay, report, room, rule, ruling, size, status,
};
use crate::fixtures::{LANGS, body, page, terminal};
use crate::page::Page;
use crate::words::Lang;

mod broker;
mod hubs;

/// Compares a page with its snapshot, in both languages.
fn check(name: &str, of: fn(Lang) -> Page, render: impl Fn(&Page) -> String) {
    for (lang, suffix) in LANGS {
        insta::assert_snapshot!(format!("{name}_{suffix}"), render(&of(lang)));
    }
}

#[test]
fn status_lists_what_works_and_then_what_a_person_has_to_do() {
    check("status", page, |page| status::render(&body("status"), page));
}

#[test]
fn status_of_a_healthy_demo_says_that_nothing_needs_a_person() {
    check("status_well", page, |page| status::render(&body("status_well"), page));
}

#[test]
fn room_list_is_one_line_per_room() {
    check("room_list", page, |page| room::list(&body::<Vec<_>>("rooms"), page));
}

#[test]
fn room_list_without_rooms_says_so() {
    check("room_list_none", page, |page| room::list(&[], page));
}

#[test]
fn room_show_says_why_each_zone_is_as_it_is() {
    check("room_show", page, |page| {
        let rooms: Vec<_> = body("rooms");
        rooms.iter().map(|each| room::show(each, page)).collect::<Vec<_>>().join("\n")
    });
}

#[test]
fn room_set_answers_with_the_zones_that_were_asked_for() {
    check("room_set", page, |page| {
        let rooms: Vec<_> = body("rooms");
        room::zones(&rooms[2], None, page) + "\n" + &room::zones(&rooms[2], Some("inner"), page)
    });
}

#[test]
fn room_explain_shows_winners_losers_and_changes() {
    check("room_explain", page, |page| room::explain(&body("explain"), page));
}

#[test]
fn room_explain_of_the_past_says_when_by_what_and_what_was_not_known() {
    check("room_explain_then", page, |page| room::explain(&body("explain_then"), page));
}

#[test]
fn learn_says_per_room_what_would_change_and_what_was_changed() {
    let config = "/etc/campus/campus.toml";
    check("learn", page, |page| learn::render(&body("lesson"), (false, config), page));
    check("learn_applied", page, |page| {
        let mut lesson: agent::api::types::Lesson = body("lesson");
        lesson.rooms.truncate(1);
        learn::render(&lesson, (true, config), page)
    });
}

#[test]
fn replay_shows_both_settings_and_where_they_differ() {
    check("replay", terminal, |page| replay::render(&body("replay"), page));
    check("replay_not_same", page, |page| replay::render(&body("replay_not_same"), page));
}

#[test]
fn energy_is_a_table_where_nobody_looks() {
    check("energy_table", page, |page| energy::render(&body("energy"), page));
}

#[test]
fn energy_is_a_chart_on_a_terminal() {
    check("energy_chart", terminal, |page| energy::render(&body("energy"), page));
}

#[test]
fn energy_that_does_not_add_up_says_by_how_much() {
    check("energy_wrong", page, |page| energy::render(&body("energy_wrong"), page));
    assert!(energy::adds_up(&body("energy")));
    assert!(!energy::adds_up(&body("energy_wrong")));
}

#[test]
fn energy_without_meters_says_so() {
    check("energy_none", terminal, |page| energy::render(&body("energy_none"), page));
}

#[test]
fn node_list_is_one_line_per_node() {
    check("node_list", page, |page| node::list(&body::<Vec<_>>("nodes"), page));
}

#[test]
fn node_show_says_who_it_is_and_what_was_kept() {
    check("node_show", page, |page| {
        let nodes: Vec<_> = body("nodes");
        nodes.iter().map(|each| node::show(each, page)).collect::<Vec<_>>().join("\n")
    });
}

#[test]
fn a_command_ends_with_what_became_of_it_and_what_to_do() {
    for (lang, suffix) in LANGS {
        let words = crate::words::Words::new(lang);
        let told = |command: &str, state: &str, why: Option<&str>| agent::api::types::Told {
            node: "sci-101".to_owned(),
            command: command.to_owned(),
            id: "c7".to_owned(),
            state: state.to_owned(),
            why: why.map(str::to_owned),
            took_ms: 12,
        };
        let all = [
            told("identify", "done", None),
            told("restart", "done", None),
            told("restart", "refused", Some("bad_value")),
            told("identify", "no_answer", None),
        ];
        let text: Vec<String> = all.iter().map(|each| node::told(each, &words)).collect();
        insta::assert_snapshot!(format!("node_told_{suffix}"), text.join("---\n"));
    }
}

#[test]
fn node_list_unclaimed_shows_who_speaks_unasked() {
    check("node_unclaimed", page, |page| node::unclaimed(&body::<Vec<_>>("unclaimed"), page));
    check("node_unclaimed_none", page, |page| node::unclaimed(&[], page));
}

#[test]
fn calendar_says_what_each_day_is_and_why() {
    check("calendar_month", page, |page| calendar::month(&body("calendar"), page));
    check("calendar_year", page, |page| calendar::year(&body("calendar_year"), 2026, page));
}

#[test]
fn calendar_without_public_holidays_says_so() {
    check("calendar_plain", page, |page| {
        let mut plain: agent::api::types::Calendar = body("calendar");
        (plain.public, plain.years) = (None, vec![]);
        calendar::month(&plain, page)
    });
    check("calendar_unknown", page, |page| {
        let mut unknown: agent::api::types::Calendar = body("calendar");
        unknown.years.clear();
        unknown.days.iter_mut().for_each(|day| day.announced = false);
        calendar::month(&unknown, page)
    });
}

#[test]
fn timetable_shows_the_days_of_a_room() {
    check("timetable", page, |page| calendar::timetable(&body("timetable"), page));
}

#[test]
fn colours_carry_no_meaning() {
    for (lang, _) in LANGS {
        let (plain, colored) = (page(lang), Page { color: true, ..page(lang) });
        let pages = |page: &Page| {
            let mut text = status::render(&body("status"), page);
            text += &room::list(&body::<Vec<_>>("rooms"), page);
            text += &room::explain(&body("explain"), page);
            text += &energy::render(&body("energy_wrong"), page);
            text + &node::list(&body::<Vec<_>>("nodes"), page)
        };
        let colored = pages(&colored);
        assert!(colored.contains("\u{1b}["), "colours are there when they are wanted");
        assert_eq!(without_colors(&colored), pages(&plain));
    }
}

/// The text without its escape sequences.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once('m').map_or("", |(_, text)| text));
    first + &rest.collect::<String>()
}

#[test]
fn numbers_read_as_people_write_them() {
    let shown = [
        (power(0.4), "0 W"),
        (power(412.3), "412 W"),
        (power(12_345.0), "12.3 kW"),
        (super::energy(0), "0 Wh"),
        (super::energy(999), "999 Wh"),
        (super::energy(2_143), "2.14 kWh"),
        (super::energy(23_149), "23.1 kWh"),
        (super::energy(1_234_567), "1,234 kWh"),
        (grouped(-1_234_567), "-1,234,567"),
        (grouped(i64::MIN), "-9,223,372,036,854,775,808"),
        (size(999), "999 B"),
        (size(1_234_567), "1.2 MB"),
        (size(u64::MAX), "18446744.1 TB"),
    ];
    for (text, wanted) in shown {
        assert_eq!(text, wanted);
    }
}

#[test]
fn a_reading_of_an_unknown_quantity_is_shown_as_it_came() {
    assert_eq!(reading(&page(Lang::Zh), "level_pct.window", 40.0), "亮度 window 40 %");
    assert_eq!(reading(&page(Lang::En), "radon_bq", 12.34), "radon_bq 12.3");
}

#[test]
fn meters_are_listed_with_what_is_wrong_first_and_with_their_buses() {
    let render =
        |page: &Page| meter::list(&body::<Vec<_>>("meters"), &body::<Vec<_>>("buses"), page);
    check("meter_list", page, render);
    check("meter_list_terminal", terminal, render);
    check("meter_list_none", page, |page| meter::list(&[], &[], page));
}

#[test]
fn a_meter_read_now_shows_values_beside_their_registers() {
    check("meter_read", page, |page| meter::read(&body("meter_read"), page));
}

#[test]
fn a_probe_says_how_sure_it_is_and_what_to_paste() {
    check("probe", page, |page| probe::render(&body("probe"), "rs485-1", page));
    check("probe_none", page, |page| probe::render(&body("probe_none"), "rs485-1", page));
}

#[test]
fn energy_with_parts_exports_and_repairs_marks_them_and_counts_each_watt_hour_once() {
    let render = |page: &Page| energy::render(&body("energy_marked"), page);
    check("energy_marked_table", page, render);
    check("energy_marked_chart", terminal, render);
    let answer: agent::api::types::Energy = body("energy_marked");
    assert_eq!(energy::total(&answer.meters, |meter| meter.energy_wh), 5_000);
}

#[test]
fn an_audit_is_a_proof_that_can_be_followed() {
    check("audit", page, |page| audit::render(&body::<Vec<_>>("audit"), page));
    check("audits", page, |page| audit::render(&body::<Vec<_>>("audits"), page));
    check("audit_none", page, |page| audit::render(&[], page));
}

#[test]
fn energy_explain_shows_every_slot_with_its_evidence() {
    check("energy_explain", page, |page| explain::render(&body("energy_explain"), page));
}

#[test]
fn a_repair_shows_before_and_after() {
    check("repair", page, |page| {
        let texts =
            ["repair", "repair_dry", "replaced"].map(|name| repair::render(&body(name), page));
        texts.join("\n")
    });
}

#[test]
fn a_report_fits_a_page() {
    for name in ["report_day", "report_week", "report_month"] {
        check(name, page, |page| report::render(&body(name), page));
    }
    let text = report::render(&body("report_week"), &page(Lang::En));
    assert!(text.lines().count() <= 60, "{} lines", text.lines().count());
}

#[test]
fn profiles_are_listed_and_shown_with_their_sources() {
    let sdm = device_profiles::find("eastron-sdm120").expect("a shipped profile");
    let relay = device_profiles::find("waveshare-relay-8").expect("a shipped profile");
    check("profile_list", page, |page| profile::list(&[sdm.clone(), relay.clone()], page));
    check("profile_show", page, |page| {
        format!("{}\n{}", profile::show(sdm, page), profile::show(relay, page))
    });
}

#[test]
fn rule_list_says_what_each_rule_asks_and_where_it_asks_now() {
    let (rules, holds) = (body::<Vec<_>>("rules"), body::<Vec<_>>("rules_holds"));
    check("rule_list", page, |page| rule::list(&rules, &holds, page));
    check("rule_list_none", page, |page| rule::list(&[], &[], page));
}

#[test]
fn what_other_rules_change_is_shown_before_and_after_with_who_and_why() {
    let file = std::path::Path::new("rules.toml");
    let canary = ["science/101".to_owned()];
    check("rule_plan", page, |page| ruling::plan(&body("rules_plan"), file, &canary, page));
    check("rule_plan_same", page, |page| ruling::plan(&body("rules_plan_same"), file, &[], page));
    check("rule_refused", page, |page| ruling::refused(&body("rules_plan"), file, page));
    check("rule_applied", page, |page| ruling::applied(&body("rules_applied"), page));
    check("rule_history", page, |page| ruling::history(&body("rules_history"), page));
    let heard = |canary, elsewhere| agent::api::types::RoomRules { version: 3, canary, elsewhere };
    check("rule_of_room", page, |page| {
        let line = |canary| ruling::of_room(&heard(canary, Some(2)), page).unwrap_or_default();
        assert_eq!(ruling::of_room(&heard(false, None), page), None, "all rooms hear the same");
        [true, false].map(|canary| line(canary) + "\n").concat()
    });
}

#[test]
fn a_rule_of_the_staff_explains_itself_in_their_words() {
    let request = |reason: &str| {
        serde_json::from_value(serde_json::json!({
            "kind": "max", "level_pct": 40, "priority": 8, "priority_name": "daylight",
            "expires_ms": null, "reason": reason, "args": {}, "rule": "stuffy",
            "text": {"en": "air the room", "zh": "请开窗通风"},
        }))
        .expect("a request")
    };
    check("rule_reason", page, |page| {
        ["rule", "rule_unsure"].map(|it| room::reason(page, &request(it)) + "\n").concat()
    });
}
