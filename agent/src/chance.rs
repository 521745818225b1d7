//! Numbers of chance that nobody can guess, from the operating system.

use crate::digits;
use std::io::{Read, Result};

/// So many bytes.
///
/// # Errors
/// The system has none.
pub fn draw<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A password or key of `N` bytes, as hexadecimal digits.
///
/// # Errors
/// The system has none.
pub fn secret<const N: usize>() -> Result<String> {
    Ok(digits::of(&draw::<N>()?))
}
