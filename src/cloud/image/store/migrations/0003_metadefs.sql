-- What properties and tags of resources may be called and mean (Glance's metadata definitions), by namespace.
create table image.metadef_namespace (
  name text primary key,
  display_name text,
  description text,
  visibility text not null check (visibility in ('public', 'private')),
  protected boolean not null,
  -- The project for which a private one is.
  owner text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table image.metadef_definition (
  namespace text not null references image.metadef_namespace on delete cascade on update cascade,
  -- resource_type: what the namespace is about; body has how its names are prefixed there.
  kind text not null check (kind in ('resource_type', 'property', 'object', 'tag')),
  name text not null,
  body jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (namespace, kind, name)
);
create index metadef_definition_name on image.metadef_definition (kind, name);

create table image.metadef_resource_type (
  name text primary key,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
insert into image.metadef_resource_type
  select name, now(), now()
  from unnest(array['OS::Cinder::Volume', 'OS::Glance::Image', 'OS::Nova::Aggregate', 'OS::Nova::Flavor', 'OS::Nova::Server']) as name;
