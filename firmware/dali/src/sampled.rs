//! A line that is sampled: what a board shifts out for a frame, and what it has heard meanwhile. Pure.
//!
//! For boards that send and sample without the processor (a PIO block, or an SPI port with DMA): half
//! bits go out at a fixed rate, the bus is sampled [`SAMPLES`] times in each of them from before the
//! frame until its answer has ended, and everything is looked at afterwards. Nothing is lost while the
//! processor does something else, as it must for a flash that it also runs from.
//!
//! Words are shifted from the lowest bit on, both ways, and 1 is a bus that is pulled low.

use crate::bus::{Fault, Reply};
use crate::frame::{Forward, How};
use crate::manchester::{self, Bits, Decoder, Framing, Wire, timing};

/// Samples in a half bit: 26 µs each, against a receiver's tolerance of 83 µs.
pub const SAMPLES: u32 = 16;
/// Length of a sample, ns.
const SAMPLE_NS: u32 = timing::HALF_NS / SAMPLES;
/// Half bits of silence before a frame, so that an idle bus is seen first.
const LEAD: u32 = 4;
/// Half bits from the start of the first frame of an order that goes twice to that of the second: 25.8 ms
/// of silence between the two, within [`timing::TWICE_RX_US`] and longer than any settling time.
const AGAIN: u32 = 96;
/// Half bits that are heard when nobody answers: the longest frame of 16 bits and 3.3 ms.
const ONCE: u32 = 46;
const TWICE: u32 = AGAIN + ONCE;
/// … and when somebody may answer, until the slowest answer has ended.
const ANSWER: u32 = ONCE + timing::ANSWER_US_MAX * 1000 / timing::HALF_NS;
/// Low until the end for so long is no frame: two halves are 1 ms at most.
const DOWN_US: u32 = 5_000;

/// The most words of samples that an exchange takes.
pub const HEARD_WORDS_MAX: usize = (TWICE * SAMPLES).div_ceil(32) as usize;

const _: () = assert!(ANSWER <= TWICE, "the longest is what memory is for");
const _: () = assert!(AGAIN.is_multiple_of(32), "the second frame begins with a word");
const _: () = assert!((AGAIN - LEAD - 34) * timing::HALF_NS / 1000 < *timing::TWICE_RX_US.end());

/// A frame on its way out, and the end of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    bits: Bits,
    how: How,
    words: [u32; 5],
}

impl Exchange {
    /// Sends this frame so.
    pub fn new(frame: Forward, how: How) -> Self {
        let bits = Bits::forward(frame);
        let halves = bits.halves();
        let count = u32::from(halves.count);
        let pulled = (0..count)
            .filter(|nth| halves.pattern >> (count - 1 - nth) & 1 == 0)
            .fold(0u64, |pulled, nth| pulled | 1 << (LEAD + nth));
        let (first, rest) = (pulled as u32, (pulled >> 32) as u32);
        Self { bits, how, words: [first, rest, 0, first, rest] }
    }

    /// Half bits to shift out, one after the other; then the bus is let go.
    pub fn words(&self) -> &[u32] {
        match self.how {
            How::Once | How::Answer => &self.words[..2],
            How::Twice => &self.words,
        }
    }

    /// How many words of samples to take, from the start of the first half bit on; [`HEARD_WORDS_MAX`] at most.
    pub const fn heard_words(&self) -> usize {
        let halves = match self.how {
            How::Once => ONCE,
            How::Twice => TWICE,
            How::Answer => ANSWER,
        };
        (halves * SAMPLES).div_ceil(32) as usize
    }

    /// What the samples say became of it.
    ///
    /// # Errors
    /// The bus stayed low ([`Fault::Unpowered`]), or high although it was pulled
    /// ([`Fault::Unreachable`]), or somebody else talked ([`Fault::Disturbed`]).
    pub fn end(&self, heard: &[u32]) -> Result<Reply, Fault> {
        let [first, second] = frames(heard)?;
        manchester::echo(self.bits, first)?;
        match self.how {
            How::Once => Ok(Reply::Nothing),
            How::Twice => manchester::echo(self.bits, second).map(|()| Reply::Nothing),
            How::Answer => Ok(manchester::reply(second)),
        }
    }
}

