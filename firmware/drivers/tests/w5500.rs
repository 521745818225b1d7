//! A W5500 that loses itself in every way that was reported, and the supervision that brings it back.

use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use drivers::w5500::{Event, Fault, Reason, Supervised};
use embedded_hal::digital::{ErrorType as PinErrorType, OutputPin};
use embedded_hal::spi::{ErrorType, Operation};
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::spi::SpiDevice;

const MAC: [u8; 6] = [2, 1, 2, 3, 4, 5];
const LINK: (u8, u16) = (0, 0x2e);
const FREE: (u8, u16) = (1, 0x20);
const RECEIVED: (u8, u16) = (1, 0x26);
const FRAME: (u8, u16) = (3, 0);

thread_local! {
    static NOW_MS: Cell<u64> = const { Cell::new(0) };
    static EVENTS: RefCell<Vec<Event>> = const { RefCell::new(Vec::new()) };
}

/// What the chip does.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Well,
    /// All lines high, as a chip without supply.
    Dead,
}

/// The registers that matter, and how often it was reset.
struct Chip {
    mood: Mood,
    /// Registers by block and address.
    bytes: std::collections::HashMap<(u8, u16), u8>,
    resets: u32,
}

impl Chip {
    fn reset(&mut self) {
        self.resets += 1;
        self.bytes.clear();
        self.bytes.insert((0, 0x39), 4);
        self.put(LINK, &[0xbf]);
        self.put(FREE, &[0x40, 0]);
    }

    fn put(&mut self, (block, address): (u8, u16), bytes: &[u8]) {
        for (address, byte) in (address..).zip(bytes) {
            self.bytes.insert((block, address), *byte);
        }
        // OPEN in raw mode makes it SOCK_MACRAW.
        if (block, address) == (1, 1) && bytes == [1] && self.bytes.get(&(1, 0)) == Some(&0x84) {
            self.bytes.insert((1, 3), 0x42);
        }
    }
}

struct Bus<'a>(&'a RefCell<Chip>);

impl ErrorType for Bus<'_> {
    type Error = Infallible;
}

