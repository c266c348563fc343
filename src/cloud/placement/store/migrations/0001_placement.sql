-- Whoever has resources to give: a host, a part of a host, a pool. Providers form trees.
create table placement.provider (
  id bigint generated always as identity primary key,
  uuid uuid not null unique,
  name text not null unique,
  -- Raised by every change of what it has or has given: whoever changes it says which one it saw.
  generation integer not null default 0,
  root_id bigint not null references placement.provider deferrable initially deferred,
  parent_id bigint references placement.provider,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index provider_tree on placement.provider (root_id);
create index provider_parent on placement.provider (parent_id);

create table placement.resource_class (
  name text primary key,
  custom boolean not null default true,
  updated_at timestamptz not null default now()
);

-- What a provider has of a class of resource, and how much of it is taken: the sum of its allocations, kept with it so that
-- a claim looks at this one row.
create table placement.inventory (
  provider_id bigint not null references placement.provider on delete cascade,
  class text not null references placement.resource_class,
  total bigint not null,
  reserved bigint not null default 0,
  min_unit bigint not null default 1,
  max_unit bigint not null default 2147483647,
  step_size bigint not null default 1,
  allocation_ratio double precision not null default 1,
  used bigint not null default 0,
  capacity bigint not null generated always as (floor((total - reserved) * allocation_ratio)::bigint) stored,
  primary key (provider_id, class)
) with (fillfactor = 70);
create index inventory_class on placement.inventory (class, provider_id);

create table placement.trait (
  name text primary key,
  custom boolean not null default true,
  updated_at timestamptz not null default now()
);

create table placement.provider_trait (
  provider_id bigint not null references placement.provider on delete cascade,
  trait text not null references placement.trait,
  primary key (provider_id, trait)
);
create index provider_trait_name on placement.provider_trait (trait);

create table placement.provider_aggregate (
  provider_id bigint not null references placement.provider on delete cascade,
  aggregate uuid not null,
  primary key (provider_id, aggregate)
);
create index provider_aggregate_member on placement.provider_aggregate (aggregate);

-- Whoever has been given resources: a server. Rows are there exactly while it has some.
create table placement.consumer (
  uuid uuid primary key,
  generation integer not null default 0,
  project_id text not null,
  user_id text not null,
  type text not null default 'unknown'
);
create index consumer_project on placement.consumer (project_id, user_id);

create table placement.allocation (
  consumer uuid not null references placement.consumer,
  provider_id bigint not null,
  class text not null,
  used bigint not null check (used > 0),
  primary key (consumer, provider_id, class),
  foreign key (provider_id, class) references placement.inventory
);
create index allocation_provider on placement.allocation (provider_id, class);

insert into placement.resource_class (name, custom)
  select name, false from unnest(array[
    'VCPU', 'MEMORY_MB', 'DISK_GB', 'PCI_DEVICE', 'SRIOV_NET_VF', 'NUMA_SOCKET', 'NUMA_CORE', 'NUMA_THREAD',
    'NUMA_MEMORY_MB', 'IPV4_ADDRESS', 'VGPU', 'VGPU_DISPLAY_HEAD', 'NET_BW_EGR_KILOBIT_PER_SEC',
    'NET_BW_IGR_KILOBIT_PER_SEC', 'PCPU', 'MEM_ENCRYPTION_CONTEXT', 'FPGA', 'PGPU',
    'NET_PACKET_RATE_KILOPACKET_PER_SEC', 'NET_PACKET_RATE_EGR_KILOPACKET_PER_SEC',
    'NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC']) name;

-- Those of the standard traits that mean something here or to Nova's schedulers.
insert into placement.trait (name, custom)
  select name, false from unnest(array[
    'MISC_SHARES_VIA_AGGREGATE', 'STORAGE_DISK_SSD', 'STORAGE_DISK_HDD',
    'HW_CPU_HYPERTHREADING', 'HW_CPU_X86_SSE', 'HW_CPU_X86_SSE2', 'HW_CPU_X86_SSE3', 'HW_CPU_X86_SSSE3', 'HW_CPU_X86_SSE41',
    'HW_CPU_X86_SSE42', 'HW_CPU_X86_AVX', 'HW_CPU_X86_AVX2', 'HW_CPU_X86_AVX512F', 'HW_CPU_X86_AESNI', 'HW_CPU_X86_FMA3',
    'HW_CPU_X86_BMI', 'HW_CPU_X86_BMI2', 'HW_CPU_X86_SHA', 'HW_CPU_X86_VMX', 'HW_CPU_X86_SVM', 'HW_CPU_X86_MMX',
    'HW_NUMA_ROOT', 'HW_NIC_SRIOV', 'HW_NIC_MULTIQUEUE', 'HW_GPU_API_VULKAN',
    'COMPUTE_STATUS_DISABLED', 'COMPUTE_NODE', 'COMPUTE_DEVICE_TAGGING', 'COMPUTE_TRUSTED_CERTS', 'COMPUTE_ACCELERATORS',
    'COMPUTE_NET_ATTACH_INTERFACE', 'COMPUTE_NET_ATTACH_INTERFACE_WITH_TAG', 'COMPUTE_NET_VIF_MODEL_VIRTIO',
    'COMPUTE_VOLUME_ATTACH_WITH_TAG', 'COMPUTE_VOLUME_EXTEND', 'COMPUTE_VOLUME_MULTI_ATTACH', 'COMPUTE_RESCUE_BFV',
    'COMPUTE_IMAGE_TYPE_QCOW2', 'COMPUTE_IMAGE_TYPE_RAW', 'COMPUTE_IMAGE_TYPE_ISO', 'COMPUTE_IMAGE_TYPE_VMDK',
    'COMPUTE_STORAGE_BUS_VIRTIO', 'COMPUTE_STORAGE_BUS_SCSI', 'COMPUTE_STORAGE_BUS_IDE', 'COMPUTE_STORAGE_BUS_USB',
    'COMPUTE_GRAPHICS_MODEL_VGA', 'COMPUTE_GRAPHICS_MODEL_VIRTIO', 'COMPUTE_SECURITY_UEFI_SECURE_BOOT']) name;

-- Replaces what each of these consumers has, all or nothing, in one statement:
--   [{ consumer, generation, project, user, type, allocations: [{ provider, class, amount }] }]
-- `generation` is what the caller saw: null when it saw no consumer; left out, it does not matter. Rows are locked in one
-- order (consumers, then providers), so that claims wait for one another and never end in a deadlock. A refusal is an
-- exception: PL001 a generation, PL002 no such provider or inventory, PL003 capacity, PL004 units.
create function placement.set_allocations(wanted jsonb) returns void language plpgsql as $$
declare
  consumers uuid[];
  providers bigint[];
  askers uuid[];
  asked_uuids uuid[];
  asked_ids bigint[];
  asked_classes text[];
  asked_amounts bigint[];
  refused record;
begin
  select array_agg((w->>'consumer')::uuid order by (w->>'consumer')::uuid) into consumers from jsonb_array_elements(wanted) w;

  perform 1 from placement.consumer where uuid = any(consumers) order by uuid for update;
  select w->>'consumer' as consumer, c.generation into refused
    from jsonb_array_elements(wanted) w left join placement.consumer c on c.uuid = (w->>'consumer')::uuid
    where w ? 'generation' and (w->>'generation')::int is distinct from c.generation limit 1;
  if found then
    raise exception 'consumer generation conflict - consumer %: expected %', refused.consumer,
      coalesce(refused.generation::text, 'null') using errcode = 'PL001';
  end if;

  select array_agg((w->>'consumer')::uuid), array_agg((a->>'provider')::uuid), array_agg(p.id), array_agg(a->>'class'),
      array_agg((a->>'amount')::bigint) into askers, asked_uuids, asked_ids, asked_classes, asked_amounts
    from jsonb_array_elements(wanted) w, jsonb_array_elements(w->'allocations') a
      left join placement.provider p on p.uuid = (a->>'provider')::uuid;

  select array_agg(id order by id) into providers from (
    select unnest(asked_ids) as id
    union select provider_id from placement.allocation where consumer = any(consumers)) t;
  perform 1 from placement.provider where id = any(providers) order by id for no key update;

  update placement.inventory i set used = i.used - old.used from (
      select provider_id, class, sum(used)::bigint as used from placement.allocation where consumer = any(consumers)
      group by provider_id, class) old
    where i.provider_id = old.provider_id and i.class = old.class;
  delete from placement.allocation where consumer = any(consumers);

  select q.provider, q.class into refused from unnest(asked_uuids, asked_ids, asked_classes, asked_amounts) q (provider, provider_id, class, amount)
    left join placement.inventory i on i.provider_id = q.provider_id and i.class = q.class
    where i.provider_id is null limit 1;
  if found then
    raise exception 'no inventory of % at resource provider %', refused.class, refused.provider using errcode = 'PL002';
  end if;
  select q.provider, q.class, q.amount into refused from unnest(asked_uuids, asked_ids, asked_classes, asked_amounts) q (provider, provider_id, class, amount)
    join placement.inventory i on i.provider_id = q.provider_id and i.class = q.class
    where q.amount < i.min_unit or q.amount > i.max_unit or q.amount % i.step_size <> 0 limit 1;
  if found then
    raise exception '% of % violates min_unit, max_unit, or step_size at resource provider %', refused.amount, refused.class,
      refused.provider using errcode = 'PL004';
  end if;

  update placement.inventory i set used = i.used + new.amount from (
      select provider_id, class, sum(amount)::bigint as amount
      from unnest(asked_ids, asked_classes, asked_amounts) q (provider_id, class, amount) group by provider_id, class) new
    where i.provider_id = new.provider_id and i.class = new.class;
  select q.provider, q.class, i.used, i.capacity into refused from unnest(asked_uuids, asked_ids, asked_classes, asked_amounts) q (provider, provider_id, class, amount)
    join placement.inventory i on i.provider_id = q.provider_id and i.class = q.class where i.used > i.capacity limit 1;
  if found then
    raise exception 'over capacity of % at resource provider %: % would be used of %', refused.class, refused.provider,
      refused.used, refused.capacity using errcode = 'PL003';
  end if;

  insert into placement.consumer (uuid, generation, project_id, user_id, type)
    select (w->>'consumer')::uuid, 1, w->>'project', w->>'user', coalesce(w->>'type', 'unknown')
    from jsonb_array_elements(wanted) w where jsonb_array_length(w->'allocations') > 0
    on conflict (uuid) do update set generation = placement.consumer.generation + 1, project_id = excluded.project_id,
      user_id = excluded.user_id, type = excluded.type;
  insert into placement.allocation (consumer, provider_id, class, used)
    select * from unnest(askers, asked_ids, asked_classes, asked_amounts);
  delete from placement.consumer where uuid in (
    select (w->>'consumer')::uuid from jsonb_array_elements(wanted) w where jsonb_array_length(w->'allocations') = 0);
  update placement.provider set generation = generation + 1, updated_at = now() where id = any(providers);
end $$;

-- The hot path of a scheduler: gives a new consumer room at one provider, in one statement; answers which, null when there
-- is none. It looks from a random provider on, so that claims at the same time meet at different ones, and passes by those
-- that another claim holds; only when nothing is left it waits for them. A consumer that has something keeps it.
-- `among`: only these providers; null: any. `without`: traits that the provider must not have.
create function placement.claim(
  claimer uuid, project text, claimer_user text, claimer_type text,
  classes text[], amounts bigint[], among uuid[], without text[]
) returns uuid language plpgsql as $$
declare
  kept uuid;
  least bigint;
  most bigint;
  start bigint;
  candidate record;
begin
  select p.uuid into kept from placement.allocation a join placement.provider p on p.id = a.provider_id
    where a.consumer = claimer limit 1;
  if found then return kept; end if;

  select min(id), max(id) into least, most from placement.provider;
  start := least + floor(random() * (most - least + 1))::bigint;
  for attempt in 1..2 loop
    for candidate in
      select i.provider_id as id from placement.inventory i
      where i.class = classes[1] and i.used + amounts[1] <= i.capacity
        and (among is null or i.provider_id in (select id from placement.provider where uuid = any(among)))
        and not exists (select from placement.provider_trait t where t.provider_id = i.provider_id and t.trait = any(without))
      order by i.provider_id < start, i.provider_id
    loop
      if attempt = 1 then
        perform 1 from placement.provider where id = candidate.id for no key update skip locked;
      else
        perform 1 from placement.provider where id = candidate.id for no key update;
      end if;
      continue when not found;
      -- Anew, now that nobody else changes it.
      continue when exists (
        select from unnest(classes, amounts) w (class, amount)
          left join placement.inventory i on i.provider_id = candidate.id and i.class = w.class
        where i.provider_id is null or i.used + w.amount > i.capacity or w.amount < i.min_unit or w.amount > i.max_unit
          or w.amount % i.step_size <> 0);
      insert into placement.consumer (uuid, generation, project_id, user_id, type)
        values (claimer, 1, project, claimer_user, claimer_type);
      update placement.inventory i set used = i.used + w.amount from unnest(classes, amounts) w (class, amount)
        where i.provider_id = candidate.id and i.class = w.class;
      insert into placement.allocation (consumer, provider_id, class, used)
        select claimer, candidate.id, w.class, w.amount from unnest(classes, amounts) w (class, amount);
      update placement.provider set generation = generation + 1, updated_at = now() where id = candidate.id
        returning uuid into kept;
      return kept;
    end loop;
  end loop;
  return null;
end $$;
