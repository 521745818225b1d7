//! Why the board started, how it starts again, and what it leaves behind for then.

use core::fmt::Write;
use core::mem::MaybeUninit;
use core::panic::PanicInfo;
use core::ptr::{addr_of, addr_of_mut};
use cortex_m::peripheral::SCB;
use embassy_stm32::Peri;
use embassy_stm32::pac;
use embassy_stm32::pac::iwdg::vals::Key;
use embassy_stm32::peripherals::IWDG;
use embassy_stm32::wdg::IndependentWatchdog;
use shell::boot::{RECORD_BYTES, Record};
use wire::Reset;

/// After how long without feeding the board starts again, in µs by an oscillator of ±5 %. The longest
/// that the program stands still is a millisecond: it does not run from the bank that it writes.
const PATIENCE_US: u32 = 8_000_000;

/// Memory that start-up code leaves alone.
// SAFETY: the section exists in the linker script of cortex-m-rt, is in RAM and is not loaded.
#[unsafe(link_section = ".uninit.record")]
static mut LEFT: MaybeUninit<[u8; RECORD_BYTES]> = MaybeUninit::uninit();

/// Why the board started. Asked once, before the watchdog is armed: the chip's own word is cleared by it.
pub fn why() -> Record {
    let told = pac::RCC.rsr().read();
    pac::RCC.rsr().modify(|flags| flags.set_rmvf(true));
    if told.iwdgrstf() || told.sftrstf() {
        return match left() {
            // Without a record it was not this program: a probe that wrote a new one.
            Record { reset: Reset::PowerOn, .. } => Record::new(Reset::Unknown, ""),
            record => record,
        };
    }
    // Every reset pulls the pin too; alone it is the button or the probe.
    let reset = if told.borrstf() { Reset::PowerOn } else { Reset::Unknown };
    Record::new(reset, "")
}

/// From here on a program that hangs is started again, and that is what its record says.
pub fn arm(watchdog: Peri<'static, IWDG>) {
    note(Reset::Watchdog, "");
    IndependentWatchdog::new(watchdog, PATIENCE_US).unleash();
}

/// Tells the watchdog that all is well.
pub fn feed() {
    pac::IWDG.kr().write(|word| word.set_key(Key::RESET));
}

/// Leaves a word for the next start, should there be a reset now.
pub fn note(reset: Reset, text: &str) {
    leave(&Record::new(reset, text));
}

/// Starts the board again.
pub fn restart() -> ! {
    SCB::sys_reset()
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

/// Sixteen bytes of flash that a power cut tore are told by this interrupt (RM0481, "Embedded flash memory"): whoever
/// reads them gets noise, which the store's check sums throw away.
// SAFETY: it takes no locks; clearing the flag is what ends the interrupt.
#[cortex_m_rt::exception]
unsafe fn NonMaskableInt() {
    if !pac::FLASH.eccdetr().read().eccd() {
        die(format_args!("interrupt that cannot be masked"));
    }
    pac::FLASH.eccdetr().modify(|word| word.set_eccd(true));
}
