//! CSV: one header in English that never changes, UTF-8, RFC 4180 quotes, `\r\n`.

use super::Sheet;
use crate::error::Error;
use crate::when::Clock;

/// The header: a promise to whoever reads these files by program.
pub const HEADER: [&str; 9] = [
    "meter",
    "label",
    "place",
    "start_local",
    "start_utc",
    "energy_wh",
    "quality",
    "cause",
    "revision",
];

/// The file.
///
/// # Errors
/// Only when memory cannot be written.
pub fn write(sheet: &Sheet, clock: &Clock) -> Result<Vec<u8>, Error> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let failed = |error: csv::Error| Error::Output(error.into());
    writer.write_record(HEADER).map_err(failed)?;
    for row in &sheet.rows {
        let (label, place) = sheet.about(&row.meter);
        writer
            .write_record([
                row.meter.as_str(),
                label,
                place,
                &clock.with_offset(row.start_ms),
                &clock.utc(row.start_ms),
                &row.energy_wh.to_string(),
                &row.quality,
                &row.cause,
                &row.revision.to_string(),
            ])
            .map_err(failed)?;
    }
    writer.into_inner().map_err(|error| Error::Output(error.into_error()))
}
