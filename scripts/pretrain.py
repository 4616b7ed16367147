"""Continue the pretraining of a language model; started again, it continues where it was."""

from pathlib import Path

from lingraft.arguments import named_folders, split_paths
from lingraft.config.checking import check_block
from lingraft.config.pretraining import Pretraining
from lingraft.errors import PreemptedError
from lingraft.launch.slurm import requeue_job
from lingraft.program import go_offline, read_settings, run, use_threads


def main(
    settings: str,
    model: Path,
    tokens: str,
    state: Path,
    output: Path,
    seed: int = 1,
    corpora: str = "",
    evaluation_corpora: str = "",
    teacher: Path | None = None,
    source: Path | None = None,
    calibration: str = "",
    measure: str = "{}",
    time_budget: float = 0.0,
    threads: int = 1,
    zero_stage: int | None = None,
    micro_batch: int | None = None,
    checkpoint_minutes: float = 15.0,
    checkpoint_steps: int | None = None,
    log_steps: int = 10,
    hang_minutes: float = 30.0,
    activation_checkpointing: bool = False,
    compile: bool | None = None,
    tensorboard: bool = False,
    local_rank: int | None = None,
) -> None:
    """Train a model on token files.

    Start it alone, or for several processes under `python -m lingraft.launch.torchrun`, torchrun or
    deepspeed. Ends with 0 when finished, 75 when it was asked to stop and has saved, 3 when
    training diverged, 65 when an input is unusable.

    Args:
        settings: the recipe (a block of `pretraining`), as YAML text or file.
        model: folder of the model to begin with.
        tokens: folders of the encoded corpora, with commas between them.
        state: where checkpoints live, in a folder of this training's own.
        output: folder of the resulting model.
        seed: seed of data order, masks and dropout.
        corpora: corpora whose held-out documents are scored as the model trains, as
            name=folder,name=folder; they change no weights. Stages with `distillation` read their
            training documents.
        evaluation_corpora: corpora that are scored too, as name=folder,name=folder, to see what the
            model forgets; they decide nothing.
        teacher: folder of the source model, for stages with `distillation`.
        source: folder of the source model, for recipes with `merge`.
        calibration: corpora that a `shield` names, as name=folder; it reads their training
            documents.
        measure: which of these documents, in which windows, under which masks: `documents`,
            `sequence_length`, `mask_probability` and `seed`, as YAML text or file.
        time_budget: minutes after which to save and stop; 0 for no limit.
        threads: CPU threads of each process.
        zero_stage: DeepSpeed's ZeRO stage, 0 to 3; by default 0 alone in fp32 and 1 otherwise.
        micro_batch: rows of a forward pass; by default as many as usually fit.
        checkpoint_minutes: minutes between checkpoints.
        checkpoint_steps: steps between further checkpoints.
        log_steps: steps between lines of the log.
        hang_minutes: minutes without a finished step after which the program gives up; 0: never.
        activation_checkpointing: compute activations twice to save memory.
        compile: compile the model's layers with torch.compile; by default on a GPU, without ZeRO 3.
        tensorboard: write curves for TensorBoard too, into the folder `state`.
        local_rank: the deepspeed launcher adds it; LOCAL_RANK in the environment says the same.
    """
    del local_rank
    go_offline()
    use_threads(threads)
    from lingraft.models.scoring.settings import HeldOutMeasure
    from lingraft.training.job import Job, Machine, name_tokens
    from lingraft.training.stage import pretrain

    recipe = check_block(Pretraining, read_settings(settings), "pretraining settings")
    machine = Machine(
        zero_stage=zero_stage,
        micro_batch=micro_batch,
        checkpoint_minutes=checkpoint_minutes,
        checkpoint_steps=checkpoint_steps,
        log_steps=log_steps,
        time_budget=time_budget,
        hang_minutes=hang_minutes,
        activation_checkpointing=activation_checkpointing,
        compile=compile,
        tensorboard=tensorboard,
    )
    job = Job(
        recipe,
        model,
        name_tokens(split_paths(tokens)),
        state,
        output,
        seed,
        machine,
        named_folders(corpora),
        teacher,
        source,
        named_folders(calibration),
        check_block(HeldOutMeasure, read_settings(measure), "measure"),
        named_folders(evaluation_corpora),
    )
    try:
        pretrain(job)
    except PreemptedError:
        requeue_job()
        raise


if __name__ == "__main__":
    run(main)
