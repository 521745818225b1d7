//! Which requests read what is wanted: few, none too long, no value torn apart.

use crate::measure::Measure;
use crate::output::Output;
use crate::profile::{Place, Profile};

/// One request, and which registers its answer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What is asked.
    pub ask: Ask,
    /// Indexes into [`Profile::registers`], or [`Profile::outputs`] in a plan for outputs.
    pub registers: Vec<usize>,
}

/// A request without the address of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Modbus: function 1 to 4, address from 0, how many coils or words.
    Modbus {
        /// Function.
        fc: u8,
        /// Address from 0.
        address: u16,
        /// How many.
        count: u16,
    },
    /// DL/T 645: one identifier.
    Dlt645 {
        /// The identifier as it is printed.
        di: u32,
    },
}

/// What a device answered.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// The words of a Modbus answer.
    Words(&'a [u16]),
    /// The bytes of [`crate::dlt645::Reply::Value`].
    Bytes(&'a [u8]),
}

/// Most coils in one request: the Modbus application protocol, 6.1.
const COILS_MAX: u16 = 2000;

impl Profile {
    /// Requests that read `wanted`; what this model does not measure is left out. Two registers share a
    /// request over a hole of up to `gap_max` registers. Some models refuse to be read over a hole: 0.
    pub fn plan(&self, wanted: &[Measure], gap_max: u16) -> Vec<Read> {
        let mut spans = Vec::new();
        let mut reads = Vec::new();
        for (index, register) in self.registers.iter().enumerate() {
            if !wanted.contains(&register.measure) {
                continue;
            }
            match register.place {
                Place::Modbus { fc, address, kind, .. } => {
                    spans.push(Span { fc, address, count: kind.words(), index });
                }
                Place::Dlt645 { di, .. } => {
                    reads.push(Read { ask: Ask::Dlt645 { di }, registers: vec![index] });
                }
            }
        }
        reads.extend(self.merge(spans, gap_max));
        reads
    }

    /// Requests that read back every output that can be read back.
    pub fn plan_outputs(&self, gap_max: u16) -> Vec<Read> {
        let place = |(index, output): (usize, &Output)| {
            let read = output.read?;
            Some(Span { fc: read.fc, address: read.address, count: 1, index })
        };
        self.merge(self.outputs.iter().enumerate().filter_map(place).collect(), gap_max)
    }

    fn merge(&self, mut spans: Vec<Span>, gap_max: u16) -> Vec<Read> {
        spans.sort_by_key(|span| (span.fc, span.address, span.index));
        let mut reads: Vec<Read> = Vec::new();
        for span in spans {
            let count_max = if span.fc <= 2 { COILS_MAX } else { self.bus.registers_max };
            if let Some(last) = reads.last_mut()
                && let Ask::Modbus { fc, address, count } = &mut last.ask
                && *fc == span.fc
            {
                // In 32 bits: the last register of the address space has an end behind it.
                let (from, end) = (u32::from(*address), u32::from(*address) + u32::from(*count));
                let new_end = end.max(u32::from(span.address) + u32::from(span.count));
                let near = u32::from(span.address) <= end + u32::from(gap_max);
                if near && new_end - from <= u32::from(count_max) {
                    // No larger than `count_max`, which has 16 bits.
                    *count = (new_end - from) as u16;
                    last.registers.push(span.index);
                    continue;
                }
            }
            let ask = Ask::Modbus { fc: span.fc, address: span.address, count: span.count };
            reads.push(Read { ask, registers: vec![span.index] });
        }
        reads
    }
}

/// Neighbouring words that belong together.
struct Span {
    fc: u8,
    address: u16,
    count: u16,
    index: usize,
}
