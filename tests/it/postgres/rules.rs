//! What a receiver refuses, what it keeps apart, and what an older backup does.

use super::{District, drain};
use batch::{Incarnation, Row, Span};
use system_tests::sender::{Campus, Chance, Line};

#[test]
fn what_is_refused_costs_nobody_else() {
    let district = District::start("refusals", 1);
    let mut chance = Chance(1);
    let mut north = Campus::new("north", 1);
    let south = Campus::new("south", 2);
    north.grow(40, 2, &mut chance);
    district.admit(&north);
    district.admit(&south);
    let mut line = Line::new(district.balancer.port());
    let span = |from, to| Span { from, to };
    let (body, header) = north.batch(span(1, 10));

    // Nobody, somebody else, and a flipped byte.
    let unsigned = line.ask("POST /v1/batches HTTP/1.1", &body).expect("an answer");
    assert_eq!((unsigned.status, unsigned.code().as_str()), (401, "bad_signature"));
    let stranger = Campus::new("stranger", 3).key.sign(&body);
    let answer = line.post(&(body.clone(), stranger)).expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (401, "unknown_key"));
    let foreign = south.key.sign(&body);
    let answer = line.post(&(body.clone(), foreign)).expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (401, "unknown_key"));
    assert!(answer.body.contains("belongs to `south`"), "{answer:?}");
    let mut flipped = body.clone();
    flipped[20] ^= 1;
    let answer = line.post(&(flipped, header.clone())).expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (401, "bad_signature"));
    // Signed, and no batch; and too large.
    let noise = b"no batch".to_vec();
    let signed = north.key.sign(&noise);
    let answer = line.post(&(noise, signed)).expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (400, "malformed"));
    let large = vec![0; 1024 * 1024 + 1];
    let signed = north.key.sign(&large);
    let answer = Line::new(district.balancer.port()).post(&(large, signed)).expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (413, "too_large"));
    // The watermark of another campus.
    let path = format!("/v1/watermark?campus=north&incarnation={}", north.incarnation);
    let header_of_south = south.key.sign(&batch::sign::get(&path));
    let head = format!("GET {path} HTTP/1.1\r\ncampus-signature: {header_of_south}");
    let answer = Line::new(district.balancer.port()).ask(&head, b"").expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (401, "unknown_key"));
    assert_eq!(district.count("select count(*) from summary"), 0);

    // After all that the batch is taken; twice is once; out of order is kept, and what is missing is named.
    let mut line = Line::new(district.balancer.port());
    let receipt = line.post(&(body.clone(), header.clone())).expect("an answer").receipt();
    assert_eq!((receipt.watermark, receipt.missing.len()), (10, 0));
    let receipt = line.post(&(body, header)).expect("an answer").receipt();
    assert_eq!((receipt.watermark, receipt.missing.len()), (10, 0));
    let receipt = line.post(&north.batch(span(31, 40))).expect("an answer").receipt();
    assert_eq!((receipt.watermark, receipt.missing), (10, vec![span(11, 30)]));
    let gaps = district.postgres.ask("select from_seq, to_seq, rows from gaps");
    assert_eq!(gaps.trim(), "11|30|20");
    let receipt = line.post(&north.batch(span(5, 35))).expect("an answer").receipt();
    assert_eq!((receipt.watermark, receipt.missing.len()), (40, 0));
    assert_eq!(district.holds_exactly(&[north]), 40);

    let health = line.ask("GET /healthz HTTP/1.1", b"").expect("an answer");
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    let metrics = line.ask("GET /metrics HTTP/1.1", b"").expect("an answer").body;
    assert!(metrics.contains("campus_hub_rows_new_total 40"), "{metrics}");
    assert!(metrics.contains("campus_hub_refused_total{code=\"unknown_key\"} 3"), "{metrics}");
}

#[test]
fn a_fork_is_refused_whole_and_written_down() {
    let district = District::start("fork", 1);
    let mut north = Campus::new("north", 1);
    north.grow(20, 2, &mut Chance(1));
    district.admit(&north);
    drain(&north, &district, &mut Chance(1));
    // A copy of the campus that went its own way from row 11 on, as after a snapshot of a virtual machine.
    let mut copy = north.reborn(north.incarnation);
    copy.grow(10, 2, &mut Chance(1));
    copy.grow(20, 2, &mut Chance(99));
    let mut line = Line::new(district.balancer.port());
    for (from, to) in [(11, 20), (15, 30), (1, 30)] {
        let answer = line.post(&copy.batch(Span { from, to })).expect("an answer");
        assert_eq!((answer.status, answer.code().as_str()), (409, "fork"), "{answer:?}");
        assert!(answer.body.contains("campus hub incarnation new"), "{answer:?}");
    }
    let again = line.post(&copy.batch(Span { from: 11, to: 20 })).expect("an answer");
    assert_eq!(again.status, 409);
    assert_eq!(district.set(&north), north.set(), "nothing of the copy was taken");
    let forks = district.postgres.ask("select seq, times from fork order by seq");
    assert_eq!(forks.trim(), "11|3\n15|1");
    // With an incarnation of its own the same rows are welcome, and count before the older ones.
    let mut restored = north.reborn(Incarnation([9; 16]));
    restored.grow(30, 2, &mut Chance(99));
    drain(&restored, &district, &mut Chance(2));
    assert_eq!(district.set(&restored), restored.set());
    let current = "select count(*) from (select 1 from summary where current \
                   group by campus, class, stream, slot_ms having count(*) > 1) as doubled";
    assert_eq!(district.count(current), 0);
    let newest = "select count(*) from summary s where not current and not exists (select 1 from summary n \
                  where (n.campus, n.class, n.stream, n.slot_ms) = (s.campus, s.class, s.stream, s.slot_ms) \
                  and (n.ordinal, n.revision) > (s.ordinal, s.revision))";
    assert_eq!(district.count(newest), 0);
    let slots = district.count(
        "select count(*) from (select distinct campus, class, stream, slot_ms from summary) as slots",
    );
    assert_eq!(district.count("select count(*) from summary where current"), slots);
}

