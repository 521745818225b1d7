//! Frames through the wire and back: with jitter, with noise, and with two who speak at once.

use dali::frame::{Forward, Forward24};
use dali::manchester::{Bits, Decoder, Framing, Pulse, Wire, echo, reply, timing};
use dali::{Fault, Reply};
use proptest::prelude::*;

/// Ends a frame for sure.
const SILENCE_US: u32 = timing::STOP_TX_US_MIN;

/// Level and µs of each pulse, without a last high one: the silence takes it in.
fn pulses(bits: Bits) -> Vec<(Wire, u32)> {
    let mut pulses: Vec<_> =
        bits.pulses().map(|Pulse { wire, ns }| (wire, (ns + 500) / 1000)).collect();
    pulses.pop_if(|(wire, _)| *wire == Wire::High);
    pulses
}

fn decode(pulses: &[(Wire, u32)]) -> Option<Result<Bits, Framing>> {
    let mut decoder = Decoder::new();
    assert_eq!(decoder.edge(Wire::High, 1_000_000), None);
    for &(wire, us) in pulses {
        assert_eq!(decoder.edge(wire, us), None, "no frame ends in the middle of {pulses:?}");
    }
    decoder.quiet(SILENCE_US)
}

/// All kinds of frames.
fn any_bits() -> impl Strategy<Value = Bits> {
    prop_oneof![
        any::<u16>().prop_map(|bits| Bits::forward(Forward::from_bits(bits))),
        any::<[u8; 3]>().prop_map(|bytes| Bits::forward24(Forward24(bytes))),
        any::<u8>().prop_map(Bits::backward),
    ]
}

/// Which window a pulse falls into: halves, or none.
fn halves(us: u32) -> Option<u32> {
    match us {
        timing::HALF_RX_US_MIN..=timing::HALF_RX_US_MAX => Some(1),
        timing::DOUBLE_RX_US_MIN..=timing::DOUBLE_RX_US_MAX => Some(2),
        _ => None,
    }
}

#[test]
fn every_frame_of_8_and_16_bits_comes_back() {
    for bits in 0..=u16::MAX {
        let frame = Forward::from_bits(bits);
        let heard = decode(&pulses(Bits::forward(frame)));
        assert_eq!(heard.unwrap().unwrap().as_forward(), Some(frame));
    }
    for byte in 0..=u8::MAX {
        assert_eq!(reply(decode(&pulses(Bits::backward(byte)))), Reply::Backward(byte));
    }
}

#[test]
fn a_frame_looks_as_the_standard_draws_it() {
    let bits = Bits::backward(0b1100_0000);
    // Start 1, then 1 1 0 0 0 0 0 0: low before high is 1.
    assert_eq!(bits.halves().pattern, 0b01_01_01_10_10_10_10_10_10);
    assert_eq!(bits.halves().count, 18);
    let first: Vec<_> = bits.pulses().take(7).collect();
    let half = |wire| Pulse { wire, ns: timing::HALF_NS };
    let double = |wire| Pulse { wire, ns: 2 * timing::HALF_NS };
    let (low, high) = (Wire::Low, Wire::High);
    let drawn = [half(low), half(high), half(low), half(high), half(low), double(high), half(low)];
    assert_eq!(first, drawn);
    assert_eq!(Bits::forward(Forward::from_bits(0)).us(), 14_166);
}

#[test]
fn tolerances_are_those_of_the_standard() {
    let bits = Bits::backward(0b1010_1010);
    let with = |nth: usize, us: u32| {
        let mut pulses = pulses(bits);
        pulses[nth].1 = us;
        decode(&pulses).unwrap()
    };
    let (half, double) = (0, 3);
    assert_eq!(pulses(bits)[half], (Wire::Low, 417));
    assert_eq!(pulses(bits)[double], (Wire::High, 833));
    for (nth, us) in [(half, 333), (half, 500), (double, 667), (double, 1000)] {
        assert_eq!(with(nth, us), Ok(bits), "{us} µs");
    }
    for (nth, us) in [(half, 332), (half, 501), (double, 666), (double, 1001), (double, 2399)] {
        assert_eq!(with(nth, us), Err(Framing::Pulse(us)));
    }
}

#[test]
fn silence_and_noise_are_told_apart() {
    assert_eq!(reply(None), Reply::Nothing);
    assert_eq!(Decoder::new().quiet(1_000_000), None);
    let forward = Bits::forward(Forward::from_bits(0xFF00));
    // An answer has 8 bits: anything else is several at once.
    assert_eq!(reply(Some(Ok(forward))), Reply::Collision);
    assert_eq!(reply(decode(&[(Wire::Low, 60)])), Reply::Collision);
    assert_eq!(decode(&[(Wire::Low, 60)]), Some(Err(Framing::Pulse(60))));
    assert_eq!(decode(&[(Wire::Low, 417)]), Some(Err(Framing::Length(0))));
    assert_eq!(decode(&[(Wire::Low, 417), (Wire::Low, 417)]), Some(Err(Framing::Edge)));
    assert_eq!(echo(forward, Some(Ok(forward))), Ok(()));
    assert_eq!(echo(forward, Some(Ok(Bits::backward(1)))), Err(Fault::Disturbed));
    assert_eq!(echo(forward, None), Err(Fault::Unpowered));
}

