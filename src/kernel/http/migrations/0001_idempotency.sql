-- What was asked under an Idempotency-Key, and what was answered. `response` is null while the first request runs, or if it
-- died: then it is run again, and names what it makes with the same ids.
create table idempotency.request (
  scope text not null,
  key text not null,
  body_hash bytea not null,
  status integer,
  response text,
  created_at timestamptz not null,
  primary key (scope, key)
);
create index request_created_at on idempotency.request (created_at);
