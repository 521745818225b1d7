//! Proof that `wire`, `lighting` and `node` link for a target that has only `core`.
//!
//! It never runs: the entry point feeds a node with inputs that the optimiser cannot know, and
//! looks at everything that comes back, so that all of the node is linked and its size is true.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;
use node::{Action, Down, Input, LogState, Node, Out, Settings, Start};
use wire::{Id, Loss, Quantity, Reset, Sample, Topic, Value};

/// What a board would find.
const START: Start<'static> = Start {
    reset: Reset::PowerOn,
    panic: None,
    saved: None,
    stored: None,
    log: Some(LogState { held: None }),
};

/// The whole life of a node: inputs from nowhere, actions to nowhere.
// SAFETY: the linker script names this function and nothing else defines it.
#[unsafe(no_mangle)]
pub extern "C" fn start() -> ! {
    let settings = Settings::new("0.1.0", "bare", "classroom", &["window", "inner", "board"]);
    let Ok(settings) = black_box(settings) else { stop() };
    let mut node = Node::start(settings, &black_box(START));
    let mut out = Out::new();
    black_box(node.will());
    loop {
        node.handle(input(), black_box(0), &mut out);
        for action in out.actions() {
            match action {
                Action::Save(bytes) | Action::Store(bytes) | Action::Keep(bytes) => {
                    black_box(bytes);
                }
                Action::Forget(key) => {
                    black_box(key);
                }
                Action::Recall(key) => {
                    black_box(key);
                }
                Action::Restart => stop(),
                Action::Lamp { channel, level_pct, fade_ms } => {
                    black_box((channel, level_pct, fade_ms));
                }
                Action::Publish { what, payload } => {
                    black_box((what, payload));
                }
            }
        }
        black_box((node.deadline(), node.counters(), node.held(), node.mode()));
    }
}

/// Every kind of input, with a content that only a real board would know.
fn input() -> Input<'static> {
    let channel = black_box("window");
    let payload = black_box(&b"{}"[..]);
    let sample = black_box(Sample::Is(Value::from_whole(1)));
    match black_box(0u8) {
        0 => Input::Sense { quantity: black_box(Quantity::Motion), channel, sample },
        1 => Input::Press { channel },
        2 => Input::Register { channel, sample },
        3 => Input::Power { channel, sample },
        4 => Input::Connected,
        5 => Input::Disconnected,
        6 => match Topic::parse(black_box("campus/v1/a/node/b/down/ack")) {
            Ok((_, topic)) => {
                Down::of(&topic).map_or(Input::Tick, |kind| Input::Down { kind, payload })
            }
            Err(_) => Input::Tick,
        },
        7 => Input::Time { t_ms: black_box(0) },
        8 => Input::Recalled(black_box(Some(payload))),
        9 => Input::Shed { boot: 1, frames: black_box(Loss { from: 1, to: 2 }) },
        10 => {
            let _ = black_box(Id::new(black_box("node")));
            Input::Tick
        }
        _ => Input::Tick,
    }
}

fn stop() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    stop()
}
