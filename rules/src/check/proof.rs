//! Proof of the safety invariants over a finite abstraction: every combination of what matters to a zone, each put
//! to a decision function, with every rule that its condition allows there: none, one, and two at a time.
//!
//! | input | values |
//! |---|---|
//! | occupancy, period | all |
//! | manual | none, dark, full |
//! | fire, lock, grid | off, on |
//! | daylight | not known, none, half the floor, plenty |
//! | level before | 0, 10, 50, 100 % |
//! | after hours | just closed; warned; swept |
//!
//! S2 holds by its type: a request names no circuit. S7 is a step: the same zone, resumed, with nothing known.
//! Zones that behave alike and have the same rules are looked at once. Two rules are tried together where both
//! *may* hold in that period and occupancy; a pair that breaks something counts where their conditions meet.

use super::Place;
use super::cells::{self, Cell, Input};
use super::witness::period_words;
use crate::facts::PERIODS;
use crate::rule::{Ask, Rule, Said, Target};
use crate::set::RuleSet;
use lighting::{
    Inputs, Kind, Occupancy, Period, Priority, Reason, Request, Settings, Verdict, Zone,
};

/// How a zone decides: the very one of the agent, or one that a test has broken.
pub type Decide = fn(&mut Zone, &Inputs, &Settings, &[Request], u64) -> Verdict<16>;

/// What was proved, or the first state that breaks an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// States that were looked at.
    pub states: usize,
    /// What was too much to look at: kinds of zones, and pairs of requests of rules. Nothing is proved of them.
    pub left_out: usize,
    /// The invariant, and the state as a story: inputs, level before and after.
    pub broken: Option<(&'static str, Said)>,
}

/// Most kinds of zones that are looked at: a second each with many rules.
const KINDS_PROVED_MAX: usize = 32;

/// Most pairs of requests in one period and occupancy: two hundred are some twenty different requests.
const PAIRS_MAX: usize = 200;

const NOW: u64 = 1_000_000_000;
const OCCUPANCIES: [Occupancy; 4] =
    [Occupancy::Unknown, Occupancy::Occupied, Occupancy::VacantPending, Occupancy::Vacant];

/// As the agent decides.
pub fn decide(
    zone: &mut Zone,
    inputs: &Inputs,
    settings: &Settings,
    rules: &[Request],
    now: u64,
) -> Verdict<16> {
    zone.decide_with(inputs, settings, rules.iter().copied(), now)
}

