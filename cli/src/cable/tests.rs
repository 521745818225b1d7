//! A node played by a thread, at the other end of a Unix socket.

use super::*;
use smp::reply::{self, refuse};
use smp::{Header, Who};
use std::os::unix::net::UnixListener;
use std::thread::{self, JoinHandle};

/// What the played node does with each packet that reaches it; it ends when the cable is pulled.
fn node(
    folder: &Path,
    mut answer: impl FnMut(usize, &[u8], &mut UnixStream) + Send + 'static,
) -> (PathBuf, JoinHandle<usize>) {
    let port = folder.join("console.sock");
    let listener = UnixListener::bind(&port).expect("a socket in our own folder");
    let played = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the test opens it");
        let mut lines = Lines::<PACKET_BYTES_MAX>::new();
        let (mut bytes, mut nth) = ([0; 512], 0);
        while let Ok(count @ 1..) = stream.read(&mut bytes) {
            for byte in &bytes[..count] {
                if let Some(Heard::Packet(packet)) = lines.push(*byte) {
                    let packet = packet.to_vec();
                    answer(nth, &packet, &mut stream);
                    nth += 1;
                }
            }
        }
        nth
    });
    (port, played)
}

const NODE: Who<'static> = Who {
    serial: "525400aabb01",
    board: "b",
    firmware: "0.1.0",
    boot: 1,
    page: "",
    sum: 0,
    locked: false,
    why: "",
};

fn send(stream: &mut UnixStream, header: Header, who: &Who<'_>) {
    let mut packet = [0; 512];
    let op = header.op.reply().expect("a request");
    let len = reply::packet(Header { op, ..header }, &mut packet, |out| who.write(out));
    for line in Frames::new(&packet[..len.expect("it fits")]) {
        stream.write_all(&line).expect("the test reads");
    }
}

#[test]
fn an_answer_is_found_among_log_lines_noise_and_late_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let (port, played) = node(folder.path(), |_, packet, stream| {
        let (header, request) = Request::read(packet).expect("a request");
        assert_eq!(request, Request::Who);
        stream.write_all(b"[0.1] start\r\n\x06\x09rubbish\r\n").expect("the test reads");
        send(
            stream,
            Header { seq: header.seq.wrapping_sub(1), ..header },
            &Who { serial: "late", ..NODE },
        );
        send(stream, header, &NODE);
    });
    let mut cable = Cable::open(&port).expect("it opens");
    let body = cable.ask(Request::Who).expect("an answer");
    assert_eq!(Who::read(&body), Ok(NODE));
    assert_eq!(cable.log_line(Instant::now()).expect("open").as_deref(), Some("[0.1] start"));
    drop(cable);
    assert_eq!(played.join().expect("the node was content"), 1);
}

#[test]
fn a_question_that_was_lost_is_asked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (port, played) = node(folder.path(), |nth, packet, stream| {
        if nth > 0 {
            send(stream, Request::read(packet).expect("a request").0, &NODE);
        }
    });
    let mut cable = Cable::open(&port).expect("it opens");
    assert!(cable.ask(Request::Who).is_ok());
    drop(cable);
    assert_eq!(played.join().expect("the node was content"), 2);
}

#[test]
fn a_no_comes_with_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let (port, _) = node(folder.path(), |_, packet, stream| {
        let (header, _) = Request::read(packet).expect("a request");
        let mut no = [0; 128];
        let len = refuse(header, Refused::Wait(3_500), "", &mut no);
        Frames::new(&no[..len]).for_each(|line| stream.write_all(&line).expect("the test reads"));
    });
    let mut cable = Cable::open(&port).expect("it opens");
    let no = cable.ask(Request::Challenge).expect_err("it says no");
    assert!(matches!(no, Fault::Refused { refused: Refused::Wait(3_500), .. }), "{no:?}");
}

#[test]
fn a_pulled_cable_and_a_missing_port_are_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let (port, played) = node(folder.path(), |_, _, stream| {
        stream.shutdown(std::net::Shutdown::Both).expect("it was open");
    });
    let mut cable = Cable::open(&port).expect("it opens");
    assert!(matches!(cable.ask(Request::Who), Err(Fault::Broken { .. })));
    drop(played);
    let missing = Cable::open(&folder.path().join("none")).err();
    assert!(matches!(missing, Some(Fault::NoPort { .. })), "{missing:?}");
}

#[test]
fn every_fault_has_words_in_both_languages() {
    use crate::words::{Lang, Words};
    let port = PathBuf::from("/dev/ttyACM0");
    let refused = |refused| Fault::Refused { port: port.clone(), refused, why: String::new() };
    let error = || io::ErrorKind::PermissionDenied.into();
    let faults = [
        Fault::NoPort { port: port.clone(), known: vec!["/dev/ttyUSB0".into()] },
        Fault::NoPort { port: port.clone(), known: Vec::new() },
        Fault::Open { port: port.clone(), error: error() },
        Fault::Open { port: port.clone(), error: io::ErrorKind::ResourceBusy.into() },
        Fault::Broken { port: port.clone(), error: error() },
        Fault::Silent { port: port.clone() },
        Fault::Garbled { port: port.clone() },
        refused(Refused::Locked),
        refused(Refused::WrongAnswer),
        refused(Refused::Wait(3_500)),
        refused(Refused::BadIdentity),
        refused(Refused::Flash),
        refused(Refused::OtherNode),
        refused(Refused::NotYet),
        refused(Refused::Unknown),
        refused(Refused::Other(99)),
    ];
    let mut all = String::new();
    for lang in [Lang::En, Lang::Zh] {
        let words = Words::new(lang);
        for fault in &faults {
            all += &format!("{}\n  {}\n", fault.what(&words), fault.hint(&words));
        }
    }
    insta::assert_snapshot!(all);
}
