//! Days of a school, added up in the transaction of the rows that change them.
//!
//! Always anew from all current rows of the day, never by adding what is new: a row that comes twice, late or
//! corrected cannot leave a difference. A day of 300 rooms is 360 rows; a batch of 5,000 touches 14 such days.

use super::Refusal;
use super::columns::Columns;
use batch::Opened;
use tokio_postgres::Transaction;
use tokio_postgres::types::ToSql;

/// Days of which rows of these slots are: of what has just come, and of what it is the successor of. They differ
/// when the campus has moved to another time zone.
const DAYS: &str = "\
    (select distinct s.day \
     from unnest($2::bigint[], $3::bigint[]) as k (stream, slot_ms) \
     join summary_day s on s.campus = $1 and s.class = 2 and s.stream = k.stream and s.slot_ms = k.slot_ms)";

/// Adds the days of these rows up anew. Batches of one campus take turns (`lock`), so that nobody adds up what
/// another is changing.
pub async fn renew(
    transaction: &Transaction<'_>,
    opened: &Opened,
    columns: &Columns<'_>,
) -> Result<(), Refusal> {
    let (streams, slots) = columns.days();
    if streams.is_empty() {
        return Ok(());
    }
    let campus = opened.campus.as_str();
    let values: [&(dyn ToSql + Sync); 3] = [&campus, &streams, &slots];
    // Two statements: one could not take a row out and put it in again.
    let delete = format!("delete from day_sum where campus = $1 and day = any(array{DAYS})");
    transaction.execute(&delete, &values).await?;
    let insert = format!(
        "insert into day_sum select * from day_recount where campus = $1 and day = any(array{DAYS})"
    );
    transaction.execute(&insert, &values).await?;
    Ok(())
}
