//! Proves that the broker keeps accounts apart, by what it delivers and not by what it answers.
//!
//! Mosquitto grants subscriptions of which it delivers nothing, acknowledges publishes that it refuses (MQTT 3.1.1
//! has no other answer), and some packages of 2.1 ignored their access list without a word. So one account
//! with a node's rights, the canary, tries what a node may and what it may not; another, the witness, sees
//! what comes of it. Each try has a number, and a mark that is certainly delivered follows it: what has not come
//! before the mark does not come.

mod listen;
mod say;

use crate::accounts::Accounts;
use crate::facts::need;
use crate::limits;
use crate::talk::{Hello, Message, Place, Talk, TalkError, Version, Will};
use broker::access::{self, CANARY, OTHER, WITNESS};
use broker::proof::{self, Expected, Target, Verb};
use broker::{Role, security};
use std::fmt;
use wire::Id;

/// What is proved, and with which accounts.
#[derive(Clone)]
pub struct Trial<'a> {
    /// Where the broker is.
    pub place: &'a Place,
    /// The campus whose topics they are.
    pub campus: Id,
    /// An account with a node's rights, and its password.
    pub node: (&'a str, &'a str),
    /// Another node, which the first must not reach.
    pub other: &'a str,
    /// The witness's password.
    pub witness: &'a str,
    /// Whether the witness has all rights, as only in tests: then everything is tried.
    pub full: bool,
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Protocol: `3.1.1` or `5`.
    pub version: &'static str,
    /// What was tried, in English.
    pub verb: String,
    /// Where.
    pub topic: String,
    /// What should have come of it.
    pub expected: Expected,
    /// Whether it was delivered.
    pub delivered: bool,
}

impl Cell {
    /// Whether it is as it should be.
    pub fn is_right(&self) -> bool {
        match self.expected {
            Expected::Delivered => self.delivered,
            Expected::Nothing => !self.delivered,
            Expected::Either => true,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, verb, topic, .. } = self;
        let what =
            if self.delivered { "is delivered, and must not be" } else { "is not delivered" };
        write!(f, "{verb} ({topic}, MQTT {version}) {what}")
    }
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Every try.
    pub cells: Vec<Cell>,
}

impl Report {
    /// Tries that are not as they should be.
    pub fn wrong(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| !cell.is_right())
    }
}

/// Why nothing could be proved.
#[derive(Debug, thiserror::Error)]
pub enum Unproven {
    /// One of the accounts cannot do what it is for.
    #[error("the account `{0}`: {1}")]
    Account(String, TalkError),
    /// The witness does not hear what certainly is delivered.
    #[error("the witness does not hear the canary: {0}")]
    Deaf(TalkError),
}

/// Proves it at the broker whose accounts are managed.
///
/// # Errors
/// [`Unproven`] when it cannot be tried.
pub async fn prove(accounts: &Accounts, campus: Id) -> Result<Report, Unproven> {
    let (canary, witness) = &accounts.config.canary;
    let trial = Trial {
        place: &accounts.place,
        campus,
        node: (CANARY, canary.expose()),
        other: OTHER,
        witness: witness.expose(),
        full: false,
    };
    run(&trial).await
}

/// Proves it at the start, and once a day; says in `campus status` what is wrong, until it is right.
pub async fn watch(
    accounts: Accounts,
    campus: Id,
    clock: crate::clock::Clock,
    events: tokio::sync::mpsc::Sender<crate::main_loop::Event>,
) {
    loop {
        let now = clock.now();
        let about = format!("{}:{}", accounts.place.host, accounts.place.port);
        let (need, pause) = match prove(&accounts, campus).await {
            Ok(report) => match report.wrong().next() {
                None => {
                    tracing::info!(tries = report.cells.len(), "the broker keeps accounts apart");
                    (None, limits::CANARY_PAUSE)
                }
                Some(first) => {
                    let what = first.to_string();
                    let wrong = report.wrong().count();
                    tracing::error!(wrong, what, "the broker does not keep accounts apart");
                    (Some(need("broker_open", &about, now, [("what", what)])), limits::CANARY_PAUSE)
                }
            },
            // A broker that is away is a need of its own, and none that keeps accounts apart or not.
            Err(Unproven::Account(_, TalkError::Io(error))) => {
                tracing::debug!(%error, "the broker is away: nothing is proved");
                (None, limits::CANARY_RETRY)
            }
            Err(error) => {
                let what = error.to_string();
                tracing::warn!(what, "nobody could prove that the broker keeps accounts apart");
                (Some(need("broker_unproven", &about, now, [("what", what)])), limits::CANARY_RETRY)
            }
        };
        if events.send(crate::main_loop::Event::Proved(need)).await.is_err() {
            return;
        }
        tokio::time::sleep(pause).await;
    }
}

