//! `cargo xtask bench hub`: from the agent's outbox into a hub's PostgreSQL, and the reports of a district, as a document
//! on stdout.

#[path = "../it/postgres/district.rs"]
#[allow(dead_code, reason = "tests ask it more")]
mod district;

use district::District;
use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use system_tests::campus::{Agent, run};
use system_tests::mosquitto::Mosquitto;
use system_tests::mqtt::{Client, publish_packet};
use system_tests::postgres::Postgres;
use system_tests::sender::Chance;
use system_tests::wait;

type Outcome<T> = Result<T, Box<dyn Error>>;

const SLOT_MS: i64 = 900_000;
/// Meters of the campus that sends, and how long it was without a hub: 100,000 rows.
const METERS: usize = 300;
const DAYS: i64 = 4;
/// A district: schools with so many rooms, buildings and meters, for a year.
const SCHOOLS: usize = 20;
const STREAMS: (usize, usize, usize) = (300, 10, 60);
const REPORT_DAYS: usize = 365;
/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(600);

fn main() -> Outcome<()> {
    println!("<!-- Written by `cargo xtask bench hub`; not by hand. -->");
    println!("# The hub, measured\n");
    println!(
        "{} of `campus agent` and `campus hub serve`, a PostgreSQL whose commits are on the disk (`fsync=on`), all on this machine of\n\
         {} cores at once, beside other work. CPU seconds are the kernel's own accounting of each process.\n",
        if cfg!(debug_assertions) { "Unoptimised builds" } else { "Release builds" },
        std::thread::available_parallelism().map_or(0, std::num::NonZero::get)
    );
    sending()?;
    reports()
}

/// A campus that was without a hub finds it again.
fn sending() -> Outcome<()> {
    let broker =
        Mosquitto::start("bench-hub", "max_inflight_messages 16000\nmax_queued_messages 200000");
    let mut district = District::over(Postgres::durable("bench-hub"), "bench-hub", 1);
    let mut agent = Agent::prepared("bench-hub", &broker.url(), &config(district.balancer.port()));
    let key = run(&["hub", "key", &agent.folder().join("hub.key").display().to_string()]);
    district.admit_key("test", key.out.trim());
    district.kill(0);
    agent.again();
    let began = Instant::now();
    let waits = fill(&agent, &broker)?;
    let making_s = began.elapsed().as_secs_f64();
    let made_cpu_s = agent.process().cpu_s();
    // A new start: an agent that was refused for long pauses for up to five minutes.
    agent.kill();
    district.again(0);
    let before = (district.postgres.cpu_s(), district.balancer.carried());
    let began = Instant::now();
    agent.launch();
    wait::until("the hub has everything", PATIENCE, || {
        let hubs = agent.ask(&["hub", "status", "--json"]);
        let idle = hubs.code == 0 && hubs.json()["hubs"][0]["standing"] == "idle";
        (idle && district.count("select count(*) from summary") >= waits).then_some(())
    });
    let took_s = began.elapsed().as_secs_f64();
    let rows = district.count("select count(*) from summary");
    let verified = district.verify();
    assert_eq!((verified.rows, verified.lost, verified.wrong), (rows, 0, 0));
    let million = rows as f64 / 1e6;
    let (up, down) = district.balancer.carried();
    let table = "select sum(pg_total_relation_size(c)) from unnest(array['summary_quarter', 'summary_day', \
                 'summary_loss']::regclass[]) as c";
    let held = district.count(table);
    println!("## From outbox to database\n");
    println!(
        "A campus of {METERS} meters, no two alike, was without a hub for {DAYS} days: {rows} rows waited. Its agent starts, the hub takes everything; each batch is\n\
         committed on the hub before its receipt, each receipt by the agent before it is believed after a start. `campus hub verify` then finds every row.\n"
    );
    println!("| | |\n|---|---|");
    println!("| rows arrive, from the start of the agent | {:.0} rows/s |", rows as f64 / took_s);
    println!(
        "| CPU of the agent, its start included | {:.1} CPU-s per million rows |",
        agent.process().cpu_s() / million
    );
    println!("| CPU of the receiver | {:.1} CPU-s per million rows |", district.cpu_s() / million);
    println!(
        "| CPU of PostgreSQL | {:.1} CPU-s per million rows |",
        (district.postgres.cpu_s() - before.0) / million
    );
    let (up, down) = (up - before.1.0, down - before.1.1);
    println!(
        "| on the wire, to the hub · back, HTTP included | {:.1} · {:.1} B a row |",
        up as f64 / rows as f64,
        down as f64 / rows as f64
    );
    println!("| in PostgreSQL, indexes included | {:.0} B a row |", held as f64 / rows as f64);
    println!(
        "| frames into summaries before, at the agent: time, CPU | {making_s:.0} s, {:.1} CPU-s per million rows |\n",
        made_cpu_s / million
    );
    Ok(())
}

