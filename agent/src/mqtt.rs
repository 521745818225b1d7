//! The connection to the broker: rumqttc, held so that it can neither lose nor wedge anything.
//!
//! rumqttc is not an outbox (`docs/adr/0002`): what is published while nobody listens is gone.
//! So nothing is published while the connection is down, everything retained is published again
//! after each CONNACK, and what must not be lost lives in the store or in the node.
//!
//! Guards, each against something measured:
//! - subscribed again on every CONNACK, and the SUBACK is read: a broker that forgot the session
//!   would be silent for ever;
//! - the broker is told our packet limit, so that it never sends what would end the connection;
//! - manual acks: PUBACK only after the commit;
//! - a breaker: a connection that dies over and over without progress starts afresh once;
//! - a watchdog: three keepalives without a sign of life, and client and connection are replaced.

use crate::limits;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, Packet, Publish, PublishProperties, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// Where the broker is and who we are there.
#[derive(Clone)]
pub struct Settings {
    /// Host name or address.
    pub host: String,
    /// Port, 1883 as a rule.
    pub port: u16,
    /// Whom to trust, where it is spoken to with TLS.
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// Identifies the agent's session; the user name where there is one, because production
    /// brokers force them to be equal.
    pub client_id: String,
    /// User name and password.
    pub credentials: Option<(String, String)>,
    /// Topic filters to subscribe to, all with QoS 1.
    pub filters: Vec<String>,
    /// More of them, wanted only at the beginning: [`Link::hear_no_more`] ends them.
    pub filters_at_first: Vec<String>,
}

/// What comes from the broker.
#[derive(Debug)]
pub enum Arrival {
    /// Connected and subscribed; everything retained should be published again.
    Connected,
    /// The connection is gone; the text says why.
    Away(String),
    /// Somebody published something.
    Delivery(Delivery),
}

/// One publish that waits for its PUBACK.
#[derive(Debug)]
pub struct Delivery {
    publish: Publish,
    /// Which connection brought it: an acknowledgement on another one would be for something else.
    session: u64,
}

impl Delivery {
    /// The topic, where it is text.
    pub fn topic(&self) -> Option<&str> {
        std::str::from_utf8(&self.publish.topic).ok()
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        &self.publish.payload
    }

    /// Whether the broker sent it because it was retained, and not because it happened now.
    pub fn retained(&self) -> bool {
        self.publish.retain
    }

    /// What is needed to acknowledge it later, without its payload.
    pub fn receipt(&self) -> Option<Receipt> {
        // QoS 2 is never granted: we subscribe with QoS 1.
        if self.publish.qos != QoS::AtLeastOnce {
            return None;
        }
        Some(Receipt { packet: self.publish.pkid, session: self.session })
    }
}

/// The right to acknowledge one delivery.
#[derive(Clone, Copy, Debug)]
pub struct Receipt {
    packet: u16,
    session: u64,
}

/// The sending side.
#[derive(Clone, Debug)]
pub struct Link {
    current: Arc<Mutex<Current>>,
}

#[derive(Debug)]
struct Current {
    client: AsyncClient,
    session: u64,
    connected: bool,
}

/// Nothing was sent: not connected, or the connection cannot take more just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

impl Link {
    /// Publishes with QoS 1; retained or not.
    ///
    /// # Errors
    /// [`Busy`]: try again later; nothing was queued.
    pub fn publish(&self, topic: &str, payload: Vec<u8>, retain: bool) -> Result<(), Busy> {
        self.send(topic, payload, QoS::AtLeastOnce, retain)
    }

    /// Publishes with QoS 0: for what is said again soon anyway.
    ///
    /// # Errors
    /// [`Busy`]: try again later; nothing was queued.
    pub fn mention(&self, topic: &str, payload: Vec<u8>, retain: bool) -> Result<(), Busy> {
        self.send(topic, payload, QoS::AtMostOnce, retain)
    }

    /// Publishes an order with QoS 1, not retained; the broker gives it to nobody who comes later than
    /// `expires_s` (MQTT 5, §3.3.2.3.3).
    ///
    /// # Errors
    /// [`Busy`]: nothing was queued.
    pub fn order(&self, topic: &str, payload: Vec<u8>, expires_s: u32) -> Result<(), Busy> {
        let current = self.lock();
        if !current.connected {
            return Err(Busy);
        }
        let properties = PublishProperties {
            message_expiry_interval: Some(expires_s),
            ..PublishProperties::default()
        };
        let (qos, retain) = (QoS::AtLeastOnce, false);
        current
            .client
            .try_publish_with_properties(topic, qos, retain, payload, properties)
            .map_err(|_| Busy)
    }

