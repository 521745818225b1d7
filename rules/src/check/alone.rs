//! Mistakes that one rule makes by itself.

use super::cells::{Cell, HOLD_MS, Input, LONG_MS, Values, meet};
use super::witness::{Moment, moment, with_bit};
use super::{Class, Finding, Known, Place};
use crate::cond::{Cmp, Cond};
use crate::fault::Span;
use crate::rule::{Ask, Rule, Said, Target};
use lighting::{Occupancy, Period, Settings};

/// Longest that light may outlive what is known, ms: lamps are off within 20 min of vacancy
/// (ASHRAE 90.1-2016 9.4.1.1).
const OUTLIVES_MS_MAX: u32 = 1_200_000;

/// Below this a lamp over people's heads counts as dark, %.
const DARK_PCT: u8 = 10;

/// Up to this, light in an empty room is for orientation, %.
const ORIENTATION_PCT: u8 = 20;

/// Longest stretch of a day for which light in an empty room counts as having an end, min.
const STRETCH_MIN: i64 = 240;

/// Most cells of a rule that are tried at a zone.
const TRIED_MAX: usize = 24;

/// Everything that is wrong with one rule, at the kinds of zones where it holds.
pub(super) fn check(one: &Known<'_>, kinds: &[&Place]) -> Vec<Finding> {
    if one.cells.is_empty() {
        return vec![never(one.rule)];
    }
    let mut found = Vec::new();
    found.extend(dark(one));
    found.extend(ignorant(one));
    let endless = endless(one);
    let outlives = outlives(one.rule);
    if endless.is_none() {
        found.extend(kinds.iter().find_map(|place| behind_a_person(one, &place.settings)));
    }
    found.extend(endless.or(outlives));
    found.extend(kinds.iter().find_map(|place| too_bright(one, &place.settings)));
    found.extend(kinds.iter().find_map(|place| below_the_floor(one, &place.settings)));
    found
}

fn finding(
    class: Class,
    rule: &Rule,
    at: &Span,
    story: (String, String),
    hint: (&str, &str),
) -> Finding {
    let story = Said { en: story.0, zh: story.1 };
    let hint = Said { en: hint.0.into(), zh: hint.1.into() };
    Finding::new(class, rule, Vec::new(), at.clone(), story, hint)
}

fn never(rule: &Rule) -> Finding {
    let story = (
        "no moment makes the condition true, so the rule never asks for anything".to_owned(),
        "任何时刻条件都不成立，这条规则永远不会起作用".to_owned(),
    );
    let hint = (
        "look for parts joined by `&&` that exclude each other, or values that no sensor reports",
        "请检查用 `&&` 连接却互相排斥的部分，或传感器不可能给出的数值",
    );
    finding(Class::Shadowed, rule, &rule.at.when, story, hint)
}

/// Cells with one occupancy.
fn cells_with(cells: &[Cell], occupancy: Occupancy) -> impl Iterator<Item = Cell> {
    cells.iter().filter_map(move |cell| {
        let cell = with_bit(cell, Input::Occupancy, occupancy as u8)?;
        match occupancy {
            // Nobody is unseen while somebody is there.
            Occupancy::Occupied if !has_zero(&cell) => None,
            _ => Some(cell),
        }
    })
}

fn has_zero(cell: &Cell) -> bool {
    cell.get(&Input::Quiet).is_none_or(|quiet| quiet.ranges.iter().any(|it| it.0 <= 0))
}

/// Whether it asks for what counts as dark.
fn asks_dark(ask: Ask) -> bool {
    match ask {
        Ask::Off => true,
        Ask::Set(Target::Pct(pct)) | Ask::Max(Target::Pct(pct)) => pct < DARK_PCT,
        _ => false,
    }
}

