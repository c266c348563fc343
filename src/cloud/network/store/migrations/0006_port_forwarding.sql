-- One port of a floating IP that leads to one port of a guest; a floating IP that leads somewhere whole has none.
create table network.port_forwarding (
  id uuid primary key,
  floating_ip_id uuid not null references network.floating_ip on delete cascade,
  protocol text not null check (protocol in ('tcp', 'udp')),
  external_port integer not null check (external_port between 1 and 65535),
  internal_port integer not null check (internal_port between 1 and 65535),
  internal_port_id uuid not null references network.port,
  internal_address inet not null,
  router_id uuid not null references network.router,
  description text not null,
  constraint port_forwarding_once unique (floating_ip_id, protocol, external_port)
);
create index port_forwarding_of_port on network.port_forwarding (internal_port_id, internal_address);
create index port_forwarding_of_router on network.port_forwarding (router_id);
