//! Who has checked in: the watchdog is fed only while every task is alive.

use crate::{Board, now};
use core::sync::atomic::{AtomicU32, Ordering};
use embassy_time::Timer;
use wire::Reset;

/// A task that checks in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Task {
    /// The brain's loop.
    Brain,
    /// The broker session.
    Session,
    /// Movement and wall switches.
    Pins,
    /// The lamp outputs.
    Lamps,
    /// The console.
    Console,
    /// The light sensor.
    Light,
    /// The sensors of the air.
    Air,
    /// The radar.
    Radar,
    /// The meter.
    Meter,
}

/// How often the tasks are looked at, ms.
const ROUND_MS: u64 = 500;

/// Marks of all tasks.
pub struct Watch {
    /// ms since the start of the last check-in, plus one; 0 before the first.
    marks: [AtomicU32; Task::ALL.len()],
}

impl Watch {
    /// Nobody has checked in: nobody is missed.
    pub const fn new() -> Self {
        Self { marks: [const { AtomicU32::new(0) }; Task::ALL.len()] }
    }

    /// "I am alive". From the first time on the task is missed when it does not say so.
    pub fn mark(&self, task: Task) {
        self.mark_at(task, now());
    }

    fn mark_at(&self, task: Task, now: u64) {
        self.marks[task as usize].store((now as u32).wrapping_add(1).max(1), Ordering::Relaxed);
    }

    /// The first task that has been silent for too long.
    fn missing(&self, now: u64) -> Option<Task> {
        Task::ALL.into_iter().find(|task| {
            let mark = self.marks[*task as usize].load(Ordering::Relaxed);
            let silent_ms = (now as u32).wrapping_sub(mark.wrapping_sub(1));
            // A mark from the very next tick is no silence of 49 days.
            mark != 0 && silent_ms > task.limit_ms() && silent_ms < u32::MAX / 2
        })
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

impl Task {
    /// Every task.
    pub const ALL: [Self; 9] = [
        Self::Brain,
        Self::Session,
        Self::Pins,
        Self::Lamps,
        Self::Console,
        Self::Light,
        Self::Air,
        Self::Radar,
        Self::Meter,
    ];

    /// So long it may be silent, ms: a few times what its longest step takes.
    const fn limit_ms(self) -> u32 {
        match self {
            // They wait a second at most.
            Self::Brain | Self::Pins | Self::Lamps | Self::Console | Self::Radar => 5_000,
            // Bounded by the time-outs of a connection attempt, which add up to 30 s.
            Self::Session => 60_000,
            // When everything goes wrong a VEML7700 takes 7 s, a meter 15 s, an SCD4x and an SHT4x 30 s.
            Self::Light | Self::Meter | Self::Air => 60_000,
        }
    }

    /// As it is written down for the next start.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brain => "brain",
            Self::Session => "session",
            Self::Pins => "pins",
            Self::Lamps => "lamps",
            Self::Console => "console",
            Self::Light => "light",
            Self::Air => "air",
            Self::Radar => "radar",
            Self::Meter => "meter",
        }
    }
}

/// Feeds the watchdog for as long as everybody checks in; then leaves a word and starves it.
pub async fn run(watch: &Watch, board: Board) -> ! {
    loop {
        match watch.missing(now()) {
            None => (board.feed)(),
            Some(task) => {
                crate::log!("watchdog: task {} is silent", task.name());
                let mut text = heapless::String::<32>::new();
                // Longer than any name.
                let _ = core::fmt::write(&mut text, format_args!("task {} is silent", task.name()));
                (board.note)(Reset::Watchdog, &text);
            }
        }
        Timer::after_millis(ROUND_MS).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_missed_only_after_it_has_checked_in_once() {
        let watch = Watch::new();
        assert_eq!(watch.missing(1_000_000), None);
        watch.mark_at(Task::Pins, 1_000);
        watch.mark_at(Task::Session, 1_000);
        assert_eq!(watch.missing(6_000), None);
        assert_eq!(watch.missing(6_001), Some(Task::Pins));
        watch.mark_at(Task::Pins, 6_001);
        assert_eq!(watch.missing(11_001), None);
    }

    #[test]
    fn marks_go_on_when_32_bits_of_milliseconds_are_full() {
        let watch = Watch::new();
        let end = u64::from(u32::MAX);
        for at in [end - 1, end, end + 1, end + 2] {
            watch.mark_at(Task::Brain, at);
            assert_eq!(watch.missing(at + 4_000), None, "{at}");
            assert_eq!(watch.missing(at + 5_010), Some(Task::Brain), "{at}");
        }
    }
}
