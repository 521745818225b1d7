//! The node's own area: the last 640 KiB of the second bank, which the store sees as 80 pages.
//!
//! This chip erases 8 KiB at once and guards every 16 bytes with check bits, so that they can be written
//! only once; [`Doubled`] makes of that what the store wants. What a power cut tore in the middle
//! of a word, the chip knows: `restart.rs` lets it be read as what it is.
//!
//! ```text
//! page 0 (identity) 0x0816_0000  first │ over      page n  0x0816_0000 + n · 8 KiB
//! ```

use embassy_stm32::Peri;
use embassy_stm32::flash::{Blocking, Flash};
use embassy_stm32::peripherals::FLASH;
use shell::store::doubled::Doubled;

/// Where the area begins, counted from the start of the flash; `memory.x` keeps the program out of it.
const START_B: u32 = 0x16_0000;
/// What is erased at once, in bytes: room for one page.
const SECTOR_B: u32 = 0x2000;
/// Pages of 4 KiB up to the end of the chip.
const PAGES: u32 = (0x20_0000 - START_B) / SECTOR_B;

const _: () = assert!(PAGES * 4096 >= shell::store::AREA_BYTES, "the store has room");

/// The area.
pub type Area = Doubled<Flash<'static, Blocking>>;

/// The area of the chip that this program runs from.
pub fn area(flash: Peri<'static, FLASH>) -> Area {
    Doubled::new(Flash::new_blocking(flash), START_B, PAGES)
}
