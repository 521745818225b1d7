//! Messages to the bytes of a frame and back, by dialect and keys.

use crate::cipher::{self, CipherFault};
use crate::dialect::Dialect;
use crate::frame::{Frame, FrameFault, framed};
use crate::keys::Keys;
use crate::message::Message;
use crate::text;
use crate::xml::{self, XmlFault};
use crate::xml_form::{self, Unsayable};

/// One end's way to write and read.
#[derive(Clone, Debug)]
pub struct Codec {
    dialect: Dialect,
    keys: Keys,
}

/// Why something received is no message. No variant holds a key or what was decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not even a frame.
    #[error("{0}")]
    Frame(#[from] FrameFault),
    /// Does not decrypt.
    #[error("{0}")]
    Cipher(#[from] CipherFault),
    /// Not in the encoding of the dialect; most often because of another key.
    #[error(
        "the body is no text in the dialect's encoding: another key, another mode or another encoding"
    )]
    Text,
    /// No XML, or more of it than is read.
    #[error("{0}")]
    Xml(#[from] XmlFault),
}

/// Why a message cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeFault {
    /// The dialect or XML has no form for it.
    #[error("{0}")]
    Unsayable(#[from] Unsayable),
    /// The keys are not enough.
    #[error("{0}")]
    Cipher(#[from] CipherFault),
    /// Longer than any reader takes.
    #[error("{bytes} bytes are too many for one message")]
    TooLong {
        /// Of its body.
        bytes: usize,
    },
}

impl Codec {
    /// For one hub.
    ///
    /// # Errors
    /// When the dialect needs a key that is not there.
    pub fn new(dialect: Dialect, keys: Keys) -> Result<Self, CipherFault> {
        cipher::encrypt(&dialect.crypto, &keys, b"")?;
        Ok(Self { dialect, keys })
    }

    /// The dialect.
    pub const fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// What a collector answers to a challenge.
    pub fn answer(&self, challenge: &str) -> String {
        cipher::answer(&self.dialect.crypto, &self.keys, challenge)
    }

    /// The keys, to check an answer.
    pub(crate) const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Any bytes as an encrypted body, for tests that want damage behind the cipher.
    #[doc(hidden)]
    pub fn encrypted(&self, plain: &[u8]) -> Vec<u8> {
        cipher::encrypt(&self.dialect.crypto, &self.keys, plain).unwrap_or_default()
    }

    /// The bytes of a message; `command` goes into frames that have a place for it.
    ///
    /// # Errors
    /// When it cannot be written so that it would be read as it was.
    pub fn encode(&self, message: &Message, command: u32) -> Result<Vec<u8>, EncodeFault> {
        let written = xml_form::write(message, &self.dialect)?;
        let plain = text::to_bytes(self.dialect.text.encoding, &written);
        let kind = message.body.kind();
        let body = if self.dialect.encrypts(kind) {
            cipher::encrypt(&self.dialect.crypto, &self.keys, &plain)?
        } else {
            plain
        };
        framed(&self.dialect.frame, kind, command, &body)
            .map_err(|bytes| EncodeFault::TooLong { bytes })
    }

    /// The message of a frame.
    ///
    /// # Errors
    /// Why there is none.
    pub fn decode(&self, frame: &Frame) -> Result<Message, Fault> {
        // A frame that does not say its kind is of a dialect that encrypts all or nothing.
        let encrypted = match frame.kind {
            Some(kind) => self.dialect.encrypts(kind),
            None => !self.dialect.crypto.encrypted.is_empty(),
        };
        let decrypted;
        let plain = if encrypted {
            decrypted = cipher::decrypt(&self.dialect.crypto, &self.keys, &frame.body)?;
            &decrypted
        } else {
            &frame.body
        };
        let text = text::from_bytes(self.dialect.text.encoding, plain).ok_or(Fault::Text)?;
        Ok(xml_form::read(&xml::parse(&text)?)?)
    }
}
