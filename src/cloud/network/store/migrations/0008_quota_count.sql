-- How many rows of the table the project has, once nobody else who asks this may add one: in one round trip, and with a
-- snapshot taken after the wait, which a single statement could not have.
create function network.count_locked(lock_name text, counted regclass, project text) returns bigint
language plpgsql as $$
declare
  n bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended(lock_name, 0));
  execute format('select count(*) from %s where project_id = $1', counted) into n using project;
  return n;
end $$;
