//! `campus agent`: runs the agent of a campus until it is told to end.

use crate::error::{Error, Exit};
use std::path::Path;

pub fn run(config: &Path) -> Result<Exit, Error> {
    Err(Error::Run {
        what: format!("campus agent --config {}", config.display()),
        why: "this build has no agent".to_owned(),
    })
}
