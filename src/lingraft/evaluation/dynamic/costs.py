"""What reading texts took: tokens, seconds, rows that were looked up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lingraft.evaluation.outcome import Score

LENGTH, SAVED = "tokens_per_text", "length_saved"
SECONDS, HITS = "seconds_per_1000_texts", "cache_hits"


@dataclass
class ReadingCosts:
    """Counted while a task reads its texts with the evaluated model."""

    texts: int = 0
    tokens: int = 0
    """As the tokenizer cuts the texts, special tokens included."""
    units: int = 0
    """That the model reads: the same where nothing is merged."""
    seconds: float = 0.0
    """Of the processor on a CPU, else of the clock."""
    looked_up: int = 0
    """Rows of merged strings that forward passes needed."""
    found: int = 0
    """Of these, those that were kept from before."""

    @contextmanager
    def timed(self, device: str) -> Iterator[None]:
        """Add the seconds that something takes."""
        clock = time.process_time if device == "cpu" else time.perf_counter
        start = clock()
        try:
            yield
        finally:
            self.seconds += clock() - start

    def scores(self, language: str, label: str, split: str, seed: int) -> Iterator[Score]:
        """As scores.

        Args:
            language: of the texts.
            label: of the number of merges; empty without any.
            split: of the texts.
            seed: of a fine-tuned model.
        """
        if not self.texts:
            return
        values = {
            LENGTH: (self.units / self.texts, self.texts),
            SAVED: (1 - self.units / max(1, self.tokens), self.texts),
            SECONDS: (1000 * self.seconds / self.texts, self.texts),
        }
        if self.looked_up:
            values[HITS] = (self.found / self.looked_up, self.looked_up)
        for metric, (value, n) in values.items():
            yield Score(language, metric, value, n, "none", split=split, setting=label, seed=seed)
