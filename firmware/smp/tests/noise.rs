//! Whatever comes over the wire, both ends go on.

use proptest::prelude::*;
use smp::{Frames, PACKET_BYTES_MAX, Request};

#[path = "noise/hear.rs"]
mod hear;

use hear::{hear, read};

fn framed(packet: &[u8]) -> Vec<u8> {
    Frames::new(packet).flatten().collect()
}

fn good() -> impl Strategy<Value = Vec<u8>> {
    let text = "[ -~]{0,80}";
    let request = (0..6usize, text, text, prop::collection::vec(any::<u8>(), 0..40), any::<u32>());
    request.prop_map(|(which, serial, page, answer, ms)| {
        let request = match which {
            0 => Request::Who,
            1 => Request::Echo(&page),
            2 => Request::Answer(&answer),
            3 => Request::Identity { serial: &serial, page: &page },
            4 => Request::Blink { ms },
            _ => Request::Erase { serial: &serial },
        };
        let mut packet = vec![0; PACKET_BYTES_MAX];
        let len = request.write(3, &mut packet).expect("it fits");
        packet.truncate(len);
        packet
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn noise(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        hear(&bytes);
        read(&bytes);
        hear(&framed(&bytes));
    }

    #[test]
    fn a_good_packet_with_one_byte_changed(packet in good(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut changed = packet.clone();
        let at = at.index(packet.len());
        changed[at] = to;
        read(&changed);
        hear(&framed(&changed));
        let mut line = framed(&packet);
        let at = at % line.len();
        line[at] = to;
        hear(&line);
    }
}
