//! Bytes as hexadecimal digits, as keys and answers travel and lie in files.

/// Two digits a byte, in lower case.
pub fn of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of digits; `None` for anything else.
pub fn bytes(digits: &str) -> Option<Vec<u8>> {
    if !digits.is_ascii() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_back_and_nothing_else_is_taken() {
        assert_eq!(of(&[0, 0xa5, 0xff]), "00a5ff");
        assert_eq!(bytes("00a5FF"), Some(vec![0, 0xa5, 0xff]));
        for wrong in ["0", "0g", "ä", "0x"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
