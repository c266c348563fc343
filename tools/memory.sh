#!/bin/sh
# Prints the proportional set size (PSS, in MB) of everything that a cloud runs on this machine, guests aside.
#
#   tools/memory.sh [DIR]      DIR as in `bin/andromede up --data DIR`
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
data=${1:-/var/lib/andromede}
host=$("$root/bin/andromede" status --data "$data" --output json | sed -n 's/^ *"pid": *\([0-9]*\).*/\1/p' | head -n 1)
netns=$(cat "$data/netns")

# Everything in the cloud's namespace, and the descendants of the host process and of what it has left running.
pids=$({
  echo "$host"
  ip netns pids "$netns"
  "$root/bin/andromede" status --data "$data" --output json | sed -n 's/^ *"pid": *\([0-9]*\).*/\1/p'
} | sort -un)
for pid in $pids; do pids="$pids $(pgrep --parent "$pid" || true)"; done

for pid in $(printf '%s\n' $pids | sort -un); do
  name=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c 1-70)
  case $name in *qemu-system*) continue ;; esac
  awk -v name="$name" '/^Pss:/ {printf "%7.1f  %s\n", $2 / 1024, name}' "/proc/$pid/smaps_rollup" 2>/dev/null || true
done | sort -rn | awk '{print; total += $1} END {printf "%7.1f  in all\n", total}'
