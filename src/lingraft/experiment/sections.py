"""The sections of a configuration: everything is named once, and `runs` combines the names."""

from lingraft.config.base import Block, Name
from lingraft.config.datasets import Dataset
from lingraft.config.pretraining import Pretraining
from lingraft.config.report import Report
from lingraft.config.tokenizers import Vocabulary
from lingraft.corpus.settings import Corpus
from lingraft.corpus.sources import AnySource
from lingraft.encoders.recipes import AnyEncoder
from lingraft.encoders.sets import AnySet
from lingraft.evaluation.configuration import Evaluation
from lingraft.experiment.runs import Run
from lingraft.initialization.generators import AnyGenerator
from lingraft.initialization.methods import Initialization
from lingraft.models.settings import Model
from lingraft.vectors.settings import AnyAlignment
from lingraft.vectors.trainers import AnyTrainer


class Sections(Block):
    """The sections of a configuration file, each by itself."""

    experiment: Name
    """Name of the experiment; its artifacts are under `results/<experiment>/`."""
    sources: dict[Name, AnySource] = {}
    """What is downloaded, each once."""
    corpora: dict[Name, Corpus] = {}
    """Text: read from sources, cleaned, with a part held out."""
    models: dict[Name, Model] = {}
    """Pretrained models to start from."""
    tokenizers: dict[Name, Vocabulary] = {}
    """Tokenizers to train, to take from a download, or to make from another one."""
    vectors: dict[Name, AnyTrainer] = {}
    """Static word vectors to train or load."""
    alignments: dict[Name, AnyAlignment] = {}
    """Pairs of vector spaces to bring into one space."""
    generators: dict[Name, AnyGenerator] = {}
    """Networks that learn the rows of a source model and make rows for new tokens."""
    initializations: dict[Name, Initialization] = {}
    """Ways to initialize the new embeddings: a method and its options."""
    pretraining: dict[Name, Pretraining] = {}
    """Recipes of (continued) pretraining."""
    training_sets: dict[Name, AnySet] = {}
    """Examples that sentence encoders learn from."""
    encoders: dict[Name, AnyEncoder] = {}
    """Recipes of sentence encoders: tunings, and merges of several models."""
    runs: dict[Name, Run] = {}
    """What to train: names from above, combined."""
    datasets: dict[Name, Dataset] = {}
    """Labelled texts and sentence pairs that models are measured on."""
    evaluation: Evaluation = Evaluation()
    """What to measure."""
    report: Report = Report()
    """What the report compares."""
