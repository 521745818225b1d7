//! Every profile in the tree: it is listed, sound, has a source, and reads its examples.

use device_profiles::{Kind, Profile, shipped, texts};
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_file_is_listed_and_every_listed_file_is_there() {
    let listed: BTreeSet<String> = texts().iter().map(|(path, _)| (*path).to_owned()).collect();
    let missing: Vec<_> = files().difference(&listed).cloned().collect();
    assert!(missing.is_empty(), "add them to src/shipped.rs: {missing:#?}");
    let in_order: Vec<_> = texts().iter().map(|(path, _)| (*path).to_owned()).collect();
    assert!(in_order.is_sorted(), "src/shipped.rs is in the order of the names");
}

#[test]
fn every_file_is_a_profile() {
    let faults: Vec<String> = read_all()
        .into_iter()
        .filter_map(|(path, text)| Profile::parse(&text, &path).err())
        .map(|error| error.to_string())
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n\n"));
    assert_eq!(shipped().len(), texts().len());
}

#[test]
fn every_profile_is_named_like_its_file_and_stands_in_its_folder() {
    let mut ids = BTreeSet::new();
    for (path, profile) in profiles() {
        let folder = if profile.kind == Kind::Meter { "meters" } else { "gateways" };
        assert_eq!(path, format!("{folder}/{}.toml", profile.id));
        assert!(ids.insert(profile.id.clone()), "`{}` is there twice", profile.id);
    }
}

#[test]
fn every_profile_has_a_source_an_example_and_what_it_is_for() {
    let profiles = profiles();
    assert!(profiles.len() >= 2, "the folders are not where they should be");
    for (path, profile) in profiles {
        assert!(!profile.sources.is_empty(), "{path}: no source");
        assert!(!profile.check_examples().is_empty(), "{path}: no example");
        assert!(!profile.models.is_empty(), "{path}: no model");
        match profile.kind {
            Kind::Meter => {
                let accounts = profile.measures().filter(|measure| measure.is_account()).count();
                assert!(accounts >= 1, "{path}: no energy register");
            }
            Kind::Lighting => assert!(!profile.outputs.is_empty(), "{path}: no output"),
        }
    }
}

#[test]
fn every_example_of_every_profile_comes_out() {
    let mut wrong = Vec::new();
    for (path, profile) in profiles() {
        for result in profile.check_examples().iter().filter(|result| !result.holds) {
            let (example, expected, found) = (&result.example, &result.expected, &result.found);
            wrong.push(format!("{path}: {example} is {found}, and should be {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Path within the crate and text of every file in both folders, from the disk and not from the list.
fn read_all() -> Vec<(String, String)> {
    let read = |path: String| {
        let text = std::fs::read_to_string(root().join(&path)).expect("it can be read");
        (path, text)
    };
    files().into_iter().map(read).collect()
}

fn profiles() -> Vec<(String, Profile)> {
    let parse =
        |(path, text): (String, String)| Some((path.clone(), Profile::parse(&text, &path).ok()?));
    read_all().into_iter().filter_map(parse).collect()
}

fn files() -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for folder in ["meters", "gateways"] {
        for entry in std::fs::read_dir(root().join(folder)).expect("the folder is there") {
            let name = entry.expect("it can be read").file_name();
            files.insert(format!("{folder}/{}", name.to_string_lossy()));
        }
    }
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
