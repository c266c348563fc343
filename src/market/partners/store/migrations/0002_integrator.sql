-- Whose people do what no machine does: they may be given tasks.
alter table market_partners.organisation drop constraint organisation_roles_check;
alter table market_partners.organisation add constraint organisation_roles_check
  check (roles <@ array['operator', 'publisher', 'reseller', 'integrator', 'customer'] and cardinality(roles) > 0);

-- Whether the operator looks at what it wants to publish.
alter table market_partners.organisation add column review_required boolean not null default false;
