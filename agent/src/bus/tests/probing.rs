//! DL/T 645 meters, and finding out what hangs on a bus.

use super::far::{Far, Replies, asked, ms, registers, rtu};
use super::*;
use crate::bus::Fault;
use crate::bus::probe::ProbeRequest;
use device_profiles::probe::Nameplate;
use device_profiles::{Measure, Order};
use std::time::Duration;

/// A frame of DL/T 645: bytes before the 0x33 is added.
fn frame(address: [u8; 6], control: u8, content: &[u8]) -> Vec<u8> {
    let content: Vec<u8> = content.iter().map(|byte| byte.wrapping_add(0x33)).collect();
    let length = content.len() as u8;
    let mut bytes = [&[0x68], &address[..], &[0x68, control, length], &content].concat();
    let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    bytes.extend([sum, 0x16]);
    bytes
}

/// Address 000000000161 on the wire.
const OWN: [u8; 6] = [0x61, 0x01, 0, 0, 0, 0];

/// A single-phase meter at 0.26 kWh; it wakes the line before it speaks.
fn meter645(request: &[u8]) -> Replies {
    let request = &request[4..];
    let (address, control) = (&request[1..7], request[8]);
    let to_all = address == [0xAA; 6];
    if !to_all && address != OWN {
        return Vec::new();
    }
    let reply = match control {
        0x13 => frame(OWN, 0x93, &OWN),
        _ => {
            let di: Vec<u8> = request[10..14].iter().map(|byte| byte.wrapping_sub(0x33)).collect();
            match di[..] {
                // 00010000: 000000.26 kWh.
                [0, 0, 1, 0] => frame(OWN, 0x91, &[&di[..], &[0x26, 0, 0, 0]].concat()),
                // 02010100: 100.1 V.
                [0, 1, 1, 2] => frame(OWN, 0x91, &[&di[..], &[0x01, 0x10]].concat()),
                // 02800002: 49.98 Hz.
                [2, 0, 0x80, 2] => frame(OWN, 0x91, &[&di[..], &[0x98, 0x49]].concat()),
                _ => frame(OWN, 0xD1, &[0x02]),
            }
        }
    };
    vec![(ms(30), [&[0xFE; 4], &reply[..]].concat())]
}

fn dlt645(address: &str) -> PolledMeter {
    let profile = shipped("dlt645-2007-single-phase");
    PolledMeter { address: address.parse().unwrap(), ..meter(0, 0, &profile) }
}

