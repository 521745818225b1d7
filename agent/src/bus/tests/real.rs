//! Real sockets and a real pseudo terminal, against servers whose frames are not made by our code.

use super::*;
use crate::bus::{Fault, ProbeRequest, ProbeStep, probe_link, start};
use device_profiles::probe::Nameplate;
use device_profiles::profile::Place;
use device_profiles::{Ask, Measure};
use std::future::{Ready, ready};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_modbus::server::{self, Service};
use tokio_modbus::{ExceptionCode, Request, Response, SlaveRequest};
use tokio_serial::{SerialPort, SerialStream};

/// Units 1 and 2 are meters of the shipped profile; 3 says nothing at all; others do not exist.
#[derive(Clone)]
struct Meters(Arc<Profile>);

impl Meters {
    fn new() -> Self {
        Self(shipped("eastron-sdm120"))
    }

    /// What a place holds: its own address times the unit, as a float.
    fn words(&self, unit: u8, from: u16, count: u16) -> Option<Vec<u16>> {
        let known = |address: u16| {
            let mut places = self.0.registers.iter().map(|register| register.place);
            places
                .any(|place| matches!(place, Place::Modbus { address: own, .. } if own == address))
        };
        // Like the real one it refuses odd counts and places behind its last register.
        if count % 2 == 1 || !known(from) {
            return None;
        }
        let value = |address: u16| f32::from(address) * f32::from(unit);
        let words = (from..from + count).step_by(2).flat_map(|address| {
            let bits = value(address).to_bits();
            [(bits >> 16) as u16, bits as u16]
        });
        Some(words.collect())
    }
}

impl Service for Meters {
    type Request = SlaveRequest<'static>;
    type Response = Option<Response>;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Option<Response>, ExceptionCode>>;

