//! Faults on purpose are for tests: no crate of the product asks for the feature `sabotage`.

use checks::repository::root;

#[test]
fn no_product_asks_for_faults_on_purpose() {
    let mut asking = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("an entry").path();
            let hidden = path.file_name().is_some_and(|it| it.to_string_lossy().starts_with('.'));
            if path.is_dir() && !hidden && !path.ends_with("target") {
                folders.push(path);
            } else if path.ends_with("Cargo.toml") && asks(&path) {
                asking.push(path.strip_prefix(root()).expect("below the root").to_path_buf());
            }
        }
    }
    assert!(asking.is_empty(), "the feature `sabotage` outside of dev-dependencies: {asking:?}");
}

/// Whether a manifest asks for the feature anywhere but among its dev-dependencies.
fn asks(manifest: &std::path::Path) -> bool {
    let text = std::fs::read_to_string(manifest).expect("a manifest");
    let product = text.split("\n[").filter(|part| !part.starts_with("dev-dependencies"));
    let lines = product.flat_map(str::lines).filter(|line| !line.trim_start().starts_with('#'));
    // The one line that defines it.
    lines.filter(|line| line.contains("sabotage")).any(|line| line.trim() != "sabotage = []")
}
