#!/bin/sh
# Sends 100,000 generated requests to every route of a cloud on simulated engines, and says what was answered.
#
#   tools/fuzz.sh [REQUESTS]     FUZZ_SEED repeats a run, FUZZ_SHARD=2/4 takes a part of the routes
set -eu
cd "$(dirname "$0")/.."
FUZZ_REQUESTS=${1:-100000}
FUZZ_SEED=${FUZZ_SEED:-$(date +%s)}
export FUZZ_REQUESTS FUZZ_SEED
PATH=$PWD/node_modules/.bin:$PATH
export PATH
echo "$FUZZ_REQUESTS requests, seed $FUZZ_SEED"
exec vitest run --project api --maxWorkers=1 tests/sweeps/fuzz.test.ts
