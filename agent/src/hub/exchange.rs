//! One batch or question through a broker: what is heard of it, and what that means. Pure.
//!
//! A broker's PUBACK is no receipt: it says that the broker has the batch, not that a database has its rows. Only
//! the hub's own answer ends an exchange well; a PUBACK that refuses ends it badly and at once.
//! Codes are those of MQTT 5, §2.4.

use super::answer::Failure;
use super::http::Reply;
use hyper::StatusCode;
use hyper::body::Bytes;
use std::time::Duration;

/// "No matching subscribers."
const NOBODY: u8 = 0x10;
/// "Not authorized."
const NOT_ALLOWED: u8 = 0x87;
/// "Packet too large."
const TOO_LARGE: u8 = 0x95;

/// One question.
#[derive(Debug)]
pub(super) struct Exchange {
    topic: String,
    /// An answer to it has the same; nobody can guess it.
    correlation: Vec<u8>,
    /// The broker has said that it has it.
    is_at_broker: bool,
}

/// What is heard meanwhile.
#[derive(Debug)]
pub(super) enum Heard {
    /// PUBACK.
    Taken(u8),
    /// A message to the topic of receipts.
    Answer(Answer),
    /// The connection is no more.
    Ended(End),
}

/// Something that may be an answer.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub correlation: Vec<u8>,
    pub status: Option<u16>,
    pub retry_s: Option<u64>,
    pub body: Bytes,
}

/// How a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// CONNACK.
    Refused(u8),
    /// SUBACK, for the topic of receipts.
    Deaf(u8),
    /// DISCONNECT.
    Told(u8),
    /// Anything else, as a sentence.
    Broke(String),
}

impl Exchange {
    /// Of what goes to `topic`.
    pub fn new(topic: String, correlation: Vec<u8>) -> Self {
        Self { topic, correlation, is_at_broker: false }
    }

    /// Where it goes.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// What its answer has too.
    pub fn correlation(&self) -> &[u8] {
        &self.correlation
    }

    /// Something was heard; `Some` ends the exchange.
    pub fn hear(&mut self, heard: Heard) -> Option<Result<Reply, Failure>> {
        match heard {
            Heard::Taken(code) if code < 0x80 && code != NOBODY => {
                self.is_at_broker = true;
                None
            }
            Heard::Taken(NOT_ALLOWED) => Some(Err(later(format!(
                "the broker does not let this account publish to `{}` (not authorized): its access list lacks that",
                self.topic
            )))),
            Heard::Taken(code) => Some(Err(refused(code))),
            // Of an earlier try, or of somebody who has no business here.
            Heard::Answer(answer) if answer.correlation != self.correlation => None,
            Heard::Answer(Answer { status, retry_s, body, .. }) => {
                let status = status.and_then(|status| StatusCode::from_u16(status).ok())?;
                let retry_ms = retry_s.map(|seconds| seconds.saturating_mul(1000));
                Some(Ok(Reply { status, retry_ms, body }))
            }
            Heard::Ended(end) => Some(Err(end.failure())),
        }
    }

    /// Nothing ended it in time.
    pub fn overdue(&self, waited: Duration) -> Failure {
        let seconds = waited.as_secs();
        later(match self.is_at_broker {
            true => format!("the broker has it, but no receipt came within {seconds} s"),
            false => format!("the broker has not taken it within {seconds} s"),
        })
    }
}

impl End {
    /// What it means for whatever was on its way.
    pub fn failure(self) -> Failure {
        match self {
            Self::Refused(NOT_ALLOWED) => {
                later("the broker does not let this account in (not authorized): see `username` and `password_file`".to_owned())
            }
            Self::Deaf(NOT_ALLOWED) => later(
                "the broker does not let this account read its receipts (not authorized): its access list lacks that"
                    .to_owned(),
            ),
            Self::Refused(code) | Self::Deaf(code) | Self::Told(code) => refused(code),
            Self::Broke(what) => later(what),
        }
    }
}

