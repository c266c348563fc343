#!/bin/sh
# Real OpenStack (Keystone, Glance, Placement, Nova, Neutron, Heat) from Debian 12's packages, to stand in front of. The
# machine stays as it is: the packages lie in a Debian of their own below DIR, the processes run in namespaces of their own.
# Nova's hypervisor is its fake driver: servers are recorded, scheduled, metered and deleted, but no guest runs.
#
#   tools/openstack.sh up [--dir DIR]               installs what is missing (about 2 GB), starts it, waits until it answers
#   tools/openstack.sh down [--dir DIR]             stops it; DIR keeps what it stored
#   tools/openstack.sh exec [--dir DIR] COMMAND…    runs a command of this machine in its network, where 127.0.0.1 is the cloud
#   tools/openstack.sh remove [--dir DIR]           stops it and removes DIR
#
# DIR is /var/lib/andromede-openstack unless said. MIRROR names another mirror of Debian.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
dir=/var/lib/andromede-openstack
command=${1:-}
[ $# -eq 0 ] || shift
if [ "${1:-}" = --dir ]; then
  dir=${2:?--dir needs a folder}
  shift 2
fi
root=$dir/debian
pidfile=$dir/pid

fail() {
  echo "openstack: $1" >&2
  exit 1
}

# The process that holds the namespaces, seen from the machine; nothing when none does.
holder() {
  [ -s "$pidfile" ] || return 1
  read -r pid started <"$pidfile"
  # A pid may have been given to somebody else since.
  [ "$(start_of "$pid")" = "$started" ] || return 1
  child=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null) && [ -n "$child" ] && echo "${child%% *}"
}

start_of() {
  sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

# What a root of one's own needs of the machine's devices, and nothing that is a disk.
enter='
  mount --make-rprivate /
  mount --bind "$1" "$1"
  mount -t tmpfs -o mode=755 dev "$1/dev"
  for node in null zero full random urandom; do
    : >"$1/dev/$node"
    mount --bind "/dev/$node" "$1/dev/$node"
  done
  mkdir "$1/dev/shm" "$1/dev/pts"
  mount -t tmpfs shm "$1/dev/shm"
  ln -s /proc/self/fd "$1/dev/fd"
  mount -t proc proc "$1/proc"
  mount -t sysfs -o ro sys "$1/sys" 2>/dev/null || true
  mount -t tmpfs -o mode=755 run "$1/run"
  mkdir -p "$1/old"
  cd "$1"
  pivot_root . old
  umount -l /old
  shift
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"
'

install_debian() {
  [ ! -e "$dir/installed" ] || cmp -s "$here/openstack/packages" "$dir/installed" || rm "$dir/installed"
  [ ! -e "$dir/installed" ] || return 0
  command -v debootstrap >/dev/null || fail 'debootstrap is missing; run: apt-get install debootstrap'
  mkdir -p "$dir"
  [ "$(df --output=avail -m "$dir" | tail -1)" -gt 5000 ] || fail "$dir needs 5 GB of free space"
  if [ ! -d "$root" ]; then
    echo "Debian 12 in $root"
    rm -rf "$root.new"
    debootstrap --variant=minbase --include=ca-certificates bookworm "$root.new" "${MIRROR:-http://deb.debian.org/debian}" \
      >"$dir/install.log" 2>&1 || fail "debootstrap failed; see $dir/install.log"
    mv "$root.new" "$root"
  fi
  echo "OpenStack's packages"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  put_scripts
  # The machine's network, to fetch packages.
  unshare --mount --pid --fork --kill-child sh -ec "$enter" sh "$root" sh /openstack/inside.sh install \
    >>"$dir/install.log" 2>&1 || fail "the packages could not be installed; see $dir/install.log"
  cp "$here/openstack/packages" "$dir/installed"
}

put_scripts() {
  rm -rf "$root/openstack"
  cp -r "$here/openstack" "$root/openstack"
}

up() {
  [ "$(id -u)" -eq 0 ] || fail 'namespaces and a Debian of its own need root: run the same command with sudo'
  if holder >/dev/null; then
    echo "already running: . $dir/openrc"
    return
  fi
  install_debian
  put_scripts
  if [ ! -s "$dir/password" ]; then (umask 077 && head -c 15 /dev/urandom | base64 | tr '+/' '-_' >"$dir/password"); fi
  rm -f "$root/openstack/ready" "$root/openstack/progress"
  # A session of its own, so that Ctrl-C in the terminal does not end it.
  setsid unshare --net --mount --pid --fork --kill-child sh -ec "$enter" \
    sh "$root" sh /openstack/inside.sh serve <"$dir/password" >"$dir/serve.log" 2>&1 &
  echo "$! $(start_of $!)" >"$pidfile"
  shown=0
  while [ ! -e "$root/openstack/ready" ]; do
    sleep 0.5
    holder >/dev/null || fail "OpenStack did not start; see $dir/serve.log"
    lines=$(cat "$root/openstack/progress" 2>/dev/null | wc -l)
    if [ "$lines" -gt "$shown" ]; then sed -n "$((shown + 1)),${lines}p" "$root/openstack/progress"; fi
    shown=$lines
  done
  cp "$root/openstack/openrc" "$root/openstack/clouds.yaml" "$dir/"
  chmod 600 "$dir/openrc" "$dir/clouds.yaml"
}

down() {
  if ! holder >/dev/null; then
    echo "not running"
    return
  fi
  nsenter --target "$(holder)" --mount --pid --root sh /openstack/inside.sh stop || true
  read -r pid _ <"$pidfile"
  # The namespaces end with their first process.
  kill -KILL "$(holder)"
  while [ "$(start_of "$pid")" != '' ]; do sleep 0.2; done
  rm -f "$pidfile"
  echo stopped
}

case $command in
  up) up ;;
  down) down ;;
  exec)
    inside=$(holder) || fail 'OpenStack does not run here: tools/openstack.sh up'
    exec nsenter --net="/proc/$inside/ns/net" "$@"
    ;;
  remove)
    down
    rm -rf --one-file-system "$dir"
    ;;
  *)
    sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
