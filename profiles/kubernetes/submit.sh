#!/usr/bin/env bash
# Submit a script of Snakemake's; its resources stand in the line "# properties = {...}".
set -euo pipefail
. "$(dirname "$0")/scheduler.sh"
mkdir -p .snakemake/cluster
eval "$(python - "$1" << 'PYTHON'
import json, shlex, sys

lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
job = json.loads(next(line for line in lines if line.startswith("# properties")).split(" = ", 1)[1])
resources = job["resources"]
name = "-".join([job["rule"], *job["wildcards"].values()])
values = {
    "name": "".join(c if c.isalnum() or c in "-._" else "-" for c in name)[:60],
    "cores": job["threads"],
    "memory_mb": resources.get("mem_mb", 2000),
    "minutes": resources.get("runtime", 60),
    "gpus": resources.get("gpu", 0),
}
print("\n".join(f"{key}={shlex.quote(str(value))}" for key, value in values.items()))
PYTHON
)"
log=$PWD/.snakemake/cluster/$name.log
# The job itself leaves its outcome behind: schedulers forget, each in its own way.
script=$(mktemp ".snakemake/cluster/$name.XXXXXX.sh")
ending=$PWD/${script%.sh}.ended
printf '#!/bin/sh\ncd %q\nsh %q\necho $? > %q\n' "$PWD" "$1" "$ending" > "$script"
chmod +x "$script"
number=$(submit "$PWD/$script")
echo "$number"
echo "$ending" > ".snakemake/cluster/$number.job"
