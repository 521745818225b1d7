//! A workbook: rows with real dates and numbers, and a sheet with the totals per meter.

use super::Sheet;
use crate::error::Error;
use crate::page::Page;
use crate::render::energy::{counts, is_part};
use agent::api::types::MeterEnergy;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

/// Rows that a sheet of this format holds, the header among them.
pub const ROWS_MAX: usize = 1_048_576;

/// Looks of cells.
struct Looks {
    head: Format,
    moment: Format,
    number: Format,
    share: Format,
    sum: Format,
    strong: Format,
}

/// The file.
///
/// # Errors
/// [`Error::TooManyRows`] when they do not fit; [`Error::Run`] when the workbook cannot be built.
pub fn write(sheet: &Sheet, page: &Page) -> Result<Vec<u8>, Error> {
    if sheet.rows.len() >= ROWS_MAX {
        return Err(Error::TooManyRows { rows: sheet.rows.len(), max: ROWS_MAX - 1 });
    }
    build(sheet, page).map_err(|error| Error::Run { what: error.to_string(), hint: None })
}

fn build(sheet: &Sheet, page: &Page) -> Result<Vec<u8>, XlsxError> {
    let looks = Looks {
        head: Format::new()
            .set_bold()
            .set_background_color(0x00E8_EEF4)
            .set_border_bottom(FormatBorder::Thin)
            .set_align(FormatAlign::VerticalCenter),
        moment: Format::new().set_num_format("yyyy-mm-dd hh:mm"),
        number: Format::new().set_num_format("#,##0"),
        share: Format::new().set_num_format("#,##0.000"),
        sum: Format::new().set_bold().set_num_format("#,##0").set_border_top(FormatBorder::Thin),
        strong: Format::new().set_bold().set_border_top(FormatBorder::Thin),
    };
    let mut book = Workbook::new();
    let made = moment(page, page.clock.now_ms)?;
    let title = page.text("sheet-title");
    book.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
    rows(book.add_worksheet(), sheet, page, &looks)?;
    totals(book.add_worksheet(), sheet, page, &looks)?;
    book.save_to_buffer()
}

/// Headings in row 0, each with the width of its column; the header stays when people scroll.
fn head(
    at: &mut Worksheet,
    name: &str,
    page: &Page,
    looks: &Looks,
    columns: &[(&str, f64)],
) -> Result<(), XlsxError> {
    at.set_name(page.text(name))?;
    for (column, (key, width)) in (0_u16..).zip(columns) {
        at.write_string_with_format(0, column, page.text(key), &looks.head)?;
        at.set_column_width(column, *width)?;
    }
    at.set_row_height(0, 20)?;
    at.set_freeze_panes(1, 0)?;
    Ok(())
}

fn rows(at: &mut Worksheet, sheet: &Sheet, page: &Page, looks: &Looks) -> Result<(), XlsxError> {
    let columns = [
        ("sheet-meter", 22.0),
        ("sheet-label", 22.0),
        ("sheet-place", 18.0),
        ("sheet-start", 17.0),
        ("sheet-offset", 9.0),
        ("sheet-utc", 17.0),
        ("sheet-wh", 13.0),
        ("sheet-quality", 26.0),
        ("sheet-cause", 22.0),
        ("sheet-revision", 10.0),
    ];
    head(at, "sheet-rows", page, looks, &columns)?;
    for (row, each) in (1_u32..).zip(&sheet.rows) {
        let (label, place) = sheet.about(&each.meter);
        at.write_string(row, 0, &each.meter)?;
        at.write_string(row, 1, label)?;
        at.write_string(row, 2, place)?;
        at.write_datetime_with_format(row, 3, moment(page, each.start_ms)?, &looks.moment)?;
        at.write_string(row, 4, page.clock.offset(each.start_ms))?;
        at.write_datetime_with_format(row, 5, utc(page, each.start_ms)?, &looks.moment)?;
        // Exact: cells are doubles, and no meter counts beyond 2^53 Wh.
        at.write_number_with_format(row, 6, each.energy_wh as f64, &looks.number)?;
        at.write_string(row, 7, page.words.plain_code("quality", &each.quality))?;
        at.write_string(row, 8, page.words.plain_code("cause", &each.cause))?;
        at.write_number(row, 9, f64::from(each.revision))?;
    }
    let last = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
    at.autofilter(0, 0, last, u16::try_from(columns.len() - 1).unwrap_or(0))?;
    Ok(())
}

fn totals(at: &mut Worksheet, sheet: &Sheet, page: &Page, looks: &Looks) -> Result<(), XlsxError> {
    let columns = [
        ("sheet-meter", 22.0),
        ("sheet-label", 22.0),
        ("sheet-place", 18.0),
        ("sheet-parent", 22.0),
        ("sheet-flow", 12.0),
        ("sheet-wh", 14.0),
        ("sheet-kwh", 14.0),
        ("sheet-register", 16.0),
        ("sheet-proof", 12.0),
        ("sheet-counted", 14.0),
    ];
    head(at, "sheet-totals", page, looks, &columns)?;
    let yes = |yes: bool| page.text(if yes { "sheet-yes" } else { "sheet-no" });
    let mut row = 1;
    for meter in &sheet.meters {
        at.write_string(row, 0, &meter.meter)?;
        at.write_string(row, 1, &meter.label)?;
        at.write_string(row, 2, &meter.place)?;
        at.write_string(row, 3, meter.parent.as_deref().unwrap_or_default())?;
        at.write_string(row, 4, page.words.plain_code("flow", &meter.flow))?;
        at.write_number_with_format(row, 5, meter.energy_wh as f64, &looks.number)?;
        at.write_number_with_format(row, 6, meter.energy_wh as f64 / 1000.0, &looks.share)?;
        at.write_number_with_format(row, 7, meter.last_register_wh as f64, &looks.number)?;
        at.write_string(row, 8, yes(meter.adds_up))?;
        at.write_string(row, 9, counted(meter, sheet, page))?;
        row += 1;
    }
    let meters = &sheet.meters;
    let sum: i64 = meters.iter().filter(|m| counts(m, meters)).map(|m| m.energy_wh).sum();
    at.write_string_with_format(row, 0, page.text("energy-total"), &looks.strong)?;
    at.write_number_with_format(row, 5, sum as f64, &looks.sum)?;
    Ok(())
}

/// Whether the total has this meter in it, or why not.
fn counted(meter: &MeterEnergy, sheet: &Sheet, page: &Page) -> String {
    let key = if counts(meter, &sheet.meters) {
        "sheet-yes"
    } else if is_part(meter, &sheet.meters) {
        "sheet-part"
    } else {
        "sheet-no"
    };
    page.text(key)
}

/// A moment in the zone of the campus, as the format keeps it: without a zone.
fn moment(page: &Page, ms: i64) -> Result<ExcelDateTime, XlsxError> {
    civil(page.clock.civil(ms))
}

fn utc(page: &Page, ms: i64) -> Result<ExcelDateTime, XlsxError> {
    civil(page.clock.civil_utc(ms))
}

fn civil(at: jiff::civil::DateTime) -> Result<ExcelDateTime, XlsxError> {
    let part = |number: i8| number.unsigned_abs();
    ExcelDateTime::from_ymd(at.year().unsigned_abs(), part(at.month()), part(at.day()))?.and_hms(
        u16::from(part(at.hour())),
        part(at.minute()),
        f64::from(part(at.second())),
    )
}
