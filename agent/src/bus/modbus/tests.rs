//! Frames as bytes. The first are examples of the standard and of meters' manuals.

use super::*;

const READ: Query = Query { unit: 1, fc: 4, address: 0x0048, operand: 2 };

fn reply(query: &Query, pdu: &[u8]) -> Vec<u8> {
    let mut frame = [&[query.unit], pdu].concat();
    frame.extend(crc(&frame).to_le_bytes());
    frame
}

fn words(words: &[u16]) -> Scan {
    Scan::Found(Answered::Words(words.to_vec()))
}

#[test]
fn requests_are_those_of_the_manuals() {
    let check = |query, bytes: &[u8]| assert_eq!(rtu_request(&query), bytes);
    // Eastron SDM630 Modbus protocol, section 1.3.1: volts 1.
    check(
        Query { unit: 1, fc: 4, address: 0, operand: 2 },
        &[0x01, 0x04, 0x00, 0x00, 0x00, 0x02, 0x71, 0xCB],
    );
    // Waveshare Modbus RTU Relay, switch relay 0 on.
    check(
        Query { unit: 1, fc: 5, address: 0, operand: 0xFF00 },
        &[0x01, 0x05, 0x00, 0x00, 0xFF, 0x00, 0x8C, 0x3A],
    );
}

#[test]
fn a_reply_is_found_behind_anything() {
    let good = reply(&READ, &[4, 4, 0x43, 0x66, 0x33, 0x34]);
    let other_unit = reply(&Query { unit: 2, ..READ }, &[4, 4, 9, 9, 9, 9]);
    let other_length = reply(&READ, &[4, 2, 9, 9]);
    let other_function = reply(&READ, &[3, 4, 9, 9, 9, 9]);
    let echo = rtu_request(&READ);
    let mut damaged = good.clone();
    damaged[4] ^= 0x10;
    for before in [
        &[][..],
        &[0],
        &[1, 4, 4],
        &other_unit,
        &other_length,
        &other_function,
        &echo,
        &damaged,
        &good[..7],
    ] {
        let bytes = [before, &good[..]].concat();
        assert_eq!(rtu_scan(&READ, &bytes), words(&[0x4366, 0x3334]), "{bytes:02x?}");
        for cut in 0..good.len() {
            assert_eq!(rtu_scan(&READ, &bytes[..before.len() + cut]), Scan::More);
        }
    }
}

#[test]
fn an_exception_is_an_answer_and_a_damaged_one_is_not() {
    let mut bytes = reply(&READ, &[0x84, 2]);
    assert_eq!(rtu_scan(&READ, &bytes), Scan::Found(Answered::Exception(2)));
    bytes[2] = 3;
    assert_eq!(rtu_scan(&READ, &bytes), Scan::More);
}

#[test]
fn coils_come_one_by_one() {
    let query = Query { unit: 1, fc: 1, address: 0, operand: 10 };
    let bytes = reply(&query, &[1, 2, 0b1010_0101, 0b10]);
    assert_eq!(rtu_scan(&query, &bytes), words(&[1, 0, 1, 0, 0, 1, 0, 1, 0, 1]));
}

#[test]
fn a_write_is_done_when_its_own_echo_comes() {
    for fc in [5, 6, 15, 16] {
        let query = Query { unit: 7, fc, address: 0x0102, operand: 0x00FE };
        let [x, y] = if fc > 6 { [0, 1] } else { [0x00, 0xFE] };
        let right = reply(&query, &[fc, 1, 2, x, y]);
        assert_eq!(rtu_scan(&query, &right), Scan::Found(Answered::Done), "{fc}");
        let elsewhere = reply(&query, &[fc, 1, 3, x, y]);
        assert_eq!(rtu_scan(&query, &elsewhere), Scan::More, "{fc}");
    }
}

#[test]
fn over_tcp_only_the_own_transaction_counts() {
    let frame = |transaction: u16, unit: u8, pdu: &[u8]| {
        let mut frame = transaction.to_be_bytes().to_vec();
        frame.extend([0, 0, 0, pdu.len() as u8 + 1, unit]);
        frame.extend(pdu);
        frame
    };
    let good = frame(7, 1, &[4, 4, 0, 1, 0, 2]);
    let foreign = [
        frame(6, 1, &[4, 4, 9, 9, 9, 9]),
        frame(7, 2, &[4, 4, 9, 9, 9, 9]),
        frame(7, 1, &[4, 2, 9, 9]),
        frame(7, 1, &[3, 4, 9, 9, 9, 9]),
        frame(7, 1, &[4]),
    ];
    let mut bytes = [foreign.concat(), good[..5].to_vec()].concat();
    assert_eq!(tcp_scan(7, &READ, &mut bytes), (Scan::More, 5));
    bytes.extend(&good[5..]);
    assert_eq!(tcp_scan(7, &READ, &mut bytes), (words(&[1, 2]), 0));
    assert_eq!(tcp_scan(7, &READ, &mut b"HTTP/1.1 400".to_vec()).0, Scan::Lost);
}

#[test]
fn no_bytes_make_it_fail_and_none_make_up_a_value() {
    // A small generator is enough: what matters is that lengths and counts are wild.
    let mut state = 1_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    for round in 0..20_000 {
        let fc = [1, 2, 3, 4, 5, 6, 15, 16][round % 8];
        let query = Query { unit: next() % 4, fc, address: 0, operand: u16::from(next()) % 126 };
        let mut bytes: Vec<u8> = (0..next()).map(|_| next() % 6).collect();
        assert_eq!(rtu_scan(&query, &bytes), Scan::More);
        let (scan, _) = tcp_scan(0x0907, &query, &mut bytes);
        assert!(!matches!(scan, Scan::Found(_)));
    }
}
