//! Reads from a linked program what lies where: only what a board's tools need of ELF (System V ABI, 4 and 5).

use anyhow::{Context, ensure};

/// What is loaded into memory or flash.
#[derive(Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Where the content is stored: for initial values of variables that is in flash.
    pub address: u32,
    /// The content.
    pub bytes: &'a [u8],
}

/// Everything that a 32-bit little-endian program brings along, in its order.
///
/// # Errors
/// The file is no such program.
pub fn segments(elf: &[u8]) -> anyhow::Result<Vec<Segment<'_>>> {
    ensure!(elf.starts_with(b"\x7fELF\x01\x01"), "no 32-bit little-endian ELF file");
    let table = word(elf, 28)? as usize;
    let (size, count) = (half(elf, 42)? as usize, half(elf, 44)? as usize);
    let mut segments = Vec::new();
    for entry in (0..count).map(|nth| table + nth * size) {
        let (start, length) = (word(elf, entry + 4)? as usize, word(elf, entry + 16)? as usize);
        // 1 is PT_LOAD; one without content is zeroed memory.
        if word(elf, entry)? == 1 && length > 0 {
            let bytes =
                elf.get(start..start + length).context("a segment lies outside the file")?;
            segments.push(Segment { address: word(elf, entry + 12)?, bytes });
        }
    }
    Ok(segments)
}

/// What a linked program takes, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Code, constants, and the initial values of variables.
    pub flash: u64,
    /// Variables, without the stack.
    pub ram: u64,
}

/// What a 32-bit little-endian program takes of flash and memory, by its sections.
///
/// # Errors
/// The file is no such program.
pub fn sizes(elf: &[u8]) -> anyhow::Result<Sizes> {
    ensure!(elf.starts_with(b"\x7fELF\x01\x01"), "no 32-bit little-endian ELF file");
    let table = word(elf, 32)? as usize;
    let (size, count) = (half(elf, 46)? as usize, half(elf, 48)? as usize);
    let mut sizes = Sizes { flash: 0, ram: 0 };
    for entry in (0..count).map(|nth| table + nth * size) {
        let (kind, flags) = (word(elf, entry + 4)?, word(elf, entry + 8)?);
        let length = u64::from(word(elf, entry + 20)?);
        // SHF_WRITE is 1, SHF_ALLOC is 2; SHT_NOBITS is 8: nothing of it is stored.
        if flags & 2 != 0 && kind != 8 {
            sizes.flash += length;
        }
        if flags & 3 == 3 {
            sizes.ram += length;
        }
    }
    Ok(sizes)
}

fn word(elf: &[u8], at: usize) -> anyhow::Result<u32> {
    let bytes = elf.get(at..).and_then(<[u8]>::first_chunk).context("the file is too short")?;
    Ok(u32::from_le_bytes(*bytes))
}

fn half(elf: &[u8], at: usize) -> anyhow::Result<u16> {
    let bytes = elf.get(at..).and_then(<[u8]>::first_chunk).context("the file is too short")?;
    Ok(u16::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with these program headers: kind, offset, physical address, length.
    fn elf(headers: &[[u32; 4]]) -> Vec<u8> {
        let mut elf = b"\x7fELF\x01\x01".to_vec();
        elf.resize(52, 0);
        elf[28] = 52;
        elf[42] = 32;
        elf[44] = headers.len() as u8;
        for [kind, offset, address, length] in headers {
            for word in [*kind, *offset, 0x2000_0000, *address, *length, *length, 0, 0] {
                elf.extend(word.to_le_bytes());
            }
        }
        elf.extend(0..200);
        elf
    }

    #[test]
    fn segments_with_content_are_found_where_they_are_stored() {
        let elf = elf(&[
            [1, 148, 0x1000_0000, 3],
            [1, 160, 0x1000_0100, 0],
            [6, 148, 9, 3],
            [1, 150, 0x1000_0003, 2],
        ]);
        let found = segments(&elf).unwrap();
        let found: Vec<_> = found.iter().map(|piece| (piece.address, piece.bytes.len())).collect();
        assert_eq!(found, [(0x1000_0000, 3), (0x1000_0003, 2)]);
    }

    #[test]
    fn constants_are_in_flash_variables_in_memory_and_their_values_in_both() {
        let mut elf = elf(&[]);
        let table = elf.len();
        elf[32..36].copy_from_slice(&(table as u32).to_le_bytes());
        elf[46] = 40;
        // Kind, flags, length: code, initialised, zeroed, and what is not loaded.
        for [kind, flags, length] in [[1, 6, 1000], [1, 3, 20], [8, 3, 300], [1, 0, 9999]] {
            elf[48] += 1;
            for word in [0, kind, flags, 0, 0, length, 0, 0, 0, 0u32] {
                elf.extend(word.to_le_bytes());
            }
        }
        assert_eq!(sizes(&elf).unwrap(), Sizes { flash: 1020, ram: 320 });
    }

    #[test]
    fn what_is_no_program_is_refused() {
        for bad in [&b""[..], b"\x7fELF\x02\x01", b"\x7fELF\x01\x01", &elf(&[[1, 148, 0, 10_000]])]
        {
            assert!(segments(bad).is_err());
        }
    }
}
