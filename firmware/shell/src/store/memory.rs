//! NOR flash in memory for host tests, with a power cut in any step.

use super::{AREA_BYTES, ERASE_BYTES};
use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};

/// How much of the step during which the power is cut has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tear {
    Nothing,
    Half,
    /// Half, and the last word of it is neither old nor new.
    HalfAndNoise,
    All,
}

pub const TEARS: [Tear; 4] = [Tear::Nothing, Tear::Half, Tear::HalfAndNoise, Tear::All];

/// NOR flash in memory. Steps are writes and erasures; the power is cut in the middle of one of
/// them, and whatever is asked for afterwards fails.
#[derive(Clone)]
pub struct Memory {
    pub bytes: Vec<u8>,
    pub steps: usize,
    pub cut: Option<(usize, Tear)>,
    pub dark: bool,
}

#[derive(Debug)]
pub struct Dark;

impl NorFlashError for Dark {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl Memory {
    pub fn new() -> Self {
        Self { bytes: vec![0xff; AREA_BYTES as usize], steps: 0, cut: None, dark: false }
    }

    /// How many of `len` bytes this step still does, and whether noise follows.
    fn step(&mut self, len: usize) -> Result<(usize, bool), Dark> {
        if self.dark {
            return Err(Dark);
        }
        self.steps += 1;
        let Some((_, tear)) = self.cut.filter(|(at, _)| self.steps > *at) else {
            return Ok((len, false));
        };
        self.dark = true;
        Ok(match tear {
            Tear::Nothing => (0, false),
            Tear::Half => (len / 8 * 4, false),
            Tear::HalfAndNoise => (len / 8 * 4, true),
            Tear::All => (len, false),
        })
    }
}

impl ErrorType for Memory {
    type Error = Dark;
}

impl ReadNorFlash for Memory {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Dark> {
        if self.dark {
            return Err(Dark);
        }
        let offset = offset as usize;
        bytes.copy_from_slice(&self.bytes[offset..offset + bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl NorFlash for Memory {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = ERASE_BYTES as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Dark> {
        assert!(from.is_multiple_of(ERASE_BYTES) && to.is_multiple_of(ERASE_BYTES));
        let (done, noise) = self.step((to - from) as usize)?;
        let from = from as usize;
        self.bytes[from..from + done].fill(0xff);
        if noise {
            self.bytes[from + done] = 0xa5;
        }
        if self.dark { Err(Dark) } else { Ok(()) }
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Dark> {
        assert!(offset.is_multiple_of(4) && bytes.len().is_multiple_of(4));
        let (done, noise) = self.step(bytes.len())?;
        let offset = offset as usize;
        for (place, byte) in self.bytes[offset..offset + done].iter_mut().zip(bytes) {
            *place &= byte;
        }
        if noise && done < bytes.len() {
            // Some of the bits that should fall have fallen.
            self.bytes[offset + done] &= bytes[done] | 0x0f;
        }
        if self.dark { Err(Dark) } else { Ok(()) }
    }
}

impl MultiwriteNorFlash for Memory {}
