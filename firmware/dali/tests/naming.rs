//! The giving of addresses on a simulated bus: new gear, doubles, a full bus, lost frames.

mod common;

use common::{Sim, now, short};
use dali::bus::{Addressed, Members};
use dali::frame::Among;
use dali::gear::{Built, Gear};
use dali::{Address, Bus, Command, Fault, Order, Special};
use proptest::prelude::*;

fn give(bus: &mut Bus<Sim>, among: Among) -> Addressed {
    now(bus.give_addresses(among)).unwrap()
}

/// Every gear has an address, and none has another's.
#[track_caller]
fn check_unique(bus: &mut Bus<Sim>) {
    let mut shorts = bus.line().shorts();
    let count = shorts.len();
    assert!(shorts.iter().all(Option::is_some), "{shorts:?}");
    shorts.sort_unstable();
    shorts.dedup();
    assert_eq!(shorts.len(), count);
}

fn members(numbers: impl IntoIterator<Item = u8>) -> Members {
    Members(numbers.into_iter().fold(0, |all, number| all | 1 << number))
}

#[test]
fn new_gear_gets_the_lowest_addresses() {
    let mut bus = Bus::new(Sim::unnamed(10));
    let done = give(&mut bus, Among::All);
    assert_eq!((done.named, done.moved, done.left, done.complete), (10, 0, 0, true));
    assert_eq!(done.found, members(0..10));
    check_unique(&mut bus);
    assert_eq!(now(bus.members()), Ok(members(0..10)));
    // A second time nothing is left to do, and nobody moves.
    let shorts = bus.line().shorts();
    let again = give(&mut bus, Among::All);
    assert_eq!((again.named, again.moved, again.found), (0, 0, done.found));
    assert_eq!(bus.line().shorts(), shorts);
}

#[test]
fn gear_that_is_added_later_takes_free_addresses_only() {
    let mut bus = Bus::new(Sim::named([0, 1, 5]));
    bus.line().gears.extend((10..13).map(|seed| Gear::new(Built::PANEL, seed)));
    let done = give(&mut bus, Among::Unaddressed);
    assert_eq!((done.named, done.moved), (3, 0));
    assert_eq!(bus.line().shorts()[..3], [Some(0), Some(1), Some(5)]);
    assert_eq!(now(bus.members()), Ok(members(0..6)));
    check_unique(&mut bus);
}

#[test]
fn two_fixtures_on_one_address_are_found_and_parted() {
    let mut bus = Bus::new(Sim::unnamed(4));
    give(&mut bus, Among::All);
    // Somebody hangs up a fixture from another room, which had address 2 there and a random one too.
    let mut other = Bus::new(Sim::new([Gear::new(Built::PANEL, 77).with(Some(short(2)), 0)]));
    give(&mut other, Among::All);
    bus.line().gears.push(other.free().gears.remove(0));
    let before = bus.line().shorts();
    let all = now(bus.members()).unwrap();
    assert_eq!(all, members(0..4), "they look like four");
    assert_eq!(now(bus.shared(all)), Ok(members([2])));
    let done = give(&mut bus, Among::Short(short(2)));
    assert_eq!((done.found.count(), done.moved, done.named), (2, 1, 0));
    check_unique(&mut bus);
    assert_eq!(now(bus.shared(members(0..5))), Ok(members([])));
    // The three others did not move.
    for (place, had) in before.iter().enumerate().filter(|(_, had)| **had != Some(2)) {
        assert_eq!(bus.line().shorts()[place], *had);
    }
}

#[test]
fn doubles_that_never_threw_are_parted_by_a_run_over_all() {
    let mut bus = Bus::new(Sim::named([0, 7, 7, 7, 63]));
    let done = give(&mut bus, Among::All);
    assert_eq!((done.moved, done.named, done.left, done.complete), (2, 0, 0, true));
    check_unique(&mut bus);
    let shorts = bus.line().shorts();
    assert_eq!((shorts[0], shorts[4]), (Some(0), Some(63)));
    assert!(shorts[1..4].contains(&Some(7)));
}

#[test]
fn the_65th_gear_is_left_over_and_said_so() {
    let mut bus = Bus::new(Sim::unnamed(65));
    let done = give(&mut bus, Among::All);
    assert_eq!((done.named, done.left, done.complete), (64, 1, true));
    assert_eq!(done.found, Members(u64::MAX));
    assert_eq!(bus.line().shorts().iter().flatten().count(), 64);
}

#[test]
fn gear_that_throws_the_same_for_ever_does_not_hold_the_bus() {
    let twin = || Gear::new(Built::PANEL, 1);
    let mut bus = Bus::new(Sim::new([twin(), twin()]));
    let done = give(&mut bus, Among::All);
    assert!(!done.complete);
    assert_eq!(bus.line().shorts(), [None, None]);
    // It is out of the giving of addresses, though.
    let frame = Order::Special(Special::Compare).frame();
    let now_ms = bus.line().now_ms;
    assert_eq!(bus.line().gears[0].hear(frame, now_ms), None);
}