/// Tries everything that there is to try.
///
/// # Errors
/// [`Unproven`] when it cannot be tried.
pub async fn run(trial: &Trial<'_>) -> Result<Report, Unproven> {
    let targets = proof::targets(&trial.campus, trial.node.0, trial.other);
    let targets: Vec<Target> =
        targets.into_iter().filter(|target| trial.full || !target.full).collect();
    let mut report = Report::default();
    for version in [Version::V3, Version::V5] {
        let mut stage = Stage::open(trial, version).await?;
        for target in &targets {
            for verb in Verb::ALL.into_iter().filter(|verb| verb.says()) {
                let delivered = stage.says(verb, &target.topic).await?;
                let expected = proof::expected(verb, target);
                report.cells.push(stage.cell(verb.name(), &target.topic, expected, delivered));
            }
        }
        // Before the witness says anything retained itself.
        stage.sweep(&targets, &mut report).await?;
        for target in &targets {
            if !stage.can_be_said(&target.topic) {
                continue;
            }
            for verb in Verb::ALL.into_iter().filter(|verb| !verb.says()) {
                let delivered = stage.hears(verb, &target.topic).await?;
                let expected = proof::expected(verb, target);
                report.cells.push(stage.cell(verb.name(), &target.topic, expected, delivered));
            }
        }
        stage.control(&mut report).await?;
        stage.takeover(&mut report).await?;
    }
    Ok(report)
}

/// The two accounts at the broker.
struct Stage<'a> {
    trial: &'a Trial<'a>,
    version: Version,
    canary: Talk,
    witness: Talk,
    /// Number of the last try or mark, and of the one before the first.
    next: u32,
    first: u32,
}

impl<'a> Stage<'a> {
    async fn open(trial: &'a Trial<'a>, version: Version) -> Result<Self, Unproven> {
        let mut witness = Self::witness(trial).await?;
        let all = if trial.full { FULL } else { USUAL };
        for filter in all {
            let heard = witness.subscribe(filter).await;
            heard.map_err(|error| Unproven::Account(WITNESS.to_owned(), error))?;
        }
        let canary = Self::canary(trial, version, trial.node.0, None).await?;
        // Unlike those of any earlier run, whose retained leftovers may still be there.
        let first = std::process::id() << 12;
        let mut stage = Self { trial, version, canary, witness, next: first, first };
        stage.mark(&mut Vec::new()).await?;
        Ok(stage)
    }

    async fn witness(trial: &Trial<'_>) -> Result<Talk, Unproven> {
        let account = Some((WITNESS, trial.witness));
        let hello = Hello { version: Version::V5, client: WITNESS, account, will: None };
        let talk = Talk::connect(trial.place, hello).await;
        talk.map_err(|error| Unproven::Account(WITNESS.to_owned(), error))
    }

    async fn canary(
        trial: &Trial<'_>,
        version: Version,
        client: &str,
        will: Option<Will<'_>>,
    ) -> Result<Talk, Unproven> {
        let hello = Hello { version, client, account: Some(trial.node), will };
        let talk = Talk::connect(trial.place, hello).await;
        talk.map_err(|error| Unproven::Account(trial.node.0.to_owned(), error))
    }

    fn cell(&self, verb: String, topic: &str, expected: Expected, delivered: bool) -> Cell {
        let version = if self.version == Version::V5 { "5" } else { "3.1.1" };
        Cell { version, verb, topic: topic.to_owned(), expected, delivered }
    }

    /// Whether the witness may say something there.
    fn can_be_said(&self, topic: &str) -> bool {
        let rights = access::rights(Role::Witness, &self.trial.campus, WITNESS);
        self.trial.full || access::covers(&rights.say, topic)
    }

    /// The text of the next try.
    fn text(&mut self) -> String {
        self.next = self.next.wrapping_add(1);
        format!("{PROOF}{}", self.next)
    }

    /// Whether a payload is a try of this run, and not what another one left that was cut off.
    fn is_ours(&self, payload: &[u8]) -> bool {
        let number = payload.strip_prefix(PROOF.as_bytes()).and_then(|it| str::from_utf8(it).ok());
        let number = number.and_then(|it| it.parse::<u32>().ok());
        number.is_some_and(|it| it.wrapping_sub(self.first) <= self.next.wrapping_sub(self.first))
    }

    fn own(&self, rest: &str) -> String {
        format!("campus/v1/{}/node/{}/{rest}", self.trial.campus, self.trial.node.0)
    }

    /// Has the canary say a mark, and answers what the witness heard before it.
    async fn mark(&mut self, heard: &mut Vec<Message>) -> Result<(), Unproven> {
        let (text, topic) = (self.text(), self.own("up/mark"));
        let said = self.canary.publish(&topic, text.as_bytes(), (1, false)).await;
        said.map_err(|error| Unproven::Account(self.trial.node.0.to_owned(), error))?;
        loop {
            let message = self.witness.hear().await.map_err(Unproven::Deaf)?;
            if message.payload == text.as_bytes() {
                return Ok(());
            }
            heard.push(message);
        }
    }

