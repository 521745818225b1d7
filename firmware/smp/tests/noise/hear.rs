//! Both ends hear bytes: what a test throws and what a fuzzer throws.

use smp::reply::{self, Reply};
use smp::{Check, Heard, Lines, PACKET_BYTES_MAX, Request, Who};

/// A node that hears this line by line, and a bench that hears it as an answer.
pub fn hear(bytes: &[u8]) {
    let mut lines = Lines::<PACKET_BYTES_MAX>::new();
    for byte in bytes {
        if let Some(Heard::Packet(packet)) = lines.push(*byte) {
            read(packet);
        }
    }
}

/// Both ends read this packet.
pub fn read(packet: &[u8]) {
    if let Ok((header, request)) = Request::read(packet) {
        // What was understood can be written again, and then means the same.
        let mut again = [0; 2 * PACKET_BYTES_MAX];
        let len = request.write(header.seq, &mut again).expect("it fits");
        assert_eq!(Request::read(&again[..len]).map(|(_, request)| request), Ok(request));
    }
    if let Ok(reply) = Reply::read(packet) {
        let _ = Who::read(reply.body);
        let _ = Check::read(reply.body);
        let _ = reply::read_live(reply.body, |_, _, _| {});
        let _ = reply::bytes_of(reply.body, "challenge");
    }
}
