#!/bin/sh
# What a program can judge without running ours. A line a check; `tools/check.sh FILE` also writes "PASSED FAILED" to FILE.
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit
PATH=$root/node_modules/.bin:$PATH
passed=0
failed=0

# check TITLE COMMAND…: runs it; shows what it says only when it fails.
check() {
  title=$1
  shift
  if said=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok    $title"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n%s\n' "$title" "$said"
  fi
}

lint() {
  biome ci --colors=off --error-on-warnings --max-diagnostics=50
}

shell_syntax() {
  git grep -lE '^#!/bin/sh|^# Sourced' -- tools images bin .ci | while read -r file; do sh -n "$file" || exit 1; done
}

# Nobody's machine, and nobody's registry or mirror, belongs in the tree.
no_download_addresses() {
  ! grep -n '"resolved"' package-lock.json
}

no_local_paths() {
  case $root in
    # A short path (/src) may well be a word of the text.
    /*/*) ! git grep -nIF "$root/" ;;
  esac
}

no_registry_hosts() {
  ! git grep -nIiE '//[a-z0-9.-]*(registry|mirror|artifactory|proxy)[a-z0-9-]*\.[a-z0-9.-]+' -- . ':!LICENSE'
}

warn_of_long_files() {
  git ls-files -- 'src/*.ts' 'tests/*.ts' 'console/*.ts' 'console/*.tsx' 'tools/*' 'images/*' | while read -r file; do
    if [ -f "$file" ] && [ "$(wc -l <"$file")" -gt 400 ]; then echo "warn  $file has more than 400 lines"; fi
  done
}

check 'types (tsc)' tsc -p .
check 'types of the console (tsc)' tsc -p console
check 'format and lint (biome)' lint
check 'shell scripts parse' shell_syntax
check 'the lockfile names no download address' no_download_addresses
check 'no path of this machine in the tree' no_local_paths
check 'no registry host in the tree' no_registry_hosts
warn_of_long_files

if [ $# -gt 0 ]; then echo "$passed $failed" >"$1"; fi
[ "$failed" -eq 0 ]
