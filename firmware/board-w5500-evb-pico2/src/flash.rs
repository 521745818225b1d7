//! The node's own area: the last 512 KiB of the board's flash, seen as a flash of its own that begins at 0.

use embassy_rp::Peri;
use embassy_rp::flash::{Blocking, ERASE_SIZE, Error, Flash};
use embassy_rp::peripherals::FLASH;
use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};

/// All of the chip, in bytes: a W25Q16JV.
const CHIP_B: usize = 2 * 1024 * 1024;
/// Where the area begins, in bytes; `memory.x` keeps the program out of it.
const START_B: u32 = 0x18_0000;
/// How long it is, in bytes.
pub const LENGTH_B: u32 = 0x8_0000;

const _: () =
    assert!(START_B as usize + LENGTH_B as usize == CHIP_B, "the area ends with the chip");

/// While a sector is erased, 45 ms as a rule and 400 ms at most (W25Q16JV datasheet, AC characteristics), the
/// program stands still, since it runs from the same chip. The network chip keeps 16 KiB of what
/// comes meanwhile, DALI is sent and sampled without the processor, the radar repeats itself, and a
/// meter is asked again.
pub struct Area(Flash<'static, FLASH, Blocking, CHIP_B>);

impl Area {
    /// The area of the chip that this program runs from.
    pub fn new(flash: Peri<'static, FLASH>) -> Self {
        Self(Flash::new_blocking(flash))
    }
}

impl ErrorType for Area {
    type Error = Error;
}

impl ReadNorFlash for Area {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        self.0.blocking_read(within(offset, bytes.len())?, bytes)
    }

    fn capacity(&self) -> usize {
        LENGTH_B as usize
    }
}

impl NorFlash for Area {
    // The chip writes single bytes; words keep what is written the same on every board.
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Error> {
        let length = to.checked_sub(from).ok_or(Error::OutOfBounds)?;
        let from = within(from, length as usize)?;
        self.0.blocking_erase(from, from + length)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        if offset % 4 != 0 || bytes.len() % 4 != 0 {
            return Err(Error::Unaligned);
        }
        self.0.blocking_write(within(offset, bytes.len())?, bytes)
    }
}

// Bits that are 1 may become 0 by a second write, as in every NOR flash without its own check bits.
impl MultiwriteNorFlash for Area {}

/// Where that lies in the chip, if it lies in the area.
fn within(offset: u32, length: usize) -> Result<u32, Error> {
    let fits = offset as usize <= LENGTH_B as usize && length <= (LENGTH_B - offset) as usize;
    if fits { Ok(START_B + offset) } else { Err(Error::OutOfBounds) }
}
