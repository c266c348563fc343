# Sourced by the set-up. Is this a machine that we know?

check_system() {
  begin 'System'
  # shellcheck source=/dev/null
  distribution=$(. /etc/os-release 2>/dev/null && echo "${ID:-unknown} ${VERSION_ID:-99}")
  case $distribution in
    'debian '[0-9] | 'debian '1[01] | [!d]* | d[!e]*)
      fail "this is $distribution; the set-up knows Debian 12 and later" \
        'use a machine, a virtual machine or a container with Debian 12' \
        "or install by hand what $here/setup/packages lists, then run bin/andromede up"
      ;;
  esac
  if [ "$(dpkg --print-architecture)" != amd64 ]; then
    fail "this is $(dpkg --print-architecture); guests run on amd64 only for now" 'use an amd64 machine'
  fi
  ensure_tun
  finish "Debian ${distribution#* }, $(nproc) processors, $(df -Ph "$root" | awk 'NR == 2 { print $4 }') free"
}

# Guests reach the network through tap devices.
ensure_tun() {
  if [ -c /dev/net/tun ]; then return; fi
  need_root 'creating /dev/net/tun'
  modprobe tun 2>/dev/null || true
  if [ ! -c /dev/net/tun ]; then
    mkdir -p /dev/net
    mknod -m 0666 /dev/net/tun c 10 200 2>/dev/null || true
  fi
  # Opening it tells whether the kernel and the container let us use it.
  if ! (exec 9<>/dev/net/tun) 2>/dev/null; then
    fail 'there is no usable /dev/net/tun, so that guests would have no network' \
      'on a machine of your own: modprobe tun' \
      'in a container: start it with --device /dev/net/tun --cap-add NET_ADMIN (or --privileged)'
  fi
}

# The system user that runs what listens: no shell, no home, no password.
ensure_users() {
  begin 'System users'
  if ! getent passwd andromede >/dev/null; then
    need_root 'adding the system user andromede'
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin andromede >"$log" 2>&1 ||
      fail 'the system user andromede could not be added' 'look at the message above'
  fi
  finish 'andromede'
}
