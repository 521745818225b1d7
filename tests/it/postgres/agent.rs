//! The agent's own forwarder against the receiver: hours of a campus, `kill -9` of both and of the database, lines
//! that break. What the hub holds is what the agent's database holds, and what the meters said.

use super::district::{District, Verified};
use super::upstream::Upstream;
use crate::CAMPUS;
use crate::history::{HOUR_MS, Past, Replay, Score, now_ms, slot_of, utc};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use system_tests::balancer::{Balancer, Cut};
use system_tests::campus::{Agent, run};
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::Client;
use system_tests::sender::Chance;
use system_tests::wait;

/// Longest wait for something that must happen, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const MINUTE_MS: i64 = 60_000;
const NODES: [&str; 3] = ["sci-101", "sci-102", "sci-mains"];
/// Frames of each node while there is no hub: two hours.
const FIRST: usize = 120;
/// A whole local day lies within, wherever it ends.
const HOURS: i64 = 50;
/// Lines that are cut: the agent keeps one line while it holds, so that each is a batch or a receipt that broke.
const CUTS: u64 = 40;

/// What strikes, in turn; each in the middle of a batch or soon after.
#[derive(Clone, Copy, Debug)]
enum Strike {
    Agent,
    Receiver(usize),
    AllReceivers,
    Database,
    /// Between campus and hub; it forgets everything.
    Broker,
}

const STRIKES: [Strike; 12] = [
    Strike::Agent,
    Strike::Receiver(0),
    Strike::Agent,
    Strike::Database,
    Strike::Receiver(1),
    Strike::Agent,
    Strike::AllReceivers,
    Strike::Agent,
    Strike::Receiver(0),
    Strike::Database,
    Strike::Agent,
    Strike::Agent,
];

/// What strikes where the hub is behind a broker.
const STRIKES_AT_A_BROKER: [Strike; 10] = [
    Strike::Broker,
    Strike::Agent,
    Strike::Receiver(0),
    Strike::Broker,
    Strike::Database,
    Strike::Agent,
    Strike::AllReceivers,
    Strike::Broker,
    Strike::Receiver(1),
    Strike::Agent,
];

/// A campus and its district.
pub struct Whole {
    pub district: District,
    pub agent: Agent,
    pub broker: Mosquitto,
    /// The line from the campus to its hub.
    line: Arc<Balancer>,
    /// Behind that line, where the hub is behind a broker.
    upstream: Option<Upstream>,
}

/// One row, as both ends can say it: incarnation, number, stream, class, slot, revision, and the hash before it, which
/// is the hash of the row before.
type Row = (String, i64, String, u8, i64, u32, String);

/// The last hash of a stream and class.
type Tips = BTreeMap<(String, u8), String>;

impl Whole {
    /// A campus that may send over HTTP; nothing is there yet.
    fn start(test: &str) -> Self {
        let district = District::start(test, 2);
        let line = Arc::clone(&district.balancer);
        let hub = format!("url = \"http://127.0.0.1:{}\"", line.port());
        Self::over(test, district, line, None, &hub)
    }

    /// The same through a broker.
    fn behind_a_broker(test: &str) -> Self {
        let upstream = Upstream::start(test);
        let district = upstream.district(test, 2);
        let line = Arc::clone(&upstream.line);
        let hub = format!("form = \"mqtt\"\nurl = \"mqtt://127.0.0.1:{}\"", line.port());
        Self::over(test, district, line, Some(upstream), &hub)
    }

    /// With these lines of `[[hub]]`.
    pub fn over(
        test: &str,
        district: District,
        line: Arc<Balancer>,
        upstream: Option<Upstream>,
        hub: &str,
    ) -> Self {
        let broker =
            Mosquitto::start(test, "max_inflight_messages 1000\nmax_queued_messages 20000");
        let config = config(hub);
        let mut agent = Agent::prepared(test, &broker.url(), &config);
        let key_file = agent.folder().join("hub.key").display().to_string();
        let made = run(&["hub", "key", &key_file]);
        assert_eq!(made.code, 0, "{made:?}");
        district.admit_key("test", made.out.trim());
        agent.again();
        Self { district, agent, broker, line, upstream }
    }

    /// Starts the agent anew with other lines of `[[hub]]`.
    pub fn instead(&mut self, hub: &str) {
        self.agent.kill();
        self.agent.configure(&self.broker.url(), &config(hub));
        self.agent.again();
    }

