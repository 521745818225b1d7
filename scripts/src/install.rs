//! What the tests need beyond Rust, and how it comes onto a Debian machine.

use crate::run::{Step, find_program};
use crate::toolchain::{self, Toolchain};
use crate::{bare, counterparts};
use std::process::{Command, Stdio};

/// Something the tests use that Rust does not bring.
pub struct Need {
    /// What for, for people.
    pub what_for: &'static str,
    /// What has to be there, for people.
    pub missing: &'static str,
    packages: &'static [&'static str],
    present: fn() -> bool,
    /// How it comes here, where no package brings it.
    make: Option<fn() -> anyhow::Result<bool>>,
}

/// A real broker, and its clients.
pub const BROKER: Need = Need {
    what_for: "tests against a real broker",
    missing: "mosquitto and mosquitto_pub",
    packages: &["mosquitto", "mosquitto-clients"],
    present: || find_program("mosquitto").is_some() && find_program("mosquitto_pub").is_some(),
    make: None,
};

/// A browser, and the program that steers it: reports are pages, and are looked at in a real one.
pub const BROWSER: Need = Need {
    what_for: "tests of reports in a browser",
    missing: "chromium and chromedriver",
    packages: &["chromium", "chromium-driver"],
    present: || find_program("chromium").is_some() && find_program("chromedriver").is_some(),
    make: None,
};

/// An ARM board on this machine.
pub const QEMU: Need = Need {
    what_for: "tests with emulated boards",
    missing: "qemu-system-arm",
    packages: &["qemu-system-arm"],
    present: || find_program("qemu-system-arm").is_some(),
    make: None,
};

/// A real database for hubs.
pub const POSTGRES: Need = Need {
    what_for: "tests of hubs against a real PostgreSQL",
    missing: "postgres and initdb",
    packages: &["postgresql", "postgresql-client"],
    present: postgres,
    make: None,
};

/// Other clocks for a program: hours without an agent pass in seconds.
pub const CLOCK: Need = Need {
    what_for: "tests in which hours pass",
    missing: "faketime",
    packages: &["faketime"],
    present: || find_program("faketime").is_some(),
    make: None,
};

/// A language that other people's meters are written in.
pub const PYTHON: Need = Need {
    what_for: "the counterparts below",
    missing: "python3 with venv",
    packages: &["python3", "python3-venv"],
    present: counterparts::python,
    make: None,
};

/// Meters and gateways that other people wrote, to talk to.
pub const COUNTERPARTS: Need = Need {
    what_for: "tests against meters played by pymodbus",
    missing: "pymodbus",
    packages: &[],
    present: counterparts::present,
    make: Some(counterparts::make),
};

/// A compiler for a target without an operating system.
pub const BARE: Need = Need {
    what_for: "the firmware of nodes",
    missing: "a compiler for thumbv7em-none-eabihf",
    packages: &toolchain::PACKAGES,
    present: || Toolchain::of(bare::TARGET).is_some(),
    make: None,
};

impl Need {
    /// Whether it is there.
    pub fn present(&self) -> bool {
        (self.present)()
    }
}

/// Installs what is missing where that is possible, and says what it does. Nothing is removed,
/// and no program that runs is stopped: Debian starts Mosquitto as a system service on port
/// 1883, which is left alone; the tests start their own brokers on free ports.
pub fn what_is_missing(needs: &[&Need]) -> anyhow::Result<()> {
    let missing: Vec<&&Need> = needs.iter().filter(|need| !need.present()).collect();
    if missing.is_empty() {
        println!("everything is here");
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    for need in &missing {
        println!("{} is not here: needed for {}", need.missing, need.what_for);
    }
    if !packages.is_empty() {
        install(packages)?;
    }
    for (need, make) in missing.iter().filter_map(|need| Some((need, need.make?))) {
        if !make()? {
            println!("{} could not be made; what needs it is left out below", need.missing);
        }
    }
    Ok(())
}

/// Debian keeps the server's programs off the path, in one folder per version.
fn postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let complete = |folder: &std::path::Path| {
        ["initdb", "postgres", "psql"].iter().all(|program| folder.join(program).exists())
    };
    versions.map(|version| version.path().join("bin")).any(|folder| complete(&folder))
        || ["initdb", "postgres", "psql"].iter().all(|program| find_program(program).is_some())
}

fn install(packages: Vec<&str>) -> anyhow::Result<()> {
    let Some(as_root) = way_to_install() else {
        println!("it cannot be installed: that takes apt-get, and root or sudo without a password");
        return Ok(());
    };
    println!("installing {} with apt-get", packages.join(", "));
    let update = apt(as_root).arg("update").run()?;
    let installed = update
        && apt(as_root)
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages)
            .run()?;
    if !installed {
        println!("apt-get did not install them; what needs them is left out below");
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum AsRoot {
    Already,
    Sudo,
}

fn way_to_install() -> Option<AsRoot> {
    find_program("apt-get")?;
    let quietly = |program: &str, args: &[&str]| {
        Command::new(program).args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()
    };
    if quietly("id", &["-u"]).is_some_and(|output| output.stdout == b"0\n") {
        return Some(AsRoot::Already);
    }
    let sudo = quietly("sudo", &["--non-interactive", "true"]);
    sudo.is_some_and(|output| output.status.success()).then_some(AsRoot::Sudo)
}

fn apt(as_root: AsRoot) -> Step {
    match as_root {
        AsRoot::Already => Step::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive"),
        AsRoot::Sudo => Step::new("sudo").args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]),
    }
}
