//! What goes by age: quarter rows, when `[keep] quarters_days` says so. Days and losses stay for ever.
//!
//! Numbers of rows that went are remembered (`incarnation.dropped`): they have arrived, so that a campus that sends
//! them again is answered as before, and `verify` leaves their links open instead of calling them lost.

use crate::limits::{KEEP_PIECE_ROWS, KEEP_SWEEP_EVERY};
use crate::store::{Refusal, Store, begin, turn_of};

/// Deletes the oldest piece of one campus, and remembers its numbers. Local days of the campus, whole ones.
const SWEEP: &str = "\
    with cutoff as (select (extract(epoch from ((now() at time zone zone)::date - $2::integer)::timestamp \
                                               at time zone zone) * 1000)::bigint as ms \
                    from tenant where campus = $1), \
    old as (delete from summary_quarter where campus = $1 and ctid = any(array( \
                select q.ctid from stream p \
                join summary_quarter q on q.campus = p.campus and q.class = 1 and q.stream = p.stream \
                where p.campus = $1 and q.slot_ms < (select ms from cutoff) limit $3)) \
            returning ordinal, seq), \
    runs as (select ordinal, range_agg(int8range(seq, seq, '[]')) as seqs, count(*) as rows from old group by ordinal) \
    update incarnation i set dropped = i.dropped + runs.seqs from runs \
    where i.campus = $1 and i.ordinal = runs.ordinal returning runs.rows";

/// Sweeps now and every hour, until the program ends. Of many receivers each does: what one has done leaves
/// nothing to the others.
pub fn start(store: Store, quarters_days: i32) {
    tokio::spawn(async move {
        loop {
            match sweep(&store, quarters_days).await {
                Ok(0) => {}
                Ok(rows) => tracing::info!(rows, quarters_days, "quarters went by age"),
                Err(refusal) => {
                    tracing::warn!(why = ?refusal, "what is old could not go; tried again later")
                }
            }
            tokio::time::sleep(KEEP_SWEEP_EVERY).await;
        }
    });
}

/// Deletes all that is too old; answers how many rows.
async fn sweep(store: &Store, quarters_days: i32) -> Result<u64, Refusal> {
    let mut client = store.client().await?;
    let campuses =
        client.query("select distinct campus from incarnation order by campus", &[]).await?;
    let mut all = 0;
    for row in campuses {
        let campus: &str = row.get(0);
        loop {
            let transaction = client.transaction().await?;
            begin(&transaction, campus).await?;
            turn_of(&transaction, campus).await?;
            let gone =
                transaction.query(SWEEP, &[&campus, &quarters_days, &KEEP_PIECE_ROWS]).await?;
            transaction.commit().await?;
            let rows: i64 = gone.iter().map(|row| row.get::<_, i64>(0)).sum();
            all += rows.unsigned_abs();
            if rows < KEEP_PIECE_ROWS {
                break;
            }
        }
    }
    Ok(all)
}
