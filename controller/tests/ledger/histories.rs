//! A hundred thousand histories whose truth is known: the ledger must post it, to the watt-hour.
//!
//! What nobody could tell from readings is not drawn unless a person declares it: a swap to a register
//! that the old meter could have reached, a fall that could be a rollover (decision 7).

use crate::book::{Book, HOUR, MIN, START, Via};
use crate::truth::{Counter, Expected, Random};
use controller::{IncidentKind, Input, NodeIx, Plate, Timestamp};
use wire::{Frame, Quantity, Sample, Value};

mod events;

/// Histories of a run; both can be set to look at one again.
const HISTORIES: u64 = 100_000;
const SEED: u64 = 1;

#[test]
fn a_hundred_thousand_histories_are_posted_to_the_watt_hour() {
    let first = number("LEDGER_SEED").unwrap_or(SEED);
    let count = number("LEDGER_HISTORIES").unwrap_or(HISTORIES);
    let mut seen = Seen::default();
    for seed in first..first + count {
        if let Err(sentence) = History::draw(seed).run(&mut seen) {
            panic!(
                "seed {seed}: {sentence}\nrepeat it with: LEDGER_SEED={seed} LEDGER_HISTORIES=1 \
                 cargo test -p controller --test ledger histories"
            );
        }
    }
    println!("seeds {first} to {}: {seen:?}", first + count - 1);
    // A generator that draws nothing interesting proves nothing.
    let counts =
        [seen.rollovers, seen.resets, seen.glitches, seen.declared, seen.frozen, seen.clocks];
    assert!(count < HISTORIES || counts.iter().all(|it| *it > 1_000), "{seen:?}");
}

#[expect(clippy::disallowed_methods, reason = "a seed that failed is given from outside")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// How often what was drawn.
#[derive(Debug, Default)]
struct Seen {
    readings: u64,
    rollovers: u64,
    resets: u64,
    glitches: u64,
    declared: u64,
    frozen: u64,
    clocks: u64,
    restarts: u64,
}

/// What happens in a history beside readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happens {
    Nothing,
    Gap,
    Dip,
    Spike,
    SmallDip,
    Tremble,
    Again,
    Reset,
    Lower,
    Higher,
    Declared,
    DeclaredLate,
    Frozen,
    Restart,
    ClockJitter,
    ClockBackAndForth,
}

/// A meter, its readings, and what the ledger should make of them.
struct History {
    random: Random,
    book: Book,
    via: Via,
    counter: Counter,
    expected: Expected,
    /// True time of the world, which the ledger does not know.
    now: Timestamp,
    poll_ms: i64,
    power_mw: i64,
    steady: bool,
    /// What the last true reading said, without end.
    last_wh: i64,
    /// Slots are compared one by one; else only sums and proofs.
    by_slot: bool,
    seq: u32,
    waiting: Vec<(u32, Timestamp, i64)>,
    /// What happened, for whoever looks at a seed that failed.
    log: Vec<String>,
    verbose: bool,
}

impl History {
    fn draw(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let power_max_w = random.pick(&[5_000, 50_000, 500_000]);
        let quantum_wh = random.pick(&[1, 1, 10, 100]);
        // A tenth of it must last for the longest gap.
        let modulus_min = (power_max_w * 6 * 10).max(65_536);
        let modulus_wh = match random.within(0, 3) {
            0 => None,
            1 => Some(1 << random.within(23, 33)).filter(|modulus| *modulus >= modulus_min),
            2 => Some(random.pick(&[999_999_999, 100_000_000])),
            _ => Some(random.within(modulus_min, modulus_min * 3)),
        };
        let modulus_wh = modulus_wh.map(|modulus| modulus / quantum_wh * quantum_wh);
        let plate = Plate { modulus_wh, power_max_w, quantum_wh };
        let slot_ms = random.pick(&[1, 5, 15, 60]) * MIN;
        let via = if random.one_in(8) { Via::Node } else { Via::Polled };
        let now = START.plus(random.within(0, 24 * HOUR));
        let modulus = modulus_wh.unwrap_or(10_000_000_000);
        let near_end = random.one_in(2).then(|| modulus - random.within(1, power_max_w * 2));
        let base_wh = near_end.unwrap_or_else(|| random.within(0, modulus - 1)).max(0);
        let counter = Counter { flowed: 0, base_wh, plate };
        let last_wh = counter.endless_wh();
        let power_mw = random.within(power_max_w * 10, power_max_w * 800);
        Self {
            book: Book::new(plate, slot_ms, via, now),
            via,
            counter,
            expected: Expected::new(slot_ms),
            now,
            poll_ms: random.pick(&[10_000, 60_000, 60_000, 5 * MIN, 15 * MIN]),
            power_mw,
            steady: random.one_in(3),
            last_wh,
            by_slot: true,
            seq: 0,
            waiting: Vec::new(),
            log: Vec::new(),
            verbose: number("LEDGER_HISTORIES") == Some(1),
            random,
        }
    }

    fn run(mut self, seen: &mut Seen) -> Result<(), String> {
        if self.via == Via::Polled && self.random.one_in(20) {
            self.unset_clock();
            seen.clocks += 1;
        }
        self.quiet();
        let events = self.random.within(1, 4);
        for _ in 0..events {
            let event = self.event();
            self.happen(event, seen);
            self.quiet();
            if self.via == Via::Polled {
                self.check_total()?;
            }
        }
        self.deliver();
        seen.readings += u64::from(self.seq);
        seen.rollovers += u64::from(self.book.has(IncidentKind::Rollover));
        self.check_total()?;
        self.book.check()?;
        if self.by_slot { self.check_slots() } else { Ok(()) }
    }

