//! A bench at a node without a board: what is answered, what is kept in flash, and what a pulled cable leaves.

use super::*;
use crate::store::memory::{Memory, TEARS};
use embassy_futures::block_on;
use smp::reply::{Reply, bytes_of};
use smp::{Frames, Heard, Lines};

const BOARD: Board = Board {
    name: "test",
    feed: || {},
    reset: || panic!("restarted"),
    note: |_, _| {},
    light: |_| {},
    stack: || (100, 1000),
};

const SERIAL: &str = "525400aabb01";
const KEY: [u8; KEY_BYTES] = [0xab; KEY_BYTES];

fn page(node: &str) -> String {
    let key = "ab".repeat(KEY_BYTES);
    format!(
        "campus=north\nnode={node}\nbroker=10.0.0.5:8883\npassword=hush-{node}\nlamps=window\nfitted=pir\nunlock={key}\n"
    )
}

fn start(memory: Memory) -> (Bench<Memory>, &'static RefCell<Memory>) {
    let flash: &'static RefCell<Memory> = Box::leak(Box::new(RefCell::new(memory)));
    let ports: &'static Ports = Box::leak(Box::new(Ports::new()));
    ports.status.set_serial([0x52, 0x54, 0x00, 0xaa, 0xbb, 0x01]);
    let key = store::identity(&mut *flash.borrow_mut()).ok().and_then(|identity| identity.unlock);
    (Bench::new(BOARD, ports, flash, None, key, Random::new(b"bench")), flash)
}

fn ask<T>(
    bench: &mut Bench<Memory>,
    request: Request<'_>,
    read: impl FnOnce(&[u8]) -> T,
) -> Result<T, Refused> {
    let mut packet = [0; PACKET_BYTES_MAX];
    let len = request.write(1, &mut packet).unwrap();
    let mut out = [0; ANSWER_BYTES_MAX];
    let answered = block_on(bench.answer(&packet[..len], &mut out));
    assert_eq!(answered.restart, request == Request::Restart);
    let reply = Reply::read(&out[..answered.len]).unwrap();
    reply.refused.map_or_else(|| Ok(read(reply.body)), Err)
}

fn provision(bench: &mut Bench<Memory>, node: &str) -> Result<(), Refused> {
    ask(bench, Request::Identity { serial: SERIAL, page: &page(node) }, |_| ())
}

fn open(bench: &mut Bench<Memory>) -> Result<(), Refused> {
    let challenge =
        ask(bench, Request::Challenge, |body| bytes_of(body, "challenge").unwrap().to_vec())?;
    ask(bench, Request::Answer(&smp::answer(&KEY, &challenge)), |_| ())
}

#[test]
fn a_new_node_says_what_it_is_and_takes_an_identity() {
    let (mut bench, flash) = start(Memory::new());
    let who = ask(&mut bench, Request::Who, |body| {
        let who = Who::read(body).unwrap();
        (who.serial.to_owned(), who.board.to_owned(), who.page.len(), who.locked)
    });
    assert_eq!(who, Ok((SERIAL.to_owned(), "test".to_owned(), 0, false)));
    assert_eq!(ask(&mut bench, Request::Live, |_| ()), Err(Refused::NotYet));
    assert_eq!(provision(&mut bench, "sci-101"), Ok(()));

    // After the restart it is locked, and shows no secret.
    let (mut bench, _) = start(flash.borrow().clone());
    let page = ask(&mut bench, Request::Who, |body| {
        let who = Who::read(body).unwrap();
        assert!(who.locked && who.sum != 0);
        who.page.to_owned()
    });
    let page = page.unwrap();
    assert!(page.contains("node=sci-101\n") && !page.contains("hush") && !page.contains("abab"));
    assert_eq!(provision(&mut bench, "sci-102"), Err(Refused::Locked));
    assert_eq!(open(&mut bench), Ok(()));
    assert_eq!(provision(&mut bench, "sci-102"), Ok(()));
}

#[test]
fn the_same_identity_again_writes_nothing() {
    let (mut bench, flash) = start(Memory::new());
    provision(&mut bench, "sci-101").unwrap();
    let steps = flash.borrow().steps;
    provision(&mut bench, "sci-101").unwrap();
    assert_eq!(flash.borrow().steps, steps);
}