fn config(port: u16) -> String {
    let mut text = format!(
        "[campus]\nid = \"test\"\nname = \"Bench\"\ntime_zone = \"Asia/Shanghai\"\n\
         [broker]\nurl = \"{{broker}}\"\nusername = \"agent\"\n[store]\npath = \"campus.db\"\n\
         [api]\nsocket = \"{{socket}}\"\n[timetable]\n\
         days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\n\
         open = \"00:00-24:00\"\nlessons = []\n\
         [[hub]]\nid = \"district\"\nurl = \"http://127.0.0.1:{port}\"\nkey_file = \"hub.key\"\n\
         [outbox]\ngrace_s = 2\n"
    );
    for at in 0..METERS {
        text += &format!("[[node]]\nid = \"n{at}\"\nbuilding = \"b{}\"\n", at % 5);
    }
    text
}

/// What a meter draws in a slot, W: its mean, and what it shows at the end. Each is of another size, from a lamp to a kitchen,
/// with hours, a base load and weekends of its own; a third of them are machines that run in one slot and rest in the next.
/// On top of that lies noise of a quarter: what is even packs too well, and no real campus is.
fn load_w(meter: usize, slot: i64) -> (i64, i64) {
    let mut own = Chance(meter as u64 * 0x1000 + 1);
    let mut pick = |end: u64| own.below(end) as i64;
    let (rests, most) = ((3 + pick(13)) << pick(5), (40 + pick(80)) << pick(8));
    let (begin, end) = (22 + pick(20), 50 + pick(45));
    let (is_cycling, works_weekends) = (pick(3) == 0, pick(4) == 0);
    let mut now = Chance((slot as u64) << 20 | meter as u64);
    let mut chance = |end: u64| now.below(end) as i64;
    let (quarter, is_weekend) = (slot % 96, slot / 96 % 7 >= 5);
    let is_open = (begin..end).contains(&quarter) && (works_weekends || !is_weekend);
    let is_on = if is_cycling { chance(5) < if is_open { 3 } else { 1 } } else { is_open };
    let load = rests + if is_on { most } else { 0 };
    let mean = load * 3 / 4 + chance(load as u64 / 2 + 2);
    (mean, mean * 9 / 10 + chance(mean as u64 / 5 + 2))
}

/// Registers of all meters at the end of every slot; answers how many rows wait when nothing more is made.
fn fill(agent: &Agent, broker: &Mosquitto) -> Outcome<u64> {
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as i64;
    let last = now_ms.div_euclid(SLOT_MS) * SLOT_MS;
    let slots = DAYS * 96;
    let mut client = Client::connect(broker.port(), "past")?;
    let mut writer = client.writer()?;
    // PUBACKs are read and thrown away, so that the broker never has to wait for us.
    std::thread::spawn(move || while client.read_packet().is_ok() {});
    let mut sent = 0_u64;
    let mut registers: Vec<i64> = (0..METERS).map(|at| 1_000 + at as i64 * 7_919).collect();
    for slot in 0..=slots {
        let mut out = Vec::new();
        let t = last - (slots - slot) * SLOT_MS;
        for (at, register) in registers.iter_mut().enumerate() {
            let (seq, (mean_w, now_w)) = (slot + 1, load_w(at, slot));
            *register += mean_w / 4;
            let payload = format!(
                "{{\"v\":1,\"boot\":1,\"seq\":{seq},\"t\":{t},\"up\":{},\"r\":{{\"power_w\":{now_w},\"energy_wh\":{}}}}}",
                seq * 900_000,
                register
            );
            sent += 1;
            let topic = format!("campus/v1/test/node/n{at}/up/frame");
            out.extend_from_slice(&publish_packet(
                &topic,
                payload.as_bytes(),
                (sent % 65_000) as u16 + 1,
            ));
        }
        writer.write_all(&out)?;
    }
    let least = (METERS as i64 * slots) as u64;
    let mut before = 0;
    Ok(wait::until("all summaries are made", PATIENCE, || {
        let status = agent.json(&["hub", "status"]);
        let waits = status["last"].as_u64().unwrap_or(0);
        // Days are made last, each in one piece.
        let is_still = waits >= least && waits == std::mem::replace(&mut before, waits);
        is_still.then_some(waits)
    }))
}

