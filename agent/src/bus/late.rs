//! Requests of one device that were given up, and the question that tells its late replies apart.
//!
//! A device replies in the order in which it was asked. So once it has answered a *marker*, a read
//! whose reply has a function or length of its own, nothing older can come any more. The value of a
//! marker is thrown away; that a place does not exist is as good an answer as any.

use super::call::Call;
use super::fault::Fault;
use super::modbus::Query;
use crate::limits;
use tokio::time::Instant;

/// Identifiers that every DL/T 645-2007 meter has: address, date, energy, voltage (tables A.1 to A.3).
const ITEMS: [u32; 4] = [0x0400_0401, 0x0400_0101, 0x0001_0000, 0x0201_0100];

/// What one device may still reply to.
#[derive(Clone, Debug)]
pub(super) struct Late {
    given_up: Vec<Call>,
    /// Markers among them: whether they will be refused is not known.
    markers: Vec<Call>,
    last: Instant,
}

impl Default for Late {
    fn default() -> Self {
        Self { given_up: Vec::new(), markers: Vec::new(), last: Instant::now() }
    }
}

impl Late {
    /// A request was given up; or a marker that proved nothing.
    pub fn note(&mut self, call: &Call, marker: bool) {
        let list = if marker { &mut self.markers } else { &mut self.given_up };
        list.retain(|other| other != call);
        list.push(*call);
        self.last = Instant::now();
    }

    /// What to ask before `call`; `None` when everything that could be asked may still be answered
    /// late.
    pub fn marker(&mut self, call: &Call) -> Option<Call> {
        if self.last.elapsed() >= limits::BUS_LATE_FORGOTTEN {
            // A converter may hold back one reply for ever, but not several.
            let last = self.markers.pop().or_else(|| self.given_up.pop());
            self.given_up = last.into_iter().collect();
            self.markers.clear();
        }
        let owed = |marker: &Call| {
            self.given_up.iter().chain(&self.markers).any(|call| fits(marker, call))
        };
        candidates(call).into_iter().find(|marker| !owed(marker))
    }

    /// Whether an answer to `marker`, or this fault, can only be its own.
    pub fn proves(&self, marker: &Call, fault: Option<&Fault>) -> bool {
        match fault {
            None => true,
            // What was given up exists, as a rule; what a marker asked for may not.
            Some(fault) => {
                fault.is_absent() && !self.markers.iter().any(|other| refused_alike(marker, other))
            }
        }
    }
}

/// Whether a reply to `other` would pass for one to `marker`.
fn fits(marker: &Call, other: &Call) -> bool {
    match (marker, other) {
        (Call::Modbus(one), Call::Modbus(other)) => {
            one.fc == other.fc && one.reply_bytes() == other.reply_bytes()
        }
        _ => marker == other,
    }
}

fn refused_alike(marker: &Call, other: &Call) -> bool {
    match (marker, other) {
        (Call::Modbus(one), Call::Modbus(other)) => one.fc == other.fc,
        _ => true,
    }
}

fn candidates(call: &Call) -> Vec<Call> {
    match call {
        Call::Modbus(query) => {
            let own = if query.is_read() { query.fc } else { 3 };
            let near = [1, 2].map(|count| (own, count));
            let other = [3, 4, 1, 2].into_iter().filter(|fc| *fc != own).map(|fc| (fc, 1));
            let marker = |(fc, operand)| Call::Modbus(Query { fc, operand, ..*query });
            near.into_iter().chain(other).map(marker).collect()
        }
        Call::Dlt645 { address, .. } => {
            ITEMS.map(|di| Call::Dlt645 { address: *address, di }).to_vec()
        }
        Call::Dlt645Address => vec![Call::Dlt645Address],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Call = Call::modbus(1, 3, 0x0100, 2);

    #[test]
    fn a_marker_is_never_like_anything_that_may_still_come() {
        let mut late = Late::default();
        late.note(&READ, false);
        let mut asked = Vec::new();
        while let Some(marker) = late.marker(&READ) {
            assert!(!fits(&marker, &READ) && !asked.iter().any(|other| fits(&marker, other)));
            asked.push(marker);
            late.note(&marker, true);
        }
        assert_eq!(asked.len(), 4, "{asked:?}");
    }

    #[test]
    fn a_refusal_proves_only_while_no_other_marker_could_be_refused() {
        let mut late = Late::default();
        late.note(&READ, false);
        let first = late.marker(&READ).unwrap();
        let refused = Fault::Exception(2);
        assert!(late.proves(&first, Some(&refused)));
        assert!(!late.proves(&first, Some(&Fault::Exception(6))), "busy is no answer to it");
        late.note(&first, true);
        assert!(!late.proves(&Call::modbus(1, 3, 0x0100, 9), Some(&refused)));
        assert!(late.proves(&Call::modbus(1, 4, 0x0100, 1), Some(&refused)));
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_while_only_the_last_is_waited_for() {
        let mut late = Late::default();
        let markers = [Call::modbus(1, 3, 0, 1), Call::modbus(1, 4, 0, 1)];
        late.note(&READ, false);
        markers.iter().for_each(|marker| late.note(marker, true));
        tokio::time::sleep(limits::BUS_LATE_FORGOTTEN).await;
        assert_eq!(late.marker(&READ), Some(Call::modbus(1, 3, 0x0100, 1)));
        assert_eq!(late.given_up, [markers[1]]);
    }
}
