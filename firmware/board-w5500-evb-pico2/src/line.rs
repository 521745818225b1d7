//! The DALI line: two state machines of a PIO block send frames and sample the bus, without the processor.
//!
//! One shifts out half bits, 2400 a second; the other takes 16 samples of the bus in each of them,
//! from before the frame to after its answer, and DMA puts them into memory. So neither a frame nor an
//! answer is lost while the processor stands still for its flash. What goes out and what the
//! samples mean is decided in `dali::sampled`.
//!
//! The interface between the pins and the bus has to separate them (optocouplers, or a module made
//! for it) and to invert both ways:
//!
//! | | bus high (idle) | bus low |
//! |---|---|---|
//! | the pin that sends | low | high: pulls the bus down |
//! | the pin that receives | low: the bus lights the coupler | high, by its pull-up |
//!
//! So a board that starts, hangs or is in its boot mode leaves the bus alone, and a
//! receiver that is not connected looks like a bus without supply.

use crate::Irqs;
use dali::manchester::timing;
use dali::sampled::{Exchange, HEARD_WORDS_MAX, SAMPLES};
use dali::{Fault, Forward, How, Line, Reply};
use embassy_rp::Peri;
use embassy_rp::clocks::clk_sys_freq;
use embassy_rp::dma;
use embassy_rp::gpio::{Level, Pull};
use embassy_rp::peripherals::{DMA_CH2, PIN_10, PIN_11, PIO0};
use embassy_rp::pio::program::pio_asm;
use embassy_rp::pio::{Config, Direction, FifoJoin, Pio, PioBatch, ShiftDirection, StateMachine};
use embassy_time::{Duration, Instant, Timer, with_timeout};
use fixed::FixedU32;
use fixed::types::extra::U8;

/// After a frame and its answer, before the next one: priority 2 of the standard, what people do.
const SETTLE: Duration = Duration::from_micros(*timing::FORWARD_TX_US[1].start() as u64);
/// The state machines cannot fail to deliver within 60 ms; should they, the lamps' side is told.
const PATIENCE: Duration = Duration::from_millis(250);
/// Longer than any exchange: five words of half bits are 67 ms.
const LONGEST: Duration = Duration::from_millis(100);
/// Half bits in a second: 1200 bits (IEC 62386-101, 8).
const HALVES_HZ: u32 = 2400;
/// Steps of the program that sends, in a half bit.
const STEPS: u32 = 8;

/// The line.
pub struct PioLine {
    send: StateMachine<'static, PIO0, 0>,
    hear: StateMachine<'static, PIO0, 1>,
    dma: dma::Channel<'static>,
    heard: [u32; HEARD_WORDS_MAX],
    free_at: Instant,
}

impl PioLine {
    /// Takes the block, its channel and the two pins; the bus is left alone until the first frame.
    pub fn new(
        block: Peri<'static, PIO0>,
        channel: Peri<'static, DMA_CH2>,
        sender: Peri<'static, PIN_10>,
        receiver: Peri<'static, PIN_11>,
    ) -> Self {
        let Pio { mut common, sm0: mut send, sm1: mut hear, .. } = Pio::new(block, Irqs);
        let shift = pio_asm!(".wrap_target", "out pins, 1 [7]", ".wrap");
        let shift = common.load_program(&shift.program);
        let take = pio_asm!(".wrap_target", "in pins, 1", ".wrap");
        let take = common.load_program(&take.program);
        let sender = common.make_pio_pin(sender);
        let mut receiver = common.make_pio_pin(receiver);
        receiver.set_pull(Pull::Up);

        let mut config = Config::default();
        config.use_program(&shift, &[]);
        config.set_out_pins(&[&sender]);
        config.shift_out.auto_fill = true;
        config.shift_out.threshold = 32;
        config.shift_out.direction = ShiftDirection::Right;
        config.fifo_join = FifoJoin::TxOnly;
        config.clock_divider = divider(STEPS);
        send.set_config(&config);
        send.set_pins(Level::Low, &[&sender]);
        send.set_pin_dirs(Direction::Out, &[&sender]);

        let mut config = Config::default();
        config.use_program(&take, &[]);
        config.set_in_pins(&[&receiver]);
        config.shift_in.auto_fill = true;
        config.shift_in.threshold = 32;
        config.shift_in.direction = ShiftDirection::Right;
        config.fifo_join = FifoJoin::RxOnly;
        config.clock_divider = divider(SAMPLES);
        hear.set_config(&config);
        hear.set_pin_dirs(Direction::In, &[&receiver]);

        let dma = dma::Channel::new(channel, Irqs);
        Self { send, hear, dma, heard: [0; HEARD_WORDS_MAX], free_at: Instant::MIN }
    }

    /// Sends and samples; afterwards the samples are in `heard`.
    async fn exchange(&mut self, exchange: &Exchange) -> Result<&[u32], Fault> {
        let Self { send, hear, dma, heard, .. } = self;
        // The sender has shifted out all it had and waits for more: it is only held until both may go. To
        // restart it would make it shift out once more what is left in its register.
        send.set_enable(false);
        // A caller that gave up has left half a word of samples.
        hear.set_enable(false);
        hear.clear_fifos();
        hear.restart();
        for word in exchange.words() {
            // Five at most: the joined queue holds eight.
            send.tx().push(*word);
        }
        let mut both = PioBatch::new();
        both.restart(send);
        both.restart(hear);
        both.set_enable(send, true);
        both.set_enable(hear, true);
        let heard = &mut heard[..exchange.heard_words()];
        let taken = hear.rx().dma_pull(dma, heard, false);
        // Both at once: what is heard lies where it was sent.
        both.execute();
        let taken = with_timeout(PATIENCE, taken).await;
        hear.set_enable(false);
        taken.map(|()| &*heard).map_err(|_| Fault::Unreachable)
    }
}

impl Line for PioLine {
    async fn send(&mut self, frame: Forward, how: How) -> Result<Reply, Fault> {
        let exchange = Exchange::new(frame, how);
        Timer::at(self.free_at).await;
        // Should the caller give up: until then the sender has sent everything.
        self.free_at = Instant::now() + LONGEST;
        let reply = self.exchange(&exchange).await.and_then(|heard| exchange.end(heard));
        self.free_at = Instant::now() + SETTLE;
        reply
    }
}

/// A rate of so many steps in a half bit. 150 MHz / (2400 · 16) is 3906.25, which the divider holds to
/// the last digit.
fn divider(steps: u32) -> FixedU32<U8> {
    // In parts of 256, as the divider counts; the quotient is far below the 65536 that fit.
    let parts = u64::from(clk_sys_freq()) * 256 / u64::from(HALVES_HZ * steps);
    FixedU32::from_bits(parts as u32)
}