#[test]
fn an_empty_bus_is_complete_and_a_dead_one_is_a_fault() {
    let mut bus = Bus::new(Sim::unnamed(0));
    assert_eq!(give(&mut bus, Among::All), Addressed { complete: true, ..Addressed::default() });
    bus.line().faults = vec![Fault::Unpowered; 3];
    assert_eq!(now(bus.give_addresses(Among::All)), Err(Fault::Unpowered));
}

/// Loses one of `of` frames and answers, not always the same.
fn lossy(sim: &mut Sim, seed: u32, of: u32) {
    let dice = move |mut state: u32| {
        move |_: usize, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8).is_multiple_of(of)
        }
    };
    sim.deaf = Box::new(dice(seed));
    sim.mute = Box::new(dice(!seed));
}

#[test]
fn lost_frames_cost_time_and_no_two_gears_share_an_address() {
    for seed in 0..40 {
        let mut bus = Bus::new(Sim::unnamed(8));
        lossy(bus.line(), seed, 100);
        // A run may miss somebody; a technician runs it again, without harm.
        let mut runs = 0;
        loop {
            let done = give(&mut bus, Among::All);
            runs += 1;
            assert!(done.found.count() <= 8);
            if done.complete && done.left == 0 && done.found.count() == 8 {
                break;
            }
            assert!(runs < 5, "seed {seed}: {done:?}");
        }
        check_unique(&mut bus);
    }
}

#[test]
fn gear_that_had_an_address_of_its_own_keeps_it_whatever_is_lost() {
    for seed in 0..200 {
        let mut bus = Bus::new(Sim::named([3, 1, 4, 15, 9, 26]));
        lossy(bus.line(), seed, 30);
        let shorts = bus.line().shorts();
        let done = give(&mut bus, Among::All);
        assert_eq!((bus.line().shorts(), done.moved), (shorts, 0), "seed {seed}: {done:?}");
    }
}

#[test]
fn gear_that_is_found_twice_is_not_taken_for_two() {
    let withdraw = Order::Special(Special::Withdraw).frame();
    for (stubborn, nth) in (0..3).flat_map(|place| (1..=3).map(move |nth| (place, nth))) {
        let mut bus = Bus::new(Sim::named([3, 1, 4]));
        // It misses an order to withdraw, and all of the next search; then it calls again.
        let (mut withdrawals, mut frames) = (0, 0);
        bus.line().deaf = Box::new(move |place, frame| {
            if place == 0 {
                withdrawals += u32::from(frame == withdraw);
                frames += u32::from(withdrawals >= nth);
            }
            place == stubborn && (1..150).contains(&frames)
        });
        let done = give(&mut bus, Among::All);
        assert_eq!(bus.line().shorts(), [Some(3), Some(1), Some(4)], "{done:?}");
        assert_eq!(done.moved, 0);
        assert_eq!(done.complete, done.found == members([3, 1, 4]), "{done:?}");
    }
}

#[test]
fn gear_without_a_free_address_is_counted_once() {
    let mut bus = Bus::new(Sim::unnamed(65));
    let withdraw = Order::Special(Special::Withdraw).frame();
    // Nobody hears every other order to withdraw.
    let mut odd = false;
    bus.line().deaf = Box::new(move |place, frame| {
        odd ^= place == 0 && frame == withdraw;
        frame == withdraw && odd
    });
    let done = give(&mut bus, Among::All);
    assert_eq!((done.named, done.left), (64, 1), "{done:?}");
}

#[test]
fn addresses_outlive_a_reset_of_everything_else() {
    let mut bus = Bus::new(Sim::named([3]));
    now(bus.say(Order::Command(Address::Broadcast, Command::Reset))).unwrap();
    assert_eq!(bus.line().shorts(), [Some(3)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any mixture of gear with an address, without, and with somebody else's: afterwards all have their own,
    /// who had one alone still has it, and of several with one exactly one has.
    #[test]
    fn any_bus_is_in_order_afterwards(had in prop::collection::vec(prop::option::of(0u8..64), 0..40)) {
        let gear = |(seed, had): (u32, &Option<u8>)| {
            Gear::new(Built::PANEL, seed).with(had.map(short), 0)
        };
        let mut bus = Bus::new(Sim::new((1..).zip(&had).map(gear)));
        let done = give(&mut bus, Among::All);
        check_unique(&mut bus);
        let has = bus.line().shorts();
        let kept = has.iter().zip(&had).filter(|(has, had)| had.is_some() && has == had).count();
        let distinct = Members(had.iter().flatten().fold(0, |all, number| all | 1 << number));
        prop_assert_eq!(kept, usize::from(distinct.count()));
        prop_assert_eq!(usize::from(done.named), had.iter().filter(|had| had.is_none()).count());
        prop_assert_eq!(usize::from(done.found.count()), had.len());
        prop_assert!(done.complete && done.left == 0);
        // 11 s for asking 64 addresses, and 5 s for each gear that is there.
        let budget_ms = 13_000 + 5000 * had.len() as u64;
        prop_assert!(bus.line().now_ms < budget_ms, "{} ms", bus.line().now_ms);
    }
}
