//! Somebody who listens at the broker and believes neither node nor agent: which frames were offered, and
//! which were acknowledged.

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use system_tests::campus::Agent;
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::Client;

/// What was heard of one node, by boot.
#[derive(Clone, Debug, Default)]
struct Heard {
    /// Newest frame offered.
    newest: u32,
    /// Newest frame acknowledged.
    acked: u32,
}

type Boots = BTreeMap<(String, u32), Heard>;

/// Listens until it is dropped.
pub struct Witness {
    heard: Arc<Mutex<Boots>>,
}

impl Witness {
    /// Listens to all nodes of the campus `test`.
    pub fn start(broker: &Mosquitto) -> Self {
        let mut client = Client::connect(broker.port(), "witness").expect("connected");
        client.subscribe("campus/v1/test/node/+/up/frame").expect("granted");
        client.subscribe("campus/v1/test/node/+/down/ack").expect("granted");
        let heard = Arc::new(Mutex::new(Boots::new()));
        let ear = Arc::downgrade(&heard);
        std::thread::spawn(move || {
            while let Ok(message) = client.next(Duration::from_secs(1)) {
                let Some(heard) = ear.upgrade() else { return };
                let Some(message) = message else { continue };
                let Ok(said) = serde_json::from_slice::<Value>(&message.payload) else { continue };
                let Some(node) = message.topic.split('/').nth(4) else { continue };
                let number = |key: &str| said[key].as_u64().and_then(|n| u32::try_from(n).ok());
                let (Some(boot), Some(seq)) = (number("boot"), number("seq")) else { continue };
                let mut heard = heard.lock().expect("nobody panics holding it");
                let of = heard.entry((node.to_owned(), boot)).or_default();
                let kept =
                    if message.topic.ends_with("ack") { &mut of.acked } else { &mut of.newest };
                *kept = (*kept).max(seq);
            }
        });
        Self { heard }
    }

    /// Whether everything that a node offered of every boot is acknowledged.
    pub fn all_acknowledged(&self, node: &str) -> bool {
        let heard = self.heard.lock().expect("nobody panics holding it");
        let of_node = heard.iter().filter(|((id, _), _)| id == node);
        of_node.map(|(_, heard)| heard).all(|heard| heard.acked >= heard.newest)
    }

    /// Holds the agent's database against what was acknowledged: each frame once, and `lost` in all are
    /// lost and said so.
    ///
    /// A boot that began before the witness came counts from its first frame too: it is in the database.
    pub fn check(&self, agent: &Agent, node: &str, lost: u64) {
        let database =
            rusqlite::Connection::open(agent.folder().join("campus.db")).expect("a database");
        let heard = self.heard.lock().expect("nobody panics holding it").clone();
        let mut missing = 0;
        for ((_, boot), heard) in heard.iter().filter(|((id, _), _)| id == node) {
            // Empty frames carry nothing but a loss record; they have a number of their own.
            let sql = "SELECT count(*), count(DISTINCT seq) FROM log
                       JOIN node ON node.id = log.node
                       WHERE node.name = ?1 AND log.kind = 1 AND boot = ?2 AND seq <= ?3";
            let rows: (u32, u32) = database
                .query_row(sql, (node, boot, heard.acked), |row| Ok((row.get(0)?, row.get(1)?)))
                .expect("the log");
            assert_eq!(rows.0, rows.1, "boot {boot}: each frame once");
            missing += u64::from(heard.acked - rows.1);
        }
        assert_eq!(missing, lost, "what is acknowledged and not there is what was said to be lost");
    }
}
