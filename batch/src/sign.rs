//! Who sent it: ed25519 over the bytes of a body, or over `GET` and a path, in one header.
//!
//! ```text
//! Campus-Signature: keyid=1f0c…, sig=base64…
//! ```

use crate::stream::{from_hex, write_hex};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// Name of the header.
pub const HEADER: &str = "campus-signature";

const SECRET: &str = "ed25519-secret:";
const PUBLIC: &str = "ed25519:";

/// A campus's key. It stays in a file of mode 0600; nothing prints it but [`SecretKey::expose`].
pub struct SecretKey(SigningKey);

/// What the hub knows of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// A header that was read. Whether it is true is another question: [`PublicKey::verifies`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Which key: 16 hexadecimal digits.
    pub key_id: String,
    signature: [u8; 64],
}

impl SecretKey {
    /// A key out of 32 random bytes.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// Reads what stands in a key file: one line, `ed25519-secret:` and 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self::from_seed(from_hex(text.trim().strip_prefix(SECRET)?)?))
    }

    /// What goes into the key file, for the one place that writes it.
    pub fn expose(&self) -> String {
        format!("{SECRET}{}", hex(self.0.as_bytes()))
    }

    /// The half that everybody may know.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The header for `bytes`: a body as it travels, or [`get`].
    pub fn sign(&self, bytes: &[u8]) -> String {
        let signature = STANDARD.encode(self.0.sign(bytes).to_bytes());
        format!("keyid={}, sig={signature}", self.public().id())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public())
    }
}

impl PublicKey {
    /// Reads `ed25519:` and 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = from_hex(text.trim().strip_prefix(PUBLIC)?)?;
        VerifyingKey::from_bytes(&bytes).ok().map(Self)
    }

    /// Its short name: the first 16 hexadecimal digits of its SHA-256.
    pub fn id(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes())[..8])
    }

    /// Whether its owner signed `bytes`.
    pub fn verifies(&self, bytes: &[u8], signed: &Signed) -> bool {
        let signature = Signature::from_bytes(&signed.signature);
        signed.key_id == self.id() && self.0.verify_strict(bytes, &signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PUBLIC)?;
        write_hex(self.0.as_bytes(), f)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Signed {
    /// Reads the header.
    pub fn parse(header: &str) -> Option<Self> {
        let (key, signature) = header.split_once(',')?;
        let key_id = key.trim().strip_prefix("keyid=")?;
        from_hex::<8>(key_id)?;
        let signature = STANDARD.decode(signature.trim().strip_prefix("sig=")?).ok()?;
        Some(Self { key_id: key_id.to_owned(), signature: signature.try_into().ok()? })
    }
}

/// What is signed of a request without a body. No batch begins like that.
pub fn get(path_and_query: &str) -> Vec<u8> {
    format!("GET {path_and_query}").into_bytes()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    // Writing to a text cannot fail.
    let _ = write_hex(bytes, &mut text);
    text
}
