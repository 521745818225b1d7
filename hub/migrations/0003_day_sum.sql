-- A school's days, added up once: a report of a year reads 365 rows of a school, not 110,000.
-- Written by `store::day_sum` in the transaction of the rows it adds up, always anew from all current rows of a day:
-- what comes twice, late or corrected leaves no difference.
create table day_sum (
    campus text not null,
    -- Local day of the campus.
    day date not null,
    -- Sums have no limit, so that no row of a campus can make its next batch fail.
    energy_wh numeric,
    lighting_wh numeric,
    occupied_s numeric,
    lit_empty_s numeric,
    occupied_dark_s numeric,
    -- Of rooms that say how complete they are: the sum, and how many.
    complete_permille numeric,
    complete_rooms bigint not null,
    rooms bigint not null,
    lost_frames numeric,
    primary key (campus, day)
);

-- By day first: reports of a district over some weeks, and of one school's day when it is added up.
drop index summary_day_by_day;
create index summary_day_by_day on summary_day (day, campus) where current;

-- The rules by which days are added up, in one place. Energy is that of the buildings; seconds are those of the rooms.
create view day_recount as
select s.campus, s.day,
       sum(s.energy_wh) filter (where p.kind = 'building') as energy_wh,
       sum(s.lighting_wh) filter (where p.kind = 'building') as lighting_wh,
       sum(s.occupied_s) filter (where p.kind = 'room') as occupied_s,
       sum(s.lit_empty_s) filter (where p.kind = 'room') as lit_empty_s,
       sum(s.occupied_dark_s) filter (where p.kind = 'room') as occupied_dark_s,
       sum(s.complete_permille) filter (where p.kind = 'room') as complete_permille,
       count(s.complete_permille) filter (where p.kind = 'room') as complete_rooms,
       count(*) filter (where p.kind = 'room') as rooms,
       sum(s.lost_frames) filter (where p.kind = 'room') as lost_frames
from summary_day s
join stream p using (campus, stream)
where s.current
group by s.campus, s.day;

drop view losses;
drop view latest;
drop view school_month;
drop view school_day;

-- Current summaries with names and times. The class stands in each arm, so that a question about one class reads that
-- partition alone.
create view latest as
select s.campus, t.name as campus_name, t.zone, p.path as stream, p.kind, p.building, s.class,
       to_timestamp(s.slot_ms / 1000.0) as slot, s.day, s.span_s, s.revision,
       s.energy_wh, s.lighting_wh, s.peak_w, s.occupied_s, s.lit_empty_s, s.occupied_dark_s,
       s.illuminance_lx, s.co2_ppm, s.complete_permille, s.estimated_permille, s.lost_frames,
       s.what, s.count, to_timestamp(s.from_ms / 1000.0) as from_at, to_timestamp(s.to_ms / 1000.0) as to_at
from (select 'quarter' as class, q.campus, q.stream, q.slot_ms, q.day, q.span_s, q.revision, q.current,
             q.energy_wh, q.lighting_wh, q.peak_w, q.occupied_s, q.lit_empty_s, q.occupied_dark_s, q.illuminance_lx,
             q.co2_ppm, q.complete_permille, q.estimated_permille, q.lost_frames, q.what, q.count, q.from_ms, q.to_ms
      from summary_quarter q
      union all
      select 'day', d.campus, d.stream, d.slot_ms, d.day, d.span_s, d.revision, d.current,
             d.energy_wh, d.lighting_wh, d.peak_w, d.occupied_s, d.lit_empty_s, d.occupied_dark_s, d.illuminance_lx,
             d.co2_ppm, d.complete_permille, d.estimated_permille, d.lost_frames, d.what, d.count, d.from_ms, d.to_ms
      from summary_day d
      union all
      select 'loss', l.campus, l.stream, l.slot_ms, l.day, l.span_s, l.revision, l.current,
             l.energy_wh, l.lighting_wh, l.peak_w, l.occupied_s, l.lit_empty_s, l.occupied_dark_s, l.illuminance_lx,
             l.co2_ppm, l.complete_permille, l.estimated_permille, l.lost_frames, l.what, l.count, l.from_ms, l.to_ms
      from summary_loss l) s
join stream p using (campus, stream)
join tenant t using (campus)
where s.current;

-- What is known to be gone.
create view losses as
select campus, stream, what, count, from_at, to_at from latest where class = 'loss';

-- A school's day.
create view school_day as
select campus, day, energy_wh, lighting_wh, occupied_s, lit_empty_s, occupied_dark_s,
       complete_permille / nullif(complete_rooms, 0) as complete_permille, rooms, lost_frames
from day_sum;

-- A school's month, out of its days.
create view school_month as
select campus, date_trunc('month', day::timestamp)::date as month,
       sum(energy_wh) as energy_wh, sum(lighting_wh) as lighting_wh, sum(occupied_s) as occupied_s,
       sum(lit_empty_s) as lit_empty_s, sum(occupied_dark_s) as occupied_dark_s,
       avg(complete_permille) as complete_permille, sum(lost_frames) as lost_frames, count(*) as days
from school_day
group by campus, month;

-- Rows that count once too often: of one slot only the highest (incarnation, revision) is current. Before this version two
-- incarnations of a campus could leave two, when the older one's rows came last.
do $$
declare
    several text[] := array(select campus from incarnation group by campus having count(*) > 1);
    of_campus text;
begin
    -- Only a transaction that says whose rows it changes can change any.
    foreach of_campus in array several loop
        perform set_config('campus.id', of_campus, true);
        update summary s set current = false
        where s.campus = of_campus and s.current
          and exists (select 1 from summary n
                      where n.campus = s.campus and n.class = s.class and n.stream = s.stream and n.slot_ms = s.slot_ms
                        and (n.ordinal, n.revision) > (s.ordinal, s.revision));
    end loop;
    perform set_config('campus.id', '', true);
end $$;

-- What is there already.
insert into day_sum select * from day_recount;

alter table day_sum enable row level security;
alter table day_sum force row level security;
create policy own_rows on day_sum
    using (campus = (select current_setting('campus.id', true)))
    with check (campus = (select current_setting('campus.id', true)));
create policy reports on day_sum for select
    using ((select coalesce(current_setting('campus.id', true), '')) = '');
