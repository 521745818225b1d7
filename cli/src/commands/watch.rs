//! `campus watch`, and what a demo shows: the same stream of snapshots as a picture or as lines.

use crate::args::Json;
use crate::client::{Agent, Snapshot};
use crate::demo::screen::{KEYS_EVERY, Screen, Wish, interrupted};
use crate::demo::{Happening, happening};
use crate::error::{Error, Exit};
use crate::page::Page;
use crate::session::Session;
use crate::when::Clock;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, channel};

/// Wait between two tries to reach an agent that went away: as often as it speaks.
const RETRY: Duration = Duration::from_secs(1);

pub async fn run(agent: Agent, session: &Session, plain: bool, json: Json) -> Result<Exit, Error> {
    if json.json {
        lines(&agent, session).await?;
    } else {
        follow(agent, session, session.terminal && !plain, None, None).await?;
    }
    Ok(Exit::Done)
}

/// `--json`: every line as it came.
async fn lines(agent: &Agent, session: &Session) -> Result<(), Error> {
    let mut watch = agent.watch().await?;
    loop {
        tokio::select! {
            line = watch.line() => match line? {
                Some(line) => session.print(&String::from_utf8_lossy(&line))?,
                None => return Ok(()),
            },
            () = interrupted() => return Ok(()),
        }
    }
}

/// What comes from the agent.
enum Tick {
    Heard(Box<Snapshot>),
    Away,
    Failed(Error),
}

/// Shows snapshots until a person leaves, `for_time` of real time is over, or `told` ends.
///
/// # Errors
/// When the agent speaks another language, or nobody reads.
pub async fn follow(
    agent: Agent,
    session: &Session,
    live: bool,
    for_time: Option<Duration>,
    mut told: Option<UnboundedReceiver<Happening>>,
) -> Result<(), Error> {
    let mut ticks = ticks(agent);
    let mut face = Face::new(session, live)?;
    let mut keys = tokio::time::interval(KEYS_EVERY);
    let over = async {
        match for_time {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(over);
    loop {
        tokio::select! {
            tick = ticks.recv() => match tick {
                Some(Tick::Heard(snapshot)) => {
                    face.hear(*snapshot)?;
                }
                Some(Tick::Away) => face.away()?,
                Some(Tick::Failed(error)) => return Err(error),
                None => return Ok(()),
            },
            told = next(&mut told) => match told {
                Some(happening) => face.tell(&happening)?,
                None => return Ok(()),
            },
            _ = keys.tick(), if live => {
                if face.keys()? == Wish::Quit {
                    return Ok(());
                }
            }
            () = &mut over => return Ok(()),
            () = interrupted() => return Ok(()),
        }
    }
}

/// The next happening; waits for ever when nobody tells any.
async fn next(told: &mut Option<UnboundedReceiver<Happening>>) -> Option<Happening> {
    match told {
        Some(told) => told.recv().await,
        None => std::future::pending().await,
    }
}

/// Reads the stream, and opens it again when the agent went away.
fn ticks(agent: Agent) -> Receiver<Tick> {
    let (send, ticks) = channel(2);
    tokio::spawn(async move {
        loop {
            let end = match agent.watch().await {
                Err(error) => Err(error),
                Ok(mut watch) => loop {
                    match watch.next().await {
                        Ok(Some(snapshot)) => {
                            if send.send(Tick::Heard(Box::new(snapshot))).await.is_err() {
                                return;
                            }
                        }
                        Ok(None) => break Ok(()),
                        Err(error) => break Err(error),
                    }
                },
            };
            let tick = match end {
                // An agent that restarts is away for a moment; one of another version stays so.
                Ok(()) | Err(Error::AgentAway { .. } | Error::Slow { .. }) => Tick::Away,
                Err(error) => Tick::Failed(error),
            };
            if send.send(tick).await.is_err() {
                return;
            }
            tokio::time::sleep(RETRY).await;
        }
    });
    ticks
}

/// How a person sees it.
struct Face<'a> {
    session: &'a Session,
    page: Page,
    screen: Option<Screen>,
    before: Option<Snapshot>,
    is_away: bool,
}

impl<'a> Face<'a> {
    fn new(session: &'a Session, live: bool) -> Result<Self, Error> {
        let page = session.page_at(Clock::new(0, "UTC"));
        let screen = if live { Some(Screen::take()?) } else { None };
        let mut face = Self { session, page, screen, before: None, is_away: false };
        face.draw()?;
        Ok(face)
    }

    fn hear(&mut self, snapshot: Snapshot) -> Result<(), Error> {
        self.page.clock = Clock::of(&snapshot.status);
        self.is_away = false;
        if let Some(screen) = &mut self.screen {
            screen.view.hear(snapshot);
            return self.draw();
        }
        if let Some(before) = &self.before {
            for each in happening::between(before, &snapshot) {
                self.tell(&each)?;
            }
        }
        self.before = Some(snapshot);
        Ok(())
    }

    /// One line; the picture shows it by itself.
    fn tell(&self, happening: &Happening) -> Result<(), Error> {
        if self.screen.is_some() {
            return Ok(());
        }
        self.session.print(&format!("{}\n", happening::line(happening, &self.page)))
    }

    fn away(&mut self) -> Result<(), Error> {
        if let Some(screen) = &mut self.screen {
            screen.view.away = true;
            return self.draw();
        }
        if !self.is_away {
            self.session.note("watch-waiting", &[]);
        }
        self.is_away = true;
        Ok(())
    }

    fn keys(&mut self) -> Result<Wish, Error> {
        let Some(screen) = &mut self.screen else { return Ok(Wish::Stay) };
        let wish = screen.keys()?;
        if wish == Wish::Draw {
            self.draw()?;
        }
        Ok(wish)
    }

    fn draw(&mut self) -> Result<(), Error> {
        match &mut self.screen {
            Some(screen) => screen.draw(&self.page),
            None => Ok(()),
        }
    }
}
