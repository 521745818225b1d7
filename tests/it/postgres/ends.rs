//! Both ends of a receiver's life with a line: TLS that lets in whoever has a certificate of the authority and nobody
//! else, and SIGTERM in the middle of a request.

use super::district::District;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use system_tests::campus::program;
use system_tests::certificates::Filed;
use system_tests::child::Running;
use system_tests::place::Place;
use system_tests::sender::{Answer, Campus, Chance, read_answer};
use system_tests::wait;

const PATIENCE: Duration = Duration::from_secs(60);

/// `campus hub serve` on a port of its own.
struct Receiver {
    process: Running,
    port: u16,
}

impl Receiver {
    fn start(place: &Place, district: &District, more: &str) -> Self {
        let config = format!(
            "[listen]\naddress = \"127.0.0.1:0\"\n[database]\nurl = \"{}\"\n{more}",
            district.postgres.url()
        );
        place.write("own.toml", &config);
        let mut serve = Command::new(program());
        let path = place.path().join("own.toml").display().to_string();
        serve.args(["hub", "serve", "--config", &path]).env("NO_COLOR", "1");
        let mut process = Running::start(serve, &place.path().join("own.log"));
        let port = wait::until("the receiver says where it listens", PATIENCE, || {
            assert!(process.ended().is_none(), "{}", process.log());
            let log = process.log();
            let (_, after) = log.split_once("127.0.0.1:")?;
            after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        });
        Self { process, port }
    }
}

fn certificates(file: &Path) -> Vec<CertificateDer<'static>> {
    let all = CertificateDer::pem_file_iter(file).expect("PEM");
    all.map(|one| one.expect("a certificate")).collect()
}

/// One request over a line of its own.
fn ask(port: u16, ca: &Filed, client: Option<&[PathBuf; 2]>, request: &[u8]) -> io::Result<Answer> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(certificates(&ca.file()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    let config = match client {
        None => builder.with_no_client_auth(),
        Some([certificate, key]) => {
            let key = PrivateKeyDer::from_pem_file(key).expect("a key");
            builder.with_client_auth_cert(certificates(certificate), key).expect("they fit")
        }
    };
    let name = ServerName::try_from("localhost").expect("a name");
    let connection =
        rustls::ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut line = rustls::StreamOwned::new(connection, socket);
    line.write_all(request)?;
    line.flush()?;
    read_answer(&mut line).map(|(answer, _)| answer)
}

fn post((body, header): &(Vec<u8>, String), more: &str) -> (Vec<u8>, usize) {
    let mut request = format!(
        "POST /v1/batches HTTP/1.1\r\ncampus-signature: {header}\r\nhost: hub\r\n{more}content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    let head = request.len();
    request.extend_from_slice(body);
    (request, head)
}

#[test]
fn a_receiver_that_wants_certificates_takes_batches_from_their_owners_with_their_own_key_alone() {
    let district = District::start("hub-tls", 1);
    let place = Place::new("hub-tls-own");
    let (ours, clients, other) = (
        Filed::new(place.path(), "ours"),
        Filed::new(place.path(), "clients"),
        Filed::new(place.path(), "other"),
    );
    ours.issue("localhost");
    let tls = "[tls]\ncert_file = \"ours-localhost.pem\"\nkey_file = \"ours-localhost-key.pem\"\n\
               client_ca_file = \"clients.pem\"\n";
    let receiver = Receiver::start(&place, &district, tls);
    let (mut north, mut south) = (Campus::new("north", 1), Campus::new("south", 2));
    north.grow(50, 2, &mut Chance(1));
    south.grow(50, 2, &mut Chance(2));
    district.admit(&north);
    district.admit(&south);
    let all = batch::Span { from: 1, to: 50 };
    let (request, _) = post(&north.batch(all), "");
    let held = || district.count("select count(*) from summary");
    let (good, foreign) = (clients.issue("north"), other.issue("north"));
    for (what, ca, client) in [
        ("no certificate", &ours, None),
        ("a certificate of another authority", &ours, Some(&foreign)),
        ("a hub of another authority", &other, Some(&good)),
    ] {
        let answer = ask(receiver.port, ca, client, &request);
        assert!(answer.is_err(), "{what}: {answer:?}");
        assert_eq!(held(), 0, "{what}");
    }
    // A certificate opens the line; whose rows they are is said by the signature.
    let of_south = clients.issue("south");
    let mut stolen = north.reborn(north.incarnation);
    stolen.rows = north.rows.clone();
    stolen.key = batch::SecretKey::parse(&south.key.expose()).expect("a key");
    let (request_of_south, _) = post(&stolen.batch(all), "");
    let answer = ask(receiver.port, &ours, Some(&of_south), &request_of_south).expect("an answer");
    assert_eq!((answer.status, &*answer.code()), (401, "unknown_key"), "{answer:?}");
    assert_eq!(held(), 0);
    let answer = ask(receiver.port, &ours, Some(&good), &request).expect("an answer");
    assert_eq!(answer.receipt().watermark, 50);
    assert_eq!(held(), district.holds_exactly(&[north]));
}

#[test]
fn a_receiver_that_is_told_to_end_finishes_what_it_has_begun_takes_nothing_new_and_ends_well() {
    let district = District::start("hub-sigterm", 1);
    let place = Place::new("hub-sigterm-own");
    let mut receiver = Receiver::start(&place, &district, "");
    let mut north = Campus::new("north", 3);
    north.grow(400, 5, &mut Chance(3));
    district.admit(&north);
    let signed = north.batch(batch::Span { from: 1, to: 400 });
    let (request, head) = post(&signed, "expect: 100-continue\r\n");
    let mut line = TcpStream::connect(("127.0.0.1", receiver.port)).expect("a line");
    line.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    line.write_all(&request[..head]).expect("the head");
    let mut go_on = [0; 25];
    line.read_exact(&mut go_on).expect("it wants the body");
    assert!(go_on.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&go_on));
    let half = head + signed.0.len() / 2;
    line.write_all(&request[head..half]).expect("half of it");
    let idle = TcpStream::connect(("127.0.0.1", receiver.port)).expect("a line without a request");
    let id = receiver.process.id().to_string();
    Command::new("kill").args(["-TERM", &id]).status().expect("kill");
    wait::until("it listens no more", PATIENCE, || {
        TcpStream::connect(("127.0.0.1", receiver.port)).is_err().then_some(())
    });
    assert!(receiver.process.ended().is_none(), "it waits for what it has begun");
    line.write_all(&request[half..]).expect("the rest");
    let (answer, again) = read_answer(&mut line).expect("an answer");
    assert_eq!(answer.receipt().watermark, 400);
    assert!(!again, "it says that the line ends");
    let mut nothing = Vec::new();
    idle.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    assert_eq!((&idle).read_to_end(&mut nothing).unwrap_or(0), 0, "idle lines are closed");
    let status = wait::until("it ends", PATIENCE, || receiver.process.ended());
    assert_eq!(status.code(), Some(0), "{}", receiver.process.log());
    assert_eq!(district.holds_exactly(&[north]), 400);
}
