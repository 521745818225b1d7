//! A data centre that speaks the building-energy protocol gets the register of every slot.

use super::centre::{PlayedCentre, codec};
use super::rig::{MIDNIGHT, Rig, SLOT_MS, register};
use crate::config::{HubConfig, HubForm, MohurdLink, MohurdMeter};
use crate::hub::Standing;
use mohurd::{BuildingId, GOOD, GatewayId, ItemCode, Stamp, Value, Why};

pub const AUTH: [u8; 16] = *b"0123456789ABCDEF";

pub fn hub(centre: &PlayedCentre, dialect: &str, auth: [u8; 16]) -> HubConfig {
    let code = ItemCode::new("01A00").unwrap();
    let meter = |name: &str| MohurdMeter { name: name.to_owned(), code };
    HubConfig {
        id: wire::Id::new("district").unwrap(),
        form: HubForm::Mohurd(Box::new(MohurdLink {
            address: centre.address.to_string(),
            host: centre.address.ip().to_string(),
            port: centre.address.port(),
            tls: false,
            ca_file: None,
            codec: codec(dialect, auth),
            building_id: BuildingId::new("310101D064").unwrap(),
            gateway_id: GatewayId::new("01").unwrap(),
            meters: vec![meter("sci-101/main"), meter("sci-102/main")],
        })),
    }
}

/// The end of a slot as clocks in China show it.
fn end_of(slot: i64) -> String {
    Stamp::from_utc_ms(MIDNIGHT + (slot + 1) * SLOT_MS, 8 * 3600).unwrap().to_string()
}

#[track_caller]
pub fn check(centre: &PlayedCentre, slots: std::ops::Range<i64>) {
    let held = centre.held();
    for slot in slots.clone() {
        let found = held.rows.get(&("sci-101/main".to_owned(), end_of(slot)));
        let value = Value::kwh_from_wh(register(slot));
        assert_eq!(found, Some(&(value, Some(GOOD))), "slot {slot}");
        let absent = held.rows.get(&("sci-102/main".to_owned(), end_of(slot)));
        assert_eq!(absent, Some(&(None, Some(0))), "a meter that nobody heard of");
    }
    assert_eq!(held.rows.len(), 2 * slots.count());
    assert_eq!(held.findings, []);
}

pub async fn settled(rig: &Rig) {
    rig.wait("everything", |states| states[0].standing == Standing::Idle && states[0].waiting == 0)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_slot_arrives_in_every_dialect_live_ones_first() {
    for dialect in ["g", "g-prime", "s"] {
        let centre = PlayedCentre::start(dialect).await;
        let mut rig = Rig::new();
        rig.slots(0..200);
        rig.forward_to(&[hub(&centre, dialect, AUTH)]);
        centre.wait("all", |held| held.rows.len() == 400).await;
        check(&centre, 0..200);
        let messages = centre.held().messages.clone();
        assert_eq!(messages[0].0, Why::Report, "{dialect}: a live one first");
        let left_over = messages.iter().filter(|(why, _)| *why == Why::Continuous);
        let left_over: Vec<&String> = left_over.map(|(_, time)| time).collect();
        assert!(left_over.len() > 190 && left_over.is_sorted(), "{dialect}: then the oldest");
        settled(&rig).await;
        rig.slots(200..203);
        centre.wait("live ones", |held| held.rows.len() == 406).await;
        check(&centre, 0..203);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_are_cut_after_keeping_lose_nothing() {
    let centre = PlayedCentre::start("g").await;
    centre.held().cut_every = Some(7);
    let mut rig = Rig::new();
    rig.slots(0..30);
    rig.forward_to(&[hub(&centre, "g", AUTH)]);
    centre.wait("all", |held| held.rows.len() == 60).await;
    centre.held().cut_every = None;
    settled(&rig).await;
    check(&centre, 0..30);
    assert!(centre.held().logins > 3);
    assert!(rig.told("district").contains(&None), "the main loop hears that it healed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_starts_again_sends_only_what_is_missing() {
    let centre = PlayedCentre::start("g").await;
    let mut rig = Rig::new();
    rig.slots(0..20);
    rig.forward_to(&[hub(&centre, "g", AUTH)]);
    settled(&rig).await;
    rig.settle();
    rig.settle();
    let mut rig = rig.restart();
    let before = centre.held().messages.len();
    assert_eq!(before, 20);
    rig.slots(20..25);
    rig.forward_to(&[hub(&centre, "g", AUTH)]);
    settled(&rig).await;
    assert_eq!(centre.held().messages.len(), before + 5);
    check(&centre, 0..25);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_is_denied_and_said_without_the_key() {
    let centre = PlayedCentre::start("s").await;
    let mut rig = Rig::new();
    rig.slots(0..2);
    rig.forward_to(&[hub(&centre, "s", *b"another key here")]);
    rig.wait("denied", |states| states[0].what.contains("another key")).await;
    let state = rig.states()[0].clone();
    assert_eq!((state.standing, state.form), (Standing::Failing, "mohurd"));
    assert!(!format!("{state:?}").contains("key here"));
    assert!(centre.held().rows.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_is_put_aside_is_shown_and_goes_again_when_somebody_asks() {
    let centre = PlayedCentre::start("g").await;
    centre.held().refuse.insert(end_of(3));
    let mut rig = Rig::new();
    rig.slots(0..8);
    rig.forward_to(&[hub(&centre, "g", AUTH)]);
    let refused = || rig.reader().hub_refused("district", 10).unwrap();
    rig.wait("put aside", |_| !refused().is_empty()).await;
    settled(&rig).await;
    let aside = refused();
    assert_eq!((aside.len(), &*aside[0].code), (1, "refused"));
    assert_eq!(centre.held().rows.len(), 2 * 7, "the others arrived");
    // The operator of the centre has mended it.
    centre.held().refuse.clear();
    rig.resend(3..4);
    centre.wait("the slot", |held| held.rows.len() == 2 * 8).await;
    settled(&rig).await;
    check(&centre, 0..8);
    assert_eq!(refused(), [], "no longer shown");
    rig.wait("kept", |_| rig.reader().resends("district").unwrap().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_while_a_data_centre_is_away_outlives_a_restart_and_goes_once() {
    let centre = PlayedCentre::start("g").await;
    let mut rig = Rig::new();
    rig.slots(0..20);
    rig.forward_to(&[hub(&centre, "g", AUTH)]);
    settled(&rig).await;
    let rig = rig.restart();
    // Nothing forwards: as good as a centre that is away.
    rig.resend(5..10);
    let mut rig = rig.restart();
    assert_eq!(rig.reader().resends("district").unwrap().len(), 1);
    let before = centre.held().messages.len();
    rig.forward_to(&[hub(&centre, "g", AUTH)]);
    centre.wait("five again", |held| held.messages.len() == before + 5).await;
    settled(&rig).await;
    rig.wait("kept", |_| rig.reader().resends("district").unwrap().is_empty()).await;
    let mut rig = rig.restart();
    rig.forward_to(&[hub(&centre, "g", AUTH)]);
    rig.slots(20..21);
    centre.wait("a live one", |held| held.rows.len() == 2 * 21).await;
    settled(&rig).await;
    assert_eq!(centre.held().messages.len(), before + 6, "once");
    check(&centre, 0..21);
}
