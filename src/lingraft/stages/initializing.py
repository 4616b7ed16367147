"""What initializations read, and the trainings of the generators that some of them use."""

from collections.abc import Mapping

from lingraft.experiment.configuration import Config
from lingraft.stages.declaration import Names, Reads, besides, folder, folders
from lingraft.stages.made_from import read_made_from
from lingraft.stages.references import evidence, source_model


def read_by_generator(config: Config, names: Names) -> Mapping[str, Reads]:
    """The source model, and the word vectors that describe its tokens."""
    return read_made_from(config, config.generators[names["name"]].made_from)


def read_by_initialization(config: Config, names: Names) -> Mapping[str, Reads]:
    """What the method may use: the same for every method, so that a method is one word.

    Vectors and donors come only where the method takes them: others need not wait for them.
    """
    run = config.runs[names["run"]]
    found = {
        "source_model": folder(source_model(config, run.model)),
        "target_tokenizer": folder(f"tokenizers/{run.tokenizer}"),
        "corpora": folders("corpora", run.corpora),
    }
    translated = [name for name in run.corpora if config.corpora[name].pivot is not None]
    found["parallel"] = besides(folders("corpora", translated))
    taken = evidence(config, names["run"], names["initialization"])
    if taken.donor is not None:
        found["donor"] = folder(source_model(config, taken.donor))
    if taken.generator is not None:
        found["generator"] = folder(f"generators/{taken.generator}")
    if taken.multilingual_vectors is not None:
        found["multilingual_vectors"] = folder(f"vectors/{taken.multilingual_vectors}")
    if taken.alignments:
        targets = [config.alignments[name].target for name in taken.alignments]
        found["alignment"] = folders("alignments", taken.alignments)
        source = config.alignments[taken.alignments[0]].source
        found["source_vectors"] = folder(f"vectors/{source}")
        found["target_vectors"] = folders("vectors", targets)
    return found
