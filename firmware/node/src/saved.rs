//! What [`crate::Action::Save`] keeps through a power cut: who this boot is, registers, how starts
//! went, which losses are still to be told.
//!
//! Layout, little endian: version, boot; the registers; then, since version 2, how starts went (crashes,
//! whether this one went well, last command), the bound of lost energy, frames that no loss record tells,
//! and losses (boot, from, to); CRC-32 of all. Version 1 ends behind the registers.

use crate::gone::Gone;
use crate::limits::SAVED_BYTES_MAX;
use crate::registers::Registers;
use heapless::Vec;
use wire::Loss;

/// Bytes of a [`crate::Action::Save`].
pub(crate) type Bytes = Vec<u8, SAVED_BYTES_MAX>;

/// What outlives a power cut besides the registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Saved {
    /// Which boot saved it.
    pub boot: u32,
    /// Crashes in a row, each soon after its start.
    pub crashes: u8,
    /// That boot went well for long enough.
    pub healthy: bool,
    /// Counter of the last command that was done.
    pub n: u64,
    /// Energy that a power cut may cost at most until the next save, Wh.
    pub unsaved_wh_max: u32,
    /// Losses that no acknowledgement has confirmed.
    pub gone: Gone,
}

const VERSION: u8 = 2;
const V1: u8 = 1;

impl Saved {
    /// What was saved; the registers of it go where they belong. `None` when the bytes are not what
    /// [`Saved::pack`] wrote.
    pub fn unpack(bytes: &[u8], registers: &mut Registers) -> Option<Self> {
        let saved = Self::read(bytes, registers);
        if saved.is_none() {
            *registers = Registers::default();
        }
        saved
    }

    #[inline(never)]
    fn read(bytes: &[u8], registers: &mut Registers) -> Option<Self> {
        let (body, crc) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
        if crc32(body).to_le_bytes() != crc {
            return None;
        }
        let mut rest = body;
        let [version, circuits, lamps] = take(&mut rest)?;
        if version != VERSION && version != V1 {
            return None;
        }
        let mut saved = Self { boot: u32::from_le_bytes(take(&mut rest)?), ..Self::default() };
        registers.restore(circuits, lamps, &mut rest)?;
        if version == VERSION {
            let [crashes, healthy, losses] = take(&mut rest)?;
            (saved.crashes, saved.healthy) = (crashes, healthy != 0);
            saved.n = u64::from_le_bytes(take(&mut rest)?);
            saved.unsaved_wh_max = u32::from_le_bytes(take(&mut rest)?);
            saved.gone.untold = u32::from_le_bytes(take(&mut rest)?);
            for _ in 0..losses {
                let boot = u32::from_le_bytes(take(&mut rest)?);
                let from = u32::from_le_bytes(take(&mut rest)?);
                let to = u32::from_le_bytes(take(&mut rest)?);
                saved.gone.add(boot, Loss { from, to });
            }
        }
        rest.is_empty().then_some(saved)
    }

    /// The bytes to save; `extra` losses stand behind those that are gone.
    pub fn pack(&self, registers: &mut Registers, extra: &[Option<(u32, Loss)>]) -> Bytes {
        let mut bytes = Bytes::new();
        let (circuits, lamps) = registers.counts();
        // `SAVED_BYTES_WORST` is asserted to fit.
        let _ = bytes.extend_from_slice(&[VERSION, circuits, lamps]);
        let _ = bytes.extend_from_slice(&self.boot.to_le_bytes());
        registers.save(&mut bytes);
        let losses = self.gone.iter().chain(extra.iter().flatten().copied());
        let count = self.gone.iter().count() + extra.iter().flatten().count();
        let mut put = |part: &[u8]| drop(bytes.extend_from_slice(part));
        put(&[self.crashes, u8::from(self.healthy), count as u8]);
        put(&self.n.to_le_bytes());
        put(&self.unsaved_wh_max.to_le_bytes());
        put(&self.gone.untold.to_le_bytes());
        for (boot, loss) in losses {
            put(&boot.to_le_bytes());
            put(&loss.from.to_le_bytes());
            put(&loss.to.to_le_bytes());
        }
        let crc = crc32(&bytes);
        let _ = bytes.extend_from_slice(&crc.to_le_bytes());
        bytes
    }
}

/// Losses of the boot that sends its backlog and of the present one stand beside those that are gone.
pub(crate) const EXTRA: usize = 2;
const SAVED_BYTES_WORST: usize =
    7 + crate::registers::BYTES_WORST + 3 + 16 + (crate::limits::GONE_MAX + EXTRA) * 12 + 4;
const _: () = assert!(SAVED_BYTES_WORST <= SAVED_BYTES_MAX);

/// The next `N` bytes.
pub(crate) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, more) = rest.split_first_chunk::<N>()?;
    *rest = more;
    Some(*taken)
}

/// CRC-32 (IEEE 802.3), bit by bit: a few hundred bytes every few minutes need no table.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
