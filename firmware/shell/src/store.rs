//! What outlives a power cut: identity, registers, settings, and frames that nobody has acknowledged.
//!
//! | offset in the node's area | size | |
//! |---|---|---|
//! | 0x0 | 4 KiB | identity page |
//! | 0x1000 | 32 KiB | map: registers, settings, starts |
//! | 0x9000 | 256 KiB | log of frames |
//! | 0x49000 | 4 KiB | the other identity page |
//!
//! Map and log are sequential-storage's: each write goes to a fresh place and counts only
//! when it is whole, and pages wear evenly. A power cut at any write or erasure leaves the
//! old or the new; `tests.rs` cuts at every one of them.
//!
//! Flash here is embedded-storage's blocking `NorFlash`: pages of 4 KiB, and a word may be written twice
//! (an acknowledged frame is marked in place).

pub mod doubled;
mod pages;

pub use pages::{PLACES as IDENTITY_PLACES, erase_identity, identity, write_identity};

use core::cell::RefCell;
use core::ops::Range;
use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};
use embedded_storage_async::nor_flash as later;
use node::Key;
use sequential_storage::cache::key_pointers::ArrayKeyPointers;
use sequential_storage::cache::page_pointers::ArrayPagePointers;
use sequential_storage::cache::page_states::ArrayPageStates;
use sequential_storage::cache::{Cache, Uncached};
use sequential_storage::map::{MapConfig, MapStorage};
use sequential_storage::queue::{QueueConfig, QueueStorage};
use wire::Loss;

/// Flash of a board, as the store wants it.
pub trait Flash: MultiwriteNorFlash + 'static {}

impl<T: MultiwriteNorFlash + 'static> Flash for T {}

/// Size of an erasable page, bytes.
pub const ERASE_BYTES: u32 = 4096;

/// Size of the node's area, bytes.
pub const AREA_BYTES: u32 = SECOND.end;

const MAP: Range<u32> = 0x1000..0x9000;
const LOG: Range<u32> = 0x9000..0x4_9000;
const SECOND: Range<u32> = LOG.end..LOG.end + ERASE_BYTES;
const MAP_PAGES: usize = ((MAP.end - MAP.start) / ERASE_BYTES) as usize;
const LOG_PAGES: usize = ((LOG.end - LOG.start) / ERASE_BYTES) as usize;

/// Longest record of the log, bytes.
pub const RECORD_BYTES_MAX: usize = node::limits::KEPT_BYTES_MAX;

/// Longest value in the map.
pub const VALUE_BYTES_MAX: usize = node::limits::SAVED_BYTES_MAX;

/// What is in the map. Numbers are never used again.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Slot {
    Registers = 1,
    Settings = 2,
    Starts = 3,
}

/// Why nothing was read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The flash refused.
    Flash,
    /// What is there makes no sense, and could not be repaired.
    Damaged,
    /// Longer than it may be.
    TooLong,
}

/// The node's area of the flash.
pub struct Store<F: Flash> {
    map: MapStorage<u8, Shared<F>, MapCache>,
    log: QueueStorage<Shared<F>, LogCache>,
    bytes: &'static mut [u8; BUFFER_BYTES],
}

type MapCache =
    Cache<ArrayPageStates<MAP_PAGES>, ArrayPagePointers<MAP_PAGES>, ArrayKeyPointers<u8, 4>, u8>;
type LogCache = Cache<ArrayPageStates<LOG_PAGES>, ArrayPagePointers<LOG_PAGES>, Uncached, ()>;

/// Room to read one value or record.
pub const BUFFER_BYTES: usize = max(RECORD_BYTES_MAX, VALUE_BYTES_MAX) + 64;

const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

impl<F: Flash> Store<F> {
    /// A store on this flash, which begins at the node's area.
    pub fn new(flash: &'static RefCell<F>, bytes: &'static mut [u8; BUFFER_BYTES]) -> Self {
        const { assert!(F::ERASE_SIZE as u32 == ERASE_BYTES, "pages of 4 KiB") };
        let map_cache =
            Cache::new(ArrayPageStates::new(), ArrayPagePointers::new(), ArrayKeyPointers::new());
        let log_cache = Cache::new(ArrayPageStates::new(), ArrayPagePointers::new(), Uncached);
        Self {
            map: MapStorage::new(Shared(flash), MapConfig::new(MAP), map_cache),
            log: QueueStorage::new(Shared(flash), QueueConfig::new(LOG), log_cache),
            bytes,
        }
    }

    /// Counts a start, and says which one it is. It differs from every other start's as long as
    /// the flash works.
    pub async fn count_start(&mut self) -> u32 {
        let starts = match self.load(Slot::Starts).await {
            Ok(Some(bytes)) => bytes.try_into().map(u32::from_le_bytes).unwrap_or(0),
            _ => 0,
        };
        let starts = starts.wrapping_add(1);
        // A flash that does not work is noticed by whoever saves something that matters.
        let _ = self.save(Slot::Starts, &starts.to_le_bytes()).await;
        starts
    }

