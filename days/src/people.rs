//! Who is truly in the room, and what its motion sensors see of them.

use simulator::people::Step;
use simulator::people::motion;
use simulator::seeded::Seeded;

const MINUTE: i64 = 60_000;

/// A day of a room: from, to (ms UTC), in order and without overlaps.
pub type Spans = Vec<(i64, i64)>;

/// Everybody's comings and goings, as one: somebody is there, or nobody.
pub fn visits(start: i64, lessons: &[(i64, i64)], school: bool, chance: &mut Seeded) -> Spans {
    let mut visits = Vec::new();
    if school {
        for (from, to) in lessons.iter().filter(|_| chance.chance(0.75)).collect::<Vec<_>>() {
            let come = from - chance.between(-3 * MINUTE, 7 * MINUTE);
            let gone = to + chance.between(-2 * MINUTE, 9 * MINUTE);
            visits.push((come, gone));
        }
    }
    // Cleaners, meetings, somebody who forgot a bag, a watchman: at any hour of any day.
    for _ in 0..chance.between(0, 5) {
        let come = start + chance.between(0, 24 * 60 * MINUTE - 1);
        let long = chance.chance(0.3);
        let stay = if long { 120 * MINUTE } else { 12 * MINUTE };
        visits.push((come, come + chance.between(10_000, stay)));
    }
    // Somebody who keeps looking in: the worst that can happen to a hold.
    if chance.chance(0.08) {
        let gap = chance.between(4, 22) * MINUTE;
        let mut at = start + chance.between(6, 18) * 60 * MINUTE;
        for _ in 0..chance.between(4, 14) {
            visits.push((at, at + chance.between(3_000, 60_000)));
            at += gap + chance.between(0, MINUTE);
        }
    }
    merged(visits, start + 24 * 60 * MINUTE)
}

/// What a motion sensor makes of it: movement with the still stretches of the UCI set, and false alarms.
pub fn movement(visits: &Spans, start: i64, chance: &mut Seeded) -> Spans {
    let step = |t, people| Step { t, people, plug_mw: 0 };
    let mut steps = vec![step(start, 0)];
    for (from, to) in visits {
        steps.push(step(*from, 1));
        steps.push(step(*to, 0));
    }
    steps.dedup_by(|later, first| {
        let same = later.t == first.t;
        if same {
            first.people = later.people;
        }
        same
    });
    motion::motion(&steps, start + 24 * 60 * MINUTE, chance)
}

fn merged(mut spans: Spans, end: i64) -> Spans {
    spans.sort_unstable();
    let mut out: Spans = Vec::new();
    for (from, to) in spans {
        let to = to.min(end - 1);
        match out.last_mut() {
            _ if from >= to => {}
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// Whether a moment lies in one of the spans.
pub fn within(spans: &Spans, t: i64) -> bool {
    let after = spans.partition_point(|(from, _)| *from <= t);
    after > 0 && t < spans[after - 1].1
}

/// The next begin or end of a span after a moment.
pub fn next_edge(spans: &Spans, t: i64) -> Option<i64> {
    let after = spans.partition_point(|(from, _)| *from <= t);
    let ends = after.checked_sub(1).map(|last| spans[last].1).filter(|to| *to > t);
    ends.or_else(|| spans.get(after).map(|(from, _)| *from))
}

/// How long of a time lies within spans, ms.
pub fn overlap(spans: &Spans, (from, to): (i64, i64)) -> i64 {
    let first = spans.partition_point(|(_, end)| *end <= from);
    let met = spans[first..].iter().take_while(|(begin, _)| *begin < to);
    met.map(|(begin, end)| *end.min(&to) - *begin.max(&from)).sum()
}
