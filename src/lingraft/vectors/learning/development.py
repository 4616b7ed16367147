"""A development set of word pairs, and how well vectors agree with it.

Legend: N pairs whose words both have vectors, W words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from lingraft.errors import InputError
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.vectorset import VectorSet

_FEWEST = 10


@dataclass(frozen=True)
class Judgements:
    """Pairs of words, judged or synonymous.

    Args:
        path: the file that they are from.
        pairs: the words.
        values: how similar the words are, by people; None for synonyms.
    """

    path: Path
    pairs: Sequence[tuple[str, str]]
    values: Sequence[float] | None

    def score(self, vectors: VectorSet) -> float:
        """Spearman's correlation of cosines and judgements; of synonyms the mean reciprocal rank.

        Only pairs whose two words have vectors count. The rank of a synonym is its place among all
        words by cosine, the word itself left out.

        Raises:
            InputError: fewer than ten pairs can be counted.
        """
        pairs = self.pairs
        if vectors.lowercase:
            pairs = [(one.lower(), two.lower()) for one, two in pairs]
        known = [i for i, pair in enumerate(pairs) if set(pair) <= vectors.index.keys()]
        if len(known) < _FEWEST:
            raise InputError(
                f"{self.path} has {len(known)} pairs of words with vectors; "
                f"at least {_FEWEST} are needed to choose an epoch"
            )
        units_WE = unit_rows(vectors.vectors_WE)
        rows_N2 = np.array([[vectors.index[word] for word in pairs[i]] for i in known])
        if self.values is not None:
            cosines_N = (units_WE[rows_N2[:, 0]] * units_WE[rows_N2[:, 1]]).sum(axis=1)
            return float(spearmanr(cosines_N, [self.values[i] for i in known]).statistic)
        ranks = []
        for word, synonym in rows_N2:
            cosines_W = units_WE @ units_WE[word]
            cosines_W[word] = -1.0
            ranks.append(1 + int((cosines_W > cosines_W[synonym]).sum()))
        return float(np.mean(1.0 / np.array(ranks)))


def read_judgements(path: Path) -> Judgements:
    """Read a development set: two words a line split by a tab, and in all lines or none a number.

    Raises:
        InputError: the file does not exist or is not such a table; the message names the line.
    """
    if not path.is_file():
        raise InputError(f"development set {path} does not exist")
    rows: list[list[str]] = []
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        try:
            columns = line.decode("utf-8").strip().split("\t")
            [float(value) for value in columns[2:]]
        except ValueError:
            raise InputError(f"{path} line {number}: its third column is not a number") from None
        if columns != [""]:
            rows.append(columns)
        if (columns != [""] and len(columns) not in (2, 3)) or len({len(row) for row in rows}) > 1:
            raise InputError(
                f"{path} line {number} has {len(columns)} columns; a development set has two words "
                "a line, split by a tab, and in all lines or none their similarity"
            )
    if not rows:
        raise InputError(f"development set {path} is empty")
    pairs = [(row[0], row[1]) for row in rows]
    judged = len(rows[0]) == 3
    return Judgements(path, pairs, [float(row[2]) for row in rows] if judged else None)
