//! Classrooms of a test whose nodes are the real firmware image, in QEMU, with a hand on their sensors.
//!
//! What stands around a board (radar, meter, DALI gear) is the simulator's; broker and clients are other
//! people's, and the agent is the program from outside.

use crate::witness::Witness;
use node::identity::Identity;
use simulator::emulated::node::CLASSROOM;
use simulator::emulated::{ByHand, EmulatedNode, LampChange, NodeSettings, Uart};
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use system_tests::campus::Agent;
use system_tests::mosquitto::Mosquitto;
use system_tests::place::Place;
use system_tests::wait;
use tokio::runtime::Runtime;
use wire::Id;

/// A busy machine runs several emulators and the agent on two cores.
const PATIENCE: Duration = Duration::from_secs(90);

/// Lamp channels of every classroom.
pub const LAMPS: [&str; 2] = ["window", "inner"];

/// The image: what `CAMPUS_NODE_IMAGE` names, or where `cargo xtask boards` leaves it.
pub fn image() -> PathBuf {
    if let Some(named) = std::env::var_os("CAMPUS_NODE_IMAGE") {
        return PathBuf::from(named);
    }
    let exe = std::env::current_exe().expect("the path of this test");
    let target =
        exe.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    let target = target.and_then(|folder| folder.parent()).expect("a target folder");
    let image = target.join("boards/thumbv7em-none-eabihf/release/board-qemu");
    assert!(image.is_file(), "no image of board-qemu: run `cargo xtask boards` once");
    image
}

/// One classroom.
pub struct Classroom {
    /// Its node's id.
    pub id: String,
    /// Its sensors, meters and lamps.
    pub room: Arc<ByHand>,
    node: EmulatedNode,
    runtime: Arc<Runtime>,
}

/// A few classrooms, their broker and their agent.
pub struct School {
    /// Its classrooms, `c1` and on.
    pub classrooms: Vec<Classroom>,
    /// Its agent.
    pub agent: Agent,
    /// Its broker.
    pub broker: Mosquitto,
    _place: Place,
}

impl School {
    /// Starts everything and waits until every node is heard.
    pub fn start(test: &str, classrooms: usize) -> Self {
        Self::start_with(test, classrooms, "", &|_, _| {})
    }

    /// The same with further lines of Mosquitto's configuration, and nodes that `change` makes who they are; it is
    /// given their number, from 1.
    pub fn start_with(
        test: &str,
        classrooms: usize,
        lines: &str,
        change: &dyn Fn(usize, &mut Identity),
    ) -> Self {
        let lines = format!("max_inflight_messages 1000\nmax_packet_size 4096\n{lines}");
        // Each listener has accounts of its own.
        let broker = Mosquitto::start_behind(test, "per_listener_settings true", &lines);
        let agent = Agent::start(test, &broker.url(), &config(classrooms));
        let place = Place::new(&format!("{test}-nodes"));
        let runtime = Arc::new(Runtime::new().expect("a runtime"));
        let classrooms = (1..=classrooms)
            .map(|number| {
                let folder = place.path().join(number.to_string());
                let mut identity = identity(number, broker.port());
                change(number, &mut identity);
                Classroom::start(number, folder, identity, &runtime)
            })
            .collect();
        let school = Self { classrooms, agent, broker, _place: place };
        for classroom in &school.classrooms {
            school.heard(classroom);
        }
        school
    }

    /// Waits until a node is online, and a frame of it is acknowledged.
    pub fn heard(&self, classroom: &Classroom) {
        let what = format!("{} is heard", classroom.id);
        wait::until(&what, PATIENCE, || {
            let node = self.node(classroom);
            node["acked_seq"].as_u64()?;
            (node["state"] == "online").then_some(())
        });
    }

    /// Waits until the agent has committed and acknowledged everything that a node ever offered.
    pub fn drained(&self, classroom: &Classroom, witness: &Witness) {
        self.heard(classroom);
        self.acknowledged_anew(classroom);
        let what = format!("{} has nothing unacknowledged", classroom.id);
        wait::until(&what, PATIENCE, || {
            let status = classroom.held()?;
            (status == 0 && witness.all_acknowledged(&classroom.id)).then_some(())
        });
    }

    /// Waits until one more frame of the running boot is acknowledged.
    pub fn acknowledged_anew(&self, classroom: &Classroom) {
        let key = |node: &serde_json::Value| (node["boot"].as_u64(), node["acked_seq"].as_u64());
        let before = key(&self.node(classroom));
        wait::until(&format!("{} is acknowledged anew", classroom.id), PATIENCE, || {
            (key(&self.node(classroom)) > before).then_some(())
        });
    }

    /// What the agent says of a node.
    pub fn node(&self, classroom: &Classroom) -> serde_json::Value {
        self.agent.json(&["node", "show", &classroom.id])
    }
}

impl Classroom {
    /// Starts a classroom whose node is this one; nobody waits until it is heard.
    pub fn start(
        number: usize,
        folder: PathBuf,
        identity: Identity,
        runtime: &Arc<Runtime>,
    ) -> Self {
        let room = Arc::new(ByHand::new(LAMPS.len()));
        room.see(|seen| seen.illuminance_lx = 20.0);
        let id = identity.node.to_string();
        let number = u16::try_from(number).expect("few");
        let settings = NodeSettings { image: image(), folder, identity, number };
        let node = runtime.block_on(EmulatedNode::start(settings, room.clone()));
        let node = node.unwrap_or_else(|error| panic!("{id}: {error}"));
        Self { id, room, node, runtime: runtime.clone() }
    }