/// Proves S1 and S3 to S9 for rules at the zones of a campus, each with what it holds by these rules.
pub fn prove(rules: &RuleSet, places: &[Place], decide: Decide) -> Proof {
    let mut proof = Proof { states: 0, left_out: 0, broken: None };
    let known: Vec<(&Rule, Option<Vec<Cell>>)> =
        rules.rules().iter().map(|rule| (rule, cells::cells(&rule.cond, true))).collect();
    let mut kinds: Vec<(Settings, Vec<usize>)> = Vec::new();
    for place in super::held(rules, places) {
        let holds = |rule: &Rule| rule.scopes.iter().any(|scope| scope.matches(&place.name));
        let here = (0..known.len()).filter(|nth| holds(known[*nth].0)).collect();
        let kind = (place.settings, here);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    proof.left_out += kinds.len().saturating_sub(KINDS_PROVED_MAX);
    for (settings, here) in kinds.iter().take(KINDS_PROVED_MAX) {
        for occupancy in OCCUPANCIES {
            for period in PERIODS {
                let (sets, left_out) = asked(&known, here, settings, (occupancy, period));
                proof.left_out += left_out;
                for set in &sets {
                    proof.moment(settings, (occupancy, period), set, decide);
                    if proof.broken.is_some() {
                        return proof;
                    }
                }
            }
        }
    }
    proof
}

/// Requests that may be made at once in a moment: none, each alone, every two whose conditions meet there; and
/// how many pairs were too many.
fn asked(
    known: &[(&Rule, Option<Vec<Cell>>)],
    here: &[usize],
    settings: &Settings,
    moment: (Occupancy, Period),
) -> (Vec<Vec<Request>>, usize) {
    // A request, and the cells of all rules that make it.
    let mut requests: Vec<(Request, Vec<&Cell>)> = Vec::new();
    for nth in here {
        let (rule, Some(cells)) = &known[*nth] else { continue };
        let mut cells = cells.iter().filter(|cell| may(cell, moment)).peekable();
        if cells.peek().is_none() {
            continue;
        }
        let request = request(rule, settings);
        match requests.iter_mut().find(|(other, _)| *other == request) {
            Some((_, known)) => known.extend(cells),
            None => requests.push((request, cells.collect())),
        }
    }
    let mut sets = vec![Vec::new()];
    sets.extend(requests.iter().map(|(request, _)| vec![*request]));
    let mut pairs = 0;
    for (nth, (one, cells)) in requests.iter().enumerate() {
        for (other, others) in &requests[nth + 1..] {
            if pairs >= PAIRS_MAX {
                let of = requests.len();
                return (sets, of * (of - 1) / 2 - pairs);
            }
            pairs += 1;
            let meets = |a: &&Cell| {
                let met = |b: &&Cell| cells::meet(a, b).is_some_and(|both| may(&both, moment));
                others.iter().take(CELLS_TRIED).any(met)
            };
            // Where there are too many to try, they may.
            let many = cells.len().max(others.len()) > CELLS_TRIED;
            if many || cells.iter().any(meets) {
                sets.push(vec![*one, *other]);
            }
        }
    }
    (sets, 0)
}

/// Cells of one request that are held against those of another.
const CELLS_TRIED: usize = 64;

fn may(cell: &Cell, (occupancy, period): (Occupancy, Period)) -> bool {
    let bit = |input, nth: u8| cell.get(&input).is_none_or(|it| it.bits & (1 << nth) != 0);
    bit(Input::Occupancy, occupancy as u8) && bit(Input::Period, period as u8)
}

/// What a rule asks for. How long that takes to fade is nothing to these invariants.
fn request(rule: &Rule, settings: &Settings) -> Request {
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
    Request { kind, priority: rule.priority, fade_ms: settings.fade_ms, expires, reason }
}

/// What the sweep after hours has done before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Swept {
    /// Nothing.
    Not,
    /// It has warned a moment ago.
    Warned,
    /// It has warned, and its time is over.
    Off,
}

impl Proof {
    fn moment(
        &mut self,
        settings: &Settings,
        (occupancy, period): (Occupancy, Period),
        rules: &[Request],
        decide: Decide,
    ) {
        let daylights = [None, Some(0), Some(settings.floor_lx / 2), Some(2_000)];
        let closed = [Swept::Not, Swept::Warned, Swept::Off];
        let swept = if period == Period::Closed { &closed[..] } else { &closed[..1] };
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
                        for swept in swept.iter().copied() {
                            self.states += 1;
                            let state = State { inputs, settings, manual, before, swept, rules };
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
}

struct State<'a> {
    inputs: Inputs,
    settings: &'a Settings,
    manual: Option<u8>,
    before: u8,
    swept: Swept,
    rules: &'a [Request],
}

impl State<'_> {
    fn run(&self, inputs: &Inputs, rules: &[Request], decide: Decide) -> (Zone, Verdict<16>) {
        let mut zone = Zone::new();
        zone.adopt(self.before);
        if self.swept != Swept::Not {
            // Somebody may be there, and nothing else asks for anything.
            let (occupancy, period) = (Occupancy::Unknown, Period::Closed);
            let quiet = Inputs { occupancy, period, ..Inputs::default() };
            let ago_ms = if self.swept == Swept::Off { self.settings.warn_ms } else { 1_000 };
            decide(&mut zone, &quiet, self.settings, &[], NOW - u64::from(ago_ms));
            // The level is one of those to be tried, whatever the warning made of it.
            zone.adopt(self.before);
        }
        if let Some(level) = self.manual {
            zone.press(level, self.settings, NOW);
        }
        let verdict = decide(&mut zone, inputs, self.settings, rules, NOW);
        (zone, verdict)
    }

