//! One MQTT 5 connection of one node, from connecting to its end. A new one is made each time:
//! what matters is kept by the node, so nothing of an old connection is worth carrying over.

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnectProperties, LastWill, Packet};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use wire::Topic;

/// Longest packet that a node takes, in bytes: the longest payload, its topic, and room to spare.
const PACKET_BYTES_MAX: u32 = 8_192;

/// Publishes that wait for the socket; a node has at most a window of 8 frames and a hello on
/// their way, and what does not fit is sent again later.
const WAITING_MAX: usize = 64;

/// How a node reaches its broker.
#[derive(Clone, Debug)]
pub struct Address {
    /// Campus of the topics.
    pub campus: String,
    /// The node: client identifier and account.
    pub node: String,
    /// Host and port.
    pub broker: (String, u16),
    /// Account and password, where the broker asks for them.
    pub credentials: Option<(String, String)>,
}

/// What a link says.
#[derive(Debug)]
pub enum Heard {
    /// Connected, and subscribed to everything below `down/`.
    Connected,
    /// A message with its topic.
    Message(String, Vec<u8>),
    /// The connection is over; nothing follows.
    Ended,
}

/// An open or opening connection. Dropping it breaks it without a word, so that the will is sent.
pub struct Link {
    client: AsyncClient,
    task: JoinHandle<()>,
    /// What it says.
    pub heard: mpsc::Receiver<Heard>,
}

impl Link {
    /// Connects with this will for `up/hello`; whether that worked is the first thing heard.
    pub fn open(address: &Address, will: Vec<u8>) -> Self {
        let (client, events) = AsyncClient::new(options(address, will), WAITING_MAX);
        let (tell, heard) = mpsc::channel(WAITING_MAX);
        let down = format!("campus/v1/{}/node/{}/down/+", address.campus, address.node);
        let task = tokio::spawn(listen(events, client.clone(), down, tell));
        Self { client, task, heard }
    }

    /// Publishes with QoS 1. False when the socket cannot follow: as lost on the air, and as
    /// little of a problem.
    pub fn publish(&self, topic: String, payload: Vec<u8>, retain: bool) -> bool {
        self.client.try_publish(topic, QoS::AtLeastOnce, retain, payload).is_ok()
    }

    /// Says goodbye, so that no will is sent; waits a moment for the socket.
    pub async fn close(mut self) {
        if self.client.try_disconnect().is_ok() {
            let drained = async { while self.heard.recv().await.is_some() {} };
            let _ = tokio::time::timeout(Duration::from_secs(1), drained).await;
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn options(address: &Address, will: Vec<u8>) -> MqttOptions {
    let (host, port) = &address.broker;
    let mut options = MqttOptions::new(&address.node, host, *port);
    // The broker's maximum is 120 s; real seconds, whatever the campus clock does.
    options.set_keep_alive(Duration::from_secs(30));
    options.set_clean_start(true);
    options.set_connection_timeout(10);
    // rumqttc sets room aside for as many publishes as it may have on their way; without a limit
    // these are 65,535, and five hundred nodes take gigabytes.
    options.set_outgoing_inflight_upper_limit(WAITING_MAX as u16);
    let properties =
        ConnectProperties { max_packet_size: Some(PACKET_BYTES_MAX), ..ConnectProperties::new() };
    options.set_connect_properties(properties);
    if let Some((user, password)) = &address.credentials {
        options.set_credentials(user, password);
    }
    let topic = Topic::Hello(&address.node).of(&address.campus).to_string();
    options.set_last_will(LastWill::new(topic, will, QoS::AtLeastOnce, true, None));
    options
}

/// Turns MQTT events into what a node needs to hear, until the connection ends.
async fn listen(
    mut events: EventLoop,
    client: AsyncClient,
    down: String,
    tell: mpsc::Sender<Heard>,
) {
    loop {
        let heard = match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                if client.try_subscribe(&down, QoS::AtLeastOnce).is_err() {
                    break;
                }
                continue;
            }
            // Only now: an acknowledgement sent before would miss us.
            Ok(Event::Incoming(Packet::SubAck(_))) => Heard::Connected,
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                let topic = String::from_utf8_lossy(&publish.topic).into_owned();
                Heard::Message(topic, publish.payload.to_vec())
            }
            Ok(_) => continue,
            Err(_) => break,
        };
        if tell.send(heard).await.is_err() {
            return;
        }
    }
    // The node may have gone already.
    let _ = tell.send(Heard::Ended).await;
}
