-- With a dot at its end; empty when none was given.
alter table network.network add column dns_domain text not null default '';
