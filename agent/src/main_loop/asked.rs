//! What people ask of the main loop, and what they wish: answered from the one truth it holds.

use super::Body;
use crate::api::{Answer, Ask, Question, no_such_room, problem, types};
use crate::keep::Then;
use crate::{answers, limits, names, store};
use controller::{By, Input, NodeIx, RoomIx, Timestamp};

impl Body {
    /// forward: what people ask.
    pub(super) fn answer(&mut self, ask: Ask, now: Timestamp) {
        let Ask { what, answer } = ask;
        let said = match what {
            Question::Set(room, wish) => match self.hold(&room, &wish, By::Cli, now) {
                Ok(room) => return self.keeper.answer_when_committed(Then::Room(room), answer),
                Err(problem) => Err(problem),
            },
            Question::Auto(room, wish) => match self.end_wish(&room, &wish, By::Cli, now) {
                Ok(room) => return self.keeper.answer_when_committed(Then::Room(room), answer),
                Err(problem) => Err(problem),
            },
            Question::Calibrate(room, wish) => self
                .calibrate(&room, &wish, now)
                .map(|room| Answer::Calibration(Box::new(self.calibration(room, wish.dry_run)))),
            Question::Calibration(room) => self
                .room_named(&room)
                .map(|room| Answer::Calibration(Box::new(self.calibration(room, false)))),
            Question::Status => Ok(Answer::Status(Box::new(self.status(now)))),
            Question::Rooms => Ok(Answer::Rooms(answers::rooms(&self.controller))),
            Question::Room(name) => self
                .room_named(&name)
                .map(|room| Answer::Room(Box::new(answers::room(&self.controller, room)))),
            Question::Explain(name) => self.room_named(&name).map(|room| {
                let inputs = answers::inputs(&self.controller, room);
                let estimate = answers::estimate(&self.controller, room);
                Answer::Explained(Box::new(answers::room(&self.controller, room)), inputs, estimate)
            }),
            Question::Events => Ok(Answer::Events(Box::new(answers::events(&self.controller)))),
            Question::Impose(order) => match self.impose(*order, By::Cli, now) {
                Ok(then) => return self.keeper.answer_when_committed(then, answer),
                Err(problem) => Err(problem),
            },
            Question::Nodes => Ok(Answer::Nodes(answers::nodes(&self.controller, &self.facts))),
            Question::Node(name) => self.node_named(&name).map(|node| {
                Answer::Node(Box::new(answers::node(&self.controller, &self.facts, node)))
            }),
            Question::Hardware(row) => return self.register(*row, answer, now),
            Question::Forget(name) => Ok(self.forget(&name)),
            Question::Tell(name, verb) => return self.command(&name, verb, answer, now),
            Question::Unclaimed => Ok(Answer::Unclaimed(self.strangers.list())),
            Question::Rules => {
                let in_force = &self.facts.rules.in_force;
                Ok(Answer::Rules(answers::rules(&self.controller, in_force)))
            }
            Question::TryRules(rules) => Ok(Answer::Levels(self.try_rules(&rules, now))),
            Question::Rule(swap) => match self.rule(*swap, now) {
                Ok(levels) => {
                    return self.keeper.answer_when_committed(Then::Ruled(levels), answer);
                }
                Err(problem) => Err(problem),
            },
            Question::Meters => {
                let meters = answers::meters(&self.controller, &self.keeper);
                Ok(Answer::Meters { meters, committed: self.keeper.last_committed() })
            }
            Question::Resend(asked) => {
                for asked in asked {
                    // What is gone is made again from the ledger; what is there and the same is not.
                    let again = store::HubOrder::Again(asked.from_ms, asked.to_ms);
                    self.keeper.store.hub(again);
                    self.keeper.store.hub(store::HubOrder::Resend(asked));
                }
                self.keeper.hurry();
                return self.keeper.answer_when_committed(Then::Done, answer);
            }
            Question::Begin(life) => {
                self.keeper.store.hub(store::HubOrder::Begin(life));
                self.keeper.hurry();
                return self.keeper.answer_when_committed(Then::Done, answer);
            }
            Question::Ledger(order) => match self.book(*order, now) {
                Ok(()) => return self.keeper.answer_when_committed(Then::Done, answer),
                Err(problem) => Err(problem),
            },
        };
        // Who asked may have gone.
        let _ = answer.send(said);
    }

