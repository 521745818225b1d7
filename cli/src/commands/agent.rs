//! `campus agent`: runs the agent of a campus until it is told to end.

use crate::error::{Error, Exit};
use agent::clock::Clock;
use agent::config::Config;
use agent::run;
use std::path::Path;

pub fn run(config: &Path) -> Result<Exit, Error> {
    let config =
        Config::load_to_run(config).map_err(|error| Error::Config { shown: error.to_string() })?;
    run::log(config.log_format);
    // One thread for the connection, the loop and the API: they hand each other every frame, and a
    // second thread would cost more in waking it than it saves. Database and embedded broker have
    // threads of their own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Output)?;
    runtime.block_on(run::until_signal(config, Clock::System)).map_err(Error::from)?;
    Ok(Exit::Done)
}
