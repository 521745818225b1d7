//! Every parser of the wire on the same bytes: none panics, and what one accepts comes back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{Ack, Desired, Frame, Hello, Lease, PAYLOAD_BYTES_MAX, Topic};

fuzz_target!(|bytes: &[u8]| {
    let mut out = [0; PAYLOAD_BYTES_MAX];
    if let Ok(mut frame) = Frame::parse(bytes) {
        let len = frame.emit(&mut out).expect("a parsed frame fits");
        // Readings that this version does not know are counted, not kept.
        frame.unknown = 0;
        assert_eq!(Frame::parse(&out[..len]), Ok(frame));
    }
    if let Ok(hello) = Hello::parse(bytes) {
        let len = hello.emit(&mut out).expect("a parsed hello fits");
        let again = Hello::parse(&out[..len]).expect("an emitted hello is read");
        // A will says nothing but its boot.
        assert_eq!(again, if hello.online { hello } else { Hello::will(hello.boot) });
    }
    if let Ok(ack) = Ack::parse(bytes) {
        let len = ack.emit(&mut out).expect("a parsed ack fits");
        assert_eq!(Ack::parse(&out[..len]), Ok(ack));
    }
    if let Ok(lease) = Lease::parse(bytes) {
        let len = lease.emit(&mut out).expect("a parsed lease fits");
        assert_eq!(Lease::parse(&out[..len]), Ok(lease));
    }
    if let Ok(desired) = Desired::parse(bytes) {
        let len = desired.emit(&mut out).expect("a parsed desired state fits");
        assert_eq!(Desired::parse(&out[..len]), Ok(desired));
    }
    if let Ok(Ok((campus, topic))) = core::str::from_utf8(bytes).map(Topic::parse) {
        assert_eq!(topic.of(campus).to_string().as_bytes(), bytes);
    }
});
