//! Proof of the safety invariants over a finite abstraction: every combination of what matters to a zone, each put
//! to a decision function, with every rule that its condition allows there, one at a time.
//!
//! | input | values |
//! |---|---|
//! | occupancy, period | all |
//! | manual | none, dark, full |
//! | fire, lock, grid | off, on |
//! | daylight | not known, none, half the floor, plenty |
//! | level before | 0, 10, 50, 100 % |
//!
//! S2 holds by its type: a request names no circuit. S7 is a step: the same zone, resumed, with nothing known.

use super::Place;
use super::cells::{self, Input};
use crate::facts::PERIODS;
use crate::rule::{Ask, Rule, Target};
use crate::set::RuleSet;
use lighting::{
    Inputs, Kind, Occupancy, Period, Priority, Reason, Request, Settings, Verdict, Zone,
};

/// How a zone decides: the very one of the agent, or one that a test has broken.
pub type Decide = fn(&mut Zone, &Inputs, &Settings, Option<Request>, u64) -> Verdict<16>;

/// What was proved, or the first state that breaks an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// States that were looked at.
    pub states: usize,
    /// The invariant, and the state as a story: inputs, level before and after.
    pub broken: Option<(&'static str, String)>,
}

const NOW: u64 = 1_000_000_000;
const OCCUPANCIES: [Occupancy; 4] =
    [Occupancy::Unknown, Occupancy::Occupied, Occupancy::VacantPending, Occupancy::Vacant];

/// As the agent decides.
pub fn decide(
    zone: &mut Zone,
    inputs: &Inputs,
    settings: &Settings,
    rule: Option<Request>,
    now: u64,
) -> Verdict<16> {
    zone.decide_with(inputs, settings, rule.into_iter(), now)
}

/// Proves S1 and S3 to S9 for rules at the zones of a campus.
pub fn prove(rules: &RuleSet, places: &[Place], decide: Decide) -> Proof {
    let mut proof = Proof { states: 0, broken: None };
    let mut kinds: Vec<Settings> = Vec::new();
    for place in places {
        if !kinds.contains(&place.settings) {
            kinds.push(place.settings);
        }
    }
    for settings in kinds.iter().take(super::KINDS_MAX) {
        for occupancy in OCCUPANCIES {
            for period in PERIODS {
                let mut asked = vec![None];
                for rule in rules.rules() {
                    let request = request(rule, occupancy, period, settings);
                    if request.is_some() && !asked.contains(&request) {
                        asked.push(request);
                    }
                }
                for rule in asked {
                    proof.moment(settings, occupancy, period, rule, decide);
                    if proof.broken.is_some() {
                        return proof;
                    }
                }
            }
        }
    }
    proof
}

/// What a rule asks for where its condition may be true.
fn request(
    rule: &Rule,
    occupancy: Occupancy,
    period: Period,
    settings: &Settings,
) -> Option<Request> {
    let cells = cells::cells(&rule.cond, true)?;
    let may = |cell: &cells::Cell| {
        let bit = |input, nth: u8| cell.get(&input).is_none_or(|it| it.bits & (1 << nth) != 0);
        bit(Input::Occupancy, occupancy as u8) && bit(Input::Period, period as u8)
    };
    if !cells.iter().any(may) {
        return None;
    }
    let level = |target| match target {
        Target::Pct(pct) => pct,
        Target::Lx(lx) => settings.level_for(lx, 0),
    };
    let kind = match rule.ask {
        Ask::Set(target) => Kind::Set(level(target)),
        Ask::Min(target) => Kind::Min(level(target)),
        Ask::Max(target) => Kind::Max(level(target)),
        Ask::Off => Kind::Off,
        Ask::Hold => Kind::Hold,
    };
    let reason = Reason::Rule { number: 0, unsure: false };
    let expires = Some(NOW + 60_000);
    Some(Request { kind, priority: rule.priority, fade_ms: rule.fade_ms, expires, reason })
}

