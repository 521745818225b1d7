//! Writes UF2: the format in which a file that is dropped on a board's USB drive gets into its flash.
//!
//! Blocks of 512 bytes, each with 256 bytes of content, its address and a family number, by which
//! a board knows that the file is meant for its kind (github.com/microsoft/uf2, "File format").

use crate::elf;
use anyhow::{Context, ensure};
use std::collections::BTreeMap;
use std::path::Path;

/// Writes a linked program for the RP2350 as UF2, and says how many bytes of flash it takes.
///
/// # Errors
/// The program cannot be read, or is linked for another place than the flash of this chip.
pub fn write(program: &Path, file: &Path) -> anyhow::Result<usize> {
    let elf =
        std::fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    let segments = elf::segments(&elf).with_context(|| format!("in {}", program.display()))?;
    let pieces: Vec<(u32, &[u8])> =
        segments.iter().map(|piece| (piece.address, piece.bytes)).collect();
    for (address, _) in &pieces {
        ensure!(RP2350_FLASH.contains(address), "{address:#010x} is not in the flash of an RP2350");
    }
    let content = self::file(RP2350_ARM_S, &pieces);
    std::fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(pieces.iter().map(|(_, bytes)| bytes.len()).sum())
}

/// Where the flash of an RP2350 is seen (datasheet, 2.2).
const RP2350_FLASH: std::ops::Range<u32> = 0x1000_0000..0x1100_0000;

/// Secure Arm programs of the RP2350, the only kind that we build; its boot ROM also writes other
/// content under it (RP2350 datasheet, 5.5.3).
pub const RP2350_ARM_S: u32 = 0xE48B_FF59;

/// Content of a block, in bytes: a page of flash.
const PAGE: usize = 256;
const BLOCK: usize = 512;
const FAMILY_GIVEN: u32 = 0x2000;

/// A file that puts each piece of content at its address. Pages of flash that are touched at all
/// are written whole, with 0xFF where nothing was said, which is what erased flash holds.
pub fn file(family: u32, pieces: &[(u32, &[u8])]) -> Vec<u8> {
    let mut pages: BTreeMap<u32, [u8; PAGE]> = BTreeMap::new();
    for (start, bytes) in pieces {
        for (address, byte) in (*start..).zip(*bytes) {
            let at = address as usize % PAGE;
            pages.entry(address - at as u32).or_insert([0xFF; PAGE])[at] = *byte;
        }
    }
    let count = pages.len() as u32;
    let blocks = (0..).zip(&pages).map(|(nth, (address, page))| {
        block([FAMILY_GIVEN, *address, PAGE as u32, nth, count, family], page)
    });
    blocks.flatten().collect()
}

fn block(head: [u32; 6], page: &[u8; PAGE]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let words = [0x0A32_4655, 0x9E5D_5157].into_iter().chain(head);
    for (place, word) in block.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    block[32..32 + PAGE].copy_from_slice(page);
    block[BLOCK - 4..].copy_from_slice(&0x0AB1_6F30_u32.to_le_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(file: &[u8], at: usize) -> u32 {
        u32::from_le_bytes(file[at..at + 4].try_into().unwrap())
    }

    #[test]
    fn a_block_is_what_the_format_says() {
        let file = file(RP2350_ARM_S, &[(0x1000_0000, &[7; 256])]);
        assert_eq!(file.len(), 512);
        assert_eq!(file[..8], *b"UF2\nWQ]\x9e");
        let head: Vec<u32> = (8..32).step_by(4).map(|at| word(&file, at)).collect();
        assert_eq!(head, [0x2000, 0x1000_0000, 256, 0, 1, 0xe48b_ff59]);
        assert_eq!(file[32..288], [7; 256]);
        assert_eq!(file[288..508], [0; 220]);
        assert_eq!(word(&file, 508), 0x0ab1_6f30);
    }

    #[test]
    fn pieces_share_pages_and_gaps_are_erased_flash() {
        let file = file(1, &[(0x1fe, &[1, 2, 3]), (0x1fa, &[9]), (0x400, &[4])]);
        let blocks: Vec<&[u8]> = file.chunks(512).collect();
        let heads: Vec<_> = blocks
            .iter()
            .map(|block| (word(block, 12), word(block, 20), word(block, 24)))
            .collect();
        assert_eq!(heads, [(0x100, 0, 3), (0x200, 1, 3), (0x400, 2, 3)]);
        assert_eq!(blocks[0][32 + 0xf8..32 + 0x100], [255, 255, 9, 255, 255, 255, 1, 2]);
        assert_eq!(blocks[1][32..35], [3, 255, 255]);
        assert_eq!(blocks[2][32..34], [4, 255]);
    }
}
