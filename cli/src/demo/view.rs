//! The live picture of a campus, drawn from one snapshot; knows no terminal and no socket.

use crate::client::Snapshot;
use crate::page::{Page, Paint};
use crate::render::room::{occupancy, occupancy_paint, reason, zone_columns, zone_name};
use crate::render::{energy, power};
use agent::api::types::{Room, Status, Zone};
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
        let rooms = self.snapshot.as_ref().map_or(0, |snapshot| snapshot.rooms.len());
        // The heading of the table takes a line. Reasons get lines of their own where all rooms
        // fit in spite of it; where not, an overview is worth more.
        let lines = usize::from(body.height.saturating_sub(1));
        let roomy = rooms * 2 <= lines;
        self.fitting = if roomy { lines / 2 } else { lines };
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
        let columns = Columns::new(&snapshot.rooms, body.width, roomy);
        frame.render_widget(table(shown, &columns, page), body);
        if roomy {
            reasons(frame, shown, body, page);
        }
        let lines = footer(&snapshot.rooms, self.top, shown.len(), foot.width, page);
        frame.render_widget(Paragraph::new(lines), foot);
    }
}

/// What there is room for.
struct Columns {
    zones: Vec<String>,
    /// Columns of a bar.
    bar: usize,
    /// Illuminance and power.
    measured: bool,
    /// Reasons below each room instead of beside it.
    roomy: bool,
}

impl Columns {
    fn new(rooms: &[Room], width: u16, roomy: bool) -> Self {
        let bar = match width {
            120.. => 8,
            100..120 => 5,
            _ => 3,
        };
        // Beside a reason, numbers give way first.
        let measured = width >= if roomy { 80 } else { 120 };
        Self { zones: zone_columns(rooms), bar, measured, roomy }
    }
}

/// The reason of the brightest zone below each room.
fn reasons(frame: &mut Frame<'_>, rooms: &[Room], body: Rect, page: &Page) {
    for (at, room) in rooms.iter().enumerate() {
        let Some(zone) = brightest(room) else { continue };
        let below = u16::try_from(2 + 2 * at).unwrap_or(u16::MAX);
        let area = Rect { y: body.y.saturating_add(below), height: 1, ..body }.intersection(body);
        let text = format!("  {}: {}", zone_name(page, &zone.id), reason(page, &zone.winner));
        frame.render_widget(Paragraph::new(Span::styled(text, style(Paint::Dim, page))), area);
    }
}

/// The zone whose reason is worth the one line there is.
fn brightest(room: &Room) -> Option<&Zone> {
    room.zones.iter().rev().max_by_key(|zone| zone.level_pct)
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
    let alarm = if away {
        page.text("watch-waiting")
    } else if status.needs.is_empty() {
        String::new()
    } else {
        page.say("watch-needs", &[("n", status.needs.len().into())])
    };
    vec![
        Line::from(vec![
            Span::styled(status.name.clone(), style(Paint::Strong, page)),
            Span::raw(" ".repeat(gap)),
            Span::raw(clock),
        ]),
        Line::from(format!("{}   {energy}", page.say(key, &named))),
        Line::from(Span::styled(alarm, style(Paint::Bad, page))),
    ]
}

fn table<'a>(rooms: &[Room], columns: &Columns, page: &Page) -> Table<'a> {
    let states: Vec<String> = rooms.iter().map(|room| state(room, page)).collect();
    let widest = |texts: &mut dyn Iterator<Item = usize>, least: &str| {
        let width = texts.max().unwrap_or(0).max(least.width());
        Constraint::Length(u16::try_from(width).unwrap_or(u16::MAX))
    };
    let mut head = vec![page.text("room-head-room"), page.text("room-head-occupancy")];
    let mut widths = vec![
        widest(&mut rooms.iter().map(|room| room.id.width()), &head[0]),
        widest(&mut states.iter().map(|state| state.width()), &head[1]),
    ];
    for zone in &columns.zones {
        head.push(zone_name(page, zone).to_uppercase());
        widths.push(Constraint::Length(u16::try_from(columns.bar + 4).unwrap_or(u16::MAX)));
    }
    if columns.measured {
        head.extend([page.text("room-head-lux"), page.text("room-head-power")]);
        widths.extend([Constraint::Length(5), Constraint::Length(8)]);
    }
    if !columns.roomy {
        head.push(page.text("watch-head-why"));
        widths.push(Constraint::Fill(1));
    }
    let rows = rooms.iter().zip(states).map(|(room, state)| row(room, state, columns, page));
    let rows: Vec<Row<'a>> = rows.collect();
    Table::new(rows, widths).column_spacing(2).header(Row::new(head).style(style(Paint::Dim, page)))
}

/// `occupied 12 min`
fn state(room: &Room, page: &Page) -> String {
    let ago = page.clock.ago(&page.words, room.occupancy_since_ms);
    format!("{} {ago}", occupancy(page, &room.occupancy))
}

fn row<'a>(room: &Room, state: String, columns: &Columns, page: &Page) -> Row<'a> {
    let mut cells = vec![
        Cell::from(Span::styled(room.id.clone(), style(Paint::Strong, page))),
        Cell::from(Span::styled(state, style(occupancy_paint(&room.occupancy), page))),
    ];
    for id in &columns.zones {
        cells.push(match room.zones.iter().find(|zone| zone.id == *id) {
            Some(zone) => Cell::from(level(zone.level_pct, columns.bar, page)),
            None => Cell::from(""),
        });
    }
    if columns.measured {
        let lux = room.readings.get("illuminance_lx").map(|lx| format!("{lx:>5.0}"));
        cells.push(Cell::from(lux.unwrap_or_else(|| "    –".to_owned())));
        let watts = room.power_w.map_or_else(|| "–".to_owned(), power);
        cells.push(Cell::from(format!("{watts:>8}")));
    }
    if !columns.roomy {
        let why = brightest(room).map_or_else(String::new, |zone| reason(page, &zone.winner));
        cells.push(Cell::from(why));
    }
    Row::new(cells).height(if columns.roomy { 2 } else { 1 })
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

fn footer<'a>(rooms: &[Room], top: usize, shown: usize, width: u16, page: &Page) -> Vec<Line<'a>> {
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
    let label = format!("{} ", page.text("watch-try"));
    let mut tries = format!("campus room explain {room}");
    let more = [format!("campus room set {room} --level 80 --for 10m"), "campus status".to_owned()];
    for each in more {
        if label.width() + tries.width() + 3 + each.width() <= usize::from(width) {
            tries.push_str(&format!("   {each}"));
        }
    }
    vec![
        Line::from(""),
        Line::from(vec![Span::styled(label, style(Paint::Dim, page)), Span::raw(tries)]),
        Line::from(Span::styled(keys, style(Paint::Dim, page))),
    ]
}

#[cfg(test)]
mod tests;
