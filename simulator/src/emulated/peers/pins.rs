//! PIR and wall switches: input pins of the board, which QEMU lets be set from outside.

use crate::emulated::machine::Pins;
use crate::emulated::surroundings::Surroundings;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::Instant;

const PIR: u8 = 0;
/// The wall switch of lamp channel 0; the others follow.
const FIRST_SWITCH: u8 = 1;
/// How many wall switches there are pins for.
const SWITCHES: usize = 3;
/// How often the surroundings are looked at, where they do not tell: as often as the board looks.
const LOOK: Duration = Duration::from_millis(20);
/// How long a person holds a switch, and at least waits before the next press.
const HELD: Duration = Duration::from_millis(120);

/// Follows the surroundings until QEMU ends.
pub async fn run(
    pins: Pins,
    mut events: broadcast::Receiver<String>,
    around: Arc<dyn Surroundings>,
) {
    let mut motion = None;
    let mut presses: VecDeque<usize> = VecDeque::new();
    // The switch that is held, and until when it is held or left alone.
    let mut held: Option<u8> = None;
    let mut until = Instant::now();
    loop {
        while let Ok(event) = events.try_recv() {
            // The expander is reset with the board; what moves in the room is not.
            if event == "RESET" {
                motion = None;
            }
        }
        let moves = around.seen().motion;
        if motion != Some(moves) {
            motion = Some(moves);
            if pins.set(PIR, moves).await.is_err() {
                return;
            }
        }
        presses.extend(around.take_presses().into_iter().filter(|&switch| switch < SWITCHES));
        if Instant::now() >= until {
            let next = if held.is_some() { None } else { presses.pop_front() };
            let set = match (held.take(), next) {
                (Some(pin), _) => Some((pin, false)),
                // Below SWITCHES.
                (None, Some(switch)) => Some((FIRST_SWITCH + switch as u8, true)),
                (None, None) => None,
            };
            if let Some((pin, high)) = set {
                if pins.set(pin, high).await.is_err() {
                    return;
                }
                held = high.then_some(pin);
                until = Instant::now() + HELD;
            }
        }
        tokio::select! {
            () = around.changed().notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
