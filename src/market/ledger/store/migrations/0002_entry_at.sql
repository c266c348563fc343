-- Reports ask for the entries of some months.
create index entry_at on market_ledger.entry (at);
