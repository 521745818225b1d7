//! `[keep] quarters_days`: old quarters go, days stay, and neither `verify` nor a campus that sends again minds.

use super::{District, drain};
use std::time::Duration;
use system_tests::sender::{Campus, Chance, Forwarder, Line, Step};
use system_tests::wait;

#[test]
fn old_quarters_go_days_stay_and_what_is_sent_again_is_no_fork() {
    let mut district = District::start("kept", 1);
    let mut chance = Chance(12);
    let mut campuses = [Campus::new("north", 1), Campus::new("south", 2)];
    for campus in &mut campuses {
        campus.grow(1_500, 4, &mut chance);
        district.admit(campus);
        drain(campus, &district, &mut chance);
    }
    let rows = district.holds_exactly(&campuses);
    let days = "select * from school_day order by campus, day";
    let (quarters, days_before) =
        (district.count("select count(*) from summary_quarter"), district.postgres.ask(days));
    assert!(quarters > 2_000 && !days_before.is_empty());

    // They are of September 2025: older than any hundred days.
    district.kill(0);
    district.configure(0, "[keep]\nquarters_days = 100\n");
    district.again(0);
    wait::until("old quarters go", Duration::from_secs(60), || {
        (district.count("select count(*) from summary_quarter") == 0).then_some(())
    });
    assert_eq!(district.count("select count(*) from summary"), rows - quarters);
    assert_eq!(district.postgres.ask(days), days_before);
    let found = district.verify();
    assert_eq!((found.rows, found.lost, found.wrong), (rows - quarters, 0, 0));
    assert_eq!(district.count("select count(*) from chain_break"), 0);

    // A campus that forgot what was confirmed sends all of it again, and goes on.
    let mut line = Line::new(district.balancer.port());
    for campus in &mut campuses {
        let answer = line.watermark(campus).expect("an answer").receipt();
        assert_eq!((answer.watermark, answer.missing.len()), (campus.rows.len() as u64, 0));
        let mut forwarder = Forwarder::new(district.balancer.port(), 400);
        forwarder.believe(0);
        let before = forwarder.receipts;
        match forwarder.step(campus, &mut chance) {
            Step::More => assert_eq!(forwarder.receipts, before + 1),
            other => panic!("{other:?}"),
        }
        campus.grow(30, 4, &mut chance);
        drain(campus, &district, &mut chance);
    }
    assert_eq!(district.count("select count(*) from fork"), 0);
    assert_eq!(district.count("select count(*) from gaps"), 0);
    let found = district.verify();
    assert_eq!((found.lost, found.wrong), (0, 0));
    println!("{quarters} of {rows} rows went by age; what is left is whole");
}