    fn call(&self, asked: Self::Request) -> Self::Future {
        let unit = asked.slave;
        ready(match asked.request {
            _ if unit == 3 => Ok(None),
            _ if unit > 3 => Err(ExceptionCode::GatewayTargetDevice),
            Request::ReadInputRegisters(from, count) => match self.words(unit, from, count) {
                Some(words) => Ok(Some(Response::ReadInputRegisters(words))),
                None => Err(ExceptionCode::IllegalDataAddress),
            },
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Reads units 1 to 4 over `link`.
async fn check(link: Link) {
    let profile = shipped("eastron-sdm120");
    let meters = (0..4).map(|nth| meter(nth, nth as u8 + 1, &profile)).collect();
    let (out, mut said) = mpsc::channel(100);
    let config = BusConfig { timeout_ms: 600, ..BusConfig::new(id("bus"), link) };
    let wrap = std::convert::identity;
    let buses = start(vec![config], meters, Vec::new(), Clock::System, out, wrap);
    for unit in [1, 2] {
        let taken = buses.read_now(MeterIx(unit - 1)).await.unwrap();
        assert_eq!(taken.values.len(), profile.registers.len());
        // 0x48 kWh times the unit.
        assert_eq!(taken.register_wh, Some(0x48 * i64::from(unit) * 1_000));
        assert_eq!(taken.power_mw, Some(0x0C * i64::from(unit) * 1_000));
        for raw in &taken.raw {
            assert_eq!(raw.fc, 4);
            assert!(!raw.words.is_empty());
        }
    }
    assert_eq!(buses.read_now(MeterIx(2)).await, Err(Fault::Timeout));
    assert_eq!(buses.read_now(MeterIx(3)).await, Err(Fault::Exception(0x0B)));
    let mut read = [false; 4];
    while !(read[0] && read[1]) {
        if let Some(Said::Read(taken)) = said.recv().await {
            read[taken.meter.0 as usize] = true;
        }
    }
    assert!(!read[2] && !read[3]);
    buses.stop().await;
}

#[tokio::test]
async fn several_units_behind_one_modbus_tcp_socket_are_read() {
    let (listener, port) = listen().await;
    let server = tokio::spawn(async move {
        let server = server::tcp::Server::new(listener);
        let connected = |stream: TcpStream, _| async move { Ok(Some((Meters::new(), stream))) };
        let _ = server.serve(&connected, |_| {}).await;
    });
    check(Link::Tcp { host: "127.0.0.1".to_owned(), port }).await;
    server.abort();
}

#[tokio::test]
async fn a_bench_is_probed_without_an_agent() {
    let (listener, port) = listen().await;
    let server = tokio::spawn(async move {
        let server = server::tcp::Server::new(listener);
        let connected = |stream: TcpStream, _| async move { Ok(Some((Meters::new(), stream))) };
        let _ = server.serve(&connected, |_| {}).await;
    });
    let config = BusConfig::new(id("bus"), Link::Tcp { host: "127.0.0.1".to_owned(), port });
    let config = BusConfig { timeout_ms: 300, ..config };
    let request = ProbeRequest {
        addresses: vec![Address::Unit(1), Address::Unit(3)],
        profiles: vec![shipped("eastron-sdm120"), shipped("chint-ddsu666")],
        nameplate: Nameplate { text: "SDM120".to_owned(), ..Nameplate::default() },
        budget: Duration::from_secs(60),
    };
    let mut steps = Vec::new();
    let report = probe_link(&config, request, |step| steps.push(step)).await.unwrap();
    assert_eq!(
        (&report.answered[..], &report.silent[..]),
        (&["1".to_owned()][..], &["3".to_owned()][..])
    );
    assert_eq!(report.guesses[0].profile, "eastron-sdm120");
    assert_eq!(steps.len(), 4);
    assert_eq!(steps[3], ProbeStep::Silent { address: "3".to_owned() });
    server.abort();
}

#[tokio::test]
async fn rtu_inside_tcp_is_read() {
    let (listener, port) = listen().await;
    let server = tokio::spawn(async move {
        let server = server::rtu_over_tcp::Server::new(listener);
        let connected = |stream: TcpStream, _| async move { Ok(Some((Meters::new(), stream))) };
        let _ = server.serve(&connected, |_| {}).await;
    });
    check(Link::RtuOverTcp { host: "127.0.0.1".to_owned(), port }).await;
    server.abort();
}

#[tokio::test]
async fn a_serial_line_is_read() {
    let (far, mut near) = SerialStream::pair().unwrap();
    near.set_exclusive(false).unwrap();
    let path = near.name().unwrap();
    // Somebody has it open all the time, so that the far end sees no hang-up when our end is opened
    // anew; but not with the lock that the library takes.
    let _open = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    drop(near);
    let server = tokio::spawn(async move {
        let _ = server::rtu::Server::new(far).serve_forever(Meters::new()).await;
    });
    let (parity, stop_bits) = (Parity::None, StopBits::One);
    check(Link::Serial { path: path.into(), baud: 115_200, parity, stop_bits }).await;
    server.abort();
}

#[tokio::test]
async fn a_serial_port_that_is_not_there_is_away_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let (path, baud) = (folder.path().join("ttyUSB0"), 9_600);
    let (parity, stop_bits) = (Parity::None, StopBits::One);
    let link = Link::Serial { path, baud, parity, stop_bits };
    let (out, mut said) = mpsc::channel(10);
    let config = BusConfig::new(id("bus"), link);
    let wrap = std::convert::identity;
    let buses = start(vec![config], Vec::new(), Vec::new(), Clock::System, out, wrap);
    let Some(Said::Bus { up: false, why, .. }) = said.recv().await else { panic!() };
    assert!(why.contains("No such file"), "{why}");
    assert!(buses.live().buses[0].link.contains("ttyUSB0 9600 8N1"));
    tokio::time::timeout(Duration::from_secs(5), buses.stop()).await.unwrap();
}

#[test]
fn the_test_meter_has_what_the_tests_ask_for() {
    let profile = shipped("eastron-sdm120");
    let at = |measure| profile.plan(&[measure], 0)[0].ask;
    assert_eq!(at(Measure::EnergyImport), Ask::Modbus { fc: 4, address: 0x48, count: 2 });
    assert_eq!(at(Measure::Power), Ask::Modbus { fc: 4, address: 0x0C, count: 2 });
}
