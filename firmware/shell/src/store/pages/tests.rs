//! Power cut at every write and erasure of an identity page, and a flash that refuses each of them: old or new.

use super::super::memory::{Memory, TEARS, Tear};
use super::super::{AREA_BYTES, BUFFER_BYTES, Store};
use super::*;
use core::cell::RefCell;
use embassy_futures::block_on;

const UNLOCK: &str = "unlock=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

fn who(node: &str, password: &str) -> Identity {
    let body = format!(
        "campus=north\nnode={node}\nbroker=h:8883\npassword={password}\nca=MAKlpQ==\n{UNLOCK}"
    );
    Identity::parse(&body).unwrap()
}

/// What a file from the bench brings: a page without a generation, in the first place.
fn drop_file(memory: &mut Memory, identity: &Identity) {
    let mut page = [BLANK; PAGE_BYTES];
    identity.write(&mut page).unwrap();
    memory.bytes[..PAGE_BYTES].copy_from_slice(&page);
}

fn feed() {}

fn write(memory: &mut Memory, identity: &Identity) {
    write_identity(memory, identity, feed).unwrap();
}

/// Does `act` on copies of `memory` with the power cut in each of its steps, and shows each result to `check`; then
/// without one, and gives what that leaves and how many steps it took.
fn cut_everywhere(
    memory: &Memory,
    act: impl Fn(&mut Memory) -> Result<(), Fault>,
    check: impl Fn(&mut Memory, &str),
) -> (Memory, usize) {
    let mut whole = Memory { steps: 0, ..memory.clone() };
    act(&mut whole).unwrap();
    for step in 0..whole.steps {
        for tear in TEARS {
            let mut cut = Memory { steps: 0, cut: Some((step, tear)), ..memory.clone() };
            assert!(act(&mut cut).is_err(), "step {step} of {}, {tear:?}", whole.steps);
            let mut after = Memory { bytes: cut.bytes, ..Memory::new() };
            check(&mut after, &format!("cut in step {step} of {}, {tear:?}", whole.steps));
        }
    }
    let steps = whole.steps;
    (Memory { steps: 0, ..whole }, steps)
}

/// Old or new, and whatever it is can be followed by another one, which leaves no secret of either.
fn old_or_new(old: &Identity, new: &Identity) -> impl Fn(&mut Memory, &str) {
    move |memory, cut| {
        let found = identity(memory).unwrap_or_else(|why| panic!("{cut}: {why}"));
        assert!(found == *old || found == *new, "{cut}: {found:?}");
        let next = who("n-9", "next");
        write(memory, &next);
        assert_eq!(identity(memory).as_ref(), Ok(&next), "{cut}");
        for secret in ["first", "second"] {
            assert!(!holds(memory, secret), "{cut}: {secret} is still there");
        }
    }
}

