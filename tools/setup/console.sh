# Sourced by the set-up. Names each step, shows its progress on one line, times it, and says what to do when it fails.

step=0
steps=0

now_ms() {
  date +%s%3N
}

# seconds_since MS: the time passed since then, as "0.4 s".
seconds_since() {
  passed=$(($(now_ms) - $1))
  printf '%d.%d s' $((passed / 1000)) $((passed % 1000 / 100))
}

# begin TITLE: starts the next step.
begin() {
  step=$((step + 1))
  title=$1
  step_started=$(now_ms)
  progress 'checking'
}

# progress TEXT: what the step is doing. On a terminal it replaces the line; elsewhere it is a line of its own when new.
progress() {
  if [ -t 1 ]; then
    printf '\r\033[K[%d/%d] %-15s %.90s' "$step" "$steps" "$title" "$1"
  elif [ "$1" != checking ]; then
    printf '[%d/%d] %-15s … %s\n' "$step" "$steps" "$title" "$1"
  fi
}

# finish TEXT: ends the step.
finish() {
  if [ -t 1 ]; then printf '\r\033[K'; fi
  printf '[%d/%d] %-15s %s (%s)\n' "$step" "$steps" "$title" "$1" "$(seconds_since "$step_started")"
}

# fail REASON ADVICE…: ends the set-up; the advice says what to do, a line each.
fail() {
  if [ -t 1 ]; then printf '\r\033[K'; fi
  printf '[%d/%d] %-15s FAILED: %s\n' "$step" "$steps" "$title" "$1" >&2
  shift
  if [ -s "${log:-}" ]; then
    printf 'The last lines of its output (%s has them all):\n' "$log" >&2
    tail -n 12 "$log" | sed 's/^/  | /' >&2
    keep_log=yes
  fi
  printf 'What to do:\n' >&2
  printf '  - %s\n' "$@" "Then run the same command again: it carries on from here." >&2
  exit 1
}

# retry COMMAND…: tries five times; between two attempts it waits longer and longer.
retry() {
  for pause in 5 15 30 60 none; do
    if "$@"; then return 0; fi
    if [ "$pause" = none ]; then return 1; fi
    progress "that did not work; trying again in $pause s"
    # Without the lock of the set-up: when that is ended, its sleep may go on.
    sleep "$pause" 8<&-
  done
}

# need_space FOLDER MEGABYTES: fails unless the folder's file system has that much room.
need_space() {
  free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
  if [ "$free" -lt "$2" ]; then
    fail "$1 has $free MB free and this step needs $2 MB" "free some room: \`apt-get clean\`, or a larger disk"
  fi
}

# need_root WHAT: fails unless we are root.
need_root() {
  if [ "$(id -u)" -ne 0 ]; then
    fail "$1 needs root" 'run it with sudo, for example: sudo npm run setup'
  fi
}
