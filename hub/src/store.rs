//! PostgreSQL: connections, and the one transaction of a batch.
//!
//! Rows, put-aside rows, ranges and watermark of a batch are committed together or not at all, with
//! `synchronous_commit = on`; a receipt is written from what was committed. Batches of one campus take turns at
//! the row of its first incarnation, whichever receiver they came to.

mod columns;
mod day_sum;

use crate::Fault;
use crate::config::Database;
use crate::limits::{
    CONNECT_PAUSE, LOCK_MS, POOL_WITHIN, QUARANTINE_BYTES_MAX, QUARANTINE_ROWS_MAX, STATEMENT_MS,
};
use crate::take::{self, Held, Plan, from_multirange, to_multirange};
use batch::limits::MISSING_MAX;
use batch::{BadRow, Code, Entry, Hash, Incarnation, Opened, PublicKey, Receipt, Refused};
use columns::Columns;
use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Transaction};

/// The database of the district.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    /// When a connection was last tried in vain; none while PostgreSQL answers.
    away: Arc<Mutex<Option<Instant>>>,
}

/// Who a key belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The campus.
    pub campus: String,
    /// Its key.
    pub key: PublicKey,
}

/// What a batch did.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What the sender is told.
    pub receipt: Receipt,
    /// Rows that were new.
    pub fresh: usize,
    /// Rows that were here already.
    pub known: usize,
}

/// Why nothing of a batch was taken.
#[derive(Debug)]
pub enum Refusal {
    /// The hub holds another row in a place of this batch.
    Fork(Box<Fork>),
    /// It would leave too many ranges missing.
    TooScattered,
    /// PostgreSQL is away, or too slow; the sentence is for the log.
    Away(String),
}

/// Two rows for one place.
#[derive(Clone, Debug)]
pub struct Fork {
    /// The row that was offered.
    pub offered: Entry,
    /// The hash that is held in its place, and under which number; absent when the number is held by a row
    /// of another place.
    pub held: Option<(Hash, i64)>,
}

impl From<tokio_postgres::Error> for Refusal {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Away(crate::chain(&error))
    }
}

/// A connection to PostgreSQL.
pub type Connection = Client;

/// One connection, outside of any pool.
///
/// # Errors
/// PostgreSQL cannot be reached.
pub async fn connect(database: &Database) -> Result<Client, Fault> {
    let failed = |error: tokio_postgres::Error| Fault::database("connecting", &error);
    let (client, connection) = database.url.connect(NoTls).await.map_err(failed)?;
    // It ends with its client.
    tokio::spawn(connection);
    Ok(client)
}

impl Store {
    /// A pool; nothing is connected yet.
    ///
    /// # Errors
    /// The pool cannot be built.
    pub fn new(database: &Database) -> Result<Self, Fault> {
        let recycling_method = RecyclingMethod::Fast;
        let manager =
            Manager::from_config(database.url.clone(), NoTls, ManagerConfig { recycling_method });
        let pool = Pool::builder(manager)
            .max_size(database.connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(POOL_WITHIN))
            .create_timeout(Some(POOL_WITHIN))
            .recycle_timeout(Some(POOL_WITHIN))
            .build()
            .map_err(|error| Fault::new(format!("connections to PostgreSQL: {error}"), ""))?;
        Ok(Self { pool, away: Arc::default() })
    }

    /// A connection of the pool.
    pub(crate) async fn client(&self) -> Result<Object, Refusal> {
        // A database that comes back is not run over by everybody who waited for it.
        if self.away().is_some_and(|at| at.elapsed() < CONNECT_PAUSE) {
            return Err(Refusal::Away("a connection was tried in vain a moment ago".to_owned()));
        }
        match self.pool.get().await {
            Ok(client) => {
                if self.away().take().is_some() {
                    tracing::info!("the database answers again");
                }
                Ok(client)
            }
            // All connections are at work: that is no fault of PostgreSQL.
            Err(PoolError::Timeout(TimeoutType::Wait)) => {
                Err(Refusal::Away("all connections are at work".to_owned()))
            }
            Err(error) => {
                let why = crate::chain(&error);
                if self.away().replace(Instant::now()).is_none() {
                    tracing::warn!(why, "the database is away: senders are told to come again");
                }
                Err(Refusal::Away(why))
            }
        }
    }

