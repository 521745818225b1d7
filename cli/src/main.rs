//! `campus`: the command line of facilities staff and technicians, and the agent itself.
//!
//! It asks the agent and shows what it says; it decides nothing about rooms.
//!
//! | module | what it holds |
//! |---|---|
//! | `args` | what people type |
//! | `commands` | one function per command: ask, render, exit code |
//! | `render` | pages as text, pure |
//! | `html` | the report as a page for browsers and printers, pure |
//! | `sheet` | energy as CSV and as a workbook, pure |
//! | `demo` | `campus demo`, the live view, what happens as lines |
//! | `client` | HTTP over the agent's Unix socket |
//! | `error` | every error, its hint, its exit code |
//! | `words`, `when`, `page` | language; times; columns and colours |

mod args;
mod cable;
mod client;
mod commands;
mod demo;
mod error;
#[cfg(test)]
mod fixtures;
mod html;
mod label;
mod page;
mod render;
mod session;
mod sheet;
mod when;
mod words;

use clap::{ColorChoice, CommandFactory, FromArgMatches};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut command = args::Campus::command();
    if std::env::args_os().any(|arg| arg == "--no-color") {
        command = command.color(ColorChoice::Never);
    }
    let parsed =
        command.try_get_matches().and_then(|matches| args::Campus::from_arg_matches(&matches));
    match parsed {
        Ok(campus) => {
            let session = session::Session::new(&campus.global);
            session.exit_code(commands::run(campus.command, &session))
        }
        Err(error) => {
            // Help for a reader who went away is no error.
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(error::EXIT_ERROR))
        }
    }
}
