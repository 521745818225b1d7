//! One question at a time through a broker, over a connection that is made anew when it breaks.
//!
//! The second file that names rumqttc (`docs/adr/0028`). Nothing lives in its queues: what has no receipt is sent
//! again by the forwarder, so a session is never resumed, and a connection that failed is thrown away with all it held.

use super::answer::Failure;
use super::exchange::{Answer, End, Exchange, Heard};
use super::http::{Reply, tls_config};
use crate::config::MqttLink;
use crate::limits;
use batch::mqtt::{BATCH_TYPE, Kind, RETRY_AFTER, SIGNATURE, STATUS, receipt_topic};
use rumqttc::v5::mqttbytes::v5::{
    ConnectReturnCode, Filter, Packet, PubAckReason, Publish, PublishProperties,
    SubscribeReasonCode,
};
use rumqttc::v5::mqttbytes::{Error as Malformed, QoS};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, StateError};
use rumqttc::{TlsConfiguration, Transport};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The way to a hub behind a broker.
pub(super) struct Mqtt {
    campus: wire::Id,
    options: MqttOptions,
    /// Of this start, and how many were asked since: no two questions ever have the same correlation data.
    nonce: [u8; 16],
    asked: u64,
    open: Option<Open>,
}

/// A connection that is subscribed.
struct Open {
    client: AsyncClient,
    heard: mpsc::Receiver<Heard>,
    /// Largest packet that the broker takes, bytes.
    packet_max: usize,
    task: JoinHandle<()>,
}

/// What comes before anything can be asked.
type Ready = Result<usize, End>;

impl Mqtt {
    /// Nothing is connected yet.
    ///
    /// # Errors
    /// A sentence, when a certificate or key cannot be used.
    pub fn new(link: &MqttLink, campus: wire::Id, hub: &str) -> Result<Self, String> {
        let mut options = MqttOptions::new(format!("{campus}-{hub}"), &link.host, link.port);
        let answer_max = u32::try_from(limits::HUB_ANSWER_BYTES_MAX + limits::HUB_PACKET_HEAD);
        options
            .set_keep_alive(limits::MQTT_KEEPALIVE)
            .set_clean_start(true)
            .set_max_packet_size(answer_max.ok())
            .set_outgoing_inflight_upper_limit(1)
            .set_connection_timeout(limits::MQTT_CONNECT_TIMEOUT.as_secs());
        let mut network = options.network_options();
        network.set_tcp_nodelay(true);
        options.set_network_options(network);
        if let Some((user, password)) = &link.account {
            options.set_credentials(user, password.expose());
        }
        if link.tls {
            let config = tls_config(link.ca_file.as_deref(), link.client.as_ref())?;
            let config = TlsConfiguration::Rustls(Arc::new(config));
            options.set_transport(Transport::tls_with_config(config));
        }
        let nonce = crate::chance::draw().map_err(|error| format!("/dev/urandom: {error}"))?;
        Ok(Self { campus, options, nonce, asked: 0, open: None })
    }

    /// Publishes a question and waits for its answer, for a bounded time.
    ///
    /// # Errors
    /// There is none: why.
    pub async fn ask(
        &mut self,
        kind: Kind,
        signature: &str,
        payload: Vec<u8>,
    ) -> Result<Reply, Failure> {
        self.asked += 1;
        let correlation = [&self.nonce[..], &self.asked.to_be_bytes()].concat();
        let mut exchange = Exchange::new(kind.topic(&self.campus), correlation);
        let time = limits::HUB_REQUEST_TIME;
        let answer = match timeout(time, self.ask_once(&mut exchange, signature, payload)).await {
            Ok(answer) => answer,
            Err(_) => Err(exchange.overdue(time)),
        };
        if answer.is_err() {
            // Whatever is under way on it belongs to nobody any more.
            self.open = None;
        }
        answer
    }

