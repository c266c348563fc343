#!/bin/sh
# Brings up real OpenStack from Debian's packages, puts the market alone in front of it, imports its projects, rates their month
# without charging, and plays the story of a sale on it. Leaves both running.
#
#   tools/demo-openstack.sh [--dir DIR]     DIR (/var/lib/andromede-openstack unless said) holds all of it: 2.5 GB
#   tools/demo-openstack.sh [--dir DIR] test      runs the market's acceptance tests on that cloud
#   tools/demo-openstack.sh [--dir DIR] down      stops both
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
dir=/var/lib/andromede-openstack
if [ "${1:-}" = --dir ]; then
  dir=${2:?--dir needs a folder}
  shift 2
fi
market=$dir/market

inside() {
  sh "$root/tools/openstack.sh" exec --dir "$dir" "$@"
}

case ${1:-} in
  '') ;;
  test)
    export ANDROMEDE_TEST_CLOUDS="$dir/clouds.yaml" ANDROMEDE_TEST_NOTIFICATIONS=amqp://guest:guest@127.0.0.1:5672/
    cd "$root"
    export PATH="$root/node_modules/.bin:$PATH"
    inside vitest run --project openstack
    exit
    ;;
  down)
    inside "$root/bin/andromede" down --data "$market" || true
    exec sh "$root/tools/openstack.sh" down --dir "$dir"
    ;;
  *)
    sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
  fr*) cloud='Le vrai OpenStack de Debian, dans un espace à lui' end='Tout tourne encore. Pour arrêter :' ;;
  *) cloud='Real OpenStack from Debian, in a space of its own' end='Both keep running. To stop them:' ;;
esac

sh "$root/tools/setup.sh" openstack
echo "$cloud ($dir)"
sh "$root/tools/openstack.sh" up --dir "$dir"
mkdir -p "$market"
chmod 755 "$dir" "$market"
# The operator's way in, where the commands look for it: --data, or OS_CLIENT_CONFIG_FILE.
cp "$dir/clouds.yaml" "$market/clouds.yaml"
cat >"$market/config.yaml" <<X
openstack:
  cloudsFile: $market/clouds.yaml
  cloud: admin
  notificationsUrl: amqp://guest:guest@127.0.0.1:5672/
  notificationsQueue: andromede.info
  pollSeconds: 60
X
inside "$root/bin/andromede" up --detach --data "$market" --port 8000
inside "$root/bin/andromede" story --foreign --data "$market"
printf '%s\n  npm run demo:openstack -- --dir %s down\n' "$end" "$dir"
