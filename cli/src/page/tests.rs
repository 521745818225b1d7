//! Columns and colours.

use super::{Cell, Page, Paint, Table, wants_color};
use crate::fixtures::page;
use crate::words::Lang;
use unicode_width::UnicodeWidthStr;

#[test]
fn columns_line_up_although_chinese_is_twice_as_wide() {
    let mut table = Table::new(vec![Cell::left("房间"), Cell::right("功率"), Cell::left("x")]);
    table.row(vec![Cell::left("a"), Cell::right("1 W"), Cell::left("x")]);
    table.row(vec![Cell::left("物理实验室"), Cell::right("1,234 W"), Cell::left("x")]);
    let text = table.render(&page(Lang::Zh));
    let places: Vec<usize> = text.lines().map(|line| line.trim_end_matches('x').width()).collect();
    assert_eq!(places, [21, 21, 21], "{text}");
}

#[test]
fn facts_line_up_and_may_go_on_below() {
    let facts = [("时间", "a"), ("", "b"), ("now", "")]
        .map(|(name, fact)| (name.to_owned(), fact.to_owned()));
    assert_eq!(page(Lang::Zh).facts(&facts), "时间  a\n      b\nnow\n");
}

#[test]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    let check = |flag, env, terminal, wanted| {
        assert_eq!(wants_color(flag, env, terminal), wanted, "{flag} {env:?} {terminal}");
    };
    check(false, None, true, true);
    check(false, Some(""), true, true);
    check(false, Some("1"), true, false);
    check(true, None, true, false);
    check(false, None, false, false);
}

#[test]
fn nothing_is_painted_where_nothing_stands() {
    assert_eq!(Page::painted(true, Paint::Bad, ""), "");
    assert_eq!(Page::painted(true, Paint::Plain, "x"), "x");
    assert_eq!(Page::painted(true, Paint::Good, "x"), "\u{1b}[32mx\u{1b}[0m");
}
