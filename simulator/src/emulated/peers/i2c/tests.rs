//! Transactions in, bytes out: each part answers what its datasheet says, and faults are faults.

use super::*;

const SEEN: Seen = Seen {
    motion: false,
    presence: false,
    illuminance_lx: 420.0,
    co2_ppm: 815.0,
    temperature_c: 22.5,
    humidity_pct: 41.0,
};

/// A bus whose time a test moves.
#[derive(Default)]
struct Bench {
    bus: Bus,
    now_ms: u64,
    fault: Fault,
}

impl Bench {
    fn write(&mut self, address: u8, bytes: &[u8]) -> Vec<u8> {
        self.say(&write(address, bytes))
    }

    fn read(&mut self, address: u8, len: u8) -> Vec<u8> {
        self.say(&[b'S', address << 1 | 1, len, b'P'])
    }

    fn write_read(&mut self, address: u8, bytes: &[u8], len: u8) -> Vec<u8> {
        let mut all = write(address, bytes);
        all.pop();
        all.extend([b'S', address << 1 | 1, len, b'P']);
        self.say(&all)
    }

    fn say(&mut self, bytes: &[u8]) -> Vec<u8> {
        let fault = self.fault;
        self.bus.take(bytes, self.now_ms, &SEEN, |_| fault)
    }

    fn wait(&mut self, ms: u64) -> &mut Self {
        self.now_ms += ms;
        self
    }
}

fn write(address: u8, bytes: &[u8]) -> Vec<u8> {
    let mut all = vec![b'S', address << 1, bytes.len() as u8];
    all.extend(bytes);
    all.push(b'P');
    all
}

/// The words of an answer, if it is [`OK`] and every checksum fits.
fn words(answer: &[u8]) -> Option<Vec<u16>> {
    let (status, bytes) = answer.split_first()?;
    (*status == OK && bytes.len() % 3 == 0).then_some(())?;
    let word = |three: &[u8]| {
        (crc8(&three[..2]) == three[2]).then(|| u16::from_be_bytes([three[0], three[1]]))
    };
    bytes.chunks(3).map(word).collect()
}

#[test]
fn the_checksum_is_the_one_of_the_datasheets() {
    assert_eq!(crc8(&[0xbe, 0xef]), 0x92);
}

#[test]
fn bh1750_gives_its_last_measurement_and_a_new_one_after_120_ms() {
    let mut bench = Bench::default();
    assert_eq!(bench.write(0x23, &[0x10]), [OK]);
    assert_eq!(bench.wait(50).read(0x23, 2), [OK, 0, 0], "nothing is measured yet");
    // 420 lx × 1.2.
    assert_eq!(bench.wait(70).read(0x23, 2), [OK, 0x01, 0xf8]);
    // Twice the measurement time, finer: four times the counts.
    bench.write(0x23, &[0x44, 0x6a]);
    bench.write(0x23, &[0x11]);
    assert_eq!(bench.wait(240).read(0x23, 2), [OK, 0x07, 0xe0]);
}

#[test]
fn veml7700_sleeps_until_it_is_enabled_and_counts_by_gain_and_time() {
    let mut bench = Bench::default();
    let counts = |bench: &mut Bench| {
        let answer = bench.write_read(0x10, &[4], 2);
        f64::from(u16::from_le_bytes([answer[1], answer[2]]))
    };
    assert_eq!(counts(bench.wait(1_000)), 0.0, "it sleeps");
    // Gain 1, 100 ms: 0.0672 lx per count.
    bench.write(0x10, &[0, 0x00, 0x00]);
    assert!((counts(bench.wait(100)) * 0.0672 - 420.0).abs() < 0.1);
    // Gain 1/8, 25 ms: 2.1504 lx per count.
    bench.write(0x10, &[0, 0x00, 0b0001_0011]);
    assert!((counts(bench.wait(25)) * 2.1504 - 420.0).abs() < 2.2);
    assert_eq!(bench.write_read(0x10, &[7], 2), [OK, 0x81, 0xc4], "its identification");
}

#[test]
fn sht40_refuses_to_be_read_before_it_is_done() {
    let mut bench = Bench::default();
    assert_eq!(bench.read(0x44, 6), [NACK_ADDRESS], "nothing was asked for");
    assert_eq!(bench.write(0x44, &[0xfd]), [OK]);
    assert_eq!(bench.wait(2).read(0x44, 6), [NACK_ADDRESS]);
    let answer = bench.wait(8).read(0x44, 6);
    let [t, rh] = words(&answer).expect("two words")[..] else { panic!("{answer:?}") };
    assert!((f64::from(t) / 65_535.0 * 175.0 - 45.0 - 22.5).abs() < 0.01);
    assert!((f64::from(rh) / 65_535.0 * 125.0 - 6.0 - 41.0).abs() < 0.01);
    assert_eq!(bench.read(0x44, 6), [NACK_ADDRESS], "it is read once");
    assert_eq!(bench.write(0x44, &[0x77]), [NACK_BYTE], "no command");
}

