//! What people, the utility and dashboards impose on lamps: checked, decided at once, kept, and answered
//! when it is committed.

use super::Body;
use crate::api::{Order, problem, types};
use crate::keep::Then;
use crate::store::Imposed;
use crate::{again, answers, limits, names};
use controller::{By, DemandState, Extent, Timestamp};

impl Body {
    /// decide: what is asked for, or why it is not done.
    pub(super) fn impose(
        &mut self,
        order: Order,
        by: By,
        now: Timestamp,
    ) -> Result<Then, types::Problem> {
        let (imposed, then) = match order {
            Order::Fire(fire) => (self.fire(fire)?, Then::Events),
            Order::Demand(order) => (demand(order, now)?, Then::Events),
            Order::EndDemand(order) => (self.end_demand(order, now)?, Then::Events),
            Order::Lock(room, lock) => {
                let ix = self.room_named(&room)?;
                self.zone_named(ix, lock.zone.as_deref())?;
                (locked(room, lock, now)?, Then::Room(ix))
            }
            Order::Unlock(room, types::UnlockRoom { zone, by, why }) => {
                let ix = self.room_named(&room)?;
                self.zone_named(ix, zone.as_deref())?;
                said_by(&by, &why)?;
                (Imposed::Unlock { room, zone, by, why }, Then::Room(ix))
            }
            Order::Scene(room, scene) => {
                let ix = self.room_named(&room)?;
                (self.scene(room, &scene, by, now)?, Then::Room(ix))
            }
        };
        tracing::info!(?imposed, "imposed on lamps");
        let told_ms = self.told_ms();
        self.keeper.store.imposed(told_ms, &imposed);
        let mut actions = std::mem::take(&mut self.actions);
        again::impose(&mut self.controller, &imposed, now, &mut actions);
        for action in actions.drain(..) {
            self.act(action, now);
        }
        self.actions = actions;
        self.keeper.hurry();
        Ok(then)
    }

    fn fire(&self, fire: types::SetFire) -> Result<Imposed, types::Problem> {
        let types::SetFire { on, place, by, why } = fire;
        said_by(&by, &why)?;
        let place = place.unwrap_or_default();
        match answers::extent(&place) {
            Some(Extent::Campus) => {}
            Some(Extent::Room { .. }) => {
                self.room_named(&place)?;
            }
            Some(Extent::Building(building)) => {
                let rooms = &self.controller.campus().rooms;
                if !rooms.iter().any(|room| room.building == building) {
                    let text = format!("no building `{place}`");
                    let mut none = problem("no_such_building", &place, &text);
                    let known = rooms.iter().map(|room| room.building.to_string());
                    none.candidates = names::nearest(&place, known);
                    return Err(none);
                }
            }
            None => return Err(problem("bad_value", "place", "a building, or `building/room`")),
        }
        Ok(Imposed::Fire { place, on, by, why })
    }

    fn end_demand(
        &self,
        order: types::EndDemand,
        now: Timestamp,
    ) -> Result<Imposed, types::Problem> {
        let types::EndDemand { id, by, why } = order;
        let id = named(id)?;
        said_by(&by, &why)?;
        let open = |demand: &&controller::Demand| demand.state(now) != DemandState::Over;
        let mut open = self.controller.demands().iter().filter(open);
        if !open.clone().any(|demand| demand.id == id) {
            let mut none = problem("no_such_demand", &id, "nothing of that name is asked for");
            none.candidates = open.by_ref().map(|demand| demand.id.clone()).collect();
            return Err(none);
        }
        Ok(Imposed::EndDemand { id, by, why })
    }

    fn scene(
        &self,
        room: String,
        wish: &types::StageRoom,
        by: By,
        now: Timestamp,
    ) -> Result<Imposed, types::Problem> {
        let scenes = &self.controller.campus().events.scenes;
        let scene = (wish.scene != AUTO).then(|| wish.scene.clone());
        if let Some(name) = &scene
            && !scenes.iter().any(|scene| scene.id.as_str() == name)
        {
            let mut none = problem("no_such_scene", name, &format!("no scene `{name}`"));
            none.candidates = scenes.iter().map(|scene| scene.id.to_string()).collect();
            return Err(none);
        }
        if wish.for_s == 0 || wish.for_s > limits::OVERRIDE_S_MAX {
            return Err(problem("bad_value", "for_s", "a scene ends after 1 second to 2 hours"));
        }
        let until_ms = now.0 + i64::from(wish.for_s) * 1000;
        Ok(Imposed::Scene { room, scene, until_ms, by: answers::by(by).to_owned() })
    }
}

/// What ends a scene.
const AUTO: &str = "auto";

fn demand(order: types::OrderDemand, now: Timestamp) -> Result<Imposed, types::Problem> {
    let types::OrderDemand { id, shed_pct, from_ms, until_ms, by, why } = order;
    let id = named(id)?;
    said_by(&by, &why)?;
    if !(1..=100).contains(&shed_pct) {
        return Err(problem("bad_value", "shed_pct", "so much less is 1 to 100 %"));
    }
    let from_ms = from_ms.unwrap_or(now.0).max(now.0);
    if from_ms - now.0 > controller::DEMAND_AHEAD_MS_MAX {
        return Err(problem("bad_value", "from_ms", "an order begins at most 7 days ahead"));
    }
    if until_ms <= from_ms || until_ms - from_ms > controller::DEMAND_MS_MAX {
        let text = "an order ends after its begin and after now, 12 hours later at most";
        return Err(problem("bad_value", "until_ms", text));
    }
    Ok(Imposed::Demand { id, shed_pct, from_ms, until_ms, by, why })
}

fn locked(room: String, lock: types::LockRoom, now: Timestamp) -> Result<Imposed, types::Problem> {
    let types::LockRoom { zone, level_pct, until_ms, by, why } = lock;
    said_by(&by, &why)?;
    if level_pct > 100 {
        return Err(problem("bad_value", "level_pct", "a level is 0 to 100 %"));
    }
    if until_ms <= now.0 || until_ms - now.0 > controller::LOCK_MS_MAX {
        let text = "a lock ends within 12 hours; it can be renewed";
        return Err(problem("bad_value", "until_ms", text));
    }
    Ok(Imposed::Lock { room, zone, level_pct, until_ms, by, why })
}

/// The name of an order; a person who gives none means the only one.
fn named(id: Option<String>) -> Result<String, types::Problem> {
    let id = id.unwrap_or_else(|| "demand".to_owned());
    let good = (1..=64).contains(&id.chars().count()) && !id.contains(char::is_control);
    good.then_some(id).ok_or_else(|| problem("bad_value", "id", "a name has 1 to 64 characters"))
}

/// Who and why: what is imposed can be asked about later.
fn said_by(by: &str, why: &str) -> Result<(), types::Problem> {
    for (key, text) in [("by", by), ("why", why)] {
        let length = text.trim().chars().count();
        let plain = !text.contains(char::is_control);
        if !plain || !(1..=limits::REASON_CHARS_MAX).contains(&length) {
            let text = format!("one line of 1 to {} characters", limits::REASON_CHARS_MAX);
            return Err(problem("bad_value", key, &text));
        }
    }
    Ok(())
}
