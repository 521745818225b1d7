//! Reports as a person opens them: in a real Chromium, at the width of a phone and of a screen, light
//! and dark.

use crate::CAMPUS;
use crate::history::{HOUR_MS, Past, Replay, now_ms, slot_of};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use system_tests::browser::{self, Browser, Scheme};
use system_tests::campus::{Agent, Said, program, said};
use system_tests::child::Running;
use system_tests::mosquitto::Mosquitto;
use system_tests::place::Place;
use system_tests::wait;

/// CSS pixels: a phone, and a small laptop.
const WIDTHS_PX: [u32; 2] = [390, 1280];

/// Faults of the page that is open, as sentences. Runs within the page.
const FAULTS: &str = r#"
const faults = [];
const say = (what, element) => {
  const name = element.id ? '#' + element.id : element.tagName.toLowerCase();
  faults.push(what + ': ' + name + ' ' + (element.textContent || '').trim().slice(0, 60));
};
const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > width) {
  const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1);
  say('scrolls sideways by ' + (document.documentElement.scrollWidth - width) + ' px', wide.at(-1) || document.body);
}
const painted = paint => paint && paint !== 'none' && !/, 0\)$|transparent/.test(paint);
const drawn = shape => {
  const box = shape.getBoundingClientRect(), style = getComputedStyle(shape);
  return (box.width > 0 || box.height > 0) && (painted(style.fill) || painted(style.stroke));
};
for (const svg of document.querySelectorAll('svg')) {
  const box = svg.getBoundingClientRect();
  if (!(box.width > 0 && box.height > 0)) { say('has no area', svg); continue; }
  const shapes = svg.querySelectorAll('rect,path,line,circle,polyline,polygon,ellipse');
  if (![...shapes].some(drawn)) say('draws nothing', svg);
  for (const text of svg.querySelectorAll('text')) {
    const own = text.getBoundingClientRect();
    const out = Math.max(box.left - own.left, own.right - box.right, box.top - own.top, own.bottom - box.bottom);
    if (out > 1) say('sticks out of its picture by ' + out.toFixed(1) + ' px', text);
  }
}
const channels = colour => (colour.match(/[\d.]+/g) || []).map(Number);
const luminance = colour => {
  const [r, g, b] = channels(colour).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const opaque = colour => { const c = channels(colour); return c.length === 3 || c[3] === 1; };
const behind = element => {
  for (let e = element; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor;
    if (opaque(colour)) return colour;
  }
  return matchMedia('(prefers-color-scheme: dark)').matches && /dark/.test(getComputedStyle(document.documentElement).colorScheme)
    ? 'rgb(18, 18, 18)' : 'rgb(255, 255, 255)';
};
for (const element of document.querySelectorAll('body *')) {
  const says = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  const box = element.getBoundingClientRect();
  if (!says || box.width === 0 || /^(title|desc|style|script)$/i.test(element.tagName)) continue;
  const style = getComputedStyle(element);
  const ink = element instanceof SVGElement ? style.fill : style.color;
  if (!/^rgb/.test(ink)) continue;
  const [a, b] = [luminance(ink), luminance(behind(element))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5) say('is hard to read, contrast ' + contrast.toFixed(1), element);
}
return faults;
"#;

/// Luminance of the page itself, 0 black to 1 white.
const PAPER: &str = r#"
let colour = getComputedStyle(document.body).backgroundColor;
if (/, 0\)$/.test(colour)) colour = getComputedStyle(document.documentElement).backgroundColor;
const [r, g, b] = (colour.match(/[\d.]+/g) || []).map(Number);
return /, 0\)$/.test(colour) ? 1 : (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
"#;

/// Everything that is wrong with a page, at both widths and in both schemes.
fn faults(browser: &Browser, file: &Path) -> Vec<String> {
    // Asking empties what an earlier page left.
    let _ = (browser.console(), browser.requests());
    let mut found = Vec::new();
    for scheme in [Scheme::Light, Scheme::Dark] {
        for width_px in WIDTHS_PX {
            browser.show(width_px, scheme);
            browser.open(file);
            let said = browser.run(FAULTS);
            let said = said.as_array().expect("faults").iter().filter_map(Value::as_str);
            found.extend(said.map(|fault| format!("{scheme:?}, {width_px} px: {fault}")));
        }
        let paper = browser.run(PAPER).as_f64().expect("a luminance");
        if (scheme == Scheme::Dark) != (paper < 0.5) {
            found.push(format!("{scheme:?}: the page's luminance is {paper:.2}"));
        }
    }
    found.extend(browser.console().into_iter().map(|line| format!("console: {line}")));
    let own = browser::address(file);
    let foreign =
        browser.requests().into_iter().filter(|url| *url != own && !url.starts_with("data:"));
    found.extend(foreign.map(|url| format!("asks for {url}")));
    found
}

/// A page like those of reports, with `planted` in its body.
fn page(planted: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>t</title><style>\
         :root{{color-scheme:light dark}} body{{background:#fff;color:#111}} svg{{width:100%;height:4em}}\
         @media (prefers-color-scheme:dark){{body{{background:#111;color:#eee}} text{{fill:#eee}}}}\
         </style><body><svg viewBox='0 0 100 20'><rect width='50' height='20' fill='#07c'/>\
         <text x='55' y='15' font-size='8'>42</text></svg>{planted}"
    )
}

#[test]
fn what_is_wrong_with_a_page_is_found() {
    let place = Place::new("browser-faults");
    let browser = Browser::start("faults");
    let check = |name: &str, planted: &str, word: &str| {
        let file = place.write(&format!("{name}.html"), &page(planted));
        let found = faults(&browser, &file);
        let is_found = found.iter().any(|fault| fault.contains(word));
        assert!(if word.is_empty() { found.is_empty() } else { is_found }, "{name}: {found:#?}");
    };
    check("good", "<p>All is well.", "");
    check("wide", "<div style='width:2000px'>x</div>", "scrolls sideways");
    check("flat", "<svg style='height:0'><rect width=9 height=9 /></svg>", "has no area");
    check("empty", "<svg><g></g></svg>", "draws nothing");
    check("unpainted", "<svg><rect width=9 height=9 fill=none /></svg>", "draws nothing");
    check(
        "out",
        "<svg viewBox='0 0 9 9'><rect width=9 height=9 /><text x=9 y=5>far out</text></svg>",
        "sticks out",
    );
    check("grey", "<p style='color:#888'>Hard to read", "hard to read");
    check("white", "<style>body{background:#fff!important}</style>", "luminance");
    check("script", "<script>nothing.here()</script>", "console: ");
    check("image", "<img src='other.png'>", "asks for ");
    check(
        "far",
        "<link rel=stylesheet href='http://127.0.0.1:9/a.css'>",
        "asks for http://127.0.0.1:9/a.css",
    );
}

/// Prices and a factor, so that a report has all its parts. The prices are invented.
const PRICES: &str = r#"
[[tariff]]
from = "2026-01-01"
currency = "CNY"
[[tariff.band]]
id = "peak"
name = "峰"
price = 1.20
spans = ["09:00-12:00", "17:00-21:00"]
[[tariff.band]]
id = "flat"
price = 0.70
rest = true

[[co2]]
year = 2022
kg_per_kwh = 0.5366
region = "China, national mean"
source = "MEE announcement of 2024-12-20"
"#;

/// Writes the reports of an agent in both languages, and looks at each.
fn look(place: &Place, browser: &Browser, ask: impl Fn(&[&str]) -> Said) {
    let mut all = Vec::new();
    for lang in ["en", "zh"] {
        for period in ["day", "week", "month"] {
            let file = place.path().join(format!("{period}-{lang}.html"));
            let path = file.to_str().expect("a path of plain letters");
            let said = ask(&["--lang", lang, "report", period, "--html", path]);
            assert_eq!(said.code, 0, "{said:?}");
            let found = faults(browser, &file).into_iter();
            all.extend(found.map(|fault| format!("{period} in {lang}: {fault}")));
            let page = browser.run(
                "return {lang: document.documentElement.lang, title: document.title, \
                 pictures: document.querySelectorAll('svg').length, \
                 phone: !!document.querySelector('meta[name=viewport]'), \
                 han: /\\p{Script=Han}{4}/u.test(document.body.innerText.replace('示范学校', ''))}",
            );
            assert!(page["lang"].as_str().is_some_and(|is| is.starts_with(lang)), "{page}");
            assert!(page["title"].as_str().is_some_and(|title| !title.is_empty()), "{page}");
            assert!(page["pictures"].as_u64() >= Some(1), "{page}");
            assert_eq!(page["phone"], json!(true), "a phone shows it at its own width: {page}");
            assert_eq!(page["han"], json!(lang == "zh"), "it is in its language: {page}");
        }
    }
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn reports_of_three_days_are_whole_in_a_browser() {
    let broker = Mosquitto::start("browser-report", "max_inflight_messages 1000");
    let agent = Agent::start("browser-report", &broker.url(), &format!("{CAMPUS}{PRICES}"));
    let to = now_ms() / 60_000 * 60_000;
    let from = slot_of(to) - 72 * HOUR_MS;
    let nodes = ["sci-101", "sci-102", "sci-mains"].map(|id| Past::new(id, from, to, 60_000));
    let mut replay = Replay::new(nodes.into(), 0);
    replay.run(broker.port(), |_| ()).expect("the broker stays");
    let place = Place::new("browser-report");
    look(&place, &Browser::start("report"), |args| agent.ask(args));
}

#[test]
fn a_report_of_nothing_yet_is_whole_in_a_browser() {
    let broker = Mosquitto::start("browser-empty", "");
    let agent = Agent::start("browser-empty", &broker.url(), CAMPUS);
    let (place, browser) = (Place::new("browser-empty"), Browser::start("empty"));
    let file = place.path().join("month.html");
    let path = file.to_str().expect("a path of plain letters");
    let said = agent.ask(&["report", "month", "--html", path]);
    assert_eq!(said.code, 0, "{said:?}");
    let found = faults(&browser, &file);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn reports_of_the_demo_are_whole_in_a_browser() {
    let place = Place::new("browser-demo");
    let mut demo = Command::new(program());
    demo.args(["demo", "--for", "5m", "--speed", "1200", "--rooms", "12", "--plain"]);
    demo.env("XDG_RUNTIME_DIR", place.path()).env("LC_ALL", "C");
    let _demo = Running::start(demo, &place.path().join("demo.log"));
    let ask = |args: &[&str]| {
        let mut command = Command::new(program());
        command.args(args).env("XDG_RUNTIME_DIR", place.path()).env("LC_ALL", "C");
        said(command.output().expect("campus runs"))
    };
    // Two hours of lessons: rooms that were lit, and some that were lit while nobody was there.
    wait::until("two hours of the campus", Duration::from_secs(60), || {
        let report = ask(&["report", "day", "--json"]);
        let slots = (report.code == 0).then(|| report.json())?;
        let lit = slots["rooms"].as_array()?.iter().filter(|room| room["lit_s"].as_u64() > Some(0));
        let long = slots["made_ms"].as_i64()? - slots["from_ms"].as_i64()? > 12 * HOUR_MS;
        (long && lit.count() > 2).then_some(())
    });
    look(&place, &Browser::start("demo"), ask);
}
