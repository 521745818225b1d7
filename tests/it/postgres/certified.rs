//! A broker that knows whoever comes by a certificate: the agent and the receivers over TLS, and what a person reads when a
//! certificate is wrong.

use super::agent::{Whole, pasts};
use super::upstream::{Upstream, documented_acl};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use system_tests::certificates::Filed;
use system_tests::mosquitto::free_port;
use system_tests::place::Place;
use system_tests::wait;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn over_tls_a_certificate_is_the_account() {
    let place = Place::new("certified-files");
    let (ours, theirs) = (Filed::new(place.path(), "ours"), Filed::new(place.path(), "theirs"));
    let port = free_port();
    let shown = |file: PathBuf| file.display().to_string();
    let [cert, key] = ours.issue("localhost").map(shown);
    let acl = place.write("acl", documented_acl()).display().to_string();
    // The common name of a certificate is the account.
    let broker = format!(
        "listener {port} 127.0.0.1\ncafile {}\ncertfile {cert}\nkeyfile {key}\nrequire_certificate true\n\
         use_identity_as_username true\nacl_file {acl}",
        ours.file().display()
    );
    let link = |authority: &Filed, files: [PathBuf; 2]| {
        let [cert, key] = files.map(shown);
        format!(
            "url = \"mqtts://localhost:{port}\"\nca_file = \"{}\"\nclient_cert_file = \"{cert}\"\n\
             client_key_file = \"{key}\"\n",
            authority.file().display()
        )
    };
    let hub = |authority, files| format!("form = \"mqtt\"\n{}", link(authority, files));
    let upstream = Upstream::with("certified", &broker, &link(&ours, ours.issue("receivers")));
    let district = upstream.district("certified", 2);
    let line = Arc::clone(&upstream.line);
    let good = hub(&ours, ours.issue("test"));
    let mut whole = Whole::over("certified", district, line, Some(upstream), &good);
    let (from, _, pasts) = pasts();
    whole.first(&pasts);
    wait::until("rows of what was measured", PATIENCE, || {
        (whole.status().1["last"].as_u64()? > 0).then_some(())
    });
    let (rows, _) = whole.all_arrived();
    assert!(!rows.is_empty());

    // What a person reads of each mistake; the rows that were asked for wait meanwhile.
    for (wrong, says) in [
        (hub(&theirs, ours.issue("test")), "TLS to the broker: invalid peer certificate"),
        (
            hub(&ours, theirs.issue("test")),
            "the connection to the broker broke: received fatal alert",
        ),
        (hub(&ours, ours.issue("another")), "publish to `campus-hub/v1/test/watermark`"),
    ] {
        whole.instead(&wrong);
        let (code, what) = wait::until(&format!("`{says}` in the status"), PATIENCE, || {
            let (code, status) = whole.status();
            let what = status["hubs"][0]["what"].as_str()?.to_owned();
            what.contains(says).then_some((code, what))
        });
        assert_eq!(code, 1, "{what}");
        println!("{what}");
    }
    whole.instead(&good);
    whole.resend(from);
    assert_eq!(whole.all_arrived().0.len(), rows.len());
}
