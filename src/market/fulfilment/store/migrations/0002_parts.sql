-- What an operation under way is made of, and how far each part is: the resources of a stack.
alter table market_fulfilment.operation add column parts jsonb not null default '[]';
