"""Run Snakemake's linter on the real Snakefile; any remark fails."""

import subprocess
import sys


def main() -> int:
    done = subprocess.run(
        ["snakemake", "--lint", "--configfile", "config/tiny.yaml"], capture_output=True, text=True
    )
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
