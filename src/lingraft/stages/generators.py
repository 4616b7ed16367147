"""What the training of a generator of rows reads."""

from collections.abc import Mapping

from lingraft.experiment.configuration import Config
from lingraft.stages.declaration import Names, Reads, named
from lingraft.stages.references import source_model


def read_by_generator(config: Config, names: Names) -> Mapping[str, Reads]:
    """The source model, and the word vectors that describe its tokens."""
    block = config.generators[names["name"]]
    found = {"models": Reads([source_model(config, block.model)], [block.model])}
    vectors = [] if block.described_by is None else [block.described_by]
    for name in block.aligned_by:
        alignment = config.alignments[name]
        vectors += [alignment.source, alignment.target]
    if vectors:
        found["vectors"] = named("vectors", list(dict.fromkeys(vectors)))
    if block.aligned_by:
        found["alignments"] = named("alignments", block.aligned_by)
    return found
