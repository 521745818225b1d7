//! A real QEMU with the smallest program there is: what a machine promises whatever it runs.

use super::*;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A vector table with a stack and a reset vector (with the Thumb bit), and there a branch to itself
/// (ARMv7-M: `e7fe`).
const IDLE: [u8; 10] = [0x00, 0x80, 0x00, 0x20, 0x09, 0x00, 0x00, 0x00, 0xfe, 0xe7];

/// A folder of one test, with the program in it; removed with its value.
struct Place(PathBuf);

impl Place {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("ce-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("idle.bin"), IDLE).expect("a file");
        Self(folder)
    }

    fn settings(&self, name: &str) -> MachineSettings {
        MachineSettings {
            image: self.0.join("idle.bin"),
            folder: self.0.join(name),
            mac: [0xce, 0, 1],
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn qemu_runs_is_steered_and_ends_with_its_machine() {
    let place = Place::new("machine");
    within(async {
        let machine = Machine::start(place.settings("a")).await.expect("a machine");
        let mut events = machine.events();
        let id = machine.id();
        machine.set_link(false).await.expect("a pulled cable");
        machine.set_link(true).await.expect("a cable");
        machine.pins().set(0, true).await.expect("a pin");
        assert!(machine.pins().set(99, true).await.is_err(), "there is no such pin");
        machine.reset().await.expect("a reset");
        while events.recv().await.expect("an event") != "RESET" {}
        machine.stop().await;
        assert!(!runs(id));
    });
}

#[test]
fn qemu_is_killed_when_its_machine_is_dropped() {
    let place = Place::new("drop");
    within(async {
        let machine = Machine::start(place.settings("a")).await.expect("a machine");
        let id = machine.id();
        assert!(runs(id));
        drop(machine);
        assert!(!runs(id));
    });
}

#[test]
fn qemu_that_cannot_start_says_why() {
    let place = Place::new("bad");
    within(async {
        let mut settings = place.settings("a");
        settings.image = place.0.join("nothing.elf");
        let error = Machine::start(settings).await.map(drop).expect_err("no image").to_string();
        assert!(error.contains("no firmware image"), "{error}");
        let long = place.settings(&"long".repeat(30));
        let error = Machine::start(long).await.map(drop).expect_err("too long").to_string();
        assert!(error.contains("too long for a Unix socket"), "{error}");
        let settings = place.settings("b");
        std::fs::create_dir_all(&settings.folder).expect("a folder");
        std::fs::write(settings.flash(), [0xff]).expect("a flash that is too small");
        let error = Machine::start(settings).await.map(drop).expect_err("a bad flash").to_string();
        assert!(error.contains("its last words: qemu"), "{error}");
    });
}

#[test]
fn the_identity_is_written_into_flash_and_the_rest_of_it_kept() {
    let place = Place::new("page");
    let settings = place.settings("a");
    let plan = crate::campus::Plan::new(2, 1);
    let identity = node::identity(&plan, 0, &("127.0.0.1".into(), 1883), "secret");
    let identity = identity.expect("a classroom");
    settings.provision(&identity).expect("a page");
    let mut flash = std::fs::read(settings.flash()).expect("the flash");
    assert_eq!(flash.len() as u64, FLASH_BYTES);
    let page = &flash[IDENTITY_OFFSET as usize..];
    let read = ::node::identity::Identity::read(page).expect("an identity");
    assert_eq!(read, identity);
    assert_eq!(read.host.as_str(), "10.0.2.2", "the loopback as a guest sees it");
    // What a node keeps behind its page outlives being provisioned again.
    flash[IDENTITY_OFFSET as usize + 0x1000] = 0x42;
    std::fs::write(settings.flash(), &flash).expect("the flash");
    settings.provision(&identity).expect("a page");
    let flash = std::fs::read(settings.flash()).expect("the flash");
    assert_eq!(flash[IDENTITY_OFFSET as usize + 0x1000], 0x42);
    assert_eq!(flash[IDENTITY_OFFSET as usize + 0xfff], 0xff, "the rest of the page is erased");
}

#[test]
fn the_world_lends_its_room_to_an_emulated_node() {
    let plan = Arc::new(crate::campus::Plan::new(2, 1));
    // Monday 2026-09-07, 09:00 in Shanghai: a lesson.
    let start = 1_788_742_800_000;
    let world = crate::World::new(plan.clone(), 1, start);
    let world = Arc::new(std::sync::Mutex::new(world));
    let clock = crate::ScaledClock::new(start, 1.0);
    let room = InWorld::new(world.clone(), clock, 0).expect("a node");
    let before = room.seen();
    assert!(before.illuminance_lx > 0.0 && before.co2_ppm >= 400.0);
    let (dark, counted) = (room.meter().power_w, room.meter().energy_wh);
    room.shine(0, 100, true);
    assert!(room.meter().power_w > dark + 100.0, "lamps of 120 W or more");
    assert!(room.meter().energy_wh >= counted);
    // Time passes with the clock: the light is there a moment later.
    assert!(room.seen().illuminance_lx > before.illuminance_lx + 50.0);
    let told = surroundings::lock(&world).take_happenings();
    let lit = |what| matches!(what, crate::What::Lamp { to_pct: 100, .. });
    assert!(told.iter().any(|happening| lit(happening.what)), "{told:?}");
    room.press("inner");
    assert_eq!(room.take_presses(), [1]);
    assert_eq!(room.take_presses(), [0usize; 0]);
}

/// Whether there is such a program. A zombie is none: it was waited for.
fn runs(id: u32) -> bool {
    std::path::Path::new(&format!("/proc/{id}")).exists()
}

/// Runs a story that has to end within a generous time.
fn within(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(60), story).await.expect("it ends in time");
    });
}
