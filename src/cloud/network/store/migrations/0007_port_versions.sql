-- A port's row is written anew, so that its `xmin` is another, whenever anything changes of what its users are shown: its
-- addresses, its groups and their names, floating IPs that lead to it, its network's name. Who keeps what it was shown of a
-- port needs to ask for that number only.
create function network.touch_ports(ids uuid[]) returns void language sql as $$
  update network.port set updated_at = updated_at where id = any(ids) and xmin <> pg_current_xact_id()::xid
$$;

create function network.touch_port_of_part() returns trigger language plpgsql as $$
begin
  perform network.touch_ports(array[case when tg_op = 'INSERT' then null else old.port_id end,
    case when tg_op = 'DELETE' then null else new.port_id end]);
  return null;
end $$;
create trigger touch_port after insert or update or delete on network.ip_allocation
  for each row execute function network.touch_port_of_part();
create trigger touch_port after insert or update or delete on network.port_security_group
  for each row execute function network.touch_port_of_part();

create function network.touch_port_of_floating_ip() returns trigger language plpgsql as $$
begin
  perform network.touch_ports(array[case when tg_op = 'INSERT' then null else old.fixed_port_id end,
    case when tg_op = 'DELETE' then null else new.fixed_port_id end]);
  return null;
end $$;
create trigger touch_port after insert or update or delete on network.floating_ip
  for each row execute function network.touch_port_of_floating_ip();

create function network.touch_ports_of_network() returns trigger language plpgsql as $$
begin
  perform network.touch_ports(array(select id from network.port where network_id = new.id));
  return null;
end $$;
create trigger touch_ports after update on network.network
  for each row when (old.name <> new.name) execute function network.touch_ports_of_network();

create function network.touch_ports_of_group() returns trigger language plpgsql as $$
begin
  perform network.touch_ports(array(select port_id from network.port_security_group where security_group_id = new.id));
  return null;
end $$;
create trigger touch_ports after update on network.security_group
  for each row when (old.name <> new.name) execute function network.touch_ports_of_group();
