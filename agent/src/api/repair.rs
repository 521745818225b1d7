//! The ledger's repair by people: closed slots posted again, doubts decided, meters replaced.

use super::ledger::{history, past};
use super::meters::the_meter;
use super::types::{Problem, Repair, RepairEnergy, ReplaceMeter};
use super::{Answer, Api, LedgerOrder, OpenMeter, Question, kept, mismatch, problem};
use crate::{limits, store};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use controller::Timestamp;
use controller::ledger::repair::{Judgement, Plan, RepairFault, plan};

type Answered<T> = Result<Json<T>, Problem>;
type Body<T> = Result<Json<T>, JsonRejection>;

const DAY_MS: i64 = 86_400_000;

/// Repairs closed slots, or decides about a register in doubt. The old rows stay.
///
/// # Errors
/// `no_such_meter`, `bad_value`; `cannot_repair` with the reason.
#[utoipa::path(post, path = "/v1/energy/repair", request_body = RepairEnergy, responses((status = 200, body = Repair), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn repair(State(api): State<Api>, body: Body<RepairEnergy>) -> Answered<Repair> {
    let Json(asked) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    said_by(&asked.by, &asked.why)?;
    let repairing = api.repairing.clone();
    let _one_at_a_time = repairing.lock().await;
    let meter = the_meter(&api, &asked.meter).await?;
    let between = || match (asked.from_ms, asked.to_ms) {
        (Some(from), Some(to)) if from <= to => Ok((Timestamp(from), Timestamp(to))),
        _ => Err(problem("bad_value", "from_ms", "say from when to when, in this order")),
    };
    let judgement = match asked.what.as_str() {
        "believe" => return judge(&api, &asked, &meter, true).await,
        "refuse" => return judge(&api, &asked, &meter, false).await,
        "ignore" => {
            let (from, to) = between()?;
            Judgement::Ignore { from, to }
        }
        "factor" => {
            let (from, to) = between()?;
            let part = |number: Option<u32>| i64::from(number.unwrap_or(1));
            let (numerator, denominator) = (part(asked.numerator), part(asked.denominator));
            Judgement::Factor { from, to, numerator, denominator }
        }
        _ => {
            let what = "`what` is `ignore`, `believe`, `refuse` or `factor`";
            return Err(problem("bad_value", "what", what));
        }
    };
    let who = (asked.by.as_str(), asked.why.as_str());
    carry_out(&api, &meter, &asked.what, judgement, who, asked.dry_run).await
}

/// A meter was replaced: what the old one showed last, and the new one first.
///
/// # Errors
/// `no_such_meter`, `bad_value`; `cannot_repair` with the reason.
#[utoipa::path(post, path = "/v1/meters/replace", request_body = ReplaceMeter, responses((status = 200, body = Repair), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn replace(State(api): State<Api>, body: Body<ReplaceMeter>) -> Answered<Repair> {
    let Json(asked) = body.map_err(|error| problem("bad_value", "body", &error.body_text()))?;
    said_by(&asked.by, &asked.why)?;
    let repairing = api.repairing.clone();
    let _one_at_a_time = repairing.lock().await;
    let meter = the_meter(&api, &asked.meter).await?;
    let now = api.clock.now();
    let at_ms = match (asked.at_ms, meter.now.doubt_wh.and(meter.now.since_ms)) {
        (Some(at_ms), _) | (None, Some(at_ms)) => at_ms,
        (None, None) => last_unexplained(&api, &meter).await?.unwrap_or(now.0),
    };
    if at_ms > now.0 {
        return Err(problem("bad_value", "at_ms", "this lies in the future"));
    }
    let ReplaceMeter { old_final_wh, new_first_wh, by, why, .. } = asked;
    if meter.now.read_ms.is_some_and(|read_ms| at_ms <= read_ms) {
        let at = Timestamp(at_ms);
        let judgement = Judgement::Boundary { at, old_final_wh, new_first_wh };
        return carry_out(&api, &meter, "replace", judgement, (&by, &why), false).await;
    }
    let name = meter.totals.meter.clone();
    let replace = store::Replace { meter: name, at_ms, old_final_wh, new_first_wh, by, why };
    let before_wh = meter.totals.posted_wh;
    order(&api, LedgerOrder::Replace(replace)).await?;
    decided(&api, &meter, "replace", before_wh).await
}

