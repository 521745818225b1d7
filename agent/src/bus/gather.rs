//! Several reads of one device in a turn; what it refuses together is asked apart, and remembered.

use super::call::{Call, Heard, Key};
use super::fault::Fault;
use device_profiles::Read;
use std::collections::VecDeque;
use std::future::Future;

/// Something that can ask devices on one bus.
pub(super) trait Asker: Send {
    /// Asks, and waits for the answer.
    fn ask(&mut self, call: &Call) -> impl Future<Output = Result<Heard, Fault>> + Send;
}

/// What a device said in one turn.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Reads that worked, with what was heard and when.
    pub answers: Vec<(Read, Heard)>,
    /// Single registers that it does not have.
    pub absent: Vec<(Read, Fault)>,
    /// What ended the turn before everything was asked.
    pub cut: Option<(Read, Fault)>,
}

impl Gathered {
    /// The reads that are worth asking the next time.
    pub fn plan(&self) -> Vec<Read> {
        self.answers.iter().map(|(read, _)| read.clone()).collect()
    }
}

/// Asks for everything in `reads`. A refused read of several registers is split by `split`, which
/// gives one read for a register that stands alone, and fewer registers in each otherwise. Any other
/// fault ends the turn.
pub(super) async fn gather(
    asker: &mut impl Asker,
    key: Key,
    reads: &[Read],
    split: impl Fn(&Read) -> Vec<Read> + Send,
) -> Gathered {
    let mut waiting: VecDeque<Read> = reads.iter().cloned().collect();
    let mut gathered = Gathered::default();
    while let Some(read) = waiting.pop_front() {
        // A profile's plan fits its protocol, and the configuration its address.
        let Some(call) = Call::of(key, read.ask) else {
            gathered.cut = Some((read, Fault::Unknown));
            break;
        };
        match asker.ask(&call).await {
            Ok(heard) => gathered.answers.push((read, heard)),
            Err(fault) if fault.is_absent() && read.registers.len() > 1 => {
                split(&read).into_iter().rev().for_each(|part| waiting.push_front(part));
            }
            Err(fault) if fault.is_absent() => gathered.absent.push((read, fault)),
            Err(fault) => {
                gathered.cut = Some((read, fault));
                break;
            }
        }
    }
    gathered
}
