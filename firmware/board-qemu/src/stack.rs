//! How much of the stack was ever used: it is painted at the start and looked at later.

const PAINT: u32 = 0xc0de_5afe;

/// Left unpainted below the current frame, bytes: what painting itself needs.
const SLACK_BYTES: usize = 256;

unsafe extern "C" {
    static mut __euninit: u32;
    static mut _stack_start: u32;
}

fn bottom() -> usize {
    (&raw const __euninit) as usize
}

fn top() -> usize {
    (&raw const _stack_start) as usize
}

/// Paints what is not used yet. Called once, first of all.
pub fn paint() {
    let here = cortex_m::register::msp::read() as usize;
    for at in (bottom().next_multiple_of(4)..here - SLACK_BYTES).step_by(4) {
        // SAFETY: between the end of all statics and the stack pointer lies nothing that lives.
        unsafe { core::ptr::write_volatile(at as *mut u32, PAINT) }
    }
}

/// Bytes used at most since the start, and bytes that there are.
pub fn used() -> (usize, usize) {
    let words = (bottom().next_multiple_of(4)..top()).step_by(4);
    let unpainted = words.clone().find(|at| {
        // SAFETY: memory of the stack, which may be read at any time.
        unsafe { core::ptr::read_volatile(*at as *const u32) != PAINT }
    });
    (top() - unpainted.unwrap_or(top()), top() - bottom())
}
