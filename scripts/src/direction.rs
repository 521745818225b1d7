//! Who may depend on whom: ARCHITECTURE.md, "Who may depend on whom", as a table.
//!
//! Only normal dependencies count: a test may use what its crate may not.

use anyhow::{Context, bail};
use std::path::Path;
use std::process::Command;

/// What one crate may use.
struct Rule {
    krate: &'static str,
    /// Our crates it may name in its `Cargo.toml`.
    ours: &'static [&'static str],
    foreign: Foreign,
}

/// Which crates of other people it may name.
enum Foreign {
    /// Pure crates: these only. Each new name is a decision about what "pure" means.
    Only(&'static [&'static str]),
    /// Anything but these.
    AllBut(&'static [&'static str]),
}

/// One line per crate. A crate without a line is a finding, so a new one has to be placed.
const RULES: &[Rule] = &[
    // `serde` is a feature of `wire` for identifiers in configuration, off in firmware.
    Rule { krate: "wire", ours: &[], foreign: Foreign::Only(&["heapless", "serde"]) },
    // … and of `lighting` for the controller's checkpoints.
    Rule { krate: "lighting", ours: &["wire"], foreign: Foreign::Only(&["heapless", "serde"]) },
    Rule {
        krate: "node",
        ours: &["wire", "lighting"],
        foreign: Foreign::Only(&["base64", "heapless"]),
    },
    // Pure: a wire and the gear on it. It knows nothing of nodes.
    Rule { krate: "dali", ours: &[], foreign: Foreign::Only(&[]) },
    // Pins and buses through traits only: no board, no executor, no network.
    Rule {
        krate: "drivers",
        ours: &["wire", "dali"],
        foreign: Foreign::Only(&[
            "embedded-hal",
            "embedded-hal-async",
            "embedded-io-async",
            "heapless",
            "libscd",
            "veml7700",
            "rmodbus",
        ]),
    },
    // Both ends of the serial console: bytes in, bytes out.
    Rule {
        krate: "smp",
        ours: &[],
        foreign: Foreign::Only(&["base64", "crc", "heapless", "hmac", "minicbor", "sha2"]),
    },
    // What every board shares. Anything that needs no operating system may be below it.
    Rule {
        krate: "shell",
        ours: &["wire", "node", "dali", "drivers", "smp"],
        foreign: Foreign::AllBut(&["rusqlite", "rumqttc", "tokio"]),
    },
    // Rules are a TOML file; "did you mean" is the same everywhere.
    Rule {
        krate: "rules",
        ours: &["lighting"],
        foreign: Foreign::Only(&["serde", "strsim", "toml"]),
    },
    // Profiles are TOML files.
    Rule {
        krate: "device-profiles",
        ours: &["wire"],
        foreign: Foreign::Only(&["serde", "toml", "toml_edit"]),
    },
    // Other people's protocol, both ends of it, and nothing of ours: a hub or a test uses it as it is.
    Rule {
        krate: "mohurd",
        ours: &[],
        foreign: Foreign::Only(&[
            "aes",
            "cbc",
            "crc",
            "csv",
            "ecb",
            "encoding_rs",
            "jiff",
            "md-5",
            "quick-xml",
            "serde",
            "thiserror",
            "toml",
            "zip",
        ]),
    },
    // Local days and lesson times need time zones; `jiff` is given the time, it never asks. A
    // checkpoint is bytes made with `postcard`.
    Rule {
        krate: "controller",
        ours: &["wire", "lighting", "rules", "device-profiles"],
        foreign: Foreign::Only(&["heapless", "jiff", "serde", "postcard"]),
    },
    // What travels to a hub: hashed, signed, packed; bytes in, bytes out.
    Rule {
        krate: "batch",
        ours: &["wire"],
        foreign: Foreign::Only(&["base64", "ed25519-dalek", "serde", "serde_json", "sha2", "zstd"]),
    },
    // Text and certificates; keys of certificates are the one thing that it draws.
    Rule {
        krate: "broker",
        ours: &["wire"],
        foreign: Foreign::Only(&[
            "base64",
            "pbkdf2",
            "rcgen",
            "serde_json",
            "sha2",
            "thiserror",
            "time",
            "x509-parser",
        ]),
    },
    Rule {
        krate: "agent",
        ours: &[
            "wire",
            "batch",
            "broker",
            "smp",
            "lighting",
            "rules",
            "controller",
            "device-profiles",
            "mohurd",
        ],
        foreign: Foreign::AllBut(&[]),
    },
    // It knows campuses by what they send, not by how they make it.
    Rule {
        krate: "hub",
        ours: &["batch", "mohurd"],
        foreign: Foreign::AllBut(&["rusqlite", "rmqtt"]),
    },
    Rule {
        krate: "simulator",
        ours: &["wire", "lighting", "node", "dali", "device-profiles"],
        foreign: Foreign::AllBut(&["rusqlite"]),
    },
    // It asks the agent, never the database or the broker: docs/adr/0008.
    Rule {
        krate: "cli",
        ours: &[
            "wire",
            "batch",
            "broker",
            "agent",
            "hub",
            "rules",
            "simulator",
            "device-profiles",
            "smp",
        ],
        foreign: Foreign::AllBut(&["rusqlite", "rumqttc", "rmqtt", "tokio-postgres"]),
    },
    Rule {
        krate: "system-tests",
        ours: &[
            "wire",
            "batch",
            "broker",
            "lighting",
            "node",
            "dali",
            "mohurd",
            "controller",
            "agent",
            "simulator",
            "cli",
        ],
        foreign: Foreign::AllBut(&[]),
    },
    // Room-days by the thousand: the pure crates and what a world is made of; no agent, no broker.
    Rule {
        krate: "days",
        ours: &["wire", "lighting", "rules", "controller", "simulator"],
        foreign: Foreign::Only(&["heapless", "jiff"]),
    },
    // Automation knows no product code, or it could not repair it.
    Rule { krate: "xtask", ours: &[], foreign: Foreign::AllBut(&[]) },
    // Firmware images: built for their own targets, outside the workspace.
    Rule {
        krate: "bare",
        ours: &["wire", "lighting", "node", "dali", "drivers", "shell"],
        foreign: Foreign::AllBut(&["rusqlite", "rumqttc", "tokio"]),
    },
];

