-- An image: its facts. Its bytes are DIR/images/ID, there exactly while the image is active or deactivated, or in use.
create table image.image (
  id uuid primary key,
  -- Null: the cloud's own.
  owner text,
  name text,
  status text not null check (status in ('queued', 'active', 'deactivated', 'deleted')),
  visibility text not null check (visibility in ('public', 'private', 'shared', 'community')),
  disk_format text,
  container_format text,
  -- What the bytes were recognised as, whatever was declared; null when they are nothing that we know.
  content_format text,
  size_bytes bigint,
  virtual_size_bytes bigint,
  checksum text,
  os_hash_algo text,
  os_hash_value text,
  min_disk integer not null default 0,
  min_ram integer not null default 0,
  protected boolean not null default false,
  os_hidden boolean not null default false,
  tags text[] not null default '{}',
  properties jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz
);
create index image_listing on image.image (created_at desc, id desc) where status <> 'deleted';
create index image_owner on image.image (owner) where status <> 'deleted';

-- With whom a shared image is shared.
create table image.member (
  image_id uuid not null references image.image on delete cascade,
  member_id text not null,
  status text not null default 'pending' check (status in ('pending', 'accepted', 'rejected')),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (image_id, member_id)
);
create index member_project on image.member (member_id);

-- Who still reads the bytes (a server's disk is a layer over them): they outlive a deletion until nobody does.
create table image.hold (
  image_id uuid not null references image.image,
  holder text not null,
  primary key (image_id, holder)
);