/// What a code means that says no.
fn refused(code: u8) -> Failure {
    let what = match code {
        TOO_LARGE => return Failure::TooLarge,
        NOBODY => "nobody takes batches at this broker: no receiver is subscribed there",
        0x84 => "the broker does not speak MQTT 5",
        0x85 => "the broker does not take the name of this client",
        0x86 => "the broker refuses account or password: see `username` and `password_file`",
        NOT_ALLOWED => "the broker ends the connection (not authorized)",
        0x88 | 0x89 => "the broker is busy",
        0x8a => "the broker has banned this account",
        0x8b => "the broker is being shut down",
        0x8e => {
            "another client has taken over the connection: does a second agent use this account?"
        }
        0x90 => "the broker does not take this topic",
        0x96 | 0x9f => "the broker wants less at once",
        0x97 => "the broker keeps no more for this account (quota exceeded)",
        0x9c | 0x9d => "the broker names another one: see `url`",
        _ => return later(format!("the broker refuses with code 0x{code:02x}")),
    };
    later(what.to_owned())
}

fn later(what: String) -> Failure {
    Failure::Later(what, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange() -> Exchange {
        Exchange::new("campus-hub/v1/north/batch".to_owned(), vec![7; 16])
    }

    fn answer(correlation: Vec<u8>, status: Option<u16>) -> Heard {
        Heard::Answer(Answer { correlation, status, retry_s: Some(5), body: Bytes::from("{}") })
    }

    #[track_caller]
    fn check(heard: Heard, says: &str) {
        match exchange().hear(heard) {
            Some(Err(Failure::Later(what, None))) => assert!(what.contains(says), "{what}"),
            _ => panic!("`{says}` is a failure that passes"),
        }
    }

    #[test]
    fn what_a_broker_has_is_no_receipt() {
        let mut exchange = exchange();
        assert!(exchange.hear(Heard::Taken(0)).is_none());
        let Failure::Later(what, _) = exchange.overdue(Duration::from_secs(30)) else {
            panic!("it is tried again")
        };
        assert_eq!(what, "the broker has it, but no receipt came within 30 s");
    }

    #[test]
    fn codes_are_said_in_words() {
        check(Heard::Taken(0x10), "nobody takes batches at this broker");
        check(Heard::Taken(0x87), "publish to `campus-hub/v1/north/batch` (not authorized)");
        check(Heard::Taken(0x97), "quota exceeded");
        check(Heard::Taken(0x80), "code 0x80");
        check(Heard::Ended(End::Refused(0x86)), "account or password");
        check(Heard::Ended(End::Refused(0x87)), "does not let this account in");
        check(Heard::Ended(End::Refused(0x84)), "does not speak MQTT 5");
        check(Heard::Ended(End::Deaf(0x87)), "read its receipts");
        check(Heard::Ended(End::Told(0x8e)), "a second agent");
        check(Heard::Ended(End::Broke("away".to_owned())), "away");
    }

    #[test]
    fn a_packet_that_is_too_large_makes_smaller_batches() {
        for heard in [Heard::Taken(0x95), Heard::Ended(End::Told(0x95))] {
            assert!(matches!(exchange().hear(heard), Some(Err(Failure::TooLarge))));
        }
    }

    #[test]
    fn only_the_answer_to_this_question_is_one() {
        let mut exchange = exchange();
        assert!(exchange.hear(answer(vec![8; 16], Some(200))).is_none(), "of an earlier try");
        assert!(exchange.hear(answer(vec![], Some(200))).is_none(), "of a stranger");
        assert!(exchange.hear(answer(vec![7; 16], None)).is_none(), "without a status");
        assert!(exchange.hear(answer(vec![7; 16], Some(9))).is_none(), "no status");
        let Some(Ok(reply)) = exchange.hear(answer(vec![7; 16], Some(503))) else {
            panic!("it is the answer")
        };
        assert_eq!((reply.status.as_u16(), reply.retry_ms), (503, Some(5_000)));
    }
}
