//! Files as other programs read them.

use super::{Sheet, csv, xlsx};
use crate::error::Error;
use crate::fixtures::{LANGS, body, page};
use crate::words::Lang;
use agent::api::types::Energy;
use calamine::{Data, Reader, Xlsx};
use std::io::Cursor;

/// The fixture, with a label that needs quotes and must not become a formula.
fn sheet() -> Sheet {
    let energy: Energy = body("energy");
    let mut sheet = Sheet {
        from_ms: energy.from_ms,
        to_ms: energy.to_ms,
        meters: energy.meters,
        rows: energy.rows,
    };
    sheet.meters[0].label = "=1+1, \"物理\" <1>".into();
    sheet
}

#[test]
fn csv_has_a_stable_header_and_local_times_with_their_offset() {
    let bytes = csv::write(&sheet(), &page(Lang::Zh).clock).expect("a file");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let mut lines = text.split("\r\n");
    let header = "meter,label,place,start_local,start_utc,energy_wh,quality,cause,revision";
    assert_eq!(lines.next(), Some(header));
    let first = "sci-101/window,\"=1+1, \"\"物理\"\" <1>\",science/101,\
                 2026-11-20T06:00:00+08:00,2026-11-19T22:00:00Z,120,measured,normal,1";
    assert_eq!(lines.next(), Some(first));
    assert_eq!(text.lines().count(), 1 + sheet().rows.len());
}

#[test]
fn a_workbook_has_real_dates_and_numbers_and_the_readers_language() {
    for (lang, _) in LANGS {
        let page = page(lang);
        let bytes = xlsx::write(&sheet(), &page).expect("a workbook");
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("it opens");
        let names = [page.text("sheet-rows"), page.text("sheet-totals")];
        assert_eq!(book.sheet_names(), names);
        let rows = book.worksheet_range(&names[0]).expect("rows");
        assert_eq!(rows.get_value((0, 0)), Some(&Data::String(page.text("sheet-meter"))));
        assert_eq!(rows.get_value((1, 1)), Some(&Data::String("=1+1, \"物理\" <1>".into())));
        assert_eq!(rows.get_value((1, 6)), Some(&Data::Float(120.0)));
        let Some(Data::DateTime(start)) = rows.get_value((1, 3)) else { panic!("no date") };
        // 2026-11-20 is day 46,346 since 1900 as spreadsheets count; six o'clock is a quarter of it.
        assert!((start.as_f64() - 46_346.25).abs() < 1e-9, "{start:?}");
        assert_eq!(rows.height(), 1 + sheet().rows.len());
        let totals = book.worksheet_range(&names[1]).expect("totals");
        let last = u32::try_from(sheet().meters.len() + 1).expect("few");
        assert_eq!(totals.get_value((last, 5)), Some(&Data::Float(3_370.0)));
    }
}

#[test]
fn more_rows_than_a_sheet_holds_are_refused() {
    let mut sheet = sheet();
    let row = sheet.rows[0].clone();
    sheet.rows = vec![row; xlsx::ROWS_MAX];
    let refused = xlsx::write(&sheet, &page(Lang::En));
    assert!(matches!(refused, Err(Error::TooManyRows { .. })));
}
