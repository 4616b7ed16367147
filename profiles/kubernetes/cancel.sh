#!/usr/bin/env bash
# Cancel the jobs with these numbers.
set -euo pipefail
. "$(dirname "$0")/scheduler.sh"
cancel "$@"
