"""Tune a sentence encoder; started again, it continues where it was."""

from pathlib import Path

from lingraft.arguments import named_folders
from lingraft.config.checking import check_block
from lingraft.encoders.settings import TunedEncoder
from lingraft.errors import PreemptedError
from lingraft.launch.slurm import requeue_job
from lingraft.program import go_offline, read_settings, run, use_threads


def main(
    settings: str,
    model: Path,
    teacher: Path,
    sets: str,
    state: Path,
    output: Path,
    seed: int = 1,
    vectors: Path | None = None,
    time_budget: float = 0.0,
    threads: int = 1,
    micro_batch: int | None = None,
    checkpoint_minutes: float = 15.0,
    checkpoint_steps: int | None = None,
    log_steps: int = 10,
    hang_minutes: float = 30.0,
    local_rank: int | None = None,
) -> None:
    """Tune a sentence encoder on training sets.

    Start it alone, or for several processes under `python -m lingraft.launch.torchrun` or torchrun.
    Ends with 0 when finished, 75 when it was asked to stop and has saved, 3 when training diverged,
    65 when an input is unusable.

    Args:
        settings: the recipe (a block of `encoders`), as YAML text or file.
        model: folder of the model to begin with.
        teacher: folder of the model whose vectors are learned from.
        sets: training sets that the recipe names, as name=folder,name=folder.
        state: where checkpoints live, in a folder of this tuning's own.
        output: folder of the encoder.
        seed: seed of data order, masks, dropout and new layers.
        vectors: folder in which tunings may share the vectors of their teacher.
        time_budget: minutes after which to save and stop; 0 for no limit.
        threads: CPU threads of each process.
        micro_batch: examples of a forward pass, where the loss does not compare them.
        checkpoint_minutes: minutes between checkpoints.
        checkpoint_steps: steps between further checkpoints.
        log_steps: steps between lines of the log.
        hang_minutes: minutes without a finished step after which the program gives up; 0: never.
        local_rank: the deepspeed launcher adds it; LOCAL_RANK in the environment says the same.
    """
    del local_rank
    go_offline()
    use_threads(threads)
    from lingraft.encoders.job import TuningJob
    from lingraft.encoders.stage import tune
    from lingraft.training.job import Machine

    recipe = check_block(TunedEncoder, read_settings(settings), "encoder settings")
    machine = Machine(
        micro_batch=micro_batch,
        checkpoint_minutes=checkpoint_minutes,
        checkpoint_steps=checkpoint_steps,
        log_steps=log_steps,
        time_budget=time_budget,
        hang_minutes=hang_minutes,
    )
    job = TuningJob(
        recipe, model, teacher, named_folders(sets), state, output, seed, vectors, machine
    )
    try:
        tune(job)
    except PreemptedError:
        requeue_job()
        raise


if __name__ == "__main__":
    run(main)
