//! `accounts` in `[broker]`: what must be there with it, and what may not be there without.

use super::*;
use std::os::unix::fs::PermissionsExt;

/// A folder as `campus broker init` leaves it, but without Mosquitto's part, and a configuration that names it.
fn with(keys: &str) -> (tempfile::TempDir, Result<Config, ConfigError>) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("b");
    fs::create_dir(&home).unwrap();
    for name in ["agent", "broker-admin", "canary", "witness"] {
        let path = home.join(format!("{name}.secret"));
        fs::write(&path, format!("secret of {name}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let key = ::broker::authority::Key::draw().unwrap();
    let ca = ::broker::authority::authority("demo", &key, 1_795_651_200).unwrap();
    fs::write(home.join("ca.crt"), ca.pem).unwrap();
    let path = folder.path().join("campus.toml");
    fs::write(&path, HEAD.replace("url = \"embedded\"", keys)).unwrap();
    let config = Config::load(&path);
    (folder, config)
}

const URL: &str = "url = \"mqtts://broker\"\nca_file = \"b/ca.crt\"\n";

#[test]
fn managed_accounts_name_the_folder_the_address_and_the_authority() {
    let keys =
        "accounts = \"dynamic-security\"\naccounts_folder = \"b\"\nnode_address = \"10.0.0.1\"";
    let (folder, config) = with(&format!("{URL}{keys}"));
    let config = config.unwrap();
    let BrokerConfig::Url { port, tls, .. } = &config.broker else { panic!("one elsewhere") };
    assert_eq!((*port, *tls), (8883, true));
    let accounts = config.accounts.as_ref().unwrap();
    assert_eq!(accounts.node_address, ("10.0.0.1".to_owned(), 8883));
    assert_eq!(accounts.server, "10.0.0.1");
    assert_eq!(accounts.folder, folder.path().join("b"));
    assert!(accounts.authority.as_ref().is_some_and(|der| der.len() > 200));
    assert_eq!(accounts.canary.1.expose(), "secret of witness");
    assert!(!format!("{config:?}").contains("secret of"));
    let keys = "accounts = \"files\"\naccounts_folder = \"b\"\nnode_address = \"x:1\"\nreload = [\"true\"]\nserver_name = \"y\"";
    let (_folder, config) = with(&format!("url = \"mqtt://broker\"\n{keys}"));
    let accounts = config.unwrap().accounts.unwrap();
    assert_eq!(accounts.form, AccountsForm::Files { reload: vec!["true".to_owned()] });
    assert_eq!((accounts.server.as_str(), accounts.authority), ("y", None));
}

#[test]
fn what_is_missing_or_makes_no_sense_is_named() {
    let full = "accounts_folder = \"b\"\nnode_address = \"x\"\n";
    for (keys, title) in [
        (
            "accounts = \"other\"\naccounts_folder = \"b\"\nnode_address = \"x\"".to_owned(),
            "`other` is no form of accounts",
        ),
        (
            "accounts = \"files\"\naccounts_folder = \"b\"\nnode_address = \"x\"".to_owned(),
            "`[broker]` has no `reload`",
        ),
        (format!("accounts = \"files\"\nreload = []\n{full}"), "no command"),
        (
            "accounts = \"dynamic-security\"\nnode_address = \"x\"".to_owned(),
            "`[broker]` has no `accounts_folder`",
        ),
        (
            "accounts = \"dynamic-security\"\naccounts_folder = \"b\"".to_owned(),
            "`[broker]` has no `node_address`",
        ),
        (
            "accounts = \"dynamic-security\"\naccounts_folder = \"b\"\nnode_address = \"a b\""
                .to_owned(),
            "`a b` is no name or address of a computer",
        ),
        (
            format!("accounts = \"dynamic-security\"\nserver_name = \"a b\"\n{full}"),
            "`a b` is no name that a certificate bears",
        ),
        ("node_address = \"x\"".to_owned(), "`node_address` is for managed accounts only"),
    ] {
        let (_folder, config) = with(&format!("{URL}{keys}"));
        match config {
            Err(ConfigError::Faulty { faults, .. }) => assert_eq!(faults[0].title, title, "{keys}"),
            other => panic!("{keys}: {other:?}"),
        }
    }
    let keys =
        "accounts = \"dynamic-security\"\naccounts_folder = \"nowhere\"\nnode_address = \"x\"";
    let (_folder, config) = with(&format!("{URL}{keys}"));
    let shown = config.expect_err("refused").to_string();
    assert!(shown.contains("nowhere/canary.secret"), "{shown}");
    let (_folder, config) = with("url = \"embedded\"\naccounts = \"files\"");
    let shown = config.expect_err("refused").to_string();
    assert!(shown.contains("the embedded broker has no accounts to manage"), "{shown}");
}

#[test]
fn a_campus_is_known_before_its_broker_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("campus.toml");
    fs::write(&path, "[campus]\nid = \"demo\"\n[broker]\nurl = 1\n").unwrap();
    assert_eq!(Config::campus_of(&path).unwrap().as_str(), "demo");
    fs::write(&path, "[campus]\n").unwrap();
    assert!(Config::campus_of(&path).is_err());
}
