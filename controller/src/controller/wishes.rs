//! What people ask of the lamps of a room, from outside of it.

use super::*;

impl Controller {
    /// A person's wish, or its end.
    pub(super) fn wish(
        &mut self,
        room: RoomIx,
        zone: Option<Id>,
        set: Option<(u8, Timestamp)>,
        out: &mut Vec<Action>,
    ) {
        let Some(state) = self.rooms.get(room.at()) else { return };
        self.imposed.unstage(room);
        for ix in state.zones() {
            let config = self.zone_config(ix);
            if zone.is_some_and(|wanted| wanted != config.id) {
                continue;
            }
            let settings = config.lighting;
            let memory = &mut self.zones[ix.at()].memory;
            memory.told = None;
            let rules = &mut memory.rules;
            match set {
                Some((level, until)) => {
                    rules.set_override(level, until.millis(), &settings, self.now.millis());
                }
                None => rules.clear_override(),
            }
        }
        self.look_again(room, self.now, out);
    }
}
