//! DL/T 645 answers in what a line really carries: echoes, noise, halves, other editions.

use device_profiles::dlt645::{Address, FrameFault, PREAMBLE, Reply, parse, read_request};
use proptest::prelude::*;

/// 0.26 kWh of meter 161.
const REPLY: &str = "68 61 01 00 00 00 00 68 91 08 33 33 34 33 59 33 33 33 8A 16";

#[test]
fn an_answer_is_found_behind_wake_up_bytes_noise_and_our_own_echo() {
    let address: Address = "161".parse().expect("an address");
    let echo = [&PREAMBLE[..], &read_request(address, 0x0001_0000)].concat();
    let reply = bytes(REPLY);
    for before in [&[][..], &PREAMBLE, &[0x00, 0x68, 0xFF], &echo, &[0x68, 0x68], &[0x16, 0x68]] {
        let line = [before, &reply, &[0x00]].concat();
        let (found, used) = parse(&line).unwrap_or_else(|fault| panic!("{before:02X?}: {fault}"));
        assert!(matches!(found, Reply::Value { bytes, .. } if bytes == [0x26, 0, 0, 0]));
        assert_eq!(used, line.len() - 1);
    }
}

#[test]
fn every_beginning_of_an_answer_is_waited_for() {
    let reply = bytes(REPLY);
    for end in 1..reply.len() {
        assert_eq!(parse(&reply[..end]), Err(FrameFault::Incomplete), "{end} bytes");
    }
    assert_eq!(parse(&[]), Err(FrameFault::NoFrame));
    assert_eq!(parse(&PREAMBLE), Err(FrameFault::NoFrame));
}

#[test]
fn a_changed_byte_is_never_a_value() {
    let reply = bytes(REPLY);
    for at in 0..reply.len() {
        for flip in 1..=255u8 {
            let mut wrong = reply.clone();
            wrong[at] ^= flip;
            assert!(parse(&wrong).is_err(), "byte {at} as {:02X}", wrong[at]);
        }
    }
}

#[test]
fn a_refusal_names_its_error() {
    let address: Address = "000000000161".parse().expect("an address");
    check("68 61 01 00 00 00 00 68 D1 01 35", Ok(Reply::Refused { address, error: 0x02 }));
}

#[test]
fn an_answer_with_more_to_come_says_so() {
    let line = finished("68 61 01 00 00 00 00 68 B1 05 33 33 34 33 59");
    assert!(matches!(parse(&line), Ok((Reply::Value { more: true, .. }, _))));
}

#[test]
fn the_address_is_told() {
    let address: Address = "000000000161".parse().expect("an address");
    let line = "68 61 01 00 00 00 00 68 93 06 94 34 33 33 33 33";
    check(line, Ok(Reply::Address(address)));
}

#[test]
fn the_edition_of_1997_is_refused_by_name() {
    // Two bytes of identifier, 9010 in its edition, and control 81; C1 refuses.
    check("68 61 01 00 00 00 00 68 81 06 43 C3 59 33 33 33", Err(FrameFault::Edition1997));
    check("68 61 01 00 00 00 00 68 C1 01 35", Err(FrameFault::Edition1997));
    assert!(FrameFault::Edition1997.to_string().contains("DL/T 645-1997"));
}

#[test]
fn answers_to_other_questions_and_of_wrong_length_are_refused() {
    check("68 61 01 00 00 00 00 68 94 00", Err(FrameFault::Control(0x94)));
    check("68 61 01 00 00 00 00 68 91 03 33 33 34", Err(FrameFault::Length(3)));
    check("68 61 01 00 00 00 00 68 93 01 33", Err(FrameFault::Length(1)));
    check("68 61 01 00 00 00 00 68 D1 00", Err(FrameFault::Length(0)));
}

#[test]
fn addresses_are_written_as_on_the_meter() {
    for (text, shown) in [("161", "000000000161"), ("000102030425", "000102030425")] {
        assert_eq!(text.parse::<Address>().map(|it| it.to_string()), Ok(shown.to_owned()));
    }
    for text in ["", "1234567890123", "12a", "-1", "１"] {
        assert!(text.parse::<Address>().is_err(), "{text}");
    }
    assert_eq!(Address::ANY.to_string(), "AAAAAAAAAAAA");
}

/// Completes `frame` with its sum and end, and parses it.
#[track_caller]
fn check(frame: &str, expected: Result<Reply, FrameFault>) {
    let found = parse(&finished(frame)).map(|(reply, _)| reply);
    assert_eq!(found, expected);
}

fn finished(frame: &str) -> Vec<u8> {
    let mut line = bytes(frame);
    let sum = line.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    line.extend([sum, 0x16]);
    line
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.split(' ').map(|byte| u8::from_str_radix(byte, 16).expect("hexadecimal")).collect()
}

/// Bytes that look more like frames than chance would make them.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let likely = prop::sample::select(vec![0x68u8, 0x16, 0xFE, 0x91, 0x33, 0x08, 0x04, 0x11]);
    prop::collection::vec(prop_oneof![likely, any::<u8>()], 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_bytes_make_the_parser_panic_and_nothing_is_used_that_is_not_there(line in line()) {
        if let Ok((_, used)) = parse(&line) {
            prop_assert!(used >= 12 && used <= line.len());
        }
    }

    #[test]
    fn an_answer_survives_any_noise_in_front_that_holds_no_start(
        noise in prop::collection::vec(any::<u8>().prop_filter("no start", |it| *it != 0x68), 0..40),
        content in prop::collection::vec(any::<u8>(), 0..50),
        di in any::<u32>(),
    ) {
        let mut frame = vec![0x68, 1, 2, 3, 4, 5, 6, 0x68, 0x91, 4 + content.len() as u8];
        frame.extend(di.to_le_bytes().iter().chain(&content).map(|it| it.wrapping_add(0x33)));
        let sum = frame.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        frame.extend([sum, 0x16]);
        let line = [noise, frame].concat();
        let (reply, used) = parse(&line).expect("the answer is there");
        prop_assert_eq!(used, line.len());
        let is_it = matches!(reply, Reply::Value { di: of, bytes, .. } if of == di && bytes == content);
        prop_assert!(is_it);
    }
}