    /// What the agent's database holds, read by a program that is not the agent.
    fn sent(&self) -> (Vec<Row>, Tips) {
        let path = self.agent.folder().join("campus.db");
        let database = rusqlite::Connection::open(path).expect("a database");
        let sql = "SELECT i.name, o.seq - i.base, s.name, CASE o.kind WHEN 3 THEN 2 WHEN 4 THEN 3 ELSE 1 END, \
                   o.slot_ms, o.revision, lower(hex(o.prev)) FROM outbox o JOIN stream s ON s.id = o.stream \
                   JOIN incarnation i ON i.id = (SELECT max(id) FROM incarnation WHERE base < o.seq) ORDER BY o.seq";
        let mut rows = database.prepare(sql).expect("the outbox");
        let rows = rows
            .query_map((), |row| {
                let (name, seq, stream) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok((name, seq, stream, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
            })
            .expect("rows")
            .collect::<Result<_, _>>()
            .expect("rows");
        let sql = "SELECT s.name, c.class, lower(hex(c.hash)) FROM chain c JOIN stream s ON s.id = c.stream";
        let mut tips = database.prepare(sql).expect("chains");
        let tips = tips
            .query_map((), |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))
            .expect("chains")
            .collect::<Result<_, _>>()
            .expect("chains");
        (rows, tips)
    }

    /// What the hub holds, in the same words.
    fn held(&self) -> (Vec<Row>, Tips) {
        let sql = "select i.incarnation, s.seq, p.path, s.class, s.slot_ms, s.revision, encode(s.prev, 'hex') \
                   from summary s join incarnation i using (campus, ordinal) join stream p using (campus, stream) \
                   order by i.ordinal, s.seq";
        let text = self.district.postgres.ask(sql);
        let rows = text.lines().map(|line| {
            let words: Vec<&str> = line.split('|').collect();
            let number = |at: usize| words[at].parse::<i64>().expect("a number");
            (
                words[0].to_owned(),
                number(1),
                words[2].to_owned(),
                number(3) as u8,
                number(4),
                number(5) as u32,
                words[6].to_owned(),
            )
        });
        let sql = "select distinct on (p.path, s.class) p.path, s.class, encode(s.hash, 'hex') from summary s \
                   join stream p using (campus, stream) order by p.path, s.class, s.ordinal desc, s.seq desc";
        let text = self.district.postgres.ask(sql);
        let tips = text.lines().map(|line| {
            let words: Vec<&str> = line.split('|').collect();
            ((words[0].to_owned(), words[1].parse().expect("a class")), words[2].to_owned())
        });
        (rows.collect(), tips.collect())
    }

    /// The nodes say what they have measured first.
    pub fn first(&self, pasts: &[Past]) {
        let mut client = Client::connect(self.broker.port(), "first").expect("connected");
        for past in pasts {
            for at in 0..FIRST {
                let payload = past.payload(at, 0);
                client
                    .publish_acked(&past.topic("up/frame"), payload.as_bytes())
                    .expect("published");
            }
        }
    }

    /// What `campus hub status` says, and how it ends.
    pub fn status(&self) -> (i32, Value) {
        let said = self.agent.ask(&["hub", "status", "--json"]);
        (said.code, said.json())
    }

    /// Everything since the begin goes again: there is traffic to break, and what is known arrives twice.
    pub fn resend(&self, from_ms: i64) {
        let said = self.agent.ask(&["hub", "resend", "--since", &utc(from_ms), "--json"]);
        let enough = said.err.contains("it has requests enough");
        assert!(said.code == 0 || enough, "{said:?}");
    }

    /// Waits until the hub has everything, and nothing more is in the making.
    pub fn all_arrived(&self) -> (Vec<Row>, Tips) {
        wait::until("the hub holds what the agent holds", PATIENCE, || {
            let (code, status) = self.status();
            if code != 0 || status["hubs"][0]["waiting"] != 0 {
                return None;
            }
            let sent = self.sent();
            (self.held() == sent && self.sent() == sent).then_some(sent)
        })
    }
}

fn config(hub: &str) -> String {
    format!(
        "{CAMPUS}\n[[hub]]\nid = \"district\"\n{hub}\nkey_file = \"hub.key\"\n\n[outbox]\ngrace_s = 0\n"
    )
}

#[test]
fn a_real_agent_and_its_hub_are_killed_and_the_hub_holds_what_the_meters_said() {
    everything_breaks(Whole::start("agent-hub"), &STRIKES);
}

#[test]
fn a_real_agent_a_broker_and_its_hub_are_killed_and_the_hub_holds_what_the_meters_said() {
    everything_breaks(Whole::behind_a_broker("agent-upstream"), &STRIKES_AT_A_BROKER);
}

fn everything_breaks(mut whole: Whole, strikes: &[Strike]) {
    let (from, to, pasts) = pasts();
    without_a_hub(&mut whole, &pasts);
    let mut replay = Replay::new(pasts, FIRST);
    let port = whole.broker.port();
    let mut chance = Chance(6);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| replay.run(port, |_| {}));
        for strike in strikes {
            strike_within_a_batch(*strike, &mut whole, from, &mut chance);
        }
        running.join().expect("the replay ends").expect("the broker stays");
    });
    cuts(&mut whole, from, &mut chance);
    let (rows, tips) = whole.all_arrived();
    tells_the_truth(&whole, &rows);
    let slots = is_what_the_meters_said(&whole, &replay, to);
    let found = whole.district.verify();
    let expected =
        Verified { rows: rows.len() as u64, chains: tips.len() as u64, ..Verified::default() };
    assert_eq!(found, expected, "every row is what was sent, every link holds");
    let revised = rows.iter().filter(|row| row.5 > 1).count();
    println!(
        "{HOURS} h of {} meters and 2 rooms: {} rows sent ({revised} of them revisions), {} held, 0 lost, 0 doubled, \
         {} chains whole; {} strikes, {} lines cut; {slots} slots at the hub are the meters' own",
        NODES.len(),
        rows.len(),
        found.rows,
        found.chains,
        strikes.len(),
        whole.line.cuts(),
    );
    assert!(revised > 0, "late frames came, and made revisions");
}