    async fn ask_once(
        &mut self,
        exchange: &mut Exchange,
        signature: &str,
        payload: Vec<u8>,
    ) -> Result<Reply, Failure> {
        if !self.open.as_mut().is_some_and(Open::holds) {
            self.open = Some(self.connect().await?);
        }
        let Some(open) = &mut self.open else { return Err(ended()) };
        if payload.len() + limits::HUB_PACKET_HEAD > open.packet_max {
            return Err(Failure::TooLarge);
        }
        let properties = PublishProperties {
            response_topic: Some(receipt_topic(&self.campus)),
            correlation_data: Some(exchange.correlation().to_vec().into()),
            content_type: Some(BATCH_TYPE.to_owned()),
            // Later it is sent again anyway: a broker without receivers does not pile it up.
            message_expiry_interval: u32::try_from(limits::HUB_REQUEST_TIME.as_secs()).ok(),
            user_properties: vec![(SIGNATURE.to_owned(), signature.to_owned())],
            ..PublishProperties::default()
        };
        let (topic, qos) = (exchange.topic().to_owned(), QoS::AtLeastOnce);
        open.client
            .publish_with_properties(topic, qos, false, payload, properties)
            .await
            .map_err(|_| ended())?;
        loop {
            let heard = open.heard.recv().await.ok_or_else(ended)?;
            if let Some(answer) = exchange.hear(heard) {
                return answer;
            }
        }
    }

    async fn connect(&self) -> Result<Open, Failure> {
        // Little is ever queued: a subscription, a question, and PUBACKs of answers.
        let (client, eventloop) = AsyncClient::new(self.options.clone(), 4);
        let (tell, heard) = mpsc::channel(limits::HUB_HEARD_MAX);
        let (ready, mut is_ready) = mpsc::channel(1);
        let listener = Listener {
            client: client.clone(),
            receipts: receipt_topic(&self.campus),
            packet_max: usize::MAX,
            tell,
            ready,
        };
        let task = tokio::spawn(listener.run(eventloop));
        let mut open = Open { client, heard, packet_max: 0, task };
        open.packet_max = is_ready.recv().await.ok_or_else(ended)?.map_err(End::failure)?;
        Ok(open)
    }
}

