//! Faults on command, for tests of what happens then: this board only.

use core::mem::MaybeUninit;
use embassy_sync::signal::Signal;
use embassy_time::Timer;
use shell::log;
use shell::ports::{Heard, Ports, Raw, Source};
use wire::{Quantity, Sample, Value};

/// A loop panics so long after each start, ms: the brain has begun and has saved its restart counter.
const LOOP_MS: u64 = 300;

/// How many of the next starts panic, and the same inverted; noise after a power cut is neither.
#[unsafe(link_section = ".uninit.fault")]
static mut LOOPS: MaybeUninit<[u32; 2]> = MaybeUninit::uninit();

/// How many frames somebody asked for.
static FLOOD: Signal<Raw, u32> = Signal::new();

/// Obeys `fault …`; false when it is something else.
pub async fn obey(command: &str) -> bool {
    let Some(fault) = command.strip_prefix("fault ") else { return false };
    match fault.split_once(' ') {
        Some(("panic", text)) => panic!("{text}"),
        Some(("loop", count)) if count.parse::<u32>().is_ok() => {
            set_loops(count.parse().unwrap_or(0));
            panic!("a loop begins")
        }
        Some(("flood", count)) if count.parse::<u32>().is_ok() => {
            FLOOD.signal(count.parse().unwrap_or(0));
        }
        // The processor spins: nobody feeds the watchdog.
        None if fault == "hang" => loop {
            core::hint::spin_loop();
        },
        // The console's task never comes back, and everything else goes on.
        None if fault == "stall" => core::future::pending().await,
        _ => log!("known faults: panic TEXT, loop COUNT, flood COUNT, hang, stall"),
    }
    true
}

/// Panics if this start is part of a loop.
pub async fn looping() {
    let left = loops();
    if left > 0 {
        Timer::after_millis(LOOP_MS).await;
        set_loops(left - 1);
        panic!("in a loop, {} more", left - 1);
    }
}

/// Makes as many frames as somebody asks for: a lamp that fails and is mended each time, which is told
/// at once.
pub async fn floods(ports: &Ports) -> ! {
    loop {
        let count = FLOOD.wait().await;
        for nth in 0..count {
            let sample = Sample::Is(Value::from_whole(i64::from(nth % 2)));
            ports.heard.send(Heard::Sense(Quantity::LampFault, Source::Lamp(0), sample)).await;
        }
        log!("flooded {count}");
    }
}

fn loops() -> u32 {
    // SAFETY: any bytes make two numbers; volatile, because the compiler thinks that nobody has written
    // them. Only the two tasks that call this module touch it, and neither is interrupted by the other.
    let [count, inverted] =
        unsafe { core::ptr::read_volatile((&raw const LOOPS).cast::<[u32; 2]>()) };
    if count == !inverted { count } else { 0 }
}

fn set_loops(count: u32) {
    // SAFETY: as above.
    unsafe { core::ptr::write_volatile((&raw mut LOOPS).cast::<[u32; 2]>(), [count, !count]) }
}
