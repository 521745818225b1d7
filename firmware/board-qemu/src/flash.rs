//! Flash: 16 MB of memory that QEMU keeps in a file, with the rules of NOR flash put on top.
//!
//! Erasing sets 4 KiB to 0xFF, writing clears bits of whole words and cannot set them, so that what
//! works here works on real flash. The first 1 MiB is left to a later bootloader and its images.

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
    check_erase, check_read, check_write,
};

/// Where the node's own area begins.
const AREA: usize = 0x2100_0000 + 0x10_0000;
/// Size of the node's own area.
const AREA_BYTES: usize = shell::store::AREA_BYTES as usize;

/// The node's own area; offsets count from its start.
pub struct Flash(());

/// A request outside of the area, or not aligned.
#[derive(Clone, Copy, Debug)]
pub struct BadRequest(NorFlashErrorKind);

impl Flash {
    /// The flash of this machine.
    ///
    /// # Safety
    /// There is only one: two would change words behind each other's back.
    pub const unsafe fn new() -> Self {
        Self(())
    }

    fn word(offset: usize) -> *mut u32 {
        (AREA + offset) as *mut u32
    }
}

impl NorFlashError for BadRequest {
    fn kind(&self) -> NorFlashErrorKind {
        self.0
    }
}

impl ErrorType for Flash {
    type Error = BadRequest;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), BadRequest> {
        check_read(self, offset, bytes.len()).map_err(BadRequest)?;
        for (at, byte) in bytes.iter_mut().enumerate() {
            // SAFETY: checked to lie within the area, which is memory that nothing else uses.
            *byte = unsafe { core::ptr::read_volatile((AREA + offset as usize + at) as *const u8) };
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        AREA_BYTES
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), BadRequest> {
        check_erase(self, from, to).map_err(BadRequest)?;
        for offset in (from as usize..to as usize).step_by(4) {
            // SAFETY: checked to lie within the area, which is memory that nothing else uses.
            unsafe { core::ptr::write_volatile(Self::word(offset), u32::MAX) }
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), BadRequest> {
        check_write(self, offset, bytes.len()).map_err(BadRequest)?;
        let (words, _) = bytes.as_chunks::<4>();
        for (at, word) in words.iter().enumerate() {
            let place = Self::word(offset as usize + at * 4);
            // SAFETY: checked to lie within the area and to be aligned; nothing else uses it.
            unsafe {
                let was = core::ptr::read_volatile(place);
                core::ptr::write_volatile(place, was & u32::from_le_bytes(*word));
            }
        }
        Ok(())
    }
}

impl MultiwriteNorFlash for Flash {}
