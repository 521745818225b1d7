//! The node on an emulated board: QEMU's `mps2-an386`, a Cortex-M4F with Ethernet.
//!
//! This crate brings what a board has to bring and nothing else: vectors and an idle loop, the clock,
//! Ethernet, UARTs, pins, flash, watchdog, and a word that outlives a reset. What a node does is in
//! `shell` and `node`. README.md has the machine's wiring.
#![no_std]
#![no_main]

mod clock;
mod ethernet;
mod fault;
mod flash;
mod light;
mod mmio;
mod pins;
mod record;
mod stack;
mod start;
mod uart;
mod watchdog;

use core::sync::atomic::{AtomicBool, Ordering};
use embassy_executor::raw;
use shell::Board;
use static_cell::StaticCell;

const BOARD: Board = Board {
    name: "qemu-mps2-an386",
    feed: watchdog::feed,
    reset: record::restart,
    note: record::note,
    light: light::set,
    stack: stack::used,
};

static WORK: AtomicBool = AtomicBool::new(false);

#[cortex_m_rt::entry]
fn main() -> ! {
    stack::paint();
    let left = record::take();
    clock::start();
    watchdog::start();
    static EXECUTOR: StaticCell<raw::Executor> = StaticCell::new();
    let executor: &'static raw::Executor = EXECUTOR.init(raw::Executor::new(core::ptr::null_mut()));
    start::spawn(executor.spawner(), left);
    loop {
        // SAFETY: called from this one place, on this one core.
        unsafe { executor.poll() };
        cortex_m::interrupt::disable();
        // WFE spins on QEMU; WFI with interrupts off wakes up too, and misses nothing in between.
        if !WORK.swap(false, Ordering::Relaxed) {
            cortex_m::asm::wfi();
        }
        // SAFETY: no critical section is open here.
        unsafe { cortex_m::interrupt::enable() };
    }
}

/// embassy asks for another round.
#[unsafe(export_name = "__pender")]
fn pender(_: *mut ()) {
    WORK.store(true, Ordering::Relaxed);
}

unsafe extern "C" {
    fn DefaultHandler();
}

/// The machine's 32 lines, all served by one function: cortex-m-rt would reserve 240.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [unsafe extern "C" fn(); 32] = [DefaultHandler; 32];

#[cortex_m_rt::exception]
unsafe fn DefaultHandler(line: i16) {
    match line {
        clock::TURN_LINE => clock::on_turn(),
        clock::ALARM_LINE => clock::on_alarm(),
        ethernet::LINE => ethernet::on_interrupt(),
        line => uart::on_interrupt(line),
    }
}
