#!/bin/sh
# Runs inside the Debian of tools/openstack.sh, as its first process: `install`, `serve`, `stop`.
set -eu

here=/openstack
# shellcheck source=tools/openstack/config.sh
. $here/config.sh
run=/run/openstack
log=/var/log/openstack

say() {
  echo "  ✓ $1" >>$here/progress
}

install_packages() {
  # No package starts its service: the processes are ours to start.
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  export DEBIAN_FRONTEND=noninteractive
  apt='apt-get -y -q -o Acquire::Retries=5 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold'
  $apt update
  # shellcheck disable=SC2046
  $apt install --no-install-recommends $(cat $here/packages)
  $apt clean
}

as() {
  user=$1
  shift
  setpriv --reuid="$user" --regid="$(id -gn "$user")" --init-groups env HOME=/tmp "$@"
}

# start NAME USER COMMAND…: in a session of its own, its words in a file of its own.
start() {
  name=$1 user=$2
  shift 2
  : >>"$log/$name.log"
  chown "$user" "$log/$name.log"
  (cd / && exec setsid setpriv --reuid="$user" --regid="$(id -gn "$user")" --init-groups env HOME="$(getent passwd "$user" | cut -d: -f6)" "$@") \
    </dev/null >>"$log/$name.log" 2>&1 &
  echo $! >"$run/$name.pid"
}

# A WSGI service: one process with threads, as a small cloud needs. uWSGI closes after each answer, and is to say so (as in
# Debian's own files).
wsgi() {
  name=$1 user=$2 port=$3 file=$4
  start "$name" "$user" uwsgi_python311 --http-socket "127.0.0.1:$port" --wsgi-file "$file" --master --lazy-apps \
    --processes 1 --threads "${5:-8}" --enable-threads --thunder-lock --buffer-size 65535 --die-on-term --need-app --add-header 'Connection: close'
}

until_port() {
  tries=0
  until python3 -c "import socket; socket.create_connection(('127.0.0.1', $1), 2)" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || { echo "nothing listens on $1" >&2; exit 1; }
    sleep 0.2
  done
}

until_answers() {
  tries=0
  until case $(curl -s -o /dev/null -m 20 -w '%{http_code}' "http://127.0.0.1:$1") in 200 | 300 | 401) true ;; *) false ;; esac; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || { echo "http://127.0.0.1:$1 does not answer" >&2; exit 1; }
    sleep 0.2
  done
}

infrastructure() {
  install -d -o mysql -g mysql /run/mysqld 2>/dev/null || { mkdir -p /run/mysqld && chown mysql:mysql /run/mysqld; }
  start mariadb mysql mariadbd --bind-address=127.0.0.1 --innodb-buffer-pool-size=256M --max-connections=500 --skip-name-resolve
  start memcached memcache memcached -l 127.0.0.1 -p 11211 -m 64 -U 0
  start rabbitmq rabbitmq env RABBITMQ_NODENAME=rabbit@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 ERL_EPMD_ADDRESS=127.0.0.1 \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}' \
    /usr/lib/rabbitmq/bin/rabbitmq-server
  until_port 11211
  until_port 5672
  until mariadb-admin ping >/dev/null 2>&1; do sleep 0.2; done
  say 'MariaDB, RabbitMQ, memcached'
}

databases() {
  mariadb <<SQL
CREATE USER IF NOT EXISTS 'openstack'@'127.0.0.1';
ALTER USER 'openstack'@'127.0.0.1' IDENTIFIED BY '$password';
$(for name in keystone glance placement nova nova_api nova_cell0 neutron heat; do
    echo "CREATE DATABASE IF NOT EXISTS $name CHARACTER SET utf8; GRANT ALL ON $name.* TO 'openstack'@'127.0.0.1';"
  done)
SQL
  [ -e /etc/keystone/fernet-keys/0 ] || keystone-manage fernet_setup --keystone-user keystone --keystone-group keystone
  [ -e /etc/keystone/credential-keys/0 ] || keystone-manage credential_setup --keystone-user keystone --keystone-group keystone
  as keystone keystone-manage db_sync
  as keystone keystone-manage bootstrap --bootstrap-password "$password" --bootstrap-region-id "$region" \
    --bootstrap-admin-url "$keystone" --bootstrap-internal-url "$keystone" --bootstrap-public-url "$keystone"
  as glance glance-manage db_sync
  as placement placement-manage db sync
  as nova nova-manage api_db sync
  as nova nova-manage cell_v2 map_cell0 --database_connection "$(database nova_cell0)"
  as nova nova-manage cell_v2 list_cells | grep -q ' cell1 ' || as nova nova-manage cell_v2 create_cell --name cell1
  as nova nova-manage db sync
  as neutron neutron-db-manage --config-file /etc/neutron/neutron.conf upgrade heads
  as heat heat-manage db_sync
  touch /var/lib/openstack-databases
  say 'databases'
}

services() {
  wsgi keystone keystone 5000 /usr/bin/keystone-wsgi-public
  until_answers 5000/v3
  say 'Keystone'
  python3 $here/people.py "$password"
  wsgi glance glance 9292 /usr/bin/glance-wsgi-api
  wsgi placement placement 8778 /usr/bin/placement-api
  # Nova's is patched for green threads, and takes no others.
  wsgi nova-api nova 8774 /usr/bin/nova-api-wsgi 1
  start neutron neutron neutron-server --config-file /etc/neutron/neutron.conf
  start nova-conductor nova nova-conductor
  start nova-scheduler nova nova-scheduler
  start heat-api heat heat-api
  start heat-engine heat heat-engine
  until_answers 9292/healthcheck
  until_answers 8778/
  until_answers 8774/
  until_answers 9696/
  until_answers 8004/
  # Debian’s package would have it read the file of another driver as well.
  start nova-compute nova nova-compute --config-file /etc/nova/nova.conf
  start l2-agent neutron python3 $here/l2-agent.py
  say 'Glance, Placement, Nova, Neutron, Heat'
  python3 $here/resources.py "$password"
  as nova nova-manage cell_v2 discover_hosts
  say 'flavors, an image, the external network'
  python3 $here/customers.py "$password"
  say 'two customers with a server each'
}

serve() {
  password=$(cat)
  mkdir -p $run $log
  chmod 755 $run $log
  ip link set lo up
  write_configuration
  infrastructure
  [ -e /var/lib/openstack-databases ] || databases
  services
  write_openrc
  touch $here/ready
  # The first process collects the children of others that have ended.
  while :; do wait; sleep 1; done
}

stop() {
  for file in "$run"/*.pid; do
    case $file in */mariadb.pid | */rabbitmq.pid) ;; *) kill "$(cat "$file")" 2>/dev/null || true ;; esac
  done
  for name in rabbitmq mariadb; do
    pid=$(cat $run/$name.pid)
    kill "$pid" 2>/dev/null || true
    tries=0
    while kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do
      tries=$((tries + 1))
      sleep 0.2
    done
  done
}

case $1 in install) install_packages ;; *) "$1" ;; esac
