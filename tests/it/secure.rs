//! TLS between the real firmware on emulated boards and its broker; and brokers that are none.
//!
//! Certificates are made here, as `campus broker` makes them. What a wrong broker hears is what is left when its TLS is
//! taken off: nothing may be. Names end in `qemu`, as everywhere where the firmware runs.

use crate::emulated::{Classroom, School, identity, image};
use node::identity::Identity;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use system_tests::certificates::{Authority, Files, Issued, SERVER};
use system_tests::mosquitto::free_port;
use system_tests::place::Place;
use system_tests::wait;
use tokio::runtime::Runtime;

/// Longer than the slowest back-off and handshake on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
const PASSWORD: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

fn pin(authority: &Authority, identity: &mut Identity) {
    identity.secure.ca.extend_from_slice(&authority.der).expect("it fits");
    identity.secure.server = SERVER.try_into().expect("short");
}

#[test]
fn a_node_and_the_broker_of_its_campus_meet_over_tls_qemu() {
    let campus = Authority::new();
    let files = Files::new("fw-tls", &campus, &campus.issue(|_| {}));
    let (mutual, own) = (free_port(), campus.node("c2"));
    let certified = "require_certificate true\nuse_identity_as_username true";
    let lines = files.with_password(&["c1"], PASSWORD) + &files.listener(mutual, certified);
    let school = School::start_with("fw-tls", 2, &lines, &|number, identity| {
        pin(&campus, identity);
        if number == 1 {
            identity.port = files.port();
            identity.password = PASSWORD.try_into().expect("short");
        } else {
            identity.port = mutual;
            identity.secure.cert.extend_from_slice(&own.der).expect("it fits");
            identity.secure.key.extend_from_slice(&own.sec1()).expect("it fits");
        }
    });
    for room in &school.classrooms {
        let took = room.said(0, "the broker proved who it is in ");
        println!("{}: TLS handshake {took}", room.id);
        room.room.see(|seen| seen.presence = true);
        room.lamps_until("lit by the agent's rules", |levels| levels.iter().all(|l| *l > 0));
        let _typed = room.type_line("status");
        println!("{}: stack {}", room.id, room.said(0, "stack "));
        assert!(!room.console().contains(PASSWORD), "no secret on the console");
    }
    let bytes = std::fs::read(image()).expect("the image");
    for secret in ["-----BEGIN", "PRIVATE KEY", PASSWORD] {
        let holds = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!holds, "the image holds `{secret}`");
    }
    let digits = bytes.split(|byte| !byte.is_ascii_hexdigit()).map(<[u8]>::len).max();
    assert!(digits < Some(64), "the image holds something like a key: {digits:?} digits");
}

