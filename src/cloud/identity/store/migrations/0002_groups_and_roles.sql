-- Roles of a domain are seen and granted in it only; they stand for the roles that they imply and never show in a token.
alter table identity.role add column domain_id text references identity.domain on delete cascade;
drop index identity.role_name;
create unique index role_name on identity.role (lower(name), coalesce(domain_id, ''));

-- Whoever holds the prior role holds the implied one.
create table identity.role_inference (
  prior_role_id text not null references identity.role on delete cascade,
  implied_role_id text not null references identity.role on delete cascade,
  primary key (prior_role_id, implied_role_id)
);
insert into identity.role_inference (prior_role_id, implied_role_id)
  select prior.id, implied.id from identity.role prior, identity.role implied
  where (prior.name, implied.name) in (('admin', 'manager'), ('manager', 'member'), ('member', 'reader'));

create table identity.group (
  id text primary key,
  domain_id text not null references identity.domain on delete cascade,
  name text not null,
  description text not null,
  extra json not null default '{}',
  created_at timestamptz not null
);
create unique index group_name on identity.group (domain_id, lower(name));

create table identity.membership (
  group_id text not null references identity.group on delete cascade,
  user_id text not null references identity.user on delete cascade,
  primary key (group_id, user_id)
);
create index membership_user on identity.membership (user_id);

-- A grant is a user's or a group's; an inherited one holds below its target (the projects of a domain, the projects
-- below a project), not at the target itself.
alter table identity.role_assignment
  drop constraint role_assignment_pkey,
  alter column user_id drop not null,
  add column group_id text references identity.group on delete cascade,
  add column inherited boolean not null default false,
  add constraint one_actor check (num_nonnulls(user_id, group_id) = 1);
create unique index role_assignment_of_user on identity.role_assignment (user_id, target, role_id, inherited)
  where user_id is not null;
create unique index role_assignment_of_group on identity.role_assignment (group_id, target, role_id, inherited)
  where group_id is not null;
create index role_assignment_role on identity.role_assignment (role_id);
