//! A campus whose hub is away for days and comes back: what waits fits, live rows go first, it is drained far faster than
//! it was made, and neither lamps nor ledger notice.
//!
//! The days of the absence are written into the agent's database as the agent would have, and its writer makes the
//! summaries; from the return of the hub on it is the real agent, a real broker, a real receiver and a real
//! PostgreSQL. `cargo xtask hub outage` is the full size.

use super::district::District;
use agent::store::{self, Posting, RoomSlot, Terms};
use controller::summary::{Scope, Stream, StreamKind};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use system_tests::campus::{Agent, run};
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::Client;
use system_tests::wait;

/// Length of a slot: 30 days of 361 streams are then 3.1 million rows.
const SLOT_MIN: i64 = 5;
const SLOT_MS: i64 = SLOT_MIN * 60_000;
const DAY_MS: i64 = 86_400_000;
const SLOTS_A_DAY: i64 = DAY_MS / SLOT_MS;
/// Midnight in Shanghai is so long before midnight in UTC.
const OFFSET_MS: i64 = 8 * 3_600_000;
/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// Late frames of so many slots come in while the backlog is drained: what they make is live.
const LIVE_SLOTS: i64 = 10;

/// How large a campus, and how long its hub is away.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub days: i64,
    pub rooms: usize,
    pub meters: usize,
    /// What the outbox may take on the disk, MB.
    pub budget_mb: u64,
}

/// What was seen.
#[derive(Debug)]
pub struct Seen {
    /// Rows that waited when the hub came back.
    pub backlog: u64,
    /// What they took on the disk, and might have, bytes.
    pub bytes: u64,
    pub budget_bytes: u64,
    /// How long the writer took to make them.
    pub made: Duration,
    /// From the first row at the hub to the last of the backlog.
    pub drained: Duration,
    /// How many times faster than they are made on a running campus.
    pub times_real: f64,
    /// From a live row's making to the moment in which the hub was seen to hold it, ascending.
    pub waits: Vec<Duration>,
    /// From a movement in a dark room to its lamps, before and while it was drained, ascending.
    pub reactions: [Vec<Duration>; 2],
}

/// The n-th of a hundred of what is sorted.
pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted
        .get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

impl Size {
    fn streams(&self) -> u64 {
        (self.rooms + self.meters + 1) as u64
    }

    /// Rows of the absence: every stream in every slot, and every day.
    pub fn rows(&self) -> u64 {
        self.streams() * self.days as u64 * (SLOTS_A_DAY as u64 + 1)
    }

    fn config(&self, port: u16) -> String {
        let mut text = format!(
            "[campus]\nid = \"test\"\nname = \"Outage\"\ntime_zone = \"Asia/Shanghai\"\n\
             [broker]\nurl = \"{{broker}}\"\nusername = \"agent\"\n[store]\npath = \"campus.db\"\n\
             [api]\nsocket = \"{{socket}}\"\n[energy]\nslot_min = {SLOT_MIN}\n[timetable]\n\
             days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\n\
             open = \"00:00-24:00\"\nlessons = []\n\
             [[hub]]\nid = \"district\"\nurl = \"http://127.0.0.1:{port}\"\nkey_file = \"hub.key\"\n\
             [outbox]\ngrace_s = 0\ndisk_max_mb = {}\n",
            self.budget_mb
        );
        for at in 0..self.rooms {
            text += &format!(
                "[[room]]\nid = \"b/r{at}\"\nname = \"R{at}\"\n[[room.zone]]\nid = \"window\"\n"
            );
            text += &format!("[[node]]\nid = \"r{at}\"\nroom = \"b/r{at}\"\n");
        }
        for at in 0..self.meters {
            text += &format!("[[node]]\nid = \"n{at}\"\nbuilding = \"b\"\n");
        }
        text
    }

