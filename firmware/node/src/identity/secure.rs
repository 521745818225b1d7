//! What the session with the broker is secured with: the campus's certificate, and a key of its own.

use super::{BadIdentity, HOST_BYTES_MAX, Lines};
use base64::display::Base64Display;
use base64::engine::Engine;
use base64::engine::general_purpose::STANDARD;
use core::fmt;
use heapless::{String, Vec};

/// Longest certificate, bytes of DER: one of P-256 with short names takes 400 to 600.
pub const CERTIFICATE_BYTES_MAX: usize = 1024;

/// Longest private key, bytes of DER: SEC1 of P-256 takes 121.
pub const KEY_BYTES_MAX: usize = 160;

/// DER of a certificate.
pub type Certificate = Vec<u8, CERTIFICATE_BYTES_MAX>;

/// TLS 1.3 with the broker.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secure {
    /// The name that the broker's certificate must bear; empty means its host.
    pub server: String<HOST_BYTES_MAX>,
    /// The campus's certificate authority (EC P-256). Empty means TCP without TLS.
    pub ca: Certificate,
    /// Certificate of this node; empty where it proves itself by password.
    pub cert: Certificate,
    /// SEC1 key of that certificate.
    pub key: Vec<u8, KEY_BYTES_MAX>,
}

impl Secure {
    /// Whether there is TLS, and nothing without it.
    pub fn is_on(&self) -> bool {
        !self.ca.is_empty()
    }

    pub(super) fn of(lines: &Lines<'_>) -> Result<Self, BadIdentity> {
        let server = lines.server.unwrap_or("");
        if !server.bytes().all(super::plain) {
            return Err(BadIdentity::Bad("server"));
        }
        let secure = Self {
            server: String::try_from(server).map_err(|_| BadIdentity::Bad("server"))?,
            ca: der(lines.ca, "ca")?,
            cert: der(lines.cert, "cert")?,
            key: der(lines.key, "key")?,
        };
        match (secure.is_on(), secure.cert.is_empty(), secure.key.is_empty()) {
            (_, true, true) | (true, false, false) => Ok(secure),
            (_, false, true) => Err(BadIdentity::Missing("key")),
            (_, true, false) => Err(BadIdentity::Missing("cert")),
            // It would be shown to whoever listens.
            (false, false, false) => Err(BadIdentity::Missing("ca")),
        }
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.server.is_empty() {
            writeln!(f, "server={}", self.server)?;
        }
        for (key, der) in [("ca", &self.ca[..]), ("cert", &self.cert), ("key", &self.key)] {
            if !der.is_empty() {
                f.write_str(key)?;
                writeln!(f, "={}", Base64Display::new(der, &STANDARD))?;
            }
        }
        Ok(())
    }
}

/// Length of the text of so many bytes (RFC 4648, section 4).
pub(super) const fn text_bytes(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

/// One DER sequence, and nothing behind it. Only one text gives the same bytes.
fn der<const N: usize>(text: Option<&str>, key: &'static str) -> Result<Vec<u8, N>, BadIdentity> {
    let mut bytes = Vec::<u8, N>::new();
    // As many as there is room for.
    let _ = bytes.resize(N, 0);
    let len = STANDARD.decode_slice(text.unwrap_or(""), &mut bytes);
    bytes.truncate(len.map_err(|_| BadIdentity::Bad(key))?);
    let whole = match bytes[..] {
        [] => text.is_none(),
        [0x30, len @ ..=0x7f, ref rest @ ..] => rest.len() == usize::from(len),
        [0x30, 0x81, len, ref rest @ ..] => rest.len() == usize::from(len),
        [0x30, 0x82, high, low, ref rest @ ..] => {
            rest.len() == usize::from(u16::from_be_bytes([high, low]))
        }
        _ => false,
    };
    if whole { Ok(bytes) } else { Err(BadIdentity::Bad(key)) }
}
