-- The network that was made for a project by itself, and the router that leads out of it. Forgotten with the network.
create table network.auto_topology (
  project_id text primary key,
  network_id uuid not null references network.network on delete cascade,
  router_id uuid references network.router on delete set null
);
create index auto_topology_of_network on network.auto_topology (network_id);
create index auto_topology_of_router on network.auto_topology (router_id);