    fn away(&self) -> MutexGuard<'_, Option<Instant>> {
        // Nothing panics while it is held.
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether PostgreSQL answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), Refusal> {
        self.client().await?.simple_query("select 1").await?;
        Ok(())
    }

    /// Whose key it is, unless it was withdrawn.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn sender(&self, key_id: &str) -> Result<Option<Sender>, Refusal> {
        let client = self.client().await?;
        let sql =
            "select campus, public_key from tenant_key where key_id = $1 and withdrawn_at is null";
        let statement = client.prepare_cached(sql).await?;
        let row = client.query_opt(&statement, &[&key_id]).await?;
        Ok(row.and_then(|row| {
            let key = PublicKey::parse(row.get(1))?;
            Some(Sender { campus: row.get(0), key })
        }))
    }

    /// What is held of one incarnation; of an unknown one nothing.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn receipt(
        &self,
        campus: &str,
        incarnation: &Incarnation,
    ) -> Result<Receipt, Refusal> {
        let client = self.client().await?;
        let sql = "select received::text from incarnation where campus = $1 and incarnation = $2";
        let statement = client.prepare_cached(sql).await?;
        let row = client.query_opt(&statement, &[&campus, &incarnation.to_string()]).await?;
        let received = match row {
            Some(row) => read_ranges(row.get(0))?,
            None => batch::Ranges::new(),
        };
        Ok(receipt(&received, Vec::new()))
    }

    /// Takes a batch: all of it, or nothing.
    ///
    /// # Errors
    /// A fork, too many holes, or PostgreSQL is away.
    pub async fn take(&self, opened: &Opened, key_id: &str) -> Result<Taken, Refusal> {
        let mut client = self.client().await?;
        match self.take_with(&mut client, opened).await {
            Err(Refusal::Fork(fork)) => {
                note_fork(&client, opened, &fork, key_id).await?;
                Err(Refusal::Fork(fork))
            }
            other => other,
        }
    }

    async fn take_with(&self, client: &mut Object, opened: &Opened) -> Result<Taken, Refusal> {
        let transaction = client.transaction().await?;
        begin(&transaction, opened.campus.as_str()).await?;
        let held = lock(&transaction, opened).await?;
        let aside = aside(&transaction, opened).await?;
        let plan = take::plan(opened, &held, &aside).map_err(|_| Refusal::TooScattered)?;
        let streams = streams(&transaction, opened).await?;
        let known = still_here(&transaction, opened, &plan).await?;
        if !known.is_empty() {
            let columns = Columns::new(&known, &streams);
            if let Some(fork) = columns.mismatch(&transaction, opened, &held).await? {
                return Err(Refusal::Fork(Box::new(fork)));
            }
        }
        if !plan.fresh.is_empty() {
            let columns = Columns::new(&plan.fresh, &streams);
            let inserted = columns.insert(&transaction, opened, &held).await?;
            if inserted != plan.fresh.len() as u64 {
                let fork = columns.mismatch(&transaction, opened, &held).await?;
                let fork =
                    fork.unwrap_or_else(|| Fork { offered: plan.fresh[0].clone(), held: None });
                return Err(Refusal::Fork(Box::new(fork)));
            }
            if plan.out_of_order || plan.fresh.iter().any(|entry| entry.row.revision > 1) {
                columns.supersede(&transaction, opened).await?;
            }
            day_sum::renew(&transaction, opened, &columns).await?;
        }
        put_aside(&transaction, opened, &plan, &aside).await?;
        if plan.held != held {
            note(&transaction, opened, &plan.held).await?;
        }
        transaction.commit().await?;
        let refused = opened.bad.iter().map(|bad| Refused {
            seq: bad.seq,
            code: Code::BadRow,
            reason: bad.reason.clone(),
        });
        Ok(Taken {
            receipt: receipt(&plan.held.received, refused.collect()),
            fresh: plan.fresh.len(),
            known: plan.known.len(),
        })
    }
}

/// A transaction of one campus: shorter than the sender's patience, and safe whatever the server's defaults are.
pub(crate) async fn begin(transaction: &Transaction<'_>, campus: &str) -> Result<(), Refusal> {
    // An identifier: no quotes can be in it.
    let settings = format!(
        "set local synchronous_commit = on; set local lock_timeout = {LOCK_MS}; \
         set local statement_timeout = {STATEMENT_MS}; set local campus.id = '{campus}'"
    );
    Ok(transaction.batch_execute(&settings).await?)
}

/// Known rows that can be compared: not those that went by age.
async fn still_here<'o>(
    transaction: &Transaction<'_>,
    opened: &Opened,
    plan: &Plan<'o>,
) -> Result<Vec<&'o Entry>, Refusal> {
    if plan.known.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "select dropped::text from incarnation where campus = $1 and incarnation = $2";
    let of_this: [&(dyn ToSql + Sync); 2] =
        [&opened.campus.as_str(), &opened.incarnation.to_string()];
    let dropped = read_ranges(transaction.query_one(sql, &of_this).await?.get(0))?;
    Ok(plan.known.iter().copied().filter(|entry| !dropped.contains(entry.seq)).collect())
}

