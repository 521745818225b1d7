//! The little JSON that the wire needs: a strict pull reader and a bounded writer.
//!
//! Numbers become integers (thousandths) without passing through a float.
//! Unknown keys are skipped, whatever valid JSON they hold, down to [`DEPTH_MAX`].

use crate::refusal::Refusal;
use core::fmt::{self, Write as _};

/// Deepest nesting that is skipped in an unknown key.
const DEPTH_MAX: usize = 8;

type Result<T> = core::result::Result<T, Refusal>;

/// Reads one JSON text from front to back.
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// A JSON value as far as the wire knows them.
pub(crate) enum Scalar<'a> {
    Number(Number),
    Text(&'a str),
    Bool(bool),
}

/// A decimal as it stood in the text.
pub(crate) struct Number {
    /// In thousandths, rounded half away from zero; `None` when too large for any quantity.
    pub milli: Option<i64>,
    /// Whether rounding took nothing away.
    exact: bool,
}

impl<'a> Reader<'a> {
    /// Checks length and encoding; reads nothing yet.
    pub fn new(bytes: &'a [u8]) -> Result<Self> {
        if bytes.len() > crate::PAYLOAD_BYTES_MAX {
            return Err(Refusal::TooLong);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| Refusal::NotUtf8)?;
        Ok(Self { text, at: 0 })
    }

    /// Reads an object; `each` must read exactly the value of the key it is given.
    pub fn object(&mut self, mut each: impl FnMut(&'a str, &mut Self) -> Result<()>) -> Result<()> {
        self.expect(b'{')?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_space();
            let key = self.text()?;
            self.expect(b':')?;
            each(key, self)?;
            if self.closes(b'}')? {
                return Ok(());
            }
        }
    }

