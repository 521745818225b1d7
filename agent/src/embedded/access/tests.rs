//! The rules, one by one.

use super::*;

const A_UP: &str = "campus/v1/demo/node/a/up/frame";
const A_DOWN: &str = "campus/v1/demo/node/a/down/ack";

fn settings() -> Settings {
    Settings {
        listen: "127.0.0.1:0".parse().unwrap(),
        campus: Id::new("demo").unwrap(),
        agent_password: "secret".into(),
        node_password: None,
        anonymous_read: true,
    }
}

#[test]
fn every_account_has_its_password_and_its_client_id() {
    let check = |node_password: Option<&str>, username, password, client_id, expected| {
        let access =
            Access::new(Settings { node_password: node_password.map(Into::into), ..settings() });
        let password: Option<&str> = password;
        let connect =
            Connect { username, password: password.map(str::as_bytes), client_id, will: None };
        assert_eq!(access.connect(connect), expected, "{connect:?}");
    };
    let a = Account::Node(Id::new("a").unwrap());
    check(None, Some("agent"), Some("secret"), "whatever", Ok(Account::Agent));
    check(None, Some("agent"), Some("secret "), "agent", Err(Refused::Password));
    check(None, Some("agent"), Some(""), "agent", Err(Refused::Password));
    check(None, Some("agent"), None, "agent", Err(Refused::Password));
    check(None, Some("a"), None, "a", Ok(a));
    check(None, Some("a"), None, "agent", Err(Refused::Forbidden));
    check(Some("n"), Some("a"), Some("n"), "a", Ok(a));
    check(Some("n"), Some("a"), None, "a", Err(Refused::Password));
    check(Some("n"), Some("a"), Some("secret"), "a", Err(Refused::Password));
    check(Some("n"), None, None, "reader", Ok(Account::Anonymous));
    check(None, Some(""), None, "", Err(Refused::Password));
    check(None, Some("A"), None, "A", Err(Refused::Password));
}

#[test]
fn topics_and_filters_are_judged_by_every_level() {
    let access = Access::new(settings());
    let a = Account::Node(Id::new("a").unwrap());
    let publish = |account, topic, expected| {
        assert_eq!(access.may_publish(account, topic, false), expected, "{account:?} {topic}");
    };
    publish(a, A_UP, true);
    publish(a, "campus/v1/demo/node/a/up/result", true);
    publish(a, "campus/v1/demo/node/a/down/settings", false);
    publish(a, "campus/v1/demo/node/b/down/command", false);
    publish(a, "campus/v1/demo/node/b/up/result", false);
    publish(Account::Anonymous, "campus/v1/demo/node/a/down/command", false);
    publish(Account::Agent, "campus/v1/demo/node/a/down/command", true);
    publish(a, "campus/v1/demo/node/a/up/", false);
    publish(a, "campus/v1/demo/node/a/up", false);
    publish(a, "campus/v1/demo/node/a/upper/x", false);
    publish(a, "campus/v1/demo/node/ab/up/frame", false);
    publish(a, "campus/v1/demo2/node/a/up/frame", false);
    publish(a, "campus/v2/demo/node/a/up/frame", false);
    publish(a, "campus/v1/demo/node/a/up/#", false);
    publish(Account::Anonymous, "campus/v1/demo/room/science/101/set", true);
    publish(Account::Anonymous, "campus/v1/other/room/science/101/set", false);
    publish(Account::Anonymous, "campus/v1/demo/room/science/101", false);
    publish(Account::Anonymous, "campus/v1/demo/room/+/101/set", false);
    publish(Account::Agent, "campus/v1/demo/agent", true);
    assert!(!access.may_publish(Account::Anonymous, "campus/v1/demo/room/s/1/set", true));

    let subscribe = |account, filter, expected| {
        assert_eq!(access.may_subscribe(account, filter), expected, "{account:?} {filter}");
    };
    subscribe(a, "campus/v1/demo/node/a/down/#", true);
    subscribe(a, "campus/v1/demo/node/a/down/+", true);
    subscribe(a, A_DOWN, true);
    subscribe(a, "campus/v1/demo/node/a/down/settings", true);
    subscribe(a, "campus/v1/demo/node/a/down/command", true);
    subscribe(a, "campus/v1/demo/node/b/down/command", false);
    subscribe(a, "campus/v1/demo/node/a/#", false);
    subscribe(a, "campus/v1/demo/node/+/down/#", false);
    subscribe(a, "campus/v1/+/node/a/down/#", false);
    subscribe(a, "+/v1/demo/node/a/down/#", false);
    subscribe(Account::Anonymous, "campus/v1/demo/#", true);
    subscribe(Account::Anonymous, "campus/v1/demo/room/+/+", true);
    subscribe(Account::Anonymous, "homeassistant/#", true);
    subscribe(Account::Anonymous, "homeassistant/device/+/config", true);
    subscribe(Account::Anonymous, "campus/v1/+/#", false);
    subscribe(Account::Anonymous, "campus/#", false);
    subscribe(Account::Anonymous, "#", false);
    subscribe(Account::Agent, "#", true);
}