/// What the nodes have measured until now: from when, until when, and what.
pub fn pasts() -> (i64, i64, Vec<Past>) {
    let to = now_ms() / MINUTE_MS * MINUTE_MS;
    let from = slot_of(to) - HOURS * HOUR_MS;
    (from, to, NODES.map(|id| Past::new(id, from, to, MINUTE_MS)).into())
}

/// Without any receiver: it says so, and how much waits.
fn without_a_hub(whole: &mut Whole, pasts: &[Past]) {
    whole.district.kill(0);
    whole.district.kill(1);
    whole.first(pasts);
    let rows = wait::until("status and gaps say that all rows wait", PATIENCE, || {
        let (code, status) = whole.status();
        let (rows, _) = whole.sent();
        let hub = &status["hubs"][0];
        let gaps = whole.agent.json(&["hub", "gaps"]);
        let missing = &gaps[0]["missing"][0];
        let waits = code == 1
            && !rows.is_empty()
            && hub["standing"] == "failing"
            && hub["waiting"] == rows.len()
            && hub["what"] != ""
            && (&missing["from"], &missing["to"]) == (&json!(1), &json!(rows.len()))
            && rows == whole.sent().0;
        waits.then_some(rows.len())
    });
    let degraded = whole.agent.json(&["status"])["degraded"].to_string();
    assert!(degraded.contains("hub"), "{degraded}");
    println!("without a hub: {rows} rows wait, and status and gaps say so");
    whole.district.again(0);
    whole.district.again(1);
}

/// Breaks something while a batch is on its way, and puts it right again.
fn strike_within_a_batch(strike: Strike, whole: &mut Whole, from_ms: i64, chance: &mut Chance) {
    let (before, _) = whole.line.carried();
    let target = before + chance.below(2_000);
    let mut looked = 0;
    wait::until(&format!("traffic to break, for {strike:?}"), PATIENCE, || {
        // Once a second: what goes again may be less than that.
        if looked % 50 == 0 {
            whole.resend(from_ms);
        }
        looked += 1;
        (whole.line.carried().0 > target).then_some(())
    });
    match strike {
        Strike::Agent => {
            whole.agent.kill();
            whole.agent.again();
        }
        Strike::Receiver(at) => {
            whole.district.kill(at);
            whole.district.again(at);
        }
        Strike::AllReceivers => {
            whole.district.kill(0);
            whole.district.kill(1);
            whole.district.again(0);
            whole.district.again(1);
        }
        Strike::Database => {
            whole.district.postgres.crash();
            whole.district.postgres.again();
        }
        Strike::Broker => {
            let upstream = whole.upstream.as_mut().expect("a hub behind a broker");
            upstream.broker.kill();
            upstream.broker.again();
        }
    }
}