#[test]
fn scd41_measures_every_5_s_and_gives_each_measurement_once() {
    let mut bench = Bench::default();
    assert_eq!(bench.write(0x62, &[0x21, 0xb1]), [OK]);
    assert_eq!(ready(bench.wait(4_999)), 0x8000);
    assert_ne!(ready(bench.wait(1)) & 0x07ff, 0);
    bench.write(0x62, &[0xec, 0x05]);
    let answer = bench.wait(1).read(0x62, 9);
    let [co2, t, rh] = words(&answer).expect("three words")[..] else { panic!("{answer:?}") };
    assert_eq!(co2, 815);
    assert!((f64::from(t) / 65_535.0 * 175.0 - 45.0 - 22.5).abs() < 0.01);
    assert!((f64::from(rh) / 65_535.0 * 100.0 - 41.0).abs() < 0.01);
    bench.write(0x62, &[0xec, 0x05]);
    assert_eq!(bench.read(0x62, 9), [NACK_ADDRESS], "there is no new one");
}

#[test]
fn scd41_takes_settings_only_while_idle_and_keeps_what_was_persisted() {
    let mut bench = Bench::default();
    // 500 m above the sea, with the checksum of the two bytes.
    let set = [0x24, 0x27, 0x01, 0xf4, crc8(&[0x01, 0xf4])];
    let altitude = |bench: &mut Bench| {
        bench.write(0x62, &[0x23, 0x22]);
        words(&bench.wait(1).read(0x62, 3)).map(|words| words[0])
    };
    bench.write(0x62, &[0x21, 0xb1]);
    assert_eq!(bench.write(0x62, &set), [NACK_BYTE], "it measures");
    bench.write(0x62, &[0x3f, 0x86]);
    assert_eq!(bench.wait(100).write(0x62, &set), [NACK_BYTE], "stopping takes 500 ms");
    assert_eq!(bench.wait(400).write(0x62, &set), [OK]);
    assert_eq!(altitude(&mut bench), Some(500));
    bench.write(0x62, &[0x36, 0x46]);
    assert_eq!(altitude(bench.wait(30)), Some(0), "it was not persisted");
    assert_eq!(bench.write(0x62, &[0x24, 0x27, 0x01, 0xf4, 0x00]), [NACK_BYTE], "wrong checksum");
}

#[test]
fn an_address_without_a_part_is_refused_with_one_byte() {
    let mut bench = Bench::default();
    assert_eq!(bench.read(0x50, 2), [NACK_ADDRESS]);
    assert_eq!(bench.write(0x50, &[1, 2, 3]), [NACK_ADDRESS]);
}

#[test]
fn transactions_arrive_in_pieces_and_behind_noise() {
    let mut bench = Bench::default();
    let all = write(0x23, &[0x10]);
    assert_eq!(bench.say(&[0x00, 0x50, 0xff]), [0u8; 0]);
    for byte in &all[..all.len() - 1] {
        assert_eq!(bench.say(&[*byte]), [0u8; 0]);
    }
    assert_eq!(bench.say(&all[all.len() - 1..]), [OK]);
    // A node that was reset within a write, and starts again.
    assert_eq!(bench.say(&all[..3]), [0u8; 0]);
    bench.bus.quiet();
    assert_eq!(bench.say(&all), [OK]);
}

#[test]
fn faults_are_what_they_are_called() {
    let mut bench = Bench::default();
    bench.write(0x44, &[0xfd]);
    bench.fault = Fault::Silent;
    assert_eq!(bench.wait(10).read(0x44, 6), [0u8; 0]);
    bench.fault = Fault::Nack;
    assert_eq!(bench.read(0x44, 6), [NACK_ADDRESS]);
    bench.fault = Fault::Crc;
    let broken = bench.read(0x44, 6);
    assert_eq!((broken.len(), words(&broken)), (7, None));
}

fn ready(bench: &mut Bench) -> u16 {
    bench.write(0x62, &[0xe4, 0xb8]);
    words(&bench.read(0x62, 3)).map_or(0, |words| words[0])
}