impl Proof {
    fn moment(
        &mut self,
        settings: &Settings,
        occupancy: Occupancy,
        period: Period,
        rule: Option<Request>,
        decide: Decide,
    ) {
        let daylights = [None, Some(0), Some(settings.floor_lx / 2), Some(2_000)];
        for bits in 0..8u8 {
            let lock = (bits & 2 != 0).then_some(30);
            let shed_pct = (bits & 4 != 0).then_some(40);
            for illuminance_lx in daylights {
                let inputs = Inputs {
                    occupancy,
                    period,
                    illuminance_lx,
                    lamp_pct: Some(0),
                    fire: bits & 1 != 0,
                    lock,
                    shed_pct,
                    ..Inputs::default()
                };
                for manual in [None, Some(0), Some(100)] {
                    for before in [0, 10, 50, 100] {
                        self.states += 1;
                        let state = State { inputs, settings, manual, before, rule };
                        if let Some(invariant) = state.broken(decide) {
                            self.broken = Some((invariant, state.story(decide)));
                            return;
                        }
                    }
                }
            }
        }
    }
}

struct State<'a> {
    inputs: Inputs,
    settings: &'a Settings,
    manual: Option<u8>,
    before: u8,
    rule: Option<Request>,
}

impl State<'_> {
    fn run(&self, inputs: &Inputs, rule: Option<Request>, decide: Decide) -> (Zone, Verdict<16>) {
        let mut zone = Zone::new();
        zone.adopt(self.before);
        if let Some(level) = self.manual {
            zone.press(level, self.settings, NOW);
        }
        let verdict = decide(&mut zone, inputs, self.settings, rule, NOW);
        (zone, verdict)
    }

    /// The first invariant that does not hold here.
    fn broken(&self, decide: Decide) -> Option<&'static str> {
        let inputs = &self.inputs;
        let (mut zone, verdict) = self.run(inputs, self.rule, decide);
        let (level, winner) = (verdict.level_pct, verdict.winner);
        let automatic = winner.priority > Priority::Manual;
        let off = self.before > 0 && level == 0 && automatic;
        if inputs.fire {
            return (level != 100).then_some("S1");
        }
        if let (Some(wished), None) = (self.manual, inputs.lock) {
            return (level != wished && inputs.occupancy != Occupancy::Vacant).then_some("S6");
        }
        if inputs.lock.is_some() || self.manual.is_some() {
            return None;
        }
        if off && inputs.occupancy == Occupancy::Occupied {
            return Some("S3");
        }
        if off && inputs.occupancy == Occupancy::Unknown {
            return Some("S5");
        }
        let daylight = inputs.illuminance_lx.unwrap_or(0);
        let lux = daylight + self.settings.lamp_lx * u32::from(level) / 100;
        let lesson = inputs.period.needs_light() && inputs.occupancy == Occupancy::Occupied;
        if lesson && level < self.settings.full_pct && lux < self.settings.floor_lx {
            return Some("S4");
        }
        let plain = self.run(inputs, None, decide).1;
        let by_itself = self.before == 0 && winner.priority > Priority::Floor;
        let most =
            self.settings.auto_pct.max(if self.rule.is_some() { plain.level_pct } else { 0 });
        if by_itself && level > most {
            return Some("S8");
        }
        if let Some(less) = inputs.shed_pct {
            let free =
                self.run(&Inputs { shed_pct: None, ..*inputs }, self.rule, decide).1.level_pct;
            let share = u16::from(free) * u16::from(100 - less) / 100;
            let given = u16::from(level) <= share.max(10) || winner.priority <= Priority::Floor;
            // A rule of the staff may ask for as much at the grid's own level.
            let ruled = matches!(winner.reason, Reason::Rule { .. });
            if (!given && !ruled) || (free > 0 && level == 0) {
                return Some("S9");
            }
        }
        zone.resume(self.settings, NOW);
        let unknown = Inputs { occupancy: Occupancy::Unknown, ..*inputs };
        let after = decide(&mut zone, &unknown, self.settings, None, NOW).level_pct;
        // After hours the sweep may warn, and the grid take its share of that.
        let warned = inputs.period == Period::Closed && after > 0;
        let lit_by_rule = self.rule.is_some();
        (after < level && !warned && !lit_by_rule).then_some("S7")
    }

    fn story(&self, decide: Decide) -> String {
        let verdict = self.run(&self.inputs, self.rule, decide).1;
        let (it, winner) = (&self.inputs, verdict.winner);
        format!(
            "{}, {}, daylight {:?} lx, fire {}, lock {:?}, grid {:?}, switch {:?}: {} → {} % by {}",
            it.occupancy.name(),
            it.period.name(),
            it.illuminance_lx,
            it.fire,
            it.lock,
            it.shed_pct,
            self.manual,
            self.before,
            verdict.level_pct,
            winner.reason.code()
        )
    }
}
