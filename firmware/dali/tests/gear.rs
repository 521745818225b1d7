//! What the model of control gear does: levels, fades, failures, settings, and never a panic.

mod common;

use common::short;
use dali::frame::{Among, Scene};
use dali::gear::{BUS_FAILURE_MS, Built, Gear, POWER_ON_WAIT_MS, together};
use dali::{Address, Command, Forward, Group, How, Level, Order, Reply, Special};
use proptest::prelude::*;

const ALL: Address = Address::Broadcast;

/// One gear and its clock.
struct Lamp {
    gear: Gear,
    now_ms: u64,
}

impl Lamp {
    fn new() -> Self {
        let mut lamp = Self { gear: Gear::new(Built::PANEL, 1).with(Some(short(1)), 1), now_ms: 0 };
        lamp.level(254);
        lamp
    }

    /// Says something properly, in no time.
    fn say(&mut self, order: Order) -> Option<u8> {
        let answer = self.gear.hear(order.frame(), self.now_ms);
        if order.how() == How::Twice {
            return self.gear.hear(order.frame(), self.now_ms);
        }
        answer
    }

    fn command(&mut self, command: Command) -> Option<u8> {
        self.say(Order::Command(ALL, command))
    }

    fn set(&mut self, value: u8, command: Command) {
        self.say(Order::Special(Special::Dtr0(value)));
        self.command(command);
    }

    fn level(&mut self, arc: u8) {
        self.say(Order::Level(ALL, arc));
    }

    fn arc(&self) -> u8 {
        self.gear.level_at(self.now_ms).arc()
    }

    /// The bits of QUERY STATUS that are set.
    fn status(&mut self) -> Vec<u8> {
        let bits = self.command(Command::QueryStatus).unwrap();
        (0..8).filter(|bit| bits >> bit & 1 == 1).collect()
    }
}

#[test]
fn a_fade_is_even_in_arc_levels_and_ends_in_time() {
    let mut lamp = Lamp::new();
    lamp.set(6, Command::SetFadeTime);
    lamp.level(154);
    // Number 6 is 4 s.
    for (ms, arc) in [(0, 254), (1000, 229), (2000, 204), (3999, 155), (4000, 154), (9000, 154)] {
        assert_eq!(lamp.gear.level_at(ms).arc(), arc, "after {ms} ms");
    }
    lamp.now_ms = 2000;
    assert_eq!(lamp.status(), [2, 4]);
    // 255 stops where it is; a new fade begins there.
    lamp.level(255);
    lamp.now_ms = 9000;
    assert_eq!(lamp.arc(), 204);
    assert_eq!(lamp.gear.light_pct_milli(9000), Level::new(204).unwrap().milli_pct());
    assert_eq!(lamp.status(), [2]);
}

#[test]
fn light_begins_and_ends_at_the_minimum() {
    let mut lamp = Lamp::new();
    lamp.set(4, Command::SetFadeTime);
    lamp.level(0);
    assert_eq!(lamp.gear.level_at(1999).arc(), 86);
    assert_eq!(lamp.gear.level_at(2000), Level::OFF);
    lamp.now_ms = 5000;
    lamp.level(254);
    assert_eq!(lamp.arc(), 85);
    lamp.now_ms = 7000;
    assert_eq!(lamp.arc(), 254);
}

#[test]
fn off_max_and_min_do_not_fade() {
    let mut lamp = Lamp::new();
    lamp.set(15, Command::SetFadeTime);
    lamp.command(Command::Off);
    assert_eq!(lamp.arc(), 0);
    lamp.command(Command::RecallMax);
    assert_eq!(lamp.arc(), 254);
    lamp.command(Command::RecallMin);
    assert_eq!(lamp.arc(), 85);
    lamp.command(Command::GoToLast);
    assert_eq!(lamp.arc(), 85);
}

#[test]
fn an_order_that_goes_twice_is_obeyed_at_the_second_in_time() {
    let add = Order::Command(ALL, Command::AddToGroup(Group::new(3).unwrap())).frame();
    let other = Order::Command(ALL, Command::AddToGroup(Group::new(4).unwrap())).frame();
    let dtr = Order::Special(Special::Dtr0(0)).frame();
    let groups = |heard: &[(Forward, u64)]| {
        let mut gear = Gear::new(Built::PANEL, 1);
        for &(frame, at_ms) in heard {
            assert_eq!(gear.hear(frame, at_ms), None);
        }
        gear.groups()
    };
    assert_eq!(groups(&[(add, 0)]), 0);
    assert_eq!(groups(&[(add, 0), (add, 100)]), 8);
    assert_eq!(groups(&[(add, 0), (add, 101)]), 0, "too late is a first one again");
    assert_eq!(groups(&[(add, 0), (add, 101), (add, 150)]), 8);
    assert_eq!(groups(&[(add, 0), (dtr, 20), (add, 40)]), 0, "something came between");
    assert_eq!(groups(&[(other, 0), (add, 20), (other, 40)]), 0, "two that are not the same");
}

