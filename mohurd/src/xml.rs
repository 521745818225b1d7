//! XML of a stranger to a small tree, within limits; and a writer for the few shapes that are sent.
//!
//! Refused outright: document types, entities of one's own, processing instructions, more than one
//! root, anything beyond `limits.rs`. So there is nothing that could expand.

use crate::limits::{ATTRIBUTES_MAX, DEPTH_MAX, ELEMENTS_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX};
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Why a text is refused, and where, in bytes from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at} of the XML: {what}")]
pub struct XmlFault {
    /// Byte.
    pub at: u64,
    /// What is wrong there.
    pub what: &'static str,
}

/// An element with what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// All its own text, without spaces around it.
    pub text: String,
    /// Of its tag, in bytes from the beginning.
    pub at: u64,
}

impl Element {
    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name, if it is not empty.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The root element of `text`.
pub(crate) fn parse(text: &str) -> Result<Element, XmlFault> {
    parse_within(text, ELEMENTS_MAX)
}

/// The same for files, which have more elements than messages.
pub(crate) fn parse_within(text: &str, elements_max: usize) -> Result<Element, XmlFault> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut tree = Tree {
        open: Vec::new(),
        root: None,
        elements: 0,
        elements_max,
        version: XmlVersion::Implicit1_0,
    };
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event();
        let event =
            event.map_err(|_| XmlFault { at: reader.error_position(), what: "not well-formed" })?;
        let ended = matches!(event, Event::Eof);
        tree.take(event, at).map_err(|what| XmlFault { at, what })?;
        if ended {
            let none = XmlFault { at, what: "there is no root element" };
            return tree.root.ok_or(none);
        }
    }
}

/// What has been read so far.
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
    elements_max: usize,
    version: XmlVersion,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, at: u64) -> Result<(), &'static str> {
        match event {
            Event::Start(tag) => {
                let element = self.element(&tag, at)?;
                self.open.push(element);
                Ok(())
            }
            Event::Empty(tag) => {
                let element = self.element(&tag, at)?;
                self.close(element)
            }
            Event::End(_) => match self.open.pop() {
                Some(element) => self.close(element),
                None => Err("a closing tag without its opening one"),
            },
            Event::Text(text) => self.text(&text.xml_content(self.version)),
            Event::CData(text) => self.text(&text.xml_content(self.version)),
            Event::GeneralRef(reference) => {
                let text = referred(&reference)?;
                self.text(&text)
            }
            Event::Comment(_) => Ok(()),
            Event::Decl(_) if at == 0 => Ok(()),
            Event::Decl(_) => Err("a declaration in the middle"),
            Event::PI(_) => Err("processing instructions are not allowed"),
            Event::DocType(_) => Err("a document type is not allowed"),
            Event::Eof if !self.open.is_empty() => Err("the text ends within an element"),
            Event::Eof => Ok(()),
        }
    }

    fn element(&mut self, tag: &BytesStart<'_>, at: u64) -> Result<Element, &'static str> {
        self.elements += 1;
        if self.elements > self.elements_max {
            return Err("too many elements");
        }
        if self.open.len() >= DEPTH_MAX {
            return Err("too deep");
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err("a second root element");
        }
        let name = tag.name().0.to_owned();
        check_name(&name)?;
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|_| "an attribute is not well-formed")?;
            if attributes.len() >= ATTRIBUTES_MAX {
                return Err("too many attributes");
            }
            let key = attribute.key.0.to_owned();
            check_name(&key)?;
            if attribute.value.len() > TEXT_BYTES_MAX * 8 {
                return Err("an attribute is too long");
            }
            let value = attribute.normalized_value(self.version);
            let value = value.map_err(|_| "an attribute has an entity that is not known")?;
            check_text(&value)?;
            attributes.push((key, value.into_owned()));
        }
        Ok(Element { name, attributes, at, ..Element::default() })
    }

    fn close(&mut self, mut element: Element) -> Result<(), &'static str> {
        element.text = element.text.trim().to_owned();
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), &'static str> {
        let Some(element) = self.open.last_mut() else {
            let blank = text.trim().is_empty();
            return if blank { Ok(()) } else { Err("text outside the root element") };
        };
        if element.text.is_empty() {
            element.text.push_str(text.trim_start());
        } else {
            element.text.push_str(text);
        }
        check_text(&element.text)
    }
}

/// What a reference in a text stands for: one of the five that XML knows, or a character by number.
fn referred(reference: &BytesRef<'_>) -> Result<String, &'static str> {
    if let Some(text) = resolve_predefined_entity(reference) {
        return Ok(text.to_owned());
    }
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Ok(character.to_string()),
        _ => Err("an entity that is not known"),
    }
}

fn check_name(name: &str) -> Result<(), &'static str> {
    let may = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(may) {
        return Err("a name is too long or has strange characters");
    }
    Ok(())
}

fn check_text(text: &str) -> Result<(), &'static str> {
    if text.len() > TEXT_BYTES_MAX {
        return Err("a text is too long");
    }
    if text.chars().all(is_writable) { Ok(()) } else { Err("a character that XML does not allow") }
}

/// Whether XML 1.0 has this character.
pub(crate) const fn is_writable(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => false,
        _ => true,
    }
}

/// Writes elements in the order in which they are asked for.
pub(crate) struct Writer {
    out: String,
}

impl Writer {
    /// With a declaration.
    pub fn new(encoding: &str) -> Self {
        Self { out: format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>") }
    }

    /// An element with others in it.
    pub fn within(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        write: impl FnOnce(&mut Self),
    ) {
        self.tag(name, attributes);
        self.out.push('>');
        write(self);
        self.end(name);
    }

    /// An element with text in it.
    pub fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.within(name, attributes, |writer| writer.escaped(text));
    }

    /// An element with nothing in it.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.out.push_str("/>");
    }

    /// All of it.
    pub fn finish(self) -> String {
        self.out
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            self.out.push_str(&format!(" {name}=\""));
            self.escaped(value);
            self.out.push('"');
        }
    }

    fn end(&mut self, name: &str) {
        self.out.push_str(&format!("</{name}>"));
    }

    /// Blanks that a reader would change are written as numbers.
    fn escaped(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' => self.out.push_str("&#9;"),
                '\n' => self.out.push_str("&#10;"),
                '\r' => self.out.push_str("&#13;"),
                other => self.out.push(other),
            }
        }
    }
}
