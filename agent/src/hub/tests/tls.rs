//! TLS before a receiver or a data centre: certificates of all kinds, and nothing leaves when one is wrong.

use super::super::Standing;
use super::centre::PlayedCentre;
use super::receiver::Receiver;
use super::rig::{Rig, link};
use crate::config::{BatchLink, HubConfig, HubForm};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// An authority of one test, and where its files are.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Two authorities never have one name.
        let number = KeyPair::generate().unwrap().serialize_pem()[60..90].to_owned();
        params.distinguished_name.push(DnType::CommonName, number);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("ca.pem"), params.self_signed(&key).unwrap().pem())
            .unwrap();
        Self { issuer: Issuer::new(params, key), folder }
    }

    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Certificate and key of a server or client of this name, as files.
    pub fn issue(&self, name: &str, is_expired: bool) -> (PathBuf, PathBuf) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(if is_expired { 2021 } else { 2090 }, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let file = |end: &str| self.folder.path().join(format!("{name}-{is_expired}{end}"));
        let (of, with) = (file(".pem"), file("-key.pem"));
        std::fs::write(&of, certificate.pem()).unwrap();
        std::fs::write(&with, key.serialize_pem()).unwrap();
        (of, with)
    }
}

/// TLS in front of a plain socket.
pub struct Front {
    pub address: SocketAddr,
    /// Bytes that came out of the encryption.
    plain: Arc<AtomicU64>,
}

fn certificates(file: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(file).unwrap().map(Result::unwrap).collect()
}

impl Front {
    /// With this certificate; whoever connects shows one of `clients`, where that is wanted.
    pub async fn start(
        target: SocketAddr,
        (certificate, key): &(PathBuf, PathBuf),
        clients: Option<&Authority>,
    ) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = rustls::RootCertStore::empty();
                roots.add_parsable_certificates(certificates(&authority.ca_file()));
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        let config = builder.with_single_cert(certificates(certificate), key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let plain: Arc<AtomicU64> = Arc::default();
        let counted = plain.clone();
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let (acceptor, counted) = (acceptor.clone(), counted.clone());
                tokio::spawn(async move {
                    let Ok(line) = acceptor.accept(line).await else { return };
                    let Ok(inner) = TcpStream::connect(target).await else { return };
                    let (mut from, mut to) = tokio::io::split(line);
                    let (mut inner_from, mut inner_to) = inner.into_split();
                    let up = async {
                        let mut buffer = [0; 4096];
                        loop {
                            let read = tokio::io::AsyncReadExt::read(&mut from, &mut buffer).await;
                            let Ok(count @ 1..) = read else { return };
                            counted.fetch_add(count as u64, Ordering::Relaxed);
                            let all = &buffer[..count];
                            let sent = tokio::io::AsyncWriteExt::write_all(&mut inner_to, all);
                            if sent.await.is_err() {
                                return;
                            }
                        }
                    };
                    let down = tokio::io::copy(&mut inner_from, &mut to);
                    tokio::select! { () = up => {}, _ = down => {} }
                });
            }
        });
        Self { address, plain }
    }

    pub fn plain_bytes(&self) -> u64 {
        self.plain.load(Ordering::Relaxed)
    }
}

/// A hub behind TLS; `localhost` is the name that it is asked for.
fn hub(front: &Front, ca: &Authority, client: Option<(PathBuf, PathBuf)>) -> HubConfig {
    let (port, ca_file) = (front.address.port(), Some(ca.ca_file()));
    let (host, url) = ("localhost".to_owned(), format!("https://localhost:{port}/district"));
    let link = BatchLink { url, host, port, tls: true, ca_file, client, ..link(front.address) };
    HubConfig { id: wire::Id::new("district").unwrap(), form: HubForm::Batch(link) }
}

/// Nothing of a batch leaves, and what is wrong is said; with what is right everything arrives.
async fn check(
    server: &(PathBuf, PathBuf),
    clients: Option<&Authority>,
    (ca, client): (&Authority, Option<(PathBuf, PathBuf)>),
    expected: &str,
) {
    let receiver = Receiver::start().await;
    let front = Front::start(receiver.address, server, clients).await;
    let mut rig = Rig::new();
    rig.slots(0..20);
    rig.forward_to(&[hub(&front, ca, client)]);
    let is_good = expected.is_empty();
    if is_good {
        receiver.wait("all", |hub| hub.watermark() == 60).await;
        assert!(front.plain_bytes() > 0);
        return;
    }
    // Twice: it is tried again, and again nothing leaves.
    rig.wait("failing", |states| states[0].failures >= 2).await;
    let state = &rig.states()[0];
    assert_eq!(state.standing, Standing::Failing);
    assert!(state.what.contains(expected), "`{}` says `{expected}`", state.what);
    assert_eq!((front.plain_bytes(), state.rows, state.bytes), (0, 0, 0), "{expected}");
    assert_eq!(receiver.hub().counts(), (0, 0), "{expected}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_is_believed_only_with_a_good_certificate_of_the_authority_for_its_name() {
    let (ours, other) = (Authority::new(), Authority::new());
    let server = ours.issue("localhost", false);
    check(&server, None, (&ours, None), "").await;
    check(&server, None, (&other, None), "UnknownIssuer").await;
    check(&ours.issue("hub.example.edu", false), None, (&ours, None), "not valid for name").await;
    check(&ours.issue("localhost", true), None, (&ours, None), "expired").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_wants_certificates_takes_nothing_from_whoever_has_none_of_its_authority() {
    let (ours, clients, other) = (Authority::new(), Authority::new(), Authority::new());
    let server = ours.issue("localhost", false);
    let good = clients.issue("north", false);
    check(&server, Some(&clients), (&ours, Some(good)), "").await;
    check(&server, Some(&clients), (&ours, None), "connection").await;
    let foreign = other.issue("north", false);
    check(&server, Some(&clients), (&ours, Some(foreign)), "connection").await;
    let expired = clients.issue("north", true);
    check(&server, Some(&clients), (&ours, Some(expired)), "connection").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_centre_inside_tls_gets_every_slot_and_one_with_a_wrong_certificate_nothing() {
    let (ours, other) = (Authority::new(), Authority::new());
    let right = (ours.issue("localhost", false), &ours, "");
    let wrong = [
        (ours.issue("localhost", false), &other, "UnknownIssuer"),
        (ours.issue("energy.example.gov.cn", false), &ours, "not valid for name"),
        (ours.issue("localhost", true), &ours, "expired"),
    ];
    for (server, ca, expected) in [right].into_iter().chain(wrong) {
        let centre = PlayedCentre::start("g").await;
        let front = Front::start(centre.address, &server, None).await;
        let mut rig = Rig::new();
        rig.slots(0..20);
        let mut hub = super::mohurd::hub(&centre, "g", super::mohurd::AUTH);
        let HubForm::Mohurd(link) = &mut hub.form else { panic!("a data centre") };
        (link.tls, link.ca_file) = (true, Some(ca.ca_file()));
        (link.host, link.port) = ("localhost".to_owned(), front.address.port());
        rig.forward_to(&[hub]);
        if expected.is_empty() {
            super::mohurd::settled(&rig).await;
            super::mohurd::check(&centre, 0..20);
            assert!(front.plain_bytes() > 0);
            continue;
        }
        rig.wait("failing", |states| states[0].failures >= 2).await;
        let state = &rig.states()[0];
        assert!(state.what.contains(expected), "`{}` says `{expected}`", state.what);
        assert_eq!((front.plain_bytes(), centre.held().logins), (0, 0), "{expected}");
    }
}