impl Open {
    /// Whether it is still there. What came since the last answer is of no use.
    fn holds(&mut self) -> bool {
        loop {
            match self.heard.try_recv() {
                Ok(Heard::Ended(_)) | Err(mpsc::error::TryRecvError::Disconnected) => return false,
                Ok(_) => {}
                Err(mpsc::error::TryRecvError::Empty) => return true,
            }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Keeps the connection alive, also between two questions.
struct Listener {
    client: AsyncClient,
    receipts: String,
    packet_max: usize,
    tell: mpsc::Sender<Heard>,
    ready: mpsc::Sender<Ready>,
}

impl Listener {
    async fn run(mut self, mut eventloop: EventLoop) {
        let end = loop {
            let silence = limits::MQTT_KEEPALIVE * 3;
            let event = match timeout(silence, eventloop.poll()).await {
                Ok(Ok(event)) => event,
                Ok(Err(error)) => break end_of(error),
                Err(_) => break End::Broke("the broker was silent for three keepalives".into()),
            };
            let Event::Incoming(packet) = event else { continue };
            match self.heard(packet) {
                // Nobody waits for so many: a question that is asked meanwhile is asked again.
                Ok(Some(heard)) => drop(self.tell.try_send(heard)),
                Ok(None) => {}
                Err(end) => break end,
            }
        };
        match self.ready.try_send(Err(end)) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(end) | mpsc::error::TrySendError::Closed(end)) => {
                if let Err(end) = end {
                    let _ = self.tell.send(Heard::Ended(end)).await;
                }
            }
        }
    }

    fn heard(&mut self, packet: Packet) -> Result<Option<Heard>, End> {
        Ok(match packet {
            Packet::ConnAck(ack) => {
                let most = ack.properties.and_then(|properties| properties.max_packet_size);
                self.packet_max = most.and_then(|most| most.try_into().ok()).unwrap_or(usize::MAX);
                let filter = Filter::new(self.receipts.clone(), QoS::AtLeastOnce);
                if self.client.try_subscribe_many([filter]).is_err() {
                    return Err(End::Broke("the subscription could not be queued".into()));
                }
                None
            }
            Packet::SubAck(ack) => match ack.return_codes.first() {
                Some(SubscribeReasonCode::Success(_)) => {
                    let _ = self.ready.try_send(Ok(self.packet_max));
                    None
                }
                Some(SubscribeReasonCode::NotAuthorized) => return Err(End::Deaf(0x87)),
                code => {
                    let what = format!("the broker refuses the subscription of receipts: {code:?}");
                    return Err(End::Broke(what));
                }
            },
            Packet::PubAck(ack) => Some(Heard::Taken(code_of(ack.reason))),
            Packet::Publish(publish) if publish.topic == self.receipts.as_bytes() => {
                Some(Heard::Answer(answer(publish)))
            }
            _ => None,
        })
    }
}

fn answer(publish: Publish) -> Answer {
    let Publish { payload: body, properties, .. } = publish;
    let Some(properties) = properties else { return Answer { body, ..Answer::default() } };
    let value = |name: &str| {
        let mut named = properties.user_properties.iter().filter(|(key, _)| key == name);
        named.next().map(|(_, value)| value.as_str())
    };
    let status = value(STATUS).and_then(|text| text.parse().ok());
    let retry_s = value(RETRY_AFTER).and_then(|text| text.parse().ok());
    let correlation = properties.correlation_data.unwrap_or_default().to_vec();
    Answer { correlation, status, retry_s, body }
}

fn ended() -> Failure {
    Failure::Later("the connection to the broker ended".to_owned(), None)
}

/// rumqttc knows codes by name; MQTT 5, §3.4.2.1, has their numbers.
const fn code_of(reason: PubAckReason) -> u8 {
    match reason {
        PubAckReason::Success => 0x00,
        PubAckReason::NoMatchingSubscribers => 0x10,
        PubAckReason::UnspecifiedError => 0x80,
        PubAckReason::ImplementationSpecificError => 0x83,
        PubAckReason::NotAuthorized => 0x87,
        PubAckReason::TopicNameInvalid => 0x90,
        PubAckReason::PacketIdentifierInUse => 0x91,
        PubAckReason::QuotaExceeded => 0x97,
        PubAckReason::PayloadFormatInvalid => 0x99,
    }
}

fn broke(error: &std::io::Error) -> End {
    End::Broke(format!("the connection to the broker broke: {error}"))
}

fn end_of(error: ConnectionError) -> End {
    match error {
        ConnectionError::ConnectionRefused(code)
        | ConnectionError::MqttState(StateError::ConnFail { reason: code }) => match code {
            ConnectReturnCode::RefusedProtocolVersion
            | ConnectReturnCode::UnsupportedProtocolVersion => End::Refused(0x84),
            ConnectReturnCode::BadClientId | ConnectReturnCode::ClientIdentifierNotValid => {
                End::Refused(0x85)
            }
            ConnectReturnCode::BadUserNamePassword => End::Refused(0x86),
            ConnectReturnCode::NotAuthorized => End::Refused(0x87),
            ConnectReturnCode::ServerUnavailable | ConnectReturnCode::ServerBusy => {
                End::Refused(0x89)
            }
            ConnectReturnCode::Banned => End::Refused(0x8a),
            ConnectReturnCode::QuotaExceeded => End::Refused(0x97),
            ConnectReturnCode::ConnectionRateExceeded => End::Refused(0x9f),
            other => End::Broke(format!("the broker refuses the connection: {other:?}")),
        },
        ConnectionError::MqttState(state) => match state {
            StateError::ServerDisconnect { reason_code, .. } => End::Told(reason_code as u8),
            StateError::OutgoingPacketTooLarge { .. } => End::Told(0x95),
            // A PUBACK with a code that rumqttc does not know; Mosquitto says so of what is above its
            // `message_size_limit`.
            StateError::Deserialization(Malformed::InvalidConnectReturnCode(code)) => {
                End::Told(code)
            }
            StateError::Io(error) | StateError::Deserialization(Malformed::Io(error)) => {
                broke(&error)
            }
            StateError::AwaitPingResp => End::Broke("the broker is silent".to_owned()),
            other => End::Broke(format!("the connection to the broker broke: {other}")),
        },
        ConnectionError::Timeout(_) => End::Broke("the broker does not answer".to_owned()),
        ConnectionError::Tls(error) => {
            let what = error.to_string();
            End::Broke(format!("TLS to the broker: {}", what.trim_start_matches("I/O: ")))
        }
        ConnectionError::Io(error) => broke(&error),
        other => End::Broke(format!("the connection to the broker: {other}")),
    }
}
