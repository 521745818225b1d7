//! What the documents say about the wire and the workspace is what the code does.

use checks::direction::ask_cargo;
use checks::repository::root;
use wire::{
    Ack, Command, Condition, Desired, Frame, Hello, Lease, NoReading, Outcome, Quantity, Refusal,
    Settings,
};

#[test]
fn every_quantity_stands_in_the_table_with_unit_and_range() {
    let page = page("docs/integrate/mqtt.md");
    for quantity in Quantity::ALL {
        let row = row(*quantity);
        assert!(page.contains(&row), "docs/integrate/mqtt.md has no row that starts {row}");
    }
}

/// The row of a quantity as the table has it, up to the words about it.
fn row(quantity: Quantity) -> String {
    let (min, max) = quantity.range();
    let unit = match quantity.unit() {
        "" => String::new(),
        unit => format!("{unit} "),
    };
    let whole = if quantity.whole() { "yes" } else { "no" };
    format!("| `{}` | {unit}| {min} … {max} | {whole} | ", quantity.name())
}

#[test]
fn every_reason_is_explained() {
    let page = page("docs/integrate/mqtt.md");
    let refusals = [
        Refusal::TooLong,
        Refusal::NotUtf8,
        Refusal::NotJson(0),
        Refusal::TooDeep,
        Refusal::ForeignVersion(2),
        Refusal::MissingKey("v"),
        Refusal::DuplicateKey,
        Refusal::BadValue("t"),
        Refusal::BadChannel,
        Refusal::TooManyReadings,
        Refusal::BadReading,
    ];
    let absences = NoReading::ALL.map(NoReading::name);
    for name in refusals.map(|refusal| refusal.name()).into_iter().chain(absences) {
        assert!(page.contains(&format!("`{name}`")), "docs/integrate/mqtt.md lacks `{name}`");
    }
}

#[test]
fn every_example_is_read_by_the_program_it_documents() {
    let page = page("docs/integrate/mqtt.md");
    let examples = examples(&page);
    for kind in ["frame", "hello", "ack", "desired", "lease", "settings", "command", "result"] {
        assert!(examples.iter().any(|(of, _)| of == kind), "there is no example of a {kind}");
    }
    for (kind, payload) in examples {
        read(&kind, &payload).unwrap_or_else(|refusal| panic!("{kind}: {refusal}\n{payload}"));
    }
}

#[test]
fn a_mistake_in_an_example_is_found() {
    let page = "```json frame\n{\"v\":1,\"boot\":3,\"up\":1,\"r\":{}}\n```\n";
    let [(kind, payload)] = &examples(page)[..] else { panic!("one example is there") };
    assert_eq!(read(kind, payload), Err(Refusal::MissingKey("seq")));
}

/// Kind and payload of each block that is marked `json <kind>`.
fn examples(page: &str) -> Vec<(String, String)> {
    let mut examples = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```json ") {
            let payload = lines.by_ref().take_while(|line| *line != "```").collect();
            examples.push((kind.to_owned(), payload));
        }
    }
    examples
}

fn read(kind: &str, payload: &str) -> Result<(), Refusal> {
    let bytes = payload.as_bytes();
    match kind {
        "frame" => Frame::parse(bytes).map(drop),
        "hello" => Hello::parse(bytes).and_then(|_| Condition::parse(bytes)).map(drop),
        "ack" => Ack::parse(bytes).map(drop),
        "desired" => Desired::parse(bytes).map(drop),
        "lease" => Lease::parse(bytes).map(drop),
        "settings" => Settings::parse(bytes).map(drop),
        "command" => Command::parse(bytes).map(drop),
        "result" => Outcome::parse(bytes).map(drop),
        _ => panic!("no payload is called `{kind}`"),
    }
}

#[test]
fn the_map_names_every_crate_and_every_folder() {
    let (members, _) = ask_cargo(&root()).expect("cargo reads this workspace");
    let map = page("ARCHITECTURE.md");
    let folders = std::fs::read_dir(root()).expect("the repository can be read").flatten();
    let folders = folders
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && name != "target");
    for name in members.into_iter().chain(folders) {
        let named = map.contains(&format!("`{name}")) || map.contains(&format!("/{name}`"));
        assert!(named, "ARCHITECTURE.md does not say what `{name}` is");
    }
}

fn page(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
