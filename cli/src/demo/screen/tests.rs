//! What the keys do.

use super::{Wish, press};
use crate::demo::view::View;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

#[test]
fn q_escape_and_ctrl_c_leave_and_nothing_else_does() {
    let check = |code, modifiers, wanted| {
        assert_eq!(press(&mut View::default(), KeyEvent::new(code, modifiers)), wanted, "{code:?}");
    };
    check(KeyCode::Char('q'), KeyModifiers::NONE, Wish::Quit);
    check(KeyCode::Esc, KeyModifiers::NONE, Wish::Quit);
    check(KeyCode::Char('c'), KeyModifiers::CONTROL, Wish::Quit);
    check(KeyCode::Char('c'), KeyModifiers::NONE, Wish::Stay);
    check(KeyCode::Char('x'), KeyModifiers::NONE, Wish::Stay);
    check(KeyCode::Down, KeyModifiers::NONE, Wish::Draw);
    check(KeyCode::PageUp, KeyModifiers::NONE, Wish::Draw);
}
