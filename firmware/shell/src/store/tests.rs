//! Power cut at every write and erasure, before, within and after it: old or new, never neither.

use super::memory::{Memory, TEARS};
use super::*;
use embassy_futures::block_on;

/// A node with this flash; `memory` gives the flash back.
struct Life {
    store: Store<Memory>,
    flash: &'static RefCell<Memory>,
}

impl Life {
    fn new(memory: Memory) -> Self {
        let flash = Box::leak(Box::new(RefCell::new(Memory { steps: 0, dark: false, ..memory })));
        let bytes = Box::leak(Box::new([0; BUFFER_BYTES]));
        Self { store: Store::new(flash, bytes), flash }
    }

    /// The flash after the power came back.
    fn end(self) -> Memory {
        let bytes = core::mem::take(&mut self.flash.borrow_mut().bytes);
        Memory { bytes, steps: 0, cut: None, dark: false }
    }

    fn log(&mut self) -> Vec<u32> {
        let mut log = Vec::new();
        let mut records = block_on(self.store.log.iter()).unwrap();
        while let Some(record) = block_on(records.next(self.store.bytes)).unwrap() {
            log.push(number(&record));
        }
        log
    }

    fn oldest(&mut self) -> Option<u32> {
        block_on(self.store.after(None)).unwrap().map(number)
    }
}

impl Drop for Life {
    /// What was leaked for `'static` is 300 KiB, thousands of times.
    fn drop(&mut self) {
        self.flash.borrow_mut().bytes = Vec::new();
    }
}

const BOOT: u32 = 7;

fn number(record: &[u8]) -> u32 {
    Key::of(record).unwrap().seq
}

const fn key(seq: u32) -> Key {
    Key { boot: BOOT, seq }
}

/// A record that names itself and is long enough to fill pages soon.
fn record(number: u32) -> Vec<u8> {
    let mut record = [BOOT.to_le_bytes(), number.to_le_bytes()].concat();
    record.resize(200 + (number as usize * 37) % 160, number as u8);
    record
}

/// Does `act` on copies of `memory`, with a power cut in each of its steps, and shows each result to
/// `check`; then without one, and gives what that leaves.
fn cut_everywhere(
    memory: &Memory,
    act: impl Fn(&mut Store<Memory>) -> bool,
    mut check: impl FnMut(&mut Life, &str),
) -> Memory {
    for step in 0.. {
        let mut whole = false;
        for tear in TEARS {
            let mut life = Life::new(Memory { cut: Some((step, tear)), ..memory.clone() });
            whole = act(&mut life.store) && !life.flash.borrow().dark;
            let mut next = Life::new(life.end());
            check(&mut next, &format!("cut in step {step}, {tear:?}"));
        }
        if whole {
            break;
        }
        assert!(step < 10_000, "a write that never ends");
    }
    let mut life = Life::new(memory.clone());
    assert!(act(&mut life.store));
    life.end()
}

#[test]
fn registers_are_the_old_or_the_new_ones_wherever_the_power_is_cut() {
    let value = |turn: u8| vec![turn; 60 + usize::from(turn % 3) * 70];
    let mut memory = Memory::new();
    // 32 KiB hold about 230 of these: every page is filled, left and erased.
    for turn in 1..=250u8 {
        let save = |store: &mut Store<Memory>| block_on(store.save_registers(&value(turn))).is_ok();
        // Around each page's end it is dear; elsewhere a few are enough.
        if turn % 16 != 0 && turn % 29 > 3 {
            let mut life = Life::new(memory);
            assert!(save(&mut life.store));
            memory = life.end();
            continue;
        }
        memory = cut_everywhere(&memory, save, |life, cut| {
            let found = block_on(life.store.registers()).unwrap().map(<[u8]>::to_vec);
            let old = (turn > 1).then(|| value(turn - 1));
            assert!(found == old || found == Some(value(turn)), "turn {turn}, {cut}");
            // And the next one can be saved.
            block_on(life.store.save_registers(b"next")).unwrap();
            assert_eq!(block_on(life.store.registers()).unwrap(), Some(&b"next"[..]));
        });
    }
}

#[test]
fn settings_and_registers_do_not_touch_each_other() {
    let mut life = Life::new(Memory::new());
    block_on(life.store.save_settings(b"settings")).unwrap();
    for turn in 0..=255u8 {
        block_on(life.store.save_registers(&[turn; 200])).unwrap();
        assert_eq!(block_on(life.store.count_start()), u32::from(turn) + 1);
    }
    let mut memory = life.end();
    for turn in 0..40u8 {
        memory = cut_everywhere(
            &memory,
            |store| block_on(store.save_registers(&[turn; 250])).is_ok(),
            |life, cut| {
                let settings = block_on(life.store.settings()).unwrap();
                assert_eq!(settings, Some(&b"settings"[..]), "turn {turn}, {cut}");
            },
        );
    }
}

