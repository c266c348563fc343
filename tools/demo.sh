#!/bin/sh
# Sets up, starts the cloud, plays the story of the README and leaves the cloud running.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
sh "$root/tools/setup.sh" run
"$root/bin/andromede" up --detach
"$root/bin/andromede" story
