//! Days of a school are added up in the transaction of their rows: whatever order, repetition and incarnation they come
//! in, the sums are those of a recount from raw rows.

use super::District;
use batch::{Body, Incarnation, Row, Span, Stream, Values};
use system_tests::sender::{Campus, Chance, Line, MONDAY_MS};

const STREAMS: [&str; 6] =
    ["room/main/a", "room/main/b", "room/side/c", "building/main", "building/side", "meter/in-1"];
const DAYS: u64 = 4;
const DAY_MS: i64 = 86_400_000;

/// The days that are kept, as they are shown.
const KEPT: &str = "select campus, day, energy_wh, lighting_wh, occupied_s, lit_empty_s, occupied_dark_s, \
                    round(complete_permille, 6), rooms, lost_frames from school_day order by campus, day";

/// The same from raw rows, by other SQL: the newest of each slot, whatever is marked as current.
const RECOUNT: &str = "\
    with newest as (select distinct on (s.campus, s.stream, s.slot_ms) s.*, p.kind from summary s \
                    join stream p using (campus, stream) where s.class = 2 \
                    order by s.campus, s.stream, s.slot_ms, s.ordinal desc, s.revision desc) \
    select campus, day, sum(case kind when 'building' then energy_wh end), \
           sum(case kind when 'building' then lighting_wh end), sum(case kind when 'room' then occupied_s end), \
           sum(case kind when 'room' then lit_empty_s end), sum(case kind when 'room' then occupied_dark_s end), \
           round(avg(case kind when 'room' then complete_permille end), 6), \
           count(case kind when 'room' then 1 end), sum(case kind when 'room' then lost_frames end) \
    from newest group by campus, day order by campus, day";

/// A day of a stream with numbers of chance, some of them absent.
fn day(stream: &str, day: u64, revision: u32, chance: &mut Chance) -> Row {
    let mut values = Values::default();
    for quantity in batch::row::QUANTITIES {
        let number = chance.below(1_000) as i64;
        *(quantity.place)(&mut values) = (chance.below(5) > 0).then_some(number);
    }
    let stream = Stream::new(stream).expect("a stream");
    let slot_ms = MONDAY_MS + day as i64 * DAY_MS;
    Row { stream, slot_ms, span_s: 86_400, revision, body: Body::Day(values) }
}

/// Rows of some days, each row of another slot or the next revision of one: as an outbox has them.
fn grow(campus: &mut Campus, count: usize, chance: &mut Chance) {
    for _ in 0..count {
        let stream = STREAMS[chance.below(STREAMS.len() as u64) as usize];
        // A revision is higher than all before: the place in the outbox.
        let revision = campus.rows.len() as u32 + 1;
        campus.add(&day(stream, chance.below(DAYS), revision, chance));
    }
}

/// Any part of an outbox, sent again or not.
fn part(campus: &Campus, chance: &mut Chance) -> (Vec<u8>, String) {
    let last = campus.rows.len() as u64;
    let from = 1 + chance.below(last);
    campus.batch(Span { from, to: from + chance.below((last - from + 1).min(25)) })
}

#[test]
fn days_are_those_of_a_recount_after_every_batch_in_any_order() {
    let district = District::start("days", 2);
    let mut compared = 0;
    for seed in 1..=12 {
        let mut chance = Chance(seed);
        let mut first = Campus::new(&format!("c{seed}"), seed);
        district.admit(&first);
        let mut second = first.reborn(Incarnation([seed as u8; 16]));
        for campus in [&mut first, &mut second] {
            let count = 30 + chance.below(60) as usize;
            grow(campus, count, &mut chance);
        }
        let mut line = Line::new(district.balancer.port());
        for step in 0..24 {
            // At first of the older incarnation only, later of both; the oldest rows come last.
            let campus = if step > 4 && chance.below(2) == 0 { &second } else { &first };
            line.post(&part(campus, &mut chance)).expect("an answer").receipt();
            if step % 4 == 3 {
                assert_eq!(
                    district.postgres.ask(KEPT),
                    district.postgres.ask(RECOUNT),
                    "seed {seed}, step {step}"
                );
                compared += 1;
            }
        }
        for campus in [&second, &first] {
            let all = Span { from: 1, to: campus.rows.len() as u64 };
            line.post(&campus.batch(all)).expect("an answer").receipt();
        }
    }
    let kept = district.postgres.ask(KEPT);
    assert_eq!(kept, district.postgres.ask(RECOUNT));
    assert_eq!(kept.lines().count() as u64, 12 * DAYS);
    println!("{compared} times the days that are kept are those of a recount");
    a_database_of_the_version_before_is_brought_up(district, &kept);
}

/// The schema of version 2, with two current rows of one slot, as it could leave them.
fn a_database_of_the_version_before_is_brought_up(mut district: District, kept: &str) {
    let before = include_str!("../../../hub/migrations/0002_reports.sql");
    let views = &before[before.find("-- A school's day.").expect("the view")
        ..before.find("-- What is known to be gone.").expect("the view after it")];
    [0, 1].iter().for_each(|at| district.kill(*at));
    let ask = |sql: &str| district.postgres.as_superuser(sql, system_tests::postgres::ROLE);
    ask(
        "alter table incarnation drop column dropped cascade; drop view school_month; drop view school_day; drop view day_recount; drop table day_sum; \
         drop index summary_day_by_day; create index summary_day_by_day on summary_day (campus, day) where current; \
         delete from hub_schema where version > 2",
    );
    district.postgres.ask(views);
    ask("update summary set current = true where campus in ('c1', 'c2')");
    assert_ne!(district.postgres.ask(KEPT), kept);
    district.again(0);
    assert_eq!(district.postgres.ask(KEPT), kept);
}

#[test]
fn two_lives_of_a_campus_that_send_at_once_count_once() {
    let district = District::start("lives", 2);
    let mut chance = Chance(11);
    let mut first = Campus::new("north", 11);
    district.admit(&first);
    let mut second = first.reborn(Incarnation([9; 16]));
    for campus in [&mut first, &mut second] {
        grow(campus, 600, &mut chance);
    }
    std::thread::scope(|scope| {
        for campus in [&first, &second] {
            let port = district.balancer.port();
            scope.spawn(move || {
                let mut line = Line::new(port);
                for from in (1..=600).step_by(10) {
                    let batch = campus.batch(Span { from, to: from + 9 });
                    while line.post(&batch).expect("an answer").status != 200 {}
                }
            });
        }
    });
    let doubled = "select count(*) from (select 1 from summary where current \
                   group by campus, class, stream, slot_ms having count(*) > 1) as doubled";
    assert_eq!(district.count(doubled), 0);
    assert_eq!(district.count("select count(*) from summary"), 1_200);
    assert_eq!(district.postgres.ask(KEPT), district.postgres.ask(RECOUNT));
}
