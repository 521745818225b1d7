//! The application controller on a bus that loses frames and answers, with gear that is broken or double.

mod common;

use common::{Sim, now, short};
use dali::bus::{Bank, Energy, Kept, Metered, Scaled, TRIES};
use dali::gear::{Built, Gear};
use dali::{Address, Answer, Bus, Command, Fault, Forward, Group, How, Level, Order, Special};

fn group(number: u8) -> Address {
    Address::Group(Group::new(number).unwrap())
}

fn sent(bus: &mut Bus<Sim>) -> Vec<Order> {
    bus.line().sent.drain(..).map(|(frame, _)| frame.order()).collect()
}

#[test]
fn a_fade_time_is_said_only_when_it_changes() {
    let gear = |seed, groups| Gear::new(Built::PANEL, seed).with(None, groups);
    let mut bus = Bus::new(Sim::new([gear(1, 0b01), gear(2, 0b10)]));
    let level = |group, arc| Order::Level(group, arc);
    let full = Level::FULL;
    now(bus.set_level(group(0), Level::new(200).unwrap(), 1500)).unwrap();
    // 1.5 s is not there: 2 s, number 4, and not 1.41 s.
    let expected = [
        Order::Special(Special::Dtr0(4)),
        Order::Command(group(0), Command::SetFadeTime),
        level(group(0), 200),
    ];
    assert_eq!(sent(&mut bus), expected);
    now(bus.set_level(group(0), full, 2000)).unwrap();
    assert_eq!(sent(&mut bus), [level(group(0), 254)]);
    // Another group has another fade time, and the first keeps its own.
    now(bus.set_level(group(1), full, 0)).unwrap();
    let at_once = Order::Command(group(1), Command::SetExtendedFadeTime);
    assert!(sent(&mut bus).contains(&at_once), "0 is at once only if no tool has extended it");
    now(bus.set_level(group(0), Level::OFF, 2000)).unwrap();
    now(bus.set_level(group(1), Level::OFF, 0)).unwrap();
    assert_eq!(sent(&mut bus), [level(group(0), 0), level(group(1), 0)]);
    // Everybody hears a broadcast.
    now(bus.set_level(Address::Broadcast, full, 700)).unwrap();
    now(bus.set_level(group(1), full, 700)).unwrap();
    assert_eq!(sent(&mut bus).len(), 4);
    bus.forget_fades();
    now(bus.set_level(group(1), full, 700)).unwrap();
    assert_eq!(sent(&mut bus).len(), 3);
}

#[test]
fn groups_that_share_gear_do_not_trust_their_fade_time() {
    let mut bus = Bus::new(Sim::named([3]));
    assert_eq!(now(bus.set_groups(short(3), 0b11)), Ok(Kept::Yes));
    now(bus.set_level(group(0), Level::FULL, 4000)).unwrap();
    now(bus.set_level(group(1), Level::OFF, 0)).unwrap();
    bus.line().sent.clear();
    now(bus.set_level(group(0), Level::FULL, 4000)).unwrap();
    assert_eq!(sent(&mut bus).len(), 3, "group 1 has changed it");
    // So does a level to one gear, which may be in any group.
    now(bus.set_level(Address::Short(short(3)), Level::FULL, 0)).unwrap();
    bus.line().sent.clear();
    now(bus.set_level(group(0), Level::FULL, 4000)).unwrap();
    assert_eq!(sent(&mut bus).len(), 3);
}

#[test]
fn levels_reach_a_group_one_gear_or_everybody() {
    let gear =
        |seed, number, groups| Gear::new(Built::PANEL, seed).with(Some(short(number)), groups);
    let mut bus = Bus::new(Sim::new([gear(1, 0, 1), gear(2, 1, 1), gear(3, 2, 2)]));
    let level = |pct| Level::from_pct(pct);
    now(bus.set_level(Address::Broadcast, Level::OFF, 0)).unwrap();
    assert_eq!(bus.line().levels(), [0, 0, 0]);
    now(bus.set_level(group(0), level(30), 0)).unwrap();
    assert_eq!(bus.line().levels(), [210, 210, 0]);
    now(bus.set_level(Address::Short(short(2)), level(100), 0)).unwrap();
    assert_eq!(bus.line().levels(), [210, 210, 254]);
    assert_eq!(now(bus.actual_level(short(1))), Ok(Answer::Value(Some(level(30)))));
}

