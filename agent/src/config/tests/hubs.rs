//! Hubs that are data centres for building energy.

use super::*;
use std::os::unix::fs::PermissionsExt;

const CENTRE: &str = r#"
[[hub]]
id = "district"
form = "mohurd"
dialect = "g"
address = "energy.example.gov.cn:9006"
key_file = "district.keys"
building_id = "310101D064"
gateway_id = "01"
meters = ["sci-mains/main=01A00", "hall/lift=01C10"]
"#;

/// A configuration with a data centre, whose key file says this.
fn with(hub: &str, keys: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("district.keys");
    fs::write(&secret, keys).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let path = folder.path().join("campus.toml");
    fs::write(&path, format!("{HEAD}{hub}{NODES}")).unwrap();
    Config::load(&path)
}

/// Meters that it names are of these.
const NODES: &str = "\n[[node]]\nid = \"sci-mains\"\nbuilding = \"sci\"\n[[node]]\nid = \"hall\"\nbuilding = \"hall\"\n";

const KEYS: &str =
    "# the district's\nauth = IJKLMNOPQRSTUVWX\naes = hex:000102030405060708090a0b0c0d0e0f\n";

#[test]
fn a_data_centre_is_read_with_its_keys_and_shows_none_of_them() {
    let config = with(CENTRE, KEYS).unwrap();
    let HubForm::Mohurd(link) = &config.hubs[0].form else { panic!("a data centre") };
    assert_eq!((link.host.as_str(), link.port, link.tls), ("energy.example.gov.cn", 9006, false));
    let meters: Vec<String> =
        link.meters.iter().map(|meter| format!("{} {}", meter.name, meter.code)).collect();
    assert_eq!(meters, ["sci-mains/main 01A00", "hall/lift 01C10"]);
    let shown = format!("{config:?}");
    assert!(!shown.contains("IJKL") && !shown.contains("[0, 1, 2, 3"), "a key shows");
}

#[test]
fn what_is_wrong_with_a_data_centre_is_named_and_no_secret_with_it() {
    let check = |from: &str, to: &str, keys: &str, says: &str| {
        let shown = with(&CENTRE.replace(from, to), keys).expect_err("refused").to_string();
        assert!(shown.contains(says), "`{says}` is not in {shown}");
        assert!(!shown.contains("secret-") && !shown.contains("IJKL"), "{shown}");
    };
    check("\"g\"", "\"q\"", KEYS, "there is no dialect `q`");
    check("\"g\"", "\"own.toml\"", KEYS, "cannot use the dialect");
    check(":9006", "", KEYS, "is no address of a data centre");
    check("310101D064", "310101/64", KEYS, "a building id is");
    check("\"01\"", "\"\"", KEYS, "a gateway id is");
    check("hall/lift=01C10", "hall/lift/x=01C10", KEYS, "is no meter with its energy item");
    check("hall/lift=01C10", "hal/lift=01C10", KEYS, "there is no meter `hal/lift`");
    check("hall/lift=01C10", "gym=01C10", KEYS, "it is the `id` of a `[[meter]]`");
    check("hall/lift=01C10", "hall/lift=1C", KEYS, "is no meter with its energy item");
    check("hall/lift=01C10", "sci-mains/main=01C10", KEYS, "is there twice");
    check("building_id = \"310101D064\"", "", KEYS, "has no `building_id`");
    check("01C10", "01C10", "auth = secret-", "a key is 16 characters");
    check("01C10", "01C10", "secret-", "line 1");
    check("form = \"mohurd\"", "form = \"fax\"", KEYS, "it is `batch`, `mqtt` or `mohurd`");
    check("form = \"mohurd\"", "", KEYS, "has no `url`");
}

const BROKER: &str = r#"
[[hub]]
id = "district"
form = "mqtt"
url = "mqtts://broker.example.edu"
key_file = "district.keys"
username = "north"
password_file = "district.keys"
"#;

#[test]
fn a_broker_is_read_with_an_account_of_its_own() {
    let key = batch::SecretKey::from_seed([7; 32]).expose();
    let config = with(BROKER, &key).unwrap();
    let HubForm::Mqtt(link) = &config.hubs[0].form else { panic!("a broker") };
    assert_eq!((link.host.as_str(), link.port, link.tls), ("broker.example.edu", 8883, true));
    let (name, password) = link.account.as_ref().expect("an account");
    assert_eq!((name.as_str(), password.expose()), ("north", key.as_str()));
    assert!(!format!("{config:?}").contains(&key), "a password shows");
    let check = |from: &str, to: &str, says: &str| {
        let shown = with(&BROKER.replace(from, to), &key).expect_err("refused").to_string();
        assert!(shown.contains(says), "`{says}` is not in {shown}");
    };
    check("mqtts://", "https://", "is no address of a hub");
    check("mqtts://", "mqtt://", "use `mqtts://`; plain `mqtt://` is for a hub on this computer");
    check("example.edu", "example.edu/topic", "a broker has no path");
    check("username = \"north\"\n", "", "an account at the broker needs a password");
    check("password_file", "client_cert_file", "needs its key");
    check("url", "address", "has no `url`");
}