/// Dark over people's heads, in ignorance, or before the hold is over; the worst of it.
fn dark(one: &Known<'_>) -> Option<Finding> {
    let rule = one.rule;
    if !asks_dark(rule.ask) {
        return None;
    }
    let asks = rule.ask.name();
    let hint = (
        "add `vacant &&`: a rule makes a room dark only when it is known to be empty",
        "请加上 `vacant &&`：只有确知无人时，规则才可以关灯",
    );
    if let Some(cell) = cells_with(&one.cells, Occupancy::Occupied).next() {
        let said = moment(&cell).said();
        let story = (
            format!(
                "{}: the rule asks `{asks}` over people's heads (S3); it is not obeyed",
                said.en
            ),
            format!("{}：规则在有人时要求 `{asks}`（违反 S3），不会执行", said.zh),
        );
        return Some(finding(Class::Unsafe, rule, &rule.at.ask, story, hint));
    }
    if let Some(cell) = cells_with(&one.cells, Occupancy::Unknown).next() {
        let said = moment(&cell).said();
        let story = (
            format!(
                "{}: nobody knows whether people are there, and the rule asks `{asks}` (S5); it is \
                 not obeyed",
                said.en
            ),
            format!("{}：不知道是否有人，规则却要求 `{asks}`（违反 S5），不会执行", said.zh),
        );
        return Some(finding(Class::Stale, rule, &rule.at.when, story, hint));
    }
    let cell = cells_with(&one.cells, Occupancy::VacantPending).next()?;
    let said = moment(&cell).said();
    let story = (
        format!(
            "{}: the rule asks `{asks}`; whoever sat still moves one second later, and the movement \
             is still on its way while the lamps go dark",
            said.en
        ),
        format!("{}：规则要求 `{asks}`；静坐的人一秒后动了一下，信号还在路上，灯已经灭了", said.zh),
    );
    Some(finding(Class::Race, rule, &rule.at.when, story, hint))
}

/// Acting because a sensor is silent, or taking an old reading for a fresh one.
fn ignorant(one: &Known<'_>) -> Option<Finding> {
    let rule = one.rule;
    let takes_light =
        rule.ask.darkens() || matches!(rule.ask, Ask::Set(Target::Pct(pct)) if pct < 50);
    let silent = |cell: &&Cell| {
        cell.iter().any(|(input, values)| {
            matches!(input, Input::Value(_)) && values.bits == 1 && values.ranges.is_empty()
                || *input == Input::Occupancy && values.bits == 1 << Occupancy::Unknown as u8
        })
    };
    if let Some(cell) = one.cells.iter().find(silent).filter(|_| takes_light) {
        let said = moment(cell).said();
        let asks = rule.ask.name();
        let story = (
            format!("{}: just because nothing is known, the rule asks `{asks}`", said.en),
            format!("{}：只因为没有数据，规则就要求 `{asks}`", said.zh),
        );
        let hint = (
            "a silent sensor is a reason for more light, or for none to change; ask for `hold` or `min`",
            "传感器无数据时只能加光或保持；请改用 `hold` 或 `min`",
        );
        return Some(finding(Class::Stale, rule, &rule.at.when, story, hint));
    }
    let ms = trusts_old(&rule.cond)?;
    let minutes = ms / 60_000;
    let story = (
        format!(
            "16:00 the sensor is unplugged; until 16:{:02} the rule goes on as if its last reading \
             were true, though a reading counts as fresh for 2.5 min only",
            minutes.min(59)
        ),
        format!(
            "16:00 传感器被拔掉；直到 16:{:02} 规则仍把最后一次读数当真，而读数只在 2.5 分钟内算新",
            minutes.min(59)
        ),
    );
    let hint = (
        "use `fresh(…)`, or leave it away: what is stale is unknown by itself",
        "请用 `fresh(…)`，或直接去掉：过期的读数本来就算未知",
    );
    Some(finding(Class::Stale, rule, &rule.at.when, story, hint))
}

/// An `age(…) < …` that is longer than a reading is fresh.
fn trusts_old(cond: &Cond) -> Option<u64> {
    match cond {
        Cond::Age(_, Cmp::Lt | Cmp::Le, ms) if *ms > super::cells::STALE_MS as u64 => Some(*ms),
        Cond::Not(inner) => match &**inner {
            Cond::Age(_, Cmp::Gt | Cmp::Ge, ms) if *ms > super::cells::STALE_MS as u64 => Some(*ms),
            _ => None,
        },
        Cond::And(a, b) | Cond::Or(a, b) => trusts_old(a).or_else(|| trusts_old(b)),
        Cond::For(_, inner, _) | Cond::Since(_, inner, ..) => trusts_old(inner),
        _ => None,
    }
}

