//! Pages of `campus hub`: what a campus sends, and what a receiver holds.

use super::check;
use crate::fixtures::{body, page, terminal};
use crate::render::{hub, hubs};
use ::hub::daily::Files;
use ::hub::tenant::Tenant;
use ::hub::verify::Found;
use agent::api::types::{HubGaps, Hubs, Resent};
use std::collections::BTreeMap;

#[test]
fn hub_status_says_what_waits_and_for_how_long_the_buffer_lasts() {
    check("hub_status", page, |page| hubs::status(&body("hubs"), page));
    let none = || Hubs { hubs: vec![], ..body("hubs") };
    check("hub_status_none", page, |page| hubs::status(&none(), page));
}

#[test]
fn hub_gaps_shows_what_is_missing_put_aside_asked_for_and_gone() {
    check("hub_gaps", terminal, |page| hubs::gaps(&body::<Vec<HubGaps>>("hub_gaps"), page));
    check("hub_gaps_none", page, |page| {
        let mut gaps = body::<Vec<HubGaps>>("hub_gaps");
        gaps.truncate(1);
        gaps[0].losses.clear();
        hubs::gaps(&gaps, page)
    });
}

#[test]
fn hub_resend_says_what_goes_again_and_to_whom() {
    let resent = Resent { hubs: vec!["district".to_owned(), "city".to_owned()], rows: 34_656 };
    check("hub_resend", page, |page| {
        let span = [1_793_376_000_000, 1_793_462_400_000].map(|ms| page.clock.minute(ms));
        hubs::resent(&resent, span.into(), page)
    });
}

#[test]
fn hub_incarnations_say_since_when_why_and_who_wanted_them() {
    check("hub_incarnations", terminal, |page| hubs::lives(&body("hubs"), page));
    check("hub_incarnations_none", page, |page| {
        hubs::lives(&Hubs { incarnations: vec![], ..body("hubs") }, page)
    });
    check("hub_incarnation_new", page, |page| {
        let hubs: Hubs = body("hubs");
        hubs::begun(&hubs.incarnations[2], page)
    });
}

fn tenant(campus: &str, seed: u8) -> Tenant {
    let key = batch::SecretKey::from_seed([seed; 32]).public().to_string();
    let (name, zone) = ("North School".to_owned(), "Asia/Shanghai".to_owned());
    let (watermark, last_at) = (105_120, "2026-11-20 02:11:30".to_owned());
    Tenant { campus: campus.to_owned(), name, zone, keys: vec![key], watermark, last_at }
}

#[test]
fn hub_tenants_are_one_line_each_and_one_that_was_never_heard_says_so() {
    let mut never = tenant("south", 2);
    (never.watermark, never.last_at, never.name) = (0, String::new(), "南校".to_owned());
    let tenants = [tenant("north", 1), never];
    check("hub_tenants", page, |page| hub::tenants(&tenants, page));
    check("hub_tenants_none", page, |page| hub::tenants(&[], page));
}

#[test]
fn hub_verify_names_the_rows_that_are_not_what_was_sent() {
    let good = Found { rows: 105_120, chains: 722, links: 105_118, open: 2, ..Found::default() };
    let wrong = vec!["row 17 of room/science/101: its text has another hash".to_owned()];
    let bad = Found { rows: 40, chains: 3, links: 38, wrong, wrong_count: 1, lost: 2, open: 0 };
    let found = BTreeMap::from([("north".to_owned(), good), ("south".to_owned(), bad)]);
    check("hub_verify", page, |page| hub::verified(&found, page));
}

#[test]
fn hub_day_files_names_the_meters_without_a_row() {
    let silent = vec!["sci-103/main".to_owned()];
    let (name, energy_wh) = ("310000A001_20261119".to_owned(), 184_320);
    let files =
        Files { name, zip: vec![], csv: String::new(), hours: 96, whole: 92, energy_wh, silent };
    check("hub_day_files", page, |page| hub::day_files(&files, page));
}
