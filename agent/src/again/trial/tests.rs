//! A log told in parts is the log told at once, whatever clocks did.

use super::*;
use crate::again::Present;
use crate::clock::Pace;
use crate::config::Config;
use crate::main_loop::time;
use crate::store::{self, Limits, Opened};
use controller::Controller;
use std::path::Path;

const MINUTE_MS: i64 = 60_000;
/// Monday 2026-09-07, 06:00 in Shanghai.
const START_MS: i64 = 1_788_732_000_000;
const ROOMS: usize = 5;

fn school(hold_min: u32) -> Config {
    let mut text = format!(
        "[campus]\nid = \"c\"\ntime_zone = \"Asia/Shanghai\"\n[broker]\nurl = \"embedded\"\n\
         [timetable]\nopen = \"07:00-18:00\"\nlessons = [\"08:00-08:45\", \"08:55-09:40\"]\n\
         [lighting]\nhold_min = {hold_min}\n\
         [[node]]\nid = \"mains\"\nbuilding = \"b\"\n",
    );
    for room in 0..ROOMS {
        // The lamps of room 3 hang at the node of room 4.
        let driver = if room == 3 { 4 } else { room };
        text += &format!(
            "[[room]]\nid = \"b/{room}\"\n[[room.zone]]\nid = \"z{room}\"\nnode = \"n{driver}\"\n\
             [[node]]\nid = \"n{room}\"\nroom = \"b/{room}\"\n"
        );
    }
    Config::parse(&text, "campus.toml").expect("a good file")
}

/// When a row comes, by the clock of then: some are late, the clock is set back and ahead, an hour is missing.
fn clock(step: i64) -> Timestamp {
    let shift_ms = match step {
        200..=209 => -4 * MINUTE_MS,
        210..=399 => -90 * MINUTE_MS,
        400..=599 => 60 * MINUTE_MS,
        600..=699 => 9 * 86_400_000,
        _ => 0,
    };
    let jitter_ms = if step % 17 == 0 { -30_000 } else { 0 };
    Timestamp(START_MS + step * MINUTE_MS / 2 + shift_ms + jitter_ms)
}

/// What happened in a past.
#[derive(Clone, Copy, Default)]
struct Past {
    /// Somebody else's node has a fire input.
    fire: bool,
    /// The agent looks at what the machine counts, as its main loop does.
    paced: bool,
}

/// Five rooms for some hours; what is decided goes into the database as the agent puts it there.
fn record(config: &Config, path: &Path, Past { fire, paced }: Past) {
    let limits = Limits { ballast_bytes: 0, ..Limits::default() };
    let Opened { mut store, mut events, .. } = store::open(path, limits, START_MS).expect("opened");
    let mut controller = Controller::new(config.campus.clone(), clock(0)).expect("a good campus");
    let mut seqs = [0; ROOMS + 1];
    let mut out = Vec::new();
    let mut pace = Pace::new(clock(0), 0);
    for step in 0..1_500 {
        let at = clock(step);
        if paced {
            let leap_ms = pace.leap_ms(at, step * MINUTE_MS / 2);
            time::pass(&mut controller, &mut store, at, leap_ms, &mut out);
            keep(&controller, &mut store, &mut out);
        }
        for (nth, seq) in seqs.iter_mut().enumerate() {
            // Paces differ, and none is so slow that a node counts as silent between two frames; one is for a while.
            if step % (nth as i64 % 4 + 1) != 0 || (nth == 2 && (100..180).contains(&step)) {
                continue;
            }
            *seq += 1;
            let moves = i32::from((step / 37 + nth as i64) % 3 == 0);
            let readings = match nth {
                ROOMS if fire => format!("\"fire\":{}", i32::from((700..720).contains(&step))),
                ROOMS => "\"power_w\":7".to_owned(),
                _ => format!("\"motion\":{moves},\"illuminance_lx\":{}", step % 300),
            };
            let text =
                format!("{{\"v\":1,\"boot\":1,\"seq\":{seq},\"up\":{step},\"r\":{{{readings}}}}}");
            let frame = wire::Frame::parse(text.as_bytes()).expect("a good frame");
            let name = if nth == ROOMS { "mains".to_owned() } else { format!("n{nth}") };
            let node = controller.find_node(&name).expect("a node");
            controller.handle(Input::Frame { node, frame: &frame }, at, &mut out);
            store.frame(controller.now().0, &name, &frame);
            keep(&controller, &mut store, &mut out);
        }
    }
    store.submit(None).expect("room for one batch");
    let committed = events.next_blocking();
    assert!(matches!(committed, Some(store::Event::Committed(_))), "{committed:?}");
    store.close();
}

