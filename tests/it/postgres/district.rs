//! A district of one test: a database, receivers behind a balancer, and campuses that may send.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use system_tests::balancer::Balancer;
use system_tests::campus::{program, run};
use system_tests::child::Running;
use system_tests::place::Place;
use system_tests::postgres::Postgres;
use system_tests::sender::Campus;
use system_tests::wait;

pub struct District {
    receivers: Vec<Option<Running>>,
    pub balancer: Arc<Balancer>,
    pub postgres: Postgres,
    place: Place,
}

/// What `campus hub verify` found of all campuses together.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verified {
    pub rows: u64,
    pub chains: u64,
    pub open: u64,
    pub lost: u64,
    pub wrong: u64,
}

impl District {
    pub fn start(test: &str, receivers: usize) -> Self {
        Self::over(Postgres::start(test), test, receivers)
    }

    /// Over a database that is there.
    pub fn over(postgres: Postgres, test: &str, receivers: usize) -> Self {
        let place = Place::new(test);
        let sockets = (0..receivers).map(|at| place.path().join(format!("r{at}.sock"))).collect();
        let balancer = Arc::new(Balancer::start(sockets));
        let mut district =
            Self { receivers: (0..receivers).map(|_| None).collect(), balancer, postgres, place };
        for at in 0..receivers {
            district.configure(at, "");
            district.again(at);
        }
        district
    }

    /// Writes the configuration of a receiver, with more lines at its end; its next start reads it.
    pub fn configure(&self, at: usize, more: &str) {
        let config = format!(
            "[listen]\nsocket = \"r{at}.sock\"\n[database]\nurl = \"{}\"\n\
             [limits]\nbatches_per_minute = 100000\n{more}",
            self.postgres.url()
        );
        self.place.write(&format!("hub{at}.toml"), &config);
    }

    fn socket(&self, at: usize) -> PathBuf {
        self.place.path().join(format!("r{at}.sock"))
    }

    pub fn config(&self, at: usize) -> String {
        self.place.path().join(format!("hub{at}.toml")).display().to_string()
    }

    /// Starts a receiver, also one that was killed.
    pub fn again(&mut self, at: usize) {
        let mut serve = Command::new(program());
        serve.args(["hub", "serve", "--config", &self.config(at)]).env("NO_COLOR", "1");
        let log = self.place.path().join(format!("hub{at}.log"));
        let mut process = Running::start(serve, &log);
        wait::until("a receiver listens", Duration::from_secs(60), || {
            if let Some(status) = process.ended() {
                panic!("receiver {at} ended with {status}:\n{}", process.log());
            }
            UnixStream::connect(self.socket(at)).ok()
        });
        self.receivers[at] = Some(process);
    }

    /// CPU seconds of all receivers that run.
    #[allow(dead_code, reason = "the benchmark asks")]
    pub fn cpu_s(&self) -> f64 {
        self.receivers.iter().flatten().map(Running::cpu_s).sum()
    }

    /// `SIGTERM`, and how it ended.
    pub fn stop(&mut self, at: usize) -> Option<i32> {
        self.receivers[at].take().and_then(|mut process| process.stop().code())
    }

    /// A number of one receiver, as Prometheus reads it.
    pub fn metric(&self, at: usize, name: &str) -> u64 {
        let mut socket = UnixStream::connect(self.socket(at)).expect("a receiver");
        let ask = "GET /metrics HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n";
        socket.write_all(ask.as_bytes()).expect("a receiver");
        let mut text = String::new();
        socket.read_to_string(&mut text).expect("an answer");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{name} in {text}"))
    }

    /// `kill -9`.
    pub fn kill(&mut self, at: usize) {
        self.receivers[at] = None;
    }

    pub fn admit(&self, campus: &Campus) {
        self.admit_key(campus.id.as_ref(), &campus.key.public().to_string());
    }

    /// Lets whoever has this key send for a campus.
    pub fn admit_key(&self, id: &str, key: &str) {
        let config = self.config(0);
        let add = ["hub", "tenant", "add", id, "--key", key, "--zone", "Asia/Shanghai"];
        let said = run(&[&add[..], &["--config", &config]].concat());
        assert_eq!(said.code, 0, "{said:?}");
    }

    /// Number and hash of every row that is held of one incarnation, by number.
    pub fn set(&self, campus: &Campus) -> Vec<(u64, String)> {
        let sql = format!(
            "select s.seq, encode(s.hash, 'hex') from summary s join incarnation i using (campus, ordinal) \
             where s.campus = '{}' and i.incarnation = '{}' order by s.seq",
            campus.id, campus.incarnation
        );
        let rows = self.postgres.ask(&sql);
        let row = |line: &str| {
            let (seq, hash) = line.split_once('|').expect("two fields");
            (seq.parse().expect("a number"), hash.to_owned())
        };
        rows.lines().map(row).collect()
    }

    pub fn count(&self, sql: &str) -> u64 {
        self.postgres.ask(sql).trim().parse().expect("a number")
    }

    pub fn verify(&self) -> Verified {
        let said = run(&["hub", "verify", "--json", "--config", &self.config(0)]);
        assert!(said.code <= 1, "{said:?}");
        let mut all = Verified::default();
        for one in said.json().as_array().expect("a list") {
            let number = |key: &str| one[key].as_u64().expect("a number");
            all.rows += number("rows");
            all.chains += number("chains");
            all.open += number("open");
            all.lost += number("lost");
            all.wrong += number("wrong_count");
        }
        all
    }

    /// Hub set = agent set, hash chains equal, nothing lost, nothing doubled; answers the number of rows.
    pub fn holds_exactly(&self, campuses: &[Campus]) -> u64 {
        let mut rows = 0;
        for campus in campuses {
            let (sent, held) = (campus.set(), self.set(campus));
            assert_eq!(held.len(), sent.len(), "rows of {}", campus.id);
            assert!(held == sent, "hashes of {}", campus.id);
            rows += sent.len() as u64;
        }
        assert_eq!(self.count("select count(*) from summary"), rows);
        assert_eq!(self.count("select count(*) from fork"), 0);
        assert_eq!(self.count("select count(*) from quarantine"), 0);
        assert_eq!(self.count("select count(*) from chain_break"), 0);
        let Verified { rows: good, open: _, lost, wrong, .. } = self.verify();
        assert_eq!((good, lost, wrong), (rows, 0, 0));
        rows
    }
}
