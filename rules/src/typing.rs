//! What the parts of a condition mean: names to inputs, texts to periods, days and times; units that fit.

use crate::cond::{Cmp, Cond, Num};
use crate::facts::{DAYS, OCCUPANCIES, PERIODS, Sensor, WEEKDAYS};
use crate::fault::{Fault, Faults, Span};
use crate::parse::{Form, Node, Op, is_comparison};
use lighting::Occupancy;

mod words;

use words::{clock, duration_ms, in_minutes};

/// Most `for`, `since` and `hyst` of one condition: what a rule remembers per zone has an end.
pub(crate) const SLOTS_MAX: usize = 8;

/// Names of things that are true or false.
const FLAGS: [&str; 3] = ["occupied", "vacant", "manual"];

/// Names of things that are one of a list.
const CHOICES: [&str; 4] = ["period", "day", "weekday", "occupancy"];

/// Time since somebody was last seen.
const QUIET: &str = "vacant_for_min";

const FUNCTIONS: [&str; 6] = ["between", "for", "since", "hyst", "fresh", "age"];

/// The condition that a tree means. `None` together with a fault.
pub(crate) fn check(node: &Node<'_>, faults: &mut Faults) -> (Option<Cond>, usize) {
    let mut typing = Typing { faults, slots: 0 };
    let cond = typing.cond(node);
    (cond, typing.slots)
}

struct Typing<'f> {
    faults: &'f mut Faults,
    slots: usize,
}

