//! Through a broker: what travels, what is believed, and what is said when the broker says no.

use super::Standing;
use super::broker::{Act, Broker, head, text};
use super::rig::{Rig, key};
use crate::config::{HubConfig, HubForm, MqttLink, Secret};
use std::sync::Arc;

fn hub(broker: &Broker) -> HubConfig {
    let link = MqttLink {
        url: format!("mqtt://{}", broker.address),
        host: broker.address.ip().to_string(),
        port: broker.address.port(),
        tls: false,
        key: Arc::new(key()),
        account: Some(("north".to_owned(), Secret::new("pass".to_owned()))),
        ca_file: None,
        client: None,
    };
    HubConfig { id: wire::Id::new("district").unwrap(), form: HubForm::Mqtt(Box::new(link)) }
}

/// Twenty slots, 60 rows.
async fn forwarded(acts: impl IntoIterator<Item = Act>) -> (Broker, Rig) {
    let broker = Broker::start().await;
    broker.script(acts);
    let mut rig = Rig::new();
    rig.slots(0..20);
    rig.forward_to(&[hub(&broker)]);
    (broker, rig)
}

async fn all_arrive(broker: &Broker, rig: &Rig) {
    broker.hub.wait("all", |hub| hub.watermark() == 60).await;
    assert_eq!(broker.hub.hub().counts(), (60, 0));
    rig.wait("idle", |states| states[0].standing == Standing::Idle && states[0].waiting == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_arrives_once_in_these_bytes() {
    let (broker, rig) = forwarded([]).await;
    all_arrive(&broker, &rig).await;
    let state = &rig.states()[0];
    assert_eq!((state.form, state.watermark, state.rows, state.failures), ("mqtt", 60, 60, 0));
    let seen = broker.seen();
    let [connect, subscribe, question, batch] = &seen.packets[..] else {
        panic!("a connection, a question and a batch, not {}", seen.packets.len())
    };
    // Version 5; account, password and clean start; keepalive of 30 s; Maximum Packet Size of 2 MiB and 1 KiB.
    let expected = [
        &b"\x10\x2d\x00\x04MQTT\x05\xc2\x00\x1e\x05\x27\x00\x20\x04\x00"[..],
        &text(b"north-district"),
        &text(b"north"),
        &text(b"pass"),
    ]
    .concat();
    assert_eq!(connect.escape_ascii().to_string(), expected.escape_ascii().to_string());
    let expected =
        [&b"\x82\x21\x00\x01\x00"[..], &text(b"campus-hub/v1/north/receipt"), &[1]].concat();
    assert_eq!(subscribe.escape_ascii().to_string(), expected.escape_ascii().to_string());
    check_published(question, b"campus-hub/v1/north/watermark", 1);
    check_published(batch, b"campus-hub/v1/north/batch", 2);
}

/// A PUBLISH, but for what chance decides: correlation data of 24 bytes, a signature, and the payload.
fn check_published(packet: &[u8], topic: &[u8], number: u64) {
    assert_eq!(packet[0], 0x32, "QoS 1, not retained");
    let body = &packet[head(packet)..];
    let before = [
        &text(topic)[..],
        &[0, 1],
        &[0xda, 0x01, 0x02, 0, 0, 0, 30, 0x08],
        &text(b"campus-hub/v1/north/receipt"),
        &[0x09, 0, 24],
    ]
    .concat();
    let (is, rest) = body.split_at(before.len());
    assert_eq!(is.escape_ascii().to_string(), before.escape_ascii().to_string());
    let (correlation, rest) = rest.split_at(24);
    assert_eq!(correlation[16..], number.to_be_bytes(), "chance, and a number");
    let behind = [&[0x26][..], &text(b"campus-signature")].concat();
    let (is, rest) = rest.split_at(behind.len());
    assert_eq!(is.escape_ascii().to_string(), behind.escape_ascii().to_string());
    let rest = &rest[2 + usize::from(u16::from_be_bytes([rest[0], rest[1]]))..];
    let last = [&[0x03][..], &text(b"application/zstd")].concat();
    assert_eq!(rest[..last.len()].escape_ascii().to_string(), last.escape_ascii().to_string());
}

/// One act, what `campus hub status` says of it, and in the end all is there.
async fn check_said(act: Act, says: &str) {
    let (broker, rig) = forwarded([act]).await;
    let shown = |what: &str| rig.told("district").iter().flatten().any(|told| told.contains(what));
    rig.wait(says, |_| shown(says)).await;
    all_arrive(&broker, &rig).await;
    assert_eq!(rig.states()[0].failures, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_broker_refuses_is_said_and_sent_again() {
    check_said(Act::Puback(0x10), "nobody takes batches at this broker").await;
    check_said(Act::Puback(0x87), "publish to `campus-hub/v1/north/batch`").await;
    check_said(Act::Puback(0x97), "quota exceeded").await;
    check_said(Act::Disconnect(0x8b), "the broker is being shut down").await;
    check_said(Act::Unavailable, "unavailable: as told").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_before_the_line_broke_is_not_doubled() {
    check_said(Act::CutAfterCommit, "connection to the broker").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_for_another_question_is_not_believed() {
    let (broker, rig) = forwarded([Act::Forge]).await;
    all_arrive(&broker, &rig).await;
    assert_eq!(rig.states()[0].failures, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_lets_nobody_in_says_why() {
    for (refusal, says) in [
        ((0x86, 0), "refuses account or password"),
        ((0x87, 0), "does not let this account in"),
        ((0, 0x87), "read its receipts"),
    ] {
        let broker = Broker::start().await;
        broker.seen().refusals.push_back(refusal);
        let mut rig = Rig::new();
        rig.slots(0..20);
        rig.forward_to(&[hub(&broker)]);
        let shown = |rig: &Rig| rig.told("district").iter().flatten().any(|it| it.contains(says));
        rig.wait(says, |_| shown(&rig)).await;
        all_arrive(&broker, &rig).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_too_large_goes_in_halves() {
    // Said by PUBACK, as Mosquitto does, and by DISCONNECT: of 60 rows go 30, then 15.
    for act in [Act::Puback(0x95), Act::Disconnect(0x95)] {
        let (broker, rig) = forwarded([act, act]).await;
        all_arrive(&broker, &rig).await;
        assert_eq!(broker.hub.hub().batches[0], (1, 15), "{act:?}");
        assert_eq!(rig.states()[0].failures, 0, "{act:?}: that is no failure");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_packet_is_larger_than_the_broker_takes() {
    let broker = Broker::start().await;
    broker.seen().packet_max = Some(2_000);
    let mut rig = Rig::new();
    rig.slots(0..200);
    rig.forward_to(&[hub(&broker)]);
    broker.hub.wait("all", |hub| hub.watermark() == 606).await;
    let seen = broker.seen();
    let largest = seen.packets.iter().map(Vec::len).max();
    assert!(largest.is_some_and(|bytes| bytes <= 2_000), "{largest:?}");
    assert!(broker.hub.hub().batches.len() > 1, "in more than one batch");
}
