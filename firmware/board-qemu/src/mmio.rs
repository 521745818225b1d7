//! Registers of this machine, read and written as the words they are.

/// A block of registers at a fixed address.
#[derive(Clone, Copy)]
pub struct Block(u32);

impl Block {
    /// A block of device registers of the mps2-an386.
    ///
    /// # Safety
    /// `base` is the address of a block of device registers whose side effects the caller owns: no memory
    /// of the program lies there.
    pub const unsafe fn new(base: u32) -> Self {
        Self(base)
    }

    /// Reads a register, `offset` bytes from the start.
    pub fn read(self, offset: u32) -> u32 {
        // SAFETY: `new` promises device registers there; they are word-aligned and always readable.
        unsafe { core::ptr::read_volatile((self.0 + offset) as *const u32) }
    }

    /// Writes a register, `offset` bytes from the start.
    pub fn write(self, offset: u32, word: u32) {
        // SAFETY: `new` promises device registers there, so that no memory of the program changes.
        unsafe { core::ptr::write_volatile((self.0 + offset) as *mut u32, word) }
    }
}

/// Lets an interrupt line of the machine through.
pub fn unmask(line: u32) {
    // SAFETY: the NVIC's set-enable register of lines 0 … 31 (ARMv7-M, B3.4.4); writing 1 enables a
    // line, zeros change nothing.
    unsafe { core::ptr::write_volatile(0xe000_e100 as *mut u32, 1 << line) }
}
