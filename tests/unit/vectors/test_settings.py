import subprocess
import sys

import pytest
from pydantic import TypeAdapter, ValidationError

from lingraft.vectors.dictionaries.parallel import ParallelText
from lingraft.vectors.settings import AlignmentSettings, AnyAlignment
from lingraft.vectors.trainers import AnyTrainer
from lingraft.vectors.trainers.fasttext import FasttextVectors
from lingraft.vectors.trainers.pretrained import PretrainedVectors
from lingraft.vectors.trainers.trainer import Trainer

VECTORS: TypeAdapter[Trainer] = TypeAdapter(AnyTrainer)
ALIGNMENT: TypeAdapter[AlignmentSettings] = TypeAdapter(AnyAlignment)


def test_defaults_are_those_of_fasttext() -> None:
    vectors = FasttextVectors(corpus="english")
    assert (vectors.model, vectors.dimension, vectors.epochs) == ("skipgram", 100, 5)
    assert (vectors.minimum_count, vectors.window, vectors.negatives) == (5, 5, 5)
    assert (vectors.shortest_ngram, vectors.longest_ngram) == (3, 6)
    assert (vectors.buckets, vectors.learning_rate) == (2_000_000, 0.05)


def test_trainer_chooses_the_block() -> None:
    assert isinstance(VECTORS.validate_python({"corpus": "english"}), FasttextVectors)
    values = {"trainer": "pretrained", "source": "cc", "path": "v.vec", "language": "eng_Latn"}
    pretrained = VECTORS.validate_python(values)
    assert isinstance(pretrained, PretrainedVectors)
    assert VECTORS.validate_python(pretrained) is pretrained


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"corpus": "a/b"},
        {"corpus": "c", "dimensions": 3},
        {"corpus": "c", "dimension": 0},
        {"corpus": "c", "shortest_ngram": 4, "longest_ngram": 3},
        {"corpus": "c", "trainer": "nonsense"},
        {"trainer": "pretrained", "source": "s"},
        {"trainer": "pretrained", "source": "s", "path": "../x.vec", "language": "eng_Latn"},
        {"trainer": "pretrained", "source": "s", "path": "p", "language": "english"},
    ],
)
def test_mistakes_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        VECTORS.validate_python(values)


def test_dictionary_is_chosen_by_its_format() -> None:
    values = {
        "source": "english",
        "target": "swahili",
        "dictionaries": [{"format": "parallel", "corpus": "swahili", "weight": 2}],
    }
    alignment = ALIGNMENT.validate_python(values)
    assert alignment.dictionaries == [ParallelText(format="parallel", corpus="swahili", weight=2.0)]
    assert alignment.model_dump(exclude_unset=True, mode="json") == values


@pytest.mark.parametrize(
    "dictionaries",
    [
        [{"format": "xml"}],
        [{"format": "tsv", "source": "s"}],
        [{"format": "identical", "weight": 0}],
    ],
)
def test_unusable_dictionaries_are_refused(dictionaries: list[dict[str, object]]) -> None:
    with pytest.raises(ValidationError):
        ALIGNMENT.validate_python({"source": "a", "target": "b", "dictionaries": dictionaries})


def test_dictionaries_may_be_missing_where_the_method_needs_none() -> None:
    with pytest.raises(ValidationError, match="`method: procrustes` needs at least one of"):
        ALIGNMENT.validate_python({"source": "a", "target": "b"})
    made = ALIGNMENT.validate_python({"source": "a", "target": "b", "method": "identity"})
    assert made.dictionaries == []


def test_importing_the_block_loads_nothing_heavy() -> None:
    code = (
        "import sys, lingraft.vectors.settings, lingraft.vectors.trainers;"
        "print({'numpy', 'torch', 'scipy', 'transformers'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"
