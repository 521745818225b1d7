//! The account at the end of a demo: people, lights, frames, and every watt-hour.

use crate::error::Exit;
use crate::page::{Cell, Page, Paint, Table};
use crate::render::energy::{counts, is_part};
use crate::render::grouped;
use crate::when::duration;
use agent::api::types::MeterEnergy;

/// How a demo ended: the agent's books beside the simulator's physical truth.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The campus's name for people.
    pub name: String,
    /// Its time zone.
    pub time_zone: String,
    /// The campus's clock at the end, ms UTC.
    pub ended_ms: i64,
    /// How long it ran, ms of the campus.
    pub ran_ms: i64,
    /// How long it ran, ms of real time.
    pub real_ms: i64,
    /// Times somebody came into an empty room.
    pub entered: u64,
    /// Times the last one left a room.
    pub left: u64,
    /// Times the lamps of a zone were told another level.
    pub moved: u64,
    /// Zones of the campus.
    pub zones: u64,
    /// Those whose physical lamps stand at the end where the agent wants them.
    pub followed: u64,
    /// Frames that the agent keeps.
    pub committed: u64,
    /// Frames that came twice and counted once.
    pub duplicates: u64,
    /// Frames that are gone, each in a loss record.
    pub lost: u64,
    /// Every meter.
    pub meters: Vec<MeterOutcome>,
}

/// One meter: the agent's ledger beside the register of the physical meter.
#[derive(Clone, Debug, PartialEq)]
pub struct MeterOutcome {
    /// The agent's ledger.
    pub ledger: MeterEnergy,
    /// What the physical meter counted since the agent first saw it, Wh.
    pub physical_wh: i64,
}

impl MeterOutcome {
    /// Wh that the ledger differs from the physical meter.
    fn off_wh(&self) -> i64 {
        self.ledger.posted_wh - self.physical_wh
    }

    /// Whether the ledger equals its registers and the physical meter, to the watt-hour.
    pub fn adds_up(&self) -> bool {
        self.ledger.adds_up && self.off_wh() == 0
    }
}

/// 0 when every watt-hour is accounted for and the lamps followed; 1 otherwise. A demo without a
/// single meter proves nothing: 1.
pub fn exit(outcome: &Outcome) -> Exit {
    let exact = !outcome.meters.is_empty() && outcome.meters.iter().all(MeterOutcome::adds_up);
    if exact && outcome.followed >= outcome.zones { Exit::Done } else { Exit::PersonNeeded }
}

/// The account. `command` repeats the demo.
pub fn render(outcome: &Outcome, command: &str, page: &Page) -> String {
    let title = [
        ("name", outcome.name.as_str().into()),
        ("duration", duration(&page.words, outcome.ran_ms).into()),
        ("real", duration(&page.words, outcome.real_ms).into()),
    ];
    let rooms = [("entered", outcome.entered.into()), ("left", outcome.left.into())];
    let lights = [
        ("moved", outcome.moved.into()),
        ("followed", outcome.followed.into()),
        ("zones", outcome.zones.into()),
    ];
    let count = |number: u64| grouped(i64::try_from(number).unwrap_or(i64::MAX));
    let frames = [
        ("committed", count(outcome.committed).into()),
        ("duplicates", count(outcome.duplicates).into()),
        ("lost", count(outcome.lost).into()),
    ];
    let facts = [
        (page.text("summary-rooms-label"), page.say("summary-rooms", &rooms)),
        (page.text("summary-lights-label"), page.say("summary-lights", &lights)),
        (page.text("summary-frames-label"), page.say("summary-frames", &frames)),
    ];
    format!(
        "{}\n{}\n{}\n{}",
        page.paint(Paint::Strong, &page.say("summary-title", &title)),
        page.facts(&facts),
        meters(outcome, page),
        verdict(outcome, command, page),
    )
}

fn meters(outcome: &Outcome, page: &Page) -> String {
    let mut table = Table::new(vec![
        Cell::left(page.text("energy-head-meter")),
        Cell::left(page.text("energy-head-place")),
        Cell::right(page.text("summary-head-ledger")),
        Cell::right(page.text("summary-head-register")),
        Cell::left(page.text("summary-head-proof")),
    ]);
    let ledgers: Vec<MeterEnergy> = outcome.meters.iter().map(|m| m.ledger.clone()).collect();
    let wh = |number| Cell::right(format!("{} Wh", grouped(number)));
    for meter in &outcome.meters {
        let proof = if meter.adds_up() {
            Cell::left(page.text("summary-exact")).paint(Paint::Good)
        } else if meter.off_wh() != 0 {
            let off = grouped(meter.off_wh());
            Cell::left(page.say("summary-off", &[("wh", off.into())])).paint(Paint::Bad)
        } else {
            let named = [
                ("posted", grouped(meter.ledger.posted_wh).into()),
                ("register", grouped(meter.ledger.register_difference_wh).into()),
            ];
            Cell::left(page.say("energy-differs", &named)).paint(Paint::Bad)
        };
        table.row(vec![
            Cell::left(format!(
                "{}{}",
                if is_part(&meter.ledger, &ledgers) { "  " } else { "" },
                meter.ledger.meter
            )),
            Cell::left(&meter.ledger.place),
            wh(meter.ledger.posted_wh),
            wh(meter.physical_wh),
            proof,
        ]);
    }
    let counted = |meter: &&MeterOutcome| counts(&meter.ledger, &ledgers);
    let sum = |of: fn(&MeterOutcome) -> i64| outcome.meters.iter().filter(counted).map(of).sum();
    table.row(vec![
        Cell::left(page.text("energy-total")).paint(Paint::Strong),
        Cell::left(""),
        wh(sum(|meter| meter.ledger.posted_wh)).paint(Paint::Strong),
        wh(sum(|meter| meter.physical_wh)).paint(Paint::Strong),
    ]);
    table.render(page)
}

fn verdict(outcome: &Outcome, command: &str, page: &Page) -> String {
    let bad = outcome.meters.iter().filter(|meter| !meter.adds_up()).count();
    let unfollowed = outcome.zones.saturating_sub(outcome.followed);
    let mut text = String::new();
    if outcome.meters.is_empty() {
        text.push_str(&format!("{}\n", page.paint(Paint::Bad, &page.text("energy-none"))));
    } else if bad == 0 {
        text.push_str(&format!("{}\n", page.paint(Paint::Good, &page.text("summary-good"))));
    } else {
        let line = page.say("summary-bad", &[("n", bad.into()), ("command", command.into())]);
        text.push_str(&format!("{}\n", page.paint(Paint::Bad, &line)));
    }
    if unfollowed > 0 {
        let named = [("n", unfollowed.into()), ("command", command.into())];
        let line = page.say("summary-unfollowed", &named);
        text.push_str(&format!("{}\n", page.paint(Paint::Bad, &line)));
    }
    text
}

#[cfg(test)]
pub mod tests;
