-- How the machine's clock stood to the time since its start, when we last looked: a difference is a jump, not usage.
create table telemetry.clock (
  singleton boolean primary key default true check (singleton),
  boot_id text not null,
  -- Milliseconds: the clock less the time since the start of the machine.
  offset_ms bigint not null
);
