//! What only the past tells: registers that stand still, and parts that are more than their whole.
//!
//! Looked for once an hour beside the main loop; what is found becomes a need of a person.

use crate::api::types::Need;
use crate::api::{Api, energy, report as api_report};
use crate::facts::need;
use crate::limits;
use crate::main_loop::Event;
use crate::store::QueryError;
use controller::Timestamp;
use controller::report::{self, Balance, Period};

/// Looks again and again, until the main loop is gone.
pub async fn watch(api: Api) {
    let mut pause = limits::FINDINGS_FIRST;
    loop {
        tokio::time::sleep(pause).await;
        pause = limits::FINDINGS_INTERVAL;
        let Ok(found) = look(&api).await else { continue };
        if api.events.send(Event::Found(found)).await.is_err() {
            return;
        }
    }
}

/// What is to be said of yesterday and of now.
async fn look(api: &Api) -> Result<Vec<Need>, crate::api::types::Problem> {
    let (meters, _) = energy::meters(api).await?;
    let now = api.clock.now();
    let today = report::bounds(Period::Day, now, &api.zone);
    let yesterday = report::before(Period::Day, today.0, &api.zone);
    let (past, campus) = (api.past.clone(), api.campus.clone());
    let made = tokio::task::spawn_blocking(move || {
        let before = report::before(Period::Day, yesterday.0, &campus.zone);
        let ended = api_report::make(&past, &campus, &meters, yesterday, before, now)?;
        let running = api_report::make(&past, &campus, &meters, today, yesterday, now)?;
        Ok::<_, QueryError>((ended, running, campus.settings.slot_ms))
    });
    let internal = |text: String| crate::api::problem("internal", "findings", &text);
    let (ended, running, slot_ms) = made
        .await
        .map_err(|error| internal(error.to_string()))?
        .map_err(|error| internal(error.to_string()))?;
    let mut needs: Vec<Need> = too_much(&ended).collect();
    needs.extend(standing(&running, now, slot_ms));
    Ok(needs)
}

/// Parts that were more than their whole yesterday, by more than 5 %.
fn too_much(ended: &report::Report) -> impl Iterator<Item = Need> {
    let above = ended.residuals.iter().filter(|residual| residual.balance == Balance::PartsAbove);
    above.map(|residual| {
        let args = [
            ("parent_wh", residual.parent_wh.to_string()),
            ("parts_wh", residual.parts_wh.to_string()),
        ];
        let meter = &ended.meters[residual.meter].meter.name;
        need("meter_residual", meter, ended.days[residual.day].start, args)
    })
}

/// Registers that stand still for suspiciously long and have not moved since.
fn standing(running: &report::Report, now: Timestamp, slot_ms: i64) -> impl Iterator<Item = Need> {
    let still = running.suspects.iter().filter(move |suspect| suspect.to.0 >= now.0 - 2 * slot_ms);
    still.map(|suspect| {
        let meter = &running.meters[suspect.meter].meter.name;
        need("meter_frozen", meter, suspect.from, [])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use controller::report::{MeterScope, ReportBuilder, Scope};
    use controller::{Cause, Flow, Place, Quality, Timetable};

    const SLOT_MS: i64 = 900_000;
    const DAY_MS: i64 = 96 * SLOT_MS;
    const MIDNIGHT: Timestamp = Timestamp(20_454 * DAY_MS);

    /// A building's meter and one that is part of it, over a day.
    fn day(whole_wh: i64, part_wh: i64, still_from: Option<i64>) -> report::Report {
        let building = wire::Id::new("gym").expect("an identifier");
        let meter = |name: &str, parent: Option<&str>| MeterScope {
            name: name.into(),
            label: String::new(),
            place: Some(Place::Building(building)),
            parent: parent.map(str::to_owned),
            flow: Flow::Import,
        };
        let mut builder = ReportBuilder::new(Scope {
            zone: jiff::tz::TimeZone::UTC,
            timetable: Timetable::default(),
            energy: controller::EnergySettings::default(),
            slot_ms: SLOT_MS,
            from: MIDNIGHT,
            to: MIDNIGHT.plus(DAY_MS),
            now: MIDNIGHT.plus(DAY_MS),
            meters: vec![meter("gym-mains", None), meter("gym-hall", Some("gym-mains"))],
            rooms: vec![],
        });
        let (quality, cause) = (Quality::Measured as u8, Cause::Normal as u8);
        for slot in 0..96 {
            let at = MIDNIGHT.plus(slot * SLOT_MS);
            builder.posting(0, at, whole_wh, quality, cause);
            builder.posting(1, at, part_wh, quality, cause);
        }
        if let Some(slot) = still_from {
            builder.suspect(0, MIDNIGHT.plus(slot * SLOT_MS), MIDNIGHT.plus(DAY_MS));
        }
        builder.finish()
    }

    #[test]
    fn parts_above_their_whole_are_a_need_and_a_rest_is_none() {
        let codes = |whole_wh, part_wh| -> Vec<String> {
            too_much(&day(whole_wh, part_wh, None))
                .map(|need| need.code + " " + &need.about)
                .collect()
        };
        assert_eq!(codes(100, 60), [""; 0], "what no part counts is no alarm");
        assert_eq!(codes(100, 102), [""; 0], "within 5 %");
        assert_eq!(codes(100, 120), ["meter_residual gym-mains"]);
    }

    #[test]
    fn register_that_stands_still_is_a_need_until_it_moves() {
        let report = day(100, 60, Some(40));
        let count = |now: Timestamp| standing(&report, now, SLOT_MS).count();
        assert_eq!(count(MIDNIGHT.plus(DAY_MS + SLOT_MS)), 1, "it still stands");
        assert_eq!(count(MIDNIGHT.plus(DAY_MS + 5 * SLOT_MS)), 0, "it has moved since");
    }
}
