-- Who holds a token may open a console of the server, once and soon. Only the token's hash is kept.
create table compute.console_token (
  token_hash bytea primary key,
  server_id uuid not null,
  kind text not null check (kind in ('vnc', 'serial')),
  expires_at timestamptz not null
);

create index console_token_expiry on compute.console_token (expires_at);
