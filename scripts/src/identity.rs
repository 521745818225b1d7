//! `cargo xtask identity`: the page that tells a node who it is, as a file to drop on its board.
//!
//! What a page looks like only `node::identity` knows; its example writes it. Here it gets its address.

use crate::run::target_dir;
use crate::uf2;
use anyhow::{Context, bail, ensure};
use checks::repository::root;
use std::io::Write;
use std::process::{Command, ExitCode, Stdio};

/// Keys of a page that are no secret.
const KEYS: [&str; 8] =
    ["campus", "node", "broker", "server", "profile", "lamps", "fitted", "boot"];

/// PEM files: the key of the page, and the block of the file that it takes (RFC 7468, RFC 5915).
const PEMS: [(&str, &str); 3] =
    [("ca", "CERTIFICATE"), ("cert", "CERTIFICATE"), ("key", "EC PRIVATE KEY")];

/// Boards, and where their node areas begin, which is where the page lies: `memory.x` of each.
pub const BOARDS: [(&str, u32); 2] =
    [("w5500-evb-pico2", 0x1018_0000), ("nucleo-h563zi", 0x0816_0000)];

const HELP: &str = "\
Usage: cargo xtask identity --out FILE --campus ID --node ID --broker HOST:PORT [more]

  --out FILE            .uf2 to drop on the drive of a W5500-EVB-Pico2, .bin for anything else
  --board NAME          w5500-evb-pico2 (as if not said) or nucleo-h563zi: where the page lies
  --campus, --node      identifiers; the node's is also its account at the broker
  --broker HOST:PORT    IPv4 address or DNS name
  --password-file FILE  the password of its account, on the first line
  --ca-file FILE        PEM of the campus's certificate authority: TLS, and nothing without it
  --server NAME         the name in the broker's certificate, if it is not the broker's host
  --cert-file FILE, --key-file FILE
                        PEM of the node's own certificate and its P-256 key (`EC PRIVATE KEY`)
  --unlock-file FILE    64 hexadecimal digits: the key of the serial console
  --boot NUMBER         first number of its starts, above those of the board whose name it takes
  --profile NAME        what it is, for people: classroom (as if not said)
  --lamps A,B,C         names of its lamp channels, in the order in which they are wired
  --fitted A,B,C        what is wired: pir, switch, radar, bh1750, veml7700, scd4x, sht4x,
                        meter-sdm120, dali, pwm
";

