//! The store on a flash with check bits, with the power cut in any word: what it promises on any other flash.

use super::super::{AREA_BYTES, BUFFER_BYTES, Store};
use super::*;
use core::cell::RefCell;
use embassy_futures::block_on;
use node::Key;

const WORD: usize = 16;
const SECTOR: u32 = 2 * ERASE_BYTES;
const PAGES: u32 = AREA_BYTES / ERASE_BYTES;
/// A program lies before the node's part.
const START: u32 = 3 * SECTOR;

/// Flash that takes one write per word, and says so when it is asked for a second.
#[derive(Clone)]
struct Once {
    bytes: Vec<u8>,
    /// Words that may still be written, or sectors erased, before the power is cut.
    left: usize,
    tear: Tear,
    dark: bool,
}

/// How much of the word or sector during which the power is cut was done.
#[derive(Clone, Copy, Debug)]
enum Tear {
    Nothing,
    /// Of a word every other bit that should have fallen; of a sector the first half.
    Half,
    All,
}

#[derive(Debug, PartialEq)]
struct Refused;

impl NorFlashError for Refused {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl Once {
    fn new() -> Self {
        let bytes = vec![0xff; (START + PAGES * SECTOR) as usize];
        Self { bytes, left: usize::MAX, tear: Tear::All, dark: false }
    }

    fn step(&mut self) -> Result<Tear, Refused> {
        if self.dark {
            return Err(Refused);
        }
        self.dark = self.left == 0;
        self.left = self.left.saturating_sub(1);
        Ok(if self.dark { self.tear } else { Tear::All })
    }

