//! Energy: a meter on Modbus RTU behind the node.

use crate::ports::{Heard, Ports, Source};
use crate::watch::{Task, Watch};
use drivers::meter::Meter;
use drivers::meter::map::Map;
use embassy_time::{Delay, Duration, Ticker};
use embedded_io_async::{Read, Write};
use wire::Quantity;

/// The circuit that the meter counts, as it is called on the wire.
pub const CHANNEL: &str = "meter";

/// Its address on the line, as it leaves the factory (Eastron SDM120 manual: 1).
const UNIT: u8 = 1;

/// Between two readings, s: a step of a lamp shows in the next report of changes.
const ROUND_S: u64 = 5;

/// Reads the meter for ever.
pub async fn run<U: Read + Write>(line: U, map: &'static Map, ports: &Ports, watch: &Watch) -> ! {
    let mut meter = Meter::new(line, Delay, map.baud, UNIT, map);
    let mut ticker = Ticker::every(Duration::from_secs(ROUND_S));
    loop {
        watch.mark(Task::Meter);
        let said = meter.read().await;
        ports.heard.send(Heard::Register(Source::Named(CHANNEL), said.energy)).await;
        let rest = [
            (Quantity::PowerW, said.power),
            (Quantity::VoltageV, said.voltage),
            (Quantity::CurrentA, said.current),
            (Quantity::FrequencyHz, said.frequency),
        ];
        for (quantity, sample) in rest {
            ports.heard.send(Heard::Sense(quantity, Source::Named(CHANNEL), sample)).await;
        }
        ticker.next().await;
    }
}