#[test]
fn up_and_down_neither_light_nor_switch_off() {
    let mut lamp = Lamp::new();
    lamp.command(Command::Down);
    // 45 levels per second for 200 ms.
    assert_eq!(lamp.gear.level_at(100).arc(), 250);
    assert_eq!(lamp.gear.level_at(200).arc(), 245);
    for _ in 0..40 {
        lamp.now_ms += 200;
        lamp.command(Command::Down);
    }
    lamp.now_ms += 200;
    assert_eq!(lamp.arc(), 85);
    lamp.command(Command::StepDown);
    assert_eq!(lamp.arc(), 85);
    lamp.command(Command::StepDownAndOff);
    assert_eq!(lamp.arc(), 0);
    lamp.command(Command::Up);
    lamp.now_ms += 200;
    assert_eq!(lamp.arc(), 0);
    lamp.command(Command::OnAndStepUp);
    assert_eq!(lamp.arc(), 85);
}

#[test]
fn limits_hold_and_are_told() {
    let mut lamp = Lamp::new();
    lamp.set(200, Command::SetMax);
    assert_eq!(lamp.arc(), 200);
    lamp.set(100, Command::SetMin);
    lamp.level(10);
    assert_eq!((lamp.arc(), lamp.status()), (100, vec![2, 3]));
    lamp.level(150);
    assert_eq!((lamp.arc(), lamp.status()), (150, vec![2]));
    lamp.set(255, Command::SetMax);
    assert_eq!(lamp.command(Command::QueryMax), Some(254));
    lamp.set(3, Command::SetMin);
    assert_eq!(lamp.command(Command::QueryMin), Some(85));
}

#[test]
fn scenes_are_levels_that_gear_keeps() {
    let mut lamp = Lamp::new();
    let scene = Scene::new(7).unwrap();
    lamp.set(170, Command::SetScene(scene));
    lamp.command(Command::GoToScene(scene));
    assert_eq!(lamp.arc(), 170);
    assert_eq!(lamp.command(Command::QueryScene(scene)), Some(170));
    lamp.command(Command::RemoveFromScene(scene));
    lamp.command(Command::RecallMax);
    lamp.command(Command::GoToScene(scene));
    assert_eq!(lamp.arc(), 254);
}

#[test]
fn a_power_cut_ends_at_the_power_on_level() {
    let mut lamp = Lamp::new();
    lamp.set(170, Command::SetPowerOn);
    lamp.gear.set_mains(false, 1000);
    assert_eq!(lamp.gear.light_pct_milli(1000), 0);
    assert_eq!(lamp.gear.hear(Order::Command(ALL, Command::QueryStatus).frame(), 1500), None);
    lamp.gear.set_mains(true, 2000);
    lamp.now_ms = 2000 + POWER_ON_WAIT_MS;
    assert_eq!(lamp.gear.level_at(lamp.now_ms - 1), Level::OFF);
    assert_eq!((lamp.arc(), lamp.status()), (170, vec![2, 7]));
    // "As before" is the level before the cut, off too.
    lamp.set(255, Command::SetPowerOn);
    for arc in [200, 0] {
        lamp.level(arc);
        lamp.gear.set_mains(false, lamp.now_ms);
        lamp.gear.set_mains(true, lamp.now_ms + 50);
        lamp.now_ms += 50 + POWER_ON_WAIT_MS;
        assert_eq!(lamp.arc(), arc);
    }
    // Who is told a level in time does not flash.
    lamp.gear.set_mains(false, lamp.now_ms);
    lamp.gear.set_mains(true, lamp.now_ms);
    lamp.set(254, Command::SetPowerOn);
    lamp.level(0);
    assert_eq!(lamp.gear.level_at(lamp.now_ms + 10_000), Level::OFF);
}