const fn asks_light(ask: Ask) -> bool {
    matches!(ask, Ask::Set(_) | Ask::Min(_) | Ask::Hold)
}

/// Cells in which the room is empty for as long as one likes.
fn long_empty(one: &Known<'_>) -> impl Iterator<Item = Cell> {
    let late = Cell::from([(Input::Quiet, Values::ranges(vec![(LONG_MS, LONG_MS)]))]);
    cells_with(&one.cells, Occupancy::Vacant).filter(move |cell| meet(cell, &late).is_some())
}

/// Light in an empty room, without an end.
fn endless(one: &Known<'_>) -> Option<Finding> {
    let rule = one.rule;
    if !asks_light(rule.ask) {
        return None;
    }
    let short = |bit: Period| 1u16 << bit as u8;
    let long_periods = short(Period::Open) | short(Period::Closed);
    let unbounded = |cell: &Cell| {
        let stretch = cell.get(&Input::Minute).is_none_or(|it| it.count() > STRETCH_MIN);
        let period = cell.get(&Input::Period).is_none_or(|it| it.bits & long_periods != 0);
        stretch && period
    };
    let cell = long_empty(one).find(unbounded)?;
    let said = moment(&cell).said();
    let asks = rule.ask.name();
    let story = (
        format!(
            "{}: everybody has gone home, and hours later the rule still asks `{asks}`; the lamps \
             burn in an empty room, and nothing ends it (L1)",
            said.en
        ),
        format!(
            "{}：人都走了，几小时后规则仍要求 `{asks}`；空教室里的灯一直亮着，没有尽头（违反 L1）",
            said.zh
        ),
    );
    let hint = (
        "add `occupied &&`, or `vacant_for_min < 15`, or times with `between(…)` of up to 4 hours",
        "请加上 `occupied &&`、`vacant_for_min < 15`，或不超过 4 小时的 `between(…)`",
    );
    Some(finding(Class::Endless, rule, &rule.at.when, story, hint))
}

/// Light that a silent sensor keeps on for longer than a room may be lit and empty.
fn outlives(rule: &Rule) -> Option<Finding> {
    if !asks_light(rule.ask) || rule.expires_ms <= OUTLIVES_MS_MAX {
        return None;
    }
    let minutes = rule.expires_ms / 60_000;
    let end = 22 * 60 + minutes;
    let end = format!("{:02}:{:02}", end / 60 % 24, end % 60);
    let story = (
        format!(
            "22:00 a sensor falls silent while the rule asks for light; the lamps stay lit until {end}"
        ),
        format!("22:00 规则要求开灯时传感器断了；灯会一直亮到 {end}"),
    );
    let hint = ("20 min are enough: that is the longest hold", "20 分钟足够：这是最长的延时");
    Some(finding(Class::Endless, rule, &rule.at.expires, story, hint))
}

/// Lamps that come on again, brightly, in the room that a person has just left and switched off.
fn behind_a_person(one: &Known<'_>, settings: &Settings) -> Option<Finding> {
    let rule = one.rule;
    if !matches!(rule.ask, Ask::Set(_) | Ask::Min(_)) {
        return None;
    }
    let just_left = Cell::from([(Input::Quiet, Values::ranges(vec![(HOLD_MS, LONG_MS)]))]);
    let empty = cells_with(&one.cells, Occupancy::Vacant).filter_map(|it| meet(&it, &just_left));
    for cell in empty.take(TRIED_MAX) {
        let moment = moment(&cell);
        let outcome = moment.settle(&[rule], settings, 0);
        if outcome.winner == Some(0) && outcome.level_pct > ORIENTATION_PCT {
            let (said, level) = (moment.said(), outcome.level_pct);
            let story = (
                format!(
                    "somebody presses off and leaves; {}: the wish has served its purpose, and the rule \
                     switches the lamps on again, to {level} %",
                    said.en
                ),
                format!(
                    "有人按墙壁开关关灯离开；{}：手动已结束，规则又把灯开到 {level} %",
                    said.zh
                ),
            );
            let hint = (
                "add `occupied &&`, or ask for at most 20 % in an empty room",
                "请加上 `occupied &&`，或在空教室里最多要求 20 %",
            );
            return Some(finding(Class::Race, rule, &rule.at.level, story, hint));
        }
    }
    None
}

