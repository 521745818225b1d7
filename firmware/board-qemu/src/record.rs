//! The record of why the node started, and the reset itself: [`shell::boot`] in memory that start-up
//! leaves alone.

use core::fmt::Write;
use core::mem::MaybeUninit;
use core::panic::PanicInfo;
use shell::boot::{RECORD_BYTES, Record};
use wire::Reset;

#[unsafe(link_section = ".uninit.record")]
static mut LEFT: MaybeUninit<[u8; RECORD_BYTES]> = MaybeUninit::uninit();

/// What the last life left, and from now on a reset that nobody announces is the watchdog's.
pub fn take() -> Record {
    // SAFETY: any bytes make an array of bytes, and `unpack` believes none of them; volatile, because
    // the compiler thinks that nobody has written them. Interrupts are not enabled yet.
    let left = unsafe { core::ptr::read_volatile((&raw const LEFT).cast::<[u8; RECORD_BYTES]>()) };
    let record = Record::unpack(&left);
    leave(&Record::new(Reset::Watchdog, ""));
    record
}

/// Leaves a word for the next start.
pub fn note(reset: Reset, text: &str) {
    leave(&Record::new(reset, text));
}

/// Starts the node again.
pub fn restart() -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}

fn leave(record: &Record) {
    let bytes = record.pack();
    critical_section::with(|_| {
        // SAFETY: nobody else writes while interrupts are off, and there is one core.
        unsafe { core::ptr::write_volatile((&raw mut LEFT).cast::<[u8; RECORD_BYTES]>(), bytes) }
    });
}

/// What the processor cannot do: a bad address, a bad instruction.
#[cortex_m_rt::exception]
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    let mut record = Record::new(Reset::Panic, "");
    // A text that does not fit is cut.
    let _ = write!(record, "hard fault at {:#010x} from {:#010x}", frame.pc(), frame.lr());
    leave(&record);
    restart()
}

#[panic_handler]
fn panic(panic: &PanicInfo<'_>) -> ! {
    cortex_m::interrupt::disable();
    let mut record = Record::new(Reset::Panic, "");
    // A small build knows no places.
    if let Some(place) = panic.location().filter(|place| place.line() > 0) {
        let file = place.file().rsplit('/').next().unwrap_or("");
        // Texts that do not fit are cut.
        let _ = write!(record, "{file}:{}: ", place.line());
    }
    let _ = write!(record, "{}", panic.message());
    leave(&record);
    crate::uart::shout("panic: ");
    crate::uart::shout(&record.text);
    crate::uart::shout("\r\n");
    restart()
}
