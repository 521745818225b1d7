//! Literal bytes of every request and answer. They never change; new ones are added.

use smp::reply::{self, Reply, Saying};
use smp::request::BadRequest;
use smp::{Check, Header, Op, PACKET_BYTES_MAX, Refused, Request, Who};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn request(request: Request<'_>) -> String {
    let mut packet = [0; PACKET_BYTES_MAX];
    let len = request.write(7, &mut packet).expect("it fits");
    let (header, back) = Request::read(&packet[..len]).expect("it can be read");
    assert_eq!((header.seq, back), (7, request));
    hex(&packet[..len])
}

#[test]
fn requests() {
    assert_eq!(request(Request::Echo("hi")), "0a0000060000 0700 a161646268 69".replace(' ', ""));
    assert_eq!(request(Request::Restart), "0a000001000007 05a0".replace(' ', ""));
    assert_eq!(request(Request::Params), "08000001000007 06a0".replace(' ', ""));
    assert_eq!(request(Request::Who), "08000001004007 00a0".replace(' ', ""));
    assert_eq!(request(Request::Challenge), "08000001004007 01a0".replace(' ', ""));
    assert_eq!(
        request(Request::Answer(&[1, 2, 3])),
        "0a00000c004007 01 a1 66616e73776572 43010203".replace(' ', "")
    );
    assert_eq!(
        request(Request::Identity { serial: "02", page: "node=a\n" }),
        "0a000018004007 02 a2 6673657269616c 623032 6470616765 676e6f64653d610a".replace(' ', "")
    );
    assert_eq!(request(Request::Live), "08000001004007 03a0".replace(' ', ""));
    assert_eq!(
        request(Request::Blink { ms: 500 }),
        "0a000007004007 04 a1 626d73 1901f4".replace(' ', "")
    );
    assert_eq!(request(Request::Check), "08000001004007 05a0".replace(' ', ""));
    assert_eq!(
        request(Request::Erase { serial: "02" }),
        "0a00000b004007 06 a1 6673657269616c 623032".replace(' ', "")
    );
}

#[test]
fn a_client_may_leave_out_an_empty_map_and_say_more_than_is_known() {
    let header = Header { op: Op::Read, version: 0, group: 64, seq: 1, command: 0 };
    let read = |body: &[u8]| {
        let packet = [&header.bytes(body.len()), body].concat();
        Request::read(&packet).map(|(_, request)| request == Request::Who).map_err(|(_, why)| why)
    };
    assert_eq!(read(b""), Ok(true));
    assert_eq!(read(b"\xa2\x61x\x01\x61y\x82\x01\xa1\x61z\x02"), Ok(true));
    assert_eq!(read(b"\xbf\x61x\x01\xff"), Ok(true));
    assert_eq!(read(b"\x01"), Err(BadRequest::Map));
}

#[test]
fn what_nobody_can_do_is_said() {
    let unknown = Header { op: Op::Read, version: 1, group: 9, seq: 1, command: 0 };
    let packet = unknown.bytes(0);
    assert_eq!(Request::read(&packet), Err((Some(unknown), BadRequest::Unknown)));
    let lacks = Header { op: Op::Write, version: 1, group: 64, seq: 1, command: 1 };
    assert_eq!(Request::read(&lacks.bytes(0)), Err((Some(lacks), BadRequest::Map)));
    let answer = Header { op: Op::ReadReply, ..unknown };
    assert_eq!(Request::read(&answer.bytes(0)), Err((Some(answer), BadRequest::Reply)));
}

const ASKED: Header = Header { op: Op::Read, version: 1, group: 64, seq: 9, command: 0 };

fn answered(body: impl FnOnce(&mut reply::Out<'_>) -> reply::Written) -> Vec<u8> {
    let mut packet = vec![0; PACKET_BYTES_MAX];
    let header = Header { op: Op::ReadReply, ..ASKED };
    let len = reply::packet(header, &mut packet, body).expect("it fits");
    packet.truncate(len);
    packet
}

#[test]
fn who_and_check_come_back() {
    let who = Who {
        serial: "525400aabb01",
        board: "b",
        firmware: "0.1.0",
        boot: 12,
        page: "node=a\n",
        sum: 0xdead_beef,
        locked: true,
        why: "",
    };
    let packet = answered(|out| who.write(out));
    assert_eq!(
        hex(&packet),
        "0900004f00400900a86673657269616c6c35323534303061616262303165626f61726461626266776530\
         2e312e3064626f6f740c6470616765676e6f64653d610a6373756d1adeadbeef666c6f636b6564f56377\
         687960"
    );
    let reply = Reply::read(&packet).expect("an answer");
    assert_eq!((reply.refused, Who::read(reply.body)), (None, Ok(who)));

    let check = Check {
        up: 1 << 40,
        session: "connected",
        trouble: "x",
        address: 0x0a00_020f,
        sessions: 1,
        held: 2,
        refused: 3,
        flash_errors: 4,
        stack: 5,
        stack_max: 6,
        wrong: 7,
    };
    let packet = answered(|out| check.write(out));
    assert_eq!(Check::read(Reply::read(&packet).expect("an answer").body), Ok(check));
}

#[test]
fn what_sensors_say_comes_back() {
    let said = [
        ("motion", "", Saying::Milli(1000)),
        ("illuminance_lx", "board", Saying::Milli(312_500)),
        ("co2_ppm", "", Saying::No("silent")),
    ];
    let packet = answered(|out| reply::live(out, said.into_iter()));
    let mut heard = Vec::new();
    let body = Reply::read(&packet).expect("an answer").body;
    reply::read_live(body, |quantity, channel, saying| heard.push((quantity, channel, saying)))
        .expect("it can be read");
    assert_eq!(heard, said);
    let mut none = Vec::new();
    let packet = answered(|out| reply::live(out, std::iter::empty()));
    let body = Reply::read(&packet).expect("an answer").body;
    reply::read_live(body, |quantity, _, _| none.push(quantity)).expect("it can be read");
    assert!(none.is_empty());
}

#[test]
fn every_no_comes_back_with_its_reason() {
    let all = [
        Refused::Locked,
        Refused::WrongAnswer,
        Refused::Wait(63_001),
        Refused::BadIdentity,
        Refused::Flash,
        Refused::OtherNode,
        Refused::NotYet,
        Refused::Unknown,
        Refused::BadRequest,
        Refused::TooLong,
    ];
    let mut packet = [0; PACKET_BYTES_MAX];
    for no in all {
        let len = reply::refuse(ASKED, no, "because", &mut packet);
        let reply = Reply::read(&packet[..len]).expect("an answer");
        assert_eq!((reply.refused, reply.why, reply.header.seq), (Some(no), "because", 9));
    }
    let len = reply::refuse(ASKED, Refused::Wait(9), "", &mut packet);
    assert_eq!(
        hex(&packet[..len]),
        "0900001900400900bf63657272a26567726f7570184062726304647761697409ff"
    );
    let first = Header { version: 0, ..ASKED };
    let len = reply::refuse(first, Refused::Wait(9), "", &mut packet);
    assert_eq!(hex(&packet[..len]), "010000050040 0900 a16272630a".replace(' ', ""));
}
