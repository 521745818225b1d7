//! Batches through a broker, MQTT 5: what any receiver of the group hears is taken by the same path as over HTTPS.
//!
//! The only file of this crate that names rumqttc (`docs/adr/0028`). Sessions are never kept: a receiver that is away
//! gets nothing, and what it had in work is sent again by the campus, which waits for a receipt and not for a PUBACK.
//! The answer goes to the topic of the campus in whose topic the question was, whatever it asks for.

use crate::config::Broker;
use crate::limits::{
    ANSWER_GOOD_S, BROKER_AGAIN, BROKER_HEAD_BYTES, BROKER_IN_WORK_MAX, BROKER_KEEPALIVE,
    CORRELATION_BYTES_MAX,
};
use crate::receive::{Answer, Receiver};
use crate::{Fault, tls};
use batch::limits::COMPRESSED_BYTES_MAX;
use batch::mqtt::{ANSWER_TYPE, Kind, RETRY_AFTER, SIGNATURE, STATUS, asked, receipt_topic};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    Filter, Packet, Publish, PublishProperties, SubAck, SubscribeReasonCode,
};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use rumqttc::{Outgoing, TlsConfiguration, Transport};
use std::fmt::Write as _;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

/// Where batches come in through a broker.
pub(crate) struct Desk {
    receiver: Receiver,
    options: MqttOptions,
    broker: Broker,
}

/// One connection.
struct Line {
    receiver: Receiver,
    client: AsyncClient,
    eventloop: EventLoop,
    filters: Vec<String>,
    /// As many as the broker may send before it waits for PUBACKs.
    places: Arc<Semaphore>,
    /// Largest packet that the broker takes, bytes.
    packet_max: usize,
    is_subscribed: bool,
}

/// Why a connection ended.
enum End {
    /// It was to.
    Orderly,
    /// A sentence.
    Broke(String),
}

impl Desk {
    /// Nothing is connected yet.
    ///
    /// # Errors
    /// A certificate or key cannot be used.
    pub fn new(broker: &Broker, receiver: Receiver) -> Result<Self, Fault> {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).map_err(|error| {
            Fault::new(format!("the operating system gives no random numbers: {error}"), "")
        })?;
        // Every receiver has another name, also of those that share a configuration: two of one name would throw
        // each other out.
        let mut name = "campus-hub-".to_owned();
        for byte in seed {
            // Writing to a text cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        let mut options = MqttOptions::new(name, &broker.host, broker.port);
        let packet_max = u32::try_from(COMPRESSED_BYTES_MAX + BROKER_HEAD_BYTES);
        options
            .set_keep_alive(BROKER_KEEPALIVE)
            .set_clean_start(true)
            .set_manual_acks(true)
            .set_receive_maximum(Some(BROKER_IN_WORK_MAX))
            .set_max_packet_size(packet_max.ok())
            .set_outgoing_inflight_upper_limit(BROKER_IN_WORK_MAX);
        let mut network = options.network_options();
        network.set_tcp_nodelay(true);
        options.set_network_options(network);
        if let Some((user, password)) = &broker.account {
            options.set_credentials(user, password);
        }
        if let Some(ca_file) = &broker.ca_file {
            let config = TlsConfiguration::Rustls(tls::client(ca_file, broker.client.as_ref())?);
            options.set_transport(Transport::tls_with_config(config));
        }
        Ok(Self { receiver, options, broker: broker.clone() })
    }

    /// Takes batches until `end` says so, and finishes what is in work.
    pub async fn run(self, mut end: watch::Receiver<bool>) {
        let (mut pause, mut is_said) = (BROKER_AGAIN.0, false);
        let broker = self.broker.url.as_str();
        loop {
            let mut line = self.line();
            let ended = line.serve(&mut end).await;
            self.receiver.counts.broker(false);
            let End::Broke(why) = ended else { return };
            if line.is_subscribed {
                (pause, is_said) = (BROKER_AGAIN.0, false);
            }
            if !is_said {
                tracing::warn!(broker, why, "no batches through the broker");
                is_said = true;
            }
            let wait = pause / 2 + pause.mul_f64(f64::from(chance()) / 512.0);
            pause = (pause * 2).min(BROKER_AGAIN.1);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = end.wait_for(|end| *end) => return,
            }
        }
    }

    fn line(&self) -> Line {
        // Each place has an answer and a PUBACK at most; then the subscription, and the end.
        let room = usize::from(BROKER_IN_WORK_MAX) * 2 + 4;
        let (client, eventloop) = AsyncClient::new(self.options.clone(), room);
        Line {
            receiver: self.receiver.clone(),
            client,
            eventloop,
            filters: Kind::ALL.map(|kind| kind.shared_filter(&self.broker.group)).into(),
            places: Arc::new(Semaphore::new(usize::from(BROKER_IN_WORK_MAX))),
            packet_max: usize::MAX,
            is_subscribed: false,
        }
    }
}

