//! What every page is written with: words, clock, colours, and columns that line up in Chinese too.

use crate::when::Clock;
use crate::words::{Named, Words};
use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

/// Longest bar or line we draw when the terminal is very wide; beyond it the eye loses the row.
const WIDTH_MAX: usize = 120;

/// What a page is written with. Rendering is pure: the same page and body give the same text.
pub struct Page {
    /// Texts of the reader's language.
    pub words: Words,
    /// The agent's clock.
    pub clock: Clock,
    /// Whether colours are wanted. They never carry meaning.
    pub color: bool,
    /// Columns of the terminal; absent when nobody looks (a file, a pipe).
    pub width: Option<usize>,
}

/// How a text looks; always beside words that say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// As it is.
    Plain,
    /// Names and headings.
    Strong,
    /// Less important.
    Dim,
    /// All is well, or lamps are on.
    Good,
    /// Somebody should look.
    Warn,
    /// Something is wrong.
    Bad,
}

impl Page {
    /// The text of `key`.
    pub fn say(&self, key: &str, named: &Named<'_>) -> String {
        self.words.say(key, named)
    }

    /// The text of `key` without values.
    pub fn text(&self, key: &str) -> String {
        self.words.text(key)
    }

    /// `text` in colours, where they are wanted.
    pub fn paint(&self, paint: Paint, text: &str) -> String {
        Self::painted(self.color, paint, text)
    }

    /// `text` in colours, where `color` wants them.
    pub fn painted(color: bool, paint: Paint, text: &str) -> String {
        if !color || paint == Paint::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = match paint {
            Paint::Plain => Style::new(),
            Paint::Strong => Style::new().bold(),
            Paint::Dim => Style::new().dimmed(),
            Paint::Good => AnsiColor::Green.on_default(),
            Paint::Warn => AnsiColor::Yellow.on_default(),
            Paint::Bad => AnsiColor::Red.on_default().bold(),
        };
        format!("{style}{text}{style:#}")
    }

    /// Columns to draw in.
    pub fn columns(&self) -> usize {
        self.width.unwrap_or(80).min(WIDTH_MAX)
    }

    /// Facts, one per line, their names in a column of their own. A fact without a name belongs to
    /// the one above.
    pub fn facts(&self, facts: &[(String, String)]) -> String {
        let widest = facts.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
        let mut text = String::new();
        for (name, fact) in facts {
            let gap = " ".repeat(widest - name.width() + 2);
            let line = format!("{}{gap}{fact}", self.paint(Paint::Dim, name));
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// One cell of a [`Table`].
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    paint: Paint,
    right: bool,
}

impl Cell {
    /// Text, to the left.
    pub fn left(text: impl Into<String>) -> Self {
        Self { text: text.into(), paint: Paint::Plain, right: false }
    }

    /// A number, to the right.
    pub fn right(text: impl Into<String>) -> Self {
        Self { text: text.into(), paint: Paint::Plain, right: true }
    }

    /// In colours.
    pub fn paint(mut self, paint: Paint) -> Self {
        self.paint = paint;
        self
    }

    /// The text in `width` columns.
    fn padded(&self, width: usize, page: &Page) -> String {
        let gap = " ".repeat(width.saturating_sub(self.text.width()));
        let text = page.paint(self.paint, &self.text);
        if self.right { format!("{gap}{text}") } else { format!("{text}{gap}") }
    }
}

/// Rows in columns, without lines: they copy well into mails and tickets.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these headings.
    pub fn new(headings: Vec<Cell>) -> Self {
        Self { rows: vec![headings.into_iter().map(|cell| cell.paint(Paint::Dim)).collect()] }
    }

    /// One more row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The table as text.
    pub fn render(&self, page: &Page) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|at| {
                self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.text.width()).max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, &width)| cell.padded(width, page)).collect();
            text.push_str(cells.join("  ").trim_end());
            text.push('\n');
        }
        text
    }
}

/// Whether colours are wanted: never with `--no-color` or a `NO_COLOR` that is not empty
/// (<https://no-color.org>), else on a terminal.
pub fn wants_color(no_color_flag: bool, no_color_env: Option<&str>, terminal: bool) -> bool {
    terminal && !no_color_flag && no_color_env.is_none_or(str::is_empty)
}

#[cfg(test)]
mod tests;
