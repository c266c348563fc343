-- Unlike an empty region, two that are null are not the same to an index: hence coalesce.
create table identity.registered_limit (
  id text primary key,
  service_id text not null,
  region_id text,
  resource_name text not null,
  default_limit integer not null,
  description text,
  created_at timestamptz not null
);
create unique index registered_limit_once on identity.registered_limit (service_id, coalesce(region_id, ''), resource_name);

-- A limit of one project, or of one domain.
create table identity.limit (
  id text primary key,
  registered_limit_id text not null references identity.registered_limit,
  project_id text references identity.project on delete cascade,
  domain_id text references identity.domain on delete cascade,
  resource_limit integer not null,
  description text,
  created_at timestamptz not null,
  check ((project_id is null) <> (domain_id is null))
);
create unique index limit_once on identity.limit (registered_limit_id, coalesce(project_id, ''), coalesce(domain_id, ''));
create index limit_of_project on identity.limit (project_id);
create index limit_of_domain on identity.limit (domain_id);
