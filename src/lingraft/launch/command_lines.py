"""From resources to the command line that starts a training: pure functions over strings.

One process is started by plain `python`, several on one machine by torchrun, several machines by
one torchrun each under Slurm's `srun`. torchrun sets ranks and devices; we call it through
`lingraft.launch.torchrun`, which passes on the workers' exit code.
"""

from collections.abc import Mapping
from typing import Any

PORT = "@PORT@"  # lingraft.launch.meeting puts a free port in its place


_TORCHRUN = "python -m lingraft.launch.torchrun"
_MARGIN = 0.1  # of the wall time is kept to save before the scheduler kills the job ...
_LONGEST_MARGIN = 10.0  # ... but no more minutes than this


def training_launcher(resources: Mapping[str, Any]) -> str:
    """The words before `scripts/pretrain.py` for a job with these resources.

    Args:
        resources: Snakemake's: `gpu` (in all), or `processes` where there is no GPU; `nodes`; and
            `mpi`, which profiles set to "srun" for several machines.

    Raises:
        ValueError: the nodes cannot have the same number of processes each.
    """
    nodes = int(resources.get("nodes") or 1)
    processes = int(resources.get("gpu") or resources.get("processes") or 1)
    if nodes == 1:
        several = f"{_TORCHRUN} --standalone --nproc-per-node={processes}"
        return _devices(resources) + ("python" if processes == 1 else several)
    if processes % nodes:
        raise ValueError(f"{processes} processes cannot be spread evenly over {nodes} nodes")
    # Slurm's first host meets the others; the plugin hides the node list from the rule's own shell,
    # so it is read inside the tasks. That shell runs on the first host, where the port must be.
    rendezvous = (
        f'--rdzv-backend=c10d --rdzv-id="$SLURM_JOB_ID-{PORT}" '
        f'--rdzv-endpoint="$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1):{PORT}"'
    )
    # `bash -c SCRIPT torchrun WORDS`: the word after the script becomes $0, all others become "$@".
    return (
        f"python -m lingraft.launch.meeting {resources.get('mpi') or 'srun'} "
        f"--nodes={nodes} --ntasks={nodes} --ntasks-per-node=1 "
        f"bash -c 'exec {_TORCHRUN} --nnodes={nodes} --nproc-per-node={processes // nodes} "
        f'{rendezvous} "$@"\' torchrun'
    )


def evaluation_launcher(resources: Mapping[str, Any]) -> str:
    """The words before `scripts/evaluate.py`: a job with GPUs gets devices of its own."""
    return f"{_devices(resources)}python"


def _devices(resources: Mapping[str, Any]) -> str:
    gpus = int(resources.get("gpu") or 0)
    return f"python -m lingraft.launch.devices {gpus} -- " if gpus else ""


def training_options(resources: Mapping[str, Any]) -> dict[str, int | bool]:
    """Arguments of `scripts/pretrain.py` that profiles set as resources: facts of the machine.

    `zero_stage` and `micro_batch` have values; `compile` is 1 or 0; `activation_checkpointing` and
    `tensorboard` are 1 where wanted.
    """
    given = ("zero_stage", "micro_batch")
    values: dict[str, int | bool] = {
        name: int(resources[name]) for name in given if resources.get(name) is not None
    }
    if resources.get("compile") is not None:
        values["compile"] = bool(int(resources["compile"]))
    switches = ("activation_checkpointing", "tensorboard")
    return values | {name: True for name in switches if int(resources.get(name) or 0)}


def time_budget(resources: Mapping[str, Any]) -> float:
    """Minutes after which a training saves and stops by itself; 0 where the job has no limit."""
    runtime = float(resources.get("runtime") or 0)
    return round(runtime - min(_LONGEST_MARGIN, runtime * _MARGIN), 1)