#[test]
fn at_once_is_at_once_even_if_another_tool_has_extended_fade_0() {
    let mut bus = Bus::new(Sim::named([0]));
    let to = Address::Short(short(0));
    // 3 times 1 s.
    now(bus.say(Order::Special(Special::Dtr0(0x22)))).unwrap();
    now(bus.say(Order::Command(to, Command::SetExtendedFadeTime))).unwrap();
    now(bus.say(Order::Level(to, 154))).unwrap();
    assert_eq!(bus.line().levels(), [254]);
    let half_ms = bus.line().now_ms + 1500;
    assert_eq!(bus.line().gears[0].level_at(half_ms).arc(), 204);
    now(bus.set_level(to, Level::OFF, 0)).unwrap();
    assert_eq!(bus.line().levels(), [0]);
}

#[test]
fn a_group_is_asked_whether_anything_is_wrong() {
    let gear = |seed, groups| Gear::new(Built::PANEL, seed).with(None, groups);
    let mut bus = Bus::new(Sim::new([gear(1, 1), gear(2, 1), gear(3, 2)]));
    let mut any = |to, question| now(bus.any(to, question)).unwrap();
    assert!(any(group(0), Command::QueryGearPresent), "two at once are a yes");
    assert!(!any(group(5), Command::QueryGearPresent));
    assert!(!any(group(0), Command::QueryLampFailure));
    bus.line().gears[1].set_lamp_failed(true, 0);
    assert_eq!(now(bus.any(group(0), Command::QueryLampFailure)), Ok(true));
    assert_eq!(now(bus.any(group(1), Command::QueryLampFailure)), Ok(false));
}

#[test]
fn a_controller_and_what_it_is_doing_fit_a_small_board() {
    let mut bus = Bus::new(Sim::named([0]));
    let level = size_of_val(&bus.set_level(Address::Broadcast, Level::OFF, 0));
    let energy = size_of_val(&bus.read_energy(short(0), Bank::Active));
    let addresses = size_of_val(&bus.give_addresses(dali::frame::Among::All));
    let sizes = [
        ("bus", size_of::<Bus<()>>()),
        ("level", level),
        ("energy", energy),
        ("addresses", addresses),
    ];
    for (what, bytes) in sizes {
        assert!(bytes <= 512, "{what} takes {bytes} B: {sizes:?}");
    }
}

#[test]
fn faults_of_a_lamp_are_told_by_the_gear_that_has_it() {
    let mut bus = Bus::new(Sim::named([0, 1]));
    bus.line().gears[1].set_lamp_failed(true, 0);
    let status = |bus: &mut Bus<Sim>, number| match now(bus.status(short(number))) {
        Ok(Answer::Value(status)) => status,
        other => panic!("{other:?}"),
    };
    let (sound, broken) = (status(&mut bus, 0), status(&mut bus, 1));
    assert!(sound.lamp_on() && !sound.lamp_failure() && sound.power_cycled());
    assert!(broken.lamp_failure() && !broken.lamp_on() && !broken.gear_failure());
    assert_eq!(now(bus.actual_level(short(1))), Ok(Answer::Value(None)));
    bus.line().gears[1].set_lamp_failed(false, 0);
    assert!(!status(&mut bus, 1).lamp_failure());
    now(bus.set_level(Address::Short(short(1)), Level::LOWEST, 4000)).unwrap();
    let low = status(&mut bus, 1);
    assert!(low.limit_error() && low.fading() && !low.power_cycled());
}

