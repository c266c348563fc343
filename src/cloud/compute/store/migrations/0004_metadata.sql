-- Until now every server had a config drive, whatever was asked for.
update compute.server set config_drive = true;

-- The password that the guest has set itself, encrypted with the server's key (`os-server-password`).
alter table compute.server add column guest_password text;