/// When a register last fell or jumped without anybody saying why.
async fn last_unexplained(api: &Api, meter: &OpenMeter) -> Result<Option<i64>, Problem> {
    let (name, now) = (meter.totals.meter.clone(), api.clock.now().0);
    let found = past(api, &meter.totals.meter, move |past| {
        past.incidents(
            Some(&name),
            now - limits::AUDIT_DAYS_MAX * DAY_MS,
            now + 1,
            limits::QUERY_ROWS_MAX,
        )
    });
    let told: Vec<_> = found.await?.iter().map(kept::told).collect();
    Ok(told.into_iter().find(|incident| incident.open).map(|incident| incident.at_ms))
}

/// Plans a repair from what is kept, and unless it is only asked for, has it booked.
async fn carry_out(
    api: &Api,
    meter: &OpenMeter,
    what: &str,
    judgement: Judgement,
    (by, why): (&str, &str),
    dry_run: bool,
) -> Answered<Repair> {
    let name = meter.totals.meter.clone();
    let slot_ms = api.campus.settings.slot_ms;
    let (from, to) = reach(&judgement);
    let around = (from.0 - DAY_MS, to.0 + DAY_MS);
    let of = meter.clone();
    let found = past(api, &name, move |past| history(past, &of, around, slot_ms)).await?;
    let plan = plan(meter.ix, &found.past, &judgement, &meter.plate, slot_ms)
        .map_err(|fault| cannot(api, &name, &fault))?;
    let Plan { rows, withdrawn, incidents, before_wh, after_wh } = plan;
    let slots = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let first = rows.iter().map(|row| row.slot.0).min().unwrap_or(from.0);
    let end = rows.iter().map(|row| row.slot.0 + slot_ms).max().unwrap_or(to.0);
    let mut repair = Repair {
        meter: name.clone(),
        what: what.to_owned(),
        from_ms: first,
        to_ms: end,
        before_wh,
        after_wh,
        slots,
        by: by.to_owned(),
        why: why.to_owned(),
        ..Repair::default()
    };
    if dry_run {
        return Ok(Json(repair));
    }
    let record = store::RepairRecord {
        meter: name.clone(),
        from_ms: first,
        to_ms: end,
        judgement: describe(what, &judgement, slots),
        by: by.to_owned(),
        why: why.to_owned(),
        before_wh,
        after_wh,
        rows: rows.iter().map(|row| kept::posting(&name, row)).collect(),
        incidents: incidents.iter().map(|incident| kept::kept(&name, incident)).collect(),
        withdrawn,
    };
    order(api, LedgerOrder::Repair(Box::new(super::Repair { record, rows, incidents }))).await?;
    if let Some(newest) = newest_repair(api, &name).await? {
        (repair.id, repair.at_ms) = (Some(newest.id), newest.at_ms);
    }
    Ok(Json(repair))
}

/// The time that a judgement is about.
const fn reach(judgement: &Judgement) -> (Timestamp, Timestamp) {
    match *judgement {
        Judgement::Ignore { from, to } | Judgement::Factor { from, to, .. } => (from, to),
        Judgement::Boundary { at, .. } => (at, at),
    }
}

