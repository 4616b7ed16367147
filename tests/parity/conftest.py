"""The tie rule of comparisons with reference implementations.

Where several keys are equally similar at the k-th place, which of them is taken is an accident of
the partial sort. A row that differs passes only if it is *exactly* one of the possible choices.
"""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fasttext
import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

TOLERANCE = 1e-5
GAP = 1e-6
DIMENSIONS = 256  # more than tokens that share a vector, so that a choice among them shows


@pytest.fixture
def count_ties():
    return _count_ties


def _count_ties(ours, theirs, cosines, sources, k, temperature):
    """Check that rows of `ours` equal those of `theirs`, or theirs are another choice of ties.

    Args:
        ours, theirs: (T, D).
        cosines: (T, S) similarities of the rows in float64.
        sources: (S, D) rows that are combined.

    Returns:
        How many rows needed the rule.
    """
    different = np.flatnonzero(np.abs(ours - theirs).max(axis=1) > TOLERANCE)
    for row in different:
        assert _is_a_choice(theirs[row], cosines[row], sources, k, temperature), row
    return len(different)


def _is_a_choice(row_D, cosines_S, sources_SD, k, temperature):
    """Whether some k of the most similar, ties at the k-th place chosen freely, give the row."""
    kth = np.sort(cosines_S)[-k]
    sure = np.flatnonzero(cosines_S > kth + GAP)
    tied = np.flatnonzero(np.abs(cosines_S - kth) <= GAP)
    places = k - len(sure)
    assert len(tied) > places, "no tie at the k-th place"
    assert len(tied) < sources_SD.shape[1], "too many ties to tell"
    weights = np.exp((cosines_S - cosines_S.max()) / temperature)
    total = weights[sure].sum() + places * weights[tied].mean()
    rest_D = row_D - weights[sure] @ sources_SD[sure] / total
    # The tied rows are independent, so the solution is unique; a choice is ones and zeros.
    chosen, *_ = np.linalg.lstsq(sources_SD[tied].T, rest_D * total / weights[tied].mean())
    return np.isclose(chosen, chosen.round(), atol=1e-3).all() and round(chosen.sum()) == places


GOLDEN = Path(__file__).parent.parent / "golden"


@dataclass(frozen=True)
class World:
    """Two tokenizers, embeddings, and fastText models of two toy languages with a dictionary.

    The models are there as files too: what lingraft is given is read from them.
    """

    source: Any
    target: Any
    embeddings: np.ndarray
    source_model: Any
    target_model: Any
    dictionary: Path
    text: Path
    source_file: Path
    target_file: Path


@pytest.fixture(scope="session", params=["ofa-bpe-to-unigram", "ofa-unigram-to-bpe", "bytes"])
def world(request, tmp_path_factory):
    root = tmp_path_factory.mktemp(request.param)
    if request.param == "bytes":
        folder = GOLDEN / "reference-modes"
        folders = folder / "bytes", folder / "gpt"
        words, others = (_keys(folder / f"{side}.vec") for side in ("source", "target"))
    else:
        folder = GOLDEN / request.param
        folders = folder / "source_tokenizer", folder / "target_tokenizer"
        keys = _keys(folder / "vectors.vec")
        words = sorted({key.replace("$", "") for key in keys if ":" not in key} - {""})
        others = sorted({key[4:].replace("$", "") for key in keys if ":" in key} - {""})
    source, target = map(PreTrainedTokenizerFast.from_pretrained, folders)
    pairs = list(zip(words, others, strict=False))
    dictionary = root / "dictionary.txt"
    dictionary.write_text("".join(f"{a}\t{b.title()}\n" for a, b in pairs[::2]), "utf-8")
    text = root / "target.txt"
    models = train(root / "source.txt", words), train(text, others)
    files = root / "source.bin", root / "target.bin"
    for model, file in zip(models, files, strict=True):
        model.save_model(str(file))
    embeddings_SD = np.random.default_rng(0).normal(0.1, 0.3, (len(source), DIMENSIONS))
    return World(source, target, embeddings_SD, *models, dictionary, text, *files)


def _keys(path):
    lines = path.read_text("utf-8").split("\n")[1:]
    return [line.split(" ")[0] for line in lines if line]


def train(path, words, minn=3, maxn=4):
    generator = random.Random(path.name)
    spelled = [word.title() if generator.random() < 0.2 else word for word in words if word]
    lines = (" ".join(generator.choices(spelled, k=8)) for _ in range(800))
    path.write_text("\n".join(lines), "utf-8")
    options = {"dim": 16, "minCount": 2, "thread": 1, "bucket": 5000, "epoch": 2, "verbose": 0}
    return fasttext.train_unsupervised(str(path), minn=minn, maxn=maxn, **options)