    /// A new connection of the canary, where the broker has ended the last.
    async fn reopen(&mut self) -> Result<(), Unproven> {
        self.canary = Self::canary(self.trial, self.version, self.trial.node.0, None).await?;
        Ok(())
    }
}

/// What every payload begins with: no JSON, so that whoever hears it where rights do not work refuses it.
const PROOF: &str = "campus broker check ";
/// What a witness with its usual rights hears.
const USUAL: &[&str] = &["campus/#", "homeassistant/#", "$SYS/broker/version", security::RESPONSE];
/// What a witness with all rights hears.
const FULL: &[&str] = &["#", "$SYS/broker/version", security::RESPONSE];

/// Tries that are no topic among others.
impl Stage<'_> {
    /// The topics that begin with `$`: what the broker says of itself, and what it is told to do.
    async fn control(&mut self, report: &mut Report) -> Result<(), Unproven> {
        let mut note = |stage: &Self, verb: &str, topic: &str, delivered| {
            let cell = stage.cell(verb.to_owned(), topic, Expected::Nothing, delivered);
            report.cells.push(cell);
        };
        for filter in ["$SYS/#", "$SYS/broker/version", "$SYS/broker/+", "$share/canary/$SYS/#"] {
            let heard = self.overhears(&[filter], None).await?;
            let got = heard.iter().any(|message| message.topic.starts_with("$SYS"));
            note(self, "subscribe", filter, got);
        }
        // An order that changes nothing: a list of accounts, which nobody but the admin may have. Whoever may hear
        // answers is given them; the witness may.
        let mark = self.text();
        let order = security::payload(&[security::list()], &mark);
        let said = self.canary.publish(security::TOPIC, order.as_bytes(), (1, false)).await;
        if said.is_err() {
            self.reopen().await?;
        }
        let mut heard = Vec::new();
        self.mark(&mut heard).await?;
        let obeyed = |message: &Message| !security::answers(&message.payload, &mark).is_empty();
        note(self, "order accounts", security::TOPIC, heard.iter().any(obeyed));
        for filter in ["$CONTROL/#", security::RESPONSE, "$CONTROL/dynamic-security/v1/#"] {
            let heard = self.overhears(&[filter], Some((security::TOPIC, &order))).await?;
            let got = heard.iter().any(|message| message.topic.starts_with("$CONTROL"));
            note(self, "subscribe", filter, got);
        }
        let text = self.text();
        let delivered = self.tells("$SYS/broker/version", &text, (1, true)).await?;
        note(self, "publish retained", "$SYS/broker/version", delivered);
        Ok(())
    }

    /// Whoever calls itself by another's name must not get that one's session.
    async fn takeover(&mut self, report: &mut Report) -> Result<(), Unproven> {
        for name in [WITNESS, access::AGENT, self.trial.other] {
            // Refused, or let in under its own name: the witness stays either way.
            let taken = Self::canary(self.trial, self.version, name, None).await;
            self.reopen().await?;
            let stays = self.mark(&mut Vec::new()).await.is_ok();
            drop(taken);
            let verb = "take the client id".to_owned();
            report.cells.push(self.cell(verb, name, Expected::Nothing, !stays));
            if !stays {
                self.witness = Self::witness(self.trial).await?;
                for filter in if self.trial.full { FULL } else { USUAL } {
                    let _ = self.witness.subscribe(filter).await;
                }
            }
            self.reopen().await?;
        }
        Ok(())
    }

    /// What was retained and must not be, and what is still there of what may be: cleared by whoever said it.
    async fn sweep(&mut self, targets: &[Target], report: &mut Report) -> Result<(), Unproven> {
        let mut witness = Self::witness(self.trial).await?;
        for filter in if self.trial.full { FULL } else { USUAL } {
            let _ = witness.subscribe(filter).await;
        }
        self.witness = witness;
        let mut found = Vec::new();
        self.mark(&mut found).await?;
        found.retain(|message| message.retained && message.payload.starts_with(PROOF.as_bytes()));
        for target in targets {
            let of_it = |it: &Message| it.topic == target.topic && self.is_ours(&it.payload);
            let delivered = found.iter().any(of_it);
            let expected = if target.say { Expected::Delivered } else { Expected::Nothing };
            report.cells.push(self.cell(
                "leave retained".to_owned(),
                &target.topic,
                expected,
                delivered,
            ));
        }
        for message in found {
            let _ = self.canary.publish(&message.topic, b"", (1, true)).await;
            // What a witness left whose run was cut off, the canary may not clear.
            if self.can_be_said(&message.topic) && !self.is_ours(&message.payload) {
                self.witness_says(&message.topic, "", true).await?;
            }
        }
        Ok(())
    }
}
