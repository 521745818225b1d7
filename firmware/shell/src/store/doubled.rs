//! A flash whose words can be written once, seen as one whose words can be written twice.
//!
//! Flash with check bits (STM32H5: 16 bytes and their check bits at once; RM0481, "Embedded flash
//! memory") takes no second write into a word, and the store needs one: it marks what is forgotten in
//! place. So each page of 4 KiB takes a sector of 8: the first half holds what is written
//! first, the second half what is written over it, and what is read is both ANDed. That is what a flash
//! without check bits would hold, also when the power is cut in the middle of either.

use super::ERASE_BYTES;
use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};

/// Longest word of a flash, bytes: sequential-storage's limit.
const WORD_BYTES_MAX: usize = 32;

/// What a flash holds where nothing was written.
const BLANK: u8 = 0xff;

/// A part of a flash with sectors of 8 KiB, as pages of 4 KiB whose words may be written twice.
pub struct Doubled<F> {
    flash: F,
    start: u32,
    pages: u32,
}

/// Why nothing was read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault<E> {
    /// The flash refused.
    Flash(E),
    /// Not in this part.
    OutOfBounds,
    /// Not on the border of a word or page.
    NotAligned,
    /// Written a third time.
    Thrice,
}

impl<E: NorFlashError> NorFlashError for Fault<E> {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Flash(error) => error.kind(),
            Self::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            Self::NotAligned => NorFlashErrorKind::NotAligned,
            Self::Thrice => NorFlashErrorKind::Other,
        }
    }
}

impl<F: NorFlash> Doubled<F> {
    const WORD: usize = F::WRITE_SIZE;

    /// The sectors from `start` on, an offset in `flash`, for `pages` pages.
    pub const fn new(flash: F, start: u32, pages: u32) -> Self {
        const { assert!(F::ERASE_SIZE as u32 == 2 * ERASE_BYTES, "sectors of 8 KiB") };
        const { assert!(F::WRITE_SIZE <= WORD_BYTES_MAX && F::READ_SIZE == 1) };
        Self { flash, start, pages }
    }

    /// Where lies what is written first; what is written over it lies a page behind.
    const fn first(&self, offset: u32) -> u32 {
        self.start + offset / ERASE_BYTES * 2 * ERASE_BYTES + offset % ERASE_BYTES
    }

    fn raw<'a>(
        &mut self,
        place: u32,
        word: &'a mut [u8; WORD_BYTES_MAX],
    ) -> Result<&'a mut [u8], Fault<F::Error>> {
        let word = &mut word[..Self::WORD];
        self.flash.read(place, word).map_err(Fault::Flash)?;
        Ok(word)
    }

    /// Writes one word that lies at `offset`.
    fn put(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Fault<F::Error>> {
        let (mut first, mut over) = ([BLANK; WORD_BYTES_MAX], [BLANK; WORD_BYTES_MAX]);
        let place = self.first(offset);
        let first = self.raw(place, &mut first)?;
        let over = self.raw(place + ERASE_BYTES, &mut over)?;
        let blank = |word: &[u8]| word.iter().all(|byte| *byte == BLANK);
        if blank(first) && blank(over) {
            return self.flash.write(place, bytes).map_err(Fault::Flash);
        }
        let changes = first.iter().zip(&*over).zip(bytes).any(|((a, b), new)| a & b & !new != 0);
        if !changes {
            return Ok(());
        }
        if !blank(over) {
            return Err(Fault::Thrice);
        }
        for ((over, first), new) in over.iter_mut().zip(&*first).zip(bytes) {
            *over = first & new;
        }
        self.flash.write(place + ERASE_BYTES, over).map_err(Fault::Flash)
    }

    fn within(&self, offset: u32, length: usize) -> Result<(), Fault<F::Error>> {
        let size = self.pages * ERASE_BYTES;
        let fits = offset <= size && length <= (size - offset) as usize;
        if fits { Ok(()) } else { Err(Fault::OutOfBounds) }
    }
}

impl<F: NorFlash> ErrorType for Doubled<F> {
    type Error = Fault<F::Error>;
}

impl<F: NorFlash> ReadNorFlash for Doubled<F> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.within(offset, bytes.len())?;
        let mut at = offset;
        let mut rest = bytes;
        while !rest.is_empty() {
            // Up to the end of the page: from there on everything lies elsewhere.
            let count = rest.len().min((ERASE_BYTES - at % ERASE_BYTES) as usize);
            let (now, later) = rest.split_at_mut(count);
            let place = self.first(at);
            self.flash.read(place, now).map_err(Fault::Flash)?;
            for (nth, part) in now.chunks_mut(WORD_BYTES_MAX).enumerate() {
                let mut over = [BLANK; WORD_BYTES_MAX];
                let over = &mut over[..part.len()];
                let behind = place + ERASE_BYTES + (nth * WORD_BYTES_MAX) as u32;
                self.flash.read(behind, over).map_err(Fault::Flash)?;
                part.iter_mut().zip(over).for_each(|(first, over)| *first &= *over);
            }
            at += count as u32;
            rest = later;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        (self.pages * ERASE_BYTES) as usize
    }
}

impl<F: NorFlash> NorFlash for Doubled<F> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = ERASE_BYTES as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        self.within(from, to.checked_sub(from).ok_or(Fault::OutOfBounds)? as usize)?;
        if !from.is_multiple_of(ERASE_BYTES) || !to.is_multiple_of(ERASE_BYTES) {
            return Err(Fault::NotAligned);
        }
        let (from, to) = (self.first(from), self.first(to));
        self.flash.erase(from, to).map_err(Fault::Flash)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        self.within(offset, bytes.len())?;
        let aligned = |at: usize| at.is_multiple_of(Self::WORD);
        if !aligned(offset as usize) || !aligned(bytes.len()) {
            return Err(Fault::NotAligned);
        }
        for (at, word) in (offset..).step_by(Self::WORD).zip(bytes.chunks_exact(Self::WORD)) {
            self.put(at, word)?;
        }
        Ok(())
    }
}

impl<F: NorFlash> MultiwriteNorFlash for Doubled<F> {}

#[cfg(test)]
mod tests;
