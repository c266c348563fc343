-- Shadow bills ask for everything of a project.
create index usage_event_project on market_metering.usage_event (project_id, type, start_at);
