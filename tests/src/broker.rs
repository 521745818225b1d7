//! A real Mosquitto as `campus broker init` sets it up: certificates, accounts, rights; on free ports.

use crate::campus::{self, Said};
use crate::child::Running;
use crate::mosquitto::{self, free_port};
use crate::place::Place;
use crate::wait;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// A broker of one test.
pub struct Broker {
    place: Place,
    process: Option<Running>,
    /// Port with TLS, for nodes.
    pub tls_port: u16,
    /// Port without, on the loopback.
    pub port: u16,
    /// `files` or `dynamic-security`.
    pub form: String,
}

impl Broker {
    /// Has `campus broker init` write everything for the campus `test`; nothing runs yet.
    ///
    /// # Panics
    /// When it does not.
    pub fn prepared(test: &str, form: &str) -> Self {
        let place = Place::new(&format!("{test}-broker"));
        let (tls_port, port) = (free_port(), free_port());
        let form = form.to_owned();
        let broker = Self { place, process: None, tls_port, port, form };
        let config = broker.place.write("first.toml", "[campus]\nid = \"test\"\n");
        let said = broker.init(&config);
        assert_eq!(said.code, 0, "{said:?}");
        // Started by root it would become `mosquitto`, which may not read this folder.
        let conf = broker.read("mosquitto.conf") + "user root\n";
        broker.write("mosquitto.conf", &conf);
        broker
    }

    /// Runs `campus broker init` for this configuration.
    pub fn init(&self, config: &Path) -> Said {
        let (port, tls_port) = (self.port.to_string(), self.tls_port.to_string());
        let text = |path: &Path| path.display().to_string();
        campus::run(&[
            "broker",
            "init",
            "--config",
            &text(config),
            "--out",
            &text(&self.folder()),
            "--host",
            "localhost",
            "--accounts",
            &self.form,
            "--port",
            &tls_port,
            "--local-port",
            &port,
            "--persistence",
            &text(self.place.path()),
            "--broker-user",
            "root",
            "--agent-user",
            "root",
        ])
    }

    /// The same, and starts it.
    ///
    /// # Panics
    /// When Mosquitto is not installed (`cargo xtask test` installs it) or does not start.
    pub fn start(test: &str, form: &str) -> Self {
        let mut broker = Self::prepared(test, form);
        broker.again();
        broker
    }

    /// Starts it, or starts it again, and waits until both listeners answer.
    ///
    /// # Panics
    /// When it does not within 20 s.
    pub fn again(&mut self) {
        self.process = None;
        let program = mosquitto::program().expect("mosquitto is not installed");
        let mut command = Command::new(program);
        command.arg("-c").arg(self.folder().join("mosquitto.conf")).current_dir(self.place.path());
        let process = Running::start(command, &self.place.path().join("mosquitto.log"));
        self.process = Some(process);
        for port in [self.port, self.tls_port] {
            wait::until("mosquitto answers", Duration::from_secs(20), || {
                TcpStream::connect(("127.0.0.1", port)).ok()
            });
        }
    }

    /// What `campus broker init` wrote into.
    pub fn folder(&self) -> PathBuf {
        self.place.path().join("broker")
    }

    /// A file of that.
    ///
    /// # Panics
    /// When it is not there.
    pub fn read(&self, name: &str) -> String {
        let path = self.folder().join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Writes a file of that.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder().join(name), text).expect("a file in the test's folder");
    }

    /// The password of an account.
    pub fn secret(&self, account: &str) -> String {
        self.read(&format!("{account}.secret")).trim().to_owned()
    }

    /// Gives the witness all rights, as only a test does; before it is started.
    ///
    /// # Panics
    /// When the files are not as expected.
    pub fn let_the_witness_do_everything(&self) {
        if self.form == "files" {
            let lists = self.read("acl");
            let all = "user witness\ntopic readwrite #\ntopic readwrite $SYS/#\n";
            assert!(lists.contains("user witness\n"));
            self.write("acl", &lists.replace("user witness\n", all));
            return;
        }
        let mut document = self.document();
        let roles = document["roles"].as_array_mut().expect("roles");
        let witness = roles.iter_mut().find(|role| role["rolename"] == "witness").expect("a role");
        let kinds = ["publishClientSend", "publishClientReceive", "subscribePattern"];
        for kind in kinds {
            let all =
                serde_json::json!({"acltype": kind, "topic": "#", "priority": 1, "allow": true});
            witness["acls"].as_array_mut().expect("lists").push(all);
        }
        self.write("dynamic-security.json", &document.to_string());
    }

    /// The document of dynamic security.
    ///
    /// # Panics
    /// When there is none.
    pub fn document(&self) -> serde_json::Value {
        serde_json::from_str(&self.read("dynamic-security.json")).expect("JSON")
    }

    /// `[broker]` for an agent; `scheme` is how the agent itself speaks to it.
    ///
    /// # Panics
    /// When it does not run, and accounts are files: the reload needs its number.
    pub fn section(&self, scheme: &str) -> String {
        let folder = self.folder().display().to_string();
        let url = match scheme {
            "mqtts" => format!("mqtts://localhost:{}", self.tls_port),
            _ => format!("mqtt://127.0.0.1:{}", self.port),
        };
        let form = match self.form.as_str() {
            "files" => {
                let pid = self.process.as_ref().expect("a running broker").id();
                format!("accounts = \"files\"\nreload = [\"kill\", \"-HUP\", \"{pid}\"]")
            }
            form => format!("accounts = \"{form}\""),
        };
        format!(
            "[broker]\nurl = \"{url}\"\nusername = \"agent\"\npassword_file = \"{folder}/agent.secret\"\n\
             ca_file = \"{folder}/ca.crt\"\n{form}\naccounts_folder = \"{folder}\"\n\
             node_address = \"localhost:{}\"\n",
            self.tls_port
        )
    }

    /// One of Mosquitto's own clients over TLS, as this account.
    pub fn client(&self, program: &str, account: &str, password: &str) -> Command {
        let mut command = Command::new(program);
        let port = self.tls_port.to_string();
        command.args([
            "-h",
            "localhost",
            "-p",
            &port,
            "-u",
            account,
            "-P",
            password,
            "-i",
            account,
        ]);
        command.arg("--cafile").arg(self.folder().join("ca.crt"));
        command
    }

    /// Publishes over TLS as this account, and says how that ended.
    ///
    /// # Panics
    /// When `mosquitto_pub` cannot be run.
    pub fn publish(&self, account: (&str, &str), topic: &str, text: &str, more: &[&str]) -> Output {
        let mut command = self.client("mosquitto_pub", account.0, account.1);
        command.args(["-q", "1", "-t", topic, "-m", text]).args(more);
        command.output().expect("mosquitto_pub")
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        self.process.as_ref().map(Running::log).unwrap_or_default()
    }
}
