//! A hub behind a broker: a real Mosquitto that keeps nothing, and receivers that share what comes.

use super::district::District;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use system_tests::balancer::Balancer;
use system_tests::broker_line::BrokerLine;
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::Client;
use system_tests::place::Place;
use system_tests::sender::{Campus, Chance, Forwarder, Step};
use system_tests::wait;

/// A broker between campuses and receivers.
pub struct Upstream {
    pub broker: Mosquitto,
    /// Lines of the campuses; receivers have their own.
    pub line: Arc<Balancer>,
    /// How each receiver reaches it: `[mqtt]`.
    mqtt: String,
}

impl Upstream {
    /// Starts one that asks nobody for an account. What it has accepted is gone when it is killed.
    pub fn start(test: &str) -> Self {
        Self::with(test, "", "")
    }

    /// With more lines of the broker, and of `[mqtt]`, beside its address without TLS unless they say another.
    pub fn with(test: &str, more: &str, mqtt: &str) -> Self {
        // As root, it would become a user who may not write into the test's folder.
        let lines = format!("persistence false\nuser root\nlistener 0 lines.sock\n{more}");
        let broker = Mosquitto::start(&format!("{test}-upstream"), &lines);
        let line = Arc::new(Balancer::start(vec![broker.folder().join("lines.sock")]));
        let url = match mqtt.contains("url = ") {
            true => String::new(),
            false => format!("url = \"{}\"\n", broker.url()),
        };
        Self { broker, line, mqtt: format!("[mqtt]\n{url}{mqtt}") }
    }

    /// Receivers that hear it.
    pub fn district(&self, test: &str, receivers: usize) -> District {
        let mut district = District::start(test, receivers);
        for at in 0..receivers {
            district.configure(at, &self.mqtt);
            district.kill(at);
            district.again(at);
        }
        district
    }
}

/// The access list that docs/integrate/hub.md tells people to use.
pub fn documented_acl() -> &'static str {
    let page = include_str!("../../../docs/integrate/hub.md");
    let (_, after) = page.split_once("# acl_file\n").expect("an access list in the page");
    after.split_once("```").expect("its end").0
}

/// A broker with the documented access list; every account has its name as its password.
fn with_accounts(test: &str, place: &Place, names: &[&str]) -> Upstream {
    let passwords = place.path().join("passwords");
    std::fs::write(&passwords, "").expect("a file in the test's folder");
    for name in names {
        let mut add = Command::new("mosquitto_passwd");
        let added = add.arg("-b").arg(&passwords).args([name, name]).output();
        let added = added.expect("mosquitto_passwd, which comes with mosquitto");
        assert!(added.status.success(), "{added:?}");
    }
    let acl = place.write("acl", documented_acl());
    let secret: PathBuf = place.write("receivers", "receivers\n");
    let only_owner = PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&secret, only_owner).expect("a file of ours");
    let more = format!(
        "password_file {}\nacl_file {}\nmessage_size_limit 10000",
        passwords.display(),
        acl.display()
    );
    let account = format!("username = \"receivers\"\npassword_file = \"{}\"\n", secret.display());
    Upstream::with(test, &more, &account)
}

#[test]
fn a_broker_keeps_campuses_apart_by_the_documented_list() {
    let place = Place::new("upstream-accounts");
    let upstream = with_accounts("accounts", &place, &["north", "south", "receivers"]);
    let mut district = upstream.district("accounts", 2);
    let mut chance = Chance(1);
    let (mut north, south) = (Campus::new("north", 41), Campus::new("south", 42));
    north.grow(400, 6, &mut chance);
    [&north, &south].iter().for_each(|campus| district.admit(campus));
    let line = |name: &str| {
        let mut line = BrokerLine::new(upstream.line.port());
        line.account = Some((name.to_owned(), name.to_owned()));
        line
    };
    let few = north.batch(batch::Span { from: 1, to: 20 });

    let answer = line("north").ask(&north, "north", "batch", &few).expect("a receipt");
    assert_eq!(answer.receipt().watermark, 20);
    // Whatever topic is named for the answer, it comes on the campus's own.
    let mut elsewhere = line("north");
    elsewhere.response_topic = Some("campus-hub/v1/south/batch".to_owned());
    let answer = elsewhere.ask(&north, "north", "batch", &few).expect("a receipt");
    assert_eq!(answer.receipt().watermark, 20);

    let refused = |asked: std::io::Result<_>| match asked {
        Err(error) => error.to_string(),
        Ok(answer) => panic!("{answer:?}"),
    };
    let at_south = line("north").ask(&north, "south", "batch", &few);
    assert_eq!(refused(at_south), "PUBACK says 0x87", "another's topic");
    let mut wrong = line("north");
    wrong.account = Some(("north".to_owned(), "south".to_owned()));
    let wrong = wrong.ask(&north, "north", "batch", &few);
    assert_eq!(refused(wrong), "CONNACK says 0x87", "a wrong password, as Mosquitto says it");
    let whole = north.batch(batch::Span { from: 1, to: 400 });
    assert!(whole.0.len() > 10_000, "{} bytes fit", whole.0.len());
    let large = line("north").ask(&north, "north", "batch", &whole);
    assert_eq!(refused(large), "PUBACK says 0x95", "what agents make smaller batches of");

    // South's account, and yet north's rows: the key decides.
    let answer = line("south").ask(&south, "south", "batch", &few).expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (401, "unknown_key"));
    let (mut bytes, signature) = few.clone();
    bytes[40] ^= 1;
    let answer = line("north").ask(&north, "north", "batch", &(bytes, signature));
    let answer = answer.expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (401, "bad_signature"));
    assert_eq!(district.set(&north).len(), 20);
    assert_eq!(district.set(&south).len(), 0);

    district.kill(0);
    district.kill(1);
    wait::until("the broker says that nobody is there", Duration::from_secs(20), || {
        let asked = line("north").ask(&north, "north", "batch", &few);
        (refused(asked) == "PUBACK says 0x10").then_some(())
    });
}

