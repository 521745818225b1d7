//! A broker that knows whoever comes by a certificate: the agent and the receivers over TLS, and what a person reads when a
//! certificate is wrong.

use super::agent::{Whole, pasts};
use super::upstream::{Upstream, documented_acl};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::sync::Arc;
use std::time::Duration;
use system_tests::mosquitto::free_port;
use system_tests::place::Place;
use system_tests::wait;

const PATIENCE: Duration = Duration::from_secs(60);

/// An authority; its certificates are files in a folder.
struct Authority<'p> {
    issuer: Issuer<'static, KeyPair>,
    place: &'p Place,
    name: &'static str,
}

impl<'p> Authority<'p> {
    fn new(place: &'p Place, name: &'static str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        place.write(&format!("{name}.pem"), &params.self_signed(&key).expect("a CA").pem());
        Self { issuer: Issuer::new(params, key), place, name }
    }

    /// Its own certificate.
    fn file(&self) -> String {
        self.place.path().join(format!("{}.pem", self.name)).display().to_string()
    }

    /// Certificate and key of this name, for both ends of a line.
    fn issue(&self, name: &str) -> [String; 2] {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().expect("a key");
        let issued = params.signed_by(&key, &self.issuer).expect("a certificate");
        let write = |end: &str, text: &str| {
            let name = format!("{}-{name}-{end}.pem", self.name);
            self.place.write(&name, text).display().to_string()
        };
        [write("cert", &issued.pem()), write("key", &key.serialize_pem())]
    }
}

#[test]
fn over_tls_a_certificate_is_the_account() {
    let place = Place::new("certified-files");
    let (ours, theirs) = (Authority::new(&place, "ours"), Authority::new(&place, "theirs"));
    let port = free_port();
    let [cert, key] = ours.issue("localhost");
    let acl = place.write("acl", documented_acl()).display().to_string();
    // The common name of a certificate is the account.
    let broker = format!(
        "listener {port} 127.0.0.1\ncafile {}\ncertfile {cert}\nkeyfile {key}\nrequire_certificate true\n\
         use_identity_as_username true\nacl_file {acl}",
        ours.file()
    );
    let link = |authority: &Authority<'_>, [cert, key]: [String; 2]| {
        format!(
            "url = \"mqtts://localhost:{port}\"\nca_file = \"{}\"\nclient_cert_file = \"{cert}\"\n\
             client_key_file = \"{key}\"\n",
            authority.file()
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
