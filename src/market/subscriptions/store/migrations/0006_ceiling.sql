-- Whose costs have to be watched, by the project in which usage arrives.
create index subscription_ceiling on market_subscriptions.subscription (project_id)
  where spending_ceiling_minor is not null and closed_at is null;
