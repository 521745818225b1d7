//! Memory banks of gear: who it is (bank 0), its energy (202, part 252), its running time (205, part 253).

use super::{Gear, MASK};

/// Place of the byte that locks or latches a bank.
const LOCK_AT: u8 = 0x02;
/// "Freeze the values."
const LATCH: u8 = 0xAA;

/// mW · ms in a mWh.
const MW_MS_PER_MWH: u64 = 3_600_000;

/// Exponent of both values of bank 202: thousandths.
const MILLI: u8 = (-3i8).cast_unsigned();

/// Counters, and what is needed to read them byte by byte.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    serial: u32,
    /// Counted up to here.
    pub(super) at_ms: u64,
    energy_mw_ms: u64,
    pub(super) operating_ms: u64,
    starts: u32,
    failures: u8,
    /// The level before the last power cut.
    pub(super) last_light: u8,
    pub(super) unavailable: bool,
    pub(super) write_enabled: bool,
    /// Lock byte of bank 202.
    pub(super) lock: u8,
    /// Bank 202 as it was when it was latched.
    latched: [u8; 16],
}

impl Memory {
    pub(super) const fn new(serial: u32) -> Self {
        Self {
            serial,
            at_ms: 0,
            energy_mw_ms: 0,
            operating_ms: 0,
            starts: 0,
            failures: 0,
            last_light: 254,
            unavailable: false,
            write_enabled: false,
            lock: MASK,
            latched: [MASK; 16],
        }
    }

    pub(super) fn add_energy(&mut self, power_mw: u32, ms: u64) {
        self.energy_mw_ms += u64::from(power_mw) * ms;
    }

    pub(super) const fn energy_mwh(&self) -> u64 {
        self.energy_mw_ms / MW_MS_PER_MWH
    }

    pub(super) fn count_start(&mut self) {
        // 24 bits, of which the highest two values are no numbers.
        self.starts = (self.starts + 1).min(0xFF_FFFD);
    }

    pub(super) fn count_failure(&mut self, new: bool) {
        self.failures = self.failures.saturating_add(u8::from(new)).min(253);
    }
}

impl Gear {
    /// READ MEMORY LOCATION: byte DTR0 of bank DTR1; DTR0 moves on, whether there is a byte or not.
    pub(super) fn read_memory(&mut self, now_ms: u64) -> Option<u8> {
        let [place, bank, _] = self.dtr;
        self.dtr[0] = place.saturating_add(1);
        let byte = |bytes: &[u8]| bytes.get(usize::from(place)).copied();
        match bank {
            0 => byte(&self.bank_0()),
            202 if self.built.metered && self.memory.lock == LATCH => byte(&self.memory.latched),
            202 if self.built.metered => byte(&self.bank_202(now_ms)),
            205 => byte(&self.bank_205(now_ms)),
            _ => None,
        }
    }

    /// WRITE MEMORY LOCATION: only the latch can be written.
    pub(super) fn write_memory(&mut self, value: u8, now_ms: u64) -> Option<u8> {
        if !self.memory.write_enabled {
            return None;
        }
        let [place, bank, _] = self.dtr;
        self.dtr[0] = place.saturating_add(1);
        if !(self.built.metered && bank == 202 && place == LOCK_AT) {
            return None;
        }
        self.memory.lock = value;
        if value == LATCH {
            self.memory.latched = self.bank_202(now_ms);
        }
        Some(value)
    }

    fn bank_0(&self) -> [u8; 27] {
        let mut bank = [0; 27];
        bank[0x00] = 0x1A;
        bank[0x02] = 205;
        bank[0x0F..0x13].copy_from_slice(&self.memory.serial.to_be_bytes());
        // Versions of parts 101, 102; no 103.
        bank[0x15..0x18].copy_from_slice(&[8, 8, MASK]);
        // One logical gear, the first.
        bank[0x19] = 1;
        bank
    }

    fn bank_202(&self, now_ms: u64) -> [u8; 16] {
        let mut bank = [0; 16];
        bank[0x00] = 0x0F;
        bank[0x02] = self.memory.lock;
        bank[0x03] = 1;
        bank[0x04] = MILLI;
        bank[0x0B] = MILLI;
        // All ones but the last: "not now".
        let energy = if self.memory.unavailable { u64::MAX - 1 } else { self.memory.energy_mwh() };
        let power = if self.memory.unavailable { u32::MAX - 1 } else { self.power_mw(now_ms) };
        bank[0x05..0x0B].copy_from_slice(&energy.to_be_bytes()[2..]);
        bank[0x0C..0x10].copy_from_slice(&power.to_be_bytes());
        bank
    }

    fn bank_205(&self, now_ms: u64) -> [u8; 29] {
        let mut bank = [0; 29];
        bank[0x00] = 0x1C;
        bank[0x02] = MASK;
        bank[0x03] = 1;
        // Fits for 136 years.
        let operating_s = (self.memory.operating_ms / 1000) as u32;
        bank[0x04..0x08].copy_from_slice(&operating_s.to_be_bytes());
        bank[0x08..0x0B].copy_from_slice(&self.memory.starts.to_be_bytes()[1..]);
        // 230.0 V, 50 Hz, power factor 0.95.
        bank[0x0B..0x0D].copy_from_slice(&2300u16.to_be_bytes());
        bank[0x0D] = 50;
        bank[0x0E] = 95;
        bank[0x0F] = u8::from(self.gear_failed);
        bank[0x10] = self.memory.failures;
        // 35 °C, counted from -60 °C.
        bank[0x1B] = 95;
        // At most 100.
        bank[0x1C] = (self.light_pct_milli(now_ms) / 1000) as u8;
        bank
    }
}
