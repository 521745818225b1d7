//! From sums to a report.

use super::builder::{ReportBuilder, State};
use super::slots::NO_BAND;
use super::{
    Balance, BandTotal, Building, Carbon, Cost, Day, MeterTotal, Peak, Report, Residual, RoomTotal,
    base,
};
use crate::campus::{Flow, Place};
use crate::tariff::{co2_ug, cost_nano};
use std::cmp::Reverse;
use wire::Id;

/// Rooms in a list of the worst.
const WORST: usize = 10;

/// Parts of a meter may differ from the whole by this, %: two meters of class 2, and wiring losses.
const TOLERANCE_PCT: i64 = 5;

pub(super) fn report(mut builder: ReportBuilder) -> Report {
    builder.incidents.sort_by_key(|(id, incident)| (incident.at, *id));
    builder.suspects.sort_by_key(|suspect| (suspect.meter, suspect.from));
    let base_loads = base::of_days(&builder);
    let days = days(&builder, &base_loads);
    let known: Vec<i64> = base_loads.into_iter().flatten().collect();
    let base_load_mw = known.iter().sum::<i64>().checked_div(known.len() as i64);
    let (bands, unpriced_wh) = bands(&builder);
    let (co2, unfactored_wh) = co2(&builder, &days);
    let mut hours_wh = [0; 24];
    let (mut open_wh, mut closed_school_day_wh, mut closed_other_day_wh) = (0, 0, 0);
    let mut closed_free_day_wh = 0;
    for (key, energy_wh) in builder.slots.keys.iter().zip(&builder.total_wh) {
        hours_wh[usize::from(key.hour)] += energy_wh;
        let kind = builder.slots.days[usize::from(key.day)].kind;
        match (key.is_open, kind.is_school()) {
            (true, _) => open_wh += energy_wh,
            (false, true) => closed_school_day_wh += energy_wh,
            (false, false) => {
                closed_other_day_wh += energy_wh;
                closed_free_day_wh += if kind.is_free() { *energy_wh } else { 0 };
            }
        }
    }
    let roots = || builder.meters.iter().filter(|meter| meter.is_root);
    Report {
        from: builder.scope.from,
        to: builder.scope.to,
        now: builder.scope.now,
        energy_wh: roots().map(|meter| meter.energy_wh).sum(),
        before_wh: builder.before_wh,
        export_wh: export_wh(&builder),
        estimated_wh: roots().map(|meter| meter.estimated_wh).sum(),
        hours_wh,
        buildings: buildings(&builder),
        meters: meters(&builder),
        costs: costs(&bands),
        bands,
        unpriced_wh,
        co2,
        unfactored_wh,
        peak: peak(&builder),
        base_load_mw,
        open_wh,
        closed_school_day_wh,
        closed_other_day_wh,
        closed_free_day_wh,
        residuals: residuals(&builder),
        worst_lit_empty: worst(&builder.rooms, |room| room.lit_empty_ms),
        worst_dark: worst(&builder.rooms, |room| room.dark_ms),
        orphans: {
            let meters = builder.scope.meters.iter().enumerate();
            meters.filter(|(_, meter)| meter.place.is_none()).map(|(at, _)| at).collect()
        },
        days,
        rooms: builder.rooms,
        suspects: builder.suspects,
        incidents: builder.incidents,
    }
}

fn days(builder: &ReportBuilder, base_loads: &[Option<i64>]) -> Vec<Day> {
    let keys = builder.slots.days.iter().zip(base_loads).enumerate();
    let mut days: Vec<Day> = keys
        .map(|(nth, (key, base_load_mw))| Day {
            date: key.date,
            start: key.start,
            end: key.end,
            kind: key.kind,
            name: builder
                .scope
                .timetable
                .calendar
                .day(key.date, builder.scope.timetable.days)
                .name
                .to_owned(),
            energy_wh: 0,
            closed_wh: 0,
            base_load_mw: *base_load_mw,
            doubtful: is_doubtful(builder, nth),
        })
        .collect();
    for (key, energy_wh) in builder.slots.keys.iter().zip(&builder.total_wh) {
        let day = &mut days[usize::from(key.day)];
        day.energy_wh += energy_wh;
        if !key.is_open {
            day.closed_wh += energy_wh;
        }
    }
    days
}

/// Whether some of the roots' energy of a day is missing, estimated, incomplete or suspect.
fn is_doubtful(builder: &ReportBuilder, day: usize) -> bool {
    let key = builder.slots.days[day];
    let roots = (0..builder.meters.len()).filter(|meter| builder.meters[*meter].is_root);
    let unsure = |meter: usize| {
        let expected = builder.expected(meter);
        let own = key.first.max(expected.start)..(key.first + key.count).min(expected.end);
        { own }.any(|at| builder.state(meter, at) != State::Measured)
    };
    let suspect = builder.suspects.iter().any(|suspect| {
        let of_root = builder.meters[suspect.meter].is_root;
        of_root && suspect.from < key.end && suspect.to > key.start
    });
    suspect || { roots }.any(unsure)
}

