//! What the API says about credentials and hardware of nodes.

use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// The board that has a node's name. Part of `GET /v1/nodes/{node}`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NodeHardware {
    /// Its serial number.
    pub serial: String,
    /// What it is.
    pub board: String,
    /// When it was given the name, or a new credential.
    pub provisioned_ms: i64,
    /// Who did that: the account on the agent's computer.
    pub by: String,
    /// When it was shut out; absent while it may connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_ms: Option<i64>,
    /// Who did that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<String>,
    /// Why, in that person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_why: Option<String>,
}

/// Gives a node's name to a board. `POST /v1/nodes/{node}/provision`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProvisionNode {
    /// Serial number of the board: 1 to 64 letters, digits, `-`, `.`, `_`, `:`.
    pub serial: String,
    /// What it is, for example `board-qemu`.
    pub board: String,
    /// Take the name from the board that has it.
    #[serde(default)]
    pub replace: bool,
    /// Why, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a board must be told. It holds secrets: nothing prints or stores it.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Provisioned {
    /// Its name, which is its account and client id.
    pub node: String,
    /// The installation.
    pub campus: String,
    /// Where the broker is: `host:port`.
    pub broker: String,
    /// Name that the broker's certificate bears.
    pub server: String,
    /// Authority that signed it, DER in base64; absent where nodes speak without TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// Password of its account, 64 hexadecimal digits.
    pub password: String,
    /// Key of its serial console, 64 hexadecimal digits; the same for the same board.
    pub unlock: String,
    /// What it is for, for people.
    pub profile: String,
    /// Its lamp channels.
    pub lamps: Vec<String>,
}

/// Nothing of the secrets.
impl fmt::Debug for Provisioned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provisioned").field("node", &self.node).finish_non_exhaustive()
    }
}

/// Opens the serial console of a board. `POST /v1/nodes/{node}/unlock`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnlockNode {
    /// What the board asks: 16 bytes, as 32 hexadecimal digits.
    pub challenge: String,
    /// Serial number of the board, where it is not the one that has the name now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Why, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl UnlockNode {
    /// For the board with this serial number, which asks this.
    pub fn asking(serial: &str, challenge: &[u8]) -> Self {
        let serial = Some(serial.to_owned());
        Self { challenge: crate::digits::of(challenge), serial, why: None }
    }
}

/// The answer to a board's question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Unlocked {
    /// HMAC-SHA256 of the challenge with the board's key, 64 hexadecimal digits.
    pub answer: String,
}

impl Unlocked {
    /// The answer's bytes; `None` when it is none.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        crate::digits::bytes(&self.answer)
    }
}

/// Shuts a board out. `POST /v1/nodes/{node}/revoke`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RevokeNode {
    /// Why, for the record.
    pub why: String,
}
