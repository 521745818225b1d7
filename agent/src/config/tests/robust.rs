//! Whatever stands in the file: places are right, and nothing fails.

use super::*;
use proptest::prelude::*;

#[test]
fn broken_syntax_and_missing_sections_are_shown_too() {
    refused(
        "[campus\nid = demo\n",
        expect![[r#"
        error: unclosed table, expected `]`
         --> campus.toml:1:8
          |
        1 | [campus
          |        ^

        campus.toml: 1 fault"#]],
    );
    refused(
        "",
        expect![[r#"
        error: the section `[campus]` is missing
         --> campus.toml:1:1
          |
        1 |
          | ^

        error: the section `[timetable]` is missing
         --> campus.toml:1:1
          |
        1 |
          | ^

        error: the section `[broker]` is missing
         --> campus.toml:1:1
          |
        1 |
          | ^

        campus.toml: 3 faults"#]],
    );
    refused(
        "room = 3\nnode = [4]\ncampus = \"x\"\n",
        expect![[r#"
        error: the section `[timetable]` is missing
         --> campus.toml:1:1
          |
        1 | room = 3
          | ^

        error: the section `[broker]` is missing
         --> campus.toml:1:1
          |
        1 | room = 3
          | ^

        error: `room` takes sections `[[room]]`
         --> campus.toml:1:8
          |
        1 | room = 3
          |        ^ this is a whole number

        error: `node` takes sections `[[node]]`
         --> campus.toml:2:9
          |
        2 | node = [4]
          |         ^ this is a whole number

        error: `campus` takes a section `[campus]`
         --> campus.toml:3:10
          |
        3 | campus = "x"
          |          ^^^ this is a text

        campus.toml: 5 faults"#]],
    );
}

#[test]
fn wide_and_windows_text_does_not_move_the_arrow() {
    let text =
        HEAD.replace("id = \"demo\"", "name = \"物理楼\" # 教学\r\nid = \"demo\" \r\n\tnaem = 3\r");
    refused(
        &text,
        expect![[r#"
        error: unknown key `naem` in `[campus]`
         --> campus.toml:4:2
          |
        4 |     naem = 3
          |     ^^^^
          |
          = help: did you mean `name`?

        campus.toml: 1 fault"#]],
    );
}

#[test]
fn programs_are_told_line_and_column() {
    let error = Config::parse("\n[campus]\r\nname = \"物理\" \nid = \"aX\"", "c").unwrap_err();
    let found = error.found();
    let place = |title: &str| {
        let found = found.iter().find(|found| found.title == title).unwrap();
        (found.line, found.column)
    };
    assert_eq!(place("`aX` is no identifier"), (4, 8));
    assert_eq!(place("`[campus]` has no `time_zone`"), (2, 1));
    assert_eq!(found.len(), error.count());
}

#[test]
fn of_very_many_faults_the_rest_is_counted() {
    let text = format!("{HEAD}{}", "[[node]]\n".repeat(30));
    let error = Config::parse(&text, "campus.toml").unwrap_err();
    assert_eq!(error.count(), 60);
    let shown = error.to_string();
    assert_eq!(shown.matches("error:").count(), 20);
    assert!(shown.ends_with("campus.toml: 60 faults, 40 of them not shown"), "{shown}");
}

proptest! {
    /// Whatever is cut out of or put into the example: it is read or refused, with places that exist.
    #[test]
    fn no_text_makes_the_reader_fail(
        from in 0usize..5000,
        cut in 0usize..40,
        put in "[\\[\\]\"'=.{}\\-#a-zé物\n0-9]{0,12}",
    ) {
        let text: Vec<char> = whole_example().chars().collect();
        let from = from.min(text.len());
        let until = (from + cut).min(text.len());
        let mut changed: String = text[..from].iter().collect();
        changed.push_str(&put);
        changed.extend(&text[until..]);
        if let Err(error) = Config::parse(&changed, "campus.toml") {
            prop_assert!(error.count() > 0);
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
