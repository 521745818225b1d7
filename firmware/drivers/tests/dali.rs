//! Lamp channels through the DALI bridge, on the gear that `dali` models.

mod common;

use common::{Clock, Line};
use dali::gear::together;
use dali::{Fault, Forward, Gear, How, Line as _, Reply, Short};
use drivers::dali_bridge::DaliBridge;
use drivers::dali_lamps::{DaliLamps, DriveFault};
use std::cell::RefCell;
use std::rc::Rc;
use wire::{NoReading, Sample, Value};

type Gears = Rc<RefCell<Vec<Gear>>>;

#[test]
fn packets_look_as_the_bridge_says() {
    let clock = Clock::default();
    let line = Line::new(&clock, |asked| {
        vec![(
            25_000,
            match asked[0] {
                1 | 2 => vec![0, 0],
                _ if asked[2] == 0x90 => vec![1, 0x04],
                _ => vec![2, 0],
            },
        )]
    });
    let mut bridge = DaliBridge::new(line.clone(), clock.clone());
    clock.run(async {
        assert_eq!(bridge.send(Forward::new(0x80, 254), How::Once).await, Ok(Reply::Nothing));
        assert_eq!(bridge.send(Forward::new(0xFF, 0x20), How::Twice).await, Ok(Reply::Nothing));
        assert_eq!(bridge.send(Forward::new(1, 0x90), How::Answer).await, Ok(Reply::Backward(4)));
        assert_eq!(bridge.send(Forward::new(1, 0x91), How::Answer).await, Ok(Reply::Collision));
    });
    let asked: Vec<Vec<u8>> = line.questions().into_iter().map(|(_, asked)| asked).collect();
    assert_eq!(asked, [[1, 0x80, 254], [2, 0xFF, 0x20], [3, 1, 0x90], [3, 1, 0x91]]);
}

#[test]
fn a_bridge_without_a_peer_is_unreachable_and_a_late_answer_is_nobodys() {
    let clock = Clock::default();
    let mut count = 0;
    let line = Line::new(&clock, move |_| {
        count += 1;
        if count == 1 { vec![(101_000, vec![1, 1])] } else { vec![(25_000, vec![1, 2])] }
    });
    let mut bridge = DaliBridge::new(line, clock.clone());
    let question = Forward::new(1, 0x90);
    assert_eq!(clock.run(bridge.send(question, How::Answer)), Err(Fault::Unreachable));
    assert_eq!(clock.run(bridge.send(question, How::Answer)), Ok(Reply::Backward(2)));
}

#[test]
fn a_channel_is_a_group_and_a_level_is_light() {
    let (clock, gears) = (Clock::default(), classroom());
    let mut lamps = DaliLamps::new(bridge(&clock, &gears));
    clock.run(lamps.drive(0, 50, 0, 0)).expect("the bus works");
    clock.run(lamps.drive(1, 0, 0, 0)).expect("the bus works");
    // 50 % of light is arc level 229 (IEC 62386-102: 49.17 % at 228, 50.53 % at 229).
    let light: Vec<u32> = levels(&gears, &clock);
    assert!(light[0].abs_diff(50_000) < 900 && light[0] == light[1], "{light:?}");
    assert_eq!(light[2], 0);
    assert_eq!(clock.run(lamps.drive(16, 50, 0, 0)), Err(DriveFault::NoSuchChannel));
}

#[test]
fn gear_that_had_a_power_cut_is_brought_back_and_a_fade_is_not_disturbed() {
    let (clock, gears) = (Clock::default(), classroom());
    let mut lamps = DaliLamps::new(bridge(&clock, &gears));
    clock.run(lamps.drive(0, 30, 0, clock.now_ms())).expect("the bus works");
    let set = levels(&gears, &clock);
    for on in [false, true] {
        gears.borrow_mut()[1].set_mains(on, clock.now_ms());
    }
    // 0.6 s after power-on, gear goes to its power-on level by itself.
    clock.run(embedded_hal_async::delay::DelayNs::delay_ms(&mut clock.clone(), 1_000));
    assert_ne!(levels(&gears, &clock)[1], set[1]);
    clock.run(lamps.refresh(clock.now_ms())).expect("the bus works");
    assert_eq!(levels(&gears, &clock)[..2], set[..2]);
    // A fade of 4 s that began now is left alone.
    clock.run(lamps.drive(0, 100, 4_000, clock.now_ms())).expect("the bus works");
    let wait = |ms| clock.run(embedded_hal_async::delay::DelayNs::delay_ms(&mut clock.clone(), ms));
    wait(3_000);
    clock.run(lamps.refresh(clock.now_ms())).expect("the bus works");
    assert!(levels(&gears, &clock)[0] < 90_000);
    wait(1_500);
    assert_eq!(levels(&gears, &clock)[0], 100_000);
}

#[test]
fn a_broken_lamp_is_seen_in_its_group_and_gear_that_went_is_silent() {
    let (clock, gears) = (Clock::default(), classroom());
    let mut lamps = DaliLamps::new(bridge(&clock, &gears));
    let is = |whole| Sample::Is(Value::from_whole(whole));
    assert_eq!(clock.run(lamps.lamp_fault(0)), is(0));
    gears.borrow_mut()[1].set_lamp_failed(true, clock.now_ms());
    assert_eq!(clock.run(lamps.lamp_fault(0)), is(1));
    gears.borrow_mut()[0].set_lamp_failed(true, clock.now_ms());
    assert_eq!(clock.run(lamps.lamp_fault(0)), is(1), "two answer at once");
    assert_eq!(clock.run(lamps.lamp_fault(1)), is(0));
    assert_eq!(clock.run(lamps.lamp_fault(5)), Sample::No(NoReading::NotFitted));
    for gear in gears.borrow_mut().iter_mut() {
        gear.set_mains(false, clock.now_ms());
    }
    assert_eq!(clock.run(lamps.lamp_fault(0)), Sample::No(NoReading::Silent));
    assert_eq!(lamps.faults(0).no_acknowledge, 1);
}

/// Two gears in group 0, one in group 1.
fn classroom() -> Gears {
    let gear = |short: u8, groups| {
        let built = dali::gear::Built::PANEL;
        Gear::new(built, u32::from(short) + 1).with(Short::new(short), groups)
    };
    Rc::new(RefCell::new(vec![gear(0, 1), gear(1, 1), gear(2, 2)]))
}

fn levels(gears: &Gears, clock: &Clock) -> Vec<u32> {
    gears.borrow().iter().map(|gear| gear.light_pct_milli(clock.now_ms())).collect()
}

/// A bridge whose far end puts every frame to the gear; a frame takes 25 ms.
fn bridge(clock: &Clock, gears: &Gears) -> DaliBridge<Line, Clock> {
    let (gears, now) = (gears.clone(), clock.clone());
    let line = Line::new(clock, move |asked| {
        let frame = Forward::new(asked[1], asked[2]);
        let mut answers = Vec::new();
        for _ in 0..if asked[0] == 2 { 2 } else { 1 } {
            let hear = |gear: &mut Gear| gear.hear(frame, now.now_ms());
            answers = gears.borrow_mut().iter_mut().map(hear).collect();
        }
        vec![(
            25_000,
            match together(answers) {
                Reply::Nothing => vec![0, 0],
                Reply::Backward(byte) => vec![1, byte],
                Reply::Collision => vec![2, 0],
            },
        )]
    });
    DaliBridge::new(line, clock.clone())
}
