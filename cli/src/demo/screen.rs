//! The terminal the live view is drawn on: taken, and given back whatever happens.

use super::view::View;
use crate::error::Error;
use crate::page::Page;
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::DefaultTerminal;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How often keys are looked at: below a tenth of a second people feel no delay.
pub const KEYS_EVERY: Duration = Duration::from_millis(50);

/// A taken terminal. Dropped, it is as before; a panic gives it back first too, so that the message
/// can be read.
pub struct Screen {
    terminal: DefaultTerminal,
    /// What is on it.
    pub view: View,
}

/// What a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing new.
    Stay,
    /// See it drawn again: it was resized or scrolled.
    Draw,
    /// Leave.
    Quit,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it is none.
    pub fn take() -> Result<Self, Error> {
        // Sets a panic hook that restores before the message is printed.
        let terminal = ratatui::try_init()?;
        Ok(Self { terminal, view: View::default() })
    }

    /// Draws the view.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, page: &Page) -> Result<(), Error> {
        let view = &mut self.view;
        self.terminal.draw(|frame| view.draw(frame, page))?;
        Ok(())
    }

    /// What the keys since the last look say.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn keys(&mut self) -> Result<Wish, Error> {
        let mut wish = Wish::Stay;
        while event::poll(Duration::ZERO)? {
            match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => {
                    match press(&mut self.view, key) {
                        Wish::Quit => return Ok(Wish::Quit),
                        Wish::Draw => wish = Wish::Draw,
                        Wish::Stay => {}
                    }
                }
                Event::Resize(..) => wish = Wish::Draw,
                _ => {}
            }
        }
        Ok(wish)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// What one key does.
fn press(view: &mut View, key: KeyEvent) -> Wish {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('q') | KeyCode::Esc => return Wish::Quit,
        KeyCode::Char('c') if control => return Wish::Quit,
        KeyCode::Up | KeyCode::Char('k') => view.scroll(-1),
        KeyCode::Down | KeyCode::Char('j') => view.scroll(1),
        KeyCode::PageUp => view.page(-1),
        KeyCode::PageDown | KeyCode::Char(' ') => view.page(1),
        KeyCode::Home => view.top = 0,
        _ => return Wish::Stay,
    }
    Wish::Draw
}

/// Returns on SIGINT or SIGTERM; never when signals cannot be heard (then they end the program).
pub async fn interrupted() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(test)]
mod tests;
