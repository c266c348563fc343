# Sourced by the set-up. Installs the Debian packages of the wanted groups, without starting their services.

cluster_conf=/etc/postgresql-common/createcluster.d/andromede-setup.conf
policy=/usr/sbin/policy-rc.d
our_mark='# Made by the set-up of Andromède for the time of an installation.'

ensure_debian_packages() {
  begin 'Debian packages'
  # A set-up that was killed may have left these behind.
  if grep -qsF "$our_mark" "$policy" "$cluster_conf"; then remove_guards; fi
  wanted=$(awk -v groups=" $groups " '/^[a-z]/ && index(groups, " " $1 " ") { print $2 }' "$here/setup/packages")
  missing=$(missing_packages)
  if [ -n "$missing" ]; then
    need_root 'installing Debian packages'
    newly_installed=$missing
    need_space /usr 1500
    trap 'remove_guards; cleanup' EXIT
    place_guards
    retry install_missing || fail "these packages could not be installed: $(one_line "$missing")" \
      'is the network there, and does /etc/apt/sources.list name a mirror that answers? try: apt-get update' \
      'is another apt or dpkg running, or was one interrupted? try: dpkg --configure -a'
    remove_guards
    trap cleanup EXIT
    disable_services
  fi
  finish "$(echo "$wanted" | wc -l) installed"
}

one_line() {
  echo "$1" | tr '\n' ' '
}

# The wanted packages that are not installed, a line each.
missing_packages() {
  # shellcheck disable=SC2086
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^installed //p' || true)
  for package in $wanted; do
    case "
$installed
" in
      *"
$package
"*) ;;
      *) echo "$package" ;;
    esac
  done
}

# Keeps the packages' own services from starting, and PostgreSQL's from making a cluster: ours are private.
place_guards() {
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\n%s\nexit 101\n' "$our_mark" >"$policy"
    chmod 0755 "$policy"
  fi
  if [ ! -d /usr/lib/postgresql ]; then
    mkdir -p "${cluster_conf%/*}"
    printf '%s\ncreate_main_cluster = false\n' "$our_mark" >"$cluster_conf"
  fi
}

remove_guards() {
  for guard in "$policy" "$cluster_conf"; do
    if grep -qsF "$our_mark" "$guard"; then rm -f "$guard"; fi
  done
}

# One attempt. The lists are fetched when a package is unknown, and after a failure: a stale list names files that
# the mirror no longer has.
install_missing() {
  missing=$(missing_packages)
  if [ "${lists_suspect:-}" = yes ] || ! all_known; then
    progress 'fetching the lists of packages'
    apt_get update || return 1
  fi
  lists_suspect=yes
  progress "installing $(one_line "$missing")"
  # shellcheck disable=SC2086
  apt_get install --yes --no-install-recommends --no-upgrade $missing || return 1
  [ -z "$(missing_packages)" ]
}

all_known() {
  # shellcheck disable=SC2086
  [ "$(apt-cache policy $missing | grep -c 'Candidate: [^(]')" -eq "$(echo "$missing" | wc -l)" ]
}

# apt_get ARGUMENT…: runs apt-get, shows how far it is, keeps what it says in the log.
apt_get() {
  {
    code=0
    DEBIAN_FRONTEND=noninteractive apt-get -q -o APT::Status-Fd=3 -o DPkg::Lock::Timeout=180 -o Acquire::Retries=3 \
      -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o APT::Update::Error-Mode=any \
      "$@" 3>&1 >>"$log" 2>&1 </dev/null || code=$?
    echo "exit:$code"
  } | show_apt_progress
}

show_apt_progress() {
  shown=''
  while IFS=: read -r kind what percent _; do
    percent=${percent%%.*}
    # Off a terminal every change is a line of its own: only the quarters, then.
    if [ ! -t 1 ] && [ "$kind" != exit ]; then percent=$((percent / 25 * 25)) what=''; fi
    case $kind in
      exit) return "$what" ;;
      dlstatus) now="downloading, $percent %" ;;
      pmstatus) now="installing, $percent % $what" ;;
      *) continue ;;
    esac
    if [ "$now" != "$shown" ]; then progress "$now"; fi
    shown=$now
  done
  return 1
}

# Where systemd runs, what we just installed would start at the next boot.
disable_services() {
  command -v systemctl >/dev/null || return 0
  for package in $newly_installed; do
    for unit in $(dpkg -L "$package" | sed -n 's#^.*/systemd/system/\([^/@]*\.service\)$#\1#p'); do
      systemctl disable --quiet "$unit" >>"$log" 2>&1 || true
    done
  done
}
