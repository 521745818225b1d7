//! What `hub.toml` may say, and where a fault is shown.

use super::*;

const GOOD: &str = "[listen]\naddress = \"127.0.0.1:8743\"\n[database]\nurl = \"host=/run/postgresql user=hub dbname=hub\"\n";

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, "hub.toml", Path::new("/nowhere")).map_err(|error| error.to_string())
}

#[track_caller]
fn check(text: &str, says: &[&str]) {
    let shown = parse(text).expect_err("it is refused");
    for part in says {
        assert!(shown.contains(part), "`{part}` is missing in\n{shown}");
    }
}

#[test]
fn the_smallest_file_is_enough() {
    let config = parse(GOOD).expect("it is good");
    assert_eq!(config.listen, Some(Listen::Address("127.0.0.1:8743".parse().expect("an address"))));
    assert_eq!((config.database.connections, config.batches_per_minute), (8, 600));
}

#[test]
fn faults_point_to_line_and_column() {
    check(
        &GOOD.replace("address", "adress"),
        &["hub.toml:2:1", "unknown field `adress`", "address"],
    );
    check(&GOOD.replace("8743\"", "\""), &["hub.toml:2:11", "is no address with a port"]);
    check(&GOOD.replace("[listen]", "[listen"), &["hub.toml:1:8"]);
    check(&(GOOD.to_owned() + "connections = 0\n"), &["hub.toml:5:15", "not from 1 to 1000"]);
    check(&(GOOD.to_owned() + "[log]\nformat = \"xml\"\n"), &["hub.toml:6:10", "`xml`"]);
    check("[listen]\nsocket = \"s\"\n", &["missing field `database`"]);
    let keep = GOOD.to_owned() + "[keep]\nquarters_days = 30\n";
    check(&keep, &["hub.toml:6:17", "`quarters_days` = 30 is not from 31 to 11000"]);
}

#[test]
fn several_faults_are_shown_at_once() {
    let text = GOOD.replace("8743", "x") + "connections = 0\n";
    check(&text, &["hub.toml:2:11", "hub.toml:5:15", "2 faults"]);
}

#[test]
fn a_password_does_not_stand_in_the_file() {
    check(&GOOD.replace("user=hub", "user=hub password=x"), &["hub.toml:4:7", "password_file"]);
    check(&(GOOD.to_owned() + "password_file = \"p\"\n"), &["hub.toml:5:17", "/nowhere/p"]);
}

#[test]
fn what_is_open_to_others_speaks_tls() {
    check(&GOOD.replace("127.0.0.1", "0.0.0.0"), &["hub.toml:1:1", "without TLS"]);
    let tls = "[tls]\ncert_file = \"c\"\nkey_file = \"k\"\n";
    check(&(GOOD.to_owned() + tls), &["cannot read `/nowhere/c`", "cannot read `/nowhere/k`"]);
    let socket = GOOD.replace("address = \"127.0.0.1:8743\"", "socket = \"hub.sock\"");
    check(&(socket.clone() + tls), &["a Unix socket has no TLS"]);
    assert_eq!(
        parse(&socket).expect("it is good").listen,
        Some(Listen::Socket(PathBuf::from("/nowhere/hub.sock")))
    );
}

const BROKER: &str = "[mqtt]\nurl = \"mqtt://127.0.0.1:1884\"\n[database]\nurl = \"host=/run/postgresql user=hub dbname=hub\"\n";

#[test]
fn a_broker_alone_is_enough() {
    let config = parse(BROKER).expect("it is good");
    assert_eq!(config.listen, None);
    let broker = config.mqtt.expect("a broker");
    assert_eq!((broker.host.as_str(), broker.port), ("127.0.0.1", 1884));
    assert_eq!((broker.group.as_str(), broker.account), ("campus-hub", None));
    let both = parse(&(GOOD.to_owned() + "[mqtt]\nurl = \"mqtt://[::1]\"\n")).expect("it is good");
    let broker = both.mqtt.expect("a broker");
    assert_eq!((broker.host.as_str(), broker.port, both.listen.is_some()), ("::1", 1883, true));
}

#[test]
fn what_is_wrong_with_a_broker_is_shown_where_it_stands() {
    let url = |url: &str| BROKER.replace("mqtt://127.0.0.1:1884", url);
    check("[database]\nurl = \"host=x\"\n", &["a receiver that nobody reaches", "`[mqtt]`"]);
    check(&url("http://broker"), &["hub.toml:2:7", "is no address of a broker"]);
    check(&url("mqtt://127.0.0.1:0"), &["hub.toml:2:7", "is no address of a broker"]);
    check(&url("mqtt://a@127.0.0.1"), &["hub.toml:2:7", "is no address of a broker"]);
    check(&url("mqtt://broker.example.edu"), &["hub.toml:2:7", "use `mqtts://`"]);
    check(&url("mqtts://broker.example.edu"), &["hub.toml:2:7", "needs an authority", "ca_file"]);
    let with = |line: &str| BROKER.replace("[database]", &format!("{line}\n[database]"));
    check(&with("username = \"receivers\""), &["hub.toml:1:1", "an account needs a password"]);
    check(&with("client_cert_file = \"c\""), &["a certificate needs its key", "/nowhere/c"]);
    check(&with("group = \"A/B\""), &["hub.toml:3:9", "is no name of a group"]);
    check(&with("topic = \"x\""), &["hub.toml:3:1", "unknown field `topic`"]);
}
