//! `campus energy repair` and `campus meter replace`: show before and after, ask, then do.

use super::{meter, page};
use crate::args::{EnergyRepair, MeterReplace};
use crate::client::{Agent, Answer, LEDGER_ANSWER_S};
use crate::error::{Error, Exit};
use crate::page::Page;
use crate::render;
use crate::session::Session;
use agent::api::types::{Repair, RepairEnergy, ReplaceMeter};
use std::io::{BufRead, IsTerminal};

pub async fn repair(agent: &Agent, session: &Session, args: &EnergyRepair) -> Result<Exit, Error> {
    let page = page(agent, session).await?;
    let meter = meter::find(agent, &args.meter).await?;
    let wish = wish(args, meter, &page)?;
    let agent = agent.patient(LEDGER_ANSWER_S);
    let dry = RepairEnergy { dry_run: true, ..wish.clone() };
    let planned: Answer<Repair> = agent.post("/v1/energy/repair", &dry).await?;
    if !args.dry_run {
        if !args.yes {
            session.talk(render::repair::planned(&planned.body, &page).trim_end());
            confirm(&page.text("confirm-repair"), session)?;
        }
        let done: Answer<Repair> = agent.post("/v1/energy/repair", &wish).await?;
        return tell(session, &done, &page, args.json.json);
    }
    tell(session, &planned, &page, args.json.json)
}

pub async fn replace(agent: &Agent, session: &Session, args: &MeterReplace) -> Result<Exit, Error> {
    let page = page(agent, session).await?;
    let said = ReplaceMeter {
        meter: meter::find(agent, &args.meter).await?,
        at_ms: args.at.as_deref().map(|text| page.clock.parse(text)).transpose()?,
        old_final_wh: args.old_final,
        new_first_wh: args.new_initial,
        by: person(args.by.as_deref())?,
        why: args.why.clone(),
    };
    let agent = agent.patient(LEDGER_ANSWER_S);
    let done: Answer<Repair> = agent.post("/v1/meters/replace", &said).await?;
    tell(session, &done, &page, args.json.json)
}

fn tell(
    session: &Session,
    answer: &Answer<Repair>,
    page: &Page,
    json: bool,
) -> Result<Exit, Error> {
    if json {
        session.print_json(&answer.raw)?;
    } else {
        session.print(&render::repair::render(&answer.body, page))?;
    }
    Ok(Exit::Done)
}

/// What was typed, as the agent wants it.
fn wish(args: &EnergyRepair, meter: String, page: &Page) -> Result<RepairEnergy, Error> {
    let mut wish = RepairEnergy {
        meter,
        by: person(args.by.as_deref())?,
        why: args.why.clone(),
        ..RepairEnergy::default()
    };
    let span = match (&args.ignore, args.factor.as_deref()) {
        (Some(span), _) => {
            wish.what = "ignore".to_owned();
            Some(span)
        }
        (None, Some([factor, span])) => {
            let (numerator, denominator) = fraction(factor)?;
            wish.what = "factor".to_owned();
            wish.numerator = Some(numerator);
            wish.denominator = Some(denominator);
            Some(span)
        }
        _ => {
            wish.what = if args.believe { "believe" } else { "refuse" }.to_owned();
            None
        }
    };
    if let Some(span) = span {
        let (from, to) = page.clock.span(span)?;
        wish.from_ms = Some(from);
        wish.to_ms = Some(to);
    }
    Ok(wish)
}

/// `3/2`, or `40` for 40/1.
fn fraction(text: &str) -> Result<(u32, u32), Error> {
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    match (numerator.trim().parse::<u32>(), denominator.trim().parse::<u32>()) {
        (Ok(numerator), Ok(denominator)) if numerator > 0 && denominator > 0 => {
            Ok((numerator, denominator))
        }
        _ => Err(Error::BadFactor { text: text.to_owned() }),
    }
}

/// Who says so: as named, else the account behind `sudo`, else this account.
pub(super) fn person(named: Option<&str>) -> Result<String, Error> {
    let var = |name: &str| std::env::var(name).ok();
    let person = named.map(str::to_owned).or_else(|| var("SUDO_USER")).or_else(|| var("USER"));
    person.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).ok_or(Error::NoPerson)
}

/// Asks on stderr; goes on with `y` only, or its word in the reader's language.
pub(super) fn confirm(question: &str, session: &Session) -> Result<(), Error> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Error::NotConfirmed { asked: false });
    }
    session.talk(question);
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).map_err(Error::Output)?;
    let answer = answer.trim().to_lowercase();
    if ["y", "yes", "是"].contains(&answer.as_str()) {
        Ok(())
    } else {
        Err(Error::NotConfirmed { asked: true })
    }
}

#[cfg(test)]
mod tests;
