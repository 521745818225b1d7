//! What a hub's answer means, and how it counts.

use super::http::Reply;
use super::source::SourceFault;
use crate::limits;
use crate::store::outbox::Lives;
use batch::{Code, ErrorBody, Receipt};
use hyper::StatusCode;

/// Why a batch did not arrive.
pub(super) enum Failure {
    /// Again later, as a sentence; how long the hub asked for, ms.
    Later(String, Option<u64>),
    /// Smaller, at once.
    TooLarge,
    /// Not as it is: code and sentence.
    Refused(Code, String),
    /// The hub holds other rows, or more than there are: this database is a copy. A sentence.
    Copied(String),
    /// The agent stops.
    Stopping,
}

impl From<SourceFault> for Failure {
    fn from(fault: SourceFault) -> Self {
        match fault {
            SourceFault::Stopping => Self::Stopping,
            SourceFault::Store(error) => Self::Later(error.to_string(), None),
        }
    }
}

/// What an answer means.
pub(super) fn understood(reply: Reply) -> Result<Receipt, Failure> {
    let Reply { status, retry_ms, body } = reply;
    if status == StatusCode::OK {
        let receipt: Receipt = serde_json::from_slice(&body).map_err(|error| {
            Failure::Later(format!("the hub's receipt cannot be read: {error}"), None)
        })?;
        if receipt.v != batch::VERSION {
            let what = format!("the hub's receipt has version {}", receipt.v);
            return Err(Failure::Later(what, None));
        }
        return Ok(receipt);
    }
    let said: Option<ErrorBody> = serde_json::from_slice(&body).ok();
    let code = said.as_ref().map_or(Code::Other, |said| said.code);
    let what = match &said {
        Some(ErrorBody { message, hint, .. }) if hint.is_empty() => format!("{code}: {message}"),
        Some(ErrorBody { message, hint, .. }) => format!("{code}: {message}; {hint}"),
        None => format!("the hub answers {status}"),
    };
    let what: String = what.chars().take(limits::HUB_REASON_CHARS_MAX).collect();
    Err(match (status, code) {
        (StatusCode::CONFLICT, Code::Fork) => Failure::Copied(what),
        (StatusCode::PAYLOAD_TOO_LARGE, _) => Failure::TooLarge,
        (StatusCode::BAD_REQUEST, Code::Malformed) => Failure::Refused(code, what),
        _ => Failure::Later(what, retry_ms),
    })
}

/// The number of a row as the hub counts; 0 for what lies before its incarnation.
pub(super) fn numbered(life: &Lives, seq: i64) -> u64 {
    u64::try_from(seq.saturating_sub(life.base)).unwrap_or(0)
}

/// The opposite: as the outbox counts.
pub(super) fn kept(life: &Lives, number: u64) -> i64 {
    life.base.saturating_add(i64::try_from(number).unwrap_or(i64::MAX))
}
