-- Which other project may use a thing (RBAC). What everybody may use says so itself, in its column `shared` or `external`.
create table network.rbac_policy (
  id uuid primary key,
  project_id text not null,
  object_type text not null,
  object_id uuid not null,
  action text not null,
  target_project text not null check (target_project <> '*'),
  constraint rbac_policy_once unique (object_id, target_project)
);
create index rbac_policy_of_target on network.rbac_policy (target_project, object_id);
create index rbac_policy_of_project on network.rbac_policy (project_id);

alter table network.security_group add column shared boolean not null default false;