/// A byte of chance, so that receivers do not come back in step; without one they do.
fn chance() -> u8 {
    let mut byte = [128];
    let _ = getrandom::fill(&mut byte);
    byte[0]
}

impl Line {
    async fn serve(&mut self, end: &mut watch::Receiver<bool>) -> End {
        let mut is_ending = *end.borrow();
        loop {
            let polled = tokio::select! {
                polled = timeout(BROKER_KEEPALIVE * 3, self.eventloop.poll()) => polled,
                _ = end.wait_for(|end| *end), if !is_ending => {
                    is_ending = true;
                    self.finish();
                    continue;
                }
            };
            let event = match polled {
                Ok(Ok(event)) => event,
                Ok(Err(_)) if is_ending => return End::Orderly,
                Ok(Err(error)) => return End::Broke(error.to_string()),
                Err(_) => return End::Broke("the broker was silent for three keepalives".into()),
            };
            let packet = match event {
                Event::Incoming(packet) => packet,
                Event::Outgoing(Outgoing::Disconnect) => return End::Orderly,
                Event::Outgoing(_) => continue,
            };
            if let Err(why) = self.hear(packet) {
                return End::Broke(why);
            }
        }
    }

    /// Nothing new; what is in work is answered, and then it says goodbye.
    fn finish(&self) {
        for filter in &self.filters {
            // Without room for it the goodbye below is enough.
            let _ = self.client.try_unsubscribe(filter.clone());
        }
        let (client, places) = (self.client.clone(), self.places.clone());
        tokio::spawn(async move {
            let all = places.acquire_many(u32::from(BROKER_IN_WORK_MAX)).await;
            let _ = client.disconnect().await;
            drop(all);
        });
    }

