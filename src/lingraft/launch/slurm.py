"""What lingraft asks of Slurm: to queue a job again, and to stop the jobs of a dead run.

It calls Slurm's own commands, and does nothing where they are not installed. Where a controller is
configured and none runs, each command would try for ten seconds.
"""

import logging
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)

_STOP_SECONDS = 300  # for a training to save, and for Slurm to end the job
_CONNECT_SECONDS = 0.5
_CONTROLLER = re.compile(
    r"^\s*(?:SlurmctldHost|ControlMachine)\s*=\s*([^\s(#]+)(?:\(([^)]*)\))?", re.MULTILINE | re.I
)
_PORT = re.compile(r"^\s*SlurmctldPort\s*=\s*(\d+)", re.MULTILINE | re.I)


def requeue_job() -> bool:
    """Put this process's own job back into the queue; returns whether Slurm accepted that.

    For a training that has saved because its time is nearly used up. A requeued job keeps its
    number and uses none of Snakemake's retries, so a week of work fits into nights of twelve hours.
    If Slurm itself is ending the job (cancelled, pre-empted, out of time), nothing is requeued.
    """
    job = os.environ.get("SLURM_JOB_ID")
    if not job or os.environ.get("RANK", "0") != "0" or not shutil.which("scontrol"):
        return False
    state = _ask("squeue", "--noheader", "--jobs", job, "--format", "%T")
    if state != "RUNNING":
        return False
    done = subprocess.run(["scontrol", "requeue", job], capture_output=True, text=True)
    if done.returncode:
        logger.info("Slurm does not requeue job %s (%s)", job, done.stderr.strip())
        return False
    logger.info("job %s goes back into the queue and continues from here", job)
    return True


def stop_jobs_of(folder: Path) -> None:
    """Cancel the Slurm jobs that a dead Snakemake submitted from `folder`; trainings save first.

    Left alone they would go on beside the jobs that a new Snakemake submits for the same work.
    """
    jobs = _jobs_of(folder)
    if not jobs:
        return
    logger.info("cancelling %d Slurm jobs that a killed run left behind", len(jobs))
    subprocess.run(["scancel", *jobs], capture_output=True)
    deadline = time.monotonic() + _STOP_SECONDS
    while _jobs_of(folder) and time.monotonic() < deadline:
        time.sleep(1)  # Slurm has no command that waits for a job's end


def is_silent() -> bool:
    """Whether Slurm is configured here and all of its controllers refuse connections."""
    if "SLURM_JOB_ID" in os.environ:
        return False
    try:
        said = Path(os.environ.get("SLURM_CONF", "/etc/slurm/slurm.conf")).read_text("utf-8")
    except (OSError, ValueError):
        return False
    port = int(found[1]) if (found := _PORT.search(said)) else 6817
    hosts = [address or name for name, address in _CONTROLLER.findall(said)]
    return bool(hosts) and all(_refuses(host, port) for host in hosts)


def without_waiting() -> dict[str, str]:
    """More of an environment in which no command waits for a Slurm that does not run.

    Snakemake asks Slurm at each start, for the help of an option. For what submits nothing.
    """
    return {"SLURM_CONF": os.devnull} if is_silent() else {}


@contextmanager
def asked_without_waiting() -> Iterator[None]:
    """The same in this process, for as long as the context lasts."""
    before, more = os.environ.get("SLURM_CONF"), without_waiting()
    os.environ.update(more)
    try:
        yield
    finally:
        if more and before is None:
            del os.environ["SLURM_CONF"]
        elif more and before is not None:
            os.environ["SLURM_CONF"] = before


def _refuses(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=_CONNECT_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:  # it may be busy, or far away: ask it as always
        return False
    return False


def _jobs_of(folder: Path) -> list[str]:
    if not shutil.which("squeue") or is_silent():
        return []
    own = os.environ.get("SLURM_JOB_ID")
    found = []
    # The executor names each job's rule in the comment; other jobs of this folder are not ours.
    for line in _ask("squeue", "--me", "--noheader", "--format", "%A|%k|%Z").splitlines():
        # The folder is last and takes the rest of the line, since its name may contain "|".
        job, comment, workdir = line.split("|", 2)
        if workdir == str(folder) and comment.startswith("rule_") and job != own:
            found.append(job)
    return found


def _ask(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip()