    /// Reads a list; `each` must read exactly one item.
    pub fn list(&mut self, mut each: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.expect(b'[')?;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            each(self)?;
            if self.closes(b']')? {
                return Ok(());
            }
        }
    }

    /// Nothing but white space may follow.
    pub fn end(&mut self) -> Result<()> {
        if self.peek().is_some() { self.broken() } else { Ok(()) }
    }

    /// Whether an object comes next.
    pub fn at_object(&mut self) -> bool {
        self.peek() == Some(b'{')
    }

    /// A number, a text or a truth value; `key` names it in the refusal.
    pub fn scalar(&mut self, key: &'static str) -> Result<Scalar<'a>> {
        match self.peek() {
            Some(b'"') => Ok(Scalar::Text(self.text()?)),
            Some(b'-' | b'0'..=b'9') => Ok(Scalar::Number(self.number()?)),
            Some(b't') => self.word("true").map(|()| Scalar::Bool(true)),
            Some(b'f') => self.word("false").map(|()| Scalar::Bool(false)),
            Some(b'{' | b'[' | b'n') => Err(Refusal::BadValue(key)),
            _ => self.broken(),
        }
    }

    /// A whole number from 0 to `max`.
    pub fn unsigned(&mut self, key: &'static str, max: u64) -> Result<u64> {
        match self.scalar(key)? {
            Scalar::Number(Number { milli: Some(milli), exact: true })
                if milli >= 0 && milli % 1000 == 0 && milli as u64 / 1000 <= max =>
            {
                Ok(milli as u64 / 1000)
            }
            _ => Err(Refusal::BadValue(key)),
        }
    }

    /// A whole number that fits 32 bits.
    pub fn unsigned32(&mut self, key: &'static str) -> Result<u32> {
        self.unsigned(key, u64::from(u32::MAX)).map(|value| value as u32)
    }

    /// A text of at most `max` bytes without escapes.
    pub fn short_text(&mut self, key: &'static str, max: usize) -> Result<&'a str> {
        match self.scalar(key)? {
            Scalar::Text(text) if text.len() <= max => Ok(text),
            _ => Err(Refusal::BadValue(key)),
        }
    }

    /// A truth value.
    pub fn truth(&mut self, key: &'static str) -> Result<bool> {
        match self.scalar(key)? {
            Scalar::Bool(truth) => Ok(truth),
            _ => Err(Refusal::BadValue(key)),
        }
    }

    /// Skips one value of any kind: this is how old programs read newer senders.
    pub fn skip(&mut self) -> Result<()> {
        self.skip_nested(0)
    }

    fn skip_nested(&mut self, depth: usize) -> Result<()> {
        if depth > DEPTH_MAX {
            return Err(Refusal::TooDeep);
        }
        match self.peek() {
            Some(b'{') => self.object(|_, inner| inner.skip_nested(depth + 1)),
            Some(b'[') => self.list(|inner| inner.skip_nested(depth + 1)),
            Some(b'"') => self.skip_text(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            Some(b'-' | b'0'..=b'9') => self.skip_number(),
            _ => self.broken(),
        }
    }

    /// A text without escapes or control characters: the wire's own names never need them.
    fn text(&mut self) -> Result<&'a str> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match self.bytes().get(self.at) {
                Some(b'"') => break,
                Some(b'\\') | Some(0..=0x1f) | None => return self.broken(),
                Some(_) => self.at += 1,
            }
        }
        let text = self.text.get(start..self.at).ok_or(Refusal::NotUtf8)?;
        self.at += 1;
        Ok(text)
    }

    fn skip_text(&mut self) -> Result<()> {
        self.expect(b'"')?;
        loop {
            match self.bytes().get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.skip_escape()?,
                Some(0..=0x1f) | None => return self.broken(),
                Some(_) => self.at += 1,
            }
        }
    }

    fn skip_escape(&mut self) -> Result<()> {
        let rest = &self.bytes()[self.at + 1..];
        let len = match rest.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') if rest.len() > 4 && rest[1..5].iter().all(u8::is_ascii_hexdigit) => 6,
            _ => return self.broken(),
        };
        self.at += len;
        Ok(())
    }

    /// A plain decimal; exponents are refused, because no sender of ours needs them.
    fn number(&mut self) -> Result<Number> {
        let negative = self.skip_byte(b"-");
        let mut milli: Option<i64> = Some(0);
        let push = |milli: &mut Option<i64>, digit: &u8| {
            *milli = milli.and_then(|m| m.checked_mul(10)?.checked_add(i64::from(digit - b'0')));
        };
        self.whole_digits()?.iter().for_each(|digit| push(&mut milli, digit));
        let fraction = if self.skip_byte(b".") { self.digits()? } else { &[] };
        if let Some(b'e' | b'E') = self.bytes().get(self.at) {
            return self.broken();
        }
        let (kept, rest) = fraction.split_at(fraction.len().min(3));
        kept.iter().for_each(|digit| push(&mut milli, digit));
        (kept.len()..3).for_each(|_| push(&mut milli, &b'0'));
        if rest.first().is_some_and(|digit| *digit >= b'5') {
            milli = milli.and_then(|m| m.checked_add(1));
        }
        let milli = milli.map(|m| if negative { -m } else { m });
        Ok(Number { milli, exact: rest.iter().all(|digit| *digit == b'0') })
    }

    /// Any number that JSON allows.
    fn skip_number(&mut self) -> Result<()> {
        self.skip_byte(b"-");
        self.whole_digits()?;
        if self.skip_byte(b".") {
            self.digits()?;
        }
        if self.skip_byte(b"eE") {
            self.skip_byte(b"+-");
            self.digits()?;
        }
        Ok(())
    }

    /// At least one digit, and no zero in front of others.
    fn whole_digits(&mut self) -> Result<&'a [u8]> {
        match self.digits()? {
            [b'0', _, ..] => self.broken(),
            digits => Ok(digits),
        }
    }

    /// At least one digit.
    fn digits(&mut self) -> Result<&'a [u8]> {
        let rest = &self.bytes()[self.at..];
        let len = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if len == 0 {
            return self.broken();
        }
        self.at += len;
        Ok(&rest[..len])
    }

    /// Skips the next byte when it is one of `any`.
    fn skip_byte(&mut self, any: &[u8]) -> bool {
        let there = self.bytes().get(self.at).is_some_and(|byte| any.contains(byte));
        self.at += usize::from(there);
        there
    }

    fn word(&mut self, word: &str) -> Result<()> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(())
        } else {
            self.broken()
        }
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes().get(self.at) {
            self.at += 1;
        }
    }

    fn peek(&mut self) -> Option<u8> {
        self.skip_space();
        self.bytes().get(self.at).copied()
    }

    /// After an item: whether `bracket` ends the row, or a comma says that another one follows.
    fn closes(&mut self, bracket: u8) -> Result<bool> {
        match self.peek() {
            Some(b',') => self.expect(b',').map(|()| false),
            _ => self.expect(bracket).map(|()| true),
        }
    }

    fn expect(&mut self, wanted: u8) -> Result<()> {
        if self.peek() != Some(wanted) {
            return self.broken();
        }
        self.at += 1;
        Ok(())
    }

    /// Not JSON, seen at the byte where reading stopped.
    fn broken<T>(&self) -> Result<T> {
        Err(Refusal::NotJson(self.at.min(usize::from(u16::MAX)) as u16))
    }
}

