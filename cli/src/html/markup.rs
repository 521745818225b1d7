//! HTML and SVG as a tree that cannot forget to escape: every text and every value passes `escaped`.

use std::fmt::{Display, Write};

/// Elements that have no end.
const VOID: [&str; 4] = ["meta", "br", "hr", "col"];

/// One element.
#[derive(Clone, Debug)]
pub struct Tag {
    name: &'static str,
    attributes: String,
    inner: String,
}

/// An element without attributes.
pub fn tag(name: &'static str) -> Tag {
    Tag { name, attributes: String::new(), inner: String::new() }
}

/// An element of a class.
pub fn classed(name: &'static str, class: &str) -> Tag {
    tag(name).set("class", class)
}

impl Tag {
    /// One more attribute.
    pub fn set(mut self, name: &'static str, value: impl Display) -> Self {
        let value = escaped(&value.to_string());
        // Writing to a string never fails.
        let _ = write!(self.attributes, " {name}=\"{value}\"");
        self
    }

    /// One more attribute that is a coordinate or a size.
    pub fn at(self, name: &'static str, value: f64) -> Self {
        let text = format!("{value:.1}");
        self.set(name, text.strip_suffix(".0").unwrap_or(&text))
    }

    /// Text in it.
    pub fn text(mut self, text: &str) -> Self {
        self.inner.push_str(&escaped(text));
        self
    }

    /// An element in it.
    pub fn put(mut self, child: Tag) -> Self {
        child.write(&mut self.inner);
        self
    }

    /// Elements in it.
    pub fn puts(mut self, children: impl IntoIterator<Item = Tag>) -> Self {
        for child in children {
            child.write(&mut self.inner);
        }
        self
    }

    /// A style sheet of ours in it, as it is.
    pub fn style(mut self, sheet: &'static str) -> Self {
        self.inner.push_str(sheet);
        self
    }

    fn write(&self, out: &mut String) {
        let _ = write!(out, "<{}{}>{}", self.name, self.attributes, self.inner);
        if !VOID.contains(&self.name) {
            let _ = write!(out, "</{}>", self.name);
        }
        // Lines that people and version control can read.
        if ["div", "section", "tr", "svg", "p", "li", "head", "header", "h2"].contains(&self.name) {
            out.push('\n');
        }
    }
}

impl Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

/// Text that stays text, also between quotes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // No other control characters are allowed in documents.
            letter if letter.is_control() && letter != '\n' => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}
