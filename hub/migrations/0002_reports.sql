-- What people and dashboards ask. All of it reads current rows only: the latest revision of each slot.

-- Current summaries with names and times.
create view latest as
select s.campus, t.name as campus_name, t.zone, p.path as stream, p.kind, p.building,
       case s.class when 1 then 'quarter' when 2 then 'day' else 'loss' end as class,
       to_timestamp(s.slot_ms / 1000.0) as slot, s.day, s.span_s, s.revision,
       s.energy_wh, s.lighting_wh, s.peak_w, s.occupied_s, s.lit_empty_s, s.occupied_dark_s,
       s.illuminance_lx, s.co2_ppm, s.complete_permille, s.estimated_permille, s.lost_frames,
       s.what, s.count, to_timestamp(s.from_ms / 1000.0) as from_at, to_timestamp(s.to_ms / 1000.0) as to_at
from summary s
join stream p using (campus, stream)
join tenant t using (campus)
where s.current;

-- A school's day. Energy is that of its buildings; seconds are those of its rooms, added up.
create view school_day as
select s.campus, s.day,
       sum(s.energy_wh) filter (where p.kind = 'building') as energy_wh,
       sum(s.lighting_wh) filter (where p.kind = 'building') as lighting_wh,
       sum(s.occupied_s) filter (where p.kind = 'room') as occupied_s,
       sum(s.lit_empty_s) filter (where p.kind = 'room') as lit_empty_s,
       sum(s.occupied_dark_s) filter (where p.kind = 'room') as occupied_dark_s,
       avg(s.complete_permille) filter (where p.kind = 'room') as complete_permille,
       count(*) filter (where p.kind = 'room') as rooms,
       sum(s.lost_frames) filter (where p.kind = 'room') as lost_frames
from summary_day s
join stream p using (campus, stream)
where s.current
group by s.campus, s.day;

-- A school's month, out of its days.
create view school_month as
select campus, date_trunc('month', day::timestamp)::date as month,
       sum(energy_wh) as energy_wh, sum(lighting_wh) as lighting_wh, sum(occupied_s) as occupied_s,
       sum(lit_empty_s) as lit_empty_s, sum(occupied_dark_s) as occupied_dark_s,
       avg(complete_permille) as complete_permille, sum(lost_frames) as lost_frames, count(*) as days
from school_day
group by campus, month;

-- What is known to be gone.
create view losses as
select campus, stream, what, count, from_at, to_at from latest where class = 'loss';

-- What a campus still owes: ranges that are missing below its highest row.
create view gaps as
select campus, incarnation, watermark, lower(gap) as from_seq, upper(gap) - 1 as to_seq,
       upper(gap) - lower(gap) as rows
from incarnation,
     unnest(int8multirange(int8range(1, greatest(upper(received), 1))) - received) as gap;

-- When each campus was last heard, and what of it was put aside or refused.
create view campus_state as
select t.campus, t.name, i.incarnation, i.ordinal, i.watermark, i.last_at,
       (select coalesce(sum(g.rows), 0) from gaps g
         where g.campus = i.campus and g.incarnation = i.incarnation) as missing_rows,
       (select count(*) from quarantine q where q.campus = i.campus) as quarantined,
       (select coalesce(sum(f.times), 0) from fork f where f.campus = i.campus) as forks
from tenant t left join incarnation i using (campus);

-- Links that do not hold: rows whose predecessor in their chain is at the hub, with another hash.
-- Predecessors that are gone or still missing break nothing.
create view chain_break as
select c.campus, i.incarnation, p.path as stream, c.class, c.seq, c.prev, c.hash_before
from (select s.*, lag(s.hash) over w as hash_before, lag(s.seq) over w as seq_before
      from summary s window w as (partition by s.campus, s.ordinal, s.class, s.stream order by s.seq)) c
join incarnation i using (campus, ordinal)
join stream p using (campus, stream)
where c.hash_before is not null and c.prev <> c.hash_before
  and not exists (select 1 from unnest(int8multirange(int8range(c.seq_before + 1, c.seq)) * i.gone) as lost)
  and int8range(c.seq_before + 1, c.seq) <@ i.received
  and not exists (select 1 from quarantine q where q.campus = c.campus and q.incarnation = i.incarnation
                  and q.seq > c.seq_before and q.seq < c.seq);
