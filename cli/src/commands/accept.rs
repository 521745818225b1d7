//! `campus node accept`: proves that a node works in its room, before the ladder is put away.
//!
//! Everything goes through the agent, over the way that the node has from now on: what it says here it will say
//! tomorrow. Lamps are moved as a person's wish would move them, and given back.

use crate::args;
use crate::client::Agent;
use crate::error::{Error, Exit};
use crate::render;
use crate::session::Session;
use crate::words::Words;
use agent::api::types::{AutoRoom, IdentifyNode, Node, Room, SetRoom, Status, Told};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Steps that may be left out.
const STEPS: [&str; 3] = ["blink", "motion", "lamps"];

/// How long the lamps blink, s.
const BLINK_S: u32 = 5;

/// So long after its start every part has spoken, or is known to be silent, ms: movement is believed after 30 s
/// (docs/operate/nodes.md, 4), the air is measured every 5 s.
const WARM_MS: i64 = 35_000;

/// How often the agent is asked.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Sensors are asked by their node every few seconds, and lamps take theirs to fade.
const SETTLE_IN: Duration = Duration::from_secs(20);

/// A step of the lamps must show by this much, lx: a fifteenth of what a desk needs (GB 50034-2013, 300 lx). Less may be
/// a cloud.
const STEP_LX_MIN: f64 = 20.0;

/// The light of a room lies between moonlight through a window and the sun on the sensor, lx.
const LIKELY_LX: std::ops::RangeInclusive<f64> = 0.0..=120_000.0;

/// What became of an acceptance.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Accepted {
    /// Which node.
    pub node: String,
    /// Nothing failed.
    pub passed: bool,
    /// Step by step.
    pub steps: Vec<Step>,
}

/// One step of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// `blink`, `link`, `sensors`, `motion`, `light`, `lamps`.
    pub what: &'static str,
    /// Whether it passed; absent where it was left out, or does not apply.
    pub passed: Option<bool>,
    /// What was seen: words and numbers of the text `accept-…-seen`.
    pub seen: BTreeMap<&'static str, String>,
}

pub async fn accept(session: &Session, args: &args::Accept) -> Result<Exit, Error> {
    if let Some(step) = args.skip.iter().find(|step| !STEPS.contains(&step.as_str())) {
        return Err(Error::BadStep { step: step.clone() });
    }
    let agent = session.agent().await?;
    super::node::find(&agent, &args.node).await?;
    let mut trial = Trial { agent, session, args, steps: Vec::new() };
    trial.blink().await?;
    trial.link().await?;
    let node = trial.sensors().await?;
    trial.motion(&node).await?;
    trial.light(&node);
    trial.lamps(&node).await?;
    let passed = trial.steps.iter().all(|step| step.passed != Some(false));
    let accepted = Accepted { node: args.node.clone(), passed, steps: trial.steps };
    if args.json.json {
        let text = serde_json::to_string(&accepted).map_err(std::io::Error::from)?;
        session.print_json(text.as_bytes())?;
    } else {
        let page = super::page(&trial.agent, session).await?;
        session.print(&render::bench::accepted(&accepted, &page))?;
    }
    Ok(if passed { Exit::Done } else { Exit::PersonNeeded })
}

struct Trial<'a> {
    agent: Agent,
    session: &'a Session,
    args: &'a args::Accept,
    steps: Vec<Step>,
}

