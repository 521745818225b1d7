//! The campus of a demo: broker, agent and simulated nodes in this very program.

use super::summary::Outcome;
use super::{Happening, Settings};
use crate::error::Error;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

/// Runs a campus until its time is over or `stop` turns true.
///
/// Tells [`Happening::Ready`] once the agent answers on its socket; after that only what the agent's
/// API does not show ([`Happening::Fault`]), since everything else is read from there.
///
/// # Errors
/// [`Error::Run`] when a part of it cannot start or go on.
pub async fn run(
    settings: Settings,
    tell: UnboundedSender<Happening>,
    stop: watch::Receiver<bool>,
) -> Result<Outcome, Error> {
    drop((settings, tell, stop));
    Err(Error::Run {
        what: "campus demo".to_owned(),
        why: "this build has no simulator".to_owned(),
    })
}
