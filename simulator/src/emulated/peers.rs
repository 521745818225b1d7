//! What is wired to an emulated board: one task per UART, and one for its pins.
//!
//! Each peer speaks its part's own protocol over the Unix socket of a UART, and takes every value
//! from the node's surroundings at the moment it is asked.
//!
//! | module | part |
//! |---|---|
//! | [`i2c`] | the I²C bridge with BH1750, VEML7700, SCD41 and SHT40 |
//! | [`radar`] | LD2410 |
//! | [`meter`] | Eastron SDM120 |
//! | [`dali`] | the DALI bridge, gear and lamps |
//! | [`pins`] | PIR and wall switches |

pub mod dali;
pub mod i2c;
pub mod meter;
pub mod pins;
pub mod radar;

use super::machine::{Machine, Uart};
use super::surroundings::{Surroundings, lock};
use dali::DaliLine;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

/// Between two attempts to connect to a UART of a QEMU that has just started.
const AGAIN: Duration = Duration::from_millis(5);
/// After so much silence what was received so far is no beginning of anything: far longer than a
/// character takes, and half of what a node waits for an answer. Fading lamps are looked at as often.
const QUIET: Duration = Duration::from_millis(50);

/// Something that can be faulty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Light sensor.
    Bh1750,
    /// Light sensor.
    Veml7700,
    /// CO₂ sensor.
    Scd41,
    /// Temperature and humidity.
    Sht40,
    /// Radar.
    Radar,
    /// Meter.
    Meter,
    /// Gear on the DALI line.
    Dali,
}

/// How something is faulty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// It works.
    #[default]
    None,
    /// It says nothing at all: no answer, no report, a bus that hangs.
    Silent,
    /// It refuses: no acknowledge on I²C, an exception on Modbus, no gear on DALI.
    Nack,
    /// What it says is broken: a wrong checksum, a wrong tail, a garbled backward frame.
    Crc,
}

/// Which peers of one node are faulty now.
#[derive(Debug, Default)]
pub struct Faults(Mutex<[Fault; 7]>);

impl Faults {
    /// How a peer is from now on.
    pub fn set(&self, peer: Peer, fault: Fault) {
        lock(&self.0)[peer as usize] = fault;
    }

    /// How a peer is now.
    pub fn of(&self, peer: Peer) -> Fault {
        lock(&self.0)[peer as usize]
    }
}

/// The tasks of all peers of one machine; they end with it, and when this is dropped.
pub struct Peers {
    tasks: Vec<JoinHandle<()>>,
}

/// What every peer is given.
#[derive(Clone)]
struct Wired {
    around: Arc<dyn Surroundings>,
    faults: Arc<Faults>,
    /// Since when the peers have had their supply.
    since: Instant,
}

impl Peers {
    /// Wires them to a machine. The gear has a supply of its own and outlives it.
    pub fn start(
        machine: &Machine,
        around: &Arc<dyn Surroundings>,
        faults: &Arc<Faults>,
        line: &Arc<Mutex<DaliLine>>,
    ) -> Self {
        let wired = Wired { around: around.clone(), faults: faults.clone(), since: Instant::now() };
        let socket = |uart| machine.settings().socket(uart);
        let tasks = vec![
            tokio::spawn(i2c(socket(Uart::I2c), wired.clone())),
            tokio::spawn(radar(socket(Uart::Radar), wired.clone())),
            tokio::spawn(meter(socket(Uart::Meter), wired.clone())),
            tokio::spawn(dali(socket(Uart::Dali), wired, line.clone())),
            tokio::spawn(pins::run(machine.pins(), machine.events(), around.clone())),
        ];
        Self { tasks }
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Wired {
    fn now_ms(&self) -> u64 {
        self.since.elapsed().as_millis() as u64
    }
}

async fn i2c(socket: PathBuf, wired: Wired) {
    let mut uart = connect(&socket).await;
    let mut bus = i2c::Bus::default();
    loop {
        let answer = match heard(&mut uart).await {
            Heard::Bytes(bytes) => {
                let fault = |peer| wired.faults.of(peer);
                bus.take(&bytes, wired.now_ms(), &wired.around.seen(), fault)
            }
            Heard::Quiet => {
                bus.quiet();
                continue;
            }
            Heard::End => return,
        };
        if uart.write_all(&answer).await.is_err() {
            return;
        }
    }
}

async fn meter(socket: PathBuf, wired: Wired) {
    let mut uart = connect(&socket).await;
    let mut meter = meter::Meter::default();
    loop {
        let answer = match heard(&mut uart).await {
            Heard::Bytes(bytes) => {
                meter.take(&bytes, &wired.around.meter(), wired.faults.of(Peer::Meter))
            }
            Heard::Quiet => {
                meter.quiet();
                continue;
            }
            Heard::End => return,
        };
        if uart.write_all(&answer).await.is_err() {
            return;
        }
    }
}

async fn radar(socket: PathBuf, wired: Wired) {
    let mut uart = connect(&socket).await;
    let mut radar = radar::Radar::default();
    let mut every = tokio::time::interval(Duration::from_secs(1) / radar::REPORTS_PER_S);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        let fault = wired.faults.of(Peer::Radar);
        let bytes = tokio::select! {
            _ = every.tick() => radar.report(&wired.around.seen(), fault),
            heard = heard(&mut uart) => match heard {
                Heard::Bytes(bytes) => radar.take(&bytes, fault),
                Heard::Quiet => continue,
                Heard::End => return,
            },
        };
        // What a node that is stopped does not read is lost, as on a wire.
        match uart.try_write(&bytes) {
            Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => return,
            _ => {}
        }
    }
}

async fn dali(socket: PathBuf, wired: Wired, line: Arc<Mutex<DaliLine>>) {
    let mut uart = connect(&socket).await;
    let mut bridge = dali::Bridge::default();
    loop {
        let heard = heard(&mut uart).await;
        let answer = {
            let mut line = lock(&line);
            let answer = match heard {
                Heard::Bytes(bytes) => bridge.take(&bytes, &mut line, wired.faults.of(Peer::Dali)),
                Heard::Quiet => {
                    bridge.quiet();
                    Vec::new()
                }
                Heard::End => return,
            };
            line.shine(&*wired.around);
            answer
        };
        if uart.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// Connects as soon as QEMU listens; a QEMU that has ended takes this task with it.
async fn connect(socket: &PathBuf) -> UnixStream {
    loop {
        match UnixStream::connect(socket).await {
            Ok(stream) => return stream,
            // Nothing announces that it listens.
            Err(_) => tokio::time::sleep(AGAIN).await,
        }
    }
}

/// What a node says.
enum Heard {
    Bytes(Vec<u8>),
    /// Nothing for a while.
    Quiet,
    /// QEMU has ended.
    End,
}

async fn heard(uart: &mut UnixStream) -> Heard {
    let mut bytes = vec![0; 256];
    match tokio::time::timeout(QUIET, uart.read(&mut bytes)).await {
        Err(_) => Heard::Quiet,
        Ok(Ok(len)) if len > 0 => {
            bytes.truncate(len);
            Heard::Bytes(bytes)
        }
        Ok(_) => Heard::End,
    }
}
