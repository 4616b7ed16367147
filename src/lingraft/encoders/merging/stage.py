"""What the script calls: merge models of a run to one."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from lingraft.artifacts import TrainingSetFacts, open_artifact
from lingraft.encoders.merging.members import Member
from lingraft.encoders.merging.merge import merge_models
from lingraft.encoders.merging.positions import ModuleProbe
from lingraft.encoders.merging.settings import MergedEncoder
from lingraft.errors import ConfigError


def merge_encoders(
    recipe: MergedEncoder,
    members: Mapping[str, Path],
    output: Path,
    *,
    base: Path | None = None,
    sets: Mapping[str, Path] | None = None,
    teacher: Path | None = None,
    seed: int = 1,
) -> None:
    """Merge as a recipe says, and write the encoder.

    Args:
        recipe: the recipe.
        members: folders of the models to merge, by the names that the recipe gives them.
        output: folder of the encoder.
        base: folder of the model from which they were trained.
        sets: folders of the training sets of the probe, by name.
        teacher: folder of the model whose vectors the probe's loss compares with.
        seed: decides which examples the probe has.

    Raises:
        ConfigError: a model or set that the recipe names is not given.
        InputError: the models cannot be merged.
    """
    wanted = [origin.name for origin in recipe.members]
    if missing := [name for name in wanted if name not in members]:
        raise ConfigError(
            f"the recipe merges {missing[0]!r}; give it by `members={missing[0]}=DIR`"
        )
    chosen = {name: members[name] for name in wanted}
    settings = recipe.probe
    if settings is None:
        merge_models(recipe.merge, chosen, output, base)
        return
    given = sets or {}
    if missing := [name for name in settings.data if name not in given]:
        raise ConfigError(f"the probe reads {missing[0]!r}; give it by `sets={missing[0]}=DIR`")
    if teacher is None:
        raise ConfigError("a probe needs a teacher: give it by `teacher=DIR`")
    # It brings sentence-transformers along, which takes three CPU seconds.
    from lingraft.encoders.merging.probing import ProbeInputs, make_probe

    opened = {name: open_artifact(given[name], TrainingSetFacts) for name in settings.data}
    with tempfile.TemporaryDirectory() as work:
        inputs = ProbeInputs(settings, opened, teacher, Path(work), seed)

        def probe(member: Member) -> ModuleProbe:
            return make_probe(member, inputs)

        merge_models(recipe.merge, chosen, output, base, probe)
