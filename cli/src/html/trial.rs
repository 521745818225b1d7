//! A trial of other settings: lamp time as rows, and the numbers of each room.

use super::markup::{Tag, classed, tag};
use super::svg::{Row, rows};
use super::tables::{cell, framed, head, number};
use crate::page::Page;
use crate::render::replay::{COLUMNS, cells, change, levels, notes, title, why};
use agent::api::types::{Trial, TrialRoom};

/// The parts of the page.
pub fn all(trial: &Trial, page: &Page) -> Vec<Tag> {
    let top = tag("header")
        .put(classed("p", "kind").text(&page.text("replay-kind")))
        .put(tag("h1").text(&title(trial, page)))
        .puts(notes(trial, page).iter().map(|note| tag("p").text(note)));
    let chart = tag("section").put(tag("h2").text(&page.text("replay-head-lamps"))).put(rows(
        "lamps",
        &page.text("replay-head-lamps"),
        &bars(trial, page),
    ));
    let foot = tag("footer").text(&page.text("replay-model"));
    [top, classed("div", "charts").put(chart), numbers(trial, page), moments(trial, page), foot]
        .into()
}

fn bars(trial: &Trial, page: &Page) -> Vec<Row> {
    let most = trial.rooms.iter().map(|room| room.today.lamp_s.max(room.candidate.lamp_s)).max();
    let most = most.unwrap_or(0).max(1) as f64;
    let sides = |room: &TrialRoom| {
        [
            ("replay-today", room.today, String::new()),
            ("replay-tried", room.candidate, change(room)),
        ]
        .map(|(side, figures, note)| {
            let label = format!("{} · {}", room.room, page.text(side));
            let hours = cells(&figures)[0].clone();
            Row {
                says: format!("{label}: {hours}"),
                label,
                note: format!("{hours} {note}").trim_end().to_owned(),
                parts: vec![(figures.lamp_s as f64 / most, "open")],
            }
        })
    };
    trial.rooms.iter().flat_map(sides).collect()
}

fn numbers(trial: &Trial, page: &Page) -> Tag {
    let mut columns = vec![("replay-head-room", false), ("replay-head-side", false)];
    columns.extend(COLUMNS.map(|key| (key, true)));
    let sides = trial.rooms.iter().flat_map(|room| {
        [("replay-today", room.today), ("replay-tried", room.candidate)].map(|(side, figures)| {
            tag("tr")
                .put(cell(&room.room))
                .put(cell(&page.text(side)))
                .puts(cells(&figures).iter().map(|text| number(text)))
        })
    });
    framed(&page.text("replay-rooms"), head(page, &columns), sides)
}

fn moments(trial: &Trial, page: &Page) -> Tag {
    let columns = [
        ("replay-head-room", false),
        ("replay-head-when", false),
        ("replay-head-levels", false),
        ("replay-head-who", false),
    ];
    let all = trial.rooms.iter().flat_map(|room| {
        room.moments.iter().map(|moment| {
            tag("tr")
                .put(cell(&room.room))
                .put(cell(&page.clock.minute(moment.at_ms)))
                .put(cell(&levels(moment, page)))
                .put(cell(&why(moment, page)))
        })
    });
    framed(&page.text("replay-first-moments"), head(page, &columns), all)
}