    fn send(&self, topic: &str, payload: Vec<u8>, qos: QoS, retain: bool) -> Result<(), Busy> {
        let current = self.lock();
        if !current.connected {
            return Err(Busy);
        }
        current.client.try_publish(topic, qos, retain, payload).map_err(|_| Busy)
    }

    /// Sends the PUBACK of a delivery whose frame is committed. One of an earlier connection is
    /// dropped: the broker sends that delivery again.
    ///
    /// # Errors
    /// [`Busy`]: try again later.
    pub fn acknowledge(&self, receipt: Receipt) -> Result<(), Busy> {
        let current = self.lock();
        if receipt.session != current.session || !current.connected {
            return Ok(());
        }
        // All that rumqttc looks at is the packet's number and its QoS.
        let mut publish = Publish::new("", QoS::AtLeastOnce, "", None);
        publish.pkid = receipt.packet;
        current.client.try_ack(&publish).map_err(|_| Busy)
    }

    /// Ends a subscription that was only wanted at the beginning.
    ///
    /// # Errors
    /// [`Busy`]: try again later.
    pub fn hear_no_more(&self, filter: &str) -> Result<(), Busy> {
        let current = self.lock();
        if !current.connected {
            return Err(Busy);
        }
        current.client.try_unsubscribe(filter).map_err(|_| Busy)
    }

    /// Says goodbye to the broker, so that it does not send the will.
    pub fn disconnect(&self) {
        let current = self.lock();
        let _ = current.client.try_disconnect();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Starts the connection; arrivals come through `wrap` into `out` until the task is aborted.
pub fn start<E: Send + 'static>(
    settings: Settings,
    out: mpsc::Sender<E>,
    wrap: fn(Arrival) -> E,
) -> (Link, JoinHandle<()>) {
    let (client, eventloop) = open(&settings, false);
    let current = Current { client, session: 0, connected: false };
    let link = Link { current: Arc::new(Mutex::new(current)) };
    let connection =
        Connection { settings, link: link.clone(), out, wrap, deaths: Deaths::default() };
    let task = tokio::spawn(connection.run(eventloop));
    (link, task)
}

fn open(settings: &Settings, afresh: bool) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(&settings.client_id, &settings.host, settings.port);
    options
        .set_keep_alive(limits::MQTT_KEEPALIVE)
        .set_clean_start(afresh)
        .set_session_expiry_interval(Some(limits::MQTT_SESSION_EXPIRY_S))
        .set_max_packet_size(Some(limits::MQTT_PACKET_BYTES_MAX))
        .set_receive_maximum(Some(limits::MQTT_UNACKED_MAX))
        .set_outgoing_inflight_upper_limit(limits::MQTT_INFLIGHT_MAX)
        .set_manual_acks(true)
        .set_connection_timeout(limits::MQTT_CONNECT_TIMEOUT.as_secs());
    let mut network = options.network_options();
    network.set_tcp_nodelay(true);
    options.set_network_options(network);
    if let Some(tls) = &settings.tls {
        let tls = TlsConfiguration::Rustls(tls.clone());
        options.set_transport(Transport::tls_with_config(tls));
    }
    if let Some((user, password)) = &settings.credentials {
        options.set_credentials(user, password);
    }
    AsyncClient::new(options, limits::MQTT_REQUESTS_MAX)
}

struct Connection<E> {
    settings: Settings,
    link: Link,
    out: mpsc::Sender<E>,
    wrap: fn(Arrival) -> E,
    deaths: Deaths,
}

/// Why one connection ended.
enum End {
    /// Nobody listens any more: the agent stops.
    Stopped,
    /// The connection broke, with what rumqttc said.
    Broke(String),
    /// The broker was silent for three keepalives.
    Silent,
}