fn meters(builder: &ReportBuilder) -> Vec<MeterTotal> {
    let total = |(at, sum): (usize, &super::builder::MeterSum)| {
        let expected = builder.expected(at);
        let mut counts = [0u32; 4];
        for slot in expected.clone() {
            counts[builder.state(at, slot) as usize] += 1;
        }
        MeterTotal {
            meter: builder.scope.meters[at].clone(),
            parent: sum.parent,
            is_root: sum.is_root,
            energy_wh: sum.energy_wh,
            slots: expected.len() as u32,
            measured: counts[State::Measured as usize],
            estimated: counts[State::Estimated as usize],
            incomplete: counts[State::Incomplete as usize],
            suspect: suspect_slots(builder, at),
            estimated_wh: sum.estimated_wh,
        }
    };
    builder.meters.iter().enumerate().map(total).collect()
}

/// Expected slots of a meter that begin within a suspect run. Runs of one meter do not overlap.
fn suspect_slots(builder: &ReportBuilder, meter: usize) -> u32 {
    let own = builder.suspects.iter().filter(|suspect| suspect.meter == meter);
    let starts = own.map(|suspect| {
        let starts = builder.expected(meter).map(|at| builder.slots.start(at));
        starts.filter(|start| *start >= suspect.from && *start < suspect.to).count()
    });
    starts.sum::<usize>() as u32
}

fn export_wh(builder: &ReportBuilder) -> i64 {
    let exports = |at: usize| {
        let meter = &builder.scope.meters[at];
        meter.flow == Flow::Export && meter.place.is_some()
    };
    let outermost = (0..builder.meters.len())
        .filter(|at| exports(*at) && !builder.meters[*at].parent.is_some_and(exports));
    outermost.map(|at| builder.meters[at].energy_wh).sum()
}

/// What a root counts belongs to its building, but for what meters below it count in other ones.
fn buildings(builder: &ReportBuilder) -> Vec<Building> {
    let mut buildings: Vec<Building> = Vec::new();
    let mut add = |id: Id, energy_wh: i64| match buildings.iter_mut().find(|b| b.id == id) {
        Some(building) => building.energy_wh += energy_wh,
        None => buildings.push(Building { id, energy_wh }),
    };
    for (at, sum) in builder.meters.iter().enumerate() {
        let Some(id) = counted_in(builder, at) else { continue };
        match sum.parent.and_then(|parent| counted_in(builder, parent)) {
            None => add(id, sum.energy_wh),
            Some(other) if other != id => {
                add(id, sum.energy_wh);
                add(other, -sum.energy_wh);
            }
            Some(_) => {}
        }
    }
    buildings.sort_by_key(|building| Reverse(building.energy_wh));
    buildings
}

/// The building of a meter whose energy is part of the total.
fn counted_in(builder: &ReportBuilder, meter: usize) -> Option<Id> {
    let mut at = meter;
    // As many steps as there are meters: parents that name each other have no root.
    for _ in 0..builder.meters.len() {
        let config = &builder.scope.meters[at];
        if config.flow == Flow::Export || config.place.is_none() {
            return None;
        }
        match builder.meters[at].parent {
            Some(parent) => at = parent,
            None => {
                return builder.scope.meters[meter].place.map(|place| match place {
                    Place::Room { building, .. } | Place::Building(building) => building,
                });
            }
        }
    }
    None
}

fn bands(builder: &ReportBuilder) -> (Vec<BandTotal>, i64) {
    let mut energies = vec![0i64; builder.slots.bands.len()];
    let mut unpriced_wh = 0;
    for (key, energy_wh) in builder.slots.keys.iter().zip(&builder.total_wh) {
        match key.band {
            NO_BAND => unpriced_wh += energy_wh,
            band => energies[usize::from(band)] += energy_wh,
        }
    }
    let mut order: Vec<((usize, usize), i64)> =
        builder.slots.bands.iter().copied().zip(energies).collect();
    let tariffs = &builder.scope.energy.tariffs;
    order.sort_by_key(|((tariff, band), _)| (tariffs[*tariff].valid_from, *band));
    let mut totals: Vec<BandTotal> = Vec::new();
    for ((tariff, band), energy_wh) in order {
        let tariff = &tariffs[tariff];
        let band = &tariff.bands[band];
        let cost_nano = cost_nano(energy_wh, band.price_micro);
        let same =
            |total: &&mut BandTotal| total.id == band.id && total.valid_from == tariff.valid_from;
        if let Some(total) = totals.iter_mut().find(same) {
            total.energy_wh += energy_wh;
            total.cost_nano += cost_nano;
            total.price_micro = total.price_micro.filter(|price| *price == band.price_micro);
            continue;
        }
        totals.push(BandTotal {
            valid_from: tariff.valid_from,
            id: band.id,
            label: band.label.clone(),
            currency: tariff.currency.clone(),
            price_micro: Some(band.price_micro),
            energy_wh,
            cost_nano,
        });
    }
    (totals, unpriced_wh)
}

