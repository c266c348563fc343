-- Projects of the cloud in front of which the market stands, and whose they are. Never deleted: bills of past months name them.
create table market_projects.project (
  -- Keystone's.
  project_id text primary key,
  name text not null,
  domain_id text not null,
  domain_name text not null,
  organisation_id uuid not null,
  imported_at timestamptz not null
);
create index project_organisation on market_projects.project (organisation_id);
