//! `campus energy export`: asks day by day, writes a whole file or none.

use super::energy::{ask, moments};
use crate::args::{By, EnergyExport};
use crate::client::{Agent, Answer, LEDGER_ANSWER_S};
use crate::error::{Error, Exit};
use crate::session::Session;
use crate::sheet::{self, Sheet};
use crate::when::Clock;
use agent::api::types::{Energy, EnergyRow, MeterEnergy, Status};
use serde::Serialize;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What was written; the body of `--json`.
#[derive(Debug, Serialize)]
struct Written {
    file: String,
    from_ms: i64,
    to_ms: i64,
    by: &'static str,
    meters: usize,
    rows: usize,
}

pub async fn run(agent: &Agent, session: &Session, args: &EnergyExport) -> Result<Exit, Error> {
    let status = agent.get::<Status>("/v1/status").await?.body;
    let page = session.page(&status);
    let sheet = collect(&agent.patient(LEDGER_ANSWER_S), session, args, &page.clock).await?;
    // clap lets through exactly one of the two.
    let (path, bytes) = match (&args.csv, &args.xlsx) {
        (Some(path), _) => (path, sheet::csv::write(&sheet, &page.clock)?),
        (None, Some(path)) => (path, sheet::xlsx::write(&sheet, &page)?),
        (None, None) => return Ok(Exit::Done),
    };
    if path.as_os_str() == "-" {
        session.print_bytes(&bytes)?;
        return Ok(Exit::Done);
    }
    write_whole(path, &bytes)?;
    let written = Written {
        file: path.display().to_string(),
        from_ms: sheet.from_ms,
        to_ms: sheet.to_ms,
        by: args.by.name(),
        meters: sheet.meters.len(),
        rows: sheet.rows.len(),
    };
    if args.json.json {
        session.print_json(&serde_json::to_vec(&written).unwrap_or_default())?;
    } else {
        let named = [
            ("path", written.file.into()),
            ("rows", crate::render::count(written.rows).into()),
            ("meters", written.meters.into()),
            ("from", page.clock.minute(written.from_ms).into()),
            ("to", page.clock.minute(written.to_ms).into()),
        ];
        session.print(&format!("{}\n", page.say("export-written", &named)))?;
    }
    Ok(Exit::Done)
}

/// All rows of the asked time. Slots and hours are asked for day by day: a year of 200 meters is a
/// gigabyte in one answer.
async fn collect(
    agent: &Agent,
    session: &Session,
    args: &EnergyExport,
    clock: &Clock,
) -> Result<Sheet, Error> {
    let (from, to) = moments(args.from.as_deref(), args.to.as_deref(), clock)?;
    let (from, to) = (from.unwrap_or(clock.midnight(clock.now_ms)), to.unwrap_or(clock.now_ms));
    let mut sheet = Sheet { from_ms: from, to_ms: to, meters: Vec::new(), rows: Vec::new() };
    let whole = matches!(args.by, By::Day | By::Month);
    let mut begin = from;
    while begin < to {
        let end = if whole { to } else { clock.next_midnight(begin).clamp(begin + 1, to) };
        let question = format!("/v1/energy?by={}&from_ms={begin}&to_ms={end}", args.by.name());
        let answer: Answer<Energy> = ask(agent, session, &question, args.of.as_deref()).await?;
        add(&mut sheet, answer.body.meters, answer.body.rows);
        begin = end;
    }
    sheet.rows.sort_by(|a, b| (&a.meter, a.start_ms).cmp(&(&b.meter, b.start_ms)));
    sheet.meters.sort_by(|a, b| a.meter.cmp(&b.meter));
    Ok(sheet)
}

/// One more answer: rows are further ones, meters are the same ones with more energy.
fn add(sheet: &mut Sheet, meters: Vec<MeterEnergy>, rows: Vec<EnergyRow>) {
    for meter in meters {
        match sheet.meters.iter_mut().find(|known| known.meter == meter.meter) {
            Some(known) => {
                let energy_wh = known.energy_wh + meter.energy_wh;
                *known = MeterEnergy { energy_wh, ..meter };
            }
            None => sheet.meters.push(meter),
        }
    }
    sheet.rows.extend(rows);
}

/// Writes a file beside its place and moves it there: nobody finds half of one.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |error| Error::Write { path: path.to_path_buf(), error };
    let part = part_of(path);
    std::fs::write(&part, bytes).map_err(failed)?;
    std::fs::rename(&part, path).map_err(|error| {
        // The move is what failed; a leftover is the lesser harm.
        let _ = std::fs::remove_file(&part);
        failed(error)
    })
}

/// Where a file is written before it is moved to its place.
fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    part.into()
}

/// The same for a file that is there: who owns it and may read it stays so, and a link stays one.
pub fn replace_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |error| Error::Write { path: path.to_path_buf(), error };
    let path = std::fs::canonicalize(path).map_err(failed)?;
    let part = part_of(&path);
    let replaced = || {
        let was = std::fs::metadata(&path)?;
        let mut file = std::fs::File::create(&part)?;
        file.write_all(bytes)?;
        let is = file.metadata()?;
        if (is.uid(), is.gid()) != (was.uid(), was.gid()) {
            std::os::unix::fs::fchown(&file, Some(was.uid()), Some(was.gid()))?;
        }
        file.set_permissions(was.permissions())?;
        file.sync_all()?;
        std::fs::rename(&part, &path)
    };
    replaced().map_err(|error| {
        let _ = std::fs::remove_file(&part);
        failed(error)
    })
}

#[cfg(test)]
mod tests;