fn holds(memory: &Memory, text: &str) -> bool {
    memory.bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn a_new_identity_is_the_old_or_the_new_one_wherever_the_power_is_cut() {
    let (first, second) = (who("n-1", "first"), who("n-1", "second"));
    let mut bench = Memory::new();
    drop_file(&mut bench, &first);
    let (pair, steps) = cut_everywhere(
        &bench,
        |memory| write_identity(memory, &second, feed),
        old_or_new(&first, &second),
    );
    assert_eq!(steps, 2, "written and the old one erased; the second page was blank");
    // … and round and round, in both places.
    let mut memory = pair;
    for turn in 0..4 {
        let (old, new) = if turn % 2 == 0 { (&second, &first) } else { (&first, &second) };
        let act = |memory: &mut Memory| write_identity(memory, new, feed);
        (memory, _) = cut_everywhere(&memory, act, old_or_new(old, new));
        assert_eq!(identity(&mut memory).as_ref(), Ok(new), "turn {turn}");
    }
}

#[test]
fn a_first_identity_is_none_or_the_new_one() {
    for fill in [0xff, 0, 0x5a] {
        let blank = Memory { bytes: vec![fill; AREA_BYTES as usize], ..Memory::new() };
        let new = who("n-1", "first");
        let (mut memory, _) = cut_everywhere(
            &blank,
            |memory| write_identity(memory, &new, feed),
            |memory, cut| {
                let found = identity(memory);
                assert!(found.is_err() || found.as_ref() == Ok(&new), "{fill:#x}, {cut}");
                write(memory, &new);
                assert_eq!(identity(memory).as_ref(), Ok(&new), "{fill:#x}, {cut}");
            },
        );
        assert_eq!(identity(&mut memory), Ok(new), "{fill:#x}");
    }
}

/// A memory with registers, settings and a few frames in it.
fn used(identity: &Identity) -> Memory {
    let mut memory = Memory::new();
    write(&mut memory, identity);
    let flash = Box::leak(Box::new(RefCell::new(memory)));
    let mut store = Store::new(flash, Box::leak(Box::new([0; BUFFER_BYTES])));
    block_on(async {
        store.save_registers(b"registers-of-old").await.unwrap();
        store.save_settings(b"settings-of-old").await.unwrap();
        for number in 0..60u8 {
            let record = [&[7, 0, 0, 0, number, 0, 0, 0][..], &[b'k'; 200]].concat();
            store.keep(&record).await.unwrap();
        }
    });
    Memory { bytes: std::mem::take(&mut flash.borrow_mut().bytes), ..Memory::new() }
}

#[test]
fn another_name_never_meets_frames_or_registers_of_the_old_one() {
    let (old, new) = (who("n-1", "first"), who("n-2", "second"));
    let memory = used(&old);
    let act = |memory: &mut Memory| write_identity(memory, &new, feed);
    let (mut memory, steps) = cut_everywhere(&memory, act, |memory, cut| {
        let found = identity(memory).unwrap_or_else(|why| panic!("{cut}: {why}"));
        assert!(found == old || found == new, "{cut}");
        let left = holds(memory, "registers-of-old") || holds(memory, "kkkk");
        assert!(found == old || !left, "{cut}: what n-1 kept would be told as n-2's");
    });
    assert!(steps > 5, "{steps}");
    assert_eq!(identity(&mut memory), Ok(new));
    // The same name with another password keeps all of it.
    let mut memory = used(&old);
    write(&mut memory, &who("n-1", "second"));
    assert!(holds(&memory, "registers-of-old") && holds(&memory, "settings-of-old"));
    assert!(holds(&memory, "kkkk") && !holds(&memory, "first"));
}

#[test]
fn back_at_the_factory_nothing_is_left_and_no_cut_brings_an_older_identity_back() {
    let mut memory = used(&who("n-1", "second"));
    // A page from the bench that was followed by one over the console, whose last step failed.
    let (old, new) = (who("n-1", "first"), who("n-1", "second"));
    let mut place = [BLANK; PAGE_BYTES];
    old.write_as(Some(0), &mut place).unwrap();
    let counts = counting(&mut memory, &mut [0; PAGE_BYTES]).unwrap().place;
    let other = PLACES.into_iter().find(|place| *place != counts).unwrap() as usize;
    memory.bytes[other..other + PAGE_BYTES].copy_from_slice(&place);
    assert_eq!(identity(&mut memory).as_ref(), Ok(&new));
    let (memory, _) = cut_everywhere(
        &memory,
        |memory| erase_identity(memory, feed),
        |memory, cut| {
            let found = identity(memory);
            assert!(found.is_err() || found.as_ref() == Ok(&new), "{cut}: {found:?}");
            // Whoever comes next finds nothing of who was here.
            let next = who("n-7", "next");
            write(memory, &next);
            for left in ["first", "second", "registers-of-old", "settings-of-old", "kkkk"] {
                assert!(!holds(memory, left), "{cut}: {left} is still there");
            }
        },
    );
    assert!(memory.bytes.iter().all(|byte| *byte == BLANK), "all of it is erased");
}

#[test]
fn what_a_file_brings_counts_over_what_the_node_wrote() {
    let mut memory = Memory::new();
    for turn in 0..3 {
        write(&mut memory, &who("n-1", "second"));
        let file = who("n-2", &format!("file-{turn}"));
        drop_file(&mut memory, &file);
        assert_eq!(identity(&mut memory), Ok(file), "turn {turn}");
    }
}

#[test]
fn a_flash_that_refuses_says_so_and_keeps_the_old_one() {
    let (old, new) = (who("n-1", "first"), who("n-1", "second"));
    let mut memory = Memory::new();
    write(&mut memory, &old);
    memory.cut = Some((memory.steps, Tear::Nothing));
    assert_eq!(write_identity(&mut memory, &new, feed), Err(Fault::Flash));
    memory = Memory { bytes: memory.bytes, ..Memory::new() };
    assert_eq!(identity(&mut memory), Ok(old));
}