#[test]
fn after_noise_the_next_frame_is_heard() {
    let mut decoder = Decoder::new();
    decoder.edge(Wire::High, 50_000);
    decoder.edge(Wire::Low, 5000);
    // Its silence is not asked about: the next falling edge ends it.
    let first = decoder.edge(Wire::High, timing::STOP_RX_US_MIN);
    assert_eq!(first, Some(Err(Framing::Pulse(5000))));
    let bits = Bits::forward(Forward::from_bits(0x1234));
    for (wire, us) in pulses(bits) {
        assert_eq!(decoder.edge(wire, us), None);
    }
    assert_eq!(decoder.quiet(timing::STOP_RX_US_MIN - 1), None);
    assert!(decoder.is_busy());
    assert_eq!(decoder.quiet(timing::STOP_RX_US_MIN), Some(Ok(bits)));
    assert_eq!(decoder.quiet(1_000_000), None, "a frame is told once");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Every pulse anywhere within its tolerance.
    #[test]
    fn jitter_within_tolerance_always_decodes(bits in any_bits(), jitter in prop::collection::vec(0.0..=1.0f64, 50)) {
        let mut pulses = pulses(bits);
        for ((_, us), at) in pulses.iter_mut().zip(jitter) {
            let (min, max) = match halves(*us) {
                Some(1) => (timing::HALF_RX_US_MIN, timing::HALF_RX_US_MAX),
                _ => (timing::DOUBLE_RX_US_MIN, timing::DOUBLE_RX_US_MAX),
            };
            *us = min + (f64::from(max - min) * at).round() as u32;
        }
        prop_assert_eq!(decode(&pulses), Some(Ok(bits)));
    }

    /// One pulse or more that is neither one nor two halves: never a frame, whatever the rest says.
    #[test]
    fn a_pulse_outside_tolerance_is_never_a_frame(bits in any_bits(), wrong in prop::collection::vec((0usize..50, 1u32..2400), 1..4)) {
        let mut pulses = pulses(bits);
        let mut any_outside = false;
        for (nth, us) in wrong {
            if halves(us).is_none() {
                let nth = nth % pulses.len();
                pulses[nth].1 = us;
                any_outside = true;
            }
        }
        prop_assume!(any_outside);
        prop_assert!(matches!(decode(&pulses), Some(Err(Framing::Pulse(_)))), "{pulses:?}");
    }

    /// Any edges at all: what is taken for a frame looks exactly like that frame.
    #[test]
    fn what_is_taken_for_a_frame_is_drawn_like_it(lengths in prop::collection::vec(prop_oneof![4 => 333u32..=500, 4 => 667u32..=1000, 1 => 1u32..2400], 0..52)) {
        let levels = [Wire::Low, Wire::High].into_iter().cycle();
        let mut edges: Vec<_> = levels.zip(lengths).collect();
        edges.pop_if(|(wire, _)| *wire == Wire::High);
        if let Some(Ok(bits)) = decode(&edges) {
            let drawn: Vec<_> = pulses(bits).iter().map(|(wire, us)| (*wire, halves(*us))).collect();
            let heard: Vec<_> = edges.iter().map(|(wire, us)| (*wire, halves(*us))).collect();
            prop_assert_eq!(heard, drawn);
        }
    }

    /// Two gears answer the same question, one later within what the standard allows them: never a byte,
    /// unless they say the same at the same time.
    #[test]
    fn two_answers_at_once_are_never_a_byte(one in any::<u8>(), other in any::<u8>(), late_us in prop_oneof![0u32..100, 0u32..=5000]) {
        prop_assume!(one != other || late_us > 100);
        let heard = decode(&overlaid(Bits::backward(one), Bits::backward(other), late_us));
        prop_assert_eq!(reply(heard), Reply::Collision, "{:?}", heard);
    }
}

/// The pulses of a line that is low when either of two senders pulls.
fn overlaid(one: Bits, other: Bits, late_us: u32) -> Vec<(Wire, u32)> {
    let pulls = |bits: Bits, late_us: u32| {
        let mut at_us = late_us;
        let mut low = Vec::new();
        for (wire, us) in pulses(bits) {
            if wire == Wire::Low {
                low.push(at_us..at_us + us);
            }
            at_us += us;
        }
        low
    };
    let low: Vec<_> = [pulls(one, 0), pulls(other, late_us)].concat();
    let end_us = low.iter().map(|range| range.end).max().unwrap_or(0);
    let mut line: Vec<(Wire, u32)> = Vec::new();
    for at_us in 0..end_us {
        let wire =
            if low.iter().any(|range| range.contains(&at_us)) { Wire::Low } else { Wire::High };
        match line.last_mut() {
            Some((last, us)) if *last == wire => *us += 1,
            _ => line.push((wire, 1)),
        }
    }
    line
}
