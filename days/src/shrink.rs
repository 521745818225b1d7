//! The fewest faults and deeds with which the same invariant is still broken, and the command that shows it.

use crate::day::Ran;
use crate::plan::Plan;
use crate::story::clock;
use std::fmt::Write as _;

/// A day that breaks an invariant, made smaller.
pub struct Shrunk {
    /// What is left.
    pub plan: Plan,
    /// Places of the faults that are left, in the list as drawn.
    pub kept: Vec<usize>,
    /// How it ran, with its story.
    pub ran: Ran,
}

/// Leaves faults out, one after the other, as long as the same invariant breaks; `None` where none does.
pub fn shrink(plan: &Plan) -> Option<Shrunk> {
    let invariant = crate::check(plan, false).broken?.invariant;
    let mut kept: Vec<usize> = (0..plan.faults.len()).collect();
    let with = |kept: &[usize]| plan.without(|nth, _| kept.contains(&nth));
    for nth in (0..plan.faults.len()).rev() {
        let fewer: Vec<usize> = kept.iter().copied().filter(|it| *it != nth).collect();
        let broken = crate::check(&with(&fewer), false).broken;
        if broken.is_some_and(|it| it.invariant == invariant) {
            kept = fewer;
        }
    }
    let plan = with(&kept);
    let ran = crate::check(&plan, true);
    Some(Shrunk { plan, kept, ran })
}

/// What broke, the story, and the command that repeats it.
pub fn report(shrunk: &Shrunk) -> String {
    let Shrunk { plan, kept, ran } = shrunk;
    let mut text = String::new();
    let Some(broken) = &ran.broken else { return text };
    let zone = broken.zone.map_or("", |nth| crate::plan::ZONES[nth]);
    let at = clock(plan.start, broken.t);
    let _ = writeln!(text, "{} broken at {at} {zone}: {}", broken.invariant, broken.what);
    for fault in &plan.faults {
        let (from, to) = (clock(plan.start, fault.from), clock(plan.start, fault.to));
        let _ = writeln!(text, "  fault: {:?} {from}–{to}", fault.what);
    }
    for line in &ran.story {
        let _ = writeln!(text, "  {line}");
    }
    let _ = write!(text, "repeat: {}", command(plan.seed, kept));
    text
}

/// The command that repeats a day with these faults.
pub fn command(seed: u64, kept: &[usize]) -> String {
    let kept: Vec<String> = kept.iter().map(usize::to_string).collect();
    let kept = if kept.is_empty() { "none".to_owned() } else { kept.join(",") };
    format!("cargo xtask days --seed {seed} --faults {kept}")
}