    fn terms(&self) -> Terms {
        let stream = |name: String, kind, meters: Vec<usize>, rooms: Vec<usize>| Stream {
            name,
            kind,
            meters,
            lamps: vec![],
            rooms,
        };
        let rooms = (0..self.rooms)
            .map(|at| stream(format!("room/b/r{at}"), StreamKind::Room, vec![], vec![at]));
        let building = stream(
            "building/b".to_owned(),
            StreamKind::Building,
            (0..self.meters).collect(),
            (0..self.rooms).collect(),
        );
        let meters = (0..self.meters)
            .map(|at| stream(format!("meter/n{at}"), StreamKind::Meter, vec![at], vec![]));
        let scope = Scope {
            zone: jiff::tz::TimeZone::fixed(jiff::tz::offset(8)),
            slot_ms: SLOT_MS,
            meters: (0..self.meters).map(|at| format!("n{at}")).collect(),
            rooms: (0..self.rooms).map(|at| format!("b/r{at}")).collect(),
            streams: rooms.chain([building]).chain(meters).collect(),
        };
        Terms {
            scope: Arc::new(scope),
            campus: wire::Id::new("test").expect("an identifier"),
            hubs: vec!["district".to_owned()],
            budget_bytes: self.budget_mb * 1_000_000,
            grace_ms: 0,
        }
    }
}

/// What a meter adds in a slot, Wh: more by day, never the same twice.
fn energy_wh(meter: usize, slot: i64) -> i64 {
    let noise = (slot * 977 + meter as i64).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64) >> 40;
    let hour = slot % SLOTS_A_DAY * 24 / SLOTS_A_DAY;
    let load = if (7..18).contains(&hour) { 120 } else { 15 };
    load + meter as i64 % 40 + noise.rem_euclid(load)
}

/// What was written.
struct Absence {
    end_ms: i64,
    made: Duration,
    sum_wh: i64,
    rows: u64,
    bytes: u64,
}

/// The days without a hub, ending with the last local midnight: as the agent would have kept and summarised them.
fn absence(agent: &Agent, size: &Size) -> Absence {
    // Late frames are of slots after it.
    let latest_ms = now_ms() - (LIVE_SLOTS + 2) * SLOT_MS;
    let end_ms = (latest_ms + OFFSET_MS).div_euclid(DAY_MS) * DAY_MS - OFFSET_MS;
    let begin_ms = end_ms - size.days * DAY_MS;
    let limits = store::Limits { ballast_bytes: 0, ..store::Limits::default() };
    let path = agent.folder().join("campus.db");
    let mut opened = store::open(&path, limits, begin_ms).expect("a database");
    opened.store.summarise(size.terms());
    let began = Instant::now();
    let mut registers = vec![1_000_000; size.meters];
    let submit = |store: &mut store::Store, at_ms: i64| {
        while store.submit(Some(at_ms)).is_err() {
            std::thread::yield_now();
        }
    };
    let mut sum_wh = 0;
    for slot in 0..size.days * SLOTS_A_DAY {
        let slot_ms = begin_ms + slot * SLOT_MS;
        for (meter, register_wh) in registers.iter_mut().enumerate() {
            let energy_wh = energy_wh(meter, slot);
            (*register_wh, sum_wh) = (*register_wh + energy_wh, sum_wh + energy_wh);
            let (meter, register_wh) = (format!("n{meter}"), *register_wh);
            let (quality, cause, revision, read) = (0, 0, 0, None);
            let posting =
                Posting { meter, slot_ms, energy_wh, quality, cause, register_wh, revision, read };
            opened.store.posting(posting);
        }
        for room in 0..size.rooms {
            let part = (energy_wh(room, slot) as u32 * 1_733) % SLOT_MS as u32;
            opened.store.room_slot(RoomSlot {
                room: format!("b/r{room}"),
                slot_ms,
                occupied_ms: part,
                lit_ms: part,
                lit_empty_ms: (SLOT_MS as u32 - part) / 7,
                lit_hold_ms: 0,
                dark_ms: part / 9,
                unknown_ms: 0,
            });
        }
        submit(&mut opened.store, slot_ms + SLOT_MS);
    }
    let reader = opened.store.reader();
    let mut before = 0;
    wait::until("all summaries are made", PATIENCE, || {
        opened.store.passed(end_ms + SLOT_MS);
        submit(&mut opened.store, end_ms + SLOT_MS);
        let last = reader.outbox().expect("the outbox").last as u64;
        let is_still = last >= size.rows() && last == before;
        before = last;
        is_still.then_some(())
    });
    let made = began.elapsed();
    let state = reader.outbox().expect("the outbox");
    opened.store.close();
    Absence { end_ms, made, sum_wh, rows: state.last as u64, bytes: state.held.bytes() }
}

