//! Bodies and pages for tests: what the agent says in `tests/bodies/`, at 10:12 in Shanghai.

use crate::page::Page;
use crate::when::Clock;
use crate::words::{Lang, Words};
use agent::api::types::Status;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Both languages with the name their snapshots carry.
pub const LANGS: [(Lang, &str); 2] = [(Lang::En, "en"), (Lang::Zh, "zh")];

/// 2026-11-20 10:12:30 in Shanghai, the `now_ms` of the bodies.
pub const NOW_MS: i64 = 1_795_140_750_000;

/// A body of the API.
pub fn body<T: DeserializeOwned>(name: &str) -> T {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bodies").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).expect("a body of that name");
    serde_json::from_str(&text).expect("a body in the agent's shape")
}

/// A page without a terminal and without colours.
pub fn page(lang: Lang) -> Page {
    Page {
        words: Words::new(lang),
        clock: Clock::new(NOW_MS, "Asia/Shanghai"),
        color: false,
        width: None,
    }
}

/// A page on a terminal of 80 columns, without colours.
pub fn terminal(lang: Lang) -> Page {
    Page { width: Some(80), ..page(lang) }
}

#[test]
fn the_clock_of_the_pages_is_the_clock_of_the_bodies() {
    assert_eq!(body::<Status>("status").now_ms, NOW_MS);
}
