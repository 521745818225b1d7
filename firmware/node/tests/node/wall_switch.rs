//! Somebody presses the wall switch: the lamps obey within the same call, whatever else is going on.

use crate::board::Board;
use node::{Down, Input};
use proptest::collection::vec;
use proptest::prelude::*;
use wire::{Alone, Desired, LampDesired, Lease, NoReading, Quantity, Sample, Value};

/// Anything that a node can be told.
#[derive(Clone, Debug)]
enum Told {
    Wait(u64),
    Sense(Quantity, &'static str, Sample),
    Register(&'static str, Sample),
    Power(&'static str, Sample),
    Press(&'static str),
    Connected,
    Disconnected,
    Lease { t: i64, lease_ms: u32 },
    Want { version: u64, own_boot: bool, level_pct: u8, fade_ms: u32, presses: u32, full_pct: u8 },
    Ack { boot: u32, seq: u32 },
    Garbage(Vec<u8>),
    Time(i64),
    PowerCut,
}

fn sample() -> impl Strategy<Value = Sample> {
    prop_oneof![
        (-10..3_000i64).prop_map(|units| Sample::Is(Value::from_whole(units))),
        any::<i64>().prop_map(|milli| Sample::Is(Value::from_milli(milli))),
        proptest::sample::select(&NoReading::ALL[..]).prop_map(Sample::No),
    ]
}

fn told() -> impl Strategy<Value = Told> {
    let quantity = || proptest::sample::select(Quantity::ALL);
    let channel =
        || proptest::sample::select(&["", "window", "inner", "main", "cellar", "Bad/Name"][..]);
    let want = (0..20u64, any::<bool>(), 0..=100u8, 0..10_000u32, 0..6u32, 0..=100u8);
    prop_oneof![
        6 => prop_oneof![0..5_000u64, 0..700_000u64].prop_map(Told::Wait),
        6 => (quantity(), channel(), sample()).prop_map(|(q, c, s)| Told::Sense(q, c, s)),
        1 => (channel(), sample()).prop_map(|(c, s)| Told::Register(c, s)),
        2 => (channel(), sample()).prop_map(|(c, s)| Told::Power(c, s)),
        3 => channel().prop_map(Told::Press),
        2 => Just(Told::Connected),
        1 => Just(Told::Disconnected),
        3 => (0..9_000_000_000_000i64, 0..200_000u32).prop_map(|(t, lease_ms)| Told::Lease { t, lease_ms }),
        4 => want.prop_map(|(version, own_boot, level_pct, fade_ms, presses, full_pct)| Told::Want {
            version, own_boot, level_pct, fade_ms, presses, full_pct,
        }),
        2 => (0..3u32, 0..20u32).prop_map(|(boot, seq)| Told::Ack { boot, seq }),
        1 => vec(any::<u8>(), 0..80).prop_map(Told::Garbage),
        1 => any::<i64>().prop_map(Told::Time),
        1 => Just(Told::PowerCut),
    ]
}

fn tell(board: &mut Board, told: &Told) {
    match told {
        Told::Wait(wait_ms) => board.run_to(board.now + wait_ms),
        Told::Sense(quantity, channel, sample) => {
            board.give(Input::Sense { quantity: *quantity, channel, sample: *sample });
        }
        Told::Register(channel, sample) => board.give(Input::Register { channel, sample: *sample }),
        Told::Power(channel, sample) => board.give(Input::Power { channel, sample: *sample }),
        Told::Press(channel) => board.give(Input::Press { channel }),
        Told::Connected => board.give(Input::Connected),
        Told::Disconnected => board.give(Input::Disconnected),
        Told::Lease { t, lease_ms } => board.lease(Lease { t: *t, lease_ms: *lease_ms }),
        Told::Want { version, own_boot, level_pct, fade_ms, presses, full_pct } => {
            let boot = if *own_boot { board.node.boot() } else { 77 };
            want(board, *version, boot, *level_pct, *fade_ms, *presses, *full_pct);
        }
        Told::Ack { boot, seq } => board.ack(*boot, *seq),
        Told::Garbage(payload) => {
            for kind in [Down::Ack, Down::Desired, Down::Lease] {
                board.give(Input::Down { kind, payload });
            }
        }
        Told::Time(t_ms) => board.give(Input::Time { t_ms: *t_ms }),
        Told::PowerCut => board.power_cut(),
    }
}

fn want(
    board: &mut Board,
    version: u64,
    boot: u32,
    level_pct: u8,
    fade_ms: u32,
    presses: u32,
    full_pct: u8,
) {
    let lamp = |channel| LampDesired { channel, level_pct, fade_ms, presses };
    let lamps = ["window", "inner"].into_iter().map(lamp).collect();
    let alone = Alone { full_pct, ..Alone::default() };
    board.want(&Desired { version, boot, lamps, alone });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_press_is_obeyed_in_the_same_call_and_by_nobody_undone_who_had_not_seen_it(
        life in vec(told(), 0..60), presses in 1..4u32,
    ) {
        let mut board = Board::classroom();
        life.iter().for_each(|told| tell(&mut board, told));
        for _ in 0..presses {
            // A call that is due anyway may move lamps for its own reasons; not the press.
            board.give(Input::Tick);
            let was_on = board.node.level_pct("inner").expect("there is one") > 0;
            board.give(Input::Press { channel: "inner" });
            let level = board.node.level_pct("inner").expect("there is one");
            prop_assert_eq!(level == 0, was_on, "on goes off, off goes on");
            let order = board.lamps.iter().find(|lamp| lamp.0 == "inner");
            prop_assert_eq!(order, Some(&("inner".to_owned(), level, 0)), "at once");

            board.lease(Lease { t: 8_999_999_999_999, lease_ms: 90_000 });
            want(&mut board, 9_000_000_000_000, 77, 33, 0, u32::MAX, 100);
            prop_assert_eq!(board.node.level_pct("inner"), Some(level), "made for another boot");
            let boot = board.node.boot();
            want(&mut board, 9_000_000_000_000, boot, 33, 0, 0, 100);
            prop_assert_eq!(board.node.level_pct("inner"), Some(level), "made before the press");
        }
    }

    #[test]
    fn whatever_is_told_the_node_goes_on_and_promises_only_what_it_can_keep(
        life in vec(told(), 0..80), back in 0..1_000_000u64,
    ) {
        let mut board = Board::classroom();
        for told in &life {
            tell(&mut board, told);
            for lamp in &board.lamps {
                prop_assert!(lamp.1 <= 100);
            }
        }
        // A clock that goes back is taken as standing still.
        board.now = board.now.saturating_sub(back);
        board.give(Input::Tick);
        board.now += back;
        board.run_to(board.now + 120_000);
    }
}