/// A movement in dark rooms, one after the other: how long until each has light.
fn reactions(port: u16, rooms: std::ops::Range<usize>, until: &AtomicBool) -> Vec<Duration> {
    let mut node = Client::connect(port, &format!("rooms-{}", rooms.start)).expect("a broker");
    node.subscribe("campus/v1/test/node/+/down/desired").expect("a subscription");
    // What was desired before anything happened is retained, and not what is waited for.
    while node.next(Duration::from_millis(500)).expect("a broker").is_some() {}
    let mut times = Vec::new();
    for room in rooms {
        if until.load(Ordering::Relaxed) && !times.is_empty() {
            break;
        }
        let frame =
            "{\"v\":1,\"boot\":1,\"seq\":1,\"up\":1000,\"r\":{\"motion\":1,\"illuminance_lx\":10}}";
        let (began, topic) = (Instant::now(), format!("campus/v1/test/node/r{room}/down/desired"));
        node.publish(&format!("campus/v1/test/node/r{room}/up/frame"), frame.as_bytes())
            .expect("a broker");
        loop {
            let message =
                node.next(Duration::from_secs(30)).expect("a broker").expect("light within 30 s");
            let text = String::from_utf8_lossy(&message.payload).into_owned();
            if message.topic == topic
                && text.contains("\"level_pct\":")
                && !text.contains("\"level_pct\":0,")
            {
                break;
            }
        }
        times.push(began.elapsed());
    }
    times.sort_unstable();
    times
}

