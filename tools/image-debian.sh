#!/bin/sh
# Builds the guest image of Debian 12 with cloud-init, and says how a cloud is given it. As root.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cache=${ANDROMEDE_CACHE:-/var/cache/andromede}
if [ "$(id -u)" -ne 0 ]; then
  echo 'packages are configured in a chroot, which only root may: run the same command with sudo' >&2
  exit 1
fi
sh "$root/tools/setup.sh" image
sh "$root/images/debian-12/build.sh" "$cache"
cat <<END
$(du -h "$cache/debian-12.qcow2" | cut -f 1) in $cache/debian-12.qcow2. To have it in a cloud:
  openstack image create --file $cache/debian-12.qcow2 --disk-format qcow2 --container-format bare \\
    --min-disk 2 --min-ram 384 --property os_distro=debian --property os_version=12 debian-12
END
