//! Times that almost fit: a short hole between two rules, a short overlap, and weekdays that forget
//! the calendar.

use super::cells::{Cell, Input, Values};
use super::witness::moment;
use super::{Class, Finding, Known};
use crate::rule::{Rule, Said};

/// Holes and overlaps up to this long are slips, longer ones are meant, min.
const SLIP_MIN: i64 = 60;

const DAY_MIN: i64 = 1440;

const WEEKEND: u16 = 0b110_0000;
const SCHOOL_WEEK: u16 = 0b001_1111;

/// What is wrong with the times of one rule.
pub(super) fn check(one: &Known<'_>) -> Option<Finding> {
    for (nth, a) in one.cells.iter().enumerate() {
        for b in &one.cells[nth + 1..] {
            if let Some((from, to)) = hole_between(a, b, &one.cells) {
                return Some(hole(one.rule, Vec::new(), a, from, to));
            }
        }
    }
    one.cells.iter().find_map(|cell| weekdays(one.rule, cell))
}

/// A hole between the times of two rules that otherwise mean the same moments.
pub(super) fn between(
    first: &Known<'_>,
    second: &Known<'_>,
    others: &[&Known<'_>],
) -> Option<Finding> {
    for a in &first.cells {
        for b in &second.cells {
            let related = others.iter().filter(|it| it.rule.priority == second.rule.priority);
            let cells: Vec<Cell> = related
                .flat_map(|it| &it.cells)
                .chain(&first.cells)
                .chain(&second.cells)
                .cloned()
                .collect();
            if let Some((from, to)) = hole_between(a, b, &cells) {
                return Some(hole(second.rule, vec![first.rule.id.clone()], b, from, to));
            }
        }
    }
    None
}

fn minutes(cell: &Cell) -> Option<&Values> {
    cell.get(&Input::Minute)
}

fn same_but_for_time(a: &Cell, b: &Cell) -> bool {
    let rest = |cell: &Cell| {
        let mut cell = cell.clone();
        cell.remove(&Input::Minute);
        cell
    };
    rest(a) == rest(b)
}

/// A short time that begins where one ends and ends where the other begins, and that no cell covers.
fn hole_between(a: &Cell, b: &Cell, covered: &[Cell]) -> Option<(i64, i64)> {
    let (first, second) = (minutes(a)?, minutes(b)?);
    if !same_but_for_time(a, b) {
        return None;
    }
    let ends = |values: &Values| values.ranges.iter().map(|(_, to)| (to + 1) % DAY_MIN).collect();
    let begins = |values: &Values| values.ranges.iter().map(|(from, _)| *from).collect();
    let sides: [(Vec<i64>, Vec<i64>); 2] =
        [(ends(first), begins(second)), (ends(second), begins(first))];
    for (ends, begins) in sides {
        for (end, begin) in ends.iter().flat_map(|end| begins.iter().map(move |it| (*end, *it))) {
            let length = (begin - end).rem_euclid(DAY_MIN);
            let inside = |minute: i64| (minute - end).rem_euclid(DAY_MIN) < length;
            let covers = |cell: &Cell| {
                let times = minutes(cell).is_none_or(|values| {
                    values.ranges.iter().any(|(from, to)| {
                        inside(*from) || inside(*to) || {
                            from <= &end && to >= &((begin + DAY_MIN - 1) % DAY_MIN) && from <= to
                        }
                    })
                });
                times && super::cells::touch(&without_time(a), &without_time(cell))
            };
            if (1..=SLIP_MIN).contains(&length) && !covered.iter().any(covers) {
                return Some((end, begin));
            }
        }
    }
    None
}

fn without_time(cell: &Cell) -> Cell {
    let mut cell = cell.clone();
    cell.remove(&Input::Minute);
    cell
}

fn hole(rule: &Rule, others: Vec<String>, cell: &Cell, from: i64, to: i64) -> Finding {
    let mut at = cell.clone();
    at.insert(Input::Minute, Values::ranges(vec![(from, from)]));
    let said = moment(&at).said();
    let (start, end) = (clock(from), clock(to));
    let story = Said {
        en: format!("{}: nothing asks from {start} to {end}, and then it does again", said.en),
        zh: format!("{}：{start} 到 {end} 之间没有规则要求，之后又有", said.zh),
    };
    let hint = Said {
        en: format!(
            "let one end where the other begins: `between` does not include its end ({end})"
        ),
        zh: format!("请让前一段的结束等于后一段的开始：`between` 不含结束时刻（{end}）"),
    };
    Finding::new(Class::TimeGap, rule, others, rule.at.when.clone(), story, hint)
}

/// Two rules that contradict each other only for a short time at the edge of both.
pub(super) fn overlap(
    first: &Rule,
    second: &Rule,
    a: &Cell,
    b: &Cell,
    both: &Cell,
) -> Option<Finding> {
    let (one, other, shared) = (minutes(a)?, minutes(b)?, minutes(both)?);
    let short = (1..=SLIP_MIN).contains(&shared.count());
    if !short || shared.count() >= one.count().min(other.count()) {
        return None;
    }
    let (from, to) = *shared.ranges.first()?;
    let said = moment(both).said();
    let (start, end) = (clock(from), clock((to + 1) % DAY_MIN));
    let story = Said {
        en: format!(
            "{}: from {start} to {end} both `{}` and `{}` hold, and ask for different things",
            said.en, first.id, second.id
        ),
        zh: format!(
            "{}：{start} 到 {end} `{}` 和 `{}` 同时成立，要求却不同",
            said.zh, first.id, second.id
        ),
    };
    let hint = Said {
        en: format!("let the earlier one end at {start}, or the later one begin at {end}"),
        zh: format!("请让前一条在 {start} 结束，或让后一条从 {end} 开始"),
    };
    let at = second.at.when.clone();
    Some(Finding::new(Class::TimeGap, second, vec![first.id.clone()], at, story, hint))
}

/// Weekdays where a kind of day is meant, and a week with a day left out.
fn weekdays(rule: &Rule, cell: &Cell) -> Option<Finding> {
    let bits = cell.get(&Input::Weekday)?.bits;
    if cell.contains_key(&Input::Day) {
        return None;
    }
    let school = (bits & SCHOOL_WEEK).count_ones();
    let (story, hint) = if bits == WEEKEND || bits == SCHOOL_WEEK {
        let holds = bits == WEEKEND;
        (
            Said {
                en: format!(
                    "Sun 4 January 2026 was a school day (it made up for a holiday): the rule {} on it",
                    if holds { "held" } else { "did not hold" }
                ),
                zh: format!(
                    "2026 年 1 月 4 日（周日）调休上课：这条规则当天{}",
                    if holds { "却生效了" } else { "没有生效" }
                ),
            },
            Said {
                en: "ask the calendar: `day in [\"school\", \"make_up\"]`, or `!(day in […])`"
                    .into(),
                zh: "请用校历：`day in [\"school\", \"make_up\"]`，或 `!(day in […])`".into(),
            },
        )
    } else if school == 4 && bits & WEEKEND == 0 {
        let missing = (0..5).find(|day| bits & (1 << day) == 0).unwrap_or(0) as usize;
        let (en, zh) = (crate::facts::WEEKDAYS[missing], ["一", "二", "三", "四", "五"][missing]);
        (
            Said {
                en: format!("it holds on four school days of the week, and not on `{en}`"),
                zh: format!("一周五个上学日里有四天生效，唯独缺周{zh}"),
            },
            Said {
                en: format!("add \"{en}\", or say in another rule what holds on it"),
                zh: format!("请加上 \"{en}\"，或另写一条规则"),
            },
        )
    } else {
        return None;
    };
    Some(Finding::new(Class::TimeGap, rule, Vec::new(), rule.at.when.clone(), story, hint))
}

fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