fn costs(bands: &[BandTotal]) -> Vec<Cost> {
    let mut costs: Vec<Cost> = Vec::new();
    for band in bands {
        match costs.iter_mut().find(|cost| cost.currency == band.currency) {
            Some(cost) => cost.total_nano += band.cost_nano,
            None => {
                costs.push(Cost { currency: band.currency.clone(), total_nano: band.cost_nano });
            }
        }
    }
    costs
}

fn co2(builder: &ReportBuilder, days: &[Day]) -> (Vec<Carbon>, i64) {
    let mut years: Vec<Carbon> = Vec::new();
    let mut unfactored_wh = 0;
    for day in days {
        let year = day.date.year();
        let Some(factor) = builder.scope.energy.factor(year) else {
            unfactored_wh += day.energy_wh;
            continue;
        };
        let ug = co2_ug(day.energy_wh, factor.co2.mg_per_kwh);
        match years.last_mut().filter(|carbon| carbon.year == year) {
            Some(carbon) => {
                carbon.energy_wh += day.energy_wh;
                carbon.co2_ug += ug;
            }
            None => years.push(Carbon {
                year,
                factor_year: factor.co2.year,
                older: factor.older,
                mg_per_kwh: factor.co2.mg_per_kwh,
                region: factor.co2.region.clone(),
                source: factor.co2.source.clone(),
                energy_wh: day.energy_wh,
                co2_ug: ug,
            }),
        }
    }
    (years, unfactored_wh)
}

fn peak(builder: &ReportBuilder) -> Option<Peak> {
    let slots = builder.total_wh.iter().enumerate().filter(|(_, energy_wh)| **energy_wh > 0);
    let (at, energy_wh) = slots.max_by_key(|(at, energy_wh)| (**energy_wh, Reverse(*at)))?;
    let power_mw = i128::from(*energy_wh) * 3_600_000_000 / i128::from(builder.slots.slot_ms);
    let power_mw = i64::try_from(power_mw).unwrap_or(i64::MAX);
    Some(Peak { slot: builder.slots.start(at), power_mw })
}

fn residuals(builder: &ReportBuilder) -> Vec<Residual> {
    let mut parts: Vec<Vec<usize>> = vec![Vec::new(); builder.meters.len()];
    for (at, sum) in builder.meters.iter().enumerate() {
        let imports = |at: usize| builder.scope.meters[at].flow == Flow::Import;
        if let Some(parent) = sum.parent.filter(|parent| imports(*parent) && imports(at)) {
            parts[parent].push(at);
        }
    }
    let mut residuals = Vec::new();
    for (meter, parts) in parts.iter().enumerate().filter(|(_, parts)| !parts.is_empty()) {
        for (day, key) in builder.slots.days.iter().enumerate() {
            if key.first >= builder.slots.over {
                break; // it has not begun
            }
            let energy = |at: &usize| builder.day_wh[at * builder.slots.days.len() + day];
            let (parent_wh, parts_wh) = (energy(&meter), parts.iter().map(energy).sum());
            let mut all = parts.iter().chain([&meter]);
            let whole = all.all(|at| is_whole(builder, *at, day));
            let balance =
                if whole { balance(parent_wh, parts_wh, parts.len()) } else { Balance::Unknown };
            residuals.push(Residual { meter, day, parent_wh, parts_wh, balance });
        }
    }
    residuals
}

/// Whether nothing of a meter is missing on a day, as far as the day has gone.
fn is_whole(builder: &ReportBuilder, meter: usize, day: usize) -> bool {
    let key = builder.slots.days[day];
    let mut own = key.first..(key.first + key.count).min(builder.slots.over);
    own.all(|at| !matches!(builder.state(meter, at), State::Missing | State::Incomplete))
}

/// Whether the parts are the whole, within the tolerance and a watt-hour for each register.
fn balance(parent_wh: i64, parts_wh: i64, parts: usize) -> Balance {
    let rest_wh = i128::from(parent_wh) - i128::from(parts_wh);
    let most = i128::from(parent_wh.abs()) * i128::from(TOLERANCE_PCT) + 100 * (parts as i128 + 1);
    match rest_wh * 100 {
        rest if rest > most => Balance::RestAbove,
        rest if rest < -most => Balance::PartsAbove,
        _ => Balance::Fits,
    }
}

/// Positions of the rooms with most of something, worst first; rooms without any are not bad.
fn worst(rooms: &[RoomTotal], time: impl Fn(&RoomTotal) -> u64) -> Vec<usize> {
    let mut bad: Vec<usize> = (0..rooms.len()).filter(|at| time(&rooms[*at]) > 0).collect();
    bad.sort_by_key(|at| Reverse(time(&rooms[*at])));
    bad.truncate(WORST);
    bad
}
