-- A size of server. Servers keep a copy of it, so that changing or deleting a flavor changes no server.
create table compute.flavor (
  id text primary key,
  name text not null unique,
  vcpus integer not null check (vcpus > 0),
  memory_mib integer not null check (memory_mib > 0),
  disk_gib integer not null check (disk_gib >= 0),
  ephemeral_gib integer not null default 0,
  swap_mib integer not null default 0,
  rxtx_factor real not null default 1,
  is_public boolean not null default true,
  description text,
  extra_specs jsonb not null default '{}',
  created_at timestamptz not null default now()
);

-- The projects that may use a flavor that is not public.
create table compute.flavor_access (
  flavor_id text not null references compute.flavor on delete cascade,
  project_id text not null,
  primary key (flavor_id, project_id)
);

insert into compute.flavor (id, name, memory_mib, disk_gib, vcpus) values
  ('42', 'm1.nano', 128, 1, 1),
  ('84', 'm1.micro', 192, 1, 1),
  ('1', 'm1.tiny', 512, 1, 1),
  ('2', 'm1.small', 2048, 20, 1),
  ('3', 'm1.medium', 4096, 40, 2),
  ('4', 'm1.large', 8192, 80, 4),
  ('5', 'm1.xlarge', 16384, 160, 8);

create table compute.keypair (
  id bigint generated always as identity unique,
  user_id text not null,
  name text not null,
  type text not null,
  fingerprint text not null,
  public_key text not null,
  created_at timestamptz not null,
  primary key (user_id, name)
);

-- A server: what is wanted of it and how far reality is. Deleted ones stay, for usage and audit.
create table compute.server (
  id uuid primary key,
  project_id text not null,
  user_id text not null,
  request_id text not null,
  reservation_id text not null,
  launch_index integer not null default 0,
  name text not null,
  description text,
  hostname text not null,
  -- The flavor as it was at creation.
  flavor jsonb not null,
  vcpus integer not null,
  memory_mib integer not null,
  disk_gib integer not null,
  image_id uuid,
  -- { id, format, virtualSizeBytes }: the image may be deleted while its bytes are still under this server's disk.
  image jsonb,
  key_name text,
  public_key text,
  user_data text,
  config_drive boolean not null default false,
  -- Only until the guest has been made.
  admin_pass text,
  metadata jsonb not null default '{}',
  tags text[] not null default '{}',
  security_groups jsonb not null default '[]',
  -- Its network cards in order: { portId, networkId, fixedIp, tag, ours }.
  nics jsonb not null default '[]',
  availability_zone text,
  access_ip_v4 text,
  access_ip_v6 text,
  disk_config text not null default 'MANUAL',
  locked_by text,
  locked_reason text,
  vm_state text not null,
  task_state text,
  power_state integer not null default 0,
  -- { code, message, details, created }
  fault jsonb,
  host text,
  -- When its guest last had to be started again after a crash.
  crashed_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  launched_at timestamptz,
  terminated_at timestamptz,
  deleted_at timestamptz
);
create index server_of_project on compute.server (project_id, created_at desc, id desc) where deleted_at is null;
create index server_listing on compute.server (created_at desc, id desc) where deleted_at is null;
create index server_changes on compute.server (updated_at);
create index server_tasks on compute.server (id) where task_state is not null;
create index server_on_host on compute.server (host) where deleted_at is null;

-- What was asked of a server, by whom, and how it went.
create table compute.action (
  id bigint generated always as identity primary key,
  server_id uuid not null references compute.server,
  action text not null,
  request_id text not null,
  user_id text not null,
  project_id text not null,
  message text,
  started_at timestamptz not null,
  finished_at timestamptz,
  result text
);
create index action_of_server on compute.action (server_id, id desc);
