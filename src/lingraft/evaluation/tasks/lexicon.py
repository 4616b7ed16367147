"""Bilingual lexicon induction of an alignment, and intrinsic tests of its vectors.

Precision at k is taken from the alignment's own held-out folds, and, where a test dictionary is
given (MUSE's 5000-6500 files), from the final map. Code bases divide by different numbers, so both
conventions are scores: over the source words whose pair both vocabularies hold ("covered", as MUSE
and VecMap) and over all source words of the dictionary ("all", as fastText's alignment).
Q queries, K neighbors.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from lingraft.config.evaluation import Lexicon
from lingraft.errors import InputError
from lingraft.evaluation.measures import word_tests
from lingraft.evaluation.outcome import Outcome, Prediction, Score, binomial_error, unmeasured
from lingraft.evaluation.subject import Subject
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.induction import CommonSpace
from lingraft.vectors.vectorset import VectorSet

HELD_OUT = "held-out folds"
DICTIONARY = "test dictionary"

_BLOCK = 4096  # query words translated at once
_DEPTH = 10  # ranks beyond count as not found
_MOST_WORDS = 200_000  # candidates as MUSE has them: fewer inflate precision


def protocol(settings: Lexicon) -> str:
    """Held-out folds of the alignment's dictionary, or a test dictionary besides."""
    return "lexicon/dictionary" if settings.dictionary else "lexicon/folds"


def evaluate(settings: Lexicon, subject: Subject) -> Outcome:
    """Precision@k by nearest neighbor and CSLS, and the word tests that the settings name."""
    language = _language(subject)
    records = read_held_out(subject.folder, language)
    scores = list(_precisions(records, _given(subject.folder), settings, language, HELD_OUT))
    if settings.dictionary:
        found, given = translate(settings.dictionary, subject, language)
        scores += _precisions(found, given, settings, language, DICTIONARY)
        records += found
    for name, side in settings.similarity.items():
        vectors, path = _vectors(subject, side), _file(subject, name)
        scores += word_tests.similarity(vectors, path, _name(vectors, side))
    for name, side in settings.analogies.items():
        vectors, path = _vectors(subject, side), _file(subject, name)
        scores += word_tests.analogies(vectors, path, _name(vectors, side))
    return Outcome(scores, records)


def read_held_out(alignment: Path, language: str) -> list[Prediction]:
    """The alignment's predictions on words it was not fitted on.

    Raises:
        InputError: the alignment has none.
    """
    path = alignment / "predictions.tsv"
    if not path.is_file():
        raise InputError(f"{alignment} has no predictions.tsv: align the vectors again")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            _record(r["source"], language, HELD_OUT, int(r["nn_rank"]), int(r["csls_rank"]))
            for r in rows
        ]


def translate(name: str, subject: Subject, language: str) -> tuple[list[Prediction], int]:
    """Rank the translations of a test dictionary with the final map.

    Returns:
        A record for each covered source word, and the number of all source words.
    """
    gold: dict[str, set[str]] = {}
    for word, translation in word_tests.read_columns(_file(subject, name), 2):
        gold.setdefault(word, set()).add(translation)
    source, target = _vectors(subject, "source"), _vectors(subject, "target")
    space = CommonSpace(source, target, Alignment.load(subject.folder))
    known = {
        word: {target.index[t] for t in translations if t in target.index}
        for word, translations in gold.items()
        if word in source.index
    }
    words = [word for word, translations in known.items() if translations]
    records: list[Prediction] = []
    for start in range(0, len(words), _BLOCK):
        block = words[start : start + _BLOCK]
        rows_Q = np.array([source.index[word] for word in block], dtype=np.int64)
        nearest_QK, _ = space.nearest(rows_Q, _DEPTH)
        csls_QK, _ = space.translate(rows_Q, _DEPTH)
        for word, *found in zip(block, nearest_QK, csls_QK, strict=True):
            ranks = (_rank(found_K, known[word]) for found_K in found)
            records.append(_record(word, language, DICTIONARY, *ranks))
    return records, len(gold)


def _rank(found_K: npt.NDArray[np.int64], gold: set[int]) -> int:
    return next((rank for rank, row in enumerate(found_K, start=1) if int(row) in gold), 0)


def _record(word: str, language: str, setting: str, nearest: int, csls: int) -> Prediction:
    return {
        "id": word,
        "language": language,
        "setting": setting,
        "nearest_rank": nearest,
        "csls_rank": csls,
    }


def _precisions(
    records: Sequence[Prediction], given: int, settings: Lexicon, language: str, setting: str
) -> Iterator[Score]:
    if not records:
        yield unmeasured(
            language, "precision@1", "no word of the dictionary is in both vocabularies",
            setting=setting,
        )  # fmt: skip
        return
    for how in ("nearest", "csls"):
        ranks_Q = np.array([record[f"{how}_rank"] for record in records])
        for k in settings.cutoffs:
            hits = int(((ranks_Q > 0) & (ranks_Q <= k)).sum())
            for convention, n in (("covered", len(records)), ("all", max(given, len(records)))):
                yield Score(
                    language,
                    f"precision@{k}",
                    hits / n,
                    n,
                    split="test",
                    setting=f"{setting}, {how}, {convention}",
                    standard_error=binomial_error(hits / n, n),
                )
    coverage = len(records) / max(given, len(records))
    yield Score(language, "coverage", coverage, given, split="test", setting=setting)


def _given(alignment: Path) -> int:
    metrics = orjson.loads((alignment / "metrics.json").read_bytes())
    return int(metrics["source_words"]["given"])


def _language(subject: Subject) -> str:
    if {"source", "target"} <= set(subject.data):
        return "-".join(_name(_vectors(subject, side), side) for side in ("source", "target"))
    return subject.folder.name


def _name(vectors: VectorSet, side: str) -> str:
    return vectors.language or side


def _vectors(subject: Subject, side: str) -> VectorSet:
    return VectorSet.load(_file(subject, side), _MOST_WORDS)


def _file(subject: Subject, name: str) -> Path:
    if name not in subject.data:
        raise InputError(f"the lexicon task needs --data {name}=PATH")
    return subject.data[name]
