-- Lists begin with the newest.
create index subscription_newest on market_subscriptions.subscription (created_at desc, id desc);
create index subscription_customer_newest on market_subscriptions.subscription (customer_id, created_at desc, id desc);
