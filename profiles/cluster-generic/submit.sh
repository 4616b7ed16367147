#!/usr/bin/env bash
# Submit a script of Snakemake's; its resources are in the line "# properties = {...}".
set -euo pipefail
. "$(dirname "$0")/scheduler.sh"
mkdir -p .snakemake/cluster
# Names of folders are bytes, and may be anything: Python quotes them, for every shell and locale.
eval "$(python - "$1" "$PWD" << 'PYTHON'
import json, os, re, shlex, stat, sys, tempfile

job_script, folder = sys.argv[1:]
lines = open(job_script, encoding="utf-8", errors="surrogateescape").read().splitlines()
job = json.loads(next(line for line in lines if line.startswith("# properties")).split(" = ", 1)[1])
resources = job["resources"]
# A group of jobs (--groups) has a name of its own, and no wildcards.
words = [job.get("rule") or job.get("groupid") or "job", *map(str, job.get("wildcards", {}).values())]
name = re.sub(r"[^A-Za-z0-9._-]", "-", "-".join(words))[:60]
cluster = os.path.join(folder, ".snakemake", "cluster")
handle, script = tempfile.mkstemp(prefix=f"{name}.", suffix=".sh", dir=cluster)
ending = script.removesuffix(".sh") + ".ended"
# The job itself leaves its outcome behind: schedulers forget, each in its own way.
text = "#!/bin/sh\ncd {}\nsh {}\necho $? > {}\n".format(*map(shlex.quote, (folder, job_script, ending)))
with os.fdopen(handle, "wb") as stream:
    stream.write(os.fsencode(text))
os.chmod(script, stat.S_IRWXU)
values = {
    "name": name,
    "cores": job.get("threads", 1),
    "memory_mb": resources.get("mem_mb", 2000),
    "minutes": resources.get("runtime", 60),
    "gpus": resources.get("gpu", 0),
    "log": os.path.join(cluster, f"{name}.log"),
    "script": script,
    "ending": ending,
}
said = "\n".join(f"{key}={shlex.quote(str(value))}" for key, value in values.items())
sys.stdout.buffer.write(os.fsencode(said))
PYTHON
)"
number=$(submit "$script")
echo "$number"
printf '%s\n' "$ending" > ".snakemake/cluster/$number.job"
