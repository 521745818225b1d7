//! The access list of the form with files: `acl_file` of 2.0, `mosquitto_acl_file.so` of 2.1.

use crate::access::{AGENT, Role, WITNESS, rights};
use wire::Id;

/// The whole file: nodes by pattern, then the usual accounts, each with its role.
pub fn file(campus: &Id) -> String {
    let mut text = String::from(
        "# Who may say and hear what. Written by `campus broker init`; explained in docs/operate/broker.md.\n\n",
    );
    text += &format!("# {} Applies to every account below, too.\n", Role::Node.what());
    // `%u` is the account's name, and the account's name its client id.
    let node = rights(Role::Node, campus, "%u");
    text += &lines("pattern", &node.say, &node.hear);
    let accounts = [
        (AGENT, Role::Agent),
        ("dashboard", Role::Dashboard),
        ("home", Role::Home),
        ("utility", Role::Utility),
        (WITNESS, Role::Witness),
    ];
    for (name, role) in accounts {
        text += &account(campus, name, role);
    }
    text
}

/// What is added to the file for one more account. Nodes need nothing: they are covered by the pattern.
pub fn account(campus: &Id, name: &str, role: Role) -> String {
    if role == Role::Node {
        return String::new();
    }
    let rights = rights(role, campus, name);
    let what = role.what();
    format!("\n# {what}\nuser {name}\n{}", lines("topic", &rights.say, &rights.hear))
}

/// The file without the block of an account.
pub fn without(file: &str, name: &str) -> String {
    let blocks = file.split("\n\n");
    let is_of = |block: &&str| block.lines().any(|line| line == format!("user {name}"));
    let kept: Vec<&str> = blocks.filter(|block| !is_of(block)).collect();
    let text = kept.join("\n\n");
    if text.ends_with('\n') { text } else { text + "\n" }
}

/// Accounts that have a block in the file, with the role that says the same.
pub fn accounts(file: &str, campus: &Id) -> Vec<(String, Option<Role>)> {
    let blocks = file.split("\n\n");
    let named = blocks.filter_map(|block| {
        let (_, rest) = block.split_once("user ")?;
        let (name, topics) = rest.split_once('\n').unwrap_or((rest, ""));
        let same = |role: &Role| {
            let rights = rights(*role, campus, name);
            lines("topic", &rights.say, &rights.hear).trim_end() == topics.trim_end()
        };
        Some((name.to_owned(), Role::SHARED.into_iter().find(same)))
    });
    named.collect()
}

/// A filter that may be said and heard is one line.
fn lines(keyword: &str, say: &[String], hear: &[String]) -> String {
    let both = |topic: &String| say.contains(topic) && hear.contains(topic);
    let mut text = String::new();
    for topic in say.iter().filter(|topic| both(topic)) {
        text += &format!("{keyword} readwrite {topic}\n");
    }
    for topic in say.iter().filter(|topic| !both(topic)) {
        text += &format!("{keyword} write {topic}\n");
    }
    for topic in hear.iter().filter(|topic| !both(topic)) {
        text += &format!("{keyword} read {topic}\n");
    }
    text
}
