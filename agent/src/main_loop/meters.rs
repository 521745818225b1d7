//! Meters and gateways: what the buses say becomes input; what people say about a register, too.

use super::Body;
use crate::api::{LedgerOrder, Repair, problem, types};
use crate::bus::{Said, Taken};
use crate::gateways::Levels;
use crate::store;
use controller::{Input, MeterIx, NodeIx, Timestamp};
use wire::Id;

impl Body {
    /// decode, decide: what a bus said.
    pub(super) fn said(&mut self, said: Said, now: Timestamp) {
        match said {
            Said::Read(taken) => self.read(*taken, now),
            Said::Levels { gateway, channels, at: _ } => self.levels(gateway, &channels, now),
            Said::Silent { meter, why, .. } => {
                let meter = self.controller.meter_name(meter);
                tracing::warn!(%meter, %why, "a meter does not answer");
            }
            Said::Bus { bus, up: true, .. } => {
                tracing::info!(bus = %self.bus_name(bus), "the bus works");
                if self.io.buses.live().buses.iter().all(|bus| bus.connected) {
                    self.facts.healthy("meters");
                }
            }
            Said::Bus { bus, up: false, why, .. } => {
                let what = format!("bus {}: {why}", self.bus_name(bus));
                tracing::warn!(what, "a bus is away");
                self.facts.degraded("meters", &what, now);
            }
        }
    }

    fn bus_name(&self, bus: usize) -> String {
        self.io.buses.live().buses.get(bus).map_or_else(String::new, |bus| bus.id.to_string())
    }

    /// decide: a meter was read. Without room to keep it, it is as if it had not been: its register
    /// is cumulative, so that the next reading makes up for it.
    fn read(&mut self, taken: Taken, now: Timestamp) {
        self.io.metrics.meter_reads.increment(1);
        let Some(register_wh) = taken.register_wh else { return };
        if !self.keeper.has_room() {
            self.io.metrics.refuse("store_behind");
            return;
        }
        let Taken { meter, at, power_mw, ratio_milli, .. } = taken;
        let reading = controller::Reading { at, register_wh, power_mw, ratio_milli };
        let name = self.controller.meter_name(meter);
        let raw: Vec<u8> = taken
            .raw
            .iter()
            .flat_map(|raw| raw.words.iter().flat_map(|word| word.to_be_bytes()))
            .collect();
        self.decide(Input::Register { meter, reading }, now);
        let told_ms = self.told_ms();
        self.keeper.store.reading(
            told_ms,
            &name,
            &store::Reading { at_ms: at.0, register_wh, power_mw, ratio_milli, raw: &raw },
        );
    }

    /// decide: what the lamps of a gateway are at, as a frame.
    fn levels(&mut self, gateway: Id, levels: &Levels, now: Timestamp) {
        if self.gateways.news(gateway, levels, now).is_none() || !self.keeper.has_room() {
            return;
        }
        let Some(node) = self.controller.find_node(gateway.as_str()) else { return };
        if let Some(frame) = self.gateways.frame(gateway, levels, now) {
            self.frame(node, &frame, now);
        }
    }

    /// light: a node's lamps should do something else. A gateway hears it on its bus, at once.
    pub(super) fn desire(&mut self, node: NodeIx) {
        let Some(id) = self.gateways.id(node) else { return self.outgoing.desire(node) };
        let Some(desired) = self.controller.desired(node) else { return };
        let levels: Vec<(Id, u8)> = desired
            .lamps
            .iter()
            .filter_map(|lamp| Some((Id::new(lamp.channel).ok()?, lamp.level_pct)))
            .collect();
        self.io.buses.write_levels(id, &levels);
    }

    /// decide: what a person says about a register. Kept like any other input, for replay.
    pub(super) fn book(
        &mut self,
        order: LedgerOrder,
        now: Timestamp,
    ) -> Result<(), types::Problem> {
        match order {
            LedgerOrder::Replace(replace) => {
                let meter = self.meter_named(&replace.meter)?;
                let told_ms = self.told_ms();
                self.keeper.store.replace(told_ms, &replace);
                let at = Timestamp(replace.at_ms);
                let store::Replace { old_final_wh, new_first_wh, .. } = replace;
                self.decide(Input::Replace { meter, at, old_final_wh, new_first_wh }, now);
            }
            LedgerOrder::Judge(judge) => {
                let meter = self.meter_named(&judge.meter)?;
                if self.controller.meter(meter).doubt.is_none() {
                    let about = &judge.meter;
                    return Err(problem("cannot_repair", about, "nothing is in doubt there"));
                }
                let told_ms = self.told_ms();
                self.keeper.store.judge(told_ms, &judge);
                self.decide(Input::Judge { meter, believe: judge.believe }, now);
            }
            LedgerOrder::Repair(repair) => self.repair(*repair, now)?,
        }
        self.keeper.hurry();
        Ok(())
    }

    fn repair(&mut self, repair: Repair, now: Timestamp) -> Result<(), types::Problem> {
        let Repair { record, rows, incidents } = repair;
        let meter = self.meter_named(&record.meter)?;
        let about = record.meter.clone();
        let told_ms = self.told_ms();
        self.keeper.store.repair(told_ms, record).map_err(|_| {
            problem("cannot_repair", &about, "too many slots at once; repair a shorter time")
        })?;
        // The rows are in the record; what the controller asks for again is not kept twice.
        let mut echoed = Vec::new();
        let input = Input::Repair { meter, rows: &rows, incidents: &incidents };
        self.controller.handle(input, now, &mut echoed);
        let others = echoed.into_iter().filter(|action| !is_of(action, meter));
        others.for_each(|action| self.act(action, now));
        Ok(())
    }

    fn meter_named(&self, name: &str) -> Result<MeterIx, types::Problem> {
        self.controller.find_meter(name).ok_or_else(|| {
            let mut none = problem("no_such_meter", name, &format!("no meter `{name}`"));
            let known = self.controller.meters().map(|meter| meter.name);
            none.candidates = crate::names::nearest(name, known);
            none
        })
    }
}

fn is_of(action: &controller::Action, meter: MeterIx) -> bool {
    match action {
        controller::Action::Posting(posting) => posting.meter == meter,
        controller::Action::Incident(incident) => incident.meter == meter,
        _ => false,
    }
}
