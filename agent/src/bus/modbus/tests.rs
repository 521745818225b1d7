//! Frames as bytes. The first are examples of the standard and of meters' manuals.

use super::*;
use filter::Scan;

const READ: Query = Query { unit: 1, fc: 4, address: 0x0048, operand: 2 };
const GOOD: [u8; 6] = [4, 4, 0x43, 0x66, 0x33, 0x34];

/// CRC-16 of Modbus as the standard's flow chart has it, so that it is not the code under test.
fn frame(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut frame = [&[unit], pdu].concat();
    let mut crc = 0xFFFF_u16;
    for byte in &frame {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 };
        }
    }
    frame.extend(crc.to_le_bytes());
    frame
}

fn tcp_frame(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut frame = transaction.to_be_bytes().to_vec();
    frame.extend([0, 0, 0, pdu.len() as u8 + 1, unit]);
    frame.extend(pdu);
    frame
}

async fn request(query: Query, transaction: Option<u16>) -> Vec<u8> {
    Client::ask(query, transaction).await.unwrap().1
}

/// What is heard when these bytes come; also how many frames were passed over.
async fn heard(
    query: Query,
    transaction: Option<u16>,
    bytes: &[u8],
) -> (Option<Result<Heard, Fault>>, u32) {
    let (mut client, _) = Client::ask(query, transaction).await.unwrap();
    client.scan(&mut bytes.to_vec()).await
}

async fn over_rtu(query: Query, bytes: &[u8]) -> Option<Result<Heard, Fault>> {
    heard(query, None, bytes).await.0
}

fn words(words: &[u16]) -> Option<Result<Heard, Fault>> {
    Some(Ok(Heard::Words(words.to_vec())))
}

#[tokio::test]
async fn requests_are_those_of_the_manuals() {
    let check = async |query, bytes: &[u8]| assert_eq!(request(query, None).await, bytes);
    // Eastron SDM630 Modbus protocol, section 1.3.1: volts 1.
    check(
        Query { unit: 1, fc: 4, address: 0, operand: 2 },
        &[0x01, 0x04, 0x00, 0x00, 0x00, 0x02, 0x71, 0xCB],
    )
    .await;
    // Waveshare Modbus RTU Relay, switch relay 0 on; then its command to toggle.
    check(
        Query { unit: 1, fc: 5, address: 0, operand: 0xFF00 },
        &[0x01, 0x05, 0x00, 0x00, 0xFF, 0x00, 0x8C, 0x3A],
    )
    .await;
    check(
        Query { unit: 1, fc: 5, address: 0, operand: 0x5500 },
        &[0x01, 0x05, 0x00, 0x00, 0x55, 0x00, 0xF2, 0x9A],
    )
    .await;
}

#[tokio::test]
async fn every_function_is_asked_as_the_standard_has_it() {
    let check = async |fc, operand, pdu: &[u8]| {
        let query = Query { unit: 9, fc, address: 0x0102, operand };
        assert_eq!(request(query, None).await, frame(9, pdu));
        assert_eq!(request(query, Some(0xBEEF)).await, tcp_frame(0xBEEF, 9, pdu));
    };
    for fc in [1, 2, 3, 4] {
        check(fc, 10, &[fc, 1, 2, 0, 10]).await;
    }
    check(5, 0, &[5, 1, 2, 0, 0]).await;
    check(6, 0x0304, &[6, 1, 2, 3, 4]).await;
    check(15, 0, &[15, 1, 2, 0, 1, 1, 0]).await;
    check(15, 1, &[15, 1, 2, 0, 1, 1, 1]).await;
    check(16, 0x0304, &[16, 1, 2, 0, 1, 2, 3, 4]).await;
}

#[tokio::test]
async fn a_reply_is_found_behind_anything() {
    let good = frame(1, &GOOD);
    let other_unit = frame(2, &[4, 4, 9, 9, 9, 9]);
    let other_length = frame(1, &[4, 2, 9, 9]);
    let other_function = frame(1, &[3, 4, 9, 9, 9, 9]);
    let echo = request(READ, None).await;
    let long_noise = [0xA5; 300];
    let mut damaged = good.clone();
    damaged[4] ^= 0x10;
    for before in [
        &[][..],
        &[0],
        &[1, 4, 4],
        &long_noise,
        &other_unit,
        &other_length,
        &other_function,
        &echo,
        &damaged,
        &good[..7],
    ] {
        let bytes = [before, &good[..]].concat();
        assert_eq!(over_rtu(READ, &bytes).await, words(&[0x4366, 0x3334]), "{bytes:02x?}");
        for cut in 0..good.len() {
            assert_eq!(over_rtu(READ, &bytes[..before.len() + cut]).await, None);
        }
    }
}

#[tokio::test]
async fn an_exception_is_an_answer_and_a_damaged_one_is_not() {
    for code in [1, 2, 6, 0x0B, 0x77] {
        let mut bytes = frame(1, &[0x84, code]);
        assert_eq!(over_rtu(READ, &bytes).await, Some(Err(Fault::Exception(code))));
        bytes[2] ^= 1;
        assert_eq!(over_rtu(READ, &bytes).await, None);
    }
}

#[tokio::test]
async fn coils_come_one_by_one() {
    for fc in [1, 2] {
        let query = Query { unit: 1, fc, address: 0, operand: 10 };
        let bytes = frame(1, &[fc, 2, 0b1010_0101, 0b10]);
        assert_eq!(over_rtu(query, &bytes).await, words(&[1, 0, 1, 0, 0, 1, 0, 1, 0, 1]));
    }
}

