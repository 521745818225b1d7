//! The page is whole, closed, safe, and says the same in both languages.

use super::markup::{escaped, tag};
use super::report;
use super::scale::Axis;
use crate::fixtures::{LANGS, body, page};
use agent::api::types::Report;
use std::collections::BTreeSet;

const NAMES: [&str; 3] = ["report_day", "report_week", "report_month"];

/// Every page of every fixture in both languages.
fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for name in NAMES {
        for (lang, suffix) in LANGS {
            pages.push((format!("{name}_{suffix}"), report(&body(name), &page(lang))));
        }
    }
    pages
}

/// The tags of a document: name, and whether it closes.
fn tags(text: &str) -> Vec<(String, bool)> {
    let body = text.split_once("</style>").map_or(text, |(_, body)| body);
    let parts = body.split('<').skip(1);
    let tag = |part: &str| {
        let inner = part.split('>').next().unwrap_or_default();
        let closes = inner.starts_with('/');
        let name = inner.trim_start_matches('/').split([' ', '\n']).next().unwrap_or_default();
        (name.to_owned(), closes)
    };
    parts.map(tag).collect()
}

#[test]
fn pages_are_as_reviewed() {
    for (name, text) in pages() {
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn every_element_is_closed_in_its_order() {
    for (name, text) in pages() {
        // The head is open where the style ends.
        let mut open: Vec<String> = vec!["html".into(), "head".into()];
        for (tag, closes) in tags(&text) {
            if closes {
                assert_eq!(open.pop().as_deref(), Some(tag.as_str()), "{name}");
            } else {
                open.push(tag);
            }
        }
        assert!(open.is_empty(), "{name}: {open:?} is open at the end");
    }
}

#[test]
fn a_page_needs_nothing_from_elsewhere_and_runs_nothing() {
    for (name, text) in pages() {
        for foreign in ["http:", "https:", "<script", "<link", "<img", "<iframe", "@import", "src="]
        {
            assert!(!text.contains(foreign), "{name} has {foreign}");
        }
        // The stripes of a chart are in the chart itself.
        let urls: Vec<&str> = text.split("url(").skip(1).collect();
        assert!(urls.iter().all(|url| url.starts_with('#')), "{name}");
    }
}

#[test]
fn names_cannot_become_markup() {
    let mut evil: Report = body("report_week");
    let script = "<script>alert(1)</script>\"'&";
    evil.name = script.into();
    evil.orphans = vec![script.into()];
    evil.buildings[0].id = script.into();
    evil.meters[0].label = script.into();
    evil.rooms[0].label = script.into();
    evil.incidents[0].meter = script.into();
    evil.residuals[0].parent = script.into();
    if let Some(cost) = &mut evil.cost {
        cost.bands[0].label = script.into();
        cost.currency = script.into();
    }
    if let Some(co2) = &mut evil.co2 {
        co2.source = script.into();
    }
    for (lang, _) in LANGS {
        let text = report(&evil, &page(lang));
        assert!(!text.contains("<script"), "escaped everywhere");
        assert!(text.matches("&lt;script&gt;").count() >= 9, "and shown everywhere");
    }
}

#[test]
fn every_picture_has_a_role_a_title_and_a_name_of_its_own() {
    for (name, text) in pages() {
        let pictures: Vec<&str> = text.split("<svg ").skip(1).collect();
        assert!(pictures.len() >= 5, "{name} has {} pictures", pictures.len());
        let mut ids = BTreeSet::new();
        for picture in pictures {
            let head = picture.split('>').next().unwrap_or_default();
            let id = head.split("id=\"").nth(1).and_then(|rest| rest.split('"').next());
            let id = id.unwrap_or_else(|| panic!("{name}: {head}"));
            assert!(ids.insert(id.to_owned()), "{name}: {id} twice");
            assert!(head.contains("role=\"img\""), "{name}: {head}");
            assert!(head.contains(&format!("aria-labelledby=\"{id}-t\"")), "{name}: {head}");
            assert!(picture.contains(&format!("<title id=\"{id}-t\">")), "{name}: {id}");
            assert!(!picture.contains("NaN") && !picture.contains("inf"), "{name}: {id}");
        }
    }
}

#[test]
fn an_empty_report_is_a_page_too() {
    for (lang, _) in LANGS {
        let nothing = Report { time_zone: "Asia/Shanghai".into(), ..Report::default() };
        let text = report(&nothing, &page(lang));
        assert!(text.contains("</html>") && !text.contains("NaN"));
    }
}

#[test]
fn what_is_escaped_stays_text() {
    assert_eq!(escaped("a<b> & \"c\" 'd'\u{7}"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; ");
    let shown = tag("b").set("title", "\"><i>").text("<i>").to_string();
    assert_eq!(shown, "<b title=\"&quot;&gt;&lt;i&gt;\">&lt;i&gt;</b>");
}

#[test]
fn axes_have_round_ticks_and_reach_the_largest() {
    let check = |most: f64, wanted: &[&str]| {
        let axis = Axis::to(most);
        let ticks: Vec<String> = axis.ticks().map(|(_, text)| text).collect();
        assert_eq!(ticks, wanted, "{most}");
        assert!(axis.end() >= most * 0.999_999, "{most}");
    };
    check(0.0, &["0.0", "0.5", "1.0"]);
    check(7.0, &["0", "2", "4", "6", "8"]);
    check(100.0, &["0", "50", "100"]);
    check(0.034, &["0.00", "0.01", "0.02", "0.03", "0.04"]);
    check(1234.0, &["0", "500", "1000", "1500"]);
    let mut most = 0.001;
    while most < 1e9 {
        let axis = Axis::to(most);
        assert!((2..=6).contains(&axis.steps), "{most}: {axis:?}");
        assert!(axis.end() >= most * 0.999_999 && axis.end() <= most * 2.6, "{most}: {axis:?}");
        most *= 1.37;
    }
}