#[test]
fn receivers_share_what_comes_and_end_in_order() {
    let upstream = Upstream::start("shared");
    let mut district = upstream.district("shared", 2);
    let mut chance = Chance(2);
    let mut campuses: Vec<Campus> =
        (0..4).map(|at| Campus::new(&format!("campus-{at}"), 70 + at)).collect();
    for campus in &mut campuses {
        campus.grow(300, 6, &mut chance);
        district.admit(campus);
    }
    let drain = |campus: &Campus, chance: &mut Chance| {
        let line = Box::new(BrokerLine::new(upstream.line.port()));
        let mut forwarder = Forwarder::over(line, 20);
        while !matches!(forwarder.step(campus, chance), Step::Done) {}
        forwarder.broken
    };
    let broken: u64 = campuses.iter().map(|campus| drain(campus, &mut chance)).sum();
    assert_eq!(broken, 0, "every question was answered");
    let taken = [0, 1].map(|at| district.metric(at, "campus_hub_batches_total"));
    assert!(taken.iter().all(|batches| *batches > 10), "{taken:?}: both have worked");
    assert_eq!(district.metric(0, "campus_hub_broker_connected"), 1);
    // One that is told to end leaves the group first: nothing that is sent meanwhile waits for it.
    assert_eq!(district.stop(1), Some(0));
    campuses[0].grow(200, 6, &mut chance);
    assert_eq!(drain(&campuses[0], &mut chance), 0);
    district.holds_exactly(&campuses);
}

#[test]
fn nothing_that_somebody_publishes_ends_a_receiver() {
    let upstream = Upstream::start("noise");
    let mut district = upstream.district("noise", 2);
    let mut chance = Chance(3);
    let mut north = Campus::new("north", 51);
    north.grow(60, 6, &mut chance);
    district.admit(&north);
    // MQTT 3.1.1 has no properties: no signature, and nowhere to answer to.
    let mut stranger = Client::connect(upstream.broker.port(), "stranger").expect("connected");
    let noise: Vec<u8> = (0..3_000_000).map(|_| chance.number() as u8).collect();
    let topics = ["north/batch", "north/watermark", "NORTH/batch", "a b/batch", "nobody/watermark"];
    for topic in topics.map(|topic| format!("campus-hub/v1/{topic}")) {
        // The largest is above what a receiver takes: a broker does not hand it on.
        for length in [0, 1, 40, 3_000, 1_048_000, 3_000_000] {
            stranger.publish(&topic, &noise[..length]).expect("QoS 0");
            stranger.publish_acked(&topic, &noise[..length]).expect("QoS 1");
        }
    }
    let mut line = BrokerLine::new(upstream.line.port());
    for _ in 0..200 {
        let length = chance.below(600) as usize;
        let signature = match chance.below(3) {
            0 => north.key.sign(&noise[..length]),
            1 => format!("keyid={:016x}, sig=AAAA", chance.number()),
            _ => String::from_utf8_lossy(&noise[..40]).replace(char::is_control, "x"),
        };
        let kind = if chance.below(2) == 0 { "batch" } else { "watermark" };
        let noise = (noise[..length].to_vec(), signature);
        let answer = line.ask(&north, "north", kind, &noise).expect("an answer");
        assert!(matches!(answer.status, 400 | 401), "{answer:?}");
    }
    let all = north.batch(batch::Span { from: 1, to: 60 });
    let answer = line.ask(&north, "north", "batch", &all).expect("a receipt");
    assert_eq!(answer.receipt().watermark, 60);
    for at in [0, 1] {
        assert_eq!(district.metric(at, "campus_hub_broker_connected"), 1);
        assert_eq!(district.stop(at), Some(0), "it ran, and ends in order");
    }
}