/// The `v` of a payload, wherever it stands; `None` where there is none to be found.
///
/// Asked when a payload was refused for another reason: a newer version may look quite different,
/// and "newer" is what the reader wants to hear.
pub(crate) fn find_version(bytes: &[u8]) -> Option<u32> {
    let mut found = None;
    let mut reader = Reader::new(bytes).ok()?;
    let _ = reader.object(|key, value| match key {
        "v" => {
            found = Some(value.unsigned32("v")?);
            Ok(())
        }
        _ => value.skip(),
    });
    found
}

/// Parses with `read`; a refusal of a payload of another version says so.
pub(crate) fn parse<'a, T>(
    bytes: &'a [u8],
    read: impl FnOnce(&mut Reader<'a>) -> Result<T>,
) -> Result<T> {
    let mut reader = Reader::new(bytes)?;
    let result = read(&mut reader).and_then(|value| reader.end().map(|()| value));
    result.map_err(|refusal| match find_version(bytes) {
        Some(version) if version != crate::VERSION => Refusal::ForeignVersion(version),
        _ => refusal,
    })
}

/// Reads and checks the value of `v`.
pub(crate) fn version(value: &mut Reader<'_>) -> Result<()> {
    match value.unsigned32("v")? {
        crate::VERSION => Ok(()),
        other => Err(Refusal::ForeignVersion(other)),
    }
}

/// Sets `slot` once.
pub(crate) fn once<T>(slot: &mut Option<T>, value: T) -> Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Refusal::DuplicateKey),
    }
}

/// The output buffer is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// Writes JSON into a buffer of fixed size.
pub(crate) struct Writer<'b> {
    out: &'b mut [u8],
    len: usize,
    full: bool,
    comma: bool,
}

impl<'b> Writer<'b> {
    pub fn new(out: &'b mut [u8]) -> Self {
        Self { out, len: 0, full: false, comma: false }
    }

    /// `{` or `[`, also as the value of the key just written.
    pub fn open(&mut self, bracket: char) {
        self.separate();
        self.raw(format_args!("{bracket}"));
        self.comma = false;
    }

    /// `}` or `]`.
    pub fn close(&mut self, bracket: char) {
        self.raw(format_args!("{bracket}"));
        self.comma = true;
    }

    /// A key, without its value.
    pub fn key(&mut self, key: impl fmt::Display) {
        self.separate();
        self.raw(format_args!("\"{key}\":"));
        self.comma = false;
    }

    /// A key and a number or truth value.
    pub fn field(&mut self, key: &str, value: impl fmt::Display) {
        self.key(key);
        self.item(value);
    }

    /// A key and a text that needs no escapes.
    pub fn text_field(&mut self, key: &str, value: &str) {
        self.key(key);
        self.text_item(value);
    }

    /// A number or truth value, in a list or after a key.
    pub fn item(&mut self, value: impl fmt::Display) {
        self.separate();
        self.raw(format_args!("{value}"));
        self.comma = true;
    }

    /// A text that needs no escapes, in a list or after a key.
    pub fn text_item(&mut self, value: &str) {
        self.separate();
        self.raw(format_args!("\"{value}\""));
        self.comma = true;
    }

    /// How many bytes were written.
    pub fn finish(self) -> core::result::Result<usize, Full> {
        if self.full { Err(Full) } else { Ok(self.len) }
    }

    fn separate(&mut self) {
        if self.comma {
            self.raw(format_args!(","));
        }
        self.comma = false;
    }

    fn raw(&mut self, args: fmt::Arguments<'_>) {
        if self.write_fmt(args).is_err() {
            self.full = true;
        }
    }
}

impl fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let Some(room) = self.out.get_mut(self.len..end) else {
            return Err(fmt::Error);
        };
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
