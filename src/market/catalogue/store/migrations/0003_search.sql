-- Without capitals and accents: who writes “reseau” means « réseau ».
create function market_catalogue.folded(text) returns text language sql immutable parallel safe as $$
  select translate(lower(coalesce($1, '')), 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy')
$$;

-- The words of a version, in both languages; those of its title count most.
create function market_catalogue.words(content jsonb) returns tsvector language sql immutable parallel safe as $$
  select
    setweight(to_tsvector('french', market_catalogue.folded(content #>> '{title,fr}'))
      || to_tsvector('english', market_catalogue.folded(content #>> '{title,en}')), 'A')
    || setweight(to_tsvector('french', market_catalogue.folded(content #>> '{description,fr}'))
      || to_tsvector('english', market_catalogue.folded(content #>> '{description,en}')), 'B')
$$;

-- Kept, not reckoned when asked for: a search that finds little looks at every row.
alter table market_catalogue.version
  add column words tsvector not null generated always as (market_catalogue.words(content)) stored;
create index version_words on market_catalogue.version using gin (words) where state = 'published';
