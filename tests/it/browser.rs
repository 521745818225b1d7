//! Reports as a person opens them: in a real Chromium, at the width of a phone and of a screen, light
//! and dark.

use serde_json::Value;
use std::path::Path;
use system_tests::browser::{self, Browser, Scheme};
use system_tests::place::Place;

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