/// Brighter by itself than the zone is configured to be.
fn too_bright(one: &Known<'_>, settings: &Settings) -> Option<Finding> {
    let rule = one.rule;
    if !matches!(rule.ask, Ask::Set(_) | Ask::Min(_)) {
        return None;
    }
    // Somebody there first: that is the story that people understand. Whoever was there a moment ago is
    // no other case: the lamps are not dark then.
    let anybody = [Occupancy::Occupied, Occupancy::Vacant, Occupancy::Unknown];
    let cells = anybody.into_iter().flat_map(|it| cells_with(&one.cells, it).take(TRIED_MAX));
    for cell in cells {
        let moment = darkest(&cell);
        let outcome = moment.settle(&[rule], settings, 0);
        let plain = moment.settle(&[], settings, 0).level_pct;
        let level = outcome.level_pct;
        if outcome.winner == Some(0) && level > settings.auto_pct.max(plain) {
            let (said, most) = (moment.said(), settings.auto_pct);
            let story = (
                format!(
                    "{}: dark lamps go to {level} % by themselves; {most} % is the most for this zone, \
                     and {plain} % what it would do without the rule (S8)",
                    said.en
                ),
                format!(
                    "{}：灯自动从 0 开到 {level} %；该区域自动开灯最多 {most} %，没有这条规则时为 \
                     {plain} %（违反 S8）",
                    said.zh
                ),
            );
            let hint = (
                "ask for less, or raise `auto_pct` of the room in campus.toml",
                "请降低要求，或在 campus.toml 中提高该教室的 `auto_pct`",
            );
            return Some(finding(Class::Unsafe, rule, &rule.at.level, story, hint));
        }
    }
    None
}

/// A rule for lessons that would leave the desks too dark: the floor wins, always.
fn below_the_floor(one: &Known<'_>, settings: &Settings) -> Option<Finding> {
    let rule = one.rule;
    let (Ask::Set(target) | Ask::Max(target)) = rule.ask else { return None };
    let desk = [Period::Lesson, Period::SelfStudy, Period::Exam];
    let desk = desk.iter().fold(0u16, |bits, period| bits | 1 << *period as u8);
    let for_lessons = |cell: &Cell| cell.get(&Input::Period).is_some_and(|it| it.bits & !desk == 0);
    if !one.cells.iter().all(for_lessons) {
        return None;
    }
    for cell in cells_with(&one.cells, Occupancy::Occupied).take(TRIED_MAX) {
        let moment = darkest(&cell);
        let outcome = moment.settle(&[rule], settings, 0);
        let plain = moment.settle(&[], settings, 0).level_pct;
        let asked = match target {
            Target::Pct(pct) => pct,
            Target::Lx(lx) => settings.level_for(lx, 0),
        };
        if asked < plain && outcome.winner.is_none() {
            let said = moment.said();
            let story = (
                format!(
                    "{}: the rule asks for {asked} %, the desks need {plain} % (S4); the floor wins",
                    said.en
                ),
                format!(
                    "{}：规则要求 {asked} %，桌面照度需要 {plain} %（S4）；以上课照度为准",
                    said.zh
                ),
            );
            let hint = (
                "compare `daylight_lx` too, so that the rule holds only when there is enough",
                "请同时比较 `daylight_lx`，只在自然光足够时起作用",
            );
            return Some(finding(Class::Unsafe, rule, &rule.at.level, story, hint));
        }
    }
    None
}

/// The moment of a cell with as little daylight as it allows.
fn darkest(cell: &Cell) -> Moment {
    let input = Input::Value(crate::facts::Sensor::DaylightLx);
    let mut cell = cell.clone();
    let values = cell.get(&input).cloned().unwrap_or_else(|| super::cells::all(&input));
    if let Some(least) = values.ranges.iter().map(|range| range.0).min() {
        cell.insert(input, Values::ranges(vec![(least, least)]));
    }
    moment(&cell)
}
