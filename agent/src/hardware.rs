//! Which board has which node's name now: the sum of what the database keeps of it.

use crate::api::types::NodeHardware;
use crate::store::Hardware;
use std::collections::BTreeMap;

/// Boards by node.
#[derive(Clone, Debug, Default)]
pub struct Registry(BTreeMap<String, Held>);

/// The board that has a name, or had it last.
#[derive(Clone, Debug)]
pub struct Held {
    /// When it was given the name, by whom.
    pub given: Hardware,
    /// When it was shut out; `None` while it may connect.
    pub gone: Option<Hardware>,
}

impl Registry {
    /// From rows, oldest first.
    pub fn new(rows: impl IntoIterator<Item = Hardware>) -> Self {
        let mut registry = Self::default();
        rows.into_iter().for_each(|row| registry.take(row));
        registry
    }

    /// One more row.
    pub fn take(&mut self, row: Hardware) {
        if !row.counts() {
            return;
        }
        if row.is_gone() {
            if let Some(held) = self.0.get_mut(&row.node) {
                held.gone = Some(row);
            }
            return;
        }
        self.0.insert(row.node.clone(), Held { given: row, gone: None });
    }

    /// The board that has this name, or had it last.
    pub fn of(&self, node: &str) -> Option<&Held> {
        self.0.get(node)
    }

    /// The node whose board has this serial number, and may connect.
    pub fn node_of(&self, serial: &str) -> Option<&str> {
        let mut all = self.0.iter().filter(|(_, held)| held.gone.is_none());
        all.find(|(_, held)| held.given.serial == serial).map(|(node, _)| node.as_str())
    }

    /// Whether the node's board was shut out, and no other has its name.
    pub fn is_gone(&self, node: &str) -> bool {
        self.of(node).is_some_and(|held| held.gone.is_some())
    }
}

impl Held {
    /// In the words of the API.
    pub fn told(&self) -> NodeHardware {
        let gone = self.gone.as_ref();
        NodeHardware {
            serial: self.given.serial.clone(),
            board: self.given.board.clone(),
            provisioned_ms: self.given.at_ms,
            by: self.given.by.clone(),
            revoked_ms: gone.map(|gone| gone.at_ms),
            revoked_by: gone.map(|gone| gone.by.clone()),
            revoked_why: gone.map(|gone| gone.why.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(verb: &str, node: &str, serial: &str) -> Hardware {
        let text = str::to_owned;
        let (verb, node, serial) = (text(verb), text(node), text(serial));
        let (board, by, why) = (text("b"), text("li"), text("w"));
        Hardware { at_ms: 1, verb, node, serial, board, uid: Some(1), by, why }
    }

    #[test]
    fn a_name_is_held_until_it_is_revoked_or_taken() {
        let mut registry = Registry::new([row("provision", "n1", "A"), row("unlock", "n1", "Z")]);
        assert_eq!(registry.node_of("A"), Some("n1"));
        assert_eq!(registry.node_of("Z"), None, "a console that is opened gives no name");
        registry.take(row("revoke", "n1", "A"));
        assert!(registry.is_gone("n1"));
        assert_eq!(registry.node_of("A"), None, "it may have another name now");
        registry.take(row("replace", "n1", "B"));
        assert!(!registry.is_gone("n1"));
        assert_eq!(registry.of("n1").expect("held").told().serial, "B");
    }
}
