-- Reports of a district. Each statement stands alone; a test runs all of them. Docs: hub.md.

-- Energy of each school by month, kWh
select month, campus, round(energy_wh / 1000.0) as energy_kwh, round(lighting_wh / 1000.0) as lighting_kwh, days
from school_month order by month, campus;

-- A year, school by school: the district report
select campus, round(sum(energy_wh) / 1000.0) as energy_kwh, round(sum(lighting_wh) / 1000.0) as lighting_kwh,
       round(sum(lit_empty_s) / 3600.0) as lit_empty_h, round(sum(occupied_dark_s) / 3600.0) as occupied_dark_h,
       round(avg(complete_permille) / 10, 1) as complete_pct, count(*) as days
from school_day where day >= (select max(day) from school_day) - 365
group by campus order by energy_kwh desc nulls last;

-- Ranking: share of the lit hours in which nobody was there
select rank() over (order by sum(lit_empty_s)::numeric / nullif(sum(lit_empty_s + occupied_s), 0)) as rank, campus,
       round(100.0 * sum(lit_empty_s) / nullif(sum(lit_empty_s + occupied_s), 0), 1) as empty_pct,
       round(sum(lit_empty_s) / 3600.0) as lit_empty_h
from school_day group by campus order by rank, campus;

-- Rooms that burn light for nobody, the worst twenty of the last 30 days
select campus, p.path as stream, round(lit_empty_s / 3600.0, 1) as lit_empty_h, round(lighting_wh / 1000.0, 1) as lighting_kwh
from (select campus, stream, sum(lit_empty_s) as lit_empty_s, sum(lighting_wh) as lighting_wh from summary_day
      where current and day >= (select max(day) from school_day) - 30 group by campus, stream) as rooms
join stream p using (campus, stream) where p.kind = 'room' order by lit_empty_h desc nulls last limit 20;

-- Completeness by school and day of the last 30 days
select day, campus, round(complete_permille / 10, 1) as complete_pct, lost_frames
from school_day where day >= (select max(day) from school_day) - 30 order by day, campus;

-- What is known to be lost
select campus, what, sum(count) as count, min(from_at) as from_at, max(to_at) as to_at
from losses group by campus, what order by campus, what;

-- What each campus still owes, and what was put aside
select campus, name, incarnation, watermark, last_at, missing_rows, quarantined, forks
from campus_state order by campus, ordinal;