/// Frames that are late, of one slot after the other: all meters say a register at its end.
fn late_frames(port: u16, size: &Size) {
    let mut client = Client::connect(port, "late").expect("a broker");
    let last = now_ms().div_euclid(SLOT_MS) * SLOT_MS;
    for (seq, at) in (0..=LIVE_SLOTS).enumerate() {
        let t = last - (LIVE_SLOTS - at) * SLOT_MS;
        for meter in 0..size.meters {
            let wh = 5_000_000_000_i64 + at * 100 + meter as i64;
            let frame = format!(
                "{{\"v\":1,\"boot\":1,\"seq\":{},\"t\":{t},\"up\":{},\"r\":{{\"energy_wh\":{wh}}}}}",
                seq + 1,
                (seq + 1) * 300_000
            );
            client
                .publish(&format!("campus/v1/test/node/n{meter}/up/frame"), frame.as_bytes())
                .expect("a broker");
        }
        // As they come from a campus that has found its nodes again, and not all at once.
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// Ranges of numbers that the hub has.
fn held(district: &District) -> Vec<(u64, u64)> {
    let text = district.postgres.ask("select received::text from incarnation");
    let ranges = text.trim().trim_matches(['{', '}']).split_terminator(')');
    let range = |range: &str| {
        let (from, end) = range.trim_start_matches([',', '[']).split_once(',')?;
        Some((from.parse().ok()?, end.parse::<u64>().ok()? - 1))
    };
    ranges.filter_map(range).collect()
}

/// How long each row that was made since then waited until the hub was first seen to hold it.
fn watch_live(
    agent: &Agent,
    district: &District,
    (backlog, since_ms): (u64, i64),
    until: &AtomicBool,
) -> Vec<Duration> {
    let path = agent.folder().join("campus.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(path, flags).expect("a database");
    let mut made: BTreeMap<u64, i64> = BTreeMap::new();
    let mut arrived: BTreeMap<u64, i64> = BTreeMap::new();
    loop {
        let is_last = until.load(Ordering::Relaxed);
        let held = held(district);
        let now = now_ms();
        for seq in held.into_iter().flat_map(|(from, to)| from.max(backlog + 1)..=to) {
            arrived.entry(seq).or_insert(now);
        }
        let mut rows = database
            .prepare_cached("SELECT seq, at_ms FROM outbox WHERE seq > ?1")
            .expect("the outbox");
        let rows = rows
            .query_map((backlog as i64,), |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?)));
        made.extend(rows.expect("rows").map(|row| row.expect("a row")));
        if is_last && made.keys().all(|seq| arrived.contains_key(seq)) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let wait = |(seq, at_ms): (&u64, &i64)| {
        let arrived = arrived.get(seq).filter(|_| *at_ms >= since_ms)?;
        Some((arrived - at_ms).max(0).unsigned_abs())
    };
    let mut waits: Vec<Duration> =
        made.iter().filter_map(wait).map(Duration::from_millis).collect();
    waits.sort_unstable();
    waits
}

/// Does it all, and checks everything but how fast it went.
///
/// # Panics
/// When a row is lost, shed or doubled, or a posting changes.
pub fn away_and_back(test: &str, size: &Size) -> Seen {
    let broker = Mosquitto::start(test, "max_inflight_messages 16000\nmax_queued_messages 200000");
    let mut district = District::start(test, 1);
    let mut agent = Agent::prepared(test, &broker.url(), &size.config(district.balancer.port()));
    let key = run(&["hub", "key", &agent.folder().join("hub.key").display().to_string()]);
    district.admit_key("test", key.out.trim());
    district.kill(0);
    let Absence { end_ms, made, sum_wh, rows: backlog, bytes } = absence(&agent, size);
    agent.launch();
    wait::until("the agent answers and is connected", PATIENCE, || agent.connected().then_some(()));
    let status = agent.ask(&["hub", "status", "--json"]).json();
    let budget_bytes = status["budget_bytes"].as_u64().expect("a number");
    assert_eq!(backlog, size.rows(), "nothing was shed, and nothing made twice");
    assert!(bytes <= budget_bytes, "{bytes} B of {budget_bytes} B");
    let posted = || postings(&agent, end_ms);
    assert_eq!(posted(), (size.meters as u64 * (size.days * SLOTS_A_DAY) as u64, sum_wh));

    let (never, through) = (AtomicBool::new(false), AtomicBool::new(false));
    let port = broker.port();
    let before = reactions(port, 0..size.rooms / 3, &never);
    district.again(0);
    wait::until("the hub is found", PATIENCE, || held(&district).first().map(drop));
    let (began, found_ms) = (Instant::now(), now_ms());
    let (mut drained, mut waits, mut during) = (Duration::ZERO, Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        let lamps = scope.spawn(|| reactions(port, size.rooms / 3..size.rooms, &through));
        let late = scope.spawn(|| late_frames(port, size));
        let watch = scope.spawn(|| watch_live(&agent, &district, (backlog, found_ms), &through));
        let is_through = |held: &[(u64, u64)]| {
            held.first().is_some_and(|first| first.0 == 1 && first.1 >= backlog)
        };
        wait::until("the hub has the backlog", PATIENCE, || {
            is_through(&held(&district)).then_some(())
        });
        drained = began.elapsed();
        late.join().expect("late frames");
        through.store(true, Ordering::Relaxed);
        during = lamps.join().expect("rooms");
        waits = watch.join().expect("live rows");
    });
    wait::until("the hub has everything", PATIENCE, || {
        let hubs = agent.ask(&["hub", "status", "--json"]);
        let hub = &hubs.json()["hubs"][0];
        (hubs.code == 0 && hub["standing"] == "idle" && hub["waiting"] == 0).then_some(())
    });
    assert_eq!(
        posted(),
        (size.meters as u64 * (size.days * SLOTS_A_DAY) as u64, sum_wh),
        "the ledger of the absence"
    );
    let of_class = |class: u8| {
        let path =
            "select coalesce(sum(energy_wh), 0) from summary join stream using (campus, stream)";
        district.count(&format!(
            "{path} where path like 'meter/%' and class = {class} and slot_ms < {end_ms}"
        ))
    };
    assert_eq!(
        (of_class(1), of_class(2)),
        (sum_wh as u64, sum_wh as u64),
        "slots and days at the hub"
    );
    let found = district.verify();
    let rows = district.count("select count(*) from summary");
    assert_eq!((found.rows, found.lost, found.wrong), (rows, 0, 0));
    assert_eq!(district.count("select count(*) from fork"), 0);
    let a_second = backlog as f64 / drained.as_secs_f64();
    let times_real = a_second / (size.streams() as f64 * 1000.0 / SLOT_MS as f64);
    let reactions = [before, during];
    Seen { backlog, bytes, budget_bytes, made, drained, times_real, waits, reactions }
}

/// Postings before a moment: how many, and their sum.
fn postings(agent: &Agent, before_ms: i64) -> (u64, i64) {
    let path = agent.folder().join("campus.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(path, flags).expect("a database");
    let sql = "SELECT count(*), coalesce(sum(energy_wh), 0) FROM posting WHERE slot_ms < ?1";
    let both = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?));
    database.query_row(sql, (before_ms,), both).expect("postings")
}