    fn status(&self, now: Timestamp) -> types::Status {
        let (waiting, strangers) = (self.keeper.frames_waiting(), self.strangers.list());
        let refused = self.io.metrics.refused();
        let live = self.io.buses.live();
        let others = (waiting, strangers.as_slice());
        answers::status(&self.controller, &self.facts, &live, refused, others, now)
    }

    /// A person's wish: decided at once, kept, and answered when it is committed.
    pub(super) fn hold(
        &mut self,
        name: &str,
        wish: &types::SetRoom,
        by: By,
        now: Timestamp,
    ) -> Result<RoomIx, types::Problem> {
        let room = self.room_named(name)?;
        let zone = self.zone_named(room, wish.zone.as_deref())?;
        if wish.level_pct > 100 {
            return Err(problem("bad_value", "level_pct", "a level is 0 to 100 %"));
        }
        if wish.for_s == 0 || wish.for_s > limits::OVERRIDE_S_MAX {
            return Err(problem("bad_value", "for_s", "a wish ends after 1 second to 2 hours"));
        }
        let until = Timestamp(now.0 + i64::from(wish.for_s) * 1000);
        let told_ms = self.told_ms();
        self.keeper.store.wish(
            told_ms,
            &store::Wish {
                room: name.to_owned(),
                zone: wish.zone.clone(),
                set: Some(store::Level { level_pct: wish.level_pct, until_ms: until.0 }),
                by: answers::by(by).to_owned(),
            },
        );
        self.decide(Input::Override { room, zone, level_pct: wish.level_pct, until, by }, now);
        self.keeper.hurry();
        Ok(room)
    }

    pub(super) fn end_wish(
        &mut self,
        name: &str,
        wish: &types::AutoRoom,
        by: By,
        now: Timestamp,
    ) -> Result<RoomIx, types::Problem> {
        let room = self.room_named(name)?;
        let zone = self.zone_named(room, wish.zone.as_deref())?;
        let row = store::Wish {
            room: name.to_owned(),
            zone: wish.zone.clone(),
            set: None,
            by: answers::by(by).to_owned(),
        };
        let told_ms = self.told_ms();
        self.keeper.store.wish(told_ms, &row);
        self.decide(Input::Auto { room, zone }, now);
        self.keeper.hurry();
        Ok(room)
    }

    /// Whether a dashboard's wish is kept; nobody waits for an answer.
    pub(super) fn is_done<T>(&mut self, outcome: Result<T, types::Problem>) -> bool {
        if let Err(problem) = &outcome {
            let types::Problem { about, message, .. } = problem;
            tracing::warn!(about, message, "a dashboard's wish was refused");
            self.io.metrics.refuse("bad_set");
        }
        outcome.is_ok()
    }

    pub(super) fn room_named(&self, name: &str) -> Result<RoomIx, types::Problem> {
        self.controller.find_room(name).ok_or_else(|| {
            let known = self.controller.campus().rooms.iter().map(|room| room.id.to_string());
            no_such_room(name, &format!("no room `{name}`"), known)
        })
    }

    pub(super) fn zone_named(
        &self,
        room: RoomIx,
        name: Option<&str>,
    ) -> Result<Option<wire::Id>, types::Problem> {
        let Some(name) = name else { return Ok(None) };
        let zones = &self.controller.campus().rooms[room.at()].zones;
        match zones.iter().find(|zone| zone.id.as_str() == name) {
            Some(zone) => Ok(Some(zone.id)),
            None => {
                let mut none =
                    problem("no_such_zone", name, &format!("no zone `{name}` in that room"));
                none.candidates = zones.iter().map(|zone| zone.id.to_string()).collect();
                Err(none)
            }
        }
    }

    pub(super) fn node_named(&self, name: &str) -> Result<NodeIx, types::Problem> {
        self.controller.find_node(name).ok_or_else(|| {
            let mut none = problem("no_such_node", name, &format!("no node `{name}`"));
            let known = self.controller.campus().nodes.iter().map(|node| node.id.to_string());
            none.candidates = names::nearest(name, known);
            none
        })
    }
}