/// A number and what it counts; `None` where it is just a number.
type Counted = (Num, Option<&'static str>);

impl Typing<'_> {
    fn fault(&mut self, at: &Span, title: impl Into<String>) -> &mut Fault {
        self.faults.add(at, title)
    }

    fn slot(&mut self, at: &Span) -> usize {
        self.slots += 1;
        if self.slots == SLOTS_MAX + 1 {
            let title = format!("more than {SLOTS_MAX} of `for`, `since` and `hyst` in one rule");
            self.fault(at, title).help("write two rules");
        }
        self.slots - 1
    }

    /// Something that is true or false.
    fn cond(&mut self, node: &Node<'_>) -> Option<Cond> {
        match &node.form {
            Form::Name(name) => self.flag(name, &node.at),
            Form::Call(name, list) => self.call(name, list, &node.at),
            Form::Not(inner) => Some(Cond::Not(Box::new(self.cond(inner)?))),
            Form::Pair(op @ (Op::And | Op::Or), a, b) => {
                let (a, b) = (self.cond(a), self.cond(b));
                let (a, b) = (Box::new(a?), Box::new(b?));
                Some(if *op == Op::And { Cond::And(a, b) } else { Cond::Or(a, b) })
            }
            Form::Pair(op, a, b) if is_comparison(*op) => self.comparison(*op, a, b, &node.at),
            Form::In(what, list) => self.within(what, list, &node.at),
            Form::Number(_) | Form::Text(_) | Form::Minus(_) | Form::Pair(..) => {
                let title = "this is neither true nor false";
                self.fault(&node.at, title).help("compare it: `co2_ppm > 1000`");
                None
            }
        }
    }

    fn flag(&mut self, name: &str, at: &Span) -> Option<Cond> {
        let of = |occupancy: &[Occupancy]| {
            let bits = occupancy.iter().fold(0, |bits, one| bits | 1 << (*one as u8));
            Some(Cond::Occupancy(bits))
        };
        match name {
            "true" | "false" => Some(Cond::Const(name == "true")),
            // Who was there a moment ago is taken to be there, as everywhere.
            "occupied" => of(&[Occupancy::Occupied, Occupancy::VacantPending]),
            "vacant" => of(&[Occupancy::Vacant]),
            "manual" => Some(Cond::Manual),
            _ if CHOICES.contains(&name) => {
                let example = self.names_of(name).first().copied().unwrap_or_default();
                let title = format!("`{name}` is neither true nor false");
                self.fault(at, title).help(format!("compare it: `{name} == \"{example}\"`"));
                None
            }
            _ if name == QUIET || sensor(name).is_some() => {
                let title = format!("`{name}` is a number, neither true nor false");
                self.fault(at, title).help(format!("compare it: `{name} > 10`"));
                None
            }
            _ => self.unknown(name, at),
        }
    }

    fn unknown<T>(&mut self, name: &str, at: &Span) -> Option<T> {
        let called: Vec<String> = FUNCTIONS.iter().map(|it| format!("{it}(…)")).collect();
        let title = format!("nothing is called `{name}`");
        if FUNCTIONS.contains(&name) {
            self.fault(at, title).help(format!("`{name}` is written with brackets: `{name}(…)`"));
            return None;
        }
        let sensors = Sensor::ALL.iter().map(|sensor| sensor.name());
        let known: Vec<&str> = FLAGS.iter().chain(&CHOICES).chain([&QUIET]).copied().collect();
        let known = known.into_iter().chain(sensors).chain(called.iter().map(String::as_str));
        let known: Vec<&str> = known.collect();
        self.fault(at, title).one_of(name, known);
        None
    }

    fn names_of(&self, choice: &str) -> Vec<&'static str> {
        match choice {
            "period" => PERIODS.iter().map(|period| period.name()).collect(),
            "day" => DAYS.iter().map(|(name, _)| *name).collect(),
            "weekday" => WEEKDAYS.to_vec(),
            _ => OCCUPANCIES.iter().map(|occupancy| occupancy.name()).collect(),
        }
    }

    /// `period == "lesson"` and its like, as bits.
    fn chosen(&mut self, choice: &str, node: &Node<'_>) -> Option<u16> {
        let Form::Text(text) = node.form else {
            let title = format!("`{choice}` is compared with a text in quotes");
            self.fault(&node.at, title);
            return None;
        };
        let bit = match choice {
            "period" => PERIODS.iter().find(|it| it.name() == text).map(|it| *it as u8),
            "day" => DAYS.iter().find(|(name, _)| *name == text).map(|(_, day)| *day as u8),
            "weekday" => WEEKDAYS.iter().position(|name| *name == text).map(|at| at as u8),
            _ => OCCUPANCIES.iter().find(|it| it.name() == text).map(|it| *it as u8),
        };
        if bit.is_none() {
            let names = self.names_of(choice);
            self.fault(&node.at, format!("`{text}` is no {choice}")).one_of(text, names);
        }
        bit.map(|bit| 1 << bit)
    }

    fn choice(&self, choice: &str, bits: u16) -> Cond {
        match choice {
            "period" => Cond::Period(bits),
            "day" => Cond::Day(bits),
            "weekday" => Cond::Weekday(bits),
            _ => Cond::Occupancy(bits),
        }
    }

    fn within(&mut self, what: &Node<'_>, list: &[Node<'_>], at: &Span) -> Option<Cond> {
        let Form::Name(name) = what.form else {
            self.fault(at, "only a name stands before `in`");
            return None;
        };
        if !CHOICES.contains(&name) {
            let title = format!("`{name}` is not one of a list");
            self.fault(&what.at, title).one_of(name, CHOICES);
            return None;
        }
        let bits: Vec<Option<u16>> = list.iter().map(|one| self.chosen(name, one)).collect();
        let bits = bits.into_iter().try_fold(0, |all, one| Some(all | one?))?;
        if bits == 0 {
            self.fault(at, "nothing is in an empty list");
            return None;
        }
        Some(self.choice(name, bits))
    }

    fn comparison(&mut self, op: Op, a: &Node<'_>, b: &Node<'_>, at: &Span) -> Option<Cond> {
        // What is asked about may stand on either side.
        if is_subject(b) && !is_subject(a) {
            return self.subject(turned(op), b, a, at);
        }
        self.subject(op, a, b, at)
    }

    fn subject(&mut self, op: Op, a: &Node<'_>, b: &Node<'_>, at: &Span) -> Option<Cond> {
        let cmp = cmp(op);
        match &a.form {
            Form::Name(name) if CHOICES.contains(name) => {
                let bits = self.chosen(name, b)?;
                match op {
                    Op::Eq => Some(self.choice(name, bits)),
                    Op::Ne => Some(Cond::Not(Box::new(self.choice(name, bits)))),
                    _ => {
                        let title = format!("`{name}` has no order");
                        let help = format!("use `==`, `!=` or `{name} in [\"…\", \"…\"]`");
                        self.fault(at, title).help(help);
                        None
                    }
                }
            }
            Form::Name(name) if FLAGS.contains(name) || matches!(*name, "true" | "false") => {
                let title = format!("`{name}` is true or false already");
                self.fault(at, title).help(format!("write `{name}` or `!{name}`"));
                None
            }
            Form::Name(QUIET) => {
                let ms = in_minutes(b, self.faults)?;
                Some(Cond::Quiet(cmp, ms))
            }
            Form::Call("age", list) => {
                let sensor = self.sensor_of("age", list, &a.at);
                let ms = duration_ms(b, self.faults);
                Some(Cond::Age(sensor?, cmp, ms?))
            }
            Form::Call("since", list) => {
                let [inner] = self.arguments("since", "since(occupied) > \"10m\"", list, &a.at)?;
                let slot = self.slot(&a.at);
                let inner = self.cond(inner);
                let ms = duration_ms(b, self.faults);
                Some(Cond::Since(slot, Box::new(inner?), cmp, ms?))
            }
            _ => {
                let (a, b) = (self.number(a), self.number(b));
                let ((a, counts), (b, against)) = (a?, b?);
                self.same_unit(counts, against, at)?;
                Some(Cond::Number(cmp, a, b))
            }
        }
    }

    fn same_unit(
        &mut self,
        a: Option<&'static str>,
        b: Option<&'static str>,
        at: &Span,
    ) -> Option<Option<&'static str>> {
        match (a, b) {
            (Some(one), Some(other)) if one != other => {
                self.fault(at, format!("{one} and {other} cannot be compared or added"));
                None
            }
            (a, b) => Some(a.or(b)),
        }
    }

    fn number(&mut self, node: &Node<'_>) -> Option<Counted> {
        match &node.form {
            Form::Number(milli) => Some((Num::Const(*milli), None)),
            Form::Name(name) => match sensor(name) {
                Some(sensor) => Some((Num::Read(sensor), Some(sensor.unit()))),
                None if *name == QUIET => {
                    let help = "for example `vacant_for_min >= 15`";
                    self.fault(&node.at, format!("`{QUIET}` is compared with a number alone"))
                        .help(help);
                    None
                }
                None if FLAGS.contains(name) || CHOICES.contains(name) => {
                    self.fault(&node.at, format!("`{name}` is no number"));
                    None
                }
                None => self.unknown(name, &node.at),
            },
            Form::Minus(inner) => {
                let (inner, unit) = self.number(inner)?;
                Some((Num::Minus(Box::new(inner)), unit))
            }
            Form::Pair(op, a, b) if !is_comparison(*op) && !matches!(op, Op::And | Op::Or) => {
                let (left, right) = (self.number(a), self.number(b));
                self.calculation(*op, left?, right?, &node.at)
            }
            Form::Text(text) => {
                let help =
                    "numbers stand without quotes; `age` and `since` are compared with \"5m\"";
                self.fault(&node.at, format!("\"{text}\" is no number")).help(help);
                None
            }
            Form::Call(name @ ("age" | "since"), _) => {
                let title = format!("`{name}` is compared with a duration alone");
                self.fault(&node.at, title).help(format!("for example `{name}(…) < \"5m\"`"));
                None
            }
            _ => {
                self.fault(&node.at, "this is no number");
                None
            }
        }
    }

    fn calculation(&mut self, op: Op, a: Counted, b: Counted, at: &Span) -> Option<Counted> {
        let ((a, counts), (b, by)) = (a, b);
        let unit = match op {
            Op::Add | Op::Sub => self.same_unit(counts, by, at)?,
            Op::Mul if counts.is_some() && by.is_some() => {
                self.fault(at, "two measured values cannot be multiplied");
                return None;
            }
            Op::Mul => counts.or(by),
            _ if counts == by => None,
            _ if by.is_none() => counts,
            _ => {
                self.fault(at, "a number cannot be divided by something in another unit");
                return None;
            }
        };
        let (a, b) = (Box::new(a), Box::new(b));
        let num = match op {
            Op::Add => Num::Add(a, b),
            Op::Sub => Num::Sub(a, b),
            Op::Mul => Num::Mul(a, b),
            _ => Num::Div(a, b),
        };
        Some((num, unit))
    }

    fn call(&mut self, name: &str, list: &[Node<'_>], at: &Span) -> Option<Cond> {
        match name {
            "between" => {
                let [from, to] =
                    self.arguments("between", "between(\"18:00\", \"22:00\")", list, at)?;
                let (from, to) = (clock(from, self.faults), clock(to, self.faults));
                let (from, to) = (from?, to?);
                if from % 1440 == to % 1440 {
                    self.fault(at, "from and to are the same time");
                    return None;
                }
                Some(Cond::Between(from % 1440, to))
            }
            "for" => {
                let [inner, long] = self.arguments("for", "for(vacant, \"5m\")", list, at)?;
                let slot = self.slot(at);
                let (inner, ms) = (self.cond(inner), duration_ms(long, self.faults));
                Some(Cond::For(slot, Box::new(inner?), ms?))
            }
            "hyst" => self.hyst(list, at),
            "fresh" => {
                if let [Node { form: Form::Name("occupied" | "vacant" | "occupancy"), .. }] = list {
                    return Some(Cond::Known);
                }
                Some(Cond::Fresh(self.sensor_of("fresh", list, at)?))
            }
            "age" | "since" => {
                let title = format!("`{name}` is a duration, neither true nor false");
                self.fault(at, title).help(format!("compare it: `{name}(…) < \"5m\"`"));
                None
            }
            _ => {
                self.fault(at, format!("no function is called `{name}`")).one_of(name, FUNCTIONS);
                None
            }
        }
    }

    fn hyst(&mut self, list: &[Node<'_>], at: &Span) -> Option<Cond> {
        let [x, low, high] = self.arguments("hyst", "hyst(daylight_lx, 300, 500)", list, at)?;
        let slot = self.slot(at);
        let x = self.number(x);
        let (low, high) = (self.constant(low), self.constant(high));
        let ((x, _), low, high) = (x?, low?, high?);
        if low >= high {
            let title = "the lower end of a band stands first, and is lower";
            self.fault(at, title).help("for example `hyst(daylight_lx, 300, 500)`");
            return None;
        }
        Some(Cond::Hyst(slot, x, low, high))
    }

    fn constant(&mut self, node: &Node<'_>) -> Option<i64> {
        match self.number(node)?.0 {
            Num::Const(milli) => Some(milli),
            Num::Minus(inner) if matches!(*inner, Num::Const(_)) => match *inner {
                Num::Const(milli) => Some(-milli),
                _ => None,
            },
            _ => {
                self.fault(&node.at, "a number must stand here, nothing measured");
                None
            }
        }
    }

    fn sensor_of(&mut self, name: &str, list: &[Node<'_>], at: &Span) -> Option<Sensor> {
        let [inner] = self.arguments(name, &format!("{name}(co2_ppm)"), list, at)?;
        let Form::Name(called) = inner.form else {
            self.fault(&inner.at, format!("`{name}` takes the name of something measured"));
            return None;
        };
        let found = sensor(called);
        if found.is_none() {
            let known: Vec<&str> = Sensor::ALL.iter().map(|sensor| sensor.name()).collect();
            self.fault(&inner.at, format!("`{called}` is not measured")).one_of(called, known);
        }
        found
    }

    fn arguments<'n, 't, const N: usize>(
        &mut self,
        name: &str,
        example: &str,
        list: &'n [Node<'t>],
        at: &Span,
    ) -> Option<[&'n Node<'t>; N]> {
        let found: Vec<&Node<'t>> = list.iter().collect();
        let count = found.len();
        let fits = found.try_into().ok();
        if fits.is_none() {
            let title = format!("`{name}` takes {N} values, not {count}");
            self.fault(at, title).help(format!("for example `{example}`"));
        }
        fits
    }
}

fn sensor(name: &str) -> Option<Sensor> {
    Sensor::ALL.into_iter().find(|sensor| sensor.name() == name)
}

/// Whether a comparison is about this, so that it belongs on the left.
fn is_subject(node: &Node<'_>) -> bool {
    match node.form {
        Form::Name(name) => CHOICES.contains(&name) || name == QUIET || FLAGS.contains(&name),
        Form::Call(name, _) => matches!(name, "age" | "since"),
        _ => false,
    }
}

/// The same comparison with its sides exchanged.
const fn turned(op: Op) -> Op {
    match op {
        Op::Lt => Op::Gt,
        Op::Le => Op::Ge,
        Op::Gt => Op::Lt,
        Op::Ge => Op::Le,
        same => same,
    }
}

const fn cmp(op: Op) -> Cmp {
    match op {
        Op::Eq => Cmp::Eq,
        Op::Ne => Cmp::Ne,
        Op::Lt => Cmp::Lt,
        Op::Le => Cmp::Le,
        Op::Gt => Cmp::Gt,
        _ => Cmp::Ge,
    }
}