impl<E: Send + 'static> Connection<E> {
    /// Connects, listens, and connects again, for ever.
    async fn run(mut self, mut eventloop: EventLoop) {
        let mut pause = limits::MQTT_RECONNECT_MIN;
        loop {
            let started = Instant::now();
            let (end, progress) = self.listen(&mut eventloop).await;
            let text = match end {
                End::Stopped => return,
                End::Broke(text) => text,
                End::Silent => "the broker was silent for three keepalives".to_owned(),
            };
            let was_connected = std::mem::take(&mut self.link.lock().connected);
            if was_connected && self.say(Arrival::Away(text.clone())).await.is_err() {
                return;
            }
            if !was_connected {
                tracing::debug!(error = %text, "no connection to the broker");
                let _ = self.say(Arrival::Away(text)).await;
            }
            let afresh = self.deaths.note(was_connected, progress, started.elapsed());
            if afresh {
                tracing::warn!("the connection dies again and again: starting a fresh session");
            }
            // A new event loop each time: whatever the old one still held is re-sent by its source.
            let (client, fresh) = open(&self.settings, afresh);
            eventloop = fresh;
            {
                let mut current = self.link.lock();
                current.client = client;
                current.session += 1;
            }
            pause = if progress {
                limits::MQTT_RECONNECT_MIN
            } else {
                (pause * 2).min(limits::MQTT_RECONNECT_MAX)
            };
            sleep(jittered(pause, started)).await;
        }
    }

    /// Listens until the connection ends; also says whether anything was delivered.
    async fn listen(&mut self, eventloop: &mut EventLoop) -> (End, bool) {
        let silence = limits::MQTT_KEEPALIVE * 3;
        let mut progress = false;
        loop {
            let event = match timeout(silence, eventloop.poll()).await {
                Err(_) => return (End::Silent, progress),
                Ok(Err(ConnectionError::RequestsDone)) => return (End::Stopped, progress),
                Ok(Err(error)) => return (End::Broke(error.to_string()), progress),
                Ok(Ok(event)) => event,
            };
            let Event::Incoming(packet) = event else { continue };
            let arrival = match packet {
                Packet::ConnAck(_) => {
                    self.subscribe();
                    continue;
                }
                Packet::SubAck(ack) => {
                    let refused = ack
                        .return_codes
                        .iter()
                        .any(|code| !matches!(code, SubscribeReasonCode::Success(_)));
                    if refused {
                        let text =
                            format!("the broker refused a subscription: {:?}", ack.return_codes);
                        return (End::Broke(text), progress);
                    }
                    self.link.lock().connected = true;
                    Arrival::Connected
                }
                Packet::Publish(publish) => {
                    progress = true;
                    let session = self.link.lock().session;
                    Arrival::Delivery(Delivery { publish, session })
                }
                _ => continue,
            };
            if self.say(arrival).await.is_err() {
                return (End::Stopped, progress);
            }
        }
    }

    /// One SUBSCRIBE with all filters, before any publish: its packet id cannot collide.
    fn subscribe(&self) {
        let Settings { filters, filters_at_first, .. } = &self.settings;
        let filters = filters.iter().chain(filters_at_first);
        let filters = filters.map(|filter| Filter::new(filter.clone(), QoS::AtLeastOnce));
        if self.link.lock().client.try_subscribe_many(filters).is_err() {
            tracing::warn!("could not queue the subscription; the watchdog will connect again");
        }
    }

    async fn say(&self, arrival: Arrival) -> Result<(), ()> {
        self.out.send((self.wrap)(arrival)).await.map_err(|_| ())
    }
}

/// Counts connections that die soon after they were made, without having delivered anything.
#[derive(Default)]
struct Deaths {
    in_a_row: u32,
}

impl Deaths {
    /// Notes one end; true when the next session should start afresh, once.
    fn note(&mut self, was_connected: bool, progress: bool, lived: Duration) -> bool {
        if !was_connected || progress || lived > limits::MQTT_POISON_LIFE {
            self.in_a_row = 0;
            return false;
        }
        self.in_a_row += 1;
        if self.in_a_row < limits::MQTT_POISON_DEATHS {
            return false;
        }
        self.in_a_row = 0;
        true
    }
}

/// Between half and all of `pause`, so that agents and nodes do not come back in step.
fn jittered(pause: Duration, seed: Instant) -> Duration {
    let nanos = seed.elapsed().subsec_nanos();
    pause / 2 + pause.mul_f64(f64::from(nanos % 1000) / 2000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_dies_at_once_three_times_starts_afresh_once() {
        let mut deaths = Deaths::default();
        let soon = Duration::from_millis(10);
        assert!(!deaths.note(true, false, soon));
        assert!(!deaths.note(true, false, soon));
        assert!(deaths.note(true, false, soon));
        assert!(!deaths.note(true, false, soon), "only once: the next session keeps its queue");
    }

    #[test]
    fn a_broker_that_is_simply_away_never_costs_the_session() {
        let mut deaths = Deaths::default();
        assert!((0..100).all(|_| !deaths.note(false, false, Duration::ZERO)));
    }

    #[test]
    fn progress_or_a_long_life_forgives_earlier_deaths() {
        let mut deaths = Deaths::default();
        let soon = Duration::from_millis(10);
        for (progress, lived) in [(true, soon), (false, Duration::from_secs(60))] {
            deaths.note(true, false, soon);
            deaths.note(true, false, soon);
            assert!(!deaths.note(true, progress, lived));
            assert!(!deaths.note(true, false, soon));
        }
    }
}
