//! Why the board started, how it starts again, and what it leaves behind for then.

use core::fmt::Write;
use core::mem::MaybeUninit;
use core::panic::PanicInfo;
use core::ptr::{addr_of, addr_of_mut};
use embassy_rp::Peri;
use embassy_rp::pac;
use embassy_rp::pac::watchdog::regs::Load;
use embassy_rp::peripherals::WATCHDOG;
use embassy_rp::watchdog::{ResetReason, Watchdog};
use embassy_time::Duration;
use shell::boot::{RECORD_BYTES, Record};
use wire::Reset;

/// After how long without feeding the board starts again. The counter could hold 16.7 s; the
/// longest that the program stands still is 0.4 s, for the flash.
const PATIENCE: Duration = Duration::from_secs(8);

/// Memory that start-up code leaves alone.
// SAFETY: the section exists in the linker script of cortex-m-rt, is in RAM and is not loaded.
#[unsafe(link_section = ".uninit.record")]
static mut LEFT: MaybeUninit<[u8; RECORD_BYTES]> = MaybeUninit::uninit();

/// Why the board started. Asked once, before the watchdog is armed.
pub fn why(watchdog: Peri<'static, WATCHDOG>) -> (Watchdog, Record) {
    let watchdog = Watchdog::new(watchdog);
    let chip = pac::POWMAN.chip_reset().read();
    let record = match watchdog.reset_reason() {
        // Without a record it was not this program: the boot mode, after a new one was written.
        Some(ResetReason::Forced | ResetReason::TimedOut) => match left() {
            Record { reset: Reset::PowerOn, .. } => Record::new(Reset::Update, ""),
            record => record,
        },
        // The button on the board, or a debugger.
        None if chip.had_run_low() || chip.had_dp_reset_req() => Record::new(Reset::Unknown, ""),
        None => Record::new(Reset::PowerOn, ""),
    };
    (watchdog, record)
}

/// From here on a program that hangs is started again, and that is what its record says.
pub fn arm(mut watchdog: Watchdog) {
    note(Reset::Watchdog, "");
    watchdog.pause_on_debug(true);
    watchdog.start(PATIENCE);
}

/// Tells the watchdog that all is well.
pub fn feed() {
    pac::WATCHDOG.load().write_value(Load(PATIENCE.as_micros() as u32));
}

/// Leaves a word for the next start, should there be a reset now.
pub fn note(reset: Reset, text: &str) {
    leave(&Record::new(reset, text));
}

/// Starts the board again, with everything on it but its oscillators.
pub fn restart() -> ! {
    // SAFETY: nothing after this runs; whoever owns the watchdog does not get to see it.
    let watchdog = unsafe { WATCHDOG::steal() };
    Watchdog::new(watchdog).trigger_reset();
    loop {
        cortex_m::asm::nop();
    }
}

/// Most bytes of stack used since the start, and how many there are.
pub fn stack() -> (usize, usize) {
    unsafe extern "C" {
        static _stack_end: u32;
        static _stack_start: u32;
    }
    let (low, high) = (addr_of!(_stack_end) as usize, addr_of!(_stack_start) as usize);
    let untouched = |at: &usize| {
        // SAFETY: these words are RAM between the statics and the top, painted by start-up code;
        // reading the part in use gives whatever it holds.
        unsafe { (*at as *const u32).read_volatile() == PAINT }
    };
    let free = (low..high).step_by(4).take_while(untouched).count() * 4;
    (high - low - free, high - low)
}

/// What cortex-m-rt's `paint-stack` writes.
const PAINT: u32 = 0xCCCC_CCCC;

fn left() -> Record {
    // SAFETY: bytes of any value are a record or noise, which `unpack` tells apart; volatile, since
    // nothing in this program wrote them.
    let bytes = unsafe { addr_of!(LEFT).cast::<[u8; RECORD_BYTES]>().read_volatile() };
    Record::unpack(&bytes)
}

fn leave(record: &Record) {
    critical_section::with(|_| {
        // SAFETY: nobody else writes within a critical section, and reading happens once before the
        // first write.
        unsafe { addr_of_mut!(LEFT).cast::<[u8; RECORD_BYTES]>().write_volatile(record.pack()) };
    });
}

fn die(message: core::fmt::Arguments<'_>) -> ! {
    cortex_m::interrupt::disable();
    let mut record = Record::new(Reset::Panic, "");
    // A record takes what fits.
    let _ = record.write_fmt(message);
    leave(&record);
    restart()
}

#[panic_handler]
fn panic(panic: &PanicInfo<'_>) -> ! {
    // The place comes first, since it is the more useful half.
    // A small build knows no places.
    match panic.location().filter(|place| place.line() > 0) {
        Some(place) => {
            let file = place.file().rsplit('/').next().unwrap_or("");
            die(format_args!("{file}:{}: {}", place.line(), panic.message()))
        }
        None => die(format_args!("{}", panic.message())),
    }
}

// SAFETY: it takes no locks and returns to nobody.
#[cortex_m_rt::exception]
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    die(format_args!("hard fault at {:#010x}, called from {:#010x}", frame.pc(), frame.lr()))
}