#[test]
fn a_dead_bus_goes_before_the_power_on_level() {
    let mut lamp = Lamp::new();
    lamp.set(85, Command::SetPowerOn);
    lamp.set(220, Command::SetSystemFailure);
    lamp.level(0);
    lamp.gear.set_bus(false, 1000);
    assert_eq!(lamp.gear.level_at(1000 + BUS_FAILURE_MS - 1), Level::OFF);
    assert_eq!(lamp.gear.level_at(1000 + BUS_FAILURE_MS).arc(), 220);
    assert_eq!(lamp.gear.hear(Order::Level(ALL, 0).frame(), 3000), None);
    assert_eq!(lamp.gear.level_at(3000).arc(), 220);
    // Mains comes back while the bus is still dead: the failure level, not the power-on level.
    lamp.gear.set_mains(false, 4000);
    lamp.gear.set_mains(true, 5000);
    assert_eq!(lamp.gear.level_at(7000).arc(), 220);
    // The bus comes back: it stays until somebody says a level.
    lamp.gear.set_bus(true, 8000);
    assert_eq!(lamp.gear.level_at(9000).arc(), 220);
    lamp.now_ms = 9000;
    lamp.level(100);
    assert_eq!(lamp.arc(), 100);
    // With a bus, a power cut ends at the power-on level.
    lamp.gear.set_mains(false, 10_000);
    lamp.gear.set_mains(true, 11_000);
    assert_eq!(lamp.gear.level_at(12_000).arc(), 85);
    // "Stay": a dead bus changes nothing, and the power-on level counts.
    lamp.now_ms = 12_000;
    lamp.set(255, Command::SetSystemFailure);
    lamp.level(200);
    lamp.gear.set_bus(false, 13_000);
    assert_eq!(lamp.gear.level_at(20_000).arc(), 200);
    lamp.gear.set_mains(false, 20_000);
    lamp.gear.set_mains(true, 21_000);
    assert_eq!(lamp.gear.level_at(22_000).arc(), 85);
}

#[test]
fn a_bus_that_is_away_for_a_moment_has_not_failed() {
    let mut lamp = Lamp::new();
    lamp.set(85, Command::SetSystemFailure);
    lamp.level(200);
    lamp.gear.set_bus(false, 1000);
    lamp.gear.set_bus(true, 1000 + BUS_FAILURE_MS - 1);
    assert_eq!(lamp.gear.level_at(10_000).arc(), 200);
}

#[test]
fn a_broken_lamp_gives_no_light_and_takes_no_power() {
    let mut lamp = Lamp::new();
    assert_eq!((lamp.gear.light_pct_milli(0), lamp.gear.power_mw(0)), (100_000, 40_000));
    lamp.gear.set_lamp_failed(true, 0);
    assert_eq!((lamp.gear.light_pct_milli(0), lamp.gear.power_mw(0)), (0, 300));
    assert_eq!(lamp.status(), [1]);
    assert_eq!(lamp.command(Command::QueryLampFailure), Some(255));
    assert_eq!(lamp.command(Command::QueryLampPowerOn), None);
    lamp.gear.set_lamp_failed(false, 0);
    lamp.gear.set_gear_failed(true, 0);
    assert_eq!(lamp.status(), [0]);
}

#[test]
fn reset_keeps_the_address_and_says_that_it_was() {
    let mut lamp = Lamp::new();
    lamp.set(100, Command::SetPowerOn);
    lamp.say(Order::Special(Special::Initialise(Among::All)));
    lamp.say(Order::Special(Special::Randomise));
    assert_eq!(lamp.status(), [2]);
    lamp.command(Command::Reset);
    assert_eq!(lamp.status(), [2, 5]);
    assert_eq!((lamp.gear.short(), lamp.gear.groups()), (Some(short(1)), 0));
    assert_eq!(lamp.command(Command::QueryMissingShort), None);
    lamp.set(255, Command::SetShortAddress);
    assert_eq!(lamp.status(), [2, 5, 6]);
    assert_eq!(
        lamp.say(Order::Command(Address::Unaddressed, Command::QueryGearPresent)),
        Some(255)
    );
    lamp.set(4, Command::SetShortAddress);
    assert_eq!(lamp.gear.short(), None, "an even byte is no address");
    lamp.set(5, Command::SetShortAddress);
    assert_eq!(lamp.gear.short(), Some(short(2)));
}

#[test]
fn levels_of_a_sequence_follow_each_other_in_200_ms() {
    let mut lamp = Lamp::new();
    lamp.set(10, Command::SetFadeTime);
    lamp.command(Command::EnableDapcSequence);
    lamp.now_ms = 150;
    lamp.level(154);
    assert_eq!(lamp.gear.level_at(250).arc(), 204);
    assert_eq!(lamp.gear.level_at(350).arc(), 154);
    // Once it has paused for 200 ms, the fade time counts again.
    lamp.now_ms = 350;
    lamp.level(254);
    assert_eq!(lamp.gear.level_at(1350).arc(), 160);
}

