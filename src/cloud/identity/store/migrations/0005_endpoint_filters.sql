-- Which endpoints a project's tokens tell of; a project without any choice is told of all. Endpoints that this cloud itself serves are
-- configured, so that these tables may name what `identity.endpoint` does not hold: whoever changes them holds the lock
-- `identity.catalog` and checks.
create table identity.endpoint_group (
  id text primary key,
  name text not null,
  description text not null,
  -- { service_id, region_id, interface }: the endpoints of which all that is said is true.
  filters json not null,
  created_at timestamptz not null
);

create table identity.project_endpoint_group (
  project_id text not null references identity.project on delete cascade,
  endpoint_group_id text not null references identity.endpoint_group on delete cascade,
  primary key (project_id, endpoint_group_id)
);
create index project_endpoint_group_of_group on identity.project_endpoint_group (endpoint_group_id);

create table identity.project_endpoint (
  project_id text not null references identity.project on delete cascade,
  endpoint_id text not null,
  primary key (project_id, endpoint_id)
);
create index project_endpoint_of_endpoint on identity.project_endpoint (endpoint_id);
