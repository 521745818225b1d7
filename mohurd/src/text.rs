//! Text to bytes and back, in the encoding of the dialect.

use crate::dialect::Encoding;

/// Bytes of `text`. What GBK cannot write becomes a numeric reference, which XML reads back.
pub(crate) fn to_bytes(encoding: Encoding, text: &str) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Gbk => encoding_rs::GBK.encode(text).0.into_owned(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    }
}

/// The text of `bytes`, without what filled the last block and without a byte order mark; nothing when
/// they are no text in this encoding.
pub(crate) fn from_bytes(encoding: Encoding, bytes: &[u8]) -> Option<String> {
    let encoding = match encoding {
        Encoding::Utf8 => encoding_rs::UTF_8,
        Encoding::Gbk => encoding_rs::GBK,
        Encoding::Utf16Le => encoding_rs::UTF_16LE,
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let text = text.trim_start_matches('\u{feff}').trim_end_matches('\0');
    Some(text.trim().to_owned())
}

/// What the XML declaration calls the encoding.
pub(crate) const fn name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => "utf-8",
        Encoding::Gbk => "GBK",
        Encoding::Utf16Le => "utf-16",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_without_what_filled_the_block() {
        let text = "<a name=\"照明与插座\">é €</a>";
        for encoding in [Encoding::Utf8, Encoding::Gbk, Encoding::Utf16Le] {
            let mut bytes = to_bytes(encoding, text);
            let (before, missing) = (bytes.len(), (16 - bytes.len() % 16) % 16);
            bytes.resize(before + missing, 0);
            let read = from_bytes(encoding, &bytes).expect("a text");
            assert_eq!(read, text, "{encoding:?}");
        }
        assert_eq!(from_bytes(Encoding::Utf8, b"\xef\xbb\xbf<a/>"), Some("<a/>".to_owned()));
        assert_eq!(from_bytes(Encoding::Utf8, b"\xff<a/>"), None);
        assert_eq!(from_bytes(Encoding::Utf16Le, b"\x00\xd8<\x00"), None, "half a pair");
    }

    #[test]
    fn what_gbk_does_not_have_is_written_as_a_reference() {
        assert_eq!(to_bytes(Encoding::Gbk, "😀"), b"&#128512;");
    }
}
