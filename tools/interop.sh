#!/bin/sh
# The interoperability bar: Debian's Tempest against a cloud of its own. tests/compatibility/README.md says how to read it.
#
#   tools/interop.sh [--list platform|dns|orchestration|api] [--regex RE] [--help]
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
sh "$root/tools/setup.sh" interop
exec "$root/node_modules/.bin/node" "$root/tests/compatibility/run.ts" "$@"
