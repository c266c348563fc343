-- A door into an organisation for one person: whoever shows its secret.
create table market_partners.invitation (
  id uuid primary key,
  organisation_id uuid not null references market_partners.organisation,
  role text not null check (role in ('owner', 'member')),
  -- Whom it is for, in the inviter's words.
  note text not null,
  -- SHA-256; the secret itself is kept nowhere.
  secret_hash bytea not null unique,
  -- Keystone users.
  invited_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_by text,
  accepted_at timestamptz,
  revoked_at timestamptz,
  check ((accepted_by is null) = (accepted_at is null)),
  check (accepted_at is null or revoked_at is null)
);
create index invitation_organisation on market_partners.invitation (organisation_id, id);

-- An organisation that would be admitted, as a person of its own says.
create table market_partners.application (
  id uuid primary key,
  -- A Keystone user: its first owner.
  applicant_id text not null,
  name text not null,
  roles text[] not null check (roles <@ array['publisher', 'reseller', 'integrator', 'customer'] and cardinality(roles) > 0),
  country text not null check (country ~ '^[A-Z]{2}$'),
  registration_number text,
  vat_id text,
  iban text check (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'),
  message text not null,
  state text not null check (state in ('pending', 'admitted', 'refused', 'withdrawn')),
  -- Why it was refused, for the applicant.
  reason text,
  organisation_id uuid references market_partners.organisation,
  created_at timestamptz not null,
  decided_at timestamptz,
  check ((state = 'admitted') = (organisation_id is not null)),
  check ((state = 'pending') = (decided_at is null))
);
create index application_applicant on market_partners.application (applicant_id, id);
create index application_pending on market_partners.application (id) where state = 'pending';