fn receipt(received: &batch::Ranges, refused: Vec<Refused>) -> Receipt {
    let missing = received.missing(MISSING_MAX);
    Receipt { v: batch::VERSION, watermark: received.watermark(), missing, refused }
}

fn read_ranges(text: &str) -> Result<batch::Ranges, Refusal> {
    from_multirange(text)
        .ok_or_else(|| Refusal::Away(format!("`{text}` in the database is no set of ranges")))
}

/// Takes the turn of this campus, and reads what is held of this incarnation. A new one gets the next ordinal.
///
/// All incarnations take turns, not each for itself: which row of a slot is current, and what a day adds up to, is
/// decided over all of them. One campus sends one batch at a time, so that nobody waits for it.
async fn lock(transaction: &Transaction<'_>, opened: &Opened) -> Result<Held, Refusal> {
    let (campus, incarnation) = (opened.campus.as_str(), opened.incarnation.to_string());
    if let Some(held) = turn(transaction, campus, &incarnation).await? {
        return Ok(held);
    }
    // New incarnations of one campus take turns, so that each gets an ordinal of its own.
    let sql = "select 1 from tenant where campus = $1 for no key update";
    transaction.query(sql, &[&campus]).await?;
    let insert = "insert into incarnation (campus, incarnation, ordinal) \
                  select $1, $2, coalesce(max(ordinal), 0) + 1 from incarnation where campus = $1 \
                  on conflict (campus, incarnation) do nothing";
    transaction.execute(insert, &[&campus, &incarnation]).await?;
    let missing = || Refusal::Away("an incarnation that was just entered is not there".to_owned());
    turn(transaction, campus, &incarnation).await?.ok_or_else(missing)
}

/// Takes the turn of a campus, whatever its incarnations.
pub(crate) async fn turn_of(transaction: &Transaction<'_>, campus: &str) -> Result<(), Refusal> {
    let sql = "select 1 from incarnation where campus = $1 order by ordinal for update";
    transaction.query(sql, &[&campus]).await?;
    Ok(())
}

/// The first incarnation's row, at which all take turns, and then this one's.
async fn turn(
    transaction: &Transaction<'_>,
    campus: &str,
    incarnation: &str,
) -> Result<Option<Held>, Refusal> {
    let sql = "select incarnation, ordinal, received::text, gone::text from incarnation \
               where campus = $1 and (ordinal = 1 or incarnation = $2) order by ordinal for update";
    let rows = transaction.query(sql, &[&campus, &incarnation]).await?;
    let Some(row) = rows.iter().find(|row| row.get::<_, &str>(0) == incarnation) else {
        return Ok(None);
    };
    let sql = "select count(*) from incarnation where campus = $1";
    let count: i64 = transaction.query_one(sql, &[&campus]).await?.get(0);
    Ok(Some(Held {
        ordinal: row.get(1),
        is_alone: count == 1,
        received: read_ranges(row.get(2))?,
        gone: read_ranges(row.get(3))?,
    }))
}

/// Numbers of this batch that were put aside before.
async fn aside(transaction: &Transaction<'_>, opened: &Opened) -> Result<BTreeSet<u64>, Refusal> {
    let sql = "select seq from quarantine where campus = $1 and incarnation = $2 and seq between $3 and $4";
    let (campus, incarnation) = (opened.campus.as_str(), opened.incarnation.to_string());
    let (from, to) = (number(opened.span.from), number(opened.span.to));
    let rows = transaction.query(sql, &[&campus, &incarnation, &from, &to]).await?;
    Ok(rows.iter().filter_map(|row| u64::try_from(row.get::<_, i64>(0)).ok()).collect())
}

/// The numbers of all streams of this batch; new ones are entered.
async fn streams<'o>(
    transaction: &Transaction<'_>,
    opened: &'o Opened,
) -> Result<HashMap<&'o str, i64>, Refusal> {
    let campus = opened.campus.as_str();
    let paths: BTreeSet<&str> =
        opened.entries.iter().map(|entry| entry.row.stream.as_str()).collect();
    let paths: Vec<&str> = paths.into_iter().collect();
    let select = "select path, stream from stream where campus = $1 and path = any($2)";
    let mut rows = transaction.query(select, &[&campus, &paths]).await?;
    if rows.len() < paths.len() {
        let insert = "insert into stream (campus, path) select $1, unnest($2::text[]) \
                      on conflict (campus, path) do nothing";
        transaction.execute(insert, &[&campus, &paths]).await?;
        rows = transaction.query(select, &[&campus, &paths]).await?;
    }
    let numbers: HashMap<String, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    Ok(paths.into_iter().filter_map(|path| Some((path, *numbers.get(path)?))).collect())
}