#[test]
fn a_broker_that_is_not_the_campuss_hears_no_connect_qemu() {
    let (campus, stranger) = (Authority::new(), Authority::new());
    let rogue = Rogue::start();
    let place = Place::new("fw-rogue-nodes");
    let mut who = identity(1, rogue.port);
    pin(&campus, &mut who);
    who.password = PASSWORD.try_into().expect("short");
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let room = Classroom::start(1, place.path().join("1"), who, &runtime);
    let good = campus.issue(|_| {});
    let between = campus.issue(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    for (what, shown, told) in [
        ("no TLS", Shown::Nothing, "is that the port with TLS?"),
        ("another authority", Shown::of(&stranger.issue(|_| {}), &[]), "is not of this campus"),
        (
            "its own word",
            Shown::of(&stranger.issue(|_| {}), &[&campus.der]),
            "is not of this campus",
        ),
        (
            "the campus's authority in between",
            Shown::of(&good, &[&between.der]),
            "is not of this campus",
        ),
        ("another name", Shown::of(&other_name(&campus), &[]), "bears another name"),
        ("another node", Shown::of(&campus.node("c2"), &[]), "bears another name"),
    ] {
        let since = room.console().len();
        rogue.shows(shown);
        wait::until(what, PATIENCE, || (rogue.served() > 0).then_some(()));
        room.said(since, told);
        let heard = rogue.heard();
        assert!(heard.is_empty(), "{what}: the node said {heard:?}");
        let lit = room.room.levels()[0] == 0;
        room.room.press(0);
        room.lamps_until("the wall switch works", |levels| (levels[0] > 0) == lit);
    }
    let raw = rogue.raw();
    assert!(raw.starts_with(&[0x16, 3]), "TLS, from the first byte on");
    for secret in [&b"MQTT"[..], PASSWORD.as_bytes()] {
        assert!(!raw.windows(secret.len()).any(|part| part == secret), "said without TLS");
    }
    // The ear works: to the one that proves who it is the node does speak.
    rogue.shows(Shown::of(&good, &[]));
    wait::until("the broker of the campus hears it", PATIENCE, || {
        let heard = rogue.heard();
        heard.windows(4).any(|part| part == b"MQTT").then_some(())
    });
}

fn other_name(campus: &Authority) -> Issued {
    campus.issue(|params| {
        params.subject_alt_names =
            CertificateParams::new(["broker.other".to_owned()]).expect("a name").subject_alt_names;
        params.distinguished_name.push(DnType::CommonName, SERVER);
    })
}

#[test]
fn a_certificate_that_has_run_out_ends_the_session_as_soon_as_the_time_is_known_qemu() {
    let campus = Authority::new();
    let files = Files::new("fw-expired", &campus, &campus.issue(|_| {}));
    let lines = files.with_password(&["c1"], PASSWORD);
    let mut school = School::start_with("fw-expired", 1, &lines, &|_, identity| {
        pin(&campus, identity);
        identity.port = files.port();
        identity.password = PASSWORD.try_into().expect("short");
    });
    // It knows the time since the agent has told it.
    school.broker.kill();
    files.shows(&campus.expired());
    let since = school.classrooms[0].console().len();
    school.broker.again();
    let room = &school.classrooms[0];
    room.said(since, "the broker's certificate is out of date");
    let after = room.console().split_off(since);
    assert!(!after.contains("mqtt: connected"), "nothing is said to it any more: {after}");
    // A node that has just got its supply does not know the time: it ends the session when it does.
    let room = &mut school.classrooms[0];
    room.kill();
    let since = room.console().len();
    room.again();
    room.said(since, "2020-01-01 to 2026-01-01, not looked at before the time is known");
    room.said(since, "the broker's certificate is out of date");
    let lit = room.room.levels()[0] == 0;
    room.room.press(0);
    room.lamps_until("the wall switch works", |levels| (levels[0] > 0) == lit);
    school.broker.kill();
    files.shows(&campus.issue(|_| {}));
    school.broker.again();
    school.heard(&school.classrooms[0]);
    school.acknowledged_anew(&school.classrooms[0]);
}

/// What a rogue broker shows.
enum Shown {
    /// It speaks MQTT without TLS.
    Nothing,
    /// It speaks TLS 1.3 with this.
    Tls(Arc<rustls::ServerConfig>),
}

impl Shown {
    fn of(leaf: &Issued, behind: &[&[u8]]) -> Self {
        let chain = std::iter::once(&leaf.der[..]).chain(behind.iter().copied());
        let chain = chain.map(|der| CertificateDer::from(der.to_vec())).collect();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf.key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(chain, key);
        Self::Tls(Arc::new(config.expect("a certificate and its key")))
    }
}

/// A broker that writes down what is said to it.
struct Rogue {
    port: u16,
    ear: Arc<Ear>,
    thread: Option<JoinHandle<()>>,
}

struct Ear {
    /// With the connections that it was shown to.
    shown: Mutex<(Shown, u32)>,
    /// What was said behind TLS.
    heard: Mutex<Vec<u8>>,
    /// What was said without TLS.
    raw: Mutex<Vec<u8>>,
    ends: AtomicBool,
}

impl Rogue {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (heard, raw) = Default::default();
        let ear = Ear {
            shown: Mutex::new((Shown::Nothing, 0)),
            heard,
            raw,
            ends: AtomicBool::new(false),
        };
        let ear = Arc::new(ear);
        let hears = ear.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if hears.ends.load(Ordering::Relaxed) {
                    return;
                }
                hears.take(stream);
            }
        });
        Self { port, ear, thread: Some(thread) }
    }

    fn shows(&self, shown: Shown) {
        *self.ear.shown.lock().expect("nobody panics holding it") = (shown, 0);
    }

    /// Connections that began since that is shown, and ended.
    fn served(&self) -> u32 {
        self.ear.shown.lock().expect("nobody panics holding it").1
    }

    fn heard(&self) -> Vec<u8> {
        self.ear.heard.lock().expect("nobody panics holding it").clone()
    }

    fn raw(&self) -> Vec<u8> {
        self.ear.raw.lock().expect("nobody panics holding it").clone()
    }
}

impl Drop for Rogue {
    fn drop(&mut self) {
        self.ear.ends.store(true, Ordering::Relaxed);
        // It waits for a connection.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Ear {
    /// One connection, until the node ends it.
    fn take(&self, stream: TcpStream) {
        let config = match &self.shown.lock().expect("nobody panics holding it").0 {
            Shown::Nothing => None,
            Shown::Tls(config) => Some(config.clone()),
        };
        self.listen(stream, config.clone());
        let (shown, served) = &mut *self.shown.lock().expect("nobody panics holding it");
        *served += u32::from(match (shown, &config) {
            (Shown::Nothing, None) => true,
            (Shown::Tls(now), Some(then)) => Arc::ptr_eq(now, then),
            _ => false,
        });
    }

    fn listen(&self, mut stream: TcpStream, config: Option<Arc<rustls::ServerConfig>>) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
        let mut bytes = [0; 1024];
        let Some(config) = config else {
            // What a broker without TLS says to whatever it gets: a CONNACK, and no more.
            while let Ok(count @ 1..) = stream.read(&mut bytes) {
                self.raw.lock().expect("nobody panics holding it").extend(&bytes[..count]);
                let _ = stream.write_all(&[0x20, 3, 0, 0, 0]);
            }
            return;
        };
        let mut tls = rustls::ServerConnection::new(config).expect("a connection");
        let mut stream = rustls::Stream::new(&mut tls, &mut stream);
        while let Ok(count @ 1..) = stream.read(&mut bytes) {
            self.heard.lock().expect("nobody panics holding it").extend(&bytes[..count]);
        }
    }
}