#[test]
fn device_types_and_memory_say_what_it_is() {
    let mut lamp = Lamp::new();
    assert_eq!(lamp.command(Command::QueryDeviceType), Some(255));
    let types: Vec<_> = (0..4).map(|_| lamp.command(Command::QueryNextDeviceType)).collect();
    assert_eq!(types, [Some(6), Some(51), Some(52), Some(254)]);
    assert_eq!(lamp.command(Command::QueryExtendedVersion), None);
    lamp.say(Order::Special(Special::EnableDeviceType(51)));
    assert_eq!(lamp.command(Command::QueryExtendedVersion), Some(8));
    // Bank 205: seconds it has run, and how often it has started.
    lamp.gear.set_mains(false, 7_000);
    lamp.gear.set_mains(true, 10_000);
    lamp.now_ms = 13_500;
    lamp.say(Order::Special(Special::Dtr1(205)));
    lamp.say(Order::Special(Special::Dtr0(4)));
    let read: Vec<_> = (4..0x0D).map(|_| lamp.command(Command::ReadMemory)).collect();
    let [seconds @ .., _, _] = &read[..4] else { panic!() };
    assert!(seconds.iter().all(|byte| *byte == Some(0)));
    assert_eq!(read[2..], [0, 10, 0, 0, 1, 8, 252].map(Some));
    assert_eq!(lamp.command(Command::QueryDtr0), Some(13));
}

#[test]
fn the_energy_of_a_fade_is_the_area_below_it() {
    let mut lamp = Lamp::new();
    lamp.set(15, Command::SetFadeTime);
    lamp.level(85);
    // 90.51 s, asked for once: against a sum of every millisecond.
    let mut mw_ms = 0u64;
    for ms in 0..90_510 {
        mw_ms += u64::from(lamp.gear.power_mw(ms));
    }
    let (counted, summed) = (lamp.gear.energy_mwh(90_510) as f64, mw_ms as f64 / 3_600_000.0);
    assert!((counted - summed).abs() / summed < 0.01, "{counted} mWh, {summed}");
    // Asking more often changes nothing worth naming.
    let mut often = Lamp::new();
    often.set(15, Command::SetFadeTime);
    often.level(85);
    let counted_often = (0..=90_510).map(|ms| often.gear.energy_mwh(ms)).last().unwrap() as f64;
    assert!((counted_often - summed).abs() <= 1.0);
}

#[test]
fn several_answers_are_no_answer() {
    assert_eq!(together([None, None]), Reply::Nothing);
    assert_eq!(together([None, Some(7)]), Reply::Backward(7));
    assert_eq!(together([Some(7), Some(7)]), Reply::Collision);
}

proptest! {
    /// Whatever is heard and whatever fails: no panic, light within its limits, time only forward.
    #[test]
    fn anything_heard_leaves_a_sane_lamp(heard in prop::collection::vec((any::<u16>(), 0u64..200, 0u8..8), 1..200)) {
        let mut gear = Gear::new(Built::PANEL, 9).with(Some(short(1)), 0xFFFF);
        let mut now_ms = 0;
        let mut energy_mwh = 0;
        for (bits, ms, happens) in heard {
            now_ms += ms;
            // Most commands are rare among all frames: make half of them broadcast commands.
            let frame = Forward::from_bits(if bits & 1 == 0 { 0xFF00 | bits >> 8 } else { bits });
            gear.hear(frame, now_ms);
            gear.hear(frame, now_ms);
            match happens {
                0 => gear.set_mains(bits & 2 == 0, now_ms),
                1 => gear.set_bus(bits & 2 == 0, now_ms),
                2 => gear.set_lamp_failed(bits & 2 == 0, now_ms),
                _ => {}
            }
            let arc = gear.level_at(now_ms).arc();
            prop_assert!(arc == 0 || arc >= Built::PANEL.physical_min, "{arc}");
            prop_assert!(gear.light_pct_milli(now_ms) <= 100_000);
            prop_assert!(gear.power_mw(now_ms) <= Built::PANEL.full_mw);
            let counted_mwh = gear.energy_mwh(now_ms);
            prop_assert!(counted_mwh >= energy_mwh);
            energy_mwh = counted_mwh;
        }
    }

    /// The last level of a script is where the lamp ends, whatever came before.
    #[test]
    fn the_last_level_wins(before in prop::collection::vec((0u8..=254, 0u64..5000), 0..20), last in 85u8..=254, fade in 0u8..16) {
        let mut lamp = Lamp::new();
        lamp.set(fade, Command::SetFadeTime);
        for (arc, ms) in before {
            lamp.level(arc);
            lamp.now_ms += ms;
        }
        lamp.level(last);
        prop_assert_eq!(lamp.gear.level_at(lamp.now_ms + 90_510).arc(), last);
    }
}
