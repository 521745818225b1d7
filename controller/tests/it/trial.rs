//! Other settings on a recorded day: the same decide the same, others what they would have decided in a
//! room where their own lamps had shone.

use crate::campus::{MONDAY, school};
use controller::trial::{RoomTrial, Trial};
use controller::{Action, Campus, Controller, Input, RoomIx, Timestamp};
use wire::Frame;

const STEP_MS: i64 = 10_000;
const BEGIN: Timestamp = MONDAY.plus(7 * 3_600_000);
const END: Timestamp = MONDAY.plus(16 * 3_600_000);
/// What a lamp of the school takes at full light, W, and adds, lx.
const FULL_W: i64 = 120;
const FULL_LX: i64 = 200;

/// Somebody moves in twenty minutes of every forty.
fn moves(at: Timestamp) -> bool {
    (at.0 - BEGIN.0) % 2_400_000 < 1_200_000
}

/// A cloudy morning, then a bright noon.
fn daylight_lx(at: Timestamp) -> i64 {
    let minutes = (at.0 - BEGIN.0) / 60_000;
    60 + minutes * 380 / 540
}

/// A day in `science/101`, whose lamps follow the controller; tells `each` every frame, and what the
/// controller decided live.
fn live(campus: Campus, mut each: impl FnMut(&Frame<'_>, Timestamp)) -> (Vec<Action>, i64) {
    let mut controller = Controller::new(campus, BEGIN).expect("a good school");
    let (mut changes, mut lamp_ms) = (Vec::new(), 0);
    let (mut levels, mut at) = ([0, 0], BEGIN);
    for seq in 1.. {
        at = at.plus(STEP_MS);
        if at >= END {
            return (changes, lamp_ms);
        }
        let lx = daylight_lx(at) + levels.iter().sum::<i64>() * FULL_LX / 100;
        let text = format!(
            r#"{{"v":1,"boot":1,"seq":{seq},"up":{seq}0000,"r":{{"motion":{},"illuminance_lx":{lx},"level_pct.window":{},"level_pct.inner":{},"power_w.window":{},"power_w.inner":{}}}}}"#,
            i32::from(moves(at)),
            levels[0],
            levels[1],
            levels[0] * FULL_W / 100,
            levels[1] * FULL_W / 100,
        );
        let frame = Frame::parse(text.as_bytes()).expect("a good frame");
        let node = controller.find_node("sci-101").expect("a node");
        let mut out = Vec::new();
        controller.handle(Input::Frame { node, frame: &frame }, at, &mut out);
        each(&frame, at);
        changes.extend(out.into_iter().filter(|it| matches!(it, Action::Changed { .. })));
        let zones = controller.room(RoomIx(0)).zones;
        levels = [0, 1].map(|nth| i64::from(zones[nth].level_pct));
        lamp_ms += levels.iter().filter(|level| **level > 0).count() as i64 * STEP_MS;
    }
    unreachable!("the day ends")
}

/// The same day told again, with a candidate beside it.
fn tried(candidate: Campus) -> (RoomTrial, Vec<Action>, Vec<Action>) {
    let new = |campus| Controller::new(campus, BEGIN).expect("a good school");
    let mut trial = Trial::new(new(school()), None, Some(new(candidate)), (BEGIN, END));
    let mut again = Vec::new();
    let (recorded, _) = live(school(), |frame, at| {
        trial.frame("sci-101", frame, at);
        again.extend(trial.decided().1);
    });
    let rooms = trial.finish();
    (rooms[0].clone(), recorded, again)
}

fn with(change: impl Fn(&mut lighting::Settings)) -> Campus {
    let mut campus = school();
    for zone in campus.rooms.iter_mut().flat_map(|room| &mut room.zones) {
        change(&mut zone.lighting);
    }
    campus
}

#[test]
fn the_same_settings_decide_the_same_to_the_byte() {
    let (room, recorded, again) = tried(school());
    assert!(recorded.len() > 20, "something happens: {}", recorded.len());
    assert_eq!(recorded, again);
    assert_eq!((room.moments_total, room.differing_ms), (0, 0), "{room:?}");
    assert_eq!(room.today, room.candidate);
    assert!(room.today.lamp_ms > 0 && room.today.energy_mwh > Some(0), "{room:?}");
}

#[test]
fn other_settings_do_what_they_would_have_done_in_a_room_of_their_own() {
    let check = |what: &str, candidate: Campus| {
        let (room, recorded, again) = tried(candidate.clone());
        assert_eq!(recorded, again, "{what}: what is recorded does not move");
        assert!(room.moments_total > 0 && room.differing_ms > 0, "{what}: {room:?}");
        let (_, own_ms) = live(candidate, |_, _| {});
        let off = (room.candidate.lamp_ms - own_ms).abs() as f64 / own_ms as f64;
        assert!(off < 0.02, "{what}: {} of {own_ms} ms, off by {off}", room.candidate.lamp_ms);
    };
    check("a shorter hold", with(|settings| settings.hold_ms = 120_000));
    check("less light at once", with(|settings| settings.auto_pct = 30));
    check("more light wanted", with(|settings| settings.target_lx = 450));
}

#[test]
fn a_shorter_hold_is_shown_to_save_lamp_time_and_energy() {
    let (room, ..) = tried(with(|settings| settings.hold_ms = 120_000));
    let (today, candidate) = (room.today, room.candidate);
    assert!(candidate.lamp_ms < today.lamp_ms, "{room:?}");
    assert!(candidate.energy_mwh < today.energy_mwh, "{room:?}");
    assert!(room.moments.iter().all(|moment| moment.at >= BEGIN && moment.at <= END));
    // 120 W a lamp: what is shown fits what its meter said.
    let most_mwh = today.lamp_ms * FULL_W * 1000 / 3_600_000;
    assert!(today.energy_mwh <= Some(most_mwh), "{room:?}");
}
