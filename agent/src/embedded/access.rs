//! Who a client is, and what that account may publish and subscribe to. Pure: no MQTT library here.
//!
//! | account | publishes to | subscribes to |
//! |---|---|---|
//! | `agent` | everything | everything |
//! | a node | `campus/v1/<campus>/node/<itself>/up/#` | `campus/v1/<campus>/node/<itself>/down/#` |
//! | anonymous | `campus/v1/<campus>/room/+/+/set`, not retained | `campus/v1/<campus>/#`, `homeassistant/#` |

#[cfg(test)]
mod tests;

use super::Settings;
use wire::{Id, Topic, id};

/// The account of the agent; no node may have this name.
pub const AGENT: &str = "agent";

/// Who a client is. The order is strength: a session is never taken over from a stronger account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// No user name.
    Anonymous,
    /// The node of that name.
    Node(Id),
    /// The agent itself.
    Agent,
}

/// Why a client may not connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No such user name, or not its password.
    Password,
    /// The account may not do what the CONNECT asks for.
    Forbidden,
}

/// What a CONNECT says about its sender.
#[derive(Clone, Copy, Debug)]
pub struct Connect<'a> {
    pub username: Option<&'a str>,
    pub password: Option<&'a [u8]>,
    pub client_id: &'a str,
    /// Topic of the will, and whether the will is retained.
    pub will: Option<(&'a str, bool)>,
}

/// The rules of one campus.
pub struct Access {
    settings: Settings,
}

impl Access {
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Checks a CONNECT: password, client id, topic of the will.
    pub fn connect(&self, connect: Connect<'_>) -> Result<Account, Refused> {
        let account = account(connect.username).ok_or(Refused::Password)?;
        match account {
            Account::Agent if !same(connect.password, Some(&self.settings.agent_password)) => {
                return Err(Refused::Password);
            }
            Account::Node(_)
                if self.settings.node_password.is_some()
                    && !same(connect.password, self.settings.node_password.as_deref()) =>
            {
                return Err(Refused::Password);
            }
            Account::Anonymous if !self.settings.anonymous_read => return Err(Refused::Forbidden),
            _ => {}
        }
        // Two nodes with one client id would throw each other out for ever.
        if let Account::Node(node) = account
            && connect.client_id != node.as_str()
        {
            return Err(Refused::Forbidden);
        }
        match connect.will {
            Some((topic, retain)) if !self.may_publish(account, topic, retain) => {
                Err(Refused::Forbidden)
            }
            _ => Ok(account),
        }
    }

    /// Whether `account` may publish to `topic`.
    pub fn may_publish(&self, account: Account, topic: &str, retain: bool) -> bool {
        match account {
            Account::Agent => true,
            Account::Node(node) => self
                .below_node(node, topic, "up")
                .is_some_and(|rest| !rest.is_empty() && !rest.contains(['+', '#'])),
            // A retained wish would be heard again, and obeyed again, at every start of the agent.
            Account::Anonymous => {
                !retain
                    && matches!(Topic::parse(topic), Ok((campus, Topic::RoomSet(..)))
                        if campus == self.settings.campus.as_str())
            }
        }
    }

    /// Whether `account` may subscribe to `filter`: whether every topic that it matches is allowed.
    pub fn may_subscribe(&self, account: Account, filter: &str) -> bool {
        match account {
            Account::Agent => true,
            Account::Node(node) => self.below_node(node, filter, "down").is_some(),
            Account::Anonymous => {
                filter.starts_with("homeassistant/")
                    || self.below_campus(filter).is_some_and(|rest| !rest.is_empty())
            }
        }
    }

    fn below_campus<'a>(&self, topic: &'a str) -> Option<&'a str> {
        topic
            .strip_prefix("campus/v1/")?
            .strip_prefix(self.settings.campus.as_str())?
            .strip_prefix('/')
    }

    /// What follows `campus/v1/<campus>/node/<node>/<direction>/`. The names before are compared
    /// literally, so no wildcard can stand in for them.
    fn below_node<'a>(&self, node: Id, topic: &'a str, direction: &str) -> Option<&'a str> {
        self.below_campus(topic)?
            .strip_prefix("node/")?
            .strip_prefix(node.as_str())?
            .strip_prefix('/')?
            .strip_prefix(direction)?
            .strip_prefix('/')
    }
}

/// The account of a user name; `None` when no account can have that name.
pub fn account(username: Option<&str>) -> Option<Account> {
    match username {
        None => Some(Account::Anonymous),
        Some(AGENT) => Some(Account::Agent),
        Some(name) => id::check(name).and_then(|()| Id::new(name)).ok().map(Account::Node),
    }
}

/// Compares passwords in a time that does not say how many characters were right.
fn same(given: Option<&[u8]>, known: Option<&str>) -> bool {
    let (Some(given), Some(known)) = (given, known) else { return false };
    let known = known.as_bytes();
    let different = given.iter().zip(known).fold(0, |bits, (a, b)| bits | (a ^ b));
    given.len() == known.len() && different == 0
}