/// Puts bad rows aside, and takes out those that were understood this time.
async fn put_aside(
    transaction: &Transaction<'_>,
    opened: &Opened,
    plan: &Plan<'_>,
    aside: &BTreeSet<u64>,
) -> Result<(), Refusal> {
    let (campus, incarnation) = (opened.campus.as_str(), opened.incarnation.to_string());
    let of_this: [&(dyn ToSql + Sync); 2] = [&campus, &incarnation];
    let better: Vec<i64> = plan
        .fresh
        .iter()
        .filter(|entry| aside.contains(&entry.seq))
        .map(|entry| number(entry.seq))
        .collect();
    if !better.is_empty() {
        let sql = "delete from quarantine where campus = $1 and incarnation = $2 and seq = any($3)";
        transaction.execute(sql, &[of_this[0], of_this[1], &better]).await?;
    }
    if plan.bad.is_empty() {
        return Ok(());
    }
    let seqs: Vec<i64> = plan.bad.iter().map(|bad| number(bad.seq)).collect();
    let reasons: Vec<String> = plan.bad.iter().map(|bad| shown(&bad.reason)).collect();
    let texts: Vec<String> = plan.bad.iter().map(|BadRow { text, .. }| shown(text)).collect();
    let sql = "insert into quarantine (campus, incarnation, seq, reason, row_text) \
               select $1, $2, * from unnest($3::bigint[], $4::text[], $5::text[]) \
               on conflict do nothing";
    transaction.execute(sql, &[of_this[0], of_this[1], &seqs, &reasons, &texts]).await?;
    let sql = "delete from quarantine where campus = $1 and (incarnation, seq) in \
               (select incarnation, seq from quarantine where campus = $1 \
                order by received_at desc, seq desc offset $2)";
    transaction.execute(sql, &[&campus, &QUARANTINE_ROWS_MAX]).await?;
    Ok(())
}

/// At most [`QUARANTINE_BYTES_MAX`] of a text, without the one character that PostgreSQL cannot hold.
fn shown(text: &str) -> String {
    let end =
        (0..=text.len().min(QUARANTINE_BYTES_MAX)).rev().find(|at| text.is_char_boundary(*at));
    text[..end.unwrap_or(0)].replace('\0', "\u{fffd}")
}

/// Writes down what has arrived, in the transaction of the rows.
async fn note(transaction: &Transaction<'_>, opened: &Opened, held: &Held) -> Result<(), Refusal> {
    let sql = "update incarnation set received = $3::text::int8multirange, gone = $4::text::int8multirange, \
               watermark = $5, last_at = now() where campus = $1 and incarnation = $2";
    let (campus, incarnation) = (opened.campus.as_str(), opened.incarnation.to_string());
    let (received, gone) = (to_multirange(&held.received), to_multirange(&held.gone));
    let watermark = number(held.received.watermark());
    transaction.execute(sql, &[&campus, &incarnation, &received, &gone, &watermark]).await?;
    Ok(())
}

/// Writes a fork down, after nothing of its batch was taken. A sender that tries again is one line with a count.
async fn note_fork(
    client: &Object,
    opened: &Opened,
    fork: &Fork,
    key_id: &str,
) -> Result<(), Refusal> {
    let Entry { seq, row, hash, .. } = &fork.offered;
    let (held_hash, held_seq) = fork.held.unzip();
    let held_hash = held_hash.map(|hash| hash.0.to_vec());
    let sql = "insert into fork (campus, incarnation, seq, offered_hash, held_hash, held_seq, stream, class, \
                                 slot_ms, key_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
               on conflict (campus, incarnation, seq, offered_hash) \
               do update set times = fork.times + 1, last_at = now()";
    let (campus, incarnation) = (opened.campus.as_str(), opened.incarnation.to_string());
    let offered = hash.0.as_slice();
    let values: [&(dyn ToSql + Sync); 10] = [
        &campus,
        &incarnation,
        &number(*seq),
        &offered,
        &held_hash,
        &held_seq,
        &row.stream.as_str(),
        &columns::class(row.class()),
        &row.slot_ms,
        &key_id,
    ];
    // The connection is of a pool: what is set for this campus ends with the transaction.
    client.batch_execute(&format!("begin; set local campus.id = '{campus}'")).await?;
    let written = client.execute(sql, &values).await;
    client.batch_execute(if written.is_ok() { "commit" } else { "rollback" }).await?;
    written?;
    Ok(())
}

/// Numbers of rows fit: `batch::open` refuses larger ones.
pub(crate) fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
