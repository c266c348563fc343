-- Keystone's resources. Ids are 32 hex digits, or a word such as `default`. Names are compared without case, as Keystone
-- does on its usual databases. `extra` holds the attributes that Keystone lets callers add (json, not jsonb: it takes
-- every string that JSON can say).

create table identity.domain (
  id text primary key,
  name text not null,
  description text not null,
  enabled boolean not null,
  extra json not null default '{}',
  created_at timestamptz not null
);
create unique index domain_name on identity.domain (lower(name));

create table identity.project (
  id text primary key,
  domain_id text not null references identity.domain on delete cascade,
  -- null: directly below the domain.
  parent_id text references identity.project,
  name text not null,
  description text not null,
  enabled boolean not null,
  tags text[] not null default '{}',
  extra json not null default '{}',
  created_at timestamptz not null
);
create unique index project_name on identity.project (domain_id, lower(name));
create index project_parent on identity.project (parent_id);

create table identity.user (
  id text primary key,
  domain_id text not null references identity.domain on delete cascade,
  name text not null,
  -- argon2id in PHC string format; null: cannot sign in by password.
  password_hash text,
  enabled boolean not null,
  default_project_id text,
  extra json not null default '{}',
  -- Tokens issued before are no longer valid (password changed, account disabled).
  tokens_valid_from timestamptz not null,
  created_at timestamptz not null
);
create unique index user_name on identity.user (domain_id, lower(name));

create table identity.role (
  id text primary key,
  name text not null,
  description text,
  extra json not null default '{}',
  created_at timestamptz not null
);
create unique index role_name on identity.role (lower(name));

-- What a user may do where. `target` is `project:ID`, `domain:ID` or `system`.
create table identity.role_assignment (
  user_id text not null references identity.user on delete cascade,
  target text not null,
  role_id text not null references identity.role on delete cascade,
  primary key (user_id, target, role_id)
);
create index role_assignment_target on identity.role_assignment (target);

create table identity.application_credential (
  id text primary key,
  user_id text not null references identity.user on delete cascade,
  project_id text not null references identity.project on delete cascade,
  name text not null,
  description text,
  secret_hash text not null,
  role_ids text[] not null,
  unrestricted boolean not null,
  expires_at timestamptz,
  created_at timestamptz not null,
  unique (user_id, name)
);
create index application_credential_project on identity.application_credential (project_id);

-- Tokens taken back before their time; a row may go once the token would have expired anyway.
create table identity.revoked_token (
  audit_id text primary key,
  expires_at timestamptz not null
);
create index revoked_token_expires on identity.revoked_token (expires_at);

-- What every process must forget from its cache, in the order of the commits (see store/changes.ts).
create table identity.change (
  seq bigint generated always as identity primary key,
  key text not null
);
