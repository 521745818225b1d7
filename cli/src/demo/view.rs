//! The live picture of a campus, drawn from one snapshot; knows no terminal and no socket.

use crate::client::Snapshot;
use crate::page::{Page, Paint};
use crate::render::room::{occupancy, occupancy_paint, reason, zone_columns, zone_name};
use crate::render::{energy, power};
use agent::api::types::{Room, Status};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Cell, Paragraph, Row, Table};
use unicode_width::UnicodeWidthStr;

/// What is shown.
#[derive(Debug, Default)]
pub struct View {
    /// The campus, once it was heard.
    pub snapshot: Option<Snapshot>,
    /// The agent does not answer; the picture is old.
    pub away: bool,
    /// Rooms scrolled past.
    pub top: usize,
    /// Rooms that fitted when it was drawn last.
    fitting: usize,
}

impl View {
    /// A newer picture.
    pub fn hear(&mut self, snapshot: Snapshot) {
        self.snapshot = Some(snapshot);
        self.away = false;
    }

    /// Scrolls by rooms, never past the last.
    pub fn scroll(&mut self, by: isize) {
        let rooms = self.snapshot.as_ref().map_or(0, |snapshot| snapshot.rooms.len());
        let last = rooms.saturating_sub(self.fitting.max(1));
        self.top = self.top.saturating_add_signed(by).min(last);
    }

    /// Scrolls by what fits on the screen.
    pub fn page(&mut self, by: isize) {
        self.scroll(by * isize::try_from(self.fitting.max(1)).unwrap_or(1));
    }

    /// Draws everything.
    pub fn draw(&mut self, frame: &mut Frame<'_>, page: &Page) {
        let [head, body, foot] =
            Layout::vertical([Constraint::Length(3), Constraint::Fill(1), Constraint::Length(3)])
                .areas(frame.area());
        // The heading of the table takes a line.
        self.fitting = usize::from(body.height.saturating_sub(1));
        self.scroll(0);
        let Some(snapshot) = &self.snapshot else {
            frame.render_widget(Paragraph::new(page.text("watch-waiting")), head);
            return;
        };
        frame.render_widget(
            Paragraph::new(header(&snapshot.status, self.away, head.width, page)),
            head,
        );
        let shown = &snapshot.rooms[self.top.min(snapshot.rooms.len())..];
        let shown = &shown[..shown.len().min(self.fitting)];
        frame.render_widget(table(shown, &zone_columns(&snapshot.rooms), body, page), body);
        let lines = footer(&snapshot.rooms, self.top, shown.len(), page);
        frame.render_widget(Paragraph::new(lines), foot);
    }
}

/// A colour of ours as a colour of the terminal.
fn style(paint: Paint, page: &Page) -> Style {
    if !page.color {
        return Style::new();
    }
    match paint {
        Paint::Plain => Style::new(),
        Paint::Strong => Style::new().add_modifier(Modifier::BOLD),
        Paint::Dim => Style::new().fg(Color::DarkGray),
        Paint::Good => Style::new().fg(Color::Green),
        Paint::Warn => Style::new().fg(Color::Yellow),
        Paint::Bad => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
    }
}

fn header<'a>(status: &Status, away: bool, width: u16, page: &Page) -> Vec<Line<'a>> {
    let time = page.clock.seconds(status.now_ms);
    let clock = if (status.speed - 1.0).abs() > 0.001 {
        page.say("watch-clock-fast", &[("time", time.into()), ("speed", status.speed.into())])
    } else {
        page.say("watch-clock", &[("time", time.into())])
    };
    let gap = usize::from(width).saturating_sub(status.name.width() + clock.width());
    let counts = &status.rooms;
    let named = [
        ("total", counts.total.into()),
        ("occupied", counts.occupied.into()),
        ("lit", counts.lit.into()),
        ("empty", counts.lit_empty.into()),
    ];
    let key = if counts.lit_empty > 0 { "watch-counts-empty" } else { "watch-counts" };
    let now = status.power_w.map_or_else(|| page.text("status-power-unknown"), power);
    let today = energy(status.energy_today_wh);
    let energy = now + &page.say("status-energy-today", &[("energy", today.into())]);
    let mut second = vec![Span::raw(format!("{}   {energy}", page.say(key, &named)))];
    let alarm = if away {
        Some(page.text("watch-waiting"))
    } else if status.needs.is_empty() {
        None
    } else {
        Some(page.say("watch-needs", &[("n", status.needs.len().into())]))
    };
    if let Some(alarm) = alarm {
        second.push(Span::styled(format!("   {alarm}"), style(Paint::Bad, page)));
    }
    vec![
        Line::from(vec![
            Span::styled(status.name.clone(), style(Paint::Strong, page)),
            Span::raw(" ".repeat(gap)),
            Span::raw(clock),
        ]),
        Line::from(second),
    ]
}

