#!/usr/bin/env bash
# Print the state of the job with this number: running, success or failed.
set -euo pipefail
. "$(dirname "$0")/scheduler.sh"
ending=$(cat ".snakemake/cluster/$1.job")
if [ ! -s "$ending" ] && is_alive "$1"; then
  echo running
elif [ ! -s "$ending" ] && sleep 2 && [ ! -s "$ending" ]; then # it may have ended just now
  echo failed # killed: out of memory, out of time, a lost node
elif [ "$(cat "$ending")" = 0 ]; then
  echo success
else
  echo failed
fi
