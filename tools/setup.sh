#!/bin/sh
# Brings what a bare Debian 12 lacks, and nothing when nothing is missing.
#
#   tools/setup.sh [run|test|interop|openstack|image]
#
# `run` (the default): what a cloud needs; `test`: what the tests need as well; `interop`: and what the interoperability bar
# needs; `openstack`: what the demonstration in front of real OpenStack needs; `image`: what the Debian 12 image is built with.
#
# It leaves alone what is there: packages are not upgraded, services not started, clusters of PostgreSQL not touched.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
# shellcheck source=tools/setup/console.sh
. "$here/setup/console.sh"
# shellcheck source=tools/setup/system.sh
. "$here/setup/system.sh"
# shellcheck source=tools/setup/debian.sh
. "$here/setup/debian.sh"
# shellcheck source=tools/setup/npm.sh
. "$here/setup/npm.sh"
# shellcheck source=tools/setup/guest-image.sh
. "$here/setup/guest-image.sh"
# shellcheck source=tools/setup/web-console.sh
. "$here/setup/web-console.sh"

case ${1:-run} in
  run) groups='run' ;;
  test) groups='run test' ;;
  interop) groups='run test interop' ;;
  openstack) groups='run openstack' ;;
  image) groups='run image' ;;
  *)
    echo "usage: tools/setup.sh [run|test|interop|openstack|image]" >&2
    exit 2
    ;;
esac

# apt-get, useradd and their like live in sbin, which a user's PATH may lack; their answers are read, so in English.
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8
# `npm run` puts node_modules/.bin first, and the Node there must not vanish under the npm that installs anew.
PATH=$(echo "$PATH" | tr : "\n" | grep -v "/node_modules/" | paste -sd:)

cleanup() {
  if [ "${keep_log:-}" != yes ]; then rm -f "$log"; fi
}
log=$(mktemp "${TMPDIR:-/tmp}/andromede-setup.XXXXXX")
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

steps=6
started=$(now_ms)
check_system
ensure_debian_packages
ensure_npm_packages
ensure_users
ensure_guest_image
ensure_web_console
echo "Set up in $(seconds_since "$started")."
