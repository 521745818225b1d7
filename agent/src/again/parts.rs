//! A campus in parts that do not hear each other: each is told again on a core of its own.
//!
//! Rooms hang together that share a node: one that hangs in the one and drives lamps of the other. Nodes of no
//! room are told to every part, and all of a campus is one part where a node may speak for others: with a fire
//! input.

use controller::{Campus, Place};
use std::collections::{BTreeMap, BTreeSet};

/// Rooms that are told together, and the nodes that only they hear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// `building/room`.
    pub rooms: BTreeSet<String>,
    /// Nodes that another part hears.
    pub others: BTreeSet<String>,
    /// Other settings are none for these rooms.
    pub alike: bool,
}

impl Part {
    /// Whether it hears a node.
    pub fn hears(&self, node: &str) -> bool {
        !self.others.contains(node)
    }
}

/// At most so many parts of campuses that are told the same log, of about as many nodes each; and as many again
/// for rooms that do not differ.
pub fn parts<'a>(
    campuses: impl Iterator<Item = &'a Campus>,
    differing: &BTreeSet<String>,
    most: usize,
) -> Vec<Part> {
    let mut together = Together::default();
    let mut nodes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for campus in campuses {
        for room in &campus.rooms {
            let name = room.place().to_string();
            together.root(&name);
            for zone in &room.zones {
                nodes.entry(zone.node.to_string()).or_default().insert(name.clone());
            }
        }
        for node in &campus.nodes {
            if let Place::Room { .. } = node.place {
                let room = node.place.to_string();
                nodes.entry(node.id.to_string()).or_default().insert(room);
            }
        }
    }
    for rooms in nodes.values() {
        let mut rooms = rooms.iter();
        let Some(first) = rooms.next() else { continue };
        rooms.for_each(|room| together.join(first, room));
    }
    let mut groups: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for room in together.all() {
        groups.entry(together.root(&room)).or_default().0.insert(room);
    }
    for (node, rooms) in &nodes {
        if let Some(room) = rooms.first() {
            groups.entry(together.root(room)).or_default().1.insert(node.clone());
        }
    }
    let (alike, others): (Vec<_>, Vec<_>) =
        groups.into_values().partition(|(rooms, _)| rooms.is_disjoint(differing));
    if most <= 1 && !alike.is_empty() && !others.is_empty() {
        let all = [alike, others].concat();
        return with_others(vec![(false, merged(all))]);
    }
    let share = |alike: bool, groups| {
        shared(groups, most).into_iter().map(move |part| (alike, part)).collect::<Vec<_>>()
    };
    with_others([share(false, others), share(true, alike)].concat())
}

/// Rooms, and the nodes that only they hear.
type Group = (BTreeSet<String>, BTreeSet<String>);

fn merged(groups: Vec<Group>) -> Group {
    groups.into_iter().fold(Group::default(), |mut all, (rooms, nodes)| {
        all.0.extend(rooms);
        all.1.extend(nodes);
        all
    })
}

/// Groups in so many parts at most: the largest first, each to the part that has least.
fn shared(mut groups: Vec<Group>, most: usize) -> Vec<Group> {
    groups.sort_by_key(|(_, nodes)| std::cmp::Reverse(nodes.len()));
    let mut parts: Vec<Group> = vec![Group::default(); most.max(1).min(groups.len())];
    for (rooms, nodes) in groups {
        if let Some(least) = parts.iter_mut().min_by_key(|(_, nodes)| nodes.len()) {
            least.0.extend(rooms);
            least.1.extend(nodes);
        }
    }
    parts
}

/// Each with the nodes that it does not hear; one without rooms where there are none at all.
fn with_others(mut parts: Vec<(bool, Group)>) -> Vec<Part> {
    if parts.is_empty() {
        parts.push((true, Group::default()));
    }
    let own: Vec<BTreeSet<String>> = parts.iter().map(|(_, (_, nodes))| nodes.clone()).collect();
    let parts = parts.into_iter().enumerate().map(|(at, (alike, (rooms, _)))| {
        let others = own.iter().enumerate().filter(|(other, _)| *other != at);
        let others = others.flat_map(|(_, nodes)| nodes.iter().cloned()).collect();
        Part { rooms, others, alike }
    });
    parts.collect()
}

/// Names that hang together, by the name that each leads to.
#[derive(Default)]
struct Together(BTreeMap<String, String>);

impl Together {
    fn root(&mut self, name: &str) -> String {
        let mut at = name.to_owned();
        loop {
            let next = self.0.entry(at.clone()).or_insert_with(|| at.clone()).clone();
            if next == at {
                return at;
            }
            at = next;
        }
    }

    fn join(&mut self, a: &str, b: &str) {
        let (a, b) = (self.root(a), self.root(b));
        self.0.insert(b, a);
    }

    fn all(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn rooms_that_share_a_node_stay_together_and_meters_of_buildings_are_heard_by_all() {
        let mut text = String::from(
            "[campus]\nid = \"c\"\ntime_zone = \"UTC\"\n[broker]\nurl = \"embedded\"\n\
             [timetable]\nopen = \"07:00-18:00\"\n\
             [[node]]\nid = \"mains\"\nbuilding = \"b\"\n",
        );
        for room in 0..6 {
            // Lamps of room 1 are driven from room 0.
            let driver = if room == 1 { 0 } else { room };
            text += &format!(
                "[[room]]\nid = \"b/{room}\"\n[[room.zone]]\nid = \"z{room}\"\nnode = \"n{driver}\"\n\
                 [[node]]\nid = \"n{room}\"\nroom = \"b/{room}\"\n"
            );
        }
        let campus = Config::parse(&text, "campus.toml").expect("a good file").campus;
        let everything = campus.rooms.iter().map(|room| room.place().to_string()).collect();
        let parts = parts([&campus].into_iter(), &everything, 2);
        assert_eq!(parts.len(), 2);
        for part in &parts {
            assert!(part.hears("mains") && part.hears("a-stranger"));
            assert_eq!(part.rooms.contains("b/0"), part.rooms.contains("b/1"));
            assert_eq!(part.rooms.len(), 3, "{parts:?}");
            let own = (0..6).filter(|room| part.rooms.contains(&format!("b/{room}")));
            let heard = (0..6).filter(|node| part.hears(&format!("n{node}")));
            assert_eq!(own.collect::<Vec<_>>(), heard.collect::<Vec<_>>());
        }
        let all: BTreeSet<&String> = parts.iter().flat_map(|part| &part.rooms).collect();
        assert_eq!(all.len(), 6);
    }

    #[test]
    fn rooms_that_do_not_differ_are_parts_of_their_own() {
        let group = |name: &str| -> Group { ([name.into()].into(), [format!("n{name}")].into()) };
        let parts = with_others(vec![(false, group("1")), (true, group("2"))]);
        assert!(parts[0].rooms.contains("1") && !parts[0].alike && !parts[0].hears("n2"));
        assert!(parts[1].rooms.contains("2") && parts[1].alike && !parts[1].hears("n1"));
        assert_eq!(shared(vec![group("1"), group("2"), group("3")], 2).len(), 2);
        assert_eq!(shared(Vec::new(), 2), Vec::new());
        assert_eq!(with_others(Vec::new()).len(), 1);
    }
}
