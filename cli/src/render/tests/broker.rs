//! Pages of `campus broker`, in both languages.

use super::check;
use crate::commands::BrokerFound;
use crate::fixtures::{NOW_MS, body, page};
use crate::render::{broker, node};
use ::broker::authority::Said;
use ::broker::proof::Expected;
use ::broker::security::Listed;
use ::broker::setup::{File, Owner};
use ::broker::{Conf, Form, Release, Role};
use agent::api::types::Node;
use agent::canary::{Cell, Report};
use std::path::Path;

const NOW_S: i64 = NOW_MS / 1000;

#[test]
fn what_was_made_is_listed_with_its_owners_and_what_comes_next() {
    let file = |name: &str, owner, secret| File {
        name: name.to_owned(),
        text: "never shown".to_owned(),
        owner,
        secret,
    };
    let files = [
        file("ca.crt", Owner::Keeper, false),
        file("server.key", Owner::Broker, true),
        file("agent.secret", Owner::Agent, true),
    ];
    let conf = Conf::usual(Release::V2_0, Form::DynamicSecurity);
    let section = ::broker::setup::section(&conf, "broker.school.cn");
    check("broker_made", page, |page| {
        let text = broker::made(&files, &conf.folder, &section, page);
        assert!(!text.contains("never shown"));
        text
    });
}

#[test]
fn what_is_there_is_told_with_its_ends() {
    let server = |until_s| Said { hosts: vec!["broker.school.cn".to_owned()], until_s };
    let found = |missing: &[&str], until_s| BrokerFound {
        missing: missing.iter().map(|it| (*it).to_owned()).collect(),
        authority_until_s: NOW_S + 3650 * 86_400,
        server: Some(server(until_s)),
        form: "files",
    };
    let out = Path::new("/etc/mosquitto/campus");
    check("broker_there", page, |page| {
        let whole = found(&[], NOW_S + 700 * 86_400);
        assert!(whole.is_whole(NOW_S));
        let old = found(&["witness.secret"], NOW_S + 20 * 86_400);
        assert!(!old.is_whole(NOW_S) && old.is_old(NOW_S));
        let renewed = broker::renewed(&server(NOW_S + 730 * 86_400), page);
        broker::there(&whole, out, NOW_S, page)
            + "---\n"
            + &broker::there(&old, out, NOW_S, page)
            + "---\n"
            + &renewed
    });
}

#[test]
fn what_was_proved_is_one_line_and_what_was_not_a_table() {
    let cell = |delivered, expected| Cell {
        version: "5",
        verb: "publish with QoS 1".to_owned(),
        topic: "campus/v1/demo/node/canary-other/up/proof".to_owned(),
        expected,
        delivered,
    };
    let good =
        Report { cells: vec![cell(true, Expected::Delivered), cell(false, Expected::Nothing)] };
    let bad =
        Report { cells: vec![cell(false, Expected::Delivered), cell(true, Expected::Nothing)] };
    check("broker_proved", page, |page| broker::report(&good, page));
    check("broker_open", page, |page| broker::report(&bad, page));
    let said = broker::report_json(&bad);
    assert_eq!(said["wrong"].as_array().map(Vec::len), Some(2), "{said}");
}

#[test]
fn accounts_are_listed_with_what_they_may() {
    let one = |name: &str, role, disabled| Listed { name: name.to_owned(), role, disabled };
    let mut all: Vec<Listed> =
        Role::SHARED.map(|role| one(role.name(), Some(role), false)).to_vec();
    all.extend([one("sci-101", Some(Role::Node), true), one("odd", None, false)]);
    check("broker_accounts", page, |page| {
        let file = Path::new("foyer.secret");
        broker::accounts(&all, page)
            + &broker::added("foyer", Role::Dashboard, file, page)
            + &broker::disabled("foyer", page)
            + &broker::removed("foyer", page)
    });
}

#[test]
fn a_board_that_is_shut_out_is_named() {
    let nodes: Vec<Node> = body("nodes");
    check("node_revoked", page, |page| node::revoked(&nodes[1], &page.words));
}
