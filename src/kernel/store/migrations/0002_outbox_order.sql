-- Consumers read on from where they are; without this they looked at all that ever happened.
create index outbox_order on kernel.outbox (xid, seq);
