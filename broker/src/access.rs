//! Who may say and hear what: one table, from which every form is made.

use wire::Id;

/// Account that tries what no node may.
pub const CANARY: &str = "canary";
/// A node that is none: what the canary tries to reach. It has no account.
pub const OTHER: &str = "canary-other";
/// Account that listens to what the canary does.
pub const WITNESS: &str = "witness";
/// Account of the agent.
pub const AGENT: &str = "agent";
/// Account that changes accounts, with dynamic security; nothing else.
pub const ADMIN: &str = "broker-admin";

/// Names that no node may have: accounts with other rights, and those of the canary.
pub const RESERVED: [&str; 8] =
    [AGENT, ADMIN, CANARY, OTHER, WITNESS, "dashboard", "home", "utility"];

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// One node: its own branch.
    Node,
    /// The agent: hears everybody and answers everybody.
    Agent,
    /// Looks at states.
    Dashboard,
    /// Looks at states, and may ask for a level in a room.
    Home,
    /// May ask for less light, and hears nothing.
    Utility,
    /// Listens whether anything of the canary is delivered.
    Witness,
    /// Changes accounts.
    Admin,
}

impl Role {
    /// Every role but that of nodes, in the order of files.
    pub const SHARED: [Self; 6] =
        [Self::Admin, Self::Agent, Self::Dashboard, Self::Home, Self::Utility, Self::Witness];

    /// Its name, for people and in Mosquitto; a node's role has the node's name in it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Agent => "agent",
            Self::Dashboard => "dashboard",
            Self::Home => "home",
            Self::Utility => "utility",
            Self::Witness => "witness",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn of(name: &str) -> Option<Self> {
        Self::SHARED.into_iter().chain([Self::Node]).find(|role| role.name() == name)
    }

    /// What a person should know of it, for files.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Node => "Every node: its own branch, by the name of its account.",
            Self::Agent => {
                "The agent hears everybody and answers everybody; `$SYS` tells it of dropped messages."
            }
            Self::Dashboard => "Dashboards look.",
            Self::Home => "Home automation looks, and may ask for a level in a room.",
            Self::Utility => "The utility may ask for less light, and hears nothing.",
            Self::Witness => {
                "`campus broker check` hears with this account whether anything forbidden is delivered."
            }
            Self::Admin => "Changes accounts, and nothing else.",
        }
    }
}

/// Topic filters that an account may publish to and hear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// May publish to.
    pub say: Vec<String>,
    /// May subscribe to, and is given.
    pub hear: Vec<String>,
}

/// What an account may; `name` counts for nodes only, where it is part of every topic.
pub fn rights(role: Role, campus: &Id, name: &str) -> Rights {
    let below = |topic: &str| format!("campus/v1/{campus}/{topic}");
    let all = |topics: &[&str]| topics.iter().map(|topic| below(topic)).collect::<Vec<_>>();
    let states = ["room/#", "building/#", "meter/#", "agent"];
    let (say, hear) = match role {
        Role::Node => {
            (vec![below(&format!("node/{name}/up/#"))], vec![below(&format!("node/{name}/down/#"))])
        }
        Role::Agent => {
            let hear = vec![below("#"), "$SYS/broker/#".to_owned()];
            (vec![below("#")], hear)
        }
        Role::Dashboard => (Vec::new(), all(&states)),
        Role::Home => (all(&["room/+/+/set"]), all(&states)),
        Role::Utility => (all(&["demand/set"]), Vec::new()),
        Role::Witness => {
            // It speaks only as what the canary wants to hear, and to the canary: no node, no room.
            let say = all(&[
                &format!("node/{CANARY}/down/#"),
                &format!("node/{OTHER}/#"),
                "room/canary/#",
            ]);
            let hear = vec![
                "campus/#".to_owned(),
                "homeassistant/#".to_owned(),
                "$SYS/broker/#".to_owned(),
                // Whether an order of the canary was obeyed.
                crate::security::RESPONSE.to_owned(),
            ];
            (say, hear)
        }
        Role::Admin => {
            let control = vec!["$CONTROL/dynamic-security/#".to_owned()];
            (control.clone(), control)
        }
    };
    Rights { say, hear }
}

/// Whether one of these filters covers a topic (MQTT 5, §4.7).
pub fn covers(filters: &[String], topic: &str) -> bool {
    filters.iter().any(|filter| {
        let (mut filter, mut topic) = (filter.split('/'), topic.split('/'));
        loop {
            match (filter.next(), topic.next()) {
                (Some("#"), _) | (None, None) => return true,
                (Some("+"), Some(_)) => {}
                (Some(wanted), Some(is)) if wanted == is => {}
                _ => return false,
            }
        }
    })
}

/// Whether a node may have this name: an identifier that no other account has.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_found_by_its_name() {
        for role in Role::SHARED.into_iter().chain([Role::Node]) {
            assert_eq!(Role::of(role.name()), Some(role));
        }
        assert_eq!(Role::of("root"), None);
    }

    #[test]
    fn a_filter_covers_what_it_says() {
        let check = |filter: &str, topic: &str| covers(&[filter.to_owned()], topic);
        assert!(check("a/#", "a/b/c") && check("a/+/c", "a/b/c") && check("a/#", "a"));
        assert!(!check("a/+", "a/b/c") && !check("a/b", "a") && !check("a", "a/b"));
    }

    #[test]
    fn a_node_is_kept_to_its_branch_and_a_dashboard_says_nothing() {
        let campus = Id::new("demo").expect("an identifier");
        let node = rights(Role::Node, &campus, "sci-101");
        assert_eq!(node.say, ["campus/v1/demo/node/sci-101/up/#"]);
        assert_eq!(node.hear, ["campus/v1/demo/node/sci-101/down/#"]);
        assert!(rights(Role::Dashboard, &campus, "").say.is_empty());
        assert!(rights(Role::Utility, &campus, "").hear.is_empty());
    }
}