/// A year of a district, asked as the documents say: now, and as it was before days were added up.
fn reports() -> Outcome<()> {
    let district = District::over(Postgres::durable("bench-reports"), "bench-reports", 1);
    let (rooms, buildings, meters) = STREAMS;
    for school in 0..SCHOOLS {
        district.postgres.ask(&year(&format!("c{school}"), STREAMS));
    }
    district.postgres.as_superuser("vacuum analyze", system_tests::postgres::ROLE);
    let rows = SCHOOLS * (rooms + buildings + meters) * REPORT_DAYS;
    assert_eq!(district.count("select count(*) from summary_day"), rows as u64);
    let before = include_str!("../../hub/migrations/0002_reports.sql");
    let from = before.find("-- A school's day.").ok_or("the view of days")?;
    let to = before.find("-- What is known to be gone.").ok_or("the view after it")?;
    district.postgres.ask(&format!(
        "create schema before; set search_path = before, public; {}",
        &before[from..to]
    ));
    println!("## Reports of a district\n");
    println!(
        "[Reports as SQL](../integrate/hub-reports.sql) over {SCHOOLS} campuses of {rooms} rooms, {buildings} buildings and {meters} meters, a year of days: {rows} rows. The middle of three\n\
         runs, with a new connection. *Before*: the same statement where each day is added up when it is asked for, as up to version 2 of the schema.\n\
         Goal: 2 s.\n"
    );
    println!("| report | now | before |\n|---|---|---|");
    for (name, sql) in statements(include_str!("../../docs/integrate/hub-reports.sql")) {
        let time = |path: &str| {
            let mut times = [0.0; 3].map(|_: f64| {
                let began = Instant::now();
                district.postgres.ask(&format!("set search_path = {path}; {sql}"));
                began.elapsed().as_secs_f64()
            });
            times.sort_by(f64::total_cmp);
            times[1]
        };
        let (now, then) = (time("public"), time("before, public"));
        println!("| {name} | {now:.2} s | {then:.2} s |");
    }
    Ok(())
}

/// Every statement with the comment above it.
fn statements(text: &str) -> Vec<(&str, String)> {
    let mut all = Vec::new();
    let mut name = "";
    let mut sql = String::new();
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("-- ") {
            name = comment;
        } else {
            sql += line;
            sql.push('\n');
        }
        if line.ends_with(';') {
            all.push((name, std::mem::take(&mut sql)));
        }
    }
    all
}

/// A school's year, as its batches would have left it.
fn year(campus: &str, (rooms, buildings, meters): (usize, usize, usize)) -> String {
    format!(
        "begin; insert into tenant (campus, name, zone) values ('{campus}', '{campus}', 'Asia/Shanghai'); \
         set local campus.id = '{campus}'; \
         insert into incarnation (campus, incarnation, ordinal) values ('{campus}', md5('{campus}'), 1); \
         insert into stream (campus, path) \
            select '{campus}', 'room/b' || i % {buildings} || '/r' || i from generate_series(1, {rooms}) i \
            union all select '{campus}', 'building/b' || i from generate_series(0, {buildings} - 1) i \
            union all select '{campus}', 'meter/m' || i from generate_series(1, {meters}) i; \
         insert into summary (campus, class, stream, slot_ms, ordinal, revision, span_s, day, seq, complete_permille, \
                              energy_wh, lighting_wh, lit_empty_s, occupied_s, occupied_dark_s, peak_w, illuminance_lx, \
                              prev, hash) \
            select '{campus}', 2, s.stream, 1756656000000 + d * 86400000::bigint, 1, 1, 86400, date '2025-09-01' + d, \
                   d * 1000 + row_number() over (partition by d order by s.stream), 1000, 5000 + (s.stream * 7 + d) % 1000, \
                   2000, 600 + (s.stream + d) % 900, 20000, 100, 400, 350, \
                   sha256(s.path::bytea), sha256((s.path || d)::bytea) \
            from generate_series(0, {REPORT_DAYS} - 1) d, stream s where s.campus = '{campus}' order by d, s.stream; \
         insert into day_sum select * from day_recount where campus = '{campus}'; commit"
    )
}