#[tokio::test]
async fn a_write_is_done_when_its_own_echo_comes() {
    for (fc, operand) in
        [(5, 0xFF00), (5, 0), (5, 0x5500), (6, 0x00FE), (15, 1), (15, 0), (16, 0x00FE)]
    {
        let query = Query { unit: 7, fc, address: 0x0102, operand };
        let [x, y] = if fc > 6 { [0, 1] } else { operand.to_be_bytes() };
        let check = async |pdu: &[u8], expected: Option<Result<Heard, Fault>>| {
            assert_eq!(over_rtu(query, &frame(7, pdu)).await, expected, "{fc} {operand:#x}");
            let framed = tcp_frame(3, 7, pdu);
            assert_eq!(heard(query, Some(3), &framed).await.0, expected, "{fc} {operand:#x}");
        };
        check(&[fc, 1, 2, x, y], Some(Ok(Heard::Done))).await;
        check(&[fc, 1, 3, x, y], None).await;
        check(&[fc, 1, 2, x, y ^ 1], None).await;
        check(&[fc | 0x80, 4], Some(Err(Fault::Exception(4)))).await;
    }
}

#[tokio::test]
async fn over_tcp_only_the_own_transaction_counts() {
    let good = tcp_frame(7, 1, &GOOD);
    let foreign = [
        // The library numbers from 0; no reply to that is ours.
        tcp_frame(0, 1, &[4, 4, 9, 9, 9, 9]),
        tcp_frame(6, 1, &[4, 4, 9, 9, 9, 9]),
        tcp_frame(7, 2, &[4, 4, 9, 9, 9, 9]),
        tcp_frame(7, 1, &[4, 2, 9, 9]),
        tcp_frame(7, 1, &[3, 4, 9, 9, 9, 9]),
        tcp_frame(7, 1, &[4]),
    ];
    let (mut client, _) = Client::ask(READ, Some(7)).await.unwrap();
    let mut bytes = [foreign.concat(), good[..5].to_vec()].concat();
    assert_eq!(client.scan(&mut bytes).await, (None, 6));
    bytes.extend(&good[5..]);
    assert_eq!(client.scan(&mut bytes).await, (words(&[0x4366, 0x3334]), 0));
    assert_eq!(heard(READ, Some(7), b"HTTP/1.1 400").await.0, Some(Err(Fault::Garbage)));
}

#[tokio::test]
async fn what_the_library_would_not_take_is_garbage_and_ends() {
    // The filter never lets this through; if it did, nobody would wait for ever.
    for reply in [&[1, 4, 4, 0][..], &[1, 3, 2, 0, 0], &[], &frame(2, &GOOD)] {
        let (mut client, _) = Client::ask(READ, None).await.unwrap();
        assert_eq!(client.hear(reply.to_vec()).await, Err(Fault::Garbage), "{reply:02x?}");
    }
}

/// What the library says without the filter, when these bytes come.
async fn alone(transport_is_tcp: bool, query: Query, bytes: &[u8]) -> Result<Response, String> {
    let (near, mut pipe) = duplex(1_024);
    let mut client = match transport_is_tcp {
        true => tcp::attach_slave(near, Slave(query.unit)),
        false => rtu::attach_slave(near, Slave(query.unit)),
    };
    pipe.write_all(bytes).await.unwrap();
    pipe.shutdown().await.unwrap();
    match client.call(query.request()).await {
        Ok(answer) => answer.map_err(|code| code.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Why there is a filter. Should this fail with a newer library, the filter may have less to do.
#[tokio::test]
async fn the_library_alone_takes_the_next_frame_for_the_answer() {
    let good = frame(1, &GOOD);
    let right = Response::ReadInputRegisters(vec![0x4366, 0x3334]);
    assert_eq!(alone(false, READ, &good).await, Ok(right));
    // One register where two were asked for: the late reply to another request.
    let late = [frame(1, &[4, 2, 0, 9]), good.clone()].concat();
    let wrong = Response::ReadInputRegisters(vec![9]);
    assert_eq!(alone(false, READ, &late).await, Ok(wrong));
    // The echo of another write.
    let write = Query { unit: 1, fc: 6, address: 1, operand: 50 };
    let elsewhere = Response::WriteSingleRegister(2, 70);
    assert_eq!(alone(false, write, &frame(1, &[6, 0, 2, 0, 70])).await, Ok(elsewhere));
    // The reply is there, but is not found: behind a foreign one, behind noise, behind a length.
    let check = async |is_tcp, before: &[u8], good: &[u8], says: &str| {
        let error = alone(is_tcp, READ, &[before, good].concat()).await.unwrap_err();
        assert!(error.contains(says), "{error}");
    };
    check(false, &frame(2, &GOOD), &good, "mismatching headers").await;
    check(false, &[0xA5; 24], &good, "Too many retries").await;
    check(false, &[1, 4, 0xF8], &good, "bytes remaining on stream").await;
    let (foreign, own) = (tcp_frame(9, 1, &GOOD), tcp_frame(0, 1, &GOOD));
    check(true, &foreign, &own, "mismatching headers").await;
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
        assert_eq!(filter::rtu(&query, &bytes), Scan::More);
        let (scan, _) = filter::tcp(0x0907, &query, &mut bytes);
        assert!(!matches!(scan, Scan::Found(_)));
    }
}
