//! Slots, prices and CO₂ factors.

use super::*;

#[test]
fn prices_are_exact_however_they_are_written() {
    let config = accepted(&format!(
        "{HEAD}{}",
        r#"[energy]
slot_min = 30
[[tariff]]
from = "2025-07-01"
currency = "CNY"
[[tariff.band]]
id = "peak"
name = "峰"
price = 0.637501
months = [7, 8]
days = ["mon", "sat"]
spans = ["08:00-11:00", "17:30-24:00"]
[[tariff.band]]
id = "peak"
price = "1.1"
months = [12]
spans = ["08:00-11:00"]
[[tariff.band]]
id = "flat"
price = 1
rest = true
[[co2]]
year = 2021
kg_per_kwh = "0.5568"
region = "China"
source = "MEE"
"#
    ));
    assert_eq!(config.campus.settings.slot_ms, 1_800_000);
    let tariff = &config.campus.energy.tariffs[0];
    assert_eq!(
        (tariff.valid_from.to_string().as_str(), &tariff.currency[..]),
        ("2025-07-01", "CNY")
    );
    let prices: Vec<_> = tariff.bands.iter().map(|band| band.price_micro).collect();
    assert_eq!(prices, [637_501, 1_100_000, 1_000_000]);
    let labels: Vec<_> = tariff.bands.iter().map(|band| band.label.as_str()).collect();
    assert_eq!(labels, ["峰", "峰", "flat"]);
    let band = &tariff.bands[0];
    let months: Vec<_> = (1..=12).filter(|month| band.months.0[month - 1]).collect();
    assert_eq!(months, [7, 8]);
    assert_eq!(band.days.0, [true, false, false, false, false, true, false]);
    assert_eq!(band.spans[1].to_min, 1_440);
    assert!(tariff.bands[2].rest && tariff.bands[2].months.0 == [true; 12]);
    assert_eq!(config.campus.energy.co2[0].mg_per_kwh, 556_800);
}

#[test]
fn a_price_table_must_make_sense() {
    refused_after_head(
        r#"[energy]
slot_min = 30
[[tariff]]
from = "2026-1-1"
currency = "cny"
[[tariff.band]]
id = "flat"
price = 0.6375001
months = [0, 13]
spans = ["22:00-06:00"]
[[tariff]]
from = "2026-01-01"
currency = "CNY"
[[tariff.band]]
id = "day"
price = 0.5
spans = ["08:15-11:00"]
[[tariff]]
from = "2027-01-01"
currency = "CNY"
[[tariff.band]]
id = "day"
price = -1
[[tariff]]
from = "2028-01-01"
currency = "CNY"
[[tariff.band]]
id = "night"
price = 1
spans = ["00:00-08:00"]
[[tariff]]
from = "2028-01-01"
currency = "CNY"
[[tariff.band]]
id = "never"
price = 1e3
[[co2]]
year = 2022
kg_per_kwh = 536.6
region = ""
"#,
        expect![[r#"
            error: `2026-1-1` is no day
              --> campus.toml:11:8
               |
            11 | from = "2026-1-1"
               |        ^^^^^^^^^^
               |
               = help: days look like `2026-01-01`

            error: `cny` is no currency
              --> campus.toml:12:12
               |
            12 | currency = "cny"
               |            ^^^^^
               |
               = help: three capital letters (ISO 4217): `CNY`, `EUR`

            error: `price` has at most 6 decimals
              --> campus.toml:15:9
               |
            15 | price = 0.6375001
               |         ^^^^^^^^^

            error: `months` is out of range
              --> campus.toml:16:11
               |
            16 | months = [0, 13]
               |           ^ 1 to 12
               |
               = help: `months`: months in which it holds; usually all

            error: `months` is out of range
              --> campus.toml:16:14
               |
            16 | months = [0, 13]
               |              ^^ 1 to 12
               |
               = help: `months`: months in which it holds; usually all

            error: hours that end before they begin
              --> campus.toml:17:10
               |
            17 | spans = ["22:00-06:00"]
               |          ^^^^^^^^^^^^^
               |
               = help: hours over midnight are two: `22:00-24:00` and `00:00-06:00`

            error: band `day` begins or ends within a slot, at 08:15
              --> campus.toml:21:1
               |
            21 | [[tariff.band]]
               | ^^^^^^^^^^^^^^^
               |
               = help: a shorter `slot_min` in `[energy]` would fit

            error: `price` is out of range
              --> campus.toml:30:9
               |
            30 | price = -1
               |         ^^ 0 to 1000000
               |
               = help: `price`: price of a kWh, exact

            error: no band holds from 08:00 to 24:00 on Mondays of month 1
              --> campus.toml:32:8
               |
            32 | from = "2028-01-01"
               |        ^^^^^^^^^^^^
               |
               = help: `rest = true` lets a band take what no other takes

            error: a tariff from 2028-01-01 stands here twice
              --> campus.toml:39:8
               |
            32 | from = "2028-01-01"
               |        ------------ first here
            ...
            39 | from = "2028-01-01"
               |        ^^^^^^^^^^^^ again here

            error: `price` takes a number from 0 to 1000000
              --> campus.toml:43:9
               |
            43 | price = 1e3
               |         ^^^ digits and a point, like `0.6375`

            error: `[[co2]]` has no `source`
              --> campus.toml:44:1
               |
            44 | [[co2]]
               | ^^^^^^^
               |
               = help: `source`: where the number is published, up to 200 characters

            error: `kg_per_kwh` is out of range
              --> campus.toml:46:14
               |
            46 | kg_per_kwh = 536.6
               |              ^^^^^ 0 to 5
               |
               = help: `kg_per_kwh`: CO₂ of a kWh, kg

            error: `region` has 1 to 64 characters
              --> campus.toml:47:10
               |
            47 | region = ""
               |          ^^ this has 0

            campus.toml: 14 faults"#]],
    );
}

#[test]
fn a_slot_divides_the_hour_and_ends_at_midnight() {
    refused_after_head(
        "[energy]\nslot_min = 25\n",
        expect![[r#"
            error: an hour is no whole number of such slots
             --> campus.toml:9:12
              |
            9 | slot_min = 25
              |            ^^
              |
              = help: `slot_min` is one of 1, 2, 3, 5, 6, 10, 12, 15, 20, 30, 60

            campus.toml: 1 fault"#]],
    );
    let nepal = |slot: u32| {
        let head = HEAD.replace("Asia/Shanghai", "Asia/Kathmandu");
        format!("{head}[energy]\nslot_min = {slot}\n")
    };
    refused(
        &nepal(30),
        expect![[r#"
        error: midnight would lie within a slot
         --> campus.toml:9:12
          |
        9 | slot_min = 30
          |            ^^ the time zone is at +05:45 from UTC
          |
          = help: choose a shorter `slot_min`; 15 fits every zone

        campus.toml: 1 fault"#]],
    );
    accepted(&nepal(15));
    // Half an hour away in summer only.
    refused(
        &nepal(60).replace("Asia/Kathmandu", "Australia/Lord_Howe"),
        expect![[r#"
        error: midnight would lie within a slot
         --> campus.toml:9:12
          |
        9 | slot_min = 60
          |            ^^ the time zone is at +10:30 from UTC
          |
          = help: choose a shorter `slot_min`; 15 fits every zone

        campus.toml: 1 fault"#]],
    );
    accepted(&HEAD.replace("Asia/Shanghai", "Asia/Kathmandu"));
}
