//! What a node may and may not do at a real Mosquitto, cell by cell, judged by what is delivered: verbs × versions of
//! MQTT × topics × forms of accounts. And the same for brokers whose rights are broken, which must be found.

use agent::canary::{self, Report, Trial, Unproven};
use agent::talk::Place;
use broker::proof::{Expected, Verb};
use std::collections::BTreeSet;
use system_tests::broker::Broker;

/// Runs every try as the node `canary`, which has exactly a node's rights.
fn tried(broker: &Broker, full: bool) -> Result<Report, Unproven> {
    let (canary, witness) = (broker.secret("canary"), broker.secret("witness"));
    let place = Place { host: "127.0.0.1".to_owned(), port: broker.port, tls: None };
    let trial = Trial {
        place: &place,
        campus: wire::Id::new("test").expect("an identifier"),
        node: ("canary", &canary),
        other: "canary-other",
        witness: &witness,
        full,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(canary::run(&trial))
}

fn whole_matrix(form: &str) -> usize {
    let mut broker = Broker::prepared("matrix", form);
    broker.let_the_witness_do_everything();
    broker.again();
    let report = tried(&broker, true).expect("a trial");
    let wrong: Vec<String> = report.wrong().map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{form}: {} wrong:\n{}", wrong.len(), wrong.join("\n"));
    // A broker that delivers nothing at all must not pass.
    let delivered = report.cells.iter().filter(|cell| cell.delivered).count();
    let must = report.cells.iter().filter(|cell| cell.expected == Expected::Delivered).count();
    let verbs: BTreeSet<&str> = report.cells.iter().map(|cell| cell.verb.as_str()).collect();
    let topics: BTreeSet<&str> = report.cells.iter().map(|cell| cell.topic.as_str()).collect();
    assert!(must >= 16 && delivered >= must, "{form}: {delivered} of {must}");
    assert!(verbs.len() > Verb::ALL.len());
    let cells = report.cells.len();
    println!(
        "{form}: {cells} cells ({} verbs, {} topics, MQTT 3.1.1 and 5), {must} must be delivered, {delivered} were",
        verbs.len(),
        topics.len(),
    );
    cells
}

#[test]
fn a_node_is_kept_to_its_branch_in_every_cell_with_files_and_with_dynamic_security() {
    let cells = whole_matrix("files") + whole_matrix("dynamic-security");
    println!("{cells} cells");
    assert!(cells >= 500, "{cells} cells");
}

/// What is broken, and which sentence of the canary must say so.
fn found(form: &str, what: &str, weaken: impl Fn(&Broker), expected: &[&str]) {
    let mut broker = Broker::prepared("weak", form);
    weaken(&broker);
    broker.again();
    // As in production: the witness has its usual rights.
    let report = tried(&broker, false).expect("a trial");
    let wrong: Vec<String> = report.wrong().map(ToString::to_string).collect();
    for text in expected {
        assert!(
            wrong.iter().any(|it| it.contains(text)),
            "{what}: `{text}` is not in\n{}",
            wrong.join("\n")
        );
    }
    println!(
        "{form}, {what}: {} of {} tries say it, first: {}",
        wrong.len(),
        report.cells.len(),
        wrong[0]
    );
}

fn swap(broker: &Broker, file: &str, from: &str, to: &str) {
    let text = broker.read(file);
    assert!(text.contains(from), "`{from}` is not in {file}");
    broker.write(file, &text.replacen(from, to, 1));
}

#[test]
fn the_canary_finds_every_line_of_the_access_list_that_is_weakened() {
    let up = "pattern write campus/v1/test/node/%u/up/#";
    let down = "pattern read campus/v1/test/node/%u/down/#";
    let acl = |from: &'static str, to: &'static str| move |it: &Broker| swap(it, "acl", from, to);
    let list: [(&str, &str, &str, &[&str]); 6] = [
        (
            "every node writes for every node",
            up,
            "pattern write campus/v1/test/node/+/up/#",
            &[
                "publish with QoS 0 (campus/v1/test/node/canary-other/up/proof, MQTT 3.1.1) is delivered",
                "retained will (campus/v1/test/node/canary-other/up/hello, MQTT 5) is delivered",
                "leave retained (campus/v1/test/node/canary-other/up/proof, MQTT 5) is delivered",
            ],
        ),
        (
            "every node hears every node",
            down,
            "pattern read campus/v1/test/node/+/down/#",
            &[
                "subscribe (campus/v1/test/node/canary-other/down/command, MQTT 5) is delivered",
                "subscribe to retained (campus/v1/test/node/canary-other/down/desired, MQTT 3.1.1) is delivered",
                "subscribe to `#` as a group (campus/v1/test/node/canary-other/down/proof, MQTT 5) is delivered",
            ],
        ),
        (
            "nodes read and write their whole branch",
            up,
            "pattern readwrite campus/v1/test/node/%u/#",
            &["publish with QoS 1 (campus/v1/test/node/canary/proof, MQTT 5) is delivered"],
        ),
        (
            "nodes ask for levels",
            up,
            "pattern write campus/v1/test/node/%u/up/#\npattern write campus/v1/test/room/+/+/set",
            &["publish with QoS 2 (campus/v1/test/room/canary/proof/set, MQTT 5) is delivered"],
        ),
        (
            "nodes hear the broker",
            up,
            "pattern write campus/v1/test/node/%u/up/#\npattern read $SYS/#",
            &[
                "subscribe ($SYS/#, MQTT 3.1.1) is delivered",
                "subscribe ($SYS/broker/version, MQTT 5) is delivered",
            ],
        ),
        (
            "nodes are not heard",
            up,
            "",
            &["publish with QoS 1 (campus/v1/test/node/canary/up/proof, MQTT 5) is not delivered"],
        ),
    ];
    for (what, from, to, expected) in list {
        if to.is_empty() {
            // Without its own branch the canary is not even heard: nothing can be proved, and that is said.
            let mut broker = Broker::prepared("weak", "files");
            swap(&broker, "acl", from, "");
            broker.again();
            let error = tried(&broker, false).expect_err("nothing can be proved");
            assert!(matches!(error, Unproven::Deaf(_)), "{error}");
            continue;
        }
        found("files", what, acl(from, to), expected);
    }
}

#[test]
fn the_canary_finds_what_is_weakened_in_dynamic_security_and_in_the_configuration() {
    let grant = |kind: &'static str, topic: &'static str| {
        move |broker: &Broker| {
            let mut document = broker.document();
            let roles = document["roles"].as_array_mut().expect("roles");
            let role = roles.iter_mut().find(|role| role["rolename"] == "node-canary");
            let lists = role.expect("a role")["acls"].as_array_mut().expect("lists");
            lists.push(
                serde_json::json!({"acltype": kind, "topic": topic, "priority": 1, "allow": true}),
            );
            broker.write("dynamic-security.json", &document.to_string());
        }
    };
    let form = "dynamic-security";
    found(
        form,
        "a node says everything",
        grant("publishClientSend", "#"),
        &[
            "publish with QoS 2 (campus/v1/test/node/canary-other/down/command, MQTT 5) is delivered",
            "will (campus/v1/test/node/canary-other/up/hello, MQTT 3.1.1) is delivered",
        ],
    );
    // The plugin's own default lets whoever may ask hear everything.
    let open = |broker: &Broker| {
        let mut document = broker.document();
        document["defaultACLAccess"]["publishClientReceive"] = true.into();
        document["defaultACLAccess"]["subscribe"] = true.into();
        broker.write("dynamic-security.json", &document.to_string());
    };
    found(
        form,
        "the plugin's own defaults",
        open,
        &["subscribe with `+` (campus/v1/test/node/canary-other/down/proof, MQTT 5) is delivered"],
    );
    let control = |broker: &Broker| {
        grant("publishClientSend", "$CONTROL/#")(broker);
    };
    found(
        form,
        "a node changes accounts",
        control,
        &["order accounts ($CONTROL/dynamic-security/v1, MQTT 5) is delivered"],
    );
    // Client ids that are anybody's.
    let anybody = |broker: &Broker| {
        let conf = broker.read("mosquitto.conf");
        broker.write("mosquitto.conf", &conf.replace("use_username_as_clientid true\n", ""));
    };
    found("files", "client ids are anybody's", anybody, &["take the client id (witness"]);
    // An access list that is ignored, as some packages of 2.1 did.
    let ignored = |broker: &Broker| {
        let conf = broker.read("mosquitto.conf");
        let lines = conf.lines().filter(|line| !line.starts_with("acl_file"));
        broker.write("mosquitto.conf", &lines.map(|line| format!("{line}\n")).collect::<String>());
    };
    found(
        "files",
        "the access list is ignored",
        ignored,
        &[
            "publish with QoS 0 (campus/v1/test/room/canary/proof/set, MQTT 3.1.1) is delivered",
            "subscribe to `#` (campus/v1/test/node/canary-other/down/command, MQTT 5) is delivered",
        ],
    );
}
