//! The same batches over MQTT 5: topics, and what stands beside a payload. What an answer says is what HTTPS would say.
//!
//! ```text
//! campus-hub/v1/north/batch      campus ► hub: a batch as it travels, signed in a user property
//! campus-hub/v1/north/watermark  campus ► hub: `GET /v1/watermark?campus=north&incarnation=…`, signed likewise
//! campus-hub/v1/north/receipt    hub ► campus: receipt or error, with the correlation data of what it answers
//! ```

use crate::{Id, Incarnation, sign};

/// What every topic begins with; `v1` is the version of the topics.
const PREFIX: &str = "campus-hub/v1";

/// User property of what a campus sends: who signed the payload, written as the header of HTTPS.
pub const SIGNATURE: &str = sign::HEADER;
/// User property of an answer: its status, a number as in HTTP. Without it an answer is none.
pub const STATUS: &str = "status";
/// User property of an answer: not again before so many seconds.
pub const RETRY_AFTER: &str = "retry-after";
/// Content type of a batch.
pub const BATCH_TYPE: &str = "application/zstd";
/// Content type of an answer.
pub const ANSWER_TYPE: &str = "application/json";

/// What a campus sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rows.
    Batch,
    /// A question: what does the hub hold of an incarnation.
    Watermark,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Batch, Self::Watermark];

    const fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Watermark => "watermark",
        }
    }

    /// Where a campus sends it.
    pub fn topic(self, campus: &Id) -> String {
        format!("{PREFIX}/{campus}/{}", self.name())
    }

    /// How receivers of a group share what all campuses send of it: each message goes to one of them.
    pub fn shared_filter(self, group: &Id) -> String {
        format!("$share/{group}/{PREFIX}/+/{}", self.name())
    }

    /// Which of both a topic is, and of which campus.
    pub fn of_topic(topic: &str) -> Option<(Self, Id)> {
        let rest = topic.strip_prefix(PREFIX)?.strip_prefix('/')?;
        let (campus, name) = rest.split_once('/')?;
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == name)?;
        Some((kind, Id::new(campus).ok()?))
    }
}

/// Where the answers for a campus go: no other topic, whatever is asked for.
pub fn receipt_topic(campus: &Id) -> String {
    format!("{PREFIX}/{campus}/receipt")
}

/// The payload of a question for the watermark. No batch begins like that.
pub fn question(campus: &Id, incarnation: &Incarnation) -> Vec<u8> {
    sign::get(&format!("/v1/watermark?campus={campus}&incarnation={incarnation}"))
}

/// Reads what [`question`] writes.
pub fn asked(payload: &[u8]) -> Option<(Id, Incarnation)> {
    let rest = payload.strip_prefix(b"GET /v1/watermark?campus=")?;
    let (campus, incarnation) = std::str::from_utf8(rest).ok()?.split_once("&incarnation=")?;
    Some((Id::new(campus).ok()?, Incarnation::parse(incarnation)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn north() -> Id {
        Id::new("north").expect("an identifier")
    }

    #[test]
    fn topics_are_these_and_no_others() {
        assert_eq!(Kind::Batch.topic(&north()), "campus-hub/v1/north/batch");
        assert_eq!(Kind::Watermark.topic(&north()), "campus-hub/v1/north/watermark");
        assert_eq!(receipt_topic(&north()), "campus-hub/v1/north/receipt");
        let group = Id::new("receivers").expect("an identifier");
        assert_eq!(Kind::Batch.shared_filter(&group), "$share/receivers/campus-hub/v1/+/batch");
        for kind in Kind::ALL {
            assert_eq!(Kind::of_topic(&kind.topic(&north())), Some((kind, north())));
        }
    }

    #[test]
    fn other_topics_belong_to_nobody() {
        for topic in [
            "campus-hub/v1/north/receipt",
            "campus-hub/v1/north/batch/x",
            "campus-hub/v1/North/batch",
            "campus-hub/v1//batch",
            "campus-hub/v2/north/batch",
            "campus-hub/v1north/batch",
            "",
        ] {
            assert_eq!(Kind::of_topic(topic), None, "{topic}");
        }
    }

    #[test]
    fn a_question_is_read_as_it_is_written() {
        let life = Incarnation([0x5a; 16]);
        let payload = question(&north(), &life);
        assert_eq!(
            payload,
            b"GET /v1/watermark?campus=north&incarnation=5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
        );
        assert_eq!(asked(&payload), Some((north(), life)));
        for bad in [
            &b"GET /v1/watermark?campus=north"[..],
            b"",
            b"\x28\xb5\x2f\xfd",
            b"GET /v1/watermark?campus=north&incarnation=5a&x=1",
        ] {
            assert_eq!(asked(bad), None);
        }
    }
}