#[test]
fn levels_for_bad_times_are_written_once_and_checked() {
    let mut bus = Bus::new(Sim::named([5]));
    let half = Level::from_pct(50);
    assert_eq!(now(bus.set_power_on_level(short(5), Some(half))), Ok(Kept::Yes));
    assert_eq!(now(bus.set_power_on_level(short(5), Some(half))), Ok(Kept::Already));
    assert_eq!(now(bus.set_system_failure_level(short(5), None)), Ok(Kept::Yes));
    assert_eq!(now(bus.set_system_failure_level(short(5), None)), Ok(Kept::Already));
    // The panel does not go below 1 %.
    assert_eq!(now(bus.set_min_level(short(5), Level::LOWEST)), Ok(Kept::No));
    assert_eq!(now(bus.set_max_level(short(5), half)), Ok(Kept::Yes));
    assert_eq!(now(bus.set_power_on_level(short(6), Some(half))), Ok(Kept::NoAnswer));
    let ask = |command| now(bus.ask(Address::Short(short(5)), command));
    let mut ask = ask;
    assert_eq!(ask(Command::QueryPowerOn), Ok(Answer::Value(half.arc())));
    assert_eq!(ask(Command::QuerySystemFailure), Ok(Answer::Value(255)));
}

#[test]
fn a_setting_that_was_not_heard_is_said_again() {
    let mut bus = Bus::new(Sim::named([5]));
    let set = Order::Command(Address::Short(short(5)), Command::SetPowerOn).frame();
    // One of the two that have to come is lost, so it is not obeyed.
    let mut once = true;
    bus.line().deaf = Box::new(move |_, frame| frame == set && std::mem::take(&mut once));
    assert_eq!(now(bus.set_power_on_level(short(5), Some(Level::OFF))), Ok(Kept::Yes));
    let times = bus.line().sent.iter().filter(|(frame, _)| *frame == set).count();
    assert_eq!(times, 2);
    // Gear that never hears it is told apart from gear that is not there.
    bus.line().deaf = Box::new(move |_, frame| frame == set);
    assert_eq!(now(bus.set_power_on_level(short(5), Some(Level::FULL))), Ok(Kept::No));
}

#[test]
fn memberships_are_exact_afterwards() {
    let mut bus = Bus::new(Sim::new([Gear::new(Built::PANEL, 1).with(Some(short(9)), 0x8001)]));
    assert_eq!(now(bus.set_groups(short(9), 0x0110)), Ok(Kept::Yes));
    assert_eq!(bus.line().gears[0].groups(), 0x0110);
    assert_eq!(now(bus.set_groups(short(9), 0x0110)), Ok(Kept::Already));
    assert_eq!(now(bus.groups(short(9))), Ok(Answer::Value(0x0110)));
    assert_eq!(now(bus.set_groups(short(1), 1)), Ok(Kept::NoAnswer));
}

#[test]
fn silence_is_no_answer_and_stops_nothing() {
    let mut bus = Bus::new(Sim::named([0, 1]));
    // Twice the answer is lost; the third try brings it.
    let mut lost = 0..2;
    bus.line().mute = Box::new(move |_, _| lost.next().is_some());
    assert!(matches!(now(bus.status(short(0))), Ok(Answer::Value(_))));
    assert_eq!((bus.counts().silences, bus.counts().again), (2, 2));
    // Gear 0 has gone.
    bus.line().deaf = Box::new(|place, _| place == 0);
    assert_eq!(now(bus.status(short(0))), Ok(Answer::Nothing));
    assert!(matches!(now(bus.status(short(1))), Ok(Answer::Value(_))));
    let counts = bus.counts();
    assert_eq!(counts.silences, 2 + u32::from(TRIES));
    assert_eq!((counts.faults, counts.collisions), (0, 0));
    assert_eq!(counts.frames, 3 + u32::from(TRIES) + 1);
}

#[test]
fn two_gears_with_one_address_garble_their_answers() {
    let mut bus = Bus::new(Sim::named([4, 4]));
    assert_eq!(now(bus.status(short(4))), Ok(Answer::Garbled));
    assert_eq!(now(bus.set_groups(short(4), 1)), Ok(Kept::Garbled));
    assert_eq!(now(bus.set_power_on_level(short(4), None)), Ok(Kept::Garbled));
    assert_eq!(bus.counts().collisions, 3 * u32::from(TRIES));
}

