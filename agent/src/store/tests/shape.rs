//! The shape of the database: `schema.sql` is the sum of the migrations, and each applies.

use super::super::migrate::{self, MIGRATIONS, MigrateError};
use super::{add, commit, folder, frames, open};
use rusqlite::Connection;

/// Every statement that made the database, sorted; a column that was added later stands in a line
/// of its own or not.
fn shape(connection: &Connection) -> Vec<String> {
    let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL";
    let mut statement = connection.prepare(sql).unwrap();
    let made = statement.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap);
    let words = |sql: String| sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shape: Vec<_> =
        made.map(|sql| words(sql).replace(" ,", ",").replace(" )", ")")).collect();
    shape.sort();
    shape
}

#[test]
fn schema_file_is_the_sum_of_the_migrations() {
    let migrated = Connection::open_in_memory().unwrap();
    for sql in MIGRATIONS {
        migrated.execute_batch(sql).unwrap();
    }
    let written = Connection::open_in_memory().unwrap();
    written.execute_batch(include_str!("../../../schema.sql")).unwrap();
    assert_eq!(shape(&migrated), shape(&written));
    assert!(shape(&written).len() >= 10);
}

#[test]
fn migration_keeps_the_rows_and_leaves_a_copy_of_the_old_shape() {
    let (_folder, path) = folder();
    let mut opened = open(&path);
    add(&mut opened.store, 1..11);
    commit(&mut opened.store, &mut opened.events);
    opened.store.close();

    let more = "ALTER TABLE node ADD COLUMN board TEXT NOT NULL DEFAULT 'devkit';";
    let next: Vec<&str> = MIGRATIONS.iter().copied().chain([more]).collect();
    let mut connection = Connection::open(&path).unwrap();
    let copy = migrate::apply(&mut connection, &path, &next).unwrap().unwrap();
    let board: String =
        connection.query_row("SELECT board FROM node", (), |row| row.get(0)).unwrap();
    assert_eq!(board, "devkit");
    assert_eq!(migrate::version(&connection).unwrap(), next.len() as i64);
    assert_eq!(migrate::apply(&mut connection, &path, &next).unwrap(), None, "applied once");

    let opened = open(&copy);
    assert_eq!(frames(&opened.store.reader(), 0).0, (1..11).collect::<Vec<_>>());
}

#[test]
fn migration_that_fails_changes_nothing() {
    let (_folder, path) = folder();
    drop(open(&path));
    let mut connection = Connection::open(&path).unwrap();
    let before = shape(&connection);
    let next: Vec<&str> = MIGRATIONS
        .iter()
        .copied()
        .chain(["CREATE TABLE extra (id INTEGER) STRICT; CREATE TABLE node (id INTEGER);"])
        .collect();
    let failed = migrate::apply(&mut connection, &path, &next);
    assert!(matches!(failed, Err(MigrateError::Sql(_))));
    assert_eq!(shape(&connection), before);
    assert_eq!(migrate::version(&connection).unwrap(), MIGRATIONS.len() as i64);
}

#[test]
fn writer_syncs_every_commit_to_a_write_ahead_log() {
    let (_folder, path) = folder();
    drop(open(&path));
    let connection = super::super::open::connect(&path, &super::small()).unwrap();
    let check = |pragma: &str, expected: &str| {
        let sql = format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}");
        let found: String = connection.query_row(&sql, (), |row| row.get(0)).unwrap();
        assert_eq!(found, expected, "{pragma}");
    };
    check("journal_mode", "wal");
    // 2 is FULL: with NORMAL a power cut loses every commit since the last checkpoint.
    check("synchronous", "2");
    check("foreign_keys", "1");
    check("cell_size_check", "1");
    check("trusted_schema", "0");
}

#[test]
fn incarnation_stays_with_a_database_and_differs_between_two() {
    let (_folder, path) = folder();
    let first = open(&path).incarnation;
    assert_eq!(first.len(), 32);
    assert_eq!(open(&path).incarnation, first);
    let (_other, path) = folder();
    assert_ne!(open(&path).incarnation, first);
}
