"""What a block of the configuration is made from, as its stage reads it."""

from collections.abc import Iterable

from lingraft.experiment.configuration import Config
from lingraft.stages.declaration import Reads, named
from lingraft.stages.references import source_model


def read_made_from(config: Config, made_from: Iterable[tuple[str, str]]) -> dict[str, Reads]:
    """The artifacts behind the names; with an alignment, the vectors of its two sides.

    Args:
        config: the configuration.
        made_from: section and name of each.
    """
    names: dict[str, list[str]] = {}
    for section, name in made_from:
        names.setdefault(section, []).append(name)
    models, alignments = names.get("models", []), names.get("alignments", [])
    sides = [
        side
        for name in alignments
        for side in (config.alignments[name].source, config.alignments[name].target)
    ]
    found = {
        "downloads": named("downloads", names.get("sources", [])),
        "corpora": named("corpora", names.get("corpora", [])),
        "sets": named("training_sets", names.get("training_sets", [])),
        "models": Reads([source_model(config, name) for name in models], models),
        "vectors": named("vectors", list(dict.fromkeys([*names.get("vectors", []), *sides]))),
        "alignments": named("alignments", alignments),
    }
    return {parameter: reads for parameter, reads in found.items() if reads.places}
