-- Numbers of quarter rows that went by age (`[keep] quarters_days`): they have arrived, and are not to be sent again.
alter table incarnation add column dropped int8multirange not null default '{}';

-- A link whose predecessor went by age cannot be tried, as one whose predecessor is gone at the campus.
create or replace view chain_break as
select c.campus, i.incarnation, p.path as stream, c.class, c.seq, c.prev, c.hash_before
from (select s.*, lag(s.hash) over w as hash_before, lag(s.seq) over w as seq_before
      from summary s window w as (partition by s.campus, s.ordinal, s.class, s.stream order by s.seq)) c
join incarnation i using (campus, ordinal)
join stream p using (campus, stream)
where c.hash_before is not null and c.prev <> c.hash_before
  and not exists (select 1 from unnest(int8multirange(int8range(c.seq_before + 1, c.seq)) * (i.gone + i.dropped)) as lost)
  and int8range(c.seq_before + 1, c.seq) <@ i.received
  and not exists (select 1 from quarantine q where q.campus = c.campus and q.incarnation = i.incarnation
                  and q.seq > c.seq_before and q.seq < c.seq);
