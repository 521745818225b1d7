//! Plays a data centre of the building-energy protocol, or tries somebody else's.
//!
//! ```console
//! $ cargo run -p system-tests --bin mohurd -- centre g keys.txt 0.0.0.0:9006
//! $ cargo run -p system-tests --bin mohurd -- try g keys.txt 192.0.2.7:9006 310101D064 01
//! ```
//!
//! The second argument is a dialect that is built in, or a file. `try` sends the values of two invented
//! meters for the first days of June 2014: ask whoever runs the centre first.

use mohurd::{BuildingId, Codec, Dialect, GatewayId, Key, Keys};
use std::process::ExitCode;
use std::time::Duration;
use system_tests::mohurd::centre::ReferenceCentre;
use system_tests::mohurd::tester::{Subject, all};

const USAGE: &str = "usage: mohurd centre DIALECT KEYFILE ADDRESS\n       mohurd try DIALECT KEYFILE ADDRESS BUILDING GATEWAY";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = match arguments[..] {
        ["centre", dialect, keys, address] => centre(dialect, keys, address),
        ["try", dialect, keys, address, building, gateway] => {
            attempt(dialect, keys, address, building, gateway)
        }
        _ => Err(USAGE.to_owned()),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(2)
    })
}

fn centre(dialect: &str, keys: &str, address: &str) -> Result<ExitCode, String> {
    let codec =
        Codec::new(dialect_of(dialect)?, keys_of(keys)?).map_err(|fault| fault.to_string())?;
    let address = address.parse().map_err(|_| format!("`{address}` is no address with a port"))?;
    let centre =
        ReferenceCentre::listen(codec, address).map_err(|error| format!("{address}: {error}"))?;
    println!("listening on {}", centre.address());
    let mut told = 0;
    loop {
        std::thread::park_timeout(Duration::from_secs(1));
        let held = centre.held();
        for finding in held.findings.iter().skip(told) {
            println!("finding: {finding:?}");
        }
        if held.findings.len() > told {
            told = held.findings.len();
            println!(
                "{} rows, {} logins, {} again, {} differing",
                held.rows.len(),
                held.logins,
                held.again,
                held.differing
            );
        }
    }
}

fn attempt(
    dialect: &str,
    keys: &str,
    address: &str,
    building: &str,
    gateway: &str,
) -> Result<ExitCode, String> {
    let (dialect, keys) = (dialect_of(dialect)?, keys_of(keys)?);
    let stranger = Keys { auth: Key::new(*b"a key of nobody!"), ..keys.clone() };
    let codec = |keys| Codec::new(dialect.clone(), keys).map_err(|fault| fault.to_string());
    let subject = Subject {
        address: address.parse().map_err(|_| format!("`{address}` is no address with a port"))?,
        codec: codec(keys)?,
        stranger: codec(stranger)?,
        building_id: BuildingId::new(building).map_err(|fault| fault.to_string())?,
        gateway_id: GatewayId::new(gateway).map_err(|fault| fault.to_string())?,
        patience: Duration::from_secs(10),
    };
    let mut failed = 0;
    for verdict in all(&subject) {
        match verdict.fault {
            None => println!("ok    {}", verdict.check),
            Some(fault) => {
                failed += 1;
                println!("FAIL  {}: {fault}", verdict.check);
            }
        }
    }
    Ok(ExitCode::from(u8::from(failed > 0)))
}

fn dialect_of(name: &str) -> Result<Dialect, String> {
    if let Some(dialect) = Dialect::shipped(name) {
        return Ok(dialect);
    }
    let text = std::fs::read_to_string(name).map_err(|error| format!("dialect {name}: {error}"))?;
    Dialect::parse(&text).map_err(|fault| fault.to_string())
}

fn keys_of(path: &str) -> Result<Keys, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    Keys::parse(&text).map_err(|fault| format!("{path}: {fault}"))
}
