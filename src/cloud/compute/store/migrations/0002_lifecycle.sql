-- What servers go through besides being built, run and removed.
alter table compute.server
  -- A disk of another generation is made anew: a rebuild raises it.
  add column disk_generation integer not null default 0,
  -- What its disk lies over when that is not `image`, in the same shape: the snapshot that it was unshelved from.
  add column disk_image jsonb,
  -- From a resize to its confirmation: { flavor, diskGiB, vmState } as they were.
  add column resized_from jsonb,
  -- While another system runs to mend it: { image, adminPass }; the password is sealed.
  add column rescue jsonb,
  -- What the task is about, e.g. the image that a snapshot goes to.
  add column task_data jsonb,
  -- Its volumes in order: { id, volumeId, device, tag, bootIndex, deleteOnTermination, source, state }.
  add column volumes jsonb not null default '[]',
  -- Its cards or volumes are not yet what the guest has.
  add column devices_pending boolean not null default false,
  add column server_group_id uuid;
create index server_devices on compute.server (id) where devices_pending;
create index server_group_members on compute.server (server_group_id) where server_group_id is not null and deleted_at is null;

create table compute.server_group (
  id uuid primary key,
  project_id text not null,
  user_id text not null,
  name text not null,
  -- affinity, anti-affinity, soft-affinity, soft-anti-affinity
  policy text not null,
  rules jsonb not null default '{}',
  created_at timestamptz not null
);
create index server_group_of_project on compute.server_group (project_id, created_at, id);

create table compute.aggregate (
  id integer generated always as identity primary key,
  uuid uuid not null unique,
  name text not null unique,
  metadata jsonb not null default '{}',
  hosts text[] not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz
);

-- What a project (or, as class `default`, every project) may have instead of what the configuration says.
create table compute.quota (
  scope text not null check (scope in ('project', 'class')),
  name text not null,
  resource text not null,
  maximum integer not null,
  primary key (scope, name, resource)
);

-- What an administrator has said of a host.
create table compute.host (
  name text primary key,
  disabled boolean not null default false,
  disabled_reason text,
  forced_down boolean not null default false
);

-- Resizes, as the API's migrations.
create table compute.migration (
  id integer generated always as identity primary key,
  uuid uuid not null unique,
  server_id uuid not null references compute.server,
  project_id text not null,
  user_id text not null,
  type text not null,
  status text not null,
  host text not null,
  old_flavor_id text not null,
  new_flavor_id text not null,
  created_at timestamptz not null,
  updated_at timestamptz
);
create index migration_of_server on compute.migration (server_id, id desc);