#[tokio::test(start_paused = true)]
async fn a_dlt645_meter_is_read_by_its_address_and_without_knowing_it() {
    for address in ["000000000161", "any"] {
        let far = Far::new(false, meter645);
        let mut bench = Bench::new(&far, serial(), vec![dlt645(address)], Vec::new());
        assert_eq!(bench.taken().await.register_wh, Some(260));
        let all = bench.buses.read_now(MeterIx(0)).await.unwrap();
        let voltage = all.values.iter().find(|value| value.0 == Measure::VoltageL1);
        assert_eq!(voltage.map(|value| value.1.milli()), Some(100_100));
        assert!(all.raw.iter().any(|raw| raw.fc == 0x11 && raw.address == 0x0001_0000));
        assert!(!bench.buses.live().meters[0].absent.is_empty());
    }
    let far = Far::new(false, meter645);
    let bench = Bench::new(&far, serial(), vec![dlt645("000000000162")], Vec::new());
    assert_eq!(bench.buses.read_now(MeterIx(0)).await, Err(Fault::Timeout));
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_of_a_dlt645_meter_is_not_taken_for_the_next() {
    let mut nth: u8 = 0;
    let far = Far::new(false, move |request| {
        // Each reply has the number of its request as energy; every fifth is late.
        nth = nth.wrapping_add(1) % 90;
        let di: Vec<u8> = request[14..18].iter().map(|byte| byte.wrapping_sub(0x33)).collect();
        let digits = ((nth / 10) << 4) | (nth % 10);
        let reply = frame(OWN, 0x91, &[&di[..], &[digits, 0, 0, 0]].concat());
        vec![(ms(if nth.is_multiple_of(5) { 2_600 } else { 50 }), reply)]
    });
    let mut bench = Bench::new(&far, serial(), vec![dlt645("000000000161")], Vec::new());
    for _ in 0..100 {
        let taken = bench.taken().await;
        let sent = far.requests().len() as i64 % 90;
        let age = (sent - taken.register_wh.unwrap() / 10).rem_euclid(90);
        assert!(age <= 1, "the reply to a request {age} before");
    }
}

fn request(addresses: &[&str], shown_wh: Option<i64>) -> ProbeRequest {
    ProbeRequest {
        addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
        profiles: Vec::new(),
        nameplate: Nameplate { shown_wh, ..Nameplate::default() },
        budget: Duration::from_secs(300),
    }
}

/// An SDM120 at unit 5 with 1,234.5 kWh, whose words may be swapped.
fn sdm120(swapped: bool) -> Far {
    let value = |address: u16| -> f32 {
        match address {
            0x00 => 231.4,
            0x06 => 2.0,
            0x0C => 400.0,
            0x12 => 462.8,
            0x1E => 0.864,
            0x46 => 50.02,
            0x48 | 0x156 => 1_234.5,
            _ => 0.0,
        }
    };
    Far::new(false, move |request| {
        let (unit, fc, address, count) = asked(request);
        if unit != 5 {
            return Vec::new();
        }
        let fits = fc == 4 && address % 2 == 0 && count % 2 == 0 && address + count <= 0x160;
        let reply = if fits {
            registers(request, |register| {
                let bits = value(register & !1).to_bits();
                let high = (register % 2 == 0) != swapped;
                if high { (bits >> 16) as u16 } else { bits as u16 }
            })
        } else {
            rtu(&[unit, fc | 0x80, 2])
        };
        vec![(ms(20), reply)]
    })
}

#[tokio::test(start_paused = true)]
async fn a_meter_is_found_with_its_profile_and_its_order_of_words() {
    for (swapped, order) in [(false, None), (true, Some(Order::Cdab))] {
        let far = sdm120(swapped);
        let bench = Bench::new(&far, serial(), Vec::new(), Vec::new());
        let asked = request(&["4", "5", "6"], Some(1_234_500));
        let report = bench.buses.probe(0, asked).await.unwrap();
        assert_eq!(report.answered, ["5"]);
        assert_eq!(report.silent, ["4", "6"]);
        assert!(report.complete);
        assert!(report.guesses.len() <= 10);
        let best = &report.guesses[0];
        println!(
            "{} {:?} at {} %, {} requests, {} ms; then {} at {} %",
            best.profile,
            best.order,
            best.confidence_pct,
            report.requests,
            report.took_ms,
            report.guesses[1].profile,
            report.guesses[1].confidence_pct,
        );
        assert_eq!((best.address.as_str(), best.order), ("5", order));
        assert!(best.profile.starts_with("eastron-sdm"), "{}", best.profile);
        assert!(report.requests < 200, "{} requests", report.requests);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dlt645_meter_is_found_without_its_address() {
    let far = Far::new(false, meter645);
    let bench = Bench::new(&far, serial(), Vec::new(), Vec::new());
    let report = bench.buses.probe(0, request(&["any"], Some(260))).await.unwrap();
    assert_eq!(report.answered, ["000000000161"]);
    assert!(report.guesses[0].profile.starts_with("dlt645-2007"), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_probe_ends_in_time_and_says_that_it_was_cut() {
    let far = Far::new(false, |_| Vec::new());
    let bench = Bench::new(&far, serial(), Vec::new(), Vec::new());
    let all: Vec<String> = (1..=247).map(|unit| unit.to_string()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let asked = ProbeRequest { budget: Duration::from_secs(20), ..request(&all, None) };
    let report = bench.buses.probe(0, asked).await.unwrap();
    assert!(!report.complete && report.guesses.is_empty());
    assert!((20_000..23_000).contains(&report.took_ms), "{} ms", report.took_ms);
}

#[tokio::test(start_paused = true)]
async fn polling_goes_on_while_a_bus_is_probed() {
    let far = Far::new(false, |request| match request[0] {
        1 => vec![(ms(30), registers(request, |_| 0))],
        _ => Vec::new(),
    });
    let meters = vec![meter(0, 1, &profile(TWO_BLOCKS))];
    let mut bench = Bench::new(&far, serial(), meters, Vec::new());
    bench.taken().await;
    let buses = bench.buses.clone();
    let all: Vec<String> = (10..60).map(|unit| unit.to_string()).collect();
    let probe = tokio::spawn(async move {
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        buses.probe(0, request(&all, None)).await
    });
    let mut read = 0;
    while !probe.is_finished() {
        tokio::select! {
            _ = bench.taken() => read += 1,
            () = tokio::time::sleep(ms(100)) => {}
        }
    }
    let report = probe.await.unwrap().unwrap();
    let wanted = report.took_ms / 10_000;
    assert!(wanted >= 3 && read >= wanted - 1, "{read} reads in {} ms", report.took_ms);
}