#[test]
fn the_log_keeps_its_order_and_loses_at_most_the_record_that_was_being_written() {
    let mut memory = Memory::new();
    // Two pages, then around the end of each later one.
    for turn in 0..40 {
        memory = cut_everywhere(
            &memory,
            |store| block_on(store.keep(&record(turn))).is_ok(),
            |life, cut| {
                let log = life.log();
                let old: Vec<u32> = (0..turn).collect();
                let new: Vec<u32> = (0..=turn).collect();
                assert!(log == old || log == new, "turn {turn}, {cut}: {log:?}");
                block_on(life.store.keep(&record(1000))).unwrap();
                assert_eq!(life.log().last(), Some(&1000), "turn {turn}, {cut}");
                assert_eq!(life.log().len(), log.len() + 1, "turn {turn}, {cut}");
            },
        );
    }
}

#[test]
fn a_full_log_gives_up_its_oldest_page_and_nothing_else() {
    let mut life = Life::new(Memory::new());
    let mut turn = 0;
    while life.oldest().is_none_or(|oldest| oldest == 0) {
        block_on(life.store.keep(&record(turn))).unwrap();
        turn += 1;
    }
    let held = turn - life.oldest().unwrap();
    assert!(held > 800, "256 KiB hold {held} records of 280 B");
    let mut memory = life.end();
    let mut dropped = Vec::new();
    for turn in turn..turn + 32 {
        let before = Life::new(memory.clone()).log();
        memory = cut_everywhere(
            &memory,
            |store| block_on(store.keep(&record(turn))).is_ok(),
            |life, cut| {
                let log = life.log();
                let (first, last) = (log[0], log[log.len() - 1]);
                assert!(log.iter().copied().eq(first..=last), "turn {turn}, {cut}: no gap");
                assert!(last == turn - 1 || last == turn, "turn {turn}, {cut}: ends with {last}");
                assert!(first - before[0] <= 20, "turn {turn}, {cut}: one page at most");
            },
        );
        let log = Life::new(memory.clone()).log();
        dropped.push(log[0] - before[0]);
    }
    assert!(dropped.iter().filter(|count| **count > 0).count() >= 2, "{dropped:?}");
}

#[test]
fn what_is_forgotten_goes_from_the_front_and_what_is_not_stays() {
    let mut life = Life::new(Memory::new());
    for turn in 0..60 {
        block_on(life.store.keep(&record(turn))).unwrap();
    }
    let memory = life.end();
    let memory = cut_everywhere(
        &memory,
        |store| block_on(store.forget(key(34))).is_ok(),
        |life, cut| {
            let log = life.log();
            assert!(log[0] <= 35 && log.iter().copied().eq(log[0]..60), "{cut}: {log:?}");
        },
    );
    let mut life = Life::new(memory);
    assert_eq!(life.log(), (35..60).collect::<Vec<_>>());
    let after = block_on(life.store.after(Some(key(40)))).unwrap().unwrap();
    assert_eq!(after, record(41));
    assert_eq!(block_on(life.store.held()).unwrap(), Some((key(35), key(59))));
    block_on(life.store.forget(key(59))).unwrap();
    assert_eq!(block_on(life.store.held()).unwrap(), None);
    block_on(life.store.keep(&record(60))).unwrap();
    assert_eq!(life.log(), [60]);
}

#[test]
fn a_blank_and_a_zeroed_area_come_up_empty_and_can_be_written() {
    for fill in [0xff, 0, 0x5a] {
        let memory = Memory { bytes: vec![fill; AREA_BYTES as usize], ..Memory::new() };
        assert!(identity(&mut memory.clone()).is_err(), "{fill:#x}");
        let mut life = Life::new(memory);
        assert_eq!(block_on(life.store.registers()).unwrap_or(None), None, "{fill:#x}");
        block_on(life.store.save_registers(b"first")).unwrap();
        block_on(life.store.keep(&record(1))).unwrap();
        let mut life = Life::new(life.end());
        assert_eq!(block_on(life.store.registers()).unwrap(), Some(&b"first"[..]), "{fill:#x}");
        assert_eq!(life.log(), [1], "{fill:#x}");
    }
}

#[test]
fn what_is_too_long_is_refused_and_changes_nothing() {
    let mut life = Life::new(Memory::new());
    block_on(life.store.save_settings(b"old")).unwrap();
    let long = vec![1; RECORD_BYTES_MAX + 1];
    assert_eq!(block_on(life.store.save_settings(&long)), Err(Fault::TooLong));
    assert_eq!(block_on(life.store.settings()).unwrap(), Some(&b"old"[..]));
    assert_eq!(block_on(life.store.keep(&long)), Err(Fault::TooLong));
    let longest = &long[..VALUE_BYTES_MAX];
    block_on(life.store.save_settings(longest)).unwrap();
    assert_eq!(block_on(life.store.settings()).unwrap(), Some(longest));
}

#[test]
fn whoever_asks_before_it_is_too_late_hears_what_would_go() {
    let mut life = Life::new(Memory::new());
    let mut gone = Vec::new();
    for turn in 0..1500 {
        while let Some((boot, frames)) = block_on(life.store.crowded()).unwrap() {
            assert_eq!(boot, BOOT);
            gone.extend(frames.from..=frames.to);
            block_on(life.store.forget(key(frames.to))).unwrap();
        }
        block_on(life.store.keep(&record(turn))).unwrap();
    }
    // What was announced and what is there are all that ever was, in order.
    let all: Vec<u32> = gone.iter().copied().chain(life.log()).collect();
    assert!(gone.len() > 400 && all == (0..1500).collect::<Vec<_>>(), "{} gone", gone.len());
}
