//! A cell made concrete: one moment with a time, inputs and people, told in both languages; and what the
//! lamps do then, by the very zone that the agent runs.

use super::cells::{Cell, Input, Values, all};
use crate::facts::{DAYS, Day, Facts, PERIODS, Reading, SENSORS, Sensor, WEEKDAYS};
use crate::rule::{Memory, Rule, Said};
use lighting::{Inputs, Occupancy, Period, Request, Settings, Verdict, Zone};

/// Where the clock stands at the beginning of a story, ms; nothing depends on it.
pub(super) const START_MS: u64 = 1_000_000_000;

/// How long a reading is believed, ms.
const FRESH_MS: u64 = super::cells::STALE_MS as u64;

/// A moment.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub facts: Facts,
    /// Sensors that the cell says something about: a story tells them.
    told: Vec<Sensor>,
    quiet: bool,
}

/// What a value is when nobody says anything about it, in thousandths.
const USUAL: [i64; SENSORS] = [300_000, 200_000, 700_000, 22_000, 50_000];

const OCCUPANCIES: [Occupancy; 4] =
    [Occupancy::Occupied, Occupancy::Vacant, Occupancy::VacantPending, Occupancy::Unknown];

/// The most ordinary moment of a cell.
pub(super) fn moment(cell: &Cell) -> Moment {
    let values = |input: Input| cell.get(&input).cloned();
    let has = |found: &Option<Values>, bit: u8| {
        found.as_ref().is_none_or(|values| values.bits & (1 << bit) != 0)
    };
    let occupancy = values(Input::Occupancy);
    let occupancy = OCCUPANCIES.into_iter().find(|it| has(&occupancy, *it as u8));
    let occupancy = occupancy.unwrap_or_default();
    let minute = values(Input::Minute);
    let (period, minute) = time_of_day(values(Input::Period), minute);
    let weekday = values(Input::Weekday);
    let weekday = [1, 0, 2, 3, 4, 5, 6].into_iter().find(|it| has(&weekday, *it)).unwrap_or(1);
    let day = values(Input::Day);
    let usual = if weekday >= 5 && day.is_none() { Day::Weekend } else { Day::School };
    let day = std::iter::once(usual)
        .chain(DAYS.map(|(_, day)| day))
        .find(|it| has(&day, *it as u8))
        .unwrap_or(usual);
    let quiet = values(Input::Quiet);
    let quiet_ms = match occupancy {
        Occupancy::Occupied | Occupancy::Unknown => 0,
        Occupancy::VacantPending => nearest(quiet.as_ref(), 120_000),
        Occupancy::Vacant => nearest(quiet.as_ref(), 900_000),
    };
    let mut facts = Facts {
        looked: true,
        occupancy,
        quiet_ms: u64::try_from(quiet_ms).unwrap_or(0),
        period,
        day,
        weekday,
        minute,
        manual: values(Input::Manual).is_some_and(|values| values.bits == 0b10),
        readings: [Reading::default(); SENSORS],
    };
    let mut told = Vec::new();
    for sensor in Sensor::ALL {
        let value = values(Input::Value(sensor));
        if value.is_some() {
            told.push(sensor);
        }
        let fresh = value.as_ref().is_none_or(|values| !values.ranges.is_empty());
        let milli = nearest(value.as_ref(), USUAL[sensor as usize]);
        facts.readings[sensor as usize] = Reading {
            milli: fresh.then_some(milli),
            measured: Some(START_MS - if fresh { 0 } else { FRESH_MS * 2 }),
            fresh_until: START_MS + if fresh { FRESH_MS } else { 0 },
        };
    }
    Moment { facts, told, quiet: quiet.is_some() }
}

/// A period and a minute that belong together on an ordinary day.
fn time_of_day(periods: Option<Values>, minutes: Option<Values>) -> (Period, u16) {
    let may = |period: Period| {
        periods.as_ref().is_none_or(|values| values.bits & (1 << period as u8) != 0)
    };
    let usual = |period: Period| match period {
        Period::Lesson | Period::Exam => 10 * 60,
        Period::Break => 9 * 60 + 45,
        Period::Open | Period::SelfStudy => 16 * 60,
        Period::Closed => 22 * 60,
    };
    let fits = |period: Period, minute: i64| match period {
        Period::Closed => !(7 * 60..18 * 60).contains(&minute),
        _ => (7 * 60..18 * 60).contains(&minute),
    };
    let order = [Period::Open, Period::Lesson].into_iter().chain(PERIODS);
    let wished: Vec<Period> = order.filter(|period| may(*period)).collect();
    let at = |period: &Period| (*period, nearest(minutes.as_ref(), usual(*period)));
    let found = wished.iter().map(at).find(|(period, minute)| fits(*period, *minute));
    let (period, minute) = found.or_else(|| wished.first().map(at)).unwrap_or((Period::Open, 960));
    (period, u16::try_from(minute).unwrap_or(0))
}

/// The allowed value that is nearest to a usual one.
fn nearest(values: Option<&Values>, usual: i64) -> i64 {
    let Some(values) = values else { return usual };
    let near = values.ranges.iter().map(|(from, to)| usual.clamp(*from, *to));
    near.min_by_key(|value| value.abs_diff(usual)).unwrap_or(usual)
}

