-- Bytes may also be staged (uploading: DIR/images/.staging/ID holds them) and then imported, or fetched from the web.
alter table image.image
  drop constraint image_status_check,
  add constraint image_status_check
    check (status in ('queued', 'uploading', 'importing', 'active', 'deactivated', 'deleted')),
  -- The last import came to nothing; its task says why.
  add column import_failed boolean not null default false;

-- An import: what was asked for, and what became of it. Goes some time after it has ended.
create table image.task (
  id uuid primary key,
  image_id uuid not null references image.image,
  owner text,
  user_id text not null,
  request_id text not null,
  status text not null check (status in ('pending', 'processing', 'success', 'failure')),
  -- What the caller sent.
  request jsonb not null,
  message text not null default '',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  expires_at timestamptz
);
create index task_image on image.task (image_id);
create index task_expires on image.task (expires_at);