/// The first two frames of samples.
fn frames(heard: &[u32]) -> Result<[Option<Result<Bits, Framing>>; 2], Fault> {
    let mut frames = [None, None];
    let mut count = 0;
    let mut put = |frame: Option<Result<Bits, Framing>>| {
        if let (Some(_), Some(slot)) = (&frame, frames.get_mut(count)) {
            *slot = frame;
            count += 1;
        }
    };
    let mut decoder = Decoder::new();
    let (mut low, mut length, mut edges) = (false, 0, 0);
    for nth in 0..heard.len() * 32 {
        let now = heard[nth / 32] >> (nth % 32) & 1 == 1;
        if now != low {
            put(decoder.edge(wire(low), us(length)));
            (low, length, edges) = (now, 0, edges + 1);
        }
        length += 1;
    }
    if low && us(length) > DOWN_US {
        return Err(Fault::Unpowered);
    }
    if edges == 0 {
        return Err(Fault::Unreachable);
    }
    if !low {
        put(decoder.quiet(us(length)));
    }
    // What the samples end in the middle of is none of ours, and no answer that came in time.
    put(decoder.is_busy().then_some(Err(Framing::Edge)));
    Ok(frames)
}

const fn wire(low: bool) -> Wire {
    if low { Wire::Low } else { Wire::High }
}

const fn us(samples: u32) -> u32 {
    samples * SAMPLE_NS / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Forward = Forward::from_bits(0xff_a0);

    /// What is heard on a bus on which this exchange and these others talk: start in µs, frame.
    fn heard(exchange: Exchange, others: &[(u32, Bits)]) -> Vec<u32> {
        let mut samples = vec![false; exchange.heard_words() * 32];
        let words = exchange.words().iter();
        let halves = words.flat_map(|word| (0..32).map(move |nth| word >> nth & 1 == 1));
        for (half, pulled) in halves.enumerate() {
            for sample in half * 16..(half + 1) * 16 {
                if let Some(sample) = samples.get_mut(sample) {
                    *sample |= pulled;
                }
            }
        }
        for (start_us, bits) in others {
            let mut from_ns = start_us * 1000;
            for pulse in bits.pulses() {
                let until_ns = from_ns + pulse.ns;
                for at in from_ns / SAMPLE_NS..until_ns / SAMPLE_NS {
                    if let Some(sample) = samples.get_mut(at as usize) {
                        *sample |= pulse.wire == Wire::Low;
                    }
                }
                from_ns = until_ns;
            }
        }
        let word = |samples: &[bool]| {
            samples.iter().rev().fold(0, |word, sample| word << 1 | u32::from(*sample))
        };
        samples.chunks(32).map(word).collect()
    }

    /// End of a frame that is sent once, µs.
    const END_US: u32 = (LEAD + 34) * timing::HALF_NS / 1000;

    fn check(how: How, others: &[(u32, Bits)], expected: Result<Reply, Fault>) {
        let exchange = Exchange::new(FRAME, how);
        assert_eq!(exchange.end(&heard(exchange, others)), expected, "{how:?} {others:?}");
    }

    #[test]
    fn a_frame_hears_itself() {
        for how in [How::Once, How::Twice, How::Answer] {
            check(how, &[], Ok(Reply::Nothing));
        }
    }

    #[test]
    fn every_frame_hears_itself() {
        for bits in 0..=u16::MAX {
            let exchange = Exchange::new(Forward::from_bits(bits), How::Once);
            assert_eq!(exchange.end(&heard(exchange, &[])), Ok(Reply::Nothing), "{bits:#06x}");
        }
    }

    #[test]
    fn an_answer_is_heard_as_early_and_as_late_as_it_may_come() {
        for after_us in [*timing::ANSWER_TX_US.start(), 8_000, timing::ANSWER_RX_US_MAX] {
            for byte in [0x00, 0x55, 0x7f, 0x80, 0xff] {
                let answer = (END_US + after_us, Bits::backward(byte));
                check(How::Answer, &[answer], Ok(Reply::Backward(byte)));
            }
        }
    }

    #[test]
    fn two_answers_are_a_collision() {
        let at = END_US + 6_000;
        let others = [(at, Bits::backward(0xff)), (at + 250, Bits::backward(0x12))];
        check(How::Answer, &others, Ok(Reply::Collision));
    }

    #[test]
    fn somebody_else_disturbs() {
        let other = Bits::forward(Forward::from_bits(0x1234));
        for how in [How::Once, How::Twice, How::Answer] {
            check(how, &[(4_000, other)], Err(Fault::Disturbed));
            // Still talking when the samples end.
            check(how, &[(END_US - 500, other)], Err(Fault::Disturbed));
        }
        // Between the two frames of an order, nobody may talk.
        check(How::Twice, &[(END_US + 3_000, Bits::backward(3))], Err(Fault::Disturbed));
    }

    #[test]
    fn a_dead_bus_is_told_from_a_dead_interface() {
        for how in [How::Once, How::Twice, How::Answer] {
            let exchange = Exchange::new(FRAME, how);
            let words = exchange.heard_words();
            assert_eq!(exchange.end(&vec![!0; words]), Err(Fault::Unpowered));
            assert_eq!(exchange.end(&vec![0; words]), Err(Fault::Unreachable));
        }
    }
}
