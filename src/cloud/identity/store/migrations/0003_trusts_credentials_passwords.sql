-- Somebody's (the trustor's) leave to somebody else to act in a project with some roles.
create table identity.trust (
  id text primary key,
  trustor_user_id text not null references identity.user on delete cascade,
  trustee_user_id text not null references identity.user on delete cascade,
  project_id text not null references identity.project on delete cascade,
  -- Whether the trustee acts in the trustor's name.
  impersonation boolean not null,
  role_ids text[] not null,
  expires_at timestamptz,
  -- Sign-ins that are left; null: any number.
  remaining_uses integer check (remaining_uses >= 0),
  -- How often it may be handed on.
  redelegation_count integer not null check (redelegation_count >= 0),
  -- The trust that this one hands on, and with which it ends.
  redelegated_trust_id text references identity.trust on delete cascade,
  created_at timestamptz not null
);
create index trust_trustor on identity.trust (trustor_user_id);
create index trust_trustee on identity.trust (trustee_user_id);
create index trust_redelegated on identity.trust (redelegated_trust_id);

-- What users keep with us: EC2 keys and what else has a type. The blob is sealed (AES-256-GCM), bound to the id.
create table identity.credential (
  id text primary key,
  user_id text not null references identity.user on delete cascade,
  project_id text references identity.project on delete cascade,
  type text not null,
  blob text not null,
  extra json not null default '{}',
  created_at timestamptz not null
);
create index credential_user on identity.credential (user_id);

-- What an application credential may call, when it may not call everything.
create table identity.access_rule (
  id text primary key,
  user_id text not null references identity.user on delete cascade,
  service text not null,
  method text not null,
  path text not null,
  unique (user_id, service, method, path)
);
-- Null: everything.
alter table identity.application_credential add column access_rule_ids text[];

alter table identity.user
  add column password_set_at timestamptz,
  -- Null: never.
  add column password_expires_at timestamptz,
  -- Wrong passwords in a row, and when the last one was given.
  add column failed_sign_ins integer not null default 0,
  add column failed_at timestamptz,
  add column options json not null default '{}';

-- Former passwords, for the rule that they may not come back.
create table identity.former_password (
  seq bigint generated always as identity primary key,
  user_id text not null references identity.user on delete cascade,
  password_hash text not null
);
create index former_password_user on identity.former_password (user_id, seq desc);