    /// The first invariant that does not hold here.
    fn broken(&self, decide: Decide) -> Option<&'static str> {
        let inputs = &self.inputs;
        let (mut zone, verdict) = self.run(inputs, self.rules, decide);
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
        // After hours, and after a warning, the sweep may.
        let swept = self.swept == Swept::Off && winner.priority == Priority::Sweep;
        if off && inputs.occupancy == Occupancy::Unknown && !swept {
            return Some("S5");
        }
        let daylight = inputs.illuminance_lx.unwrap_or(0);
        let lux = daylight + self.settings.lamp_lx * u32::from(level) / 100;
        let lesson = inputs.period.needs_light() && inputs.occupancy == Occupancy::Occupied;
        if lesson && level < self.settings.full_pct && lux < self.settings.floor_lx {
            return Some("S4");
        }
        let plain = self.run(inputs, &[], decide).1;
        let by_itself = self.before == 0 && winner.priority > Priority::Floor;
        let most =
            self.settings.auto_pct.max(if self.rules.is_empty() { 0 } else { plain.level_pct });
        if by_itself && level > most {
            return Some("S8");
        }
        if let Some(less) = inputs.shed_pct {
            let free =
                self.run(&Inputs { shed_pct: None, ..*inputs }, self.rules, decide).1.level_pct;
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
        let after = decide(&mut zone, &unknown, self.settings, self.rules, NOW).level_pct;
        // After hours the sweep may warn, and the grid take its share of that.
        let warned = inputs.period == Period::Closed && after > 0;
        (after < level && !warned).then_some("S7")
    }

    fn story(&self, decide: Decide) -> Said {
        let verdict = self.run(&self.inputs, self.rules, decide).1;
        let it = &self.inputs;
        let ((period, period_zh), (there, there_zh)) =
            (period_words(it.period), occupancy_words(it.occupancy));
        let (mut en, mut zh) = (format!("{there}, {period}"), format!("{there_zh}，{period_zh}"));
        let mut add = |more: String, zh_more: String| {
            en += &format!(", {more}");
            zh += &format!("，{zh_more}");
        };
        match it.illuminance_lx {
            Some(lx) => add(format!("{lx} lx of daylight"), format!("日光 {lx} lx")),
            None => add("daylight not known".into(), "日光未知".into()),
        }
        if it.fire {
            add("fire".into(), "火警".into());
        }
        if let Some(pct) = it.lock {
            add(format!("locked at {pct} %"), format!("检修锁定 {pct} %"));
        }
        if let Some(pct) = it.shed_pct {
            add(format!("the grid asks for {pct} % less"), format!("电网要求减少 {pct} %"));
        }
        if let Some(pct) = self.manual {
            add(format!("the switch was set to {pct} %"), format!("开关按到 {pct} %"));
        }
        match self.swept {
            Swept::Not => {}
            Swept::Warned => add("the sweep has warned".into(), "关灯预警中".into()),
            Swept::Off => add("the sweep's warning is over".into(), "关灯预警已到时".into()),
        }
        let asked: Vec<String> = self.rules.iter().map(asks).collect();
        if !asked.is_empty() {
            let asked = asked.join(" + ");
            add(format!("rules ask for {asked}"), format!("规则要求 {asked}"));
        }
        let (before, after) = (self.before, verdict.level_pct);
        let by = verdict.winner.reason.code();
        en += &format!(": {before} → {after} % by {by}");
        zh += &format!("：{before} → {after} %，由 {by} 决定");
        Said { en, zh }
    }
}

/// A request as the file writes it.
fn asks(request: &Request) -> String {
    let asked = match request.kind {
        Kind::Set(pct) => format!("set {pct} %"),
        Kind::Min(pct) => format!("min {pct} %"),
        Kind::Max(pct) => format!("max {pct} %"),
        Kind::Off => "off".to_owned(),
        Kind::Hold => "hold".to_owned(),
    };
    format!("{asked} ({})", request.priority.name())
}

const fn occupancy_words(occupancy: Occupancy) -> (&'static str, &'static str) {
    match occupancy {
        Occupancy::Unknown => ("nobody knows who is there", "不知有无人"),
        Occupancy::Occupied => ("occupied", "有人"),
        Occupancy::VacantPending => ("quiet for a moment", "暂无动静"),
        Occupancy::Vacant => ("vacant", "无人"),
    }
}
