//! Time for embassy: two CMSDK timers, no tick. Microseconds since the start.
//!
//! Timer 0 runs round and round, 171 s a turn; its interrupt counts the turns. Timer 1 wakes the
//! processor when the next deadline comes. A tick of 1 kHz instead costs an idle node several
//! times as much of the host.
//!
//! Registers: Arm CMSDK Technical Reference Manual, 4.2 (APB timer); the clock is 25 MHz (AN386).

use crate::mmio::{Block, unmask};
use core::cell::RefCell;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::Waker;
use critical_section::Mutex;
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;

/// Timer 0 interrupts on this line.
pub const TURN_LINE: i16 = 8;
/// Timer 1 interrupts on this line.
pub const ALARM_LINE: i16 = 9;

const CYCLES_PER_US: u64 = 25;

// SAFETY: CMSDK timer 0 of the machine; only this module uses it.
const TURNS: Block = unsafe { Block::new(0x4000_0000) };
// SAFETY: CMSDK timer 1 of the machine; only this module uses it.
const ALARM: Block = unsafe { Block::new(0x4000_1000) };

const CTRL: u32 = 0x0;
const VALUE: u32 = 0x4;
const RELOAD: u32 = 0x8;
/// Reading tells whether the timer has reached zero; writing 1 clears that.
const INT: u32 = 0xc;
const RUN_AND_INTERRUPT: u32 = 0b1001;

struct Clock {
    turns: AtomicU32,
    queue: Mutex<RefCell<Queue>>,
}

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock {
    turns: AtomicU32::new(0),
    queue: Mutex::new(RefCell::new(Queue::new())),
});

/// Starts the clock at zero.
pub fn start() {
    TURNS.write(RELOAD, u32::MAX);
    TURNS.write(VALUE, u32::MAX);
    TURNS.write(CTRL, RUN_AND_INTERRUPT);
    unmask(TURN_LINE as u32);
    unmask(ALARM_LINE as u32);
}

/// Cycles since the start, for seeds.
pub fn cycles() -> u64 {
    critical_section::with(|_| {
        let mut value = TURNS.read(VALUE);
        let mut turns = CLOCK.turns.load(Ordering::Relaxed);
        if TURNS.read(INT) & 1 == 1 {
            // The turn has ended and its interrupt has not been served yet.
            value = TURNS.read(VALUE);
            turns = turns.wrapping_add(1);
        }
        u64::from(turns) << 32 | u64::from(u32::MAX - value)
    })
}

/// Serves timer 0.
pub fn on_turn() {
    critical_section::with(|_| {
        if TURNS.read(INT) & 1 == 1 {
            TURNS.write(INT, 1);
            CLOCK
                .turns
                .store(CLOCK.turns.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        }
    });
}

/// Serves timer 1.
pub fn on_alarm() {
    critical_section::with(|cs| {
        ALARM.write(CTRL, 0);
        ALARM.write(INT, 1);
        CLOCK.arm(&mut CLOCK.queue.borrow_ref_mut(cs));
    });
}

impl Clock {
    /// Wakes what is due and sets the alarm for what comes next.
    fn arm(&self, queue: &mut Queue) {
        loop {
            let now = self.now();
            let next = queue.next_expiration(now);
            if next == u64::MAX {
                ALARM.write(CTRL, 0);
                return;
            }
            if next <= now {
                continue;
            }
            // What is further away than a turn is looked at again after one.
            let cycles =
                ((next - now).saturating_mul(CYCLES_PER_US)).min(u64::from(u32::MAX)) as u32;
            ALARM.write(CTRL, 0);
            ALARM.write(INT, 1);
            ALARM.write(RELOAD, cycles);
            ALARM.write(VALUE, cycles);
            ALARM.write(CTRL, RUN_AND_INTERRUPT);
            return;
        }
    }
}

impl Driver for Clock {
    fn now(&self) -> u64 {
        cycles() / CYCLES_PER_US
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|cs| {
            let mut queue = self.queue.borrow_ref_mut(cs);
            if queue.schedule_wake(at, waker) {
                self.arm(&mut queue);
            }
        });
    }
}
