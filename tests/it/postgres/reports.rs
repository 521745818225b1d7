//! Reports of a district: every published statement runs, and answers what the rows say.

use super::{District, drain};
use system_tests::sender::{Campus, Chance};

/// Every statement of `docs/integrate/hub-reports.sql`.
fn statements() -> Vec<String> {
    let text = include_str!("../../../docs/integrate/hub-reports.sql");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("--")).collect();
    let statements = lines.join("\n");
    let each = statements.split(';').map(str::trim).filter(|one| !one.is_empty());
    each.map(str::to_owned).collect()
}

#[test]
fn every_published_statement_runs_and_the_dashboard_shows_the_same() {
    let district = District::start("reports", 1);
    let mut chance = Chance(4);
    for at in 0..3 {
        let mut campus = Campus::new(&format!("c{at}"), 70 + at);
        // Nine streams, 96 slots a day: some three days.
        campus.grow(2_700, 6, &mut chance);
        district.admit(&campus);
        drain(&campus, &district, &mut chance);
    }
    let statements = statements();
    assert!(statements.len() >= 7);
    for sql in &statements {
        let rows = district.postgres.ask(sql);
        assert!(!rows.trim().is_empty(), "no row for\n{sql}");
    }
    let dashboard: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/integrate/grafana-district.json"))
            .expect("the dashboard is JSON");
    let shown: Vec<String> = dashboard["panels"]
        .as_array()
        .expect("panels")
        .iter()
        .map(|panel| panel["targets"][0]["rawSql"].as_str().expect("a statement").to_owned())
        .collect();
    let plain = |sql: &String| sql.replace('\n', " ");
    assert_eq!(shown, statements.iter().map(plain).collect::<Vec<_>>());

    // The sum of a report is the sum of the newest revisions, taken by other SQL.
    let report = district.count("select coalesce(sum(lit_empty_s), 0) from school_month");
    let rows = district.count(
        "select coalesce(sum(lit_empty_s), 0) from \
         (select distinct on (s.campus, s.stream, s.slot_ms) s.lit_empty_s, p.kind from summary s \
          join stream p using (campus, stream) where s.class = 2 \
          order by s.campus, s.stream, s.slot_ms, s.ordinal desc, s.revision desc) as newest \
         where kind = 'room'",
    );
    assert_eq!(report, rows);
    assert!(rows > 0);
}