    /// Waits until lamps do what `wanted` says, and answers when they did: all changes since the last
    /// time somebody asked, up to there.
    pub fn lamps_until(
        &self,
        what: &str,
        mut wanted: impl FnMut(&[u8]) -> bool,
    ) -> Vec<LampChange> {
        let mut changes = Vec::new();
        wait::until(&format!("{}: {what}", self.id), PATIENCE, || {
            changes.extend(self.room.take_changes());
            wanted(&self.room.levels()).then_some(())
        });
        changes.extend(self.room.take_changes());
        changes
    }

    /// Waits until the node's console has said `what`, counted from `since` bytes on; answers the rest
    /// of that line.
    pub fn said(&self, since: usize, what: &str) -> String {
        wait::until(&format!("{} says `{what}`", self.id), PATIENCE, || {
            let console = self.console();
            let line = console.get(since..)?.lines().find_map(|line| line.split_once(what))?;
            Some(line.1.trim().to_owned())
        })
    }

    /// Everything that the console has said.
    pub fn console(&self) -> String {
        let log = self.node.settings().console_log();
        String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned()
    }

    /// Types a line on the console. Whoever lets go of the answer unplugs the cable.
    pub fn type_line(&self, line: &str) -> UnixStream {
        let socket = self.node.settings().socket(Uart::Console);
        let mut uart = UnixStream::connect(socket).expect("the console");
        writeln!(uart, "{line}").expect("the console");
        uart
    }

    /// Frames that the node says it still holds.
    fn held(&self) -> Option<u32> {
        let since = self.console().len();
        let _typed = self.type_line("status");
        self.said(since, " held ").split(' ').next()?.parse().ok()
    }

    /// Pulls its network cable, or plugs it in.
    pub fn set_link(&self, up: bool) {
        let machine = self.node.machine().expect("it has its supply");
        self.runtime.block_on(machine.set_link(up)).expect("QEMU does it");
    }

    /// Takes its supply away (`kill -9`).
    pub fn kill(&mut self) {
        self.node.kill();
    }

    /// Gives its supply back.
    pub fn again(&mut self) {
        self.runtime.block_on(self.node.again()).expect("it starts again");
    }

    /// Breaks the lamp of the first gear of a lamp channel, or mends it.
    pub fn break_lamp(&self, channel: usize, broken: bool) {
        let mut line = self.node.line().lock().expect("nobody panics holding it");
        line.with_gears(|gears, now_ms| {
            let gear = gears.iter_mut().find(|(of, _)| *of == channel).map(|(_, gear)| gear);
            gear.expect("a gear of that channel").set_lamp_failed(broken, now_ms);
        });
    }
}

/// Who the node of a classroom is: `c1` and on, without a password, at a broker of this computer.
pub fn identity(number: usize, port: u16) -> Identity {
    Identity {
        campus: Id::new("test").expect("an identifier"),
        node: Id::new(&format!("c{number}")).expect("an identifier"),
        host: "10.0.2.2".try_into().expect("short"),
        port,
        password: "".try_into().expect("short"),
        profile: "classroom".try_into().expect("short"),
        lamps: LAMPS.iter().map(|lamp| Id::new(lamp).expect("an identifier")).collect(),
        fitted: CLASSROOM.into_iter().collect(),
        secure: Default::default(),
        unlock: None,
        boot: 0,
    }
}

/// The configuration of a campus with so many classrooms of two zones; lamps go out a minute after the last
/// movement, so that a test sees both.
pub fn config(classrooms: usize) -> String {
    let mut text = String::from(
        r#"
[campus]
id = "test"
name = "Test school"
time_zone = "Asia/Shanghai"
[broker]
url = "{broker}"
username = "agent"
[store]
path = "campus.db"
[api]
socket = "{socket}"
[timetable]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
open = "00:00-24:00"
[lighting]
hold_min = 1
"#,
    );
    for number in 1..=classrooms {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "[[room]]\nid = \"east/c{number}\"");
        for lamp in LAMPS {
            let _ = writeln!(text, "[[room.zone]]\nid = \"{lamp}\"\nnode = \"c{number}\"");
        }
    }
    for number in 1..=classrooms {
        let _ = writeln!(text, "[[node]]\nid = \"c{number}\"\nroom = \"east/c{number}\"");
    }
    text
}

/// Prints how long things took: how many, the median, and the slowest.
pub fn print_ms(what: &str, mut took: Vec<Duration>) {
    took.sort();
    let (count, ms) = (took.len(), |at: usize| took[at].as_secs_f64() * 1000.0);
    let p99 = (count * 99).div_ceil(100) - 1;
    println!("{what}: {count} times, p50 {:.0} ms, p99 {:.0} ms", ms(count / 2), ms(p99));
}

/// How long after `begun` the first lamp went to a level above or at 0 %, as `lit` says.
pub fn first(changes: &[LampChange], begun: Instant, lit: bool) -> Duration {
    let after = changes.iter().filter(|change| change.at >= begun);
    let found = after.filter(|change| (change.level_pct > 0) == lit).map(|change| change.at).min();
    found.expect("a lamp that changed") - begun
}