#[test]
fn a_bad_row_is_put_aside_and_its_chain_runs_on() {
    let district = District::start("bad", 1);
    let mut north = Campus::new("north", 1);
    district.admit(&north);
    let row = |slot: i64, permille: &str| {
        format!(
            r#"{{"stream":"campus","class":"day","slot_ms":{slot},"span_s":86400,"revision":1,"complete_permille":{permille}}}"#
        )
    };
    let good = Row::parse(&row(0, "1000")).expect("a row");
    north.add(&good);
    north.add(&Row { slot_ms: 1, ..good.clone() });
    north.add(&Row { slot_ms: 2, ..good });
    // What a broken agent might have hashed and sent.
    let (prev, bad) = (north.rows[0].hash, row(1, "1001"));
    north.rows[1].hash = prev.then(&bad);
    north.rows[1].canonical = bad;
    north.rows[2].prev = north.rows[1].hash;
    north.rows[2].hash = north.rows[2].prev.then(&north.rows[2].canonical);
    let mut line = Line::new(district.balancer.port());
    let receipt = line.post(&north.batch(Span { from: 1, to: 3 })).expect("an answer").receipt();
    assert_eq!((receipt.watermark, receipt.refused.len(), receipt.refused[0].seq), (3, 1, 2));
    assert_eq!(receipt.refused[0].reason, "`complete_permille` = 1001 is not from 0 to 1000");
    let aside = district.postgres.ask("select seq, reason from quarantine");
    assert_eq!(aside.trim(), "2|`complete_permille` = 1001 is not from 0 to 1000");
    let found = district.verify();
    assert_eq!((found.rows, found.lost, found.wrong), (2, 0, 0));
    assert_eq!(district.count("select count(*) from chain_break"), 0);
}

#[test]
fn a_hub_restored_from_an_older_dump_gets_its_tail_again() {
    let mut district = District::start("restored", 2);
    let mut chance = Chance(5);
    let mut campuses: Vec<Campus> =
        (0..3).map(|at| Campus::new(&format!("c{at}"), 50 + at)).collect();
    for campus in &mut campuses {
        campus.grow(300, 4, &mut chance);
        district.admit(campus);
        drain(campus, &district, &mut chance);
    }
    let dump = district.postgres.dump();
    for campus in &mut campuses {
        campus.grow(200, 4, &mut chance);
        // Some of the tail was shed meanwhile: it is gone, and said to be.
        for at in 310..320 {
            campus.rows[at].shed = true;
        }
        drain(campus, &district, &mut chance);
    }
    let before = district.holds_exactly(&campuses);
    district.kill(0);
    district.postgres.restore(&dump);
    district.again(0);
    let held = district.count("select count(*) from summary");
    assert_eq!(held, 900);
    for campus in &campuses {
        drain(campus, &district, &mut chance);
    }
    assert_eq!(district.holds_exactly(&campuses), before);
    assert_eq!(
        district.count("select sum(upper(g) - lower(g)) from incarnation, unnest(gone) as g"),
        30
    );
    println!("restored with {held} of {before} rows; {before} after the next batches");
}

#[test]
fn row_level_security_is_a_second_wall() {
    let district = District::start("walls", 1);
    let mut chance = Chance(8);
    let mut campuses = [Campus::new("north", 1), Campus::new("south", 2)];
    for campus in &mut campuses {
        campus.grow(20, 2, &mut chance);
        district.admit(campus);
        drain(campus, &district, &mut chance);
    }
    let as_north = |sql: &str| district.postgres.ask(&format!("set campus.id = 'north'; {sql}"));
    let all = "with gone as (delete from summary returning 1) select count(*) from gone";
    assert_eq!(district.postgres.ask("select count(distinct campus) from summary").trim(), "2");
    assert_eq!(as_north("select count(distinct campus) from summary").trim(), "1");
    assert_eq!(district.postgres.ask(all).trim(), "0", "whoever says no campus changes nothing");
    assert_eq!(as_north(&format!("begin; {all}; rollback")).trim(), "20");
    let steal = "with moved as (update summary set seq = seq where campus = 'south' returning 1) \
                 select count(*) from moved";
    assert_eq!(as_north(steal).trim(), "0");
    district.holds_exactly(&campuses);
}

#[test]
fn a_key_that_was_withdrawn_opens_nothing() {
    let district = District::start("keys", 1);
    let mut north = Campus::new("north", 1);
    north.grow(10, 2, &mut Chance(1));
    district.admit(&north);
    let config = district.config(0);
    let key = north.key.public();
    let said = system_tests::campus::run(&["hub", "tenant", "list", "--config", &config]);
    assert!(said.out.contains("north") && said.out.contains(&key.id()), "{said:?}");
    let said =
        system_tests::campus::run(&["hub", "tenant", "withdraw", &key.id(), "--config", &config]);
    assert_eq!(said.code, 0, "{said:?}");
    let mut line = Line::new(district.balancer.port());
    let answer = line.post(&north.batch(Span { from: 1, to: 10 })).expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (401, "unknown_key"));
    // The same key at another campus is refused by name.
    let public = key.to_string();
    let south = ["hub", "tenant", "add", "south", "--key", &public, "--zone", "Asia/Shanghai"];
    let said = system_tests::campus::run(&[&south[..], &["--config", &config]].concat());
    assert_eq!(said.code, 2);
    assert!(said.err.contains("belongs to campus `north`"), "{said:?}");
}
