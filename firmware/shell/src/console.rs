//! Text lines on a UART: what happens goes out, commands come in.
//!
//! Lines that nobody has taken yet wait in a pipe of 640 B; a line that does not fit is dropped
//! whole, so that logging never waits.

use crate::ports::{Ports, Raw};
use crate::watch::{Task, Watch};
use crate::{Board, FIRMWARE, now};
use core::fmt::{self, Write as _};
use core::sync::atomic::Ordering;
use embassy_futures::select::{Either3, select3};
use embassy_sync::pipe::Pipe;
use embassy_time::{Instant, Timer};
use embedded_io_async::{Read, Write};
use wire::Reset;

/// Longest line, bytes.
const LINE_BYTES_MAX: usize = 160;

/// The periodic line comes so often, ms.
const PERIOD_MS: u64 = 60_000;

/// The task looks up at least so often, ms.
const ROUND_MS: u64 = 1_000;

static LINES: Pipe<Raw, 640> = Pipe::new();

/// One line for the console: `log!("lamp {} does not answer", lamp)`.
#[macro_export]
macro_rules! log {
    ($($part:tt)*) => { $crate::console::line(format_args!($($part)*)) };
}

/// Puts a line out, behind the time since the start; [`log!`] is the short form.
pub fn line(text: fmt::Arguments<'_>) {
    let now = now();
    let mut line = heapless::String::<LINE_BYTES_MAX>::new();
    // A line that is too long is cut.
    let _ = write!(line, "[{}.{:03}] {text}", now / 1000, now % 1000);
    put(&mut line);
}

/// The same without the time: answers.
fn answer(text: fmt::Arguments<'_>) {
    let mut line = heapless::String::<LINE_BYTES_MAX>::new();
    let _ = line.write_fmt(text);
    put(&mut line);
}

fn put(line: &mut heapless::String<LINE_BYTES_MAX>) {
    while line.len() + 2 > LINE_BYTES_MAX {
        line.pop();
    }
    // Room was made.
    let _ = line.push_str("\r\n");
    let mut rest = line.as_bytes();
    if LINES.free_capacity() >= rest.len() {
        // It fits, but in two pieces where the pipe's end meets its beginning.
        while let Ok(count @ 1..) = LINES.try_write(rest) {
            rest = &rest[count..];
        }
    }
}

/// Runs the console for ever. `extra` hears commands that are none of these, and says whether it
/// knew them.
pub async fn run<U: Read + Write>(
    mut uart: U,
    board: Board,
    ports: &Ports,
    watch: &Watch,
    mut extra: impl AsyncFnMut(&str) -> bool,
) -> ! {
    let mut heard = Heard::default();
    let mut next = PERIOD_MS;
    loop {
        watch.mark(Task::Console);
        let (mut input, mut output) = ([0; 16], [0; 64]);
        let until = Timer::at(Instant::from_millis(next.min(now() + ROUND_MS)));
        let event = select3(uart.read(&mut input), LINES.read(&mut output), until).await;
        match event {
            Either3::First(count) => {
                for byte in &input[..count.unwrap_or(0)] {
                    if let Some(command) = heard.take(*byte) {
                        obey(&command, &board, ports, &mut extra).await;
                    }
                }
            }
            // A console that takes nothing loses its lines.
            Either3::Second(count) => drop(uart.write_all(&output[..count]).await),
            Either3::Third(()) => {}
        }
        if now() >= next {
            next = now() + PERIOD_MS;
            status(&board, ports);
        }
    }
}

async fn obey(
    command: &str,
    board: &Board,
    ports: &Ports,
    extra: &mut impl AsyncFnMut(&str) -> bool,
) {
    match command {
        "" => {}
        "status" => status(board, ports),
        "restart" => {
            (board.note)(Reset::Asked, "");
            (board.reset)()
        }
        other if extra(other).await => {}
        other => answer(format_args!("unknown command `{other}`; known: status, restart")),
    }
}

fn status(board: &Board, ports: &Ports) {
    let status = &ports.status;
    let load = |value: &core::sync::atomic::AtomicU32| value.load(Ordering::Relaxed);
    let address = core::net::Ipv4Addr::from_bits(load(&status.address));
    answer(format_args!("firmware {FIRMWARE} board {} boot {}", board.name, load(&status.boot)));
    answer(format_args!(
        "ip {address} mqtt {} sessions {} first-connack-ms {}",
        status.stage().name(),
        load(&status.sessions),
        load(&status.first_connected_ms)
    ));
    answer(format_args!(
        "frames newest {} held {} refused {} flash-errors {}",
        load(&status.newest),
        load(&status.held),
        load(&status.refused),
        load(&status.flash_errors)
    ));
    let (used, all) = (board.stack)();
    answer(format_args!("stack {used} of {all}"));
}

/// Collects bytes to lines.
#[derive(Default)]
struct Heard {
    line: heapless::String<64>,
    too_long: bool,
}

impl Heard {
    /// One byte; the line when it ends with it. A line that is too long is no command.
    fn take(&mut self, byte: u8) -> Option<heapless::String<64>> {
        if matches!(byte, b'\r' | b'\n') {
            let line = core::mem::take(&mut self.line);
            return (!core::mem::take(&mut self.too_long)).then_some(line);
        }
        self.too_long |= self.line.push(char::from(byte)).is_err();
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &str) -> Vec<String> {
        let mut heard = Heard::default();
        bytes.bytes().filter_map(|byte| heard.take(byte)).map(|line| line.to_string()).collect()
    }

    #[test]
    fn lines_come_out_whole_wherever_the_pipe_ends() {
        let mut bytes = [0; LINE_BYTES_MAX];
        for turn in 0..200 {
            answer(format_args!("line {turn} {}", "x".repeat(turn % 90)));
            let mut out = String::new();
            while let Ok(count) = LINES.try_read(&mut bytes) {
                out.push_str(core::str::from_utf8(&bytes[..count]).unwrap());
            }
            assert_eq!(out, format!("line {turn} {}\r\n", "x".repeat(turn % 90)));
        }
    }

    #[test]
    fn commands_are_lines_and_too_long_ones_are_none() {
        assert_eq!(lines("status\nrestart\r\n"), ["status", "restart", ""]);
        assert_eq!(lines(&format!("{}\nstatus\n", "x".repeat(100))), ["status"]);
        assert!(lines("half").is_empty());
    }
}
