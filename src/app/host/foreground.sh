#!/bin/sh
# What is left of `bin/andromede up` in the foreground: waits while a host process lives, and takes the cloud down when
# the terminal says so (Ctrl-C, SIGTERM, a closed window).
# Usage: foreground.sh RECORD ANDROMEDE DIR HINT COMPLAINT; RECORD holds the boot id and a line of /proc/PID/stat.
record=$1 andromede=$2 dir=$3 hint=$4 complaint=$5

# Start time of process $1: field 22, which is the 20th behind the command's name in parentheses.
started() {
  read -r line 2>/dev/null <"/proc/$1/stat" || return 1
  set -- ${line##*) }
  [ "$1" != Z ] && echo "${20}"
}

alive() {
  { read -r _ && read -r line; } 2>/dev/null <"$record" || return 1
  pid=${line%% *}
  set -- ${line##*) }
  [ "$(started "$pid")" = "${20}" ]
}

stop() {
  trap '' INT TERM HUP
  kill $! 2>/dev/null
  "$andromede" down --data "$dir"
  exit $?
}
trap stop INT TERM HUP
echo "$hint"

missed=0
while [ -e "$record" ] && [ $missed -lt 20 ]; do
  # During `restart` there is no host process for a moment.
  if alive; then missed=0; else missed=$((missed + 1)); fi
  sleep 1 &
  wait $!
done
# `down` in another terminal takes the record away.
[ -e "$record" ] || exit 0
echo "$complaint" >&2
exit 1