    fn done(&self) -> Result<(), Refused> {
        if self.dark { Err(Refused) } else { Ok(()) }
    }
}

impl ErrorType for Once {
    type Error = Refused;
}

impl ReadNorFlash for Once {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Refused> {
        self.done()?;
        let offset = offset as usize;
        bytes.copy_from_slice(&self.bytes[offset..offset + bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl NorFlash for Once {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = SECTOR as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Refused> {
        assert!(from >= START && from.is_multiple_of(SECTOR) && to.is_multiple_of(SECTOR));
        for sector in (from..to).step_by(SECTOR as usize) {
            let length = match self.step()? {
                Tear::Nothing => 0,
                Tear::Half => SECTOR / 2,
                Tear::All => SECTOR,
            };
            self.bytes[sector as usize..(sector + length) as usize].fill(0xff);
        }
        self.done()
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Refused> {
        assert!(offset >= START && bytes.len() == WORD && offset.is_multiple_of(WORD as u32));
        let word = &mut self.bytes[offset as usize..offset as usize + WORD].to_vec();
        assert!(word.iter().all(|byte| *byte == 0xff), "a second write at {offset:#x}");
        let kept = match self.step()? {
            Tear::Nothing => 0xff,
            Tear::Half => 0x55,
            Tear::All => 0,
        };
        for (place, byte) in self.bytes[offset as usize..].iter_mut().zip(bytes) {
            *place = byte | kept;
        }
        self.done()
    }
}

fn open(flash: Once) -> (Store<Doubled<Once>>, &'static RefCell<Doubled<Once>>) {
    let flash = Box::leak(Box::new(RefCell::new(Doubled::new(flash, START, PAGES))));
    let bytes = Box::leak(Box::new([0; BUFFER_BYTES]));
    (Store::new(flash, bytes), flash)
}

/// What is on the flash, with power.
fn close(flash: &RefCell<Doubled<Once>>) -> Once {
    let bytes = core::mem::take(&mut flash.borrow_mut().flash.bytes);
    Once { bytes, ..Once::new() }
}

fn value(turn: u32) -> Vec<u8> {
    vec![turn as u8; 60 + turn as usize % 3 * 70]
}

fn record(turn: u32) -> Vec<u8> {
    let mut record = [7u32.to_le_bytes(), turn.to_le_bytes()].concat();
    record.resize(200 + turn as usize * 37 % 160, turn as u8);
    record
}

fn key(seq: u32) -> Key {
    Key { boot: 7, seq }
}

/// Saves, keeps and, now and then, forgets; false when it failed.
fn turn(store: &mut Store<Doubled<Once>>, turn: u32) -> bool {
    let forgotten = !turn.is_multiple_of(8) || block_on(store.forget(key(turn - 5))).is_ok();
    forgotten
        && block_on(store.keep(&record(turn))).is_ok()
        && block_on(store.save_registers(&value(turn))).is_ok()
}

/// The whole log is used more than once, and the map too.
const OLD: u32 = 1_000;
const NEW: u32 = OLD + 24;

#[test]
fn the_store_keeps_its_promises_wherever_the_power_is_cut() {
    let (mut store, flash) = open(Once::new());
    assert!((1..=OLD).all(|nth| turn(&mut store, nth)));
    let old = close(flash);
    let mut left = 0;
    loop {
        let mut reached = false;
        for tear in [Tear::Nothing, Tear::Half, Tear::All] {
            let (mut store, flash) = open(Once { left, tear, ..old.clone() });
            let done = (OLD + 1..=NEW).take_while(|nth| turn(&mut store, *nth)).count() as u32;
            let last = OLD + done;
            reached |= last < NEW;
            let (mut store, flash) = open(close(flash));
            let cut = format!("cut at {left}, {tear:?}, after turn {last}");
            let found = block_on(store.registers()).unwrap().map(<[u8]>::to_vec);
            assert!(found == Some(value(last)) || found == Some(value(last + 1)), "{cut}");
            let kept = block_on(store.after(Some(key(last - 1)))).unwrap().map(<[u8]>::to_vec);
            assert_eq!(kept, Some(record(last)), "{cut}");
            // And life goes on.
            assert!((last + 2..last + 40).all(|nth| turn(&mut store, nth)), "{cut}");
            close(flash);
        }
        if !reached {
            break;
        }
        // No divisor of what a record takes, so that every kind of word is met.
        left += 3;
    }
    assert!(left > 700, "the power was cut often enough: {left}");
}

#[test]
fn a_word_is_written_twice_and_not_thrice() {
    let mut flash = Doubled::new(Once::new(), START, PAGES);
    let mut read = [0; 40];
    flash.write(4096 - 16, &[0xf0; 16]).unwrap();
    flash.write(4096 - 16, &[0x3f; 16]).unwrap();
    flash.read(4096 - 20, &mut read).unwrap();
    assert_eq!(read[..4], [0xff; 4]);
    assert_eq!(read[4..20], [0x30; 16]);
    assert_eq!(read[20..], [0xff; 20], "the next page is another sector");
    // What changes nothing is no write.
    flash.write(4096 - 16, &[0x30; 16]).unwrap();
    assert_eq!(flash.write(4096 - 16, &[0; 16]), Err(Fault::Thrice));
    flash.erase(0, 4096).unwrap();
    flash.read(4096 - 20, &mut read).unwrap();
    assert_eq!(read, [0xff; 40]);
}

#[test]
fn what_lies_outside_is_left_alone() {
    let mut flash = Doubled::new(Once::new(), START, PAGES);
    let end = PAGES * ERASE_BYTES;
    assert_eq!(flash.capacity(), end as usize);
    assert_eq!(flash.read(end - 1, &mut [0; 2]), Err(Fault::OutOfBounds));
    assert_eq!(flash.write(end, &[0; 16]), Err(Fault::OutOfBounds));
    assert_eq!(flash.erase(end - 4096, end + 4096), Err(Fault::OutOfBounds));
    assert_eq!(flash.erase(16, 4096), Err(Fault::NotAligned));
    assert_eq!(flash.write(8, &[0; 16]), Err(Fault::NotAligned));
    flash.erase(0, end).unwrap();
}
