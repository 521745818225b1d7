//! The profiles that come with the program: every file of `meters/` and `gateways/`.

use crate::profile::Profile;
use std::sync::LazyLock;

/// Writes the list of files with their text.
macro_rules! files {
    ($($path:literal)*) => {
        &[$(($path, include_str!(concat!("../", $path)))),*]
    };
}

/// In the order of their names; a test finds a file that is not listed.
static TEXTS: &[(&str, &str)] = files![
    "gateways/ecodim-dali-gw2.toml"
    "gateways/waveshare-relay-8.toml"
    "meters/abb-b23.toml"
    "meters/acrel-adl400-primary.toml"
    "meters/acrel-adl400.toml"
    "meters/acrel-adw300.toml"
    "meters/acrel-dtsd1352.toml"
    "meters/carlo-gavazzi-em112.toml"
    "meters/carlo-gavazzi-em24-e1.toml"
    "meters/carlo-gavazzi-em24.toml"
    "meters/carlo-gavazzi-em340.toml"
    "meters/chint-ddsu666.toml"
    "meters/chint-dtsu666-401e.toml"
    "meters/chint-dtsu666-h.toml"
    "meters/chint-dtsu666-sungrow.toml"
    "meters/chint-dtsu666.toml"
    "meters/dlt645-2007-single-phase.toml"
    "meters/dlt645-2007-three-phase.toml"
    "meters/eastron-sdm120.toml"
    "meters/eastron-sdm230.toml"
    "meters/eastron-sdm630.toml"
    "meters/eastron-sdm72d-m-2.toml"
    "meters/eastron-sdm72d-m.toml"
    "meters/huawei-dtsu666-h.toml"
    "meters/schneider-iem3x50.toml"
    "meters/schneider-iem3x55.toml"
];

/// A test proves that every one of them is sound; one that were not would be left out.
static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    TEXTS.iter().filter_map(|(path, text)| Profile::parse(text, path).ok()).collect()
});

/// Every profile, in the order of the file names.
pub fn shipped() -> &'static [Profile] {
    &PROFILES
}

/// The profile of an `id`.
pub fn find(id: &str) -> Option<&'static Profile> {
    shipped().iter().find(|profile| profile.id == id)
}

/// Every file with its text: `meters/eastron-sdm120.toml`.
pub fn texts() -> &'static [(&'static str, &'static str)] {
    TEXTS
}
