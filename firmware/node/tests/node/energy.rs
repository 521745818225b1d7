//! What a node tells about energy: never less than before, and never more than was used.

use crate::board::Board;
use node::{Input, What};
use proptest::collection::vec;
use proptest::prelude::*;
use wire::{Frame, Quantity, Sample, Value};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_register_never_steps_back_over_power_cuts_and_tells_no_energy_that_was_not_used(
        steps in vec((0..3_000i64, 0..170_000u64, 0..12u32), 1..40),
    ) {
        let mut board = Board::classroom();
        let (mut told_wh, mut used_uj) = (0, 0u128);
        board.give(Input::Connected);
        for (watts, wait_ms, cut) in steps {
            let sample = Sample::Is(Value::from_whole(watts));
            board.give(Input::Power { channel: "main", sample });
            let end = board.now + wait_ms;
            while board.now < end {
                let due = board.node.deadline().unwrap_or(end).clamp(board.now, end);
                used_uj += u128::from(watts.unsigned_abs()) * 1000 * u128::from(due - board.now);
                board.now = due;
                board.give(Input::Tick);
                for (what, payload) in board.sent.clone() {
                    let frame = (what == What::Frame).then(|| Frame::parse(&payload));
                    let Some(Ok(frame)) = frame else { continue };
                    let energy = frame.sample(Quantity::EnergyWh, "main").and_then(Sample::value);
                    let Some(energy) = energy.filter(|_| frame.sent == frame.up) else { continue };
                    prop_assert!(energy.whole() >= told_wh, "{} after {told_wh}", energy.whole());
                    prop_assert!(energy.whole() as u128 * 3_600_000_000 <= used_uj);
                    told_wh = energy.whole();
                }
                let newest = board.node.newest();
                board.ack(board.node.boot(), newest);
            }
            if cut == 0 {
                board.power_cut();
                board.give(Input::Connected);
            }
        }
    }
}
