"""What the sentence encoders of a run need of its models, of training sets and of seeds."""

from graphlib import CycleError, TopologicalSorter

from lingraft.config.names import require_known
from lingraft.encoders.merging.settings import MergeProbe
from lingraft.encoders.recipes import AnyEncoder, origins_of
from lingraft.encoders.settings import STATES, TunedEncoder, TuningStage
from lingraft.experiment.runs import Run
from lingraft.experiment.sections import Sections


def check_encoders(config: Sections) -> None:
    """Raise ValueError where the encoders of a run do not fit its models, sets or seeds."""
    for name in config.encoders:
        if name in STATES:
            raise ValueError(f"encoders.{name}: this name is taken; give the recipe another one")
    for key, run in config.runs.items():
        for name in run.encoders:
            recipe = config.encoders[name].of_run(key)
            if isinstance(recipe, TunedEncoder):
                for number, stage in enumerate(recipe.stages):
                    _check_stage(config, f"encoders.{name}.stages.{number}", stage)
            elif recipe.probe is not None:
                _check_stage(config, f"encoders.{name}.probe", recipe.probe)
        if isinstance(run.encoders, dict):
            for name, chosen in run.encoders.items():
                for initialization in chosen:
                    where = f"runs.{key}.initializations"
                    required = (initialization, run.initializations)
                    require_known(*required, f"runs.{key}.encoders.{name}", where)
        _check_encoder_seeds(key, run)
        _check_origins(config, key, run)


def _check_stage(config: Sections, key: str, stage: TuningStage | MergeProbe) -> None:
    """The sets of a stage have one form, which its loss reads."""
    forms = {config.training_sets[name].form for name in stage.data}
    if len(forms) > 1:
        raise ValueError(f"{key}.data: sets of one stage have one form, not {sorted(forms)}")
    if not forms <= set(stage.loss.reads):
        raise ValueError(
            f"{key}.loss: {stage.loss.name} reads {' or '.join(stage.loss.reads)}, and "
            f"{stage.data[0]} has {forms.pop()}"
        )


def _check_encoder_seeds(key: str, run: Run) -> None:
    """Encoders are made of seeds that are trained, and of each initialization that has some."""
    chosen = run.encoder_seeds
    if chosen is None:
        return
    if not run.encoders:
        raise ValueError(f"runs.{key}.encoder_seeds: the run makes no encoders; remove the key")
    made = {name: run.seeds_of(name) for name in run.initializations if run.encoders_of(name)}
    known = {seed for seeds in made.values() for seed in seeds}
    for seed in chosen:
        if seed not in known:
            raise ValueError(
                f"runs.{key}.encoder_seeds: no initialization with encoders has seed {seed}; "
                f"take some of {sorted(known)}, or leave the key out"
            )
    for name, seeds in made.items():
        if not set(seeds) & set(chosen):
            raise ValueError(
                f"runs.{key}.encoder_seeds: {name} has encoders, and none of the seeds {chosen}; "
                f"add one of {seeds}"
            )


def _check_origins(config: Sections, key: str, run: Run) -> None:
    """Every encoder is made from models that the run makes, and not from itself."""
    made = {
        (initialization, seed): (*states, *run.encoders_of(initialization, seed))
        for initialization, recipe in run.recipes.items()
        for states in [STATES if recipe is not None else STATES[:1]]
        for seed in run.seeds_of(initialization)
    }
    needs = {
        (*cell, name): _needs(config.encoders[name], *cell)
        for cell, steps in made.items()
        for name in steps
        if name not in STATES
    }
    for (*_, name), needed in needs.items():
        for model in needed:
            initialization, seed, step = model
            what = f"{step} of {initialization} with seed {seed}"
            if step not in made.get((initialization, seed), ()):
                raise ValueError(
                    f"encoders.{name} needs {what}, which runs.{key} does not make; add it there, "
                    "or take another"
                )
            if needed.count(model) > 1:
                raise ValueError(
                    f"encoders.{name} merges {what} twice; runs.{key}.encoders can say of which "
                    "initializations it is made"
                )
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        *_, last, first = error.args[1]
        raise ValueError(f"encoders.{first[2]} is made from itself, over {last[2]}") from None


def _needs(recipe: AnyEncoder, initialization: str, seed: int) -> list[tuple[str, int, str]]:
    """What an encoder of a training is made from: initialization, seed, and step of each model."""
    return [
        (
            origin.initialization or initialization,
            seed if origin.seed is None else origin.seed,
            origin.step,
        )
        for origin in origins_of(recipe)
    ]
