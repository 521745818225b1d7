//! What waits is said once, in its order, and stays when the connection is busy.

use super::*;

/// Writes down what it is asked to say, until it may not any more.
struct Writes {
    said: Vec<String>,
    room: usize,
}

impl Writes {
    fn say(&mut self, what: String) -> bool {
        let taken = self.said.len() < self.room;
        if taken {
            self.said.push(what);
        }
        taken
    }
}

impl Speaker for Writes {
    fn desire(&mut self, node: NodeIx) -> bool {
        self.say(format!("desire {}", node.0))
    }
    fn settings(&mut self, node: NodeIx) -> bool {
        self.say(format!("settings {}", node.0))
    }
    fn ack(&mut self, node: NodeIx, ack: Ack) -> bool {
        self.say(format!("ack {} {}/{}", node.0, ack.boot, ack.seq))
    }
    fn lease(&mut self, node: NodeIx) -> bool {
        self.say(format!("lease {}", node.0))
    }
    fn room(&mut self, room: RoomIx) -> bool {
        self.say(format!("room {}", room.0))
    }
    fn meters(&self) -> usize {
        0
    }
    fn meter(&mut self, _: usize) -> bool {
        true
    }
    fn agent(&mut self) -> bool {
        true
    }
    fn clear(&mut self, topic: &str) -> bool {
        self.say(format!("clear {topic}"))
    }
}

#[test]
fn a_node_hears_of_every_boot_that_it_sent_frames_of_oldest_first() {
    let mut outgoing = Outgoing::new(2, Timestamp(0), 1.0);
    for (node, boot, seq) in [(0, 9, 1), (0, 3, 5), (0, 4, 2), (0, 3, 7), (1, 1, 1)] {
        outgoing.ack(NodeIx(node), Ack { boot, seq });
    }
    let mut speaker = Writes { said: Vec::new(), room: 2 };
    let now = Instant::now();
    assert!(!outgoing.say_acks(&mut speaker, now), "the connection is busy");
    speaker.room = 100;
    assert!(outgoing.say_acks(&mut speaker, now));
    assert_eq!(speaker.said, ["ack 0 3/7", "ack 0 4/2", "ack 0 9/1", "ack 1 1/1"]);
    assert!(outgoing.say_acks(&mut speaker, now + limits::ACK_INTERVAL));
    assert_eq!(speaker.said.len(), 4, "once");
}
