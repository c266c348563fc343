-- On which of the customer's cost centres it is booked: `{ code, name }` as when it was ordered.
alter table market_subscriptions.subscription add column cost_centre jsonb;
