//! What people ask of the lamps of a room, at its wall switch and from outside of it.

use super::*;

impl Controller {
    /// More presses than seen in this boot: somebody pressed, at the moment of measurement.
    pub(super) fn take_presses(
        &mut self,
        ix: NodeIx,
        frame: &Frame<'_>,
        measured: Timestamp,
    ) -> bool {
        let mut pressed = false;
        for reading in frame.readings.iter().filter(|r| r.quantity == Quantity::Presses) {
            let Sample::Is(count) = reading.sample else { continue };
            let count = u32::try_from(count.whole()).unwrap_or(u32::MAX);
            let state = &self.nodes[ix.at()];
            let symbol = state.symbol(reading.channel);
            let driven = state.zones.iter().find(|z| Some(self.zones[z.at()].symbol) == symbol);
            let Some(zone_ix) = driven.copied() else { continue };
            if count <= self.zones[zone_ix.at()].memory.presses {
                continue;
            }
            let settings = self.zone_config(zone_ix).lighting;
            let asked = frame.sample(Quantity::ManualPct, reading.channel).and_then(Sample::value);
            let level = asked.map_or(settings.full_pct, |value| value.whole().clamp(0, 100) as u8);
            let memory = &mut self.zones[zone_ix.at()].memory;
            memory.presses = count;
            memory.rules.press(level, &settings, measured.millis());
            memory.told = None;
            self.imposed.unstage(self.zones[zone_ix.at()].room);
            self.undesired(ix);
            pressed = true;
        }
        pressed
    }

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
