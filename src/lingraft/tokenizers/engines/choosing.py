"""Compares the engines with the tokenizer on a sample of the text, and takes the fastest.

What is proven of the ids, in this order:

- An engine is only tried on tokenizers all of whose parts it is known to follow.
- It gives the ids of the tokenizer for the whole sample, the beginning of the text.
- It gives them for each text in `EVERY` of the rest, while it works. If one differs, all of the
  text is encoded again without this engine (`encoding.encode_agreed`).
"""

import logging
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from lingraft.tokenizers.engines.engine import Disagreement, EncodedTexts, EncodingEngine, Unsuited
from lingraft.tokenizers.engines.gigatoken import Gigatoken
from lingraft.tokenizers.engines.pieces import PieceByPiece
from lingraft.tokenizers.engines.whole import Whole
from lingraft.tokenizers.engines.words import WordByWord

logger = logging.getLogger(__name__)

# Besides `Whole`. What another one includes comes after it, and is not tried if that one agrees.
ENGINES: tuple[type[EncodingEngine], ...] = (Gigatoken, PieceByPiece, WordByWord)
EVERY = 64  # one text of so many is compared


class ChosenEngine(NamedTuple):
    """An engine, and what it gave for the first batches already."""

    engine: EncodingEngine
    encoded: list[EncodedTexts]


def choose(
    backend: Any, sample: list[str], trial: list[str], refused: frozenset[str]
) -> ChosenEngine:
    """The fastest engine whose ids are those of the tokenizer for every text of the sample.

    The tokenizer is timed on the sample, the engines on the trial: they keep what comes again, and
    have filled their memories with the sample.

    Args:
        backend: as `EncodingEngine` takes it.
        sample: real texts, the beginning of what is to be encoded.
        trial: the next texts.
        refused: names of engines that gave other ids before.
    """
    whole = Whole(backend)
    expected, seconds = _measure(whole, sample)
    tried = {seconds: ChosenEngine(whole, [expected])}
    for kind in ENGINES:
        chosen = (choice.engine for choice in tried.values())
        if kind.name in refused or any(kind.name in engine.includes for engine in chosen):
            continue
        try:
            engine = kind(backend)
            found = engine.encode(sample)
            require_equal(engine, sample, found, expected)
            encoded, seconds = _measure(engine, trial)
            tried[seconds] = ChosenEngine(engine, [found, encoded])
        except Unsuited as error:
            logger.debug("the engine %s is not tried: %s", kind.name, error)
        except Disagreement as error:
            logger.warning("%s", error)
    choice = tried[min(tried)]
    shown = ", ".join(f"{each.engine.name} {1e6 * time:.2f}" for time, each in tried.items())
    logger.info("text to ids by %s (us for a character: %s)", choice.engine.name, shown)
    return choice


def check_some(
    engine: EncodingEngine, texts: list[str], found: EncodedTexts, turn: int, whole: Whole
) -> None:
    """Compare one text in `EVERY`, each time others.

    Args:
        engine: what was used.
        texts: a batch.
        found: what it gave.
        turn: number of the batch.
        whole: what to compare with.

    Raises:
        Disagreement: a text has other ids by the tokenizer itself.
    """
    rows = range(turn % EVERY, len(texts), EVERY)
    if rows and not isinstance(engine, Whole):
        some = [texts[row] for row in rows]
        require_equal(engine, some, found.some(rows), whole.encode(some))


def require_equal(
    engine: EncodingEngine, texts: list[str], found: EncodedTexts, expected: EncodedTexts
) -> None:
    """Refuse an engine whose ids differ.

    Raises:
        Disagreement: with the first text that differs.
    """
    same = np.array_equal(found.lengths_D, expected.lengths_D)
    if not (same and np.array_equal(found.ids_N, expected.ids_N)):
        pairs = zip(texts, found.documents(), expected.documents(), strict=True)
        raise Disagreement(engine, next(text for text, ids, wanted in pairs if ids != wanted))


def _measure(engine: EncodingEngine, texts: list[str]) -> tuple[EncodedTexts, float]:
    """The ids of texts, and the seconds for a character."""
    started = perf_counter()
    encoded = engine.encode(texts)
    return encoded, (perf_counter() - started) / sum(map(len, texts))
