//! Style rules hold everywhere, and every rule is able to fail.

use checks::repository::{Source, root, sources};
use checks::tidy::{self, EXTENSIONS};
use checks::{Finding, listed};

#[test]
fn the_repository_is_tidy() {
    let sources = sources(&root(), &EXTENSIONS).expect("the repository can be read");
    assert!(sources.len() > 30, "only {} files were found", sources.len());
    let findings = tidy::all(&sources, &root());
    assert!(findings.is_empty(), "{} findings{}", findings.len(), listed(&findings));
}

#[test]
fn a_finding_says_where_what_and_why() {
    let findings = tidy::trailing_space(&source("wire/src/id.rs", "//! Ids.\nlet x; \n"));
    assert_eq!(
        listed(&findings),
        "\nwire/src/id.rs:2: space at the end of the line — it makes diffs noisy"
    );
}

#[test]
fn a_file_that_does_not_say_what_it_is_for_is_found() {
    let rule = |source: &Source| tidy::first_line_missing(source).into_iter().collect();
    check(rule, "a.rs", "//! Identifiers.\n", &[]);
    check(rule, "a.rs", "//!\nuse x;\n", &[1]);
    check(rule, "a.rs", "use x;\n", &[1]);
    check(rule, "a.rs", "", &[1]);
}

#[test]
fn code_that_was_meant_to_be_temporary_is_found() {
    let word = |halves: [&str; 2]| halves.concat();
    for leftover in [["to", "do!()"], ["unimple", "mented!()"], ["db", "g!(x)"], ["#[ig", "nore]"]]
    {
        check(tidy::leftover, "a.rs", &format!("//! A.\n    {}\n", word(leftover)), &[2]);
        check(tidy::leftover, "a.rs", &format!("// no {}\n", word(leftover)), &[]);
    }
    check(tidy::leftover, "a.rs", &format!("my_{}", word(["db", "g!(x)"])), &[]);
}

#[test]
fn a_file_too_long_to_read_is_found_unless_it_says_why() {
    let rule = |source: &Source| tidy::too_long(source).into_iter().collect();
    check(rule, "a.rs", &"//! A.\n".repeat(500), &[]);
    check(rule, "a.rs", &"x\n".repeat(501), &[0]);
    let excused = format!("//! A.\n//! Long because a table.\n{}", "x\n".repeat(600));
    check(rule, "a.rs", &excused, &[]);
    let too_late = format!("//! A.\n{}//! Long because a table.\n", "x\n".repeat(600));
    check(rule, "a.rs", &too_late, &[0]);
}

#[test]
fn a_name_that_says_nothing_is_found() {
    check(tidy::banned_name, "agent/src/utils.rs", "", &[0]);
    check(tidy::banned_name, "agent/src/info/mod.rs", "", &[0]);
    check(tidy::banned_name, "a.rs", "pub struct NodeManager;", &[1]);
    check(tidy::banned_name, "a.rs", "pub(crate) enum EventHandlers {}", &[1]);
    check(tidy::banned_name, "a.rs", "    trait Service {}", &[1]);
    check(tidy::banned_name, "a.rs", "mod data;", &[1]);
    check(tidy::banned_name, "a.rs", "struct Metadata; // of a data row", &[]);
    check(tidy::banned_name, "a.rs", "fn process(data: &[u8]) {}", &[]);
}

#[test]
fn a_path_of_one_machine_is_found() {
    for folder in ["home", "root", "work", "tmp"] {
        check(tidy::machine_path, "a.md", &format!("see `/{folder}/x`"), &[1]);
        check(tidy::machine_path, "a.rs", &format!("Path::new(\"/{folder}\")"), &[1]);
        check(tidy::machine_path, "a.md", &format!("https://example.org/{folder}/x"), &[]);
    }
    check(tidy::machine_path, "a.md", "/etc/campus /run/campus /var/lib/campus /homework/", &[]);
}

#[test]
fn a_document_with_no_title_or_two_is_found() {
    let rule = |source: &Source| tidy::not_one_title(source).into_iter().collect();
    check(rule, "a.md", "# One\n\n```sh\n# a comment\n```\n", &[]);
    check(rule, "a.md", "## Section\n", &[0]);
    check(rule, "a.md", "# One\n# Two\n", &[0]);
}

#[test]
fn a_link_to_nowhere_is_found() {
    let exists = |path: &str| path == "docs/adr/0001-a.md" || path == "README.md";
    let rule = |source: &Source| tidy::broken_link(source, &exists);
    check(rule, "docs/x.md", "[a](adr/0001-a.md) [b](../README.md#top) [c](#here)", &[]);
    check(rule, "docs/x.md", "[a](https://example.org)\n[b](README.md)", &[2]);
}

#[test]
fn a_decision_that_cannot_be_judged_later_is_found() {
    let whole = "# 1\n## Context\n## Decision\n## Consequences\n## Alternatives\n";
    check(tidy::adr_without_its_parts, "docs/adr/0001-a.md", whole, &[]);
    let half = "# 1\n## Context\n## Decision\n## Consequences\n";
    check(tidy::adr_without_its_parts, "docs/adr/0001-a.md", half, &[0]);
}

#[test]
fn a_dependency_that_nobody_can_explain_is_found() {
    let rule = tidy::dependency_without_reason;
    check(rule, "x/Cargo.toml", "[dependencies]\n# Lists.\nheapless = \"0.9\"\n", &[]);
    check(rule, "x/Cargo.toml", "[dependencies]\nheapless = \"0.9\"\n", &[2]);
    check(rule, "x/Cargo.toml", "[dev-dependencies]\n# A.\na = \"1\"\nb.workspace = true\n", &[4]);
    check(rule, "x/Cargo.toml", "[target.'cfg(unix)'.dependencies]\na = \"1\"\n", &[2]);
    check(rule, "x/Cargo.toml", "[dependencies.a]\nversion = \"1\"\n", &[1]);
    check(rule, "x/Cargo.toml", "[dependencies]\n# A.\na = { features = [\n  \"b=c\",\n] }\n", &[]);
    check(rule, "x/Cargo.toml", "[package]\nname = \"x\"\n", &[]);
}

#[test]
fn two_languages_that_have_grown_apart_are_found() {
    let english = source("README.md", "# A\n## B\n\n    $ cargo run\n");
    let differ = |text: &str| tidy::twins_that_differ(&english, &source("README.zh-CN.md", text));
    assert_eq!(differ("# 甲\n## 乙\n\n    $ cargo run\n"), []);
    assert_eq!(differ("# 甲\n\n    $ cargo run\n").len(), 1);
    assert_eq!(differ("# 甲\n## 乙\n\n    $ cargo test\n").len(), 2);
}

/// What `rule` finds in a file of one text: the numbers of the lines.
#[track_caller]
fn check(rule: impl Fn(&Source) -> Vec<Finding>, path: &str, text: &str, lines: &[usize]) {
    let findings = rule(&source(path, text));
    let found: Vec<usize> = findings.iter().map(|finding| finding.line).collect();
    assert_eq!(found, lines, "in {text:?}{}", listed(&findings));
}

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}