/// Breaks lines in requests and receipts; every fifth time the agent dies of it too, and knows nothing of what was
/// taken.
fn cuts(whole: &mut Whole, from_ms: i64, chance: &mut Chance) {
    let mut cutting = Chance(chance.number());
    whole.line.cut(move |so_far| match cutting.below(2) {
        _ if so_far >= CUTS => Cut::NEVER,
        0 => Cut { up: cutting.below(20_000), ..Cut::NEVER },
        _ => Cut { down: cutting.below(600), ..Cut::NEVER },
    });
    // The line that is open was never to be cut.
    whole.agent.kill();
    whole.agent.again();
    let mut seen = whole.line.cuts();
    while seen < CUTS {
        let (carried, _) = whole.line.carried();
        let mut looked = 0;
        seen = wait::until("a line breaks or carries more", PATIENCE, || {
            // Once a second: what is on its way already is not sent twice.
            if looked % 50 == 0 {
                whole.resend(from_ms);
            }
            looked += 1;
            let cuts = whole.line.cuts();
            (cuts > seen || whole.line.carried().0 > carried).then_some(cuts)
        });
        if chance.below(5) == 0 {
            whole.agent.kill();
            whole.agent.again();
        }
    }
    whole.resend(from_ms);
}

/// `hub status` and `hub gaps`, when nothing waits.
fn tells_the_truth(whole: &Whole, rows: &[Row]) {
    // What a person asked for last counts as missing until it was sent again.
    let (code, status) = wait::until("what was asked for again is sent", PATIENCE, || {
        let (code, status) = whole.status();
        (status["hubs"][0]["waiting"] == 0).then_some((code, status))
    });
    let (hub, last) = (&status["hubs"][0], rows.last().expect("rows"));
    assert_eq!((code, &hub["waiting"], &hub["refused"]), (0, &json!(0), &json!(0)), "{status}");
    assert_eq!(status["incarnation"], json!(last.0), "{status}");
    assert_eq!((&hub["watermark"], &status["last"]), (&json!(last.1), &json!(last.1)), "{status}");
    let lives: BTreeSet<&String> = rows.iter().map(|row| &row.0).collect();
    assert_eq!(lives.len(), 1, "a database that only died is no copy");
    let gaps = wait::until("what was asked for again is sent", PATIENCE, || {
        let gaps = whole.agent.json(&["hub", "gaps"]);
        (gaps[0]["missing"] == json!([])).then_some(gaps)
    });
    for key in ["refused", "losses"] {
        assert_eq!(gaps[0][key], json!([]), "{gaps}");
    }
    let hub_gaps = whole.district.count("select count(*) from gaps");
    let fork = whole.district.count("select count(*) from fork");
    let aside = whole.district.count("select count(*) from quarantine");
    assert_eq!((hub_gaps, fork, aside), (0, 0, 0));
}

/// Each slot of each meter, and each whole day: hub = ledger = truth, to the watt-hour.
fn is_what_the_meters_said(whole: &Whole, replay: &Replay, to: i64) -> usize {
    let mut compared = 0;
    for past in &replay.nodes {
        let (meter, truth) = (format!("{}/main", past.id), past.slots(to));
        Score::of(&whole.agent, &meter, &truth).check(&meter, truth.len(), None);
        let current = |class: &str| {
            let sql = format!(
                "select s.slot_ms, s.span_s, s.energy_wh from summary s join stream p using (campus, stream) \
                 where s.current and s.class = {class} and p.path = 'meter/{meter}' and s.energy_wh is not null \
                 order by slot_ms"
            );
            let text = whole.district.postgres.ask(&sql);
            let rows = text.lines().map(|line| {
                let number = |word: &str| word.parse::<i64>().expect("a number");
                let words: Vec<i64> = line.split('|').map(number).collect();
                (words[0], words[1] * 1_000, words[2])
            });
            rows.collect::<Vec<_>>()
        };
        let quarters: BTreeMap<i64, i64> =
            current("1").into_iter().map(|(at, _, wh)| (at, wh)).collect();
        for (slot, wh) in &truth {
            assert_eq!(quarters.get(slot), Some(wh), "{meter} at {}", utc(*slot));
            compared += 1;
        }
        let first = *truth.keys().next().expect("slots");
        let days: Vec<_> = current("2").into_iter().filter(|(at, _, _)| *at >= first).collect();
        assert!(!days.is_empty(), "a whole day lies within {HOURS} hours");
        for (at, span, wh) in days {
            let sum: i64 = truth.range(at..at + span).map(|(_, wh)| wh).sum();
            assert_eq!(wh, sum, "{meter} on the day that began at {}", utc(at));
        }
    }
    compared
}
