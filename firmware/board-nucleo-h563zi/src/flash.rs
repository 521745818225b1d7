//! The node's own area: the last 640 KiB of the second bank, seen as a flash of 4 KiB pages whose words may be
//! written twice, which is what the store wants.
//!
//! This chip erases 8 KiB at once and guards every 16 bytes with check bits, so that they can be
//! written only once (RM0481, "Embedded flash memory"). So a page of 4 KiB takes a sector of 8: the first half holds
//! what is written first, the second half what is written over it. A read takes the second half
//! where there is something in it. A power cut leaves the old or the new of each 16 bytes, or
//! 16 bytes that the chip itself knows to be torn; `restart.rs` lets those be read as what they are,
//! and the store's own check sums throw them away.
//!
//! ```text
//! page 0 (identity) 0x0816_0000  first │ over      page n  0x0816_0000 + n · 8 KiB
//! ```

use embassy_stm32::Peri;
use embassy_stm32::flash::{Blocking, Error, Flash};
use embassy_stm32::peripherals::FLASH;
use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};

/// Where the area begins, counted from the start of the flash; `memory.x` keeps the program out of it.
const START_B: u32 = 0x16_0000;
/// A page as the store sees it, in bytes.
const PAGE_B: u32 = 4096;
/// What is erased at once, in bytes.
const SECTOR_B: u32 = 8192;
/// How long the area is as the store sees it, in bytes.
pub const LENGTH_B: u32 = (0x20_0000 - START_B) / SECTOR_B * PAGE_B;
/// What is written at once, in bytes.
const WORD_B: usize = 16;
/// What the chip holds where nothing was written.
const BLANK: Word = [0xFF; WORD_B];

type Word = [u8; WORD_B];

/// The area.
pub struct Area(Flash<'static, Blocking>);

impl Area {
    /// The area of the chip that this program runs from.
    pub fn new(flash: Peri<'static, FLASH>) -> Self {
        Self(Flash::new_blocking(flash))
    }

    /// The 16 bytes that begin at this place of the chip.
    fn raw(&mut self, place: u32) -> Result<Word, Error> {
        let mut word = BLANK;
        self.0.blocking_read(place, &mut word)?;
        Ok(word)
    }

    /// The 16 bytes that begin at this offset, which is a multiple of 16, as the store sees them.
    fn word(&mut self, offset: u32) -> Result<Word, Error> {
        match self.raw(over(offset))? {
            BLANK => self.raw(first(offset)),
            word => Ok(word),
        }
    }
}

impl ErrorType for Area {
    type Error = Error;
}

impl ReadNorFlash for Area {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        within(offset, bytes.len())?;
        let mut at = offset;
        let mut left = bytes;
        while !left.is_empty() {
            let skip = at as usize % WORD_B;
            let word = self.word(at - skip as u32)?;
            let (now, rest) = left.split_at_mut(left.len().min(WORD_B - skip));
            now.copy_from_slice(&word[skip..skip + now.len()]);
            at += now.len() as u32;
            left = rest;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        LENGTH_B as usize
    }
}

impl NorFlash for Area {
    const WRITE_SIZE: usize = WORD_B;
    const ERASE_SIZE: usize = PAGE_B as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Error> {
        within(from, to.checked_sub(from).ok_or(Error::Size)? as usize)?;
        if from % PAGE_B != 0 || to % PAGE_B != 0 {
            return Err(Error::Unaligned);
        }
        let sector = |offset: u32| START_B + offset / PAGE_B * SECTOR_B;
        self.0.blocking_erase(sector(from), sector(to))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        within(offset, bytes.len())?;
        if offset as usize % WORD_B != 0 || bytes.len() % WORD_B != 0 {
            return Err(Error::Unaligned);
        }
        for (at, bytes) in (offset..).step_by(WORD_B).zip(bytes.chunks_exact(WORD_B)) {
            let there = self.raw(first(at))?;
            if there == BLANK {
                self.0.blocking_write(first(at), bytes)?;
                continue;
            }
            // As in any NOR flash, a bit that is 0 stays 0.
            let mut word = there;
            word.iter_mut().zip(bytes).for_each(|(old, new)| *old &= new);
            match self.raw(over(at))? {
                _ if word == there => {}
                BLANK => self.0.blocking_write(over(at), &word)?,
                // Twice is what the store does, and all that this chip can do.
                known if known == word => {}
                _ => return Err(Error::Seq),
            }
        }
        Ok(())
    }
}

impl MultiwriteNorFlash for Area {}

/// Where in the chip lies what was written first.
const fn first(offset: u32) -> u32 {
    START_B + offset / PAGE_B * SECTOR_B + offset % PAGE_B
}

/// Where in the chip lies what was written over it.
const fn over(offset: u32) -> u32 {
    first(offset) + PAGE_B
}

fn within(offset: u32, length: usize) -> Result<(), Error> {
    let fits = offset <= LENGTH_B && length <= (LENGTH_B - offset) as usize;
    if fits { Ok(()) } else { Err(Error::Size) }
}