    fn hear(&mut self, packet: Packet) -> Result<(), String> {
        match packet {
            Packet::ConnAck(ack) => {
                let most = ack.properties.and_then(|properties| properties.max_packet_size);
                self.packet_max = most.and_then(|most| most.try_into().ok()).unwrap_or(usize::MAX);
                let filters = self.filters.iter();
                let filters = filters.map(|filter| Filter::new(filter.clone(), QoS::AtLeastOnce));
                self.client.try_subscribe_many(filters).map_err(|error| error.to_string())
            }
            Packet::SubAck(ack) => self.subscribed(&ack),
            Packet::Publish(publish) => self.take(publish),
            Packet::PubAck(ack) => {
                // Nobody listens there any more, as a rule.
                tracing::debug!(reason = ?ack.reason, "an answer is at the broker");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn subscribed(&mut self, ack: &SubAck) -> Result<(), String> {
        let mut codes = ack.return_codes.iter();
        if let Some(code) = codes.find(|code| !matches!(code, SubscribeReasonCode::Success(_))) {
            let filters = self.filters.join("`, `");
            return Err(format!("the broker refuses `{filters}`: {code:?}"));
        }
        tracing::info!(filters = ?self.filters, "takes batches through the broker");
        self.is_subscribed = true;
        self.receiver.counts.broker(true);
        Ok(())
    }

    /// Works on it beside the connection; the broker hears a PUBACK when it is answered.
    fn take(&self, publish: Publish) -> Result<(), String> {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            // QoS 0 knows no window: it is sent again.
            return match publish.qos {
                QoS::AtMostOnce => Ok(()),
                _ => Err("the broker sends more at once than it was allowed".to_owned()),
            };
        };
        let work = Work {
            receiver: self.receiver.clone(),
            client: self.client.clone(),
            packet_max: self.packet_max,
            publish,
            place,
        };
        tokio::spawn(work.done());
        Ok(())
    }
}

/// One message in work.
struct Work {
    receiver: Receiver,
    client: AsyncClient,
    packet_max: usize,
    publish: Publish,
    place: OwnedSemaphorePermit,
}

impl Work {
    /// When the connection is gone meanwhile, so is the answer: the campus asks again.
    async fn done(self) {
        let Self { receiver, client, packet_max, publish, place } = self;
        if let Some((topic, answer)) = answered(&receiver, &publish).await {
            let answer = match answer.body.len() + BROKER_HEAD_BYTES > packet_max {
                true => Answer::too_large(),
                false => answer,
            };
            let properties = beside(&answer, &publish);
            let (qos, retain) = (QoS::AtLeastOnce, false);
            let _ =
                client.publish_with_properties(topic, qos, retain, answer.body, properties).await;
        }
        let _ = client.ack(&publish).await;
        drop(place);
    }
}

/// The answer and where it goes; none for a topic that belongs to no campus.
async fn answered(receiver: &Receiver, publish: &Publish) -> Option<(String, Answer)> {
    let (kind, campus) = Kind::of_topic(std::str::from_utf8(&publish.topic).ok()?)?;
    let properties = publish.properties.as_ref();
    let signature = properties.and_then(|properties| {
        let mut named = properties.user_properties.iter().filter(|(key, _)| key == SIGNATURE);
        named.next().map(|(_, value)| value.as_str())
    });
    let payload = publish.payload.clone();
    let answer = match kind {
        Kind::Batch => receiver.batch(signature, Some(&campus), async { Ok(payload) }).await,
        Kind::Watermark => {
            // What one campus is told is read by nobody else.
            let own = asked(&payload).filter(|(of, _)| *of == campus);
            receiver.watermark(signature, &payload, own).await
        }
    };
    Some((receipt_topic(&campus), answer))
}

/// What stands beside the body of an answer.
fn beside(answer: &Answer, publish: &Publish) -> PublishProperties {
    let correlation = publish.properties.as_ref().and_then(|it| it.correlation_data.clone());
    let mut user_properties = vec![(STATUS.to_owned(), answer.status.as_u16().to_string())];
    user_properties
        .extend(answer.retry_s.map(|seconds| (RETRY_AFTER.to_owned(), seconds.to_string())));
    PublishProperties {
        correlation_data: correlation.filter(|data| data.len() <= CORRELATION_BYTES_MAX),
        content_type: Some(ANSWER_TYPE.to_owned()),
        message_expiry_interval: Some(ANSWER_GOOD_S),
        user_properties,
        ..PublishProperties::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;

    fn question(correlation: Option<Vec<u8>>) -> Publish {
        let properties = PublishProperties {
            correlation_data: correlation.map(Into::into),
            response_topic: Some("campus-hub/v1/south/batch".to_owned()),
            user_properties: vec![(SIGNATURE.to_owned(), "keyid=0, sig=x".to_owned())],
            ..PublishProperties::default()
        };
        Publish::new("campus-hub/v1/north/batch", QoS::AtLeastOnce, "", Some(properties))
    }

    #[test]
    fn beside_an_answer_stand_these_and_no_others() {
        let answer =
            Answer { status: StatusCode::SERVICE_UNAVAILABLE, retry_s: Some(5), body: vec![] };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = PublishProperties {
            correlation_data: Some(vec![7; 24].into()),
            content_type: Some("application/json".to_owned()),
            message_expiry_interval: Some(60),
            user_properties: vec![pair("status", "503"), pair("retry-after", "5")],
            ..PublishProperties::default()
        };
        assert_eq!(beside(&answer, &question(Some(vec![7; 24]))), expected);
        let good = Answer { status: StatusCode::OK, retry_s: None, body: vec![] };
        let expected = PublishProperties {
            correlation_data: None,
            user_properties: vec![pair("status", "200")],
            ..expected
        };
        assert_eq!(beside(&good, &question(None)), expected);
        assert_eq!(beside(&good, &question(Some(vec![7; 257]))), expected, "too long to repeat");
    }
}
