//! Base64 with its standard alphabet and padding (RFC 4648, section 4): certificates and keys in a line of text.

use core::fmt::{self, Write};
use heapless::Vec;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Length of the text of so many bytes.
pub const fn text_bytes(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

/// Bytes that show themselves as text.
pub struct Text<'a>(pub &'a [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.chunks(3) {
            let mut bits = [0; 4];
            bits[1..=part.len()].copy_from_slice(part);
            let bits = u32::from_be_bytes(bits);
            for place in 0..4 {
                let letter = ALPHABET[(bits >> (18 - 6 * place)) as usize & 63];
                f.write_char(if place <= part.len() { char::from(letter) } else { '=' })?;
            }
        }
        Ok(())
    }
}

/// The bytes of a text; nothing if it is no such text, or longer than fits. Only one text gives the same bytes.
pub fn decode<const N: usize>(text: &str) -> Option<Vec<u8, N>> {
    let mut bytes = Vec::new();
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let pad = text.bytes().rev().take(2).take_while(|byte| *byte == b'=').count();
    let (quads, _) = text.as_bytes().as_chunks::<4>();
    for (at, quad) in quads.iter().enumerate() {
        let pad = if at + 1 == quads.len() { pad } else { 0 };
        let mut bits = 0;
        for letter in &quad[..4 - pad] {
            bits = bits << 6 | value(*letter)?;
        }
        bits <<= 6 * pad;
        let [_, part @ ..] = u32::to_be_bytes(bits);
        let (part, rest) = part.split_at(3 - pad);
        // Bits that no byte takes are zero, or two texts would mean the same.
        if rest.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(part).ok()?;
    }
    Some(bytes)
}

fn value(letter: u8) -> Option<u32> {
    Some(u32::from(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(std::format!("{}", Text(bytes.as_bytes())), text);
            assert_eq!(decode::<6>(text).unwrap(), bytes.as_bytes());
            assert_eq!(text_bytes(bytes.len()), text.len());
        }
    }

    #[test]
    fn what_is_no_such_text_is_refused() {
        for text in
            ["Z", "Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v Zm8", "Zm-v"]
        {
            assert_eq!(decode::<16>(text), None, "{text}");
        }
        assert_eq!(decode::<5>("Zm9vYmFy"), None, "longer than fits");
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let text = std::format!("{}", Text(&bytes));
            prop_assert_eq!(decode::<100>(&text).unwrap(), &bytes[..]);
        }

        #[test]
        fn a_text_that_is_read_is_the_only_one_of_its_bytes(text in "[A-Da-b+/=]{0,12}") {
            if let Some(bytes) = decode::<16>(&text) {
                prop_assert_eq!(std::format!("{}", Text(&bytes)), text);
            }
        }
    }
}
