-- The way of a version, from a draft to its end; and the publisher's own word for a plan.
drop trigger version_immutable on market_catalogue.version;
alter table market_catalogue.version add column state text not null default 'draft'
  check (state in ('draft', 'submitted', 'approved', 'published', 'retired'));
alter table market_catalogue.version add column review_note text;
update market_catalogue.version set state = 'published' where published_at is not null;
alter table market_catalogue.version add constraint version_published
  check ((state in ('published', 'retired')) = (published_at is not null));

-- What was offered stays what it was: of a version only its way goes on, and it is published once.
create function market_catalogue.refuse_version_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE'
    and (new.id, new.offering_id, new.number, new.content, new.created_at)
      is not distinct from (old.id, old.offering_id, old.number, old.content, old.created_at)
    and (old.published_at is null or new.published_at = old.published_at)
    and (old.state, new.state) in (('draft', 'draft'), ('draft', 'submitted'), ('draft', 'published'),
      ('submitted', 'draft'), ('submitted', 'approved'), ('submitted', 'published'),
      ('approved', 'published'), ('published', 'retired')) then
    return new;
  end if;
  raise exception 'version never changes: make a new one' using errcode = 'restrict_violation';
end $$;
create trigger version_immutable before update or delete on market_catalogue.version
  for each row execute function market_catalogue.refuse_version_change();

alter table market_catalogue.plan add column code text check (code ~ '^[a-z0-9][a-z0-9-]{0,62}$');
create unique index plan_code on market_catalogue.plan (offering_id, code);
