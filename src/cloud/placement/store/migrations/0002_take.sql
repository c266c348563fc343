-- What `set_allocations` does for one consumer that has nothing yet, nearly every time that a scheduler takes room: with nothing to
-- give back, half of its statements. The same refusals; false, having changed nothing, when the consumer is known.
create function placement.take_for_new(w jsonb) returns boolean language plpgsql as $$
declare
  taker constant uuid := (w->>'consumer')::uuid;
  uuids uuid[];
  ids bigint[];
  classes text[];
  amounts bigint[];
  locked bigint[];
  refused record;
begin
  perform 1 from placement.consumer where uuid = taker;
  if found then return false; end if;
  if w ? 'generation' and (w->>'generation') is not null then
    raise exception 'consumer generation conflict - consumer %: expected null', taker using errcode = 'PL001';
  end if;

  select array_agg((a->>'provider')::uuid), array_agg(p.id), array_agg(a->>'class'), array_agg((a->>'amount')::bigint)
    into uuids, ids, classes, amounts
    from jsonb_array_elements(w->'allocations') a left join placement.provider p on p.uuid = (a->>'provider')::uuid;
  -- In one order, so that claims wait for one another and never end in a deadlock.
  select array_agg(id) into locked
    from (select id from placement.provider where id = any(ids) order by id for no key update) p;

  update placement.inventory i set used = i.used + new.amount from (
      select provider_id, class, sum(amount)::bigint as amount
      from unnest(ids, classes, amounts) q (provider_id, class, amount) group by provider_id, class) new
    where i.provider_id = new.provider_id and i.class = new.class;
  select q.provider, q.class, q.amount, i.used, i.capacity, i.provider_id is null as missing,
      q.amount < i.min_unit or q.amount > i.max_unit or q.amount % i.step_size <> 0 as odd into refused
    from unnest(uuids, ids, classes, amounts) q (provider, provider_id, class, amount)
      left join placement.inventory i on i.provider_id = q.provider_id and i.class = q.class
    where i.provider_id is null or i.used > i.capacity
      or q.amount < i.min_unit or q.amount > i.max_unit or q.amount % i.step_size <> 0
    order by missing desc, odd desc limit 1;
  if refused.missing then
    raise exception 'no inventory of % at resource provider %', refused.class, refused.provider using errcode = 'PL002';
  elsif refused.odd then
    raise exception '% of % violates min_unit, max_unit, or step_size at resource provider %', refused.amount, refused.class,
      refused.provider using errcode = 'PL004';
  elsif refused.class is not null then
    raise exception 'over capacity of % at resource provider %: % would be used of %', refused.class, refused.provider,
      refused.used, refused.capacity using errcode = 'PL003';
  end if;

  insert into placement.consumer (uuid, generation, project_id, user_id, type)
    values (taker, 1, w->>'project', w->>'user', coalesce(w->>'type', 'unknown'));
  insert into placement.allocation (consumer, provider_id, class, used)
    select taker, provider_id, class, amount from unnest(ids, classes, amounts) q (provider_id, class, amount);
  update placement.provider set generation = generation + 1, updated_at = now() where id = any(locked);
  return true;
end $$;

-- As before, but that a provider without room is let go again at once: whoever waited for one while holding others could wait
-- for somebody who waited for those.
create or replace function placement.claim(
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
      begin
        if attempt = 1 then
          perform 1 from placement.provider where id = candidate.id for no key update skip locked;
        else
          perform 1 from placement.provider where id = candidate.id for no key update;
        end if;
        continue when not found;
        -- Anew, now that nobody else changes it.
        if exists (
          select from unnest(classes, amounts) w (class, amount)
            left join placement.inventory i on i.provider_id = candidate.id and i.class = w.class
          where i.provider_id is null or i.used + w.amount > i.capacity or w.amount < i.min_unit or w.amount > i.max_unit
            or w.amount % i.step_size <> 0) then
          raise exception 'no room' using errcode = 'PL000';
        end if;
        insert into placement.consumer (uuid, generation, project_id, user_id, type)
          values (claimer, 1, project, claimer_user, claimer_type);
        update placement.inventory i set used = i.used + w.amount from unnest(classes, amounts) w (class, amount)
          where i.provider_id = candidate.id and i.class = w.class;
        insert into placement.allocation (consumer, provider_id, class, used)
          select claimer, candidate.id, w.class, w.amount from unnest(classes, amounts) w (class, amount);
        update placement.provider set generation = generation + 1, updated_at = now() where id = candidate.id
          returning uuid into kept;
        return kept;
      exception when sqlstate 'PL000' then
        null;
      end;
    end loop;
  end loop;
  return null;
end $$;
