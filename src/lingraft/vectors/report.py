"""What an alignment artifact says about itself: metrics.json, dictionary.tsv, predictions.tsv."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lingraft.vectors.alignment import Alignment
from lingraft.vectors.correspondences import Correspondences
from lingraft.vectors.induction import HeldOutPairs, Prediction, precision, seen_words
from lingraft.vectors.settings import AlignmentSettings
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WRITTEN, WordPair, measuring

PROTOCOL = (
    "{folds}-fold: the pairs of each source word are held out of the fit once and translated by "
    "retrieval over the whole target vocabulary; the final map is fitted on all pairs"
)
FREE = (
    "the fit used no pair of the dictionaries, so all of them are held out: each source word is "
    "translated by retrieval over the whole target vocabulary"
)
UNMEASURED = "no precision is measured: there is no pair of a dictionary"


def metrics(
    settings: AlignmentSettings,
    source: VectorSet,
    target: VectorSet,
    pairs: Sequence[WordPair],
    matches: Correspondences,
    alignment: Alignment,
    held_out: HeldOutPairs,
) -> dict[str, Any]:
    """The content of metrics.json; shares are between 0 and 1.

    Args:
        settings: the alignment's block of the configuration.
        source: vectors of the source language.
        target: vectors of the target language.
        pairs: the dictionary.
        matches: rows of both sets that are pairs.
        alignment: the map that was fitted on all pairs.
        held_out: predictions of maps that were fitted on a part of them.
    """
    seen = seen_words(source, target, pairs)
    gold = [pair for pair, measures in zip(pairs, measuring(pairs), strict=True) if measures]
    words = {pair.source.casefold() for pair in gold} - seen
    covered = {prediction.source.casefold() for prediction in held_out.predictions}
    in_vocabulary = len(set(matches.pairs_P.tolist()))
    result: dict[str, Any] = {
        "method": settings.method,
        "dimension": int(alignment.source_map_EK.shape[1]),
        "supervised": alignment.uses_pairs,
        "rank": alignment.rank,
        "vocabulary": {"source": len(source), "target": len(target)},
        "pairs": {
            "given": len(pairs),
            "in_vocabulary": in_vocabulary,
            "rows": len(matches),
            "used": alignment.pairs,
            "by_dictionary": _by_dictionary(source, target, pairs, matches, held_out.predictions),
        },
        "protocol": _protocol(settings, alignment, held_out),
        "source_words": {
            "given": len(words),
            "covered": len(covered),
            "coverage": len(covered) / len(words) if words else 0.0,
        }
        | ({"seen": len(seen)} if seen else {}),
        "candidates": len(target),
        # Nothing, rather than zeros, where there was nothing to measure.
        "precision": precision(held_out.predictions, len(words)) if words else {},
        "mean_cosine": {"pairs": held_out.pair_cosine, "random": held_out.random_cosine},
    }
    if alignment.facts:
        result["fit"] = dict(alignment.facts)
    smaller = min(source.dimension, target.dimension)
    result["warnings"] = _warnings(settings, result, smaller)
    return result


def _protocol(settings: AlignmentSettings, alignment: Alignment, held_out: HeldOutPairs) -> str:
    if not held_out.predictions:
        return UNMEASURED
    return PROTOCOL.format(folds=settings.folds) if alignment.uses_pairs else FREE


def write_dictionary(path: Path, pairs: Sequence[WordPair], matches: Correspondences) -> None:
    """Write the pairs that are in both vocabularies: source, target, weight, origin.

    Args:
        path: the file.
        pairs: the dictionary.
        matches: rows of both vector sets that are pairs.
    """
    kept = (pairs[position] for position in dict.fromkeys(matches.pairs_P.tolist()))
    _write_table(path, WRITTEN, (pair[: len(WRITTEN)] for pair in kept))


def write_anchors(path: Path, source: VectorSet, target: VectorSet, named: Correspondences) -> None:
    """Write the pair that names each dimension of the common space: dimension, source, target.

    Args:
        path: the file.
        source: vectors of the source language.
        target: vectors of the target language.
        named: the correspondence of each dimension, in order.
    """
    rows = (
        (dimension, source.words[row], target.words[column])
        for dimension, (row, column) in enumerate(zip(named.source_P, named.target_P, strict=True))
    )
    _write_table(path, ("dimension", "source", "target"), rows)


def write_predictions(path: Path, predictions: Sequence[Prediction]) -> None:
    """Write what each held-out word was translated to; several gold words are joined by |."""
    rows = (
        (p.source, "|".join(p.gold), "|".join(p.origins), p.nn_rank, p.csls_rank, p.best)
        for p in predictions
    )
    header = ("source", "gold", "origins", "nn_rank", "csls_rank", "csls_best")
    _write_table(path, header, rows)


def write_induced(path: Path, induced: Sequence[tuple[str, str, float]]) -> None:
    """Write induced translations with their CSLS scores."""
    rows = ((source, target, f"{score:.4f}") for source, target, score in induced)
    _write_table(path, ("source", "target", "csls"), rows)


def _write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for row in (header, *rows):
            stream.write("\t".join(str(cell).replace("\t", " ") for cell in row) + "\n")


def _by_dictionary(
    source: VectorSet,
    target: VectorSet,
    pairs: Sequence[WordPair],
    matches: Correspondences,
    predictions: Sequence[Prediction],
) -> dict[str, dict[str, Any]]:
    """Counts and P@1 of each dictionary, whose own translations alone count as right."""
    given = Counter(pair.origin for pair in pairs)
    found = Counter(pairs[position].origin for position in set(matches.pairs_P.tolist()))
    own: dict[str, dict[str, set[str]]] = {origin: {} for origin in given}
    measures = measuring(pairs)
    for row, column, position in zip(
        matches.source_P, matches.target_P, matches.pairs_P, strict=True
    ):
        if not measures[position]:
            continue
        gold = own[pairs[position].origin].setdefault(source.words[row], set())
        gold.add(target.words[column])
    best = {prediction.source: prediction.best for prediction in predictions}
    result = {}
    for origin, count in given.items():
        hits = [best[word] in gold for word, gold in own[origin].items() if word in best]
        result[origin] = {
            "given": count,
            "in_vocabulary": found[origin],
            "source_words": len(hits),
            "csls_p_at_1_covered": sum(hits) / len(hits) if hits else 0.0,
        }
    return result


def _warnings(settings: AlignmentSettings, found: dict[str, Any], dimension: int) -> list[str]:
    warnings = []
    counts = found["pairs"]
    if seen := found["source_words"].get("seen"):
        warnings.append(
            f"the vectors were made with translations of {seen} of the dictionary's source words, "
            f"which do not measure the alignment; {found['source_words']['covered']} are left "
            "(a `share` below 1 of the dictionaries of the refiners and of their alignment "
            "leaves some)"
        )
    # With those that the method found itself; casings that repeat a pair make it no new one.
    pairs = counts["in_vocabulary"] + max(0, counts["used"] - counts["rows"])
    if found["supervised"] and pairs < 2 * dimension:
        warnings.append(
            f"only {pairs} pairs are in both vocabularies, fewer than twice the dimension "
            f"({dimension}): the map is arbitrary in directions that no pair touches"
        )
    if own := found.get("fit", {}).get("warning"):
        warnings.append(own)
    best = found["precision"].get("csls", {}).get("p_at_1_covered")
    if best is None:
        warnings.append(f"{UNMEASURED}; look at `unsupervised_criterion` and at induced.tsv")
    elif best < settings.minimum_precision:
        warnings.append(
            f"held-out P@1 is {best:.3f}, below {settings.minimum_precision:.2f}: "
            "the spaces are hardly aligned, and initialization from them is close to noise"
        )
    return warnings