impl SpiDevice for Bus<'_> {
    async fn transaction(&mut self, steps: &mut [Operation<'_, u8>]) -> Result<(), Infallible> {
        let mut chip = self.0.borrow_mut();
        let mut head = Vec::new();
        for step in steps {
            match step {
                Operation::Write(bytes) if head.len() < 3 => head.extend_from_slice(bytes),
                Operation::Write(bytes) if chip.mood == Mood::Well => {
                    chip.put((head[2] >> 3, u16::from_be_bytes([head[0], head[1]])), bytes);
                }
                Operation::TransferInPlace(bytes) => {
                    let address = u16::from_be_bytes([head[0], head[1]]);
                    for (address, byte) in (address..).zip(bytes.iter_mut()) {
                        let known = chip.bytes.get(&(head[2] >> 3, address)).copied().unwrap_or(0);
                        *byte = if chip.mood == Mood::Well { known } else { 0xff };
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

struct ResetPin<'a>(&'a RefCell<Chip>);

impl PinErrorType for ResetPin<'_> {
    type Error = Infallible;
}

impl OutputPin for ResetPin<'_> {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.borrow_mut().reset();
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

struct Clock;

impl DelayNs for Clock {
    async fn delay_ns(&mut self, ns: u32) {
        NOW_MS.set(NOW_MS.get() + u64::from(ns / 1_000_000));
    }
}

/// Nothing here waits for anything.
fn now<T>(task: impl Future<Output = T>) -> T {
    match pin!(task).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the fake chip never makes anybody wait"),
    }
}

type Tested<'a> = Supervised<Bus<'a>, ResetPin<'a>, Clock>;

fn start(chip: &RefCell<Chip>) -> Tested<'_> {
    let parts = (Bus(chip), ResetPin(chip), Clock);
    let report = |event| EVENTS.with_borrow_mut(|events| events.push(event));
    now(Supervised::start(parts, MAC, || NOW_MS.get(), report))
}

fn chip(mood: Mood) -> RefCell<Chip> {
    RefCell::new(Chip { mood, bytes: Default::default(), resets: 0 })
}

/// A read as the driver does it: address, control, answer.
fn read(
    tested: &mut Tested<'_>,
    (block, address): (u8, u16),
) -> Result<[u8; 2], Fault<Infallible>> {
    let mut answer = [0xee; 2];
    let length = if (block, address) == LINK || block == 0 { 1 } else { 2 };
    let (address, control) = (address.to_be_bytes(), [block << 3]);
    let mut steps = [
        Operation::Write(&address),
        Operation::Write(&control),
        Operation::TransferInPlace(&mut answer[..length]),
    ];
    now(tested.transaction(&mut steps)).map(|()| answer)
}

fn later(ms: u64) {
    NOW_MS.set(NOW_MS.get() + ms);
}

fn events() -> Vec<Event> {
    EVENTS.take()
}

#[test]
fn a_chip_that_is_well_is_left_alone() {
    let chip = chip(Mood::Well);
    let mut tested = start(&chip);
    assert_eq!(chip.borrow().bytes[&(0, 9)], MAC[0]);
    for _ in 0..1_000 {
        assert_eq!(read(&mut tested, LINK).unwrap()[0], 0xbf);
        read(&mut tested, FREE).unwrap();
        read(&mut tested, RECEIVED).unwrap();
        later(500);
    }
    assert_eq!(chip.borrow().resets, 1);
    assert_eq!(events(), [Event::Revived(Reason::Start)]);
}

#[test]
fn a_dead_chip_looks_like_a_pulled_cable_until_it_is_there() {
    let chip = chip(Mood::Dead);
    let mut tested = start(&chip);
    assert_eq!(read(&mut tested, (0, 0x39)).unwrap()[0], 4, "the driver may begin");
    for _ in 0..20 {
        assert_eq!(read(&mut tested, LINK).unwrap()[0], 0);
        assert!(read(&mut tested, FREE).is_err());
        later(500);
    }
    chip.borrow_mut().mood = Mood::Well;
    later(5_000);
    assert_eq!(read(&mut tested, LINK).unwrap()[0], 0xbf);
    let events = events();
    assert_eq!(events.first(), Some(&Event::Silent(Reason::Start)));
    assert_eq!(events.last(), Some(&Event::Revived(Reason::Silence)));
    assert!(events.len() <= 5, "one attempt in five seconds: {events:?}");
}

#[test]
fn nonsense_is_no_frame_and_no_panic() {
    for (register, bytes) in
        [(RECEIVED, [0xff, 0xff]), (FREE, [0x40, 1]), (FRAME, [0, 2]), (FRAME, [5, 0xed])]
    {
        let chip = chip(Mood::Well);
        let mut tested = start(&chip);
        chip.borrow_mut().put(register, &bytes);
        assert!(read(&mut tested, register).is_err(), "{register:?} {bytes:?}");
        assert_eq!(chip.borrow().bytes[&(1, 3)], 0x42, "set up again");
        assert_eq!(events().last(), Some(&Event::Revived(Reason::Nonsense)));
    }
    let chip = chip(Mood::Well);
    let mut tested = start(&chip);
    for length in [[0, 16], [5, 0xec]] {
        chip.borrow_mut().put(FRAME, &length);
        assert_eq!(read(&mut tested, FRAME).unwrap(), length, "shortest and longest frame");
    }
}

#[test]
fn transmit_memory_that_never_empties_ends_the_wait() {
    let chip = chip(Mood::Well);
    let mut tested = start(&chip);
    chip.borrow_mut().put(FREE, &[0, 0]);
    let asked = (0..).take_while(|_| {
        later(10);
        read(&mut tested, FREE).is_ok()
    });
    assert!((100..=110).contains(&asked.count()), "about a second");
    assert_eq!(events().last(), Some(&Event::Revived(Reason::Stuck)));
    // Asked now and then over hours it is no wait.
    chip.borrow_mut().put(FREE, &[0, 0]);
    for _ in 0..100 {
        read(&mut tested, FREE).unwrap();
        read(&mut tested, LINK).unwrap();
        later(60_000);
    }
}

#[test]
fn a_chip_that_forgot_everything_is_set_up_again() {
    let chip = chip(Mood::Well);
    let mut tested = start(&chip);
    // A dip of the supply.
    chip.borrow_mut().reset();
    assert!(read(&mut tested, LINK).is_err());
    assert_eq!(events().last(), Some(&Event::Revived(Reason::Forgetful)));
    assert_eq!(read(&mut tested, LINK).unwrap()[0], 0xbf);
}

#[test]
fn a_minute_without_link_costs_a_reset_and_no_more() {
    let chip = chip(Mood::Well);
    let mut tested = start(&chip);
    for _ in 0..1_200 {
        // The cable is out, and a reset does not plug it in.
        chip.borrow_mut().put(LINK, &[0xbe]);
        let _ = read(&mut tested, LINK);
        later(500);
    }
    let resets = chip.borrow().resets;
    assert!((9..=11).contains(&resets), "once a minute in ten minutes: {resets}");
}