/// The verb.
pub fn verb(args: &[String]) -> anyhow::Result<ExitCode> {
    if args.is_empty() {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let asked = Asked::of(args)?;
    let content = content(&asked, &page(&asked.lines)?)?;
    std::fs::write(&asked.out, content).with_context(|| format!("cannot write {}", asked.out))?;
    println!("{}: identity page for {}, at {:#010x}", asked.out, asked.board.0, asked.board.1);
    if asked.out.ends_with(".bin") {
        let file = &asked.out;
        println!(
            "probe-rs download --chip STM32H563ZITx --binary-format bin --base-address {:#010x} {file}",
            asked.board.1
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// What the words after `identity` say.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    out: String,
    board: (&'static str, u32),
    lines: String,
}

impl Asked {
    fn of(args: &[String]) -> anyhow::Result<Self> {
        let (mut out, mut board, mut lines) = (None, BOARDS[0], String::new());
        let mut words = args.iter();
        while let Some(word) = words.next() {
            let key = word
                .strip_prefix("--")
                .with_context(|| format!("`{word}` has no --name\n\n{HELP}"))?;
            let value = words.next().with_context(|| format!("--{key} wants a value"))?;
            ensure!(!value.contains('\n'), "--{key} is one line");
            match key {
                "out" => out = Some(value.clone()),
                "board" => {
                    let known = BOARDS.into_iter().find(|(name, _)| name == value);
                    board = known.with_context(|| {
                        let names = BOARDS.map(|(name, _)| name).join(", ");
                        format!("there is no board `{value}`\n\nhint: {names}")
                    })?;
                }
                "password-file" | "unlock-file" => {
                    let key = key.trim_end_matches("-file");
                    lines += &format!("{key}={}\n", read(value)?.lines().next().unwrap_or(""));
                }
                "ca-file" | "cert-file" | "key-file" => {
                    let key = key.trim_end_matches("-file");
                    let block = PEMS.into_iter().find(|(of, _)| *of == key);
                    let (_, label) = block.context("a file without a block")?;
                    let body = pem(&read(value)?, label);
                    lines += &format!("{key}={}\n", body.with_context(|| wrong_pem(value, label))?);
                }
                "password" | "unlock" | "key" => bail!(
                    "a secret on a command line is seen by everybody on this computer\n\n\
                     hint: --{key}-file"
                ),
                key if KEYS.contains(&key) => lines += &format!("{key}={value}\n"),
                key => bail!("there is no --{key}\n\n{HELP}"),
            }
        }
        let out = out.context("--out says where to write\n\nhint: --out node.uf2")?;
        Ok(Self { out, board, lines })
    }
}

fn read(file: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))
}

/// The base64 of the first block of this kind, in one line.
fn pem(text: &str, label: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    Some(body.split_whitespace().collect())
}

fn wrong_pem(file: &str, label: &str) -> String {
    let hint = if label.ends_with("KEY") {
        "\n\nhint: `openssl ec -in FILE -out SEC1-FILE` turns other forms of a P-256 key into it"
    } else {
        ""
    };
    format!("{file} holds no `-----BEGIN {label}-----`{hint}")
}

/// The page of these lines, or what is wrong with them.
fn page(lines: &str) -> anyhow::Result<Vec<u8>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args(["run", "--quiet", "--package", "node", "--example", "identity"])
        .env("CARGO_TARGET_DIR", target_dir())
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo")?;
    let mut input = child.stdin.take().context("cargo takes no input")?;
    input.write_all(lines.as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "no page was written: the reason stands above");
    Ok(output.stdout)
}

/// The page as the file that was asked for.
fn content(asked: &Asked, page: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (board, address) = asked.board;
    match asked.out.rsplit_once('.') {
        Some((_, "bin")) => Ok(page.to_vec()),
        Some((_, "uf2")) if board == BOARDS[0].0 => {
            Ok(uf2::file(uf2::RP2350_ARM_S, &[(address, page)]))
        }
        Some((_, "uf2")) => bail!("{board} has no drive to drop a file on\n\nhint: --out node.bin"),
        _ => bail!("--out ends with .uf2 or .bin"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &str) -> anyhow::Result<Asked> {
        Asked::of(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn words_become_lines() {
        let asked = asked("--campus a --out x.uf2 --broker 10.0.0.1:1883 --node b").unwrap();
        assert_eq!(asked.lines, "campus=a\nbroker=10.0.0.1:1883\nnode=b\n");
        assert_eq!(asked.board, ("w5500-evb-pico2", 0x1018_0000));
    }

    #[test]
    fn files_of_certificates_and_keys_become_lines_and_what_is_none_is_refused() {
        let folder = std::env::temp_dir().join(format!("xtask-identity-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = |name: &str, text: &str| {
            std::fs::write(folder.join(name), text).unwrap();
            folder.join(name).display().to_string()
        };
        let ca =
            file("ca", "x\n-----BEGIN CERTIFICATE-----\nMAAw\nMAA=\n-----END CERTIFICATE-----\n");
        let key = file(
            "key",
            "-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----\n\
             -----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n",
        );
        let lines = asked(&format!("--out x.bin --ca-file {ca} --key-file {key}")).unwrap().lines;
        assert_eq!(lines, "ca=MAAwMAA=\nkey=MAA=\n");
        let error = asked(&format!("--out x.bin --key-file {ca}")).unwrap_err().to_string();
        assert!(error.contains("EC PRIVATE KEY") && error.contains("openssl ec"), "{error}");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_is_refused_with_a_way_out() {
        for (words, told) in [
            ("--campus a", "--out"),
            ("--out x.uf2 --board pico", "w5500-evb-pico2"),
            ("--out x.uf2 --password hunter2", "--password-file"),
            ("--out x.uf2 --unlock 00", "--unlock-file"),
            ("--out x.uf2 --lamp a", "--lamps"),
            ("x.uf2", "--out FILE"),
            ("--out", "wants a value"),
        ] {
            let error = asked(words).unwrap_err().to_string();
            assert!(error.contains(told), "{words}: {error}");
            assert!(!error.contains("hunter2"));
        }
    }

    #[test]
    fn a_page_gets_its_address() {
        let page = [0x55; 4096];
        let uf2 = content(&asked("--out x.uf2").unwrap(), &page).unwrap();
        assert_eq!(uf2.len(), 16 * 512);
        assert_eq!(uf2[12..16], 0x1018_0000_u32.to_le_bytes());
        let bin = content(&asked("--out x.bin --board nucleo-h563zi").unwrap(), &page).unwrap();
        assert_eq!(bin, page);
        assert!(content(&asked("--out x.uf2 --board nucleo-h563zi").unwrap(), &page).is_err());
        assert!(content(&asked("--out x").unwrap(), &page).is_err());
    }

    #[test]
    fn addresses_are_those_of_the_linker_scripts() {
        for (board, address) in BOARDS {
            let script = root().join(format!("firmware/board-{board}/memory.x"));
            let script = std::fs::read_to_string(script).unwrap();
            let line = format!("NODE  : ORIGIN = {address:#010x},");
            assert!(script.contains(&line), "{board}: {line}");
        }
    }
}
