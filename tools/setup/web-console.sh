# Sourced by the set-up. Builds the web console, unless what it is built from has not changed since.

ensure_web_console() {
  begin 'Web console'
  built=$root/console/dist
  inputs=$(web_console_inputs)
  if [ "$(cat "$built/.inputs" 2>/dev/null)" != "$inputs" ]; then
    progress 'building'
    (cd "$root" && PATH=$root/node_modules/.bin:$PATH vite build console >>"$log" 2>&1) ||
      fail 'the web console could not be built' 'have its sources been changed? try: npm run check'
    echo "$inputs" >"$built/.inputs"
  fi
  finish "$(find "$built" -name '*.js' | wc -l) scripts"
}

# One hash over everything that goes into it.
web_console_inputs() {
  (cd "$root" && find console src/kernel/base src/client package-lock.json -path console/dist -prune -o -type f -print |
    LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum | cut -d ' ' -f 1)
}
