-- The hub's tables over many PostgreSQL servers with Citus, by campus. NOT RUN: no cluster was at hand.
-- After `campus hub serve` has made the schema once, and before the first campus is admitted. Order matters:
-- references first. Foreign keys between distributed tables hold because both sides begin with `campus`.
create extension if not exists citus;

-- Small, read by every batch, unique beyond one campus.
select create_reference_table('tenant');
select create_reference_table('tenant_key');

-- The schema's policies and triggers travel with their tables. Partitions follow their parent.
select create_distributed_table('incarnation', 'campus');
select create_distributed_table('stream', 'campus', colocate_with => 'incarnation');
select create_distributed_table('summary', 'campus', colocate_with => 'incarnation');
select create_distributed_table('day_sum', 'campus', colocate_with => 'incarnation');
select create_distributed_table('quarantine', 'campus', colocate_with => 'incarnation');
select create_distributed_table('fork', 'campus', colocate_with => 'incarnation');

-- A batch touches one campus and so one shard: its transaction stays local. `set local campus.id` reaches the
-- shards only with this, and without it the second wall refuses every write:
alter system set citus.propagate_set_commands = 'local';
select pg_reload_conf();
