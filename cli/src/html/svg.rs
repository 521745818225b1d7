//! Charts as SVG: columns in stacks, and rows of bars. No script, no resource, colours by class.

use super::markup::{Tag, classed, tag};
use super::scale::Axis;

/// Width of every picture in its own units; the page stretches it to its column.
const WIDTH: f64 = 440.0;

/// Height of pictures with columns.
const HEIGHT: f64 = 230.0;

/// Room for numbers at the left, the unit at the top, labels at the bottom.
const LEFT: f64 = 40.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 24.0;

/// Height of one row of a picture with rows: a line of text, and its bar.
const ROW: f64 = 40.0;

/// Labels below columns are at least so far apart, or some are left out.
const LABEL_GAP: f64 = 34.0;

/// A column: parts from the bottom up, each with its class.
#[derive(Clone, Debug)]
pub struct Column {
    /// What stands below.
    pub label: String,
    /// The label is less important: a day without lessons.
    pub quiet: bool,
    /// Amounts with the class of their colour.
    pub parts: Vec<(f64, &'static str)>,
    /// What a mouse that rests on it says.
    pub says: String,
    /// A sign above it.
    pub mark: Option<&'static str>,
}

/// A level across all columns.
#[derive(Clone, Debug)]
pub struct Level {
    /// Where.
    pub value: f64,
    /// Its name.
    pub label: String,
}

/// A row: a name, what stands at its right, and bars of shares of the whole width.
#[derive(Clone, Debug)]
pub struct Row {
    /// At the left.
    pub label: String,
    /// At the right.
    pub note: String,
    /// Shares, 0 to 1, with the class of their colour.
    pub parts: Vec<(f64, &'static str)>,
    /// What a mouse that rests on it says.
    pub says: String,
}

/// An empty picture that a screen reader can name.
fn picture(id: &str, title: &str, height: f64) -> Tag {
    let name = format!("{id}-t");
    tag("svg")
        .set("id", id)
        .set("role", "img")
        .set("aria-labelledby", &name)
        .set("viewBox", format!("0 0 {WIDTH:.0} {height:.0}"))
        .put(tag("title").set("id", &name).text(title))
        .put(hatch(id))
}

/// Stripes for what is shaded: they survive a black-and-white printer.
fn hatch(id: &str) -> Tag {
    let stripe = classed("rect", "stripe").at("width", 3.0).at("height", 6.0);
    let ground = classed("rect", "ground").at("width", 6.0).at("height", 6.0);
    tag("defs").put(
        tag("pattern")
            .set("id", format!("{id}-h"))
            .set("width", 6)
            .set("height", 6)
            .set("patternUnits", "userSpaceOnUse")
            .set("patternTransform", "rotate(45)")
            .put(ground)
            .put(stripe),
    )
}

/// A bar; the class `shade` is drawn with the stripes of its picture.
fn bar(id: &str, class: &'static str, (x, y): (f64, f64), (width, height): (f64, f64)) -> Tag {
    let bar = classed("rect", class).at("x", x).at("y", y).at("width", width).at("height", height);
    if class == "shade" { bar.set("fill", format!("url(#{id}-h)")) } else { bar }
}

fn text(class: &str, x: f64, y: f64, anchor: &'static str, says: &str) -> Tag {
    classed("text", class).at("x", x).at("y", y).set("text-anchor", anchor).text(says)
}

/// Columns over an axis from 0.
pub fn columns(
    id: &str,
    title: &str,
    unit: &str,
    columns: &[Column],
    level: Option<&Level>,
) -> Tag {
    let sums = columns.iter().map(|column| column.parts.iter().map(|(part, _)| part).sum::<f64>());
    let most = sums.chain(level.map(|level| level.value)).fold(0.0, f64::max);
    let axis = Axis::to(most);
    let (bottom, tall) = (HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP);
    let y = |value: f64| bottom - value / axis.end() * tall;
    let mut all = picture(id, title, HEIGHT).put(text("unit", LEFT - 8.0, 14.0, "end", unit));
    for (value, number) in axis.ticks() {
        let class = if value == 0.0 { "base" } else { "grid" };
        let line = classed("line", class).at("x1", LEFT).at("x2", WIDTH).at("y1", y(value));
        all = all.put(line.at("y2", y(value)));
        all = all.put(text("tick", LEFT - 8.0, y(value) + 4.0, "end", &number));
    }
    let each = (WIDTH - LEFT) / columns.len().max(1) as f64;
    // Broad bars look like blocks, not like time.
    let width = (each * 0.72).min(46.0);
    // At least 1: columns are not wider apart than labels need.
    let every = (LABEL_GAP / each).ceil().max(1.0) as usize;
    for (at, column) in columns.iter().enumerate() {
        let middle = LEFT + each * (at as f64 + 0.5);
        all = all.put(stack(id, column, (middle - width / 2.0, width), &y));
        if at.is_multiple_of(every) {
            let class = if column.quiet { "tick quiet" } else { "tick" };
            all = all.put(text(class, middle, HEIGHT - 7.0, "middle", &column.label));
        }
    }
    match level {
        Some(level) => all.put(across(level, y(level.value))),
        None => all,
    }
}

fn stack(id: &str, column: &Column, (x, width): (f64, f64), y: &impl Fn(f64) -> f64) -> Tag {
    let mut group = tag("g").put(tag("title").text(&column.says));
    let mut below = 0.0;
    for (part, class) in &column.parts {
        let (low, high) = (y(below), y(below + part));
        group = group.put(bar(id, class, (x, high), (width, (low - high).max(0.0))));
        below += part;
    }
    match column.mark {
        Some(mark) => group.put(text("mark", x + width / 2.0, y(below) - 4.0, "middle", mark)),
        None => group,
    }
}

fn across(level: &Level, y: f64) -> Tag {
    let line = classed("line", "level").at("x1", LEFT).at("x2", WIDTH).at("y1", y).at("y2", y);
    tag("g").put(line).put(text("name", WIDTH - 2.0, y - 5.0, "end", &level.label))
}

/// Rows of bars; the first part of each begins at the left.
pub fn rows(id: &str, title: &str, rows: &[Row]) -> Tag {
    let height = ROW * rows.len() as f64 + 2.0;
    let mut all = picture(id, title, height);
    for (at, row) in rows.iter().enumerate() {
        let top = ROW * at as f64;
        let mut group = tag("g").put(tag("title").text(&row.says));
        group = group.put(text("label", 0.0, top + 15.0, "start", &row.label));
        group = group.put(text("note", WIDTH, top + 15.0, "end", &row.note));
        group = group.put(bar(id, "track", (0.0, top + 22.0), (WIDTH, 9.0)));
        let mut x = 0.0;
        for (share, class) in &row.parts {
            let width = (share.clamp(0.0, 1.0) * WIDTH).min(WIDTH - x);
            group = group.put(bar(id, class, (x, top + 22.0), (width, 9.0)));
            x += width;
        }
        all = all.put(group);
    }
    all
}
