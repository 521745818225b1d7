//! What proves that a broker keeps accounts apart: which topics are tried by which verbs, and what may be delivered.
//!
//! One table for the canary at the agent's start, for `campus broker check`, and for the tests with every
//! cell. It is written down apart from [`crate::access`]: a mistake there must not hide itself here.

use crate::access::{CANARY, OTHER};
use wire::Id;

/// A topic that a node's account tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where.
    pub topic: String,
    /// Whether what the node says there is delivered.
    pub say: bool,
    /// Whether the node is given what is said there.
    pub hear: bool,
    /// Whether it is tried in tests only: where rights do not work it would reach somebody real, or only a witness
    /// with all rights could be on its other side.
    pub full: bool,
}

/// What a node's account tries with a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Publish with this QoS.
    Publish(u8),
    /// Publish retained.
    Retain,
    /// Have the broker say it when the connection breaks.
    Will,
    /// … and keep it.
    WillRetained,
    /// Subscribe to exactly that topic.
    Subscribe,
    /// The same, after it was said retained.
    SubscribeRetained,
    /// Subscribe with `+` in the place of one level.
    Plus,
    /// Subscribe to `#`, or to everything below `$…`.
    Hash,
    /// Subscribe to the topic as one of a group.
    Share,
    /// Subscribe to everything as one of a group.
    ShareHash,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Publish(0),
        Self::Publish(1),
        Self::Publish(2),
        Self::Retain,
        Self::Will,
        Self::WillRetained,
        Self::Subscribe,
        Self::SubscribeRetained,
        Self::Plus,
        Self::Hash,
        Self::Share,
        Self::ShareHash,
    ];

    /// Whether the node says something; otherwise it listens.
    pub const fn says(self) -> bool {
        matches!(self, Self::Publish(_) | Self::Retain | Self::Will | Self::WillRetained)
    }

    /// For people, in English.
    pub fn name(self) -> String {
        match self {
            Self::Publish(qos) => format!("publish with QoS {qos}"),
            Self::Retain => "publish retained".to_owned(),
            Self::Will => "will".to_owned(),
            Self::WillRetained => "retained will".to_owned(),
            Self::Subscribe => "subscribe".to_owned(),
            Self::SubscribeRetained => "subscribe to retained".to_owned(),
            Self::Plus => "subscribe with `+`".to_owned(),
            Self::Hash => "subscribe to `#`".to_owned(),
            Self::Share => "subscribe as a group".to_owned(),
            Self::ShareHash => "subscribe to `#` as a group".to_owned(),
        }
    }

    /// The filter by which a node listens for a topic.
    pub fn filter(self, topic: &str) -> String {
        let everything = || match topic.split_once('/').filter(|(root, _)| root.starts_with('$')) {
            Some((root, _)) => format!("{root}/#"),
            None => "#".to_owned(),
        };
        match self {
            Self::Plus => plus(topic),
            Self::Hash => everything(),
            Self::Share => format!("$share/{CANARY}/{topic}"),
            Self::ShareHash => format!("$share/{CANARY}/{}", everything()),
            _ => topic.to_owned(),
        }
    }
}

/// The topic with `+` for the level before the last, or for the last where there are two.
fn plus(topic: &str) -> String {
    let mut levels: Vec<&str> = topic.split('/').collect();
    let count = levels.len();
    // A `$` at the beginning is never matched by a wildcard.
    let at = if count > 2 { count - 2 } else { count - 1 };
    levels[at] = "+";
    levels.join("/")
}

/// What should become of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is delivered.
    Delivered,
    /// Nothing of it is delivered.
    Nothing,
    /// Either: it is the node's own, and asked for by more than the node may ask for.
    Either,
}

/// What should become of a verb on a target.
pub fn expected(verb: Verb, target: &Target) -> Expected {
    let may = if verb.says() { target.say } else { target.hear };
    match (may, verb) {
        (false, _) => Expected::Nothing,
        // Mosquitto's file lets a node ask for everything and gives it its own; dynamic security refuses the
        // question. Nobody is harmed by either.
        (true, Verb::Plus | Verb::Hash | Verb::Share | Verb::ShareHash) => Expected::Either,
        (true, _) => Expected::Delivered,
    }
}

/// Where a node tries: its own name and another's. A node of the campus, or the canary.
pub fn targets(campus: &Id, node: &str, other: &str) -> Vec<Target> {
    let of = |topic: String, say: bool, hear: bool, full: bool| Target { topic, say, hear, full };
    let below = |topic: &str| format!("campus/v1/{campus}/{topic}");
    let own = |rest: &str| below(&format!("node/{node}/{rest}"));
    let its = |rest: &str| below(&format!("node/{other}/{rest}"));
    let never = |topic: String| of(topic, false, false, false);
    let never_full = |topic: String| of(topic, false, false, true);
    vec![
        of(own("up/proof"), true, false, false),
        of(own("down/proof"), false, true, false),
        never(own("proof")),
        never(its("up/proof")),
        never(its("down/proof")),
        never(its("up/hello")),
        never(its("down/desired")),
        never(its("down/command")),
        never(below("room/canary/proof")),
        never(below("room/canary/proof/set")),
        // An identifier with a slash would be a branch of its own.
        never_full(below(&format!("node/{node}-2/up/proof"))),
        never_full(below("meter/canary/proof")),
        never_full(below("building/canary")),
        never_full(below("agent")),
        never_full(below("demand/set")),
        never_full(below("alarm/proof")),
        never_full(format!("campus/v1/{OTHER}/node/{node}/up/proof")),
        never_full(format!("campus/v1/{OTHER}/node/{node}/down/proof")),
        never_full(format!("campus/v2/{campus}/node/{node}/up/proof")),
        never_full(format!("homeassistant/device/{node}/config")),
        never_full(format!("hub/v1/{campus}/proof")),
        never_full("proof".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_reach_their_topic() {
        let topic = "campus/v1/t/node/b/down/ack";
        assert_eq!(Verb::Plus.filter(topic), "campus/v1/t/node/b/+/ack");
        assert_eq!(Verb::Plus.filter("proof"), "+");
        assert_eq!(Verb::Hash.filter("$SYS/broker/version"), "$SYS/#");
        assert_eq!(Verb::ShareHash.filter(topic), "$share/canary/#");
        assert_eq!(Verb::Share.filter(topic), format!("$share/canary/{topic}"));
    }

    #[test]
    fn the_table_knows_both_answers() {
        let campus = Id::new("test").expect("an identifier");
        let all = targets(&campus, "a", "b");
        let count = |wanted| {
            let cells = all.iter().flat_map(|target| Verb::ALL.map(|verb| expected(verb, target)));
            cells.filter(|cell| *cell == wanted).count()
        };
        assert_eq!(count(Expected::Delivered), 6 + 2);
        assert_eq!(count(Expected::Either), 4);
        assert_eq!(all.len(), 22);
    }
}