impl Moment {
    /// `Tue 16:00, open, somebody is there, CO₂ 1250 ppm`.
    pub fn said(&self) -> Said {
        let facts = &self.facts;
        let clock = format!("{:02}:{:02}", facts.minute / 60, facts.minute % 60);
        let weekday = usize::from(facts.weekday.min(6));
        let (mut en, mut zh) = (String::new(), String::new());
        let english = WEEKDAYS[weekday];
        en.push_str(&format!("{}{} {clock}", english[..1].to_uppercase(), &english[1..]));
        zh.push_str(&format!("周{} {clock}", ["一", "二", "三", "四", "五", "六", "日"][weekday]));
        let mut add = |more: &str, zh_more: &str| {
            en.push_str(&format!(", {more}"));
            zh.push_str(&format!("，{zh_more}"));
        };
        if facts.day != Day::School {
            let name = DAYS.iter().find(|(_, day)| *day == facts.day).map_or("", |(name, _)| name);
            add(&name.replace('_', "-"), day_zh(facts.day));
        }
        let (period, period_zh) = period_words(facts.period);
        add(period, period_zh);
        let minutes = facts.quiet_ms / 60_000;
        match facts.occupancy {
            Occupancy::Occupied => add("somebody is there", "有人"),
            Occupancy::VacantPending => add(
                &format!("nobody seen for {minutes} min, not yet taken for empty"),
                &format!("{minutes} 分钟没人活动，还不算无人"),
            ),
            Occupancy::Vacant if self.quiet => {
                add(&format!("empty for {minutes} min"), &format!("已空 {minutes} 分钟"));
            }
            Occupancy::Vacant => add("empty", "无人"),
            Occupancy::Unknown => add("no sensor speaks", "人员传感器无数据"),
        }
        for sensor in &self.told {
            let name = sensor.name();
            match facts.reading(*sensor).milli {
                Some(milli) => {
                    let value = format!("{name} {} {}", shown(milli), sensor.unit());
                    add(&value, &value);
                }
                None => add(&format!("{name} silent"), &format!("{name} 无数据")),
            }
        }
        Said { en, zh }
    }

    /// What the lamps do when it stays like this for long; `from_pct` is where they begin.
    pub fn settle(&self, rules: &[&Rule], settings: &Settings, from_pct: u8) -> Outcome {
        let mut zone = Zone::new();
        zone.adopt(from_pct);
        let mut memories = vec![Memory::default(); rules.len()];
        let step_ms = rules.iter().map(|rule| rule.cond.longest_ms()).max().unwrap_or(0) + 60_000;
        let mut outcome = Outcome { level_pct: from_pct, winner: None };
        for step in 0..4 {
            let facts = self.later(step * step_ms);
            let now = START_MS + step * step_ms;
            let asked = ask(rules, &mut memories, &facts, settings, now);
            let inputs = inputs(&facts);
            let written = asked.iter().copied();
            let verdict: Verdict<32> = zone.decide_with(&inputs, settings, written, now);
            outcome.level_pct = verdict.level_pct;
            outcome.winner = match verdict.winner.reason {
                lighting::Reason::Rule { number, .. } => Some(usize::from(number)),
                _ => None,
            };
        }
        outcome
    }

    /// The same so much later, with readings as fresh or as stale as they are now.
    pub fn later(&self, ms: u64) -> Facts {
        let mut facts = self.facts.clone();
        for reading in facts.readings.iter_mut().filter(|reading| reading.milli.is_some()) {
            reading.measured = reading.measured.map(|at| at + ms);
            reading.fresh_until += ms;
        }
        facts
    }
}

/// What lamps do in the end, and which of the given rules wants it; `None` for the shipped ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub level_pct: u8,
    pub winner: Option<usize>,
}

/// What rules ask for, numbered as they are given.
pub(super) fn ask(
    rules: &[&Rule],
    memories: &mut [Memory],
    facts: &Facts,
    settings: &Settings,
    now: u64,
) -> Vec<Request> {
    let all = rules.iter().zip(memories).enumerate();
    all.filter_map(|(nth, (rule, memory))| rule.ask(nth as u16, memory, facts, settings, now).0)
        .collect()
}

/// What the shipped rules are told.
pub(super) fn inputs(facts: &Facts) -> Inputs {
    let daylight = facts.reading(Sensor::DaylightLx).milli;
    Inputs {
        occupancy: facts.occupancy,
        vacant_for_ms: facts.quiet_ms,
        illuminance_lx: daylight.and_then(|milli| u32::try_from(milli / 1000).ok()),
        lamp_pct: Some(0),
        period: facts.period,
        ..Inputs::default()
    }
}

/// Thousandths without zeros at the end.
pub(super) fn shown(milli: i64) -> String {
    let text = format!("{}.{:03}", milli / 1000, milli.abs() % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A cell with one more input fixed; `None` where that cannot be.
pub(super) fn with_bit(cell: &Cell, input: Input, bit: u8) -> Option<Cell> {
    let known = cell.get(&input).cloned().unwrap_or_else(|| all(&input));
    if known.bits & (1 << bit) == 0 {
        return None;
    }
    let mut cell = cell.clone();
    cell.insert(input, Values::bits(1 << bit));
    Some(cell)
}

pub(super) const fn period_words(period: Period) -> (&'static str, &'static str) {
    match period {
        Period::Lesson => ("lesson", "上课"),
        Period::Break => ("break", "课间"),
        Period::Open => ("open", "开放"),
        Period::Closed => ("closed", "闭校"),
        Period::SelfStudy => ("self-study", "自习"),
        Period::Exam => ("exam", "考试"),
    }
}

const fn day_zh(day: Day) -> &'static str {
    match day {
        Day::School => "上学日",
        Day::MakeUp => "调休上课日",
        Day::Weekend => "周末",
        Day::Holiday => "节假日",
        Day::Vacation => "寒暑假",
        Day::Closed => "停课日",
    }
}