/// Columns of a bar: as many as the terminal has room for beside the reason.
fn bar_columns(width: u16) -> usize {
    match width {
        120.. => 8,
        100..120 => 5,
        _ => 3,
    }
}

fn table<'a>(rooms: &[Room], zones: &[String], area: Rect, page: &Page) -> Table<'a> {
    let bars = bar_columns(area.width);
    // Numbers beside the bars give way first.
    let measured = area.width >= 100;
    let states: Vec<String> = rooms.iter().map(|room| state(room, page)).collect();
    let widest = |texts: &mut dyn Iterator<Item = usize>, least: usize| {
        u16::try_from(texts.max().unwrap_or(0).max(least)).unwrap_or(u16::MAX)
    };
    let heads = |key: &str| page.text(key);
    let (room_head, state_head) = (heads("room-head-room"), heads("room-head-occupancy"));
    let mut head = vec![room_head.clone(), state_head.clone()];
    let mut widths = vec![
        Constraint::Length(widest(
            &mut rooms.iter().map(|room| room.id.width()),
            room_head.width(),
        )),
        Constraint::Length(widest(
            &mut states.iter().map(|state| state.width()),
            state_head.width(),
        )),
    ];
    for zone in zones {
        head.push(zone_name(page, zone).to_uppercase());
        widths.push(Constraint::Length(u16::try_from(bars + 4).unwrap_or(u16::MAX)));
    }
    if measured {
        head.extend([heads("room-head-lux"), heads("room-head-power")]);
        widths.extend([Constraint::Length(5), Constraint::Length(8)]);
    }
    head.push(heads("watch-head-why"));
    widths.push(Constraint::Fill(1));
    let rows =
        rooms.iter().zip(states).map(|(room, state)| row(room, state, zones, bars, measured, page));
    let rows: Vec<Row<'a>> = rows.collect();
    Table::new(rows, widths).column_spacing(2).header(Row::new(head).style(style(Paint::Dim, page)))
}

/// `occupied 12 min`
fn state(room: &Room, page: &Page) -> String {
    let ago = page.clock.ago(&page.words, room.occupancy_since_ms);
    format!("{} {ago}", occupancy(page, &room.occupancy))
}

fn row<'a>(
    room: &Room,
    state: String,
    zones: &[String],
    bars: usize,
    measured: bool,
    page: &Page,
) -> Row<'a> {
    let mut cells = vec![
        Cell::from(Span::styled(room.id.clone(), style(Paint::Strong, page))),
        Cell::from(Span::styled(state, style(occupancy_paint(&room.occupancy), page))),
    ];
    for id in zones {
        cells.push(match room.zones.iter().find(|zone| zone.id == *id) {
            Some(zone) => Cell::from(level(zone.level_pct, bars, page)),
            None => Cell::from(""),
        });
    }
    if measured {
        let lux = room.readings.get("illuminance_lx").map(|lx| format!("{lx:>5.0}"));
        cells.push(Cell::from(lux.unwrap_or_else(|| "    –".to_owned())));
        let watts = room.power_w.map_or_else(|| "–".to_owned(), power);
        cells.push(Cell::from(format!("{watts:>8}")));
    }
    // One line has room for one reason: that of the brightest zone.
    let brightest = room.zones.iter().rev().max_by_key(|zone| zone.level_pct);
    cells.push(Cell::from(brightest.map_or_else(String::new, |zone| reason(page, &zone.winner))));
    Row::new(cells)
}

/// `████···· 50`
fn level<'a>(level_pct: u8, columns: usize, page: &Page) -> Line<'a> {
    let filled = (usize::from(level_pct.min(100)) * columns).div_ceil(100);
    Line::from(vec![
        Span::styled("█".repeat(filled), style(Paint::Warn, page)),
        Span::styled("·".repeat(columns - filled), style(Paint::Dim, page)),
        Span::raw(format!("{level_pct:>4}")),
    ])
}

fn footer<'a>(rooms: &[Room], top: usize, shown: usize, page: &Page) -> Vec<Line<'a>> {
    let lit = |room: &&Room| room.zones.iter().any(|zone| zone.level_pct > 0);
    let room = rooms.iter().find(lit).or(rooms.first()).map_or("", |room| room.id.as_str());
    let mut keys = page.text("watch-keys");
    if shown < rooms.len() {
        let named = [
            ("from", (top + 1).into()),
            ("to", (top + shown).into()),
            ("total", rooms.len().into()),
        ];
        keys.push_str(&format!("   {}", page.say("watch-more", &named)));
    }
    let tries = format!(
        "campus room explain {room}   campus room set {room} --level 80 --for 10m   campus status"
    );
    vec![
        Line::from(""),
        Line::from(vec![
            Span::styled(format!("{} ", page.text("watch-try")), style(Paint::Dim, page)),
            Span::raw(tries),
        ]),
        Line::from(Span::styled(keys, style(Paint::Dim, page))),
    ]
}

#[cfg(test)]
mod tests;
