//! Words, numbers, texts and signs of a condition, each with its place.

use crate::fault::{Fault, Span};

/// One piece of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'t> {
    /// `occupied`, `between`, `true`.
    Name(&'t str),
    /// In thousandths.
    Number(i64),
    /// What stands between quotes.
    Text(&'t str),
    /// `&&`, `(`, …
    Sign(&'static str),
    /// Nothing more.
    End,
}

/// Longest first, so that `<=` is not `<` and `=`.
const SIGNS: [&str; 18] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "(", ")", "[", "]", ",",
];

/// What people type instead, and what they mean.
const SLIPS: [(&str, &str); 14] = [
    ("=", "`==` compares; a single `=` means nothing here"),
    ("&", "and is written `&&`"),
    ("|", "or is written `||`"),
    ("（", "this is a full-width bracket; switch the input method and type `(`"),
    ("）", "this is a full-width bracket; switch the input method and type `)`"),
    ("，", "this is a full-width comma; switch the input method and type `,`"),
    ("＞", "this is a full-width sign; switch the input method and type `>`"),
    ("＜", "this is a full-width sign; switch the input method and type `<`"),
    ("＝", "this is a full-width sign; switch the input method and type `==`"),
    ("！", "this is a full-width sign; switch the input method and type `!`"),
    ("“", "use straight quotes: \"lesson\""),
    ("”", "use straight quotes: \"lesson\""),
    ("≥", "at least is written `>=`"),
    ("≤", "at most is written `<=`"),
];

/// Cuts a condition into tokens; the last one is [`Token::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<(Token<'_>, Span)>, Fault> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = next(text, at, first)?;
        found.push((token, at..at + length));
        at += length;
    }
    found.push((Token::End, text.len()..text.len()));
    Ok(found)
}

fn next(text: &str, at: usize, first: char) -> Result<(Token<'_>, usize), Fault> {
    let rest = &text[at..];
    let run = |keep: fn(char) -> bool| rest.find(|it| !keep(it)).unwrap_or(rest.len());
    if first.is_ascii_alphabetic() || first == '_' {
        let length = run(|it| it.is_ascii_alphanumeric() || it == '_');
        return Ok((Token::Name(&rest[..length]), length));
    }
    if first.is_ascii_digit() {
        let length = run(|it| it.is_ascii_digit() || it == '.');
        return number(&rest[..length], at).map(|number| (Token::Number(number), length));
    }
    if first == '"' || first == '\'' {
        let Some(end) = rest[1..].find(first) else {
            let title = "this text has no closing quote";
            return Err(Fault { title: title.into(), at: at..text.len(), help: None });
        };
        return Ok((Token::Text(&rest[1..1 + end]), end + 2));
    }
    if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
        return Ok((Token::Sign(sign), sign.len()));
    }
    let meant = SLIPS.iter().find(|(slip, _)| rest.starts_with(slip));
    Err(Fault {
        title: format!("`{first}` has no meaning in a condition"),
        at: at..at + first.len_utf8(),
        help: meant.map(|(_, help)| (*help).to_owned()),
    })
}

/// A decimal number with at most three decimals, in thousandths.
fn number(text: &str, at: usize) -> Result<i64, Fault> {
    let fault = |help: &str| Fault {
        title: format!("`{text}` is no number that a condition takes"),
        at: at..at + text.len(),
        help: Some(help.to_owned()),
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || decimals.contains('.') || text.ends_with('.') {
        return Err(fault("at most three decimals: `0.125`; a time is a text: \"18:00\""));
    }
    let milli = format!("{whole}{decimals:0<3}");
    match milli.parse::<i64>() {
        Ok(milli) if milli <= NUMBER_MILLI_MAX => Ok(milli),
        _ => Err(fault("a million is the most")),
    }
}

/// Largest number in a condition, in thousandths: far above what any sensor of a room says, and low
/// enough that a product of two still fits.
const NUMBER_MILLI_MAX: i64 = 1_000_000_000;
