"""Give each job on a GPU box its own devices: `python -m lingraft.launch.devices 2 -- command ...`.

On one machine Snakemake counts GPUs but does not assign them: two jobs of one GPU each would both
take the first. Here a job locks as many devices as it was promised, shows only them to the command
(CUDA_VISIBLE_DEVICES), and becomes the command. The locks last for as long as that process lives,
however it ends. Under a scheduler that assigns devices, only the last step happens.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from lingraft.errors import ConfigError
from lingraft.locks import Lock

_ASSIGNED_BY = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID", "KUBERNETES_SERVICE_HOST")
_POLL_SECONDS = 0.5


def visible_devices(environment: Mapping[str, str]) -> list[str]:
    """The devices a job may choose from: those in CUDA_VISIBLE_DEVICES, or all of this machine."""
    shown = environment.get("CUDA_VISIBLE_DEVICES")
    if shown is not None:
        return [name.strip() for name in shown.split(",") if name.strip()]
    try:
        listed = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True)
    except FileNotFoundError:
        return []
    return [str(number) for number, _ in enumerate(listed.stdout.splitlines())]


def lock_devices(count: int, devices: Sequence[str], folder: Path) -> list[str]:
    """Lock `count` of `devices` for this process, also after an exec; wait until they are free.

    Args:
        count: the number of devices to lock.
        devices: their names in the form of CUDA_VISIBLE_DEVICES.
        folder: the folder of the lock files, the same for all jobs of this machine.

    Raises:
        ConfigError: `count` is larger than the number of devices.
    """
    if count > len(devices):
        raise ConfigError(
            f"this job needs {count} GPUs, but {len(devices)} are visible here; give fewer in the "
            "profile (resources: gpu), or set CUDA_VISIBLE_DEVICES"
        )
    while True:
        held: dict[str, Lock] = {}
        for device in devices:
            # Names of MIG devices may have slashes.
            lock = Lock(folder / f"gpu-{device.replace('/', '-')}.lock")
            if len(held) < count and lock.try_acquire():
                held[device] = lock
        if len(held) == count:
            for lock in held.values():
                lock.keep()
            return sorted(held, key=list(devices).index)
        for lock in held.values():  # two jobs with half of them each would wait for ever
            lock.release()
        time.sleep(_POLL_SECONDS)


def main(words: Sequence[str]) -> None:
    """Lock devices and become the command after `--`."""
    count, command = int(words[0]), list(words[2:])
    environment = dict(os.environ)
    if not any(name in environment for name in _ASSIGNED_BY):
        folder = Path(tempfile.gettempdir()) / f"lingraft-devices-{os.getuid()}"
        try:
            chosen = lock_devices(count, visible_devices(environment), folder)
        except ConfigError as error:
            print(f"error: {error}", file=sys.stderr)
            raise SystemExit(error.exit_code) from None
        environment["CUDA_VISIBLE_DEVICES"] = ",".join(chosen)
    os.execvpe(command[0], command, environment)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