impl Trial<'_> {
    fn put<const N: usize>(
        &mut self,
        what: &'static str,
        passed: impl Into<Option<bool>>,
        seen: [(&'static str, String); N],
    ) {
        self.steps.push(Step { what, passed: passed.into(), seen: seen.into() });
    }

    fn skips(&self, step: &str) -> bool {
        self.args.skip.iter().any(|skipped| skipped == step)
    }

    async fn node(&self) -> Result<Node, Error> {
        Ok(self.agent.get(&format!("/v1/nodes/{}", self.args.node)).await?.body)
    }

    async fn blink(&mut self) -> Result<(), Error> {
        if self.skips("blink") {
            self.put("blink", None, []);
            return Ok(());
        }
        let path = format!("/v1/nodes/{}/identify", self.args.node);
        let told: Told = self.agent.post(&path, &IdentifyNode { for_s: BLINK_S }).await?.body;
        self.put("blink", told.state == "done", [("ms", told.took_ms.to_string())]);
        Ok(())
    }

    async fn link(&mut self) -> Result<(), Error> {
        let node = self.node().await?;
        let good = node.state == "online" && node.lost == 0 && !node.conflict;
        let seen = [("frames", node.frames.to_string()), ("lost", node.lost.to_string())];
        self.put("link", good, seen);
        Ok(())
    }

    /// Every sensor that the node reports has a fresh reading, once it had the time to speak: one that is not heard of
    /// yet must not pass for one that is not there.
    async fn sensors(&mut self) -> Result<Node, Error> {
        self.warm().await?;
        let end = Instant::now() + SETTLE_IN;
        loop {
            let node = self.node().await?;
            let silent: Vec<String> = self.silent(&node).await?;
            if silent.is_empty() && !node.readings.is_empty() {
                let names: Vec<&str> = node.readings.keys().map(String::as_str).collect();
                self.put("sensors", true, [("names", names.join(", "))]);
                return Ok(node);
            }
            if Instant::now() >= end {
                self.put("sensors", false, [("names", silent.join(", "))]);
                return Ok(node);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until its parts have warmed up.
    async fn warm(&self) -> Result<(), Error> {
        let words = Words::new(self.session.lang);
        loop {
            let started_ms = self.node().await?.started_ms;
            let now_ms = self.agent.get::<Status>("/v1/status").await?.body.now_ms;
            let left_ms = started_ms.map_or(0, |ms| ms + WARM_MS - now_ms);
            if left_ms <= 0 {
                self.session.progress("");
                return Ok(());
            }
            let named = [("s", ((left_ms + 999) / 1000).into())];
            self.session.progress(&words.say("accept-warming", &named));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// What the room lacks: `illuminance_lx silent`.
    async fn silent(&self, node: &Node) -> Result<Vec<String>, Error> {
        let Some(room) = self.room(node).await? else { return Ok(Vec::new()) };
        let no: BTreeMap<String, String> = room.no_readings;
        Ok(no.into_iter().map(|(quantity, why)| format!("{quantity} {why}")).collect())
    }

    async fn room(&self, node: &Node) -> Result<Option<Room>, Error> {
        let rooms: Vec<Room> = self.agent.get("/v1/rooms").await?.body;
        Ok(rooms.into_iter().find(|room| room.id == node.place))
    }

    async fn motion(&mut self, node: &Node) -> Result<(), Error> {
        let has = |quantity: &str| node.readings.keys().any(|key| key.starts_with(quantity));
        if self.skips("motion") || !(has("motion") || has("presence")) {
            self.put("motion", None, []);
            return Ok(());
        }
        let words = Words::new(self.session.lang);
        self.session.talk(&words.text("accept-move-now"));
        let began = Instant::now();
        let end = began + self.args.motion_within;
        let seen = loop {
            let node = self.node().await?;
            let is_on = |key: &str| node.readings.get(key).is_some_and(|value| *value > 0.0);
            if is_on("motion") || is_on("presence") {
                break true;
            }
            if Instant::now() >= end {
                break false;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        };
        self.put("motion", seen, [("s", format!("{:.1}", began.elapsed().as_secs_f64()))]);
        Ok(())
    }

    fn light(&mut self, node: &Node) {
        match lx(node) {
            None => self.put("light", None, []),
            Some(lx) => self.put("light", LIKELY_LX.contains(&lx), [("lx", format!("{lx:.0}"))]),
        }
    }

    /// Its lamps at full and off: the difference that its own sensor sees.
    async fn lamps(&mut self, node: &Node) -> Result<(), Error> {
        let room = self.room(node).await?.filter(|_| lx(node).is_some() && !self.skips("lamps"));
        let Some(room) = room else {
            self.put("lamps", None, []);
            return Ok(());
        };
        let dark = self.at_level(&room.id, 0).await;
        let bright = self.at_level(&room.id, 100).await;
        // Whatever came of it, the room gets its lamps back.
        let auto = format!("/v1/rooms/{}/auto", room.id);
        self.agent.post::<_, Room>(&auto, &AutoRoom::default()).await?;
        let (dark, bright) = (dark?, bright?);
        let adds = dark.zip(bright).map_or(0.0, |(dark, bright)| bright - dark);
        let shown = |lx: Option<f64>| lx.map_or_else(|| "–".to_owned(), |lx| format!("{lx:.0}"));
        self.put("lamps", adds >= STEP_LX_MIN, [("dark", shown(dark)), ("bright", shown(bright))]);
        Ok(())
    }

    /// The light with the room's lamps at this level, once they stand there and the sensor has looked.
    async fn at_level(&self, room: &str, level_pct: u8) -> Result<Option<f64>, Error> {
        let wish = SetRoom { zone: None, level_pct, for_s: 60 };
        self.agent.post::<_, Room>(&format!("/v1/rooms/{room}/set"), &wish).await?;
        let end = Instant::now() + SETTLE_IN;
        let mut stood_ms = None;
        while Instant::now() < end {
            tokio::time::sleep(LOOK_EVERY).await;
            let now: Room = self.agent.get(&format!("/v1/rooms/{room}")).await?.body;
            if !now
                .zones
                .iter()
                .all(|zone| zone.actual_pct.is_some_and(|pct| pct.abs_diff(level_pct) <= 3))
            {
                continue;
            }
            let status: Status = self.agent.get("/v1/status").await?.body;
            let stood = *stood_ms.get_or_insert(status.now_ms);
            let node = self.node().await?;
            // A frame from after the lamps stood still; nodes tell no light while lamps move.
            if node.last_heard_ms.is_some_and(|ms| ms > stood + SEEN_AFTER_MS) {
                return Ok(lx(&node));
            }
        }
        Ok(None)
    }
}

/// A light sensor has looked again so long after the lamps stood, ms: nodes ask it once a second, and tell after a
/// movement within two.
const SEEN_AFTER_MS: i64 = 2_000;

/// What its light sensor says, lx.
fn lx(node: &Node) -> Option<f64> {
    node.readings.iter().find(|(key, _)| key.starts_with("illuminance_lx")).map(|(_, lx)| *lx)
}
