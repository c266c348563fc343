-- Kinds of volume groups.
create table block_storage.group_type (
  id uuid primary key,
  name text not null unique,
  description text,
  is_public boolean not null default true,
  group_specs jsonb not null default '{}',
  created_at timestamptz not null
);

-- Volumes that are snapshotted and copied together. The row goes with the last volume of a group that is deleted.
create table block_storage.volume_group (
  id uuid primary key,
  project_id text not null,
  user_id text not null,
  name text,
  description text,
  status text not null,
  group_type_id uuid not null references block_storage.group_type,
  -- The types that its volumes may have.
  volume_type_ids uuid[] not null,
  availability_zone text not null,
  -- What it was made of.
  group_snapshot_id uuid,
  source_group_id uuid,
  created_at timestamptz not null
);
create index volume_group_of_project on block_storage.volume_group (project_id, created_at desc, id desc);
-- Until now nothing was behind these ids.
update block_storage.volume set group_id = null where group_id is not null;
create index volume_of_group on block_storage.volume (group_id) where deleted_at is null;

create table block_storage.group_snapshot (
  id uuid primary key,
  group_id uuid not null references block_storage.volume_group,
  group_type_id uuid not null,
  project_id text not null,
  user_id text not null,
  name text,
  description text,
  status text not null,
  created_at timestamptz not null
);
create index group_snapshot_of_project on block_storage.group_snapshot (project_id, created_at desc, id desc);
create index group_snapshot_of_group on block_storage.group_snapshot (group_id);
alter table block_storage.snapshot add column group_snapshot_id uuid;
create index snapshot_of_group_snapshot on block_storage.snapshot (group_snapshot_id) where deleted_at is null;
