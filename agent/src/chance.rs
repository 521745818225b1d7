//! Numbers of chance that nobody can guess, from the operating system.

use std::io::{Read, Result};

/// 128 bits.
///
/// # Errors
/// The system has none.
pub fn draw() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
