//! What holds on every day that can be drawn (research: S7, D1, E1–E5, G1, G2, G13).

use crate::campus::{MONDAY, school};
use crate::random::{Event, Owned, Said, controller, day, events, feed};
use controller::{Action, Controller, NodeIx, RoomIx, Timestamp};
use lighting::{Occupancy, Priority};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use wire::Quantity;

/// Everything that was decided, as text.
fn transcript(controller: &mut Controller, events: &[Event]) -> Vec<String> {
    events
        .iter()
        .flat_map(|event| feed(controller, event))
        .map(|action| format!("{action:?}"))
        .collect()
}

proptest! {
    /// D1: the same log gives the same actions and the same bytes.
    #[test]
    fn replaying_a_log_gives_the_same_actions((start, steps) in day()) {
        let events = events(start, &steps);
        let (mut one, mut two) = (controller(start), controller(start));
        prop_assert_eq!(transcript(&mut one, &events), transcript(&mut two, &events));
        prop_assert_eq!(one.save(), two.save());
    }

    /// G6: whoever is restored from a checkpoint goes on as if nothing had happened.
    #[test]
    fn a_restored_controller_goes_on_as_if_nothing_had_happened(
        (start, steps) in day(),
        cut in any::<prop::sample::Index>(),
    ) {
        let events = events(start, &steps);
        let cut = cut.index(events.len() + 1);
        let mut kept = controller(start);
        transcript(&mut kept, &events[..cut]);
        let bytes = kept.save();
        let mut restored = Controller::restore(school(), Timestamp(0), &bytes).expect("a good checkpoint");
        prop_assert_eq!(restored.save(), bytes);
        let (went_on, came_back) =
            (transcript(&mut kept, &events[cut..]), transcript(&mut restored, &events[cut..]));
        prop_assert_eq!(went_on, came_back);
        prop_assert_eq!(state(&kept), state(&restored));
        prop_assert_eq!(kept.save(), restored.save());
    }

    /// A node ignores an older desired state, so its version rises across restarts, whatever was saved.
    #[test]
    fn versions_never_fall_back((start, steps) in day(), later_ms in 0..1_000_000i64) {
        let mut kept = controller(start);
        let bytes = kept.save();
        transcript(&mut kept, &events(start, &steps));
        let now = kept.now().plus(later_ms);
        let mut restored = Controller::restore(school(), now, &bytes).expect("a good checkpoint");
        transcript(&mut restored, &events(start, &steps));
        for node in (0..4).map(NodeIx) {
            let version = |controller: &Controller| controller.desired(node).map(|desired| desired.version);
            prop_assert!(version(&restored) >= version(&kept));
            prop_assert!(version(&restored).is_none_or(|version| version > now.0 as u64));
        }
    }

    /// Deadlines happen at their nominal times, however often somebody looks.
    #[test]
    fn the_result_does_not_depend_on_when_somebody_looks(
        (start, steps) in day(),
        jitter in prop::collection::vec((any::<prop::sample::Index>(), 0..900_000i64), 0..60),
    ) {
        let mut seldom = events(start, &steps);
        // Whoever says that he was away says that nobody looked.
        seldom.retain(|event| !matches!(event.input, Said::Resumed));
        let mut often = seldom.clone();
        for (nth, ms) in jitter {
            if often.is_empty() {
                break;
            }
            let nth = nth.index(often.len());
            let next = often.get(nth + 1).map_or(i64::MAX, |event| event.at.0);
            let at = Timestamp((often[nth].at.0 + ms).min(next));
            often.insert(nth + 1, Event { at, input: Said::Tick });
        }
        let end = seldom.iter().chain(&often).map(|event| event.at).max().unwrap_or(MONDAY);
        for events in [&mut seldom, &mut often] {
            events.push(Event { at: end, input: Said::Tick });
        }
        let (mut one, mut two) = (controller(start), controller(start));
        let decided = |controller: &mut Controller, events: &[Event]| -> Vec<String> {
            let lasting = |action: &Action| {
                matches!(action, Action::Changed { .. } | Action::Posting(_) | Action::Lost { .. } | Action::Acknowledge { .. })
            };
            let actions = events.iter().flat_map(|event| feed(controller, event));
            actions.filter(lasting).map(|action| format!("{action:?}")).collect()
        };
        prop_assert_eq!(decided(&mut one, &seldom), decided(&mut two, &often));
        prop_assert_eq!(state(&one), state(&two));
    }

    /// G2, E1–E3: whatever is lost, repeated, late or reset, postings and registers agree.
    #[test]
    fn energy_is_conserved((start, steps) in day()) {
        let mut controller = controller(start);
        let mut posted: BTreeMap<u32, i64> = BTreeMap::new();
        let mut slots = BTreeSet::new();
        for event in events(start, &steps) {
            for action in feed(&mut controller, &event) {
                let Action::Posting(posting) = action else { continue };
                prop_assert!(posting.energy_wh >= 0);
                // A register that stood still and catches up adds rows to slots that are closed.
                let first = slots.insert((posting.meter, posting.slot));
                prop_assert_eq!(first, posting.revision == 1, "a slot is posted first once");
                *posted.entry(posting.meter.0).or_default() += posting.energy_wh;
            }
            for meter in controller.meters() {
                prop_assert!(meter.adds_up(), "{meter:?}");
                prop_assert!(meter.open_wh >= 0 && meter.today_wh >= 0);
                prop_assert!(meter.today_wh <= meter.posted_wh + meter.open_wh);
                prop_assert_eq!(meter.posted_wh, posted.get(&meter.ix.0).copied().unwrap_or(0));
            }
        }
    }

    /// S7: frames that came before, or that are older than what is known, change nothing that people see.
    #[test]
    fn duplicates_and_late_frames_change_nothing_that_people_see(
        (start, steps) in day(),
        back_ms in 1..100_000_000i64,
    ) {
        let events = events(start, &steps);
        let mut controller = controller(start);
        transcript(&mut controller, &events);
        for event in &events {
            let Said::Frame(node, frame) = &event.input else { continue };
            let before = seen(&controller);
            let mut again = event.clone();
            again.at = controller.now();
            let actions = feed(&mut controller, &again);
            prop_assert!(actions.iter().all(|action| matches!(action, Action::Acknowledge { .. })), "{actions:?}");
            prop_assert!(controller.last_was_duplicate());
            prop_assert_eq!(&seen(&controller), &before);
            late(&mut controller, *node, frame, back_ms, &before)?;
        }
    }

    /// Within a boot the order of arrival, and how often each frame arrives, decide nothing.
    #[test]
    fn any_order_and_any_number_of_duplicates_give_the_same_state(
        motions in prop::collection::vec((any::<bool>(), 0..300i64, prop::bool::weighted(0.1), prop::option::weighted(0.1, 0..=100i64)), 1..100),
        order in prop::collection::vec(any::<prop::sample::Index>(), 600),
        // Dark enough for lamps whatever is believed of it: daylight lets dark lamps and lit ones
        // go different ways on purpose.
        lux in 0..100i64,
    ) {
        let start = 12 * 3_600_000;
        let frames = row(&motions, lux);
        let end = MONDAY.plus(start + 60_000 * (frames.len() as i64 + 1));
        let deliver = |frames: &[&Owned]| {
            let mut controller = controller(start);
            feed(&mut controller, &Event { at: end, input: Said::Hello(NodeIx(0), 1, true) });
            let mut postings = BTreeMap::new();
            for frame in frames {
                let input = Said::Frame(NodeIx(0), (*frame).clone());
                for action in feed(&mut controller, &Event { at: end, input }) {
                    if let Action::Posting(posting) = action {
                        postings.insert((posting.meter, posting.slot), format!("{posting:?}"));
                    }
                }
            }
            (controller, postings)
        };
        let in_order: Vec<&Owned> = frames.iter().collect();
        // Some come twice and more, all come at least once, in any order.
        let mut mixed: Vec<&Owned> = order.iter().map(|nth| &frames[nth.index(frames.len())]).collect();
        let rest: Vec<&Owned> = frames.iter().filter(|frame| !mixed.contains(frame)).collect();
        mixed.extend(rest);
        // The first frame says where the row of a found boot begins; it is the same in both.
        mixed.insert(0, &frames[0]);
        let (mut one, postings) = deliver(&in_order);
        let (mut two, mixed_postings) = deliver(&mixed);
        prop_assert_eq!(postings, mixed_postings);
        prop_assert_eq!(meters(&one), meters(&two));
        let node = |controller: &Controller| {
            let node = controller.node(NodeIx(0));
            format!("{:?} {:?} {} {} {:?}", node.boot, node.acked_seq, node.frames, node.lost, node.readings)
        };
        prop_assert_eq!(node(&one), node(&two));
        prop_assert_eq!(one.node(NodeIx(0)).acked_seq, Some(frames.len() as u32));
        // Who was there when is known from live frames only; once one comes, both decide the same.
        let mut live = frames[frames.len() - 1].clone();
        live.seq += 1;
        live.t = Some(end.0);
        live.readings.retain(|(quantity, _, _)| *quantity != Quantity::Motion);
        live.readings.push((Quantity::Motion, "", 1));
        let lights = |controller: &mut Controller| {
            feed(controller, &Event { at: end, input: Said::Frame(NodeIx(0), live.clone()) });
            let room = controller.room(RoomIx(0));
            let winner = |zone: &controller::ZoneView| (zone.verdict.winner.kind, zone.verdict.winner.priority);
            let zones: Vec<_> = room.zones.iter().map(|zone| (zone.level_pct, winner(zone))).collect();
            (room.occupancy, zones)
        };
        // What lamps add is learnt from looks, of which one has missed those that came behind a newer one:
        // daylight may let lamps down a little further, and changes nothing else.
        let ((seen, one), (also, two)) = (lights(&mut one), lights(&mut two));
        prop_assert_eq!(seen, also);
        for ((level, winner), (other, loser)) in one.iter().zip(&two) {
            let trimmed = [winner, loser].iter().any(|it| it.1 == lighting::Priority::Daylight);
            let lit = *level > 0 && *other > 0;
            prop_assert!((level, winner) == (other, loser) || trimmed && lit, "{:?} {:?}", one, two);
        }
    }

    /// S5, S7: neither a clock step, nor a pause of the agent, nor silence switches anything off in opening hours.
    #[test]
    fn ignorance_never_switches_off_in_opening_hours(
        (start, steps) in day(),
        away_ms in 0..6_000_000i64,
        resumed in any::<bool>(),
    ) {
        let mut controller = controller(start);
        transcript(&mut controller, &events(start, &steps));
        let input = if resumed { Said::Resumed } else { Said::Tick };
        let at = controller.now().plus(away_ms);
        for action in feed(&mut controller, &Event { at, input }) {
            let Action::Changed { at, room, verdict, .. } = action else { continue };
            if verdict.level_pct > 0 || verdict.winner.priority <= Priority::Manual {
                continue;
            }
            let closed = verdict.winner.priority == Priority::Sweep;
            let empty = verdict.winner.reason.code() == "vacant";
            prop_assert!(closed || (empty && !resumed), "{at:?} {room:?} {verdict:?}");
        }
        prop_assert!(!resumed || controller.room(RoomIx(0)).occupancy == Occupancy::Unknown);
    }

    /// A damaged or foreign checkpoint is refused, never believed in part, and never a crash.
    #[test]
    fn a_damaged_checkpoint_is_refused_or_harmless(
        (start, steps) in day(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let events = events(start, &steps);
        let mut controller = controller(start);
        transcript(&mut controller, &events);
        let bytes = controller.save();
        let shorter = &bytes[..cut.index(bytes.len())];
        prop_assert!(Controller::restore(school(), MONDAY, shorter).is_err());
        let mut damaged = bytes.clone();
        let at = at.index(damaged.len());
        damaged[at] = byte;
        if let Ok(mut other) = Controller::restore(school(), MONDAY, &damaged) {
            let _ = other.save();
            let _ = state(&other);
            if byte == bytes[at] {
                prop_assert_eq!(other.save(), bytes);
            } else {
                // It may say nonsense; the agent's checksum keeps it away. It may not crash.
                feed(&mut other, &Event { at: MONDAY.plus(start), input: Said::Tick });
            }
        }
    }
}

/// A frame of an unseen seq, measured before what is known: kept, and without effect on what people see.
fn late(
    controller: &mut Controller,
    node: NodeIx,
    frame: &Owned,
    back_ms: i64,
    before: &str,
) -> Result<(), TestCaseError> {
    if frame.t.is_none() || controller.node(node).boot != Some(frame.boot) {
        return Ok(());
    }
    let mut late = frame.clone();
    let readings = controller.node(node).readings;
    let oldest = readings.iter().map(|reading| reading.measured).min();
    let Some(oldest) = oldest else { return Ok(()) };
    late.t = Some(oldest.0 - back_ms);
    late.seq = controller.node(node).acked_seq.unwrap_or(0) + 100_000;
    late.oldest = 1;
    // Presses are a counter: how late they come decides nothing about whether they count. And what
    // has not been measured yet at all cannot be late.
    let known = |quantity: Quantity, channel: &str| {
        readings.iter().any(|r| r.quantity == quantity && r.channel == channel)
    };
    late.readings.retain(|(quantity, channel, _)| {
        !matches!(quantity, Quantity::Presses | Quantity::ManualPct) && known(*quantity, channel)
    });
    let at = controller.now();
    let mut copy = controller.clone();
    let actions = feed(&mut copy, &Event { at, input: Said::Frame(node, late) });
    let lights = |a: &Action| {
        matches!(a, Action::Changed { .. } | Action::RoomChanged { .. } | Action::Desire { .. })
    };
    prop_assert!(!actions.iter().any(lights), "{actions:?}");
    prop_assert_eq!(&seen(&copy), before);
    Ok(())
}

/// A row of frames of one boot, a minute apart, that all say the same kinds of things.
fn row(motions: &[(bool, i64, bool, Option<i64>)], lux: i64) -> Vec<Owned> {
    let (mut register, mut presses, mut manual) = (1_000, 0, 0);
    let mut frames = Vec::new();
    for (nth, (motion, used, reset, press)) in motions.iter().enumerate() {
        register = if *reset { *used } else { register + used };
        if let Some(level) = press {
            presses += 1;
            manual = *level;
        }
        let at = MONDAY.plus(12 * 3_600_000 + 60_000 * (nth as i64 + 1));
        let readings = vec![
            (Quantity::LevelPct, "window", 0),
            (Quantity::LevelPct, "inner", 0),
            (Quantity::Presses, "window", presses),
            (Quantity::ManualPct, "window", manual),
            (Quantity::Motion, "", i64::from(*motion)),
            (Quantity::IlluminanceLx, "", lux),
            (Quantity::EnergyWh, "window", register),
        ];
        let (seq, t) = (nth as u32 + 1, Some(at.0));
        frames.push(Owned { boot: 1, seq, oldest: 1, t, up: at.0 as u64, readings });
    }
    frames
}

/// Everything that people can see of rooms, and the nodes' current readings.
fn seen(controller: &Controller) -> String {
    let rooms: Vec<String> = (0..2)
        .map(|room| {
            let room = controller.room(RoomIx(room));
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:?}",
                room.occupancy,
                room.occupancy_since,
                room.readings,
                room.no_readings,
                room.power_w,
                room.zones
            )
        })
        .collect();
    let nodes: Vec<String> =
        (0..4).map(|node| format!("{:?}", controller.node(NodeIx(node)).readings)).collect();
    format!("{rooms:?} {nodes:?}")
}

fn meters(controller: &Controller) -> Vec<String> {
    controller.meters().map(|meter| format!("{meter:?}")).collect()
}

/// Everything that can be seen at all, except the versions of desired states.
fn state(controller: &Controller) -> String {
    let nodes: Vec<String> = (0..4)
        .map(|node| {
            let desired = controller.desired(NodeIx(node)).map(|mut desired| {
                desired.version = 0;
                desired
            });
            format!("{:?} {desired:?}", controller.node(NodeIx(node)))
        })
        .collect();
    format!(
        "{} {nodes:?} {:?} {:?}",
        seen(controller),
        meters(controller),
        controller.deadline().is_some()
    )
}
