-- What administrators add to the catalog. What this cloud itself serves is configured and not here, so that these tables
-- may name what they do not hold: whoever changes them holds the lock `identity.catalog` and checks.
create table identity.region (
  id text primary key,
  parent_region_id text,
  description text not null,
  extra json not null default '{}',
  created_at timestamptz not null
);

create table identity.service (
  id text primary key,
  type text not null,
  name text not null,
  description text not null,
  enabled boolean not null,
  extra json not null default '{}',
  created_at timestamptz not null
);

create table identity.endpoint (
  id text primary key,
  service_id text not null,
  region_id text,
  interface text not null check (interface in ('public', 'internal', 'admin')),
  -- With `$(project_id)s` where the scope's project is to stand.
  url text not null,
  enabled boolean not null,
  extra json not null default '{}',
  created_at timestamptz not null
);

-- Texts that services may keep here for themselves; identity only hands them out.
create table identity.policy (
  id text primary key,
  type text not null,
  blob text not null,
  extra json not null default '{}',
  created_at timestamptz not null
);
