//! A real PostgreSQL of one test, on a Unix socket in a folder of its own.

use crate::child::Running;
use crate::place::Place;
use crate::wait;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The role and the database that the receivers use. It is no superuser, so that row-level security holds.
pub const ROLE: &str = "campus_hub";

/// A running cluster.
pub struct Postgres {
    process: Option<Running>,
    bin: PathBuf,
    /// Owned by whoever runs the cluster.
    folder: PathBuf,
    /// Removed with the test.
    place: Place,
    durable: bool,
}

/// Where the server's programs are: Debian keeps them off the path, one folder per version.
pub fn bin() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok().into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.extend(
        std::env::var_os("PATH")
            .iter()
            .flat_map(|path| std::env::split_paths(path).collect::<Vec<_>>()),
    );
    let programs = ["initdb", "postgres", "psql", "pg_dump"];
    folders.retain(|folder| programs.iter().all(|program| folder.join(program).exists()));
    folders.sort();
    folders.pop()
}

/// PostgreSQL does not run as root: then it runs as the user that Debian's package makes.
fn command(program: &Path) -> Command {
    let is_root = rustix::process::getuid().is_root();
    let mut command = if is_root { Command::new("setpriv") } else { Command::new(program) };
    if is_root {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    }
    command.stdin(Stdio::null());
    command
}

impl Postgres {
    /// Makes a cluster and starts it.
    ///
    /// # Panics
    /// When PostgreSQL is not installed (`cargo xtask test` installs it) or does not start.
    pub fn start(test: &str) -> Self {
        Self::with(test, false)
    }

    /// The same, whose commits are on the disk when they are answered, as in production.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub fn durable(test: &str) -> Self {
        Self::with(test, true)
    }

    fn with(test: &str, durable: bool) -> Self {
        let bin = bin().expect("PostgreSQL is not installed: run `cargo xtask test` once");
        let place = Place::new(&format!("{test}-postgres"));
        let folder = place.path().join("pg");
        std::fs::create_dir(&folder).expect("a folder in the test's folder");
        if rustix::process::getuid().is_root() {
            let owned = Command::new("chown").arg("postgres:").arg(&folder).status();
            assert!(owned.is_ok_and(|status| status.success()), "chown to postgres");
        }
        let mut init = command(&bin.join("initdb"));
        init.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "-D",
        ]);
        let made = init.arg(folder.join("data")).output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let mut cluster = Self { process: None, bin, folder, place, durable };
        cluster.again();
        cluster.as_superuser(&format!("create role {ROLE} login"), "postgres");
        cluster.as_superuser(&format!("create database {ROLE} owner {ROLE}"), "postgres");
        cluster
    }

    /// Starts it again, after [`Postgres::crash`].
    ///
    /// # Panics
    /// When it does not answer within 60 s.
    pub fn again(&mut self) {
        let mut server = command(&self.bin.join("postgres"));
        server.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder);
        // What the kernel has outlives every process, and more is not taken from it here: no test cuts the
        // power. Without, a start after a crash waits for the disk of a busy machine.
        let fsync = if self.durable { "fsync=on" } else { "fsync=off" };
        for setting in ["listen_addresses=", "max_connections=100", fsync] {
            server.args(["-c", setting]);
        }
        self.process = Some(Running::start(server, &self.place.path().join("postgres.log")));
        wait::until("PostgreSQL answers", Duration::from_secs(60), || {
            let mut ready = self.psql_command("postgres", "postgres");
            ready.args(["-c", "select 1"]).output().ok()?.status.success().then_some(())
        });
    }

    /// Ends it in the immediate mode: no checkpoint, open transactions are gone, the log is replayed at the
    /// next start.
    pub fn crash(&mut self) {
        if let Some(mut process) = self.process.take() {
            let id = process.id().to_string();
            Command::new("kill").args(["-QUIT", &id]).status().expect("kill");
            wait::until("PostgreSQL ends", Duration::from_secs(60), || process.ended());
        }
    }

    /// `[database] url` of a receiver.
    pub fn url(&self) -> String {
        self.url_of(ROLE)
    }

    /// The same for another database of this cluster.
    pub fn url_of(&self, database: &str) -> String {
        format!("host={} user={ROLE} dbname={database}", self.folder.display())
    }

    /// What `psql` prints for `sql`: fields with `|` between, rows as lines.
    ///
    /// # Panics
    /// When PostgreSQL refuses.
    pub fn ask(&self, sql: &str) -> String {
        self.ask_of(ROLE, sql)
    }

    /// The same in another database of this cluster.
    ///
    /// # Panics
    /// When PostgreSQL refuses.
    pub fn ask_of(&self, database: &str, sql: &str) -> String {
        self.psql(database, ROLE, sql)
    }

    /// As the owner of the cluster.
    ///
    /// # Panics
    /// When PostgreSQL refuses.
    pub fn as_superuser(&self, sql: &str, database: &str) -> String {
        self.psql(database, "postgres", sql)
    }

    /// What a database holds, as `pg_dump` writes it.
    ///
    /// # Panics
    /// When it cannot be dumped.
    pub fn dump(&self) -> String {
        let mut dump = Command::new(self.bin.join("pg_dump"));
        // A superuser: row-level security would hide rows from a dump.
        dump.arg("-h").arg(&self.folder).args(["-U", "postgres", ROLE]);
        let output = dump.output().expect("pg_dump runs");
        assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("a dump is text")
    }

    /// Throws the database away and makes it again from a dump.
    ///
    /// # Panics
    /// When that fails.
    pub fn restore(&self, dump: &str) {
        self.as_superuser(&format!("drop database {ROLE} with (force)"), "postgres");
        self.as_superuser(&format!("create database {ROLE} owner {ROLE}"), "postgres");
        let file = self.place.write("dump.sql", dump);
        let mut psql = self.psql_command(ROLE, "postgres");
        let output = psql.arg("-f").arg(file).output().expect("psql runs");
        assert!(output.status.success(), "restore: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn psql(&self, database: &str, role: &str, sql: &str) -> String {
        let output =
            self.psql_command(database, role).args(["-c", sql]).output().expect("psql runs");
        assert!(output.status.success(), "{sql}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("psql prints text")
    }

    fn psql_command(&self, database: &str, role: &str) -> Command {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-U", role, "-d", database]);
        psql.arg("-h").arg(&self.folder);
        psql
    }

    /// The server's process, for its CPU time; that of its backends is not in it.
    pub fn process(&self) -> Option<&Running> {
        self.process.as_ref()
    }

    /// CPU seconds of the server and all its backends so far, also of those that have ended.
    pub fn cpu_s(&self) -> f64 {
        let Some(process) = &self.process else { return 0.0 };
        let own = process.cpu_with_children_s();
        let backends = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let living = backends.filter_map(|entry| {
            let id: u32 = entry.file_name().to_str()?.parse().ok()?;
            crate::child::cpu_of_child_s(id, process.id())
        });
        own + living.sum::<f64>()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.process.is_some() && !std::thread::panicking() {
            self.crash();
        }
    }
}
