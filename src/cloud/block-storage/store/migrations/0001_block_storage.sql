-- Kinds of volumes. What their extra specs ask for is matched against the backend when a volume is made.
create table block_storage.volume_type (
  id uuid primary key,
  name text not null,
  description text,
  is_public boolean not null default true,
  extra_specs jsonb not null default '{}',
  qos_specs_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz
);
create unique index volume_type_name on block_storage.volume_type (name);

-- The projects that may use a type that is not public.
create table block_storage.type_access (
  type_id uuid not null references block_storage.volume_type on delete cascade,
  project_id text not null,
  primary key (type_id, project_id)
);

create table block_storage.qos_specs (
  id uuid primary key,
  name text not null unique,
  consumer text not null check (consumer in ('front-end', 'back-end', 'both')),
  specs jsonb not null default '{}',
  created_at timestamptz not null default now()
);
alter table block_storage.volume_type add foreign key (qos_specs_id) references block_storage.qos_specs;

insert into block_storage.volume_type (id, name, description)
  values ('6a1b0f0e-3c55-8a3e-9d0b-5f1d7f2c4a10', 'standard', 'The volumes of this cloud');

-- A volume: what is wanted of it and how far reality is. Deleted ones stay, for usage and audit.
create table block_storage.volume (
  id uuid primary key,
  project_id text not null,
  user_id text not null,
  request_id text not null,
  name text,
  description text,
  size_gib integer not null check (size_gib > 0),
  status text not null,
  previous_status text,
  type_id uuid not null,
  availability_zone text not null,
  -- { kind, … }: what it is made of.
  origin jsonb not null,
  snapshot_id uuid,
  source_volume_id uuid,
  group_id uuid,
  bootable boolean not null default false,
  multiattach boolean not null default false,
  read_only boolean,
  metadata jsonb not null default '{}',
  image_metadata jsonb,
  -- { imageId, diskFormat, userId, projectId }: the image that it is being uploaded to.
  upload jsonb,
  revert_to uuid,
  created_at timestamptz not null,
  updated_at timestamptz,
  launched_at timestamptz,
  deleted_at timestamptz
);
create index volume_of_project on block_storage.volume (project_id, created_at desc, id desc) where deleted_at is null;
create index volume_listing on block_storage.volume (created_at desc, id desc) where deleted_at is null;
create index volume_unfinished on block_storage.volume (id)
  where status in ('creating', 'downloading', 'deleting', 'extending', 'uploading', 'reverting');
create index volume_type_in_use on block_storage.volume (type_id) where deleted_at is null;

create table block_storage.snapshot (
  id uuid primary key,
  volume_id uuid not null references block_storage.volume,
  project_id text not null,
  user_id text not null,
  request_id text not null,
  name text,
  description text,
  size_gib integer not null,
  status text not null,
  type_id uuid not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz,
  deleted_at timestamptz
);
create index snapshot_of_project on block_storage.snapshot (project_id, created_at desc, id desc) where deleted_at is null;
create index snapshot_of_volume on block_storage.snapshot (volume_id) where deleted_at is null;
create index snapshot_unfinished on block_storage.snapshot (id) where status in ('creating', 'deleting');

-- A place of a volume at a server. Rows go when the volume is let go of.
create table block_storage.attachment (
  id uuid primary key,
  volume_id uuid not null references block_storage.volume,
  project_id text not null,
  server_id uuid,
  host_name text,
  device text,
  -- Made by the compute service: only it knows when the guest has let go, so only it may take it away.
  by_compute boolean not null default false,
  mode text not null check (mode in ('rw', 'ro')),
  status text not null check (status in ('reserved', 'attaching', 'attached', 'detaching')),
  connector jsonb,
  created_at timestamptz not null,
  attached_at timestamptz
);
create unique index attachment_of_server on block_storage.attachment (volume_id, server_id);
create index attachment_of_project on block_storage.attachment (project_id, created_at);

create table block_storage.backup (
  id uuid primary key,
  project_id text not null,
  user_id text not null,
  request_id text not null,
  volume_id uuid not null,
  snapshot_id uuid,
  name text,
  description text,
  container text,
  size_gib integer not null,
  status text not null,
  fail_reason text,
  availability_zone text,
  metadata jsonb not null default '{}',
  -- What a volume restored from it is given: { name, description, metadata, imageMetadata, bootable }.
  volume_facts jsonb not null default '{}',
  -- The volume that it is being restored to, while it is.
  restore_to uuid,
  -- The backup whose bytes these are: its own, unless it was imported.
  data_id uuid not null,
  data_timestamp timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz,
  deleted_at timestamptz
);
create index backup_of_project on block_storage.backup (project_id, created_at desc, id desc) where deleted_at is null;
create index backup_unfinished on block_storage.backup (id) where status in ('creating', 'deleting', 'restoring');
create index backup_data on block_storage.backup (data_id) where deleted_at is null;

-- A volume offered to whoever has the key.
create table block_storage.transfer (
  id uuid primary key,
  volume_id uuid not null unique references block_storage.volume,
  project_id text not null,
  name text,
  -- SHA-256 over salt and key, hex.
  salt text not null,
  key_hash text not null,
  no_snapshots boolean not null default false,
  created_at timestamptz not null
);

-- Limits of a project; with an empty project, those of all that have none of their own.
create table block_storage.quota (
  project_id text not null,
  resource text not null,
  quota_limit integer not null,
  primary key (project_id, resource)
);

-- What went wrong in the background, for the user.
create table block_storage.message (
  id uuid primary key,
  project_id text not null,
  request_id text not null,
  resource_type text not null,
  resource_id uuid not null,
  event_id text not null,
  text text not null,
  created_at timestamptz not null,
  guaranteed_until timestamptz not null
);
create index message_of_project on block_storage.message (project_id, created_at desc, id desc);

-- Services that an administrator has disabled.
create table block_storage.disabled_service (
  "binary" text not null,
  host text not null,
  reason text,
  frozen boolean not null default false,
  primary key ("binary", host)
);
