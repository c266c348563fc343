create table network.qos_policy (
  id uuid primary key,
  project_id text not null,
  name text not null,
  description text not null,
  shared boolean not null,
  is_default boolean not null,
  tags text[] not null default '{}',
  revision integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index qos_policy_of_project on network.qos_policy (project_id);
-- What networks of the project have that are made without one.
create unique index qos_policy_default on network.qos_policy (project_id) where is_default;

create table network.qos_rule (
  id uuid primary key,
  policy_id uuid not null references network.qos_policy on delete cascade,
  kind text not null check (kind in ('bandwidth_limit', 'dscp_marking')),
  direction text not null check (direction in ('ingress', 'egress')),
  max_kbps integer,
  max_burst_kbps integer,
  dscp_mark integer,
  check ((kind = 'bandwidth_limit') = (max_kbps is not null) and (kind = 'dscp_marking') = (dscp_mark is not null)),
  constraint qos_rule_once unique (policy_id, kind, direction)
);

alter table network.network add column qos_policy_id uuid references network.qos_policy;
alter table network.port add column qos_policy_id uuid references network.qos_policy;
create index network_of_qos_policy on network.network (qos_policy_id);
create index port_of_qos_policy on network.port (qos_policy_id);
create index port_of_network on network.port (network_id);
