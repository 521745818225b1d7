//! Having lamps measured: decided at once, kept, and told step by step to who asks.

use super::Body;
use crate::api::{problem, types};
use crate::{answers, store};
use controller::{Input, RoomIx, Timestamp};

impl Body {
    /// Begins to measure the lamps of a room, or says what stands in the way.
    pub(super) fn calibrate(
        &mut self,
        name: &str,
        wish: &types::Calibrate,
        now: Timestamp,
    ) -> Result<RoomIx, types::Problem> {
        let room = self.room_named(name)?;
        let by = wish.by.trim();
        if by.is_empty() || by.chars().count() > crate::limits::REASON_CHARS_MAX {
            return Err(problem("bad_value", "by", "say who, in 1 to 500 characters"));
        }
        if let Some(fault) = self.controller.cannot_calibrate(room, wish.force) {
            let code = format!("cannot_calibrate_{}", fault.name());
            return Err(problem(&code, name, fault.name()));
        }
        if !wish.dry_run {
            let (force, told_ms) = (wish.force, self.told_ms());
            let row = store::Calibrate { room: name.to_owned(), force, by: by.to_owned() };
            self.keeper.store.calibrate(told_ms, &row);
            self.decide(Input::Calibrate { room, force, by }, now);
            self.keeper.hurry();
        }
        Ok(room)
    }

    /// The answer to that.
    pub(super) fn calibration(&self, room: RoomIx, dry_run: bool) -> types::Calibration {
        let mut answer = answers::light::calibration(&self.controller, room);
        if dry_run {
            answer.state = "ready".to_owned();
            answer.steps = self.controller.calibration_steps(room).into_iter().map(step).collect();
            (answer.why, answer.by) = (None, String::new());
            (answer.began_ms, answer.ended_ms) = (None, None);
        }
        answer
    }
}

fn step(levels_pct: Vec<u8>) -> types::CalibrationStep {
    types::CalibrationStep { levels_pct, seen_lx: Vec::new() }
}