    /// What [`node::Action::Save`] asked to keep last.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn registers(&mut self) -> Result<Option<&[u8]>, Fault> {
        self.load(Slot::Registers).await
    }

    /// Keeps registers in place of the last ones.
    ///
    /// # Errors
    /// [`Fault`]; the last ones are still there.
    pub async fn save_registers(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.save(Slot::Registers, bytes).await
    }

    /// Settings that were kept last.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn settings(&mut self) -> Result<Option<&[u8]>, Fault> {
        self.load(Slot::Settings).await
    }

    /// Keeps settings in place of the last ones.
    ///
    /// # Errors
    /// [`Fault`]; the last ones are still there.
    pub async fn save_settings(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.save(Slot::Settings, bytes).await
    }

    async fn load(&mut self, slot: Slot) -> Result<Option<&[u8]>, Fault> {
        let found = self.map.fetch_item::<&[u8]>(self.bytes, &(slot as u8)).await;
        found.map_err(fault)
    }

    async fn save(&mut self, slot: Slot, bytes: &[u8]) -> Result<(), Fault> {
        if bytes.len() > VALUE_BYTES_MAX {
            return Err(Fault::TooLong);
        }
        let Err(why) = self.map.store_item(self.bytes, &(slot as u8), &bytes).await else {
            return Ok(());
        };
        if fault(why) != Fault::Damaged {
            return Err(Fault::Flash);
        }
        // Beyond repair: what cannot be read any more is worth less than what comes from now on.
        self.map.erase_all().await.map_err(fault)?;
        self.map.store_item(self.bytes, &(slot as u8), &bytes).await.map_err(fault)
    }

    /// Appends a record to the log; the oldest page goes when there is no room.
    ///
    /// # Errors
    /// [`Fault`]; what was in the log is still there.
    pub async fn keep(&mut self, record: &[u8]) -> Result<(), Fault> {
        if record.len() > RECORD_BYTES_MAX {
            return Err(Fault::TooLong);
        }
        let Err(why) = self.log.push(record, true).await else { return Ok(()) };
        if fault(why) != Fault::Damaged {
            return Err(Fault::Flash);
        }
        self.log.erase_all().await.map_err(fault)?;
        self.log.push(record, true).await.map_err(fault)
    }

    /// When the next record would take the place of old ones: the restart counter of the oldest
    /// record, and the numbers of the first and last frame of that boot that have to go for it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn crowded(&mut self) -> Result<Option<(u32, Loss)>, Fault> {
        let room = self.log.find_max_fit().await.map_err(fault)?;
        if room.is_some_and(|bytes| bytes as usize >= RECORD_BYTES_MAX) {
            return Ok(None);
        }
        let mut records = self.log.iter().await.map_err(fault)?;
        let overhead = QueueStorage::<Shared<F>, LogCache>::item_overhead_size();
        let mut oldest: Option<(u32, Loss)> = None;
        let mut bytes = 0;
        while let Some(record) = records.next(self.bytes).await.map_err(fault)? {
            // Nobody tells on which page a record lies; all of a page's together are not longer
            // than a page. So the page is surely among them, and a part of the next one may be.
            bytes += overhead + record.len().next_multiple_of(F::WRITE_SIZE) as u32;
            let Some(Key { boot, seq }) = Key::of(&record) else { continue };
            match &mut oldest {
                None => oldest = Some((boot, Loss { from: seq, to: seq })),
                Some((by, frames)) if *by == boot && bytes <= ERASE_BYTES => frames.to = seq,
                Some(_) => break,
            }
        }
        Ok(oldest)
    }

    /// The oldest and the newest record, in this order.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn held(&mut self) -> Result<Option<(Key, Key)>, Fault> {
        let mut records = self.log.iter().await.map_err(fault)?;
        let mut held: Option<(Key, Key)> = None;
        while let Some(record) = records.next(self.bytes).await.map_err(fault)? {
            let Some(key) = Key::of(&record) else { continue };
            held = Some((held.map_or(key, |(oldest, _)| oldest), key));
        }
        Ok(held)
    }

    /// The first record behind this key, or the very first.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn after(&mut self, key: Option<Key>) -> Result<Option<&[u8]>, Fault> {
        let mut records = self.log.iter().await.map_err(fault)?;
        let mut len = None;
        while let Some(record) = records.next(self.bytes).await.map_err(fault)? {
            // `None` is less than every key.
            if Key::of(&record) > key {
                len = Some(record.len());
                break;
            }
        }
        Ok(len.and_then(|len| self.bytes.get(..len)))
    }

    /// Forgets everything up to and including this key, and what has none.
    ///
    /// # Errors
    /// [`Fault`]; what was not forgotten is still there.
    pub async fn forget(&mut self, last: Key) -> Result<(), Fault> {
        let mut records = self.log.iter().await.map_err(fault)?;
        while let Some(record) = records.next(self.bytes).await.map_err(fault)? {
            if Key::of(&record) > Some(last) {
                break;
            }
            record.pop().await.map_err(fault)?;
        }
        Ok(())
    }
}

fn fault<E>(error: sequential_storage::Error<E>) -> Fault {
    use sequential_storage::Error;
    match error {
        Error::Storage { .. } => Fault::Flash,
        Error::ItemTooBig | Error::BufferTooBig | Error::BufferTooSmall(_) => Fault::TooLong,
        _ => Fault::Damaged,
    }
}

/// The board's flash for both map and log, in the shape that sequential-storage wants. No call
/// is interrupted by another: each ends before it returns.
struct Shared<F: 'static>(&'static RefCell<F>);

impl<F: ErrorType> ErrorType for Shared<F> {
    type Error = F::Error;
}

impl<F: ReadNorFlash> later::ReadNorFlash for Shared<F> {
    const READ_SIZE: usize = F::READ_SIZE;

    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), F::Error> {
        self.0.borrow_mut().read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.borrow().capacity()
    }
}

impl<F: NorFlash> later::NorFlash for Shared<F> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    async fn erase(&mut self, from: u32, to: u32) -> Result<(), F::Error> {
        self.0.borrow_mut().erase(from, to)
    }

    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), F::Error> {
        self.0.borrow_mut().write(offset, bytes)
    }
}

impl<F: MultiwriteNorFlash> later::MultiwriteNorFlash for Shared<F> {}

#[cfg(test)]
pub(crate) mod memory;
#[cfg(test)]
mod tests;