    fn event(&mut self) -> Happens {
        use Happens::*;
        const ALL: [Happens; 18] = [
            Nothing,
            Gap,
            Gap,
            Dip,
            Dip,
            Spike,
            SmallDip,
            Tremble,
            Again,
            Reset,
            Lower,
            Higher,
            Declared,
            DeclaredLate,
            Frozen,
            Restart,
            ClockJitter,
            ClockBackAndForth,
        ];
        let event = self.random.pick(&ALL);
        let by_node = matches!(event, Nothing | Gap | Dip | Spike | Reset | Lower | Again);
        if self.via == Via::Polled || by_node { event } else { Nothing }
    }

    /// Time passes and energy flows.
    fn pass(&mut self, ms: i64) {
        if !self.steady && self.random.one_in(3) {
            let max_mw = self.counter.plate.power_max_w * 800;
            self.power_mw = self.random.within(max_mw / 80, max_mw);
        }
        self.counter.flow(self.power_mw, ms);
        self.now = self.now.plus(ms);
    }

    fn step(&mut self) -> i64 {
        self.poll_ms + self.random.within(0, self.poll_ms / 10)
    }

    /// A true reading.
    fn good(&mut self) {
        let endless_wh = self.counter.endless_wh();
        self.last_wh = endless_wh;
        self.expected.good(self.now, endless_wh);
        self.say(self.now, self.counter.shown_wh());
    }

    fn say(&mut self, at: Timestamp, register_wh: i64) {
        self.seq += 1;
        if self.verbose {
            self.log.push(format!("{} s: {register_wh}", (at.0 - START.0) / 1000));
        }
        match self.via {
            Via::Polled => self.book.read(at, register_wh),
            Via::Node => {
                self.waiting.push((self.seq, at, register_wh));
                if self.waiting.len() >= 5 {
                    self.deliver();
                }
            }
        }
    }

    /// Frames arrive in any order, some twice; the first one of all comes first.
    fn deliver(&mut self) {
        let mut frames = std::mem::take(&mut self.waiting);
        let again = frames.clone();
        for frame in again {
            if self.random.one_in(4) {
                frames.push(frame);
            }
        }
        for nth in 1..frames.len() {
            let other = self.random.within(i64::from(frames[0].0 == 1), nth as i64) as usize;
            frames.swap(nth, other);
        }
        for (seq, at, register_wh) in frames {
            let mut readings = heapless::Vec::new();
            let sample = Sample::Is(Value::from_whole(register_wh));
            let reading = wire::Reading { quantity: Quantity::EnergyWh, channel: "", sample };
            readings.push(reading).expect("room for one");
            let (t, up) = (Some(at.0), 0);
            let frame = Frame {
                boot: 1,
                seq,
                oldest: 1,
                t,
                up,
                sent: up,
                lost: None,
                readings,
                unknown: 0,
            };
            self.book.handle(Input::Frame { node: NodeIx(0), frame: &frame }, self.now);
        }
    }

    /// True readings: enough of them that nothing is in doubt any more.
    fn quiet(&mut self) {
        let count = self.random.within(4, 7).max(1 + 3 * MIN / self.poll_ms);
        for _ in 0..count {
            let ms = self.step();
            self.pass(ms);
            self.good();
        }
    }

    /// Whether nobody could tell that the register stands elsewhere.
    fn ambiguous(&self, register_wh: i64, ms: i64) -> bool {
        let plate = self.counter.plate;
        let (last, flows) = (self.shown(self.last_wh), plate.power_max_w * (ms + 2 * HOUR) / HOUR);
        let reach = flows + 4 * plate.quantum_wh;
        let wraps = |from: i64, to: i64| {
            plate
                .modulus_wh
                .is_some_and(|m| from > to && from * 10 > m * 8 && to + m - from <= reach)
        };
        let rises = register_wh >= last && register_wh - last <= reach + plate.power_max_w * 76;
        let falls = register_wh < last && last - register_wh <= reach;
        rises || falls || wraps(last, register_wh) || wraps(register_wh, last)
    }

    fn shown(&self, endless_wh: i64) -> i64 {
        self.counter.plate.modulus_wh.map_or(endless_wh, |modulus| endless_wh.rem_euclid(modulus))
    }

    fn highest(&self) -> i64 {
        self.counter.plate.modulus_wh.unwrap_or(1_000_000_000_000) * 4 / 5
    }

    fn check_total(&self) -> Result<(), String> {
        let meter = self.book.meter();
        if let Some(doubt) = meter.doubt {
            return Err(format!("still in doubt: {doubt:?}, {meter:?}"));
        }
        if self.book.total_wh() != self.expected.total_wh {
            let (is, should) = (self.book.total_wh(), self.expected.total_wh);
            let incidents = &self.book.past.incidents;
            let (plate, log) = (self.counter.plate, &self.log);
            return Err(format!(
                "{is} Wh are booked, {should} Wh flowed: {plate:?} {meter:?}, {incidents:?} {log:#?}"
            ));
        }
        Ok(())
    }

    fn check_slots(&self) -> Result<(), String> {
        for row in &self.book.past.rows {
            let should = self.expected.slots.get(&row.slot.0).copied().unwrap_or(0);
            if row.energy_wh != should {
                let incidents = &self.book.past.incidents;
                return Err(format!(
                    "{should} Wh flowed, posted is {row:?}: {incidents:?} {:#?}",
                    self.log
                ));
            }
        }
        Ok(())
    }
}