/// "`from` names `to` among its normal dependencies."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Package.
    pub from: String,
    /// Package it depends on.
    pub to: String,
}

/// One sentence per forbidden arrow, and per crate that no rule places.
pub fn forbidden(arrows: &[Arrow], members: &[String]) -> Vec<String> {
    let unplaced = members.iter().filter(|member| rule(member).is_none()).map(|member| {
        format!("`{member}` has no rule: give it a line in scripts/src/direction.rs")
    });
    let wrong = arrows.iter().filter_map(|arrow| {
        let rule = rule(&arrow.from)?;
        let allowed = if is_ours(&arrow.to) {
            rule.ours.contains(&arrow.to.as_str())
        } else {
            match rule.foreign {
                Foreign::Only(names) => names.contains(&arrow.to.as_str()),
                Foreign::AllBut(names) => !names.contains(&arrow.to.as_str()),
            }
        };
        (!allowed).then(|| {
            let Arrow { from, to } = arrow;
            format!(
                "{from} may not depend on {to}: see ARCHITECTURE.md, \"Who may depend on whom\""
            )
        })
    });
    unplaced.chain(wrong).collect()
}

fn rule(krate: &str) -> Option<&'static Rule> {
    // Boards are many and alike.
    let krate = if krate.starts_with("board-") { "bare" } else { krate };
    RULES.iter().find(|rule| rule.krate == krate)
}

fn is_ours(krate: &str) -> bool {
    krate.starts_with("board-") || RULES.iter().any(|rule| rule.krate == krate)
}

/// The members of the workspace at `folder`, and the arrows that leave them.
///
/// # Errors
/// Cargo cannot be run, or cannot read the workspace.
pub fn ask_cargo(folder: &Path) -> anyhow::Result<(Vec<String>, Vec<Arrow>)> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // What a manifest names is all that is asked, so nothing is resolved and no network is needed.
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(folder)
        .output()
        .context("cannot run `cargo metadata`")?;
    if !output.status.success() {
        bail!("`cargo metadata` in {}: {}", folder.display(), text(&output.stderr));
    }
    let metadata =
        serde_json::from_slice(&output.stdout).context("`cargo metadata` said no JSON")?;
    Ok(read_metadata(&metadata))
}

/// Members and normal dependencies out of the JSON of `cargo metadata --no-deps`.
pub fn read_metadata(metadata: &serde_json::Value) -> (Vec<String>, Vec<Arrow>) {
    let (mut members, mut arrows) = (Vec::new(), Vec::new());
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let from = package["name"].as_str().unwrap_or_default().to_owned();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            if dependency["kind"].is_null() {
                let to = dependency["name"].as_str().unwrap_or_default().to_owned();
                arrows.push(Arrow { from: from.clone(), to });
            }
        }
        members.push(from);
    }
    (members, arrows)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}
