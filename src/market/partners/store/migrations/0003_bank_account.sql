-- Its bank account (ISO 13616), for payouts.
alter table market_partners.organisation add column iban text check (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$');
