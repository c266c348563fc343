-- What domains say of a directory of their own. Nothing here follows it; what is secret is sealed.
create table identity.domain_config (
  domain_id text not null references identity.domain on delete cascade,
  group_name text not null,
  option_name text not null,
  value json not null,
  primary key (domain_id, group_name, option_name)
);
