//! The bench's end of the identity page: lines `key=value` in, a page of 4096 bytes out.
//!
//! `cargo xtask identity` runs it, so that only [`node::identity`] knows what a page looks like.

use node::identity::{Identity, PAGE_BYTES};
use std::io::{Read, Write, stderr, stdin, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever closed the terminal does not want to read it.
            let _ = writeln!(stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut lines = String::new();
    stdin().read_to_string(&mut lines)?;
    let mut page = [0xFF; PAGE_BYTES];
    Identity::parse(&lines)?.write(&mut page).map_err(|_| "the lines do not fit a page")?;
    stdout().write_all(&page)?;
    Ok(())
}
