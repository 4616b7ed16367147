"""Run Snakemake's linter on the workflow: the default configuration and a small one; no remark."""

import subprocess
import sys

CONFIGURATIONS: tuple[tuple[str, ...], ...] = ((), ("--configfile", "config/tiny.yaml"))


def main() -> int:
    for given in CONFIGURATIONS:
        done = subprocess.run(["snakemake", "--lint", *given], capture_output=True, text=True)
        if done.returncode:
            print(done.stdout + done.stderr, file=sys.stderr)
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
