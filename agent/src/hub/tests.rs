//! Against a receiver that cuts, stalls, lies and forgets: everything arrives, live rows first.

mod broker;
mod centre;
mod mohurd;
mod outage;
mod receiver;
mod rig;
mod tls;
mod upstream;

use super::Standing;
use batch::Class;
use controller::outbox::Run;
use receiver::{Act, Receiver};
use rig::{MIDNIGHT, Rig};

#[tokio::test(flavor = "multi_thread")]
async fn everything_arrives_once_and_its_chains_hold() {
    let receiver = Receiver::start().await;
    let mut rig = Rig::new();
    rig.slots(0..200);
    rig.forward(&[&receiver]);
    assert_eq!(rig.last(), 3 * 202, "of two days, too");
    receiver.wait("all", |hub| hub.watermark() == 606).await;
    assert_eq!(receiver.hub().counts(), (606, 0));
    rig.wait("idle", |states| states[0].standing == Standing::Idle && states[0].waiting == 0).await;
    let state = &rig.states()[0];
    assert_eq!((state.watermark, state.rows, state.refused), (606, 606, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn live_rows_go_before_a_long_backlog() {
    let receiver = Receiver::start().await;
    let mut rig = Rig::new();
    rig.slots(0..400);
    let old = rig.last();
    // Eight quarter hours later: only what is made now is live.
    rig.slots(408..410);
    let last = rig.last();
    rig.forward(&[&receiver]);
    receiver.wait("all", |hub| hub.watermark() == last).await;
    let hub = receiver.hub();
    assert_eq!(hub.batches[0], (old + 1, last), "the young ones first");
    assert_eq!(hub.batches[1].0, 1, "then the oldest");
}

/// Every act is a failure; the last one confirms nothing to the agent, and yet has everything.
async fn check_faults(acts: [Act; 3]) {
    let receiver = Receiver::start().await;
    receiver.script(acts);
    let mut rig = Rig::new();
    rig.slots(0..20);
    rig.forward(&[&receiver]);
    rig.wait("degraded", |states| states[0].standing == Standing::Failing).await;
    receiver.wait("all", |hub| hub.watermark() == 60).await;
    assert_eq!(receiver.hub().counts(), (60, 0));
    rig.wait("healed", |states| states[0].standing == Standing::Idle).await;
    assert!(rig.states()[0].failures >= 3);
    rig.wait("the main loop hears that it healed", |_| rig.told("district").contains(&None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_break_lose_and_double_nothing() {
    check_faults([Act::Cut, Act::Nothing, Act::CutAfterCommit]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hub_took_and_could_not_say_does_not_wait() {
    let receiver = Receiver::start().await;
    receiver.script([Act::CutAfterCommit]);
    let mut rig = Rig::new();
    rig.slots(0..20);
    rig.forward(&[&receiver]);
    rig.wait("failing, then idle", |states| {
        states[0].failures == 1 && states[0].standing == Standing::Idle
    })
    .await;
    let state = &rig.states()[0];
    assert_eq!((state.waiting, state.oldest_ms, state.watermark), (0, None, 60));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_asks_for_while_a_hub_is_away_goes_again_when_it_is_back() {
    let receiver = Receiver::start().await;
    let mut rig = Rig::new();
    rig.slots(0..20);
    rig.forward(&[&receiver]);
    rig.wait("idle", |states| states[0].standing == Standing::Idle && states[0].rows == 60).await;
    receiver.script([Act::Cut, Act::Cut, Act::Cut]);
    rig.slots(20..21);
    rig.wait("failing", |states| states[0].standing == Standing::Failing).await;
    let before = receiver.hub().batches.len();
    rig.resend(0..21);
    let again = |hub: &receiver::Hub| hub.batches[before..].iter().any(|(from, _)| *from == 1);
    receiver.wait("all of it again", again).await;
    rig.wait("idle", |states| states[0].standing == Standing::Idle && states[0].waiting == 0).await;
    assert_eq!(receiver.hub().counts(), (63, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_outlives_restarts_and_goes_once() {
    let receiver = Receiver::start().await;
    let mut rig = Rig::new();
    rig.slots(0..400);
    let all = rig.last();
    rig.forward(&[&receiver]);
    receiver.wait("all", |hub| hub.watermark() == all).await;
    rig.wait("idle", |states| states[0].standing == Standing::Idle).await;
    // The hub goes away, is asked for everything, and gets some of it before the agent is killed.
    receiver.script(std::iter::repeat_n(Act::Cut, 100));
    rig.slots(400..401);
    rig.wait("failing", |states| states[0].standing == Standing::Failing).await;
    rig.resend(0..400);
    let asked = rig.reader().resends("district").unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].left, [Run { from: 1, to: all }]);
    let mut rig = rig.restart();
    assert_eq!(rig.reader().resends("district").unwrap(), asked, "kept");
    let before = receiver.hub().batches.len();
    let two = std::iter::repeat_n(Act::Take, 2).chain(std::iter::repeat_n(Act::Cut, 100));
    receiver.script(two);
    rig.forward(&[&receiver]);
    rig.wait("cut in the middle", |states| states[0].failures > 0).await;
    let is_begun = |left: &[Run]| left.len() == 1 && left[0].from > 1;
    rig.wait("kept", |_| is_begun(&rig.reader().resends("district").unwrap()[0].left)).await;
    let left = rig.reader().resends("district").unwrap()[0].left.clone();
    assert_eq!(left[0].to, all);
    let mut rig = rig.restart();
    receiver.script([]);
    rig.forward(&[&receiver]);
    rig.wait("idle", |states| states[0].standing == Standing::Idle && states[0].waiting == 0).await;
    // Said by one thread, kept by another.
    rig.wait("kept", |_| rig.reader().resends("district").unwrap().is_empty()).await;
    let mut again: Vec<(u64, u64)> = receiver.hub().batches[before..].to_vec();
    again.retain(|(from, _)| *from <= all);
    again.sort_unstable();
    again.windows(2).for_each(|two| assert_eq!(two[0].1 + 1, two[1].0, "once: {again:?}"));
    assert_eq!((again.first().unwrap().0, again.last().unwrap().1 >= all), (1, true));
    // Nothing of it is left for another start.
    let batches = receiver.hub().batches.len();
    let mut rig = rig.restart();
    rig.forward(&[&receiver]);
    rig.wait("idle", |states| states[0].standing == Standing::Idle).await;
    assert_eq!(receiver.hub().batches.len(), batches);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_asks_for_time_gets_it() {
    for status in [429, 503] {
        let receiver = Receiver::start().await;
        receiver.script([Act::Status(status, Some(3))]);
        let mut rig = Rig::new();
        rig.slots(0..20);
        rig.forward(&[&receiver]);
        rig.wait("failing", |states| states[0].standing == Standing::Failing).await;
        let state = &rig.states()[0];
        let wait_ms = state.retry_ms.unwrap() - state.since_ms;
        assert!((2_900..4_500).contains(&wait_ms), "{status}: {wait_ms} ms");
        receiver.wait("all", |hub| hub.watermark() == 60).await;
        let asked = receiver.hub().asked_at.clone();
        let pause = asked[1] - asked[0];
        assert!(pause.as_millis() >= 2_900, "{status}: asked again after {pause:?}");
        assert_eq!(receiver.hub().counts(), (60, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_fail_lose_and_double_nothing() {
    check_faults([Act::Status(500, None), Act::Garbage, Act::Status(503, Some(1))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_row_that_the_hub_cannot_take_holds_up_nothing_and_is_shown() {
    let receiver = Receiver::start().await;
    receiver.refuse(7);
    let mut rig = Rig::new();
    rig.slots(0..10);
    rig.forward(&[&receiver]);
    receiver.wait("all", |hub| hub.watermark() == 30).await;
    assert_eq!(receiver.hub().rows.len(), 29);
    rig.wait("idle", |states| states[0].standing == Standing::Idle).await;
    let refused = || rig.reader().hub_refused("district", 10).unwrap();
    // Said by one thread, kept by another.
    rig.wait("the refused row is kept", |_| !refused().is_empty()).await;
    let refused = refused();
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].seq, &*refused[0].code, &*refused[0].reason), (7, "bad_row", "no"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_too_large_goes_in_halves_down_to_the_one_row_that_never_goes() {
    let receiver = Receiver::start().await;
    receiver.too_large(4, 9);
    let mut rig = Rig::new();
    rig.slots(0..10);
    rig.forward(&[&receiver]);
    receiver.wait("all but one", |hub| hub.rows.len() == 29).await;
    rig.wait("idle", |states| states[0].standing == Standing::Idle).await;
    let refused = || rig.reader().hub_refused("district", 10).unwrap();
    // Said by one thread, kept by another.
    rig.wait("the refused row is kept", |_| !refused().is_empty()).await;
    let refused = refused();
    assert_eq!((refused.len(), refused[0].seq, &*refused[0].code), (1, 9, "too_large"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hubs_have_watermarks_of_their_own_and_one_that_is_away_holds_up_nobody() {
    let (near, far) = (Receiver::start().await, Receiver::start().await);
    far.script(std::iter::repeat_n(Act::Cut, 3));
    let mut rig = Rig::new();
    rig.slots(0..50);
    rig.forward(&[&near, &far]);
    near.wait("all", |hub| hub.watermark() == 150).await;
    far.wait("all, later", |hub| hub.watermark() == 150).await;
    let rows = near.hub().rows.clone();
    assert_eq!(rows, far.hub().rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_restored_from_a_backup_gets_its_tail_again() {
    let receiver = Receiver::start().await;
    let mut rig = Rig::new();
    rig.slots(0..50);
    rig.forward(&[&receiver]);
    receiver.wait("all", |hub| hub.watermark() == 150).await;
    receiver.forget_above(60);
    rig.slots(50..51);
    receiver.wait("its tail again", |hub| hub.watermark() == 153).await;
    assert_eq!(receiver.hub().counts(), (153, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_claims_more_than_there_is_gets_everything_in_a_new_incarnation() {
    let receiver = Receiver::start().await;
    receiver.script([Act::Lie(1_000_000)]);
    let mut rig = Rig::new();
    rig.slots(0..10);
    rig.forward(&[&receiver]);
    receiver
        .wait("all of it in the second", |hub| hub.lives.len() == 2 && hub.watermark() == 30)
        .await;
    rig.settle();
    let lives = rig.reader().outbox().unwrap().lives;
    assert_eq!((lives.len(), lives[1].base, &*lives[1].why), (2, 0, "hub"));
    assert_eq!(receiver.hub().forks, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_starts_again_sends_only_what_is_missing() {
    let receiver = Receiver::start().await;
    let mut rig = Rig::new();
    rig.slots(0..50);
    rig.forward(&[&receiver]);
    receiver.wait("all", |hub| hub.watermark() == 150).await;
    rig.wait("idle", |states| states[0].standing == Standing::Idle).await;
    let mut rig = rig.restart();
    let batches = receiver.hub().batches.len();
    rig.slots(50..60);
    rig.forward(&[&receiver]);
    receiver.wait("the rest", |hub| hub.watermark() == 180).await;
    assert_eq!(receiver.hub().batches[batches..], [(151, 180)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_shed_while_the_hub_was_away_is_named_as_gone_and_counted_in_a_loss_that_arrives()
{
    let receiver = Receiver::start().await;
    let mut rig = Rig::new();
    rig.slots(0..400);
    rig.shed_to(60_000);
    rig.forward(&[&receiver]);
    let last = rig.reader().outbox().unwrap().last as u64;
    receiver.wait("everything that is left", |hub| hub.watermark() == last).await;
    let hub = receiver.hub();
    let lost: u64 = hub.losses().map(|loss| loss.count).sum();
    let summaries = hub.rows.values().filter(|row| row.row.class() != Class::Loss).count() as u64;
    assert!(lost > 0);
    assert_eq!(summaries + lost, 4 * 3 + 400 * 3, "what is not there is counted: {lost}");
    assert_eq!(hub.rows.values().filter(|row| row.row.class() == Class::Day).count(), 4 * 3);
    let room = |row: &&receiver::Got| row.row.stream.as_str().starts_with("room/");
    let of_day = |row: &&receiver::Got| row.row.class() == Class::Day;
    let energy: i64 = hub
        .rows
        .values()
        .filter(room)
        .filter(of_day)
        .filter_map(|row| row.row.values()?.energy_wh)
        .sum();
    assert_eq!(energy, (0..4 * 96).map(|slot| 10 + slot % 7).sum::<i64>(), "totals are exact");
    assert_eq!(hub.forks, 0);
    let first = hub.rows.values().map(|row| row.row.slot_ms).min();
    assert_eq!(first, Some(MIDNIGHT));
}
