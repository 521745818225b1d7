//! Profiles that the configuration names: those that come with the program, and files beside it.

use super::fault::Faults;
use super::table::{At, Table};
use device_profiles::{Evidence, Kind, Profile};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Largest profile in bytes: those that come with the program have up to 10 kB.
const PROFILE_BYTES_MAX: u64 = 256 << 10;

/// Profiles that were asked for; each is read once.
pub struct Profiles<'f> {
    folder: &'f Path,
    read: BTreeMap<String, Option<Arc<Profile>>>,
}

impl<'f> Profiles<'f> {
    /// None yet; files are looked for in `folder`.
    pub fn new(folder: &'f Path) -> Self {
        Self { folder, read: BTreeMap::new() }
    }

    /// The profile under the key `profile`; one of another kind is a fault. An unverified one is
    /// worth a warning.
    pub fn get(
        &mut self,
        table: &Table<'_>,
        kind: Kind,
        faults: &mut Faults,
    ) -> Option<At<Arc<Profile>>> {
        let name = table.text("profile", faults)?;
        let profile = self.read(&name, kind, faults)?;
        if profile.kind != kind {
            let (is, section) = match profile.kind {
                Kind::Meter => ("a meter", "[[meter]]"),
                Kind::Lighting => ("a gateway", "[[gateway]]"),
            };
            faults
                .add(&name.at, format!("`{}` is the profile of {is}", profile.id))
                .help(format!("put it into a `{section}`"));
            return None;
        }
        if profile.evidence == Evidence::Unverified {
            faults.warn(
                &name.at,
                format!(
                    "profile `{}` is second-hand: compare what it reads with the display",
                    profile.id
                ),
            );
        }
        Some(At { is: profile, at: name.at })
    }

    fn read(&mut self, name: &At<&str>, kind: Kind, faults: &mut Faults) -> Option<Arc<Profile>> {
        if let Some(known) = self.read.get(name.is) {
            // A file that is wrong was reported where it is named first.
            return known.clone();
        }
        let profile = if name.is.ends_with(".toml") {
            file(&self.folder.join(name.is), name, faults)
        } else {
            shipped(name, kind, faults)
        };
        let profile = profile.map(Arc::new);
        if profile.is_some() || name.is.ends_with(".toml") {
            self.read.insert(name.is.to_owned(), profile.clone());
        }
        profile
    }
}

fn shipped(name: &At<&str>, kind: Kind, faults: &mut Faults) -> Option<Profile> {
    if let Some(profile) = device_profiles::find(name.is) {
        return Some(profile.clone());
    }
    let known = device_profiles::shipped().iter().filter(|profile| profile.kind == kind);
    faults
        .add(&name.at, format!("there is no profile `{}`", name.is))
        .help("`campus profile list` shows them; a file of your own ends in `.toml`")
        .closest(name.is, known.map(|profile| profile.id.as_str()));
    None
}

/// Reads a profile of the campus's own, and runs its examples: one that does not come out would
/// misread its meter.
fn file(path: &Path, name: &At<&str>, faults: &mut Faults) -> Option<Profile> {
    let shown = path.display();
    let text = match text(path) {
        Ok(text) => text,
        Err(why) => {
            faults.add(&name.at, format!("cannot read the profile `{shown}`: {why}"));
            return None;
        }
    };
    let check = format!("`campus profile check {shown}` shows everything");
    let profile = match Profile::parse(&text, &shown.to_string()) {
        Ok(profile) => profile,
        Err(error) => {
            let first = error.found().next();
            let first =
                first.map(|it| format!("{}:{}:{}: {}", name.is, it.line, it.column, it.title));
            faults
                .add(&name.at, format!("the profile `{}` is wrong", name.is))
                .label(first.unwrap_or_default())
                .help(check);
            return None;
        }
    };
    if let Some(wrong) = profile.check_examples().into_iter().find(|example| !example.holds) {
        faults
            .add(&name.at, format!("an example of the profile `{}` does not come out", name.is))
            .label(format!("{}: {}, not {}", wrong.example, wrong.found, wrong.expected))
            .help(check);
        return None;
    }
    Some(profile)
}

fn text(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(PROFILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > PROFILE_BYTES_MAX {
        return Err(format!("more than {} KiB", PROFILE_BYTES_MAX >> 10));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".into())
}