#[test]
fn what_is_meant_for_another_node_or_makes_no_sense_changes_nothing() {
    let (mut bench, flash) = start(Memory::new());
    let other = Request::Identity { serial: "525400aabb02", page: &page("sci-101") };
    assert_eq!(ask(&mut bench, other, |_| ()), Err(Refused::OtherNode));
    let bad = Request::Identity { serial: SERIAL, page: "node=sci-101\n" };
    assert_eq!(ask(&mut bench, bad, |_| ()), Err(Refused::BadIdentity));
    assert_eq!(ask(&mut bench, Request::Erase { serial: "x" }, |_| ()), Err(Refused::OtherNode));
    assert_eq!(flash.borrow().steps, 0);
}

#[test]
fn a_wrong_key_waits_and_is_counted() {
    let (mut bench, _) = start(Memory::new());
    provision(&mut bench, "sci-101").unwrap();
    bench.guard = Guard::new(Some([1; KEY_BYTES]));
    assert_eq!(open(&mut bench), Err(Refused::WrongAnswer));
    assert!(matches!(open(&mut bench), Err(Refused::Wait(1..=1000))));
    let wrong = ask(&mut bench, Request::Check, |body| Check::read(body).unwrap().wrong);
    assert_eq!(wrong, Ok(1));
}

#[test]
fn a_factory_reset_leaves_a_new_node() {
    let (mut bench, flash) = start(Memory::new());
    provision(&mut bench, "sci-101").unwrap();
    ask(&mut bench, Request::Erase { serial: SERIAL }, |_| ()).unwrap();
    assert!(flash.borrow().bytes.iter().all(|byte| *byte == 0xff));
}

#[test]
fn a_cable_pulled_at_any_byte_leaves_the_old_identity_or_the_new_one() {
    let (mut bench, flash) = start(Memory::new());
    provision(&mut bench, "sci-101").unwrap();
    let old = flash.borrow().clone();
    let mut packet = [0; PACKET_BYTES_MAX];
    let new = Request::Identity { serial: SERIAL, page: &page("sci-101b") };
    let len = new.write(1, &mut packet).unwrap();
    let bytes: Vec<u8> = Frames::new(&packet[..len]).flatten().collect();
    let mut taken = 0;
    for cut in 0..=bytes.len() {
        let (mut bench, flash) = start(old.clone());
        bench.guard = Guard::new(None);
        let (mut lines, mut out) = (Lines::<PACKET_BYTES_MAX>::new(), [0; ANSWER_BYTES_MAX]);
        for byte in &bytes[..cut] {
            if let Some(Heard::Packet(packet)) = lines.push(*byte) {
                block_on(bench.answer(packet, &mut out));
            }
        }
        let node = store::identity(&mut *flash.borrow_mut()).unwrap().node;
        assert_eq!(node.as_str(), if cut == bytes.len() { "sci-101b" } else { "sci-101" });
        taken += usize::from(node.as_str() == "sci-101b");
    }
    assert_eq!(taken, 1);
}

#[test]
fn a_power_cut_at_any_step_of_writing_leaves_the_old_identity_or_the_new_one() {
    let (mut bench, flash) = start(Memory::new());
    provision(&mut bench, "sci-101").unwrap();
    let old = flash.borrow().clone();
    for tear in TEARS {
        for cut in 0.. {
            let mut memory = old.clone();
            (memory.steps, memory.cut) = (0, Some((cut, tear)));
            let (mut bench, flash) = start(memory);
            bench.guard = Guard::new(None);
            // The same name, so that its frames stay, and another password.
            let page = page("sci-101").replace("hush-", "hushed-");
            let done = ask(&mut bench, Request::Identity { serial: SERIAL, page: &page }, |_| ());
            let mut after = flash.borrow().clone();
            let dark = core::mem::take(&mut after.dark);
            after.cut = None;
            let password = store::identity(&mut after).expect("one of both").password;
            match done {
                Ok(()) => assert_eq!(password, "hushed-sci-101"),
                Err(_) => assert!(["hush-sci-101", "hushed-sci-101"].contains(&password.as_str())),
            }
            if !dark {
                assert!(cut >= 2, "it erases and writes");
                break;
            }
        }
    }
}
