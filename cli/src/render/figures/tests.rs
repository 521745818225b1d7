//! Numbers as they stand in reports.

use super::{carbon, change, complete, left_over, load, money, percent, price, signed};
use crate::fixtures::{body, page};
use crate::words::Lang;

#[test]
fn money_is_rounded_to_cents_and_written_as_the_language_does() {
    let (en, zh) = (page(Lang::En), page(Lang::Zh));
    assert_eq!(money(&en, "CNY", 1_234_565_000), "1,234.57 CNY");
    assert_eq!(money(&zh, "CNY", 1_234_565_000), "1,234.57 元");
    assert_eq!(money(&en, "CHF", -999_999), "-1.00 CHF");
    assert_eq!(price(&zh, "CNY", 652_340), "0.6523 元");
}

#[test]
fn shares_and_masses_have_as_many_digits_as_they_need() {
    let check = |text: String, wanted: &str| assert_eq!(text, wanted);
    check(percent(0.0), "0 %");
    check(percent(3.44), "3.4 %");
    check(percent(34.4), "34 %");
    check(complete(99.99), "99.9 %");
    check(complete(100.0), "100 %");
    check(signed(12.3), "+12 %");
    check(signed(-3.44), "−3.4 %");
    check(signed(0.01), "±0 %");
    check(load(931.4), "931 W");
    check(load(7_412.0), "7.41 kW");
    check(load(74_120.0), "74.1 kW");
    check(carbon(820), "820 g");
    check(carbon(12_345), "12.3 kg");
    check(carbon(1_234_567), "1,235 kg");
    check(carbon(12_345_678), "12.3 t");
}

#[test]
fn a_change_needs_something_before() {
    assert_eq!(change(110, Some(100)), Some(10.0));
    assert_eq!(change(110, Some(0)), None);
    assert_eq!(change(110, None), None);
}

#[test]
fn residuals_of_days_are_summed_per_parent() {
    let left = left_over(&body("report_week"));
    assert_eq!(left.len(), 2);
    let science = &left[0];
    assert_eq!(science.residual_wh(), science.parent_wh - science.parts_wh);
    assert!(left.iter().any(|parent| parent.alarms > 0));
}
