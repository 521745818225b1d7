//! The live picture on screens of several sizes.

use super::View;
use crate::client::Snapshot;
use crate::fixtures::{LANGS, body, page};
use crate::page::Page;
use agent::api::types::Room;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

fn snapshot() -> Snapshot {
    Snapshot { status: body("status"), rooms: body("rooms") }
}

/// The screen as text; the second half of a wide character is an empty cell.
fn screen(view: &mut View, page: &Page, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a screen");
    terminal.draw(|frame| view.draw(frame, page)).expect("a picture");
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for y in 0..height {
        let mut skip = 0;
        let mut row = String::new();
        for x in 0..width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            row.push_str(symbol);
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

fn heard(snapshot: Snapshot) -> View {
    let mut view = View::default();
    view.hear(snapshot);
    view
}

#[test]
fn the_picture_fits_screens_of_all_widths() {
    for (lang, suffix) in LANGS {
        for (width, height) in [(80, 16), (80, 11), (140, 16), (140, 11)] {
            let text = screen(&mut heard(snapshot()), &page(lang), width, height);
            insta::assert_snapshot!(format!("view_{width}x{height}_{suffix}"), text);
        }
    }
}

#[test]
fn before_the_agent_speaks_the_view_waits() {
    let text = screen(&mut View::default(), &page(LANGS[0].0), 40, 8);
    assert!(text.starts_with("Waiting for the agent"), "{text}");
}

#[test]
fn an_agent_that_went_away_is_said_beside_the_old_picture() {
    let mut view = heard(snapshot());
    view.away = true;
    let text = screen(&mut view, &page(LANGS[0].0), 120, 12);
    assert!(text.contains("Waiting for the agent") && text.contains("science/101"), "{text}");
    view.hear(snapshot());
    assert!(!screen(&mut view, &page(LANGS[0].0), 120, 12).contains("Waiting"));
}

#[test]
fn tiny_screens_and_empty_campuses_break_nothing() {
    for (width, height) in [(1, 1), (10, 3), (20, 7), (300, 100)] {
        screen(&mut heard(snapshot()), &page(LANGS[0].0), width, height);
        screen(
            &mut heard(Snapshot { rooms: Vec::new(), ..snapshot() }),
            &page(LANGS[1].0),
            width,
            height,
        );
    }
}

#[test]
fn scrolling_stops_at_the_first_and_the_last_room() {
    let room = |n: usize| Room { id: format!("science/{n:03}"), ..snapshot().rooms[0].clone() };
    let mut view = heard(Snapshot { rooms: (0..40).map(room).collect(), ..snapshot() });
    let page = page(LANGS[0].0);
    let mut first = |scroll: &dyn Fn(&mut View)| {
        scroll(&mut view);
        let text = screen(&mut view, &page, 100, 17);
        text.lines().nth(4).map(|line| line.split(' ').next().unwrap_or_default().to_owned())
    };
    assert_eq!(first(&|_| {}).as_deref(), Some("science/000"));
    assert_eq!(first(&|view| view.scroll(3)).as_deref(), Some("science/003"));
    // Seventeen lines hold ten rooms.
    assert_eq!(first(&|view| view.page(1)).as_deref(), Some("science/013"));
    assert_eq!(first(&|view| view.scroll(1000)).as_deref(), Some("science/030"));
    assert_eq!(first(&|view| view.scroll(-1000)).as_deref(), Some("science/000"));
}

#[test]
fn no_colour_means_no_colour() {
    let check = |color: bool| {
        let page = Page { color, ..page(LANGS[0].0) };
        let mut terminal = Terminal::new(TestBackend::new(100, 12)).expect("a screen");
        terminal.draw(|frame| heard(snapshot()).draw(frame, &page)).expect("a picture");
        let cells = terminal.backend().buffer().content().iter();
        cells.filter(|cell| cell.fg != Color::Reset || !cell.modifier.is_empty()).count()
    };
    assert_eq!(check(false), 0);
    assert!(check(true) > 0);
}
