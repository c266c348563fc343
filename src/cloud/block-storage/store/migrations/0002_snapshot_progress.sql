-- How far a snapshot is, where whoever makes it says so.
alter table block_storage.snapshot add column progress text;
