# Sourced by inside.sh: the configuration of every service, as a small cloud on loopback needs it.
# shellcheck shell=sh disable=SC2154

region=RegionOne
keystone=http://127.0.0.1:5000/v3
bus=rabbit://guest:guest@127.0.0.1:5672/

database() {
  echo "mysql+pymysql://openstack:$password@127.0.0.1/$1?charset=utf8"
}

account() {
  cat <<X
auth_type = password
auth_url = $keystone
project_name = service
project_domain_name = Default
user_domain_name = Default
username = $1
password = $password
region_name = $region
X
}

token_check() {
  echo '[keystone_authtoken]'
  account "$1"
  echo "www_authenticate_uri = $keystone"
  echo 'memcached_servers = 127.0.0.1:11211'
  echo 'service_token_roles_required = true'
}

# What happens is told under a topic of its own, so that the market takes nothing away from anybody else who listens.
notifications() {
  cat <<X
[oslo_messaging_notifications]
driver = messagingv2
topics = andromede
X
}

# put FILE GROUP: its new content is on stdin; it holds passwords.
put() {
  cat >"$1.new"
  chown "root:$2" "$1.new"
  chmod 640 "$1.new"
  mv "$1.new" "$1"
}

write_configuration() {
  put /etc/keystone/keystone.conf keystone <<X
[DEFAULT]
transport_url = $bus
[database]
connection = $(database keystone)
[cache]
enabled = true
backend = oslo_cache.memcache_pool
memcache_servers = 127.0.0.1:11211
[token]
provider = fernet
X
  put /etc/glance/glance-api.conf glance <<X
[DEFAULT]
transport_url = $bus
[database]
connection = $(database glance)
[glance_store]
stores = file,http
default_store = file
filesystem_store_datadir = /var/lib/glance/images
[paste_deploy]
flavor = keystone
[oslo_concurrency]
lock_path = /var/lib/glance/tmp
$(token_check glance)
$(notifications)
X
  put /etc/placement/placement.conf placement <<X
[placement_database]
connection = $(database placement)
[api]
auth_strategy = keystone
$(token_check placement)
X
  put /etc/nova/nova.conf nova <<X
[DEFAULT]
host = compute
my_ip = 127.0.0.1
state_path = /var/lib/nova
transport_url = $bus
compute_driver = fake.FakeDriver
instance_usage_audit = true
[notifications]
notification_format = unversioned
[api_database]
connection = $(database nova_api)
[database]
connection = $(database nova)
[api]
auth_strategy = keystone
[service_user]
send_service_user_token = true
$(account nova)
[glance]
api_servers = http://127.0.0.1:9292
[placement]
$(account placement)
[neutron]
$(account neutron)
[scheduler]
workers = 1
[conductor]
workers = 1
[oslo_concurrency]
lock_path = /var/lib/nova/tmp
[vnc]
enabled = false
$(token_check nova)
$(notifications)
X
  put /etc/neutron/neutron.conf neutron <<X
[DEFAULT]
state_path = /var/lib/neutron
core_plugin = ml2
service_plugins = router
auth_strategy = keystone
transport_url = $bus
bind_host = 127.0.0.1
api_workers = 1
rpc_workers = 1
rpc_state_report_workers = 0
notify_nova_on_port_status_changes = true
notify_nova_on_port_data_changes = true
[database]
connection = $(database neutron)
[nova]
$(account nova)
[placement]
$(account placement)
[ml2]
type_drivers = local,flat,vlan,vxlan
tenant_network_types = vxlan
mechanism_drivers = openvswitch
extension_drivers = port_security
[ml2_type_vxlan]
vni_ranges = 1:100000
[oslo_concurrency]
lock_path = /var/lib/neutron/tmp
$(token_check neutron)
$(notifications)
X
  put /etc/heat/heat.conf heat <<X
[DEFAULT]
transport_url = $bus
num_engine_workers = 1
region_name_for_services = $region
stack_user_domain_name = heat
stack_domain_admin = heat_domain_admin
stack_domain_admin_password = $password
[database]
connection = $(database heat)
[heat_api]
bind_host = 127.0.0.1
workers = 0
[trustee]
auth_type = password
auth_url = $keystone
username = heat
password = $password
user_domain_id = default
[clients_keystone]
auth_uri = $keystone
[oslo_concurrency]
lock_path = /var/lib/heat/tmp
$(token_check heat)
$(notifications)
X
  for service in glance nova neutron heat; do
    install -d -o $service -g $service "/var/lib/$service" "/var/lib/$service/tmp"
  done
  install -d -o glance -g glance /var/lib/glance/images
  install -d -o nova -g nova /var/lib/nova/instances
  for service in keystone glance placement nova neutron heat; do
    if [ -d "/var/log/$service" ]; then chown -R "$service" "/var/log/$service"; fi
  done
}

write_openrc() {
  umask 077
  cat >/openstack/openrc <<X
export OS_AUTH_URL=$keystone OS_IDENTITY_API_VERSION=3 OS_REGION_NAME=$region OS_USERNAME=admin OS_PASSWORD='$password'
export OS_USER_DOMAIN_NAME=Default OS_PROJECT_NAME=admin OS_PROJECT_DOMAIN_NAME=Default
X
  cat >/openstack/clouds.yaml <<X
clouds:
  admin:
    region_name: $region
    identity_api_version: 3
    auth:
      auth_url: $keystone
      username: admin
      password: $password
      user_domain_name: Default
      project_name: admin
      project_domain_name: Default
X
}