/// A judgement as the database keeps it, for ever.
fn describe(what: &str, judgement: &Judgement, slots: u32) -> String {
    let (from, to) = reach(judgement);
    let mut json =
        serde_json::json!({ "what": what, "from_ms": from.0, "to_ms": to.0, "slots": slots });
    match *judgement {
        Judgement::Ignore { .. } => {}
        Judgement::Boundary { old_final_wh, new_first_wh, .. } => {
            json["old_final_wh"] = old_final_wh.into();
            json["new_first_wh"] = new_first_wh.into();
        }
        Judgement::Factor { numerator, denominator, .. } => {
            json["numerator"] = numerator.into();
            json["denominator"] = denominator.into();
        }
    }
    json.to_string()
}

/// Decides about a register in doubt.
async fn judge(
    api: &Api,
    asked: &RepairEnergy,
    meter: &OpenMeter,
    believe: bool,
) -> Answered<Repair> {
    let name = &meter.totals.meter;
    let before_wh = meter.totals.posted_wh;
    let Some((doubt_wh, believed_wh)) = meter.now.doubt_wh.zip(meter.now.register_wh) else {
        return Err(problem("cannot_repair", name, "nothing is in doubt there"));
    };
    if asked.dry_run {
        let rises = if believe { (doubt_wh - believed_wh).max(0) } else { 0 };
        return Ok(Json(Repair {
            meter: name.clone(),
            what: asked.what.clone(),
            from_ms: meter.now.read_ms.unwrap_or(0),
            to_ms: api.clock.now().0,
            before_wh,
            after_wh: before_wh + rises,
            by: asked.by.clone(),
            why: asked.why.clone(),
            ..Repair::default()
        }));
    }
    let (by, why) = (asked.by.clone(), asked.why.clone());
    let order_it = LedgerOrder::Judge(store::Judge { meter: name.clone(), believe, by, why });
    order(api, order_it).await?;
    decided(api, meter, &asked.what, before_wh).await
}

/// What a decision about the present has changed.
async fn decided(api: &Api, meter: &OpenMeter, what: &str, before_wh: i64) -> Answered<Repair> {
    let name = &meter.totals.meter;
    let after = the_meter(api, name).await?;
    let newest = newest_repair(api, name).await?;
    let mut repair = newest.map(kept::repaired).unwrap_or_default();
    repair.what = what.to_owned();
    (repair.before_wh, repair.after_wh) = (before_wh, after.totals.posted_wh);
    Ok(Json(repair))
}

async fn newest_repair(api: &Api, meter: &str) -> Result<Option<store::Repair>, Problem> {
    let of = meter.to_owned();
    let newest = past(api, meter, move |past| past.repairs(Some(&of), 1)).await?;
    Ok(newest.into_iter().next())
}

/// Has the main loop book something; returns when that is committed.
async fn order(api: &Api, order: LedgerOrder) -> Result<(), Problem> {
    match api.ask(Question::Ledger(Box::new(order))).await? {
        Answer::Done => Ok(()),
        _ => Err(mismatch()),
    }
}

/// What a person did without a name and a reason proves nothing later.
pub(super) fn said_by(by: &str, why: &str) -> Result<(), Problem> {
    for (about, text) in [("by", by), ("why", why)] {
        if text.trim().is_empty() || text.chars().count() > limits::REASON_CHARS_MAX {
            return Err(problem("bad_value", about, "say who and why, in 1 to 500 characters"));
        }
    }
    Ok(())
}

fn cannot(api: &Api, meter: &str, fault: &RepairFault) -> Problem {
    let mut text = fault.to_string();
    let at = match fault {
        RepairFault::OpenSlot { closes } => Some(("complete at", closes)),
        RepairFault::Negative { slot } => Some(("at", slot)),
        RepairFault::Broken { at } => Some(("at", at)),
        _ => None,
    };
    if let Some((word, at)) =
        at.and_then(|(word, at)| Some((word, jiff::Timestamp::from_millisecond(at.0).ok()?)))
    {
        text.push_str(&format!(" ({word} {})", at.to_zoned(api.zone.clone()).strftime("%F %H:%M")));
    }
    problem("cannot_repair", meter, &text)
}
