//! From a controller's meters and rows to a report.

use super::*;
use crate::ledger::repair::SlotRow;
use crate::{
    Action, Campus, Controller, EnergySettings, Input, MeterConfig, MeterSource, Plate, Posting,
    Reading, Settings,
};

fn campus() -> Campus {
    let meter = |name: &str, parent: Option<&str>| MeterConfig {
        name: name.into(),
        label: format!("The {name}"),
        source: MeterSource::Polled,
        place: Some(Place::Building(id("a"))),
        parent: parent.map(str::to_owned),
        flow: Flow::Import,
        plate: Plate::default(),
    };
    Campus {
        id: id("demo"),
        name: String::new(),
        zone: shanghai(),
        timetable: Timetable::default(),
        settings: Settings::default(),
        rooms: Vec::new(),
        nodes: Vec::new(),
        meters: vec![meter("mains", None), meter("lamps", Some("mains"))],
        energy: EnergySettings::default(),
        rules: Default::default(),
        events: Default::default(),
    }
}

/// Registers that are read every 5 min from `from` to `to`: mains 10 Wh each time, lamps `lamps_wh`.
fn read(
    controller: &mut Controller,
    (from, to): (Timestamp, Timestamp),
    mut lamps_wh: impl FnMut(Timestamp) -> i64,
) -> Vec<Posting> {
    let (mut out, mut at, mut registers) = (Vec::new(), from, [5_000, 70]);
    while at <= to {
        for (meter, register_wh) in registers.into_iter().enumerate() {
            let reading = Reading { at, register_wh, power_mw: None, ratio_milli: 1_000 };
            controller.handle(
                Input::Register { meter: MeterIx(meter as u32), reading },
                at,
                &mut out,
            );
        }
        registers = [registers[0] + 10, registers[1] + lamps_wh(at)];
        at = at.plus(300_000);
    }
    let posting = |action| match action {
        Action::Posting(posting) => Some(posting),
        _ => None,
    };
    out.into_iter().filter_map(posting).collect()
}

fn scope(controller: &Controller, span: (Timestamp, Timestamp)) -> Scope {
    let meters = controller.meters().map(|view| MeterScope::of(controller, &view)).collect();
    Scope::of(controller.campus(), span, span.1, meters)
}

#[test]
fn what_the_ledger_posts_is_what_the_report_says() {
    let (from, to) = bounds(Period::Day, at(&shanghai(), "2026-09-07T12:00"), &shanghai());
    let mut controller = Controller::new(campus(), from).expect("a good campus");
    let rows = read(&mut controller, (from.plus(6 * HOUR), to), |_| 4);
    let scope = scope(&controller, (from, to));
    let told: Vec<_> =
        scope.meters.iter().map(|m| (&*m.name, &*m.label, m.parent.as_deref())).collect();
    assert_eq!(told, [("mains", "The mains", None), ("lamps", "The lamps", Some("mains"))]);
    let mut builder = ReportBuilder::new(scope);
    for row in &rows {
        let (quality, cause) = (row.quality as u8, row.cause as u8);
        builder.posting(row.meter.at(), row.slot, row.energy_wh, quality, cause);
    }
    let report = builder.finish();
    // 18 h of twelve readings an hour.
    assert_eq!(report.energy_wh, 18 * 12 * 10);
    assert_eq!(report.meters[1].energy_wh, 18 * 12 * 4);
    assert_eq!(report.energy_wh, controller.meter(MeterIx(0)).register_difference_wh);
    assert_eq!((report.meters[0].slots, report.meters[0].measured), (72, 72), "since its opening");
    assert_eq!(report.residuals[0].balance, Balance::Unknown, "the night is missing");
    assert_eq!(report.buildings, [Building { id: id("a"), energy_wh: 2_160 }]);
}

#[test]
fn a_register_that_stands_still_is_suspect_in_the_report() {
    let zone = shanghai();
    let stuck = (at(&zone, "2026-09-17T06:00"), at(&zone, "2026-09-17T18:00"));
    let (from, to) = bounds(Period::Week, stuck.0, &zone);
    let history = from.plus(-14 * 24 * HOUR);
    let row = |slot: Timestamp| SlotRow {
        slot,
        energy_wh: i64::from(slot < stuck.0 || slot >= stuck.1),
        quality: Quality::Measured,
        cause: Cause::Normal,
        register_wh: 0,
        revision: 1,
        read_at: slot,
        read_wh: 0,
    };
    let rows: Vec<SlotRow> = (0..21 * 96).map(|nth| row(history.plus(nth * QUARTER))).collect();
    let controller = Controller::new(campus(), from).expect("a good campus");
    let mut builder = ReportBuilder::new(scope(&controller, (from, to)));
    for row in rows.iter().filter(|row| row.slot >= from) {
        builder.posting(0, row.slot, row.energy_wh, MEASURED, NORMAL);
    }
    builder.standstills(0, &rows);
    let report = builder.finish();
    assert_eq!(report.suspects, [Suspect { meter: 0, from: stuck.0, to: stuck.1 }]);
    assert_eq!(report.meters[0].suspect, 48);
    let doubtful: Vec<bool> = report.days.iter().map(|day| day.doubtful).collect();
    assert_eq!(doubtful, [false, false, false, true, false, false, false], "Thursday");
}
