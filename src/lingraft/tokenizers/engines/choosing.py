"""Compares the engines with the tokenizer on a sample of the text, and takes the fastest.

What is proven of the ids, in this order:

- An engine is only tried on tokenizers all of whose parts it is known to follow.
- It gives the ids of the tokenizer for the whole sample, the beginning of the text.
- It gives them for each text in `EVERY` of the rest, while it works. If one differs, all of the
  text is encoded again without this engine (`encoding.encode_agreed`).
"""

import logging
from time import perf_counter
from typing import Any

import numpy as np

from lingraft.tokenizers.engines.engine import Disagreement, EncodedTexts, EncodingEngine, Unsuited
from lingraft.tokenizers.engines.gigatoken import Gigatoken
from lingraft.tokenizers.engines.whole import Whole
from lingraft.tokenizers.engines.words import WordByWord

logger = logging.getLogger(__name__)

ENGINES: tuple[type[EncodingEngine], ...] = (Gigatoken, WordByWord)  # besides `Whole`
EVERY = 64  # one text of so many is compared


def choose(backend: Any, sample: list[str], refused: frozenset[str]) -> EncodingEngine:
    """The fastest engine whose ids are those of the tokenizer for every text of the sample.

    Args:
        backend: as `EncodingEngine` takes it.
        sample: real texts, the beginning of what is to be encoded.
        refused: names of engines that gave other ids before.
    """
    middle = (len(sample) + 1) // 2
    halves = sample[:middle], sample[middle:] or sample
    whole = Whole(backend)
    expected, seconds = _measure(whole, halves)
    speeds: dict[EncodingEngine, float] = {whole: seconds}
    for kind in ENGINES:
        if kind.name in refused:
            continue
        try:
            engine = kind(backend)
            found, seconds = _measure(engine, halves)
            for half, ids, wanted in zip(halves, found, expected, strict=True):
                require_equal(engine, half, ids, wanted)
            speeds[engine] = seconds
        except Unsuited as error:
            logger.debug("the engine %s is not tried: %s", kind.name, error)
        except Disagreement as error:
            logger.warning("%s", error)
    chosen = min(speeds, key=lambda engine: speeds[engine])
    shown = ", ".join(f"{each.name} {1e3 * time:.1f} ms" for each, time in speeds.items())
    logger.info("text to ids by %s (half of the sample: %s)", chosen.name, shown)
    return chosen


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


def _measure(
    engine: EncodingEngine, halves: tuple[list[str], ...]
) -> tuple[list[EncodedTexts], float]:
    """The ids of both halves, and the seconds for the second: the first fills memories of words."""
    first = engine.encode(halves[0])
    started = perf_counter()
    second = engine.encode(halves[1])
    return [first, second], perf_counter() - started
