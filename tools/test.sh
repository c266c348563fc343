#!/bin/sh
# Sets up what the tests need and runs them all: checks, unit, API, the console's pages, crash sweeps, real guests.
# The last line is `N passed, N failed, N skipped`; the exit code is 0 only when nothing failed.
#
#   tools/test.sh [unit|api|pages|crash|real]…     only these suites, without set-up and checks
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit

if [ $# -eq 0 ]; then
  sh tools/setup.sh test || exit
fi
PATH=$root/node_modules/.bin:$PATH
results=$(mktemp -d "${TMPDIR:-/tmp}/andromede-test.XXXXXX")
trap 'rm -rf "$results"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ $# -eq 0 ]; then
  echo '== checks'
  sh tools/check.sh "$results/checks"
fi
for suite in ${*:-unit api pages crash real}; do
  echo "== $suite"
  # Twenty minutes are the budget of all together: a suite that hangs is ended, and counts as failed.
  timeout --kill-after=30 1200 vitest run --project "$suite" --passWithNoTests \
    --reporter=default --reporter=json --outputFile.json="$results/$suite.json"
  echo "$?" >"$results/$suite.exit"
done

node tools/test-summary.mjs "$results"
