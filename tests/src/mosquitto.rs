//! A real Mosquitto of one test, with its own port and folder.

use crate::child::Running;
use crate::place::Place;
use crate::wait;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

/// A running Mosquitto.
pub struct Mosquitto {
    process: Option<Running>,
    port: u16,
    place: Place,
    program: String,
    config: String,
}

/// Where Mosquitto is: Debian puts it beside the system's programs, not always on the path.
pub fn program() -> Option<String> {
    let candidates = ["mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"];
    let answers = |program: &&str| Command::new(program).arg("-h").output().is_ok();
    candidates.into_iter().find(answers).map(str::to_owned)
}

impl Mosquitto {
    /// Starts one that asks nobody for a password, with these further lines of configuration.
    ///
    /// # Panics
    /// When Mosquitto is not installed (`cargo xtask test` installs it) or does not start.
    pub fn start(test: &str, lines: &str) -> Self {
        Self::start_behind(test, "", lines)
    }

    /// The same with lines that have to stand before the first listener.
    ///
    /// # Panics
    /// As above.
    pub fn start_behind(test: &str, first: &str, lines: &str) -> Self {
        let program = program().expect("mosquitto is not installed: run `cargo xtask test` once");
        let place = Place::new(&format!("{test}-mosquitto"));
        let port = free_port();
        let config = format!("{first}\nlistener {port} 127.0.0.1\nallow_anonymous true\n{lines}\n");
        let mut broker = Self { process: None, port, place, program, config };
        broker.again();
        broker
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder.
    pub fn folder(&self) -> &std::path::Path {
        self.place.path()
    }

    /// Its address as `mqtt://…`.
    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Stops it as an administrator would.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop();
        }
    }

    /// Kills it: sessions and queues are gone, unless the configuration keeps them.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again on the same port.
    ///
    /// # Panics
    /// When it does not answer within 20 s.
    pub fn again(&mut self) {
        let config = self.place.write("mosquitto.conf", &self.config);
        let mut command = Command::new(&self.program);
        command.arg("-c").arg(config).current_dir(self.place.path());
        let process = Running::start(command, &self.place.path().join("mosquitto.log"));
        self.process = Some(process);
        let port = self.port;
        wait::until("mosquitto answers", Duration::from_secs(20), || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
    }

    /// The running process, for its CPU time.
    pub fn process(&self) -> Option<&Running> {
        self.process.as_ref()
    }
}

/// A port that nobody uses now. Another program could take it in between; the kernel hands ports
/// out in a wide circle, so that this has not been seen.
///
/// # Panics
/// When there is none.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("the address of a bound socket").port()
}
