//! Commands to nodes that wait for their result. A node does a command at most once, and who asked
//! is answered exactly once: done, refused, or no answer in time.

use crate::api::{Answer, types};
use crate::limits;
use controller::NodeIx;
use std::time::Instant;
use tokio::sync::oneshot;
use wire::Verb;

/// One that waits.
pub struct Order {
    /// Whom.
    pub node: NodeIx,
    /// Its identifier.
    pub name: String,
    /// Name of the command.
    pub id: String,
    /// What it should do.
    pub verb: Verb,
    /// Since when somebody waits.
    pub asked: Instant,
    /// It was said before, under a counter that was too low.
    pub again: bool,
    /// Who waits.
    pub answer: oneshot::Sender<Result<Answer, types::Problem>>,
}

/// What became of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The node does it.
    Done,
    /// The node does not, and says why.
    Refused(&'a str),
    /// The node said nothing in time.
    NoAnswer,
}

/// All that wait, oldest first.
#[derive(Default)]
pub struct Orders(Vec<Order>);

impl Order {
    /// Tells who asked.
    pub fn end(self, outcome: Outcome<'_>) {
        let (state, why) = match outcome {
            Outcome::Done => ("done", None),
            Outcome::Refused(why) => ("refused", Some(why.to_owned())),
            Outcome::NoAnswer => ("no_answer", None),
        };
        let told = types::Told {
            node: self.name,
            command: self.verb.name().to_owned(),
            id: self.id,
            state: state.to_owned(),
            why,
            took_ms: u64::try_from(self.asked.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        // Who asked may have gone.
        let _ = self.answer.send(Ok(Answer::Told(Box::new(told))));
    }

    /// It could not be said.
    pub fn refuse(self, problem: types::Problem) {
        let _ = self.answer.send(Err(problem));
    }
}

impl Orders {
    /// Whether no more can wait.
    pub fn is_full(&self) -> bool {
        self.0.len() >= limits::COMMANDS_MAX
    }

    /// One was said.
    pub fn wait(&mut self, order: Order) {
        self.0.push(order);
    }

    /// The one that a node answers.
    pub fn take(&mut self, node: NodeIx, id: &str) -> Option<Order> {
        let at = self.0.iter().position(|order| order.node == node && order.id == id)?;
        Some(self.0.remove(at))
    }

    /// When the first is overdue.
    pub fn due(&self) -> Option<Instant> {
        self.0.iter().map(|order| order.asked + limits::COMMAND_TIME).min()
    }

    /// Those that wait no longer.
    pub fn overdue(&mut self, now: Instant) -> Vec<Order> {
        let late = |order: &mut Order| now.duration_since(order.asked) >= limits::COMMAND_TIME;
        self.0.extract_if(.., late).collect()
    }
}
