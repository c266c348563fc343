-- What rating sums up is read from the index alone.
create index usage_event_rating on market_metering.usage_event (resource_id, type, start_at)
  include (project_id, end_at, quantity);
drop index market_metering.usage_event_resource;
