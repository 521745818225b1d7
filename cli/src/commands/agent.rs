//! `campus agent`: runs the agent of a campus until it is told to end.

use crate::error::{Error, Exit};
use agent::clock::Clock;
use agent::config::Config;
use agent::run;
use std::path::Path;

pub fn run(config: &Path) -> Result<Exit, Error> {
    let config =
        Config::load(config).map_err(|error| Error::Config { shown: error.to_string() })?;
    run::log(config.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Error::Output)?;
    runtime.block_on(run::until_signal(config, Clock::System)).map_err(Error::from)?;
    Ok(Exit::Done)
}