#[test]
fn a_dead_line_is_a_fault_and_a_busy_one_is_tried_again() {
    let mut bus = Bus::new(Sim::named([0]));
    bus.line().faults = vec![Fault::Unpowered];
    assert_eq!(now(bus.status(short(0))), Err(Fault::Unpowered));
    bus.line().faults = vec![Fault::Disturbed; 2];
    assert!(matches!(now(bus.status(short(0))), Ok(Answer::Value(_))));
    bus.line().faults = vec![Fault::Disturbed; 3];
    assert_eq!(now(bus.status(short(0))), Err(Fault::Disturbed));
    assert_eq!(bus.counts().faults, 2);
    // A fade time that may not have arrived is said again.
    bus.line().faults = vec![Fault::Unpowered];
    assert!(now(bus.set_level(group(0), Level::FULL, 4000)).is_err());
    bus.line().sent.clear();
    now(bus.set_level(group(0), Level::FULL, 4000)).unwrap();
    assert_eq!(sent(&mut bus).len(), 3);
}

#[test]
fn the_line_is_told_how_each_frame_goes() {
    let mut bus = Bus::new(Sim::named([0]));
    now(bus.set_power_on_level(short(0), None)).unwrap();
    let how: Vec<_> = bus.line().sent.iter().map(|&(_, how)| how).collect();
    assert_eq!(how, [How::Answer, How::Once, How::Twice, How::Answer]);
}

/// A panel that has burnt for an hour.
fn metered() -> Bus<Sim> {
    let mut bus = Bus::new(Sim::named([7]));
    bus.line().now_ms = 3_600_000;
    bus
}

fn milli(metered: Metered) -> u64 {
    match metered {
        Metered::Is(scaled) => scaled.milli().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn energy_and_power_of_one_moment_are_read() {
    let mut bus = metered();
    let Ok(Answer::Value(read)) = now(bus.read_energy(short(7), Bank::Active)) else { panic!() };
    // 40 W for an hour, and the frames of the latch.
    let energy_mwh = milli(read.energy);
    assert!((40_000..40_010).contains(&energy_mwh), "{energy_mwh} mWh");
    assert_eq!(milli(read.power), 40_000);
    // Without a bank there is no answer: it is not measured, and not nought.
    assert_eq!(now(bus.read_energy(short(7), Bank::Apparent)), Ok(Answer::Nothing));
    assert_eq!(now(bus.read_energy(short(8), Bank::Active)), Ok(Answer::Nothing));
}

#[test]
fn bytes_of_one_reading_belong_together() {
    // The lowest byte comes round every 23 s. Without the latch, one reading in fifty would be wrong.
    for at_ms in (3_600_000..3_630_000).step_by(10) {
        let mut bus = metered();
        bus.line().now_ms = at_ms;
        let least_mwh = bus.line().gears[0].energy_mwh(at_ms);
        let Ok(Answer::Value(read)) = now(bus.read_energy(short(7), Bank::Active)) else {
            panic!()
        };
        let now_ms = bus.line().now_ms;
        let most_mwh = bus.line().gears[0].energy_mwh(now_ms);
        let read_mwh = milli(read.energy);
        assert!((least_mwh..=most_mwh).contains(&read_mwh), "{read_mwh} at {at_ms}");
    }
}

#[test]
fn a_meter_that_does_not_know_says_so() {
    let mut bus = metered();
    bus.line().gears[0].set_meter_unavailable(true);
    let unavailable = Energy { energy: Metered::Unavailable, power: Metered::Unavailable };
    assert_eq!(now(bus.read_energy(short(7), Bank::Active)), Ok(Answer::Value(unavailable)));
    assert_eq!(Scaled { raw: 3, exponent: 0 }.milli(), Some(3000));
}

#[test]
fn no_lost_frame_makes_wrong_energy() {
    // Whichever one frame or one answer is lost, what is read is right or nothing.
    for nth in 0..40 {
        for answers in [false, true] {
            let mut bus = metered();
            let mut count = 0;
            let lose = move |_: usize, _: Forward| {
                count += 1;
                count == nth
            };
            if answers {
                bus.line().mute = Box::new(lose);
            } else {
                bus.line().deaf = Box::new(lose);
            }
            let Ok(Answer::Value(read)) = now(bus.read_energy(short(7), Bank::Active)) else {
                panic!("{nth} {answers}")
            };
            assert!((40_000..40_050).contains(&milli(read.energy)), "{nth} {answers}: {read:?}");
            assert_eq!(milli(read.power), 40_000);
        }
    }
}
