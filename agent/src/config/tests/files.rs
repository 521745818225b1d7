//! Files: the configuration itself and those that hold passwords.

use super::*;
use std::os::unix::fs::PermissionsExt;

/// Writes a password file with the given rights and a configuration that names it.
fn with_secret(bytes: &[u8], mode: u32) -> (tempfile::TempDir, Result<Config, ConfigError>) {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("broker.secret");
    fs::write(&secret, bytes).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).unwrap();
    let path = folder.path().join("campus.toml");
    let broker = "url = \"mqtt://x\"\nusername = \"agent\"\npassword_file = \"broker.secret\"";
    fs::write(&path, HEAD.replace("url = \"embedded\"", broker)).unwrap();
    let config = Config::load(&path);
    (folder, config)
}

#[test]
fn a_password_comes_from_a_file_beside_the_configuration_and_is_never_printed() {
    let (folder, config) = with_secret("päss word\n".as_bytes(), 0o640);
    let config = config.unwrap();
    let BrokerConfig::Url { password: Some(password), .. } = &config.broker else { panic!("one") };
    assert_eq!(password.expose(), "päss word");
    assert!(!format!("{config:?}").contains("päss"));
    assert_eq!(format!("{password:?}"), "Secret(…)");
    assert_eq!(config.store, folder.path().join("campus.db"));
}

#[test]
fn a_password_file_that_others_may_read_or_that_holds_no_password_is_refused() {
    for (bytes, mode, why) in [
        (&b"open"[..], 0o644, "everybody may read or write the password file `"),
        (b"open", 0o602, "everybody may read or write the password file `"),
        (b"", 0o600, "broker.secret` is empty"),
        (b"\n", 0o600, "broker.secret` is empty"),
        (b"two\nlines", 0o600, "broker.secret` is not one line of text"),
        (b"\xff\xfe", 0o600, "broker.secret` is not one line of text"),
        (&[b'x'; 2000], 0o600, "broker.secret` has over 1024 bytes"),
    ] {
        let (_folder, config) = with_secret(bytes, mode);
        let shown = config.expect_err("refused").to_string();
        assert!(shown.contains(why), "{why}: {shown}");
        assert!(!shown.contains("open\n") && !shown.contains("lines\n"), "{shown}");
    }
    refused(
        &HEAD.replace("\"embedded\"", "\"mqtt://x\"\npassword_file = \"/nowhere/broker.secret\""),
        expect![[r#"
            error: cannot read the password file `/nowhere/broker.secret`: No such file or directory (os error 2)
             --> campus.toml:6:17
              |
            6 | password_file = "/nowhere/broker.secret"
              |                 ^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: create it: `umask 077; head -c 18 /dev/urandom | base64 > /nowhere/broker.secret`

            error: a password without an account
             --> campus.toml:6:17
              |
            6 | password_file = "/nowhere/broker.secret"
              |                 ^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: set `username`, usually `username = "agent"`

            campus.toml: 2 faults"#]],
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("campus.toml");
    let shown = |path: &Path| Config::load(path).expect_err("refused").to_string();
    assert!(shown(&path).ends_with("campus.toml`: No such file or directory (os error 2)"));
    fs::write(&path, b"[campus]\nname = \"\xd0\xa1\xff\"\n").unwrap();
    assert!(shown(&path).ends_with("line 2 is not UTF-8; save the file with that encoding"));
    fs::write(&path, vec![b' '; 5 << 20]).unwrap();
    assert!(shown(&path).ends_with("more than 4 MiB"));
}
