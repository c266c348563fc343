-- Neutron shows a rule's prefix with the host bits that it was given, and the block that it means beside it.
alter table network.security_group_rule alter column remote_ip_prefix type inet using remote_ip_prefix::inet;
