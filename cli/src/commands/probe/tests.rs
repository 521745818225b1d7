//! What was typed becomes a line and what to look for on it.

use super::{host, link, request};
use crate::args::{Campus, Command, Meter, MeterProbe, parse_kwh};
use agent::bus::plan::Link;
use clap::Parser;

fn typed(line: &str) -> Result<MeterProbe, clap::Error> {
    let words = ["campus", "meter", "probe"].into_iter().chain(line.split(' '));
    match Campus::try_parse_from(words)?.command {
        Command::Meter(Meter::Probe(args)) => Ok(args),
        other => panic!("not a probe: {other:?}"),
    }
}

#[test]
fn a_line_is_named_by_exactly_one_option() {
    let check = |line: &str, wanted: &str| {
        let link = link(&typed(line).expect("a probe")).expect("a line");
        assert_eq!(link.to_string(), wanted, "{line}");
    };
    check("--tcp 192.0.2.10:1502", "tcp://192.0.2.10:1502");
    check("--tcp meter.example", "tcp://meter.example:502");
    check("--rtu-tcp 192.0.2.10:4196", "rtu+tcp://192.0.2.10:4196");
    check("--port /dev/ttyUSB0", "/dev/ttyUSB0 9600 8N1");
    check("--port /dev/ttyUSB0 --baud 2400 --parity even", "/dev/ttyUSB0 2400 8E1");
    for line in ["--tcp a:1 --port /dev/x", "--address 1", "--port /dev/x --baud 5"] {
        assert!(typed(line).is_err(), "{line}");
    }
}

#[test]
fn a_host_has_a_port_where_none_is_usual() {
    let link = link(&typed("--tcp [2001:db8::1]:502").expect("a probe")).expect("a line");
    assert_eq!(link, Link::Tcp { host: "2001:db8::1".into(), port: 502 });
    for text in ["x", "x:", ":502", "x:0", "x:70000"] {
        assert!(host(text, None).is_err(), "{text}");
    }
}

#[test]
fn addresses_are_units_ranges_and_the_digits_of_meters() {
    let check = |text: &str, wanted: &str| {
        let args = typed(&format!("--tcp x:1 --address {text}")).expect("a probe");
        let request = request(&args).expect("a request");
        let shown: Vec<String> = request.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(shown.join(" "), wanted, "{text}");
    };
    check("3", "3");
    check("1-3,21", "1 2 3 21");
    check("000012345678,any", "000012345678 any");
    for text in ["248", "3-1", "1-300", "x", "", "1234567890123"] {
        assert!(typed(&format!("--tcp x:1 --address {text}")).is_err(), "{text}");
    }
    assert!(request(&typed("--tcp x:1 --profile eastron-smd120").expect("a probe")).is_err());
}

#[test]
fn kilowatt_hours_become_watt_hours_exactly() {
    let check = |text: &str, wanted: i64| assert_eq!(parse_kwh(text), Ok(wanted), "{text}");
    check("0", 0);
    check("12345.678", 12_345_678);
    check("12345.6", 12_345_600);
    check("0.1000", 100);
    // As doubles this would be 999999999.999 ± 0.0001.
    check("999999999.999", 999_999_999_999);
    for text in ["", ".", "1.", ".5", "-1", "1e3", "1,5", "1.2345", "9999999999999.9", " 1", "+1"] {
        assert!(parse_kwh(text).is_err(), "{text}");
    }
}

#[test]
fn a_guess_that_is_hardly_one_is_not_offered() {
    let mut report: agent::api::types::ProbeReport = crate::fixtures::body("probe");
    assert_eq!(super::found(&report), crate::error::Exit::Done);
    for guess in &mut report.guesses {
        guess.confidence_pct = 10;
    }
    assert_eq!(super::found(&report), crate::error::Exit::PersonNeeded);
    let page = crate::fixtures::page(crate::words::Lang::En);
    let text = crate::render::probe::render(&report, "rs485-1", &page);
    assert!(text.contains(" 10 %  eastron-sdm120") && !text.contains("[[meter]]"), "{text}");
}
