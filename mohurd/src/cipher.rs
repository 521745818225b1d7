//! AES-128 as the dialects use it, and the answer to a challenge. Neither protects against change.

use crate::dialect::{Case, Crypto, Iv, Md5Order, Mode, Padding};
use crate::keys::Keys;
use aes::Aes128;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use md5::{Digest, Md5};

/// Bytes of a block.
const BLOCK: usize = 16;

/// Why a body does not decrypt. Says nothing about what would have come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CipherFault {
    /// Not whole blocks.
    #[error("{length} encrypted bytes are no whole blocks of 16")]
    Blocks {
        /// Bytes.
        length: usize,
    },
    /// The last block does not end as it has to; most often because of another key.
    #[error("the padding does not fit: another key, another mode or a damaged body")]
    Padding,
    /// The dialect wants an IV from the key file, which has none.
    #[error("the dialect has `iv = \"file\"`, and the key file has no line `iv = …`")]
    NoIv,
}

/// Encrypts a text's bytes.
pub(crate) fn encrypt(crypto: &Crypto, keys: &Keys, plain: &[u8]) -> Result<Vec<u8>, CipherFault> {
    let iv = iv_of(crypto, keys)?;
    let mut bytes = plain.to_vec();
    pad(crypto.padding, &mut bytes);
    let key = keys.aes.bytes().into();
    let blocks = CipherFault::Blocks { length: bytes.len() };
    let length = bytes.len();
    let done = match crypto.mode {
        Mode::Cbc => cbc::Encryptor::<Aes128>::new(key, (&iv).into())
            .encrypt_padded::<NoPadding>(&mut bytes, length)
            .is_ok(),
        Mode::Ecb => ecb::Encryptor::<Aes128>::new(key)
            .encrypt_padded::<NoPadding>(&mut bytes, length)
            .is_ok(),
    };
    if done { Ok(bytes) } else { Err(blocks) }
}

/// The reverse; zeros and spaces that fill the last block stay, because only the text's encoding tells
/// where the text ends.
pub(crate) fn decrypt(crypto: &Crypto, keys: &Keys, body: &[u8]) -> Result<Vec<u8>, CipherFault> {
    let iv = iv_of(crypto, keys)?;
    let mut bytes = body.to_vec();
    let key = keys.aes.bytes().into();
    let done = match crypto.mode {
        Mode::Cbc => cbc::Decryptor::<Aes128>::new(key, (&iv).into())
            .decrypt_padded::<NoPadding>(&mut bytes)
            .is_ok(),
        Mode::Ecb => {
            ecb::Decryptor::<Aes128>::new(key).decrypt_padded::<NoPadding>(&mut bytes).is_ok()
        }
    };
    if !done || bytes.is_empty() {
        return Err(CipherFault::Blocks { length: body.len() });
    }
    if crypto.padding == Padding::Pkcs7 {
        let fill = usize::from(bytes.last().copied().unwrap_or_default());
        let good = (1..=BLOCK).contains(&fill)
            && bytes[bytes.len() - fill..].iter().all(|byte| usize::from(*byte) == fill);
        if !good {
            return Err(CipherFault::Padding);
        }
        bytes.truncate(bytes.len() - fill);
    }
    Ok(bytes)
}

/// What a collector answers to a challenge.
pub fn answer(crypto: &Crypto, keys: &Keys, challenge: &str) -> String {
    hashed(crypto.md5_order, crypto.md5_case, keys, challenge)
}

/// Whether `given` is the answer, written in either case; compared without stopping early.
pub fn is_answer(crypto: &Crypto, keys: &Keys, challenge: &str, given: &str) -> bool {
    let right = hashed(crypto.md5_order, Case::Lower, keys, challenge);
    let given = given.to_ascii_lowercase();
    let differ = right.bytes().zip(given.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    differ == 0 && right.len() == given.len()
}

/// Whether `given` would be the answer in the other order: then the dialect is wrong, not the key.
pub fn is_answer_in_other_order(
    crypto: &Crypto,
    keys: &Keys,
    challenge: &str,
    given: &str,
) -> bool {
    let other = match crypto.md5_order {
        Md5Order::KeySequence => Md5Order::SequenceKey,
        Md5Order::SequenceKey => Md5Order::KeySequence,
    };
    is_answer(&Crypto { md5_order: other, ..crypto.clone() }, keys, challenge, given)
}

fn hashed(order: Md5Order, case: Case, keys: &Keys, challenge: &str) -> String {
    let (key, challenge): (&[u8], &[u8]) = (keys.auth.bytes(), challenge.as_bytes());
    let (first, second) = match order {
        Md5Order::KeySequence => (key, challenge),
        Md5Order::SequenceKey => (challenge, key),
    };
    let digest = Md5::new().chain_update(first).chain_update(second).finalize();
    let byte = |byte: &u8| match case {
        Case::Lower => format!("{byte:02x}"),
        Case::Upper => format!("{byte:02X}"),
    };
    digest.iter().map(byte).collect()
}

fn iv_of(crypto: &Crypto, keys: &Keys) -> Result<[u8; 16], CipherFault> {
    match crypto.iv {
        Iv::Key => Ok(*keys.aes.bytes()),
        Iv::Zero => Ok([0; 16]),
        Iv::File => keys.iv.map(|iv| *iv.bytes()).ok_or(CipherFault::NoIv),
    }
}

fn pad(padding: Padding, bytes: &mut Vec<u8>) {
    let missing = (BLOCK - bytes.len() % BLOCK) % BLOCK;
    let (fill, count) = match padding {
        Padding::Zero => (0, missing),
        Padding::Space => (b' ', missing),
        Padding::Pkcs7 if missing == 0 => (BLOCK as u8, BLOCK),
        Padding::Pkcs7 => (missing as u8, missing),
    };
    bytes.resize(bytes.len() + count, fill);
}
