//! Noise, half frames, refusals, lines that go and come.

use super::far::{Far, Replies, asked, ms, registers, rtu};
use super::*;
use crate::bus::Fault;
use device_profiles::Measure;

fn good(request: &[u8]) -> Vec<u8> {
    registers(request, |register| register & 0xFF)
}

/// The fault of the first turn that fails.
async fn fault(answer: impl FnMut(&[u8]) -> Replies + Send + 'static) -> Fault {
    let far = Far::new(false, answer);
    let bench = Bench::new(&far, serial(), vec![meter(0, 1, &profile(TWO_BLOCKS))], Vec::new());
    bench.buses.read_now(MeterIx(0)).await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_bad_answer_has_its_name() {
    let nothing = |_: &[u8]| Vec::new();
    assert_eq!(fault(nothing).await, Fault::Timeout);
    let half = |request: &[u8]| vec![(ms(10), good(request)[..6].to_vec())];
    assert_eq!(fault(half).await, Fault::Garbage);
    let noise = |_: &[u8]| vec![(ms(10), b"\x00\xff\x01\x03\x02".to_vec())];
    assert_eq!(fault(noise).await, Fault::Garbage);
    let flipped = |request: &[u8]| {
        let mut reply = good(request);
        reply[4] ^= 1;
        vec![(ms(10), reply)]
    };
    assert_eq!(fault(flipped).await, Fault::Garbage);
    let busy = |request: &[u8]| vec![(ms(10), rtu(&[request[0], request[1] | 0x80, 6]))];
    assert_eq!(fault(busy).await, Fault::Exception(6));
    let stranger = |request: &[u8]| {
        let mut asked = request.to_vec();
        asked[0] = 9;
        vec![(ms(10), good(&asked))]
    };
    assert_eq!(fault(stranger).await, Fault::Garbage);
    let hang_up = |_: &[u8]| vec![(ms(10), Vec::new())];
    assert_eq!(fault(hang_up).await, Fault::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_reply_in_pieces_and_behind_noise_is_read() {
    let far = Far::new(false, |request| {
        let reply = good(request);
        let cut = reply.len() / 2;
        vec![
            (ms(5), vec![0, 0xFE]),
            (ms(20), reply[..cut].to_vec()),
            (ms(60), reply[cut..].to_vec()),
        ]
    });
    let mut bench = Bench::new(&far, serial(), vec![meter(0, 1, &profile(TWO_BLOCKS))], Vec::new());
    assert_eq!(bench.taken().await.register_wh, Some(1));
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_together_is_asked_apart_and_remembered() {
    // A meter that has the shipped registers, but not the places between them.
    let sdm = shipped("eastron-sdm120");
    let own: Vec<u16> = sdm
        .plan(&[Measure::EnergyImport, Measure::Power], 0)
        .iter()
        .map(|read| match read.ask {
            device_profiles::Ask::Modbus { address, .. } => address,
            device_profiles::Ask::Dlt645 { .. } => panic!("a Modbus meter"),
        })
        .collect();
    let far = Far::new(false, move |request| {
        let (unit, fc, address, count) = asked(request);
        let reply = if count == 2 && own.contains(&address) {
            registers(request, |_| 0)
        } else {
            rtu(&[unit, fc | 0x80, 2])
        };
        vec![(ms(10), reply)]
    });
    let mut bench = Bench::new(&far, serial(), vec![meter(0, 1, &sdm)], Vec::new());
    let first = bench.taken().await;
    let measures =
        |taken: &crate::bus::Taken| taken.values.iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(measures(&first).len(), 2);
    assert_eq!(first.register_wh, Some(0));
    let asked_first = far.requests().len();
    let second = bench.taken().await;
    assert_eq!(measures(&second), measures(&first));
    assert_eq!(far.requests().len() - asked_first, 2, "only what it has is asked again");
    let live = bench.buses.live();
    assert!(live.meters[0].absent.contains(&Measure::VoltageL1));
    assert!(!live.meters[0].is_silent());
}

#[tokio::test(start_paused = true)]
async fn a_meter_without_the_ledgers_register_is_refused_and_says_so() {
    let refuse = |request: &[u8]| vec![(ms(10), rtu(&[request[0], request[1] | 0x80, 2]))];
    assert_eq!(fault(refuse).await, Fault::Exception(2));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_away_is_said_once_and_found_again() {
    let far = Far::new(true, |request| {
        let pdu = good(&request[6..]);
        let pdu = &pdu[..pdu.len() - 2];
        vec![(ms(5), [&request[..4], &[0, pdu.len() as u8], pdu].concat())]
    });
    far.set_away(true);
    let profile = profile(TWO_BLOCKS);
    let meters = (0..3).map(|nth| meter(nth, nth as u8 + 1, &profile)).collect();
    let mut bench = Bench::new(&far, tcp(), meters, Vec::new());
    let Said::Bus { bus: 0, up: false, why, .. } = bench.next().await else { panic!() };
    assert!(why.contains("refused"), "{why}");
    assert!(matches!(bench.buses.read_now(MeterIx(0)).await, Err(Fault::Away(_) | Fault::Busy)));
    tokio::time::sleep(ms(600_000)).await;
    assert!(bench.said.try_recv().is_err(), "nothing is said twice");
    assert!(far.dialled() < 60, "{} tries in ten minutes", far.dialled());
    assert_eq!(bench.buses.live().meters[0].failures, 0, "a dead line is not a dead meter");
    far.set_away(false);
    assert!(matches!(bench.next().await, Said::Bus { up: true, .. }));
    bench.taken().await;
    assert!(bench.buses.live().buses[0].connected);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_hangs_up_between_requests_costs_no_reading() {
    let mut nth = 0;
    let far = Far::new(true, move |request| {
        nth += 1;
        let pdu = good(&request[6..]);
        let pdu = &pdu[..pdu.len() - 2];
        let mut replies = vec![(ms(5), [&request[..4], &[0, pdu.len() as u8], pdu].concat())];
        if nth % 4 == 0 {
            replies.push((ms(6), Vec::new()));
        }
        replies
    });
    let mut bench = Bench::new(&far, tcp(), vec![meter(0, 1, &profile(TWO_BLOCKS))], Vec::new());
    for _ in 0..40 {
        bench.taken().await;
    }
    let live = bench.buses.live();
    assert_eq!((live.meters[0].missed, live.buses[0].connected), (0, true));
    assert!(far.dialled() >= 30, "{}", far.dialled());
}

#[tokio::test(start_paused = true)]
async fn a_tcp_connection_that_has_gone_deaf_is_made_anew() {
    let far = Far::new(true, |_| Vec::new());
    let profile = profile(TWO_BLOCKS);
    let meters = (0..6).map(|nth| meter(nth, nth as u8 + 1, &profile)).collect();
    let _bench = Bench::new(&far, tcp(), meters, Vec::new());
    tokio::time::sleep(ms(60_000)).await;
    assert!(far.dialled() > 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_meter_ignores_costs_no_energy_and_is_not_asked_for_ever() {
    let far = Far::new(false, |request| {
        let (_, _, address, _) = asked(request);
        if address == 0x0300 { Vec::new() } else { vec![(ms(10), good(request))] }
    });
    let mut bench = Bench::new(&far, serial(), vec![meter(0, 1, &profile(TWO_BLOCKS))], Vec::new());
    for _ in 0..20 {
        assert_eq!(bench.taken().await.register_wh, Some(1));
    }
    let ignored = far.requests().iter().filter(|request| asked(request).2 == 0x0300).count();
    assert_eq!(ignored, 3);
    let live = bench.buses.live();
    assert_eq!((live.meters[0].missed, &live.meters[0].absent[..]), (0, &[Measure::VoltageL1][..]));
}
