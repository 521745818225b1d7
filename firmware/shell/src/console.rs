//! Text lines on a UART: what happens goes out, commands come in; and packets of [`smp`] between them.
//!
//! Lines that nobody has taken yet wait in a pipe of 640 B; a line that does not fit is dropped
//! whole, so that logging never waits.

use crate::bench::{ANSWER_BYTES_MAX, Bench};
use crate::ports::{Ports, Raw};
use crate::store::Flash;
use crate::watch::{Task, Watch};
use crate::{Board, FIRMWARE, now};
use core::fmt::{self, Write as _};
use core::sync::atomic::Ordering;
use embassy_futures::select::{Either3, select3};
use embassy_sync::pipe::Pipe;
use embassy_time::{Instant, Timer};
use embedded_io_async::{Read, Write};
use smp::{Frames, Heard, Lines, PACKET_BYTES_MAX};
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
pub async fn run<U: Read + Write, F: Flash>(
    uart: U,
    bench: Bench<F>,
    watch: &Watch,
    mut extra: impl AsyncFnMut(&str) -> bool,
) -> ! {
    let mut wire = Wire { uart, lines: Lines::new(), out: [0; ANSWER_BYTES_MAX], bench };
    let mut next = PERIOD_MS;
    loop {
        watch.mark(Task::Console);
        let (mut input, mut output) = ([0; 16], [0; 64]);
        let until = Timer::at(Instant::from_millis(next.min(now() + ROUND_MS)));
        match select3(wire.uart.read(&mut input), LINES.read(&mut output), until).await {
            Either3::First(count) => {
                for byte in &input[..count.unwrap_or(0)] {
                    wire.take(*byte, &mut extra).await;
                }
            }
            // A console that takes nothing loses its lines.
            Either3::Second(count) => drop(wire.uart.write_all(&output[..count]).await),
            Either3::Third(()) => {}
        }
        if now() >= next {
            next = now() + PERIOD_MS;
            status(&wire.bench.board, wire.bench.ports);
        }
    }
}

/// A UART on which people type and a bench asks.
struct Wire<U, F: Flash> {
    uart: U,
    lines: Lines<PACKET_BYTES_MAX>,
    out: [u8; ANSWER_BYTES_MAX],
    bench: Bench<F>,
}

impl<U: Read + Write, F: Flash> Wire<U, F> {
    /// One byte that came, and what follows if something ends with it.
    async fn take(&mut self, byte: u8, extra: &mut impl AsyncFnMut(&str) -> bool) {
        let answered = match self.lines.push(byte) {
            None => return,
            Some(Heard::Text(command)) => {
                let (board, ports) = (&self.bench.board, self.bench.ports);
                return obey(command, board, ports, extra).await;
            }
            // Whoever asked asks again.
            Some(Heard::Bad(_)) => return log!("console: a damaged frame"),
            Some(Heard::Packet(packet)) => self.bench.answer(packet, &mut self.out).await,
        };
        self.send(answered.len).await;
        if answered.restart {
            (self.bench.board.note)(Reset::Asked, "");
            (self.bench.board.reset)()
        }
    }

    /// Sends an answer, behind the lines that wait: a frame begins a line.
    async fn send(&mut self, len: usize) {
        let mut output = [0; 64];
        while let Ok(count @ 1..) = LINES.try_read(&mut output) {
            // A cable that is pulled loses it, and with it the one at its other end.
            let _ = self.uart.write_all(&output[..count]).await;
        }
        if len > 0 {
            for line in Frames::new(&self.out[..len]) {
                let _ = self.uart.write_all(&line).await;
            }
        }
        let _ = self.uart.flush().await;
    }
}

async fn obey(
    command: &str,
    board: &Board,
    ports: &Ports,
    extra: &mut impl AsyncFnMut(&str) -> bool,
) {
    match command {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
