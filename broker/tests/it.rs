//! What is generated, as text that may change only on purpose. `UPDATE_DOCS=1 cargo test -p broker` renews the files beside
//! docs/operate/broker.md and in `frozen/`.

use broker::password::{Hash, SALT_BYTES};
use broker::security::{self, Account};
use broker::{Conf, Form, Release, Role, acl};
use std::path::Path;
use wire::Id;

fn campus() -> Id {
    Id::new("demo").expect("an identifier")
}

/// Compares with a file of the repository, or renews it.
fn check(file: &str, fresh: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, fresh).expect("the repository can be written");
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(held == fresh, "{file} is stale: UPDATE_DOCS=1 cargo test -p broker\n{fresh}");
}

#[test]
fn the_files_beside_the_documentation_are_what_is_generated() {
    let conf = Conf::usual(Release::V2_0, Form::Files);
    check("../docs/operate/mosquitto.conf", &conf.text());
    check("../docs/operate/mosquitto.acl", &acl::file(&campus()));
}

#[test]
fn every_configuration_is_as_it_was() {
    for (release, number) in [(Release::V2_0, "2.0"), (Release::V2_1, "2.1")] {
        for (form, name) in [(Form::Files, "files"), (Form::DynamicSecurity, "dynamic-security")] {
            let conf = Conf::usual(release, form);
            check(&format!("tests/frozen/{number}-{name}.conf"), &conf.text());
            // One of the two that may never be forgotten, behind every listener.
            let of_listener = conf.text().matches("\nuse_username_as_clientid true\n").count();
            assert_eq!(of_listener, conf.text().matches("\nlistener ").count());
            assert!(conf.text().contains("allow_anonymous false\n"));
        }
    }
}

#[test]
fn the_document_of_dynamic_security_is_as_it_was() {
    let hash = Hash::new("pw", [7; SALT_BYTES]);
    let account = |name, role| Account { name, role, hash: hash.clone() };
    let mut accounts = security::USUAL.map(|(name, role)| account(name, role)).to_vec();
    accounts.push(account("sci-101", Role::Node));
    check("tests/frozen/dynamic-security.json", &security::document(&campus(), &accounts));
    let admit = security::admit(&campus(), "sci-101", Role::Node, "pw");
    check("tests/frozen/admit.json", &(security::payload(&admit, "m") + "\n"));
}

#[test]
fn a_block_of_the_access_list_goes_and_comes_without_the_others() {
    let campus = campus();
    let file = acl::file(&campus);
    let more = file.clone() + &acl::account(&campus, "foyer", Role::Dashboard);
    assert_eq!(acl::without(&more, "foyer"), file);
    let known = acl::accounts(&more, &campus);
    assert!(known.contains(&("foyer".to_owned(), Some(Role::Dashboard))), "{known:?}");
    assert!(known.contains(&("home".to_owned(), Some(Role::Home))), "{known:?}");
    let other = more.replace("user foyer\n", "user foyer\ntopic read #\n");
    assert!(acl::accounts(&other, &campus).contains(&("foyer".to_owned(), None)));
    assert_eq!(acl::account(&campus, "sci-101", Role::Node), "", "covered by the pattern");
}

#[test]
fn answers_are_told_apart_by_their_mark() {
    let payload = br#"{"responses":[
        {"command":"createClient","error":"Client already exists","correlationData":"m"},
        {"command":"listClients","data":{"clients":[
            {"username":"sci-101","roles":[{"rolename":"node-sci-101"}],"disabled":true},
            {"username":"home","roles":[{"rolename":"home"}]},
            {"username":"odd","roles":[{"rolename":"node-sci-102"}]}]},"correlationData":"m"},
        {"command":"createRole","correlationData":"other"}]}"#;
    let said = security::answers(payload, "m");
    assert_eq!(said.len(), 2);
    assert!(security::is_there_already(&said[0]));
    let listed = security::listed(&said[1].data);
    let short: Vec<_> = listed.iter().map(|it| (it.name.as_str(), it.role, it.disabled)).collect();
    let (node, home) = (Some(Role::Node), Some(Role::Home));
    assert_eq!(short, [("sci-101", node, true), ("home", home, false), ("odd", None, false)]);
    assert!(security::answers(b"no JSON", "m").is_empty());
}