/// Puts what was decided beside the log.
fn keep(controller: &Controller, store: &mut store::Store, out: &mut Vec<Action>) {
    for action in out.drain(..) {
        let Action::Changed { at, room, zone, from_pct, verdict } = action else { continue };
        store.change(answers::change(controller, room, zone, from_pct, &verdict, at));
    }
}

fn check(past: Past) {
    let (today, candidate) = (school(10), school(6));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("campus.db");
    record(&today, &path, past);
    let limits = Limits { ballast_bytes: 0, ..Limits::default() };
    let opened = store::open(&path, limits, START_MS).expect("opened");
    let paced = past.paced;
    let past = opened.store.reader();
    let mut leaps = Vec::new();
    let resumed = past.replay(0, |logged| {
        if matches!(logged.entry, Entry::Resumed) {
            leaps.push(logged.at_ms);
        }
    });
    resumed.expect("a log");
    // By two and a half hours, and by nine days less one hour; back from there, and after it from ninety minutes,
    // the controller sees by itself.
    let ahead = [400, 600].map(|step| clock(step).0);
    assert_eq!(ahead.iter().all(|at| leaps.contains(at)), paced, "{leaps:?}");
    let rules = crate::rulebook::Current::default();
    let present = Present { campus: &today.campus, source: &today.source, rules: &rules };
    // To the latest row, and so to all of them: after that the clock is set back.
    let span = (clock(0), clock(699));
    let tried = |most| trial_in(&past, present, &candidate.campus, span, most).expect("a trial");
    let whole = tried(1);
    assert!(whole.same && whole.again > 50, "{whole:?}");
    assert!(whole.rooms.iter().all(|room| room.moments_total > 0), "{whole:?}");
    for most in [2, 3, 9] {
        assert_eq!(tried(most), whole, "{most} parts");
    }
    // One room alone differs: others need no world of their own.
    let mut one = today.campus.clone();
    one.rooms[1].zones[0].lighting.hold_ms = 6 * 60_000;
    let every = one.rooms.iter().map(|room| room.place().to_string()).collect();
    let told = |differing: &std::collections::BTreeSet<String>, most| {
        super::trial_of(&past, present, (&one, differing), span, most).expect("a trial")
    };
    let whole = told(&every, 1);
    let moments = |nth: usize| whole.rooms[nth].moments_total;
    assert!(whole.same && moments(1) > 0 && moments(0) == 0, "{whole:?}");
    assert_eq!(
        super::alike::differing(&today.campus, &one).into_iter().collect::<Vec<_>>(),
        ["b/1"]
    );
    for most in [1, 2, 9] {
        assert_eq!(trial_in(&past, present, &one, span, most).expect("a trial"), whole);
    }
    let nothing = trial_in(&past, present, &today.campus, span, 2).expect("a trial");
    assert!(nothing.same && nothing.rooms.iter().all(|room| room.today == room.candidate));
    assert_eq!(nothing.again, whole.again);
    opened.store.close();
}

#[test]
fn a_log_told_in_parts_is_the_log_told_at_once() {
    check(Past::default());
}

#[test]
fn a_fire_input_is_heard_by_all() {
    check(Past { fire: true, paced: false });
}

#[test]
fn a_clock_that_leaps_ahead_is_told_again_as_it_was_decided() {
    check(Past { fire: false, paced: true });
}
