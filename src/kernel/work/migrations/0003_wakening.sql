-- What reconcilers are to look at: one row a key, however often it was woken. Who takes a row holds it (`held_by`, an id that
-- it has in kernel.worker); a key that is woken meanwhile (`woken` has risen) is looked at once more.
create table kernel.wakening (
  reconciler text not null,
  key text not null,
  run_at timestamptz not null default now(),
  -- When `run_at` was said: a clock that shows less has been set back.
  written_at timestamptz not null default now(),
  attempt integer not null default 0,
  woken bigint not null default 0,
  traceparent text,
  held_by text,
  primary key (reconciler, key)
) with (fillfactor = 70);
create index wakening_due on kernel.wakening (run_at) where held_by is null;
create index wakening_held on kernel.wakening (held_by) where held_by is not null;

create function kernel.wake(reconcilers text[], keys text[], parent text) returns void language plpgsql as $$
begin
  insert into kernel.wakening as w (reconciler, key, traceparent)
    select r, k, parent from unnest(reconcilers, keys) t (r, k) order by 1, 2
    on conflict (reconciler, key) do update
      set run_at = now(), written_at = now(), attempt = 0, woken = w.woken + 1, traceparent = excluded.traceparent;
  perform pg_notify('kernel_wakening', '');
end $$;

-- How looks ended: delays in milliseconds until the next one, null for those that found all well. A key that was woken
-- meanwhile is due at once, whatever came of this look.
create function kernel.settle_wakenings(
  holder text, reconcilers text[], keys text[], wokens bigint[], attempts integer[], delays float8[]
) returns void language plpgsql as $$
begin
  delete from kernel.wakening w using unnest(reconcilers, keys, wokens, delays) t (r, k, n, delay)
    where w.reconciler = r and w.key = k and w.held_by = holder and w.woken = n and delay is null;
  update kernel.wakening w set held_by = null, written_at = now(),
      attempt = case when w.woken = n then a else w.attempt end,
      run_at = case when w.woken = n then now() + delay * interval '1 millisecond' else least(w.run_at, now()) end
    from unnest(reconcilers, keys, wokens, attempts, delays) t (r, k, n, a, delay)
    where w.reconciler = r and w.key = k and w.held_by = holder;
end $$;
