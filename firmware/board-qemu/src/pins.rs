//! Movement and wall switches: a PCA9552 on the machine's I²C bus stands in for GPIO, because its levels can
//! be set from outside (`qom-set … led0 on`). Real boards have pins.
//!
//! The bus is two bits of a register (Arm Versatile serial bus); the device is read with
//! `S 0x60 W, INPUT0, Sr 0x60 R, byte, NACK, P` (NXP PCA9552 datasheet, 6.1 and 7).

use crate::mmio::Block;
use shell::sense::pins::{Contacts, Seen};

// SAFETY: the second serial bus of the shields (AN386); only this module uses it.
const BUS: Block = unsafe { Block::new(0x4002_a000) };

/// Reads the lines; writing ones sets them.
const SET: u32 = 0;
/// Writing ones clears them.
const CLEAR: u32 = 4;
const SCL: u32 = 1;
const SDA: u32 = 2;

const ADDRESS: u8 = 0x60;
/// Levels of pins 0 … 7.
const INPUT0: u8 = 0;

/// Pin 0 is movement, pins 1 … 3 are the wall switches of the first three lamp channels; pin 4 is left to
/// the button that other boards have.
pub struct Pins;

const SWITCHES: usize = 3;

impl Contacts for Pins {
    async fn read(&mut self) -> Option<Seen> {
        let levels = input()?;
        let mut seen = Seen { motion: levels & 1 != 0, ..Seen::default() };
        for (lamp, closed) in seen.closed.iter_mut().take(SWITCHES).enumerate() {
            *closed = levels & (2 << lamp) != 0;
        }
        Some(seen)
    }
}

fn input() -> Option<u8> {
    start();
    let there = send(ADDRESS << 1) && send(INPUT0);
    start();
    let there = there && send(ADDRESS << 1 | 1);
    let levels = receive();
    stop();
    there.then_some(levels)
}

/// Also a repeated start.
fn start() {
    BUS.write(SET, SDA);
    BUS.write(SET, SCL);
    BUS.write(CLEAR, SDA);
    BUS.write(CLEAR, SCL);
}

fn stop() {
    BUS.write(CLEAR, SDA);
    BUS.write(SET, SCL);
    BUS.write(SET, SDA);
}

/// True when the device acknowledged.
fn send(byte: u8) -> bool {
    for bit in (0..8).rev() {
        BUS.write(if byte >> bit & 1 == 1 { SET } else { CLEAR }, SDA);
        BUS.write(SET, SCL);
        BUS.write(CLEAR, SCL);
    }
    BUS.write(SET, SDA);
    BUS.write(SET, SCL);
    let acknowledged = BUS.read(SET) & SDA == 0;
    BUS.write(CLEAR, SCL);
    acknowledged
}

/// The last byte of a read: not acknowledged.
fn receive() -> u8 {
    let mut byte = 0;
    BUS.write(SET, SDA);
    for _ in 0..8 {
        BUS.write(SET, SCL);
        byte = byte << 1 | u8::from(BUS.read(SET) & SDA != 0);
        BUS.write(CLEAR, SCL);
    }
    BUS.write(SET, SCL);
    BUS.write(CLEAR, SCL);
    byte
}
