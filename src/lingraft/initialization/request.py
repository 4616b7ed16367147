"""What a method is asked: two vocabularies, the source's matrices, and evidence about languages.

Shapes: S source rows (rows of the matrix), T target rows, D embedding dimensions.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.errors import ConfigError, InputError
from lingraft.numeric.arrays import Int64, Numbers
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.vectorset import VectorSet

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about the two languages; a method checks that it has what it needs (`need`)."""

    source_vectors: VectorSet | None = None
    target_vectors: Sequence[VectorSet] = ()
    alignments: Sequence[Any] = ()
    """`lingraft.vectors.alignment.Alignment`, one for each of `target_vectors`."""
    multilingual_vectors: VectorSet | None = None
    """Words of several languages in one space under language-prefixed keys (`swh:nyumba`)."""
    dictionary: Path | None = None
    """Source and target words in two columns, for WECHSEL's own alignment."""
    dictionaries: Sequence[Path] = ()
    """Word pairs: those that the alignments were fitted on, or such as are given."""
    parallel: Sequence[Path] = ()
    """Files or corpus folders of aligned texts ({"id", "source", "target"})."""
    corpora: Sequence[Path] = ()
    """Corpus folders of target text."""
    token_vectors: VectorSet | None = None
    """Vectors of target *tokens* (FOCUS's auxiliary space), if they are not to be trained here."""
    language_tokenizer: Any = None
    """The target language's own tokenizer, where the target vocabulary extends the source's."""
    donor: Any = None
    """A model that owns the target tokenizer (CLP-Transfer, tokensurgeon): its folder."""
    generator: Any = None
    """A trained generator of rows: `lingraft.initialization.generation.trained`."""


@dataclass(frozen=True, eq=False)
class Request:
    """One initialization to do.

    `embeddings_SD` may have more rows than the source tokenizer has tokens (padding) or fewer;
    only ids that have a token and a row are candidates, see `candidates_S`.
    """

    source: TokenTable
    target: TokenTable
    embeddings_SD: Numbers
    output_SD: Numbers | None = None
    """Output embeddings where they are not tied to the input's."""
    bias_S: Numbers | None = None
    """The head's bias, where there is one."""
    evidence: Evidence = field(default_factory=Evidence)
    seed: int = 0
    tables: Mapping[str, Numbers] = field(default_factory=dict)
    """Further tables with a row a token (S, X), by the name of their parameter."""
    kept: Path | None = None
    """Folder for what neither method nor seed changes, which initializations share; None keeps
    nothing."""

    def __post_init__(self) -> None:
        matrices = {name: getattr(self, name) for name in ("embeddings_SD", "output_SD", "bias_S")}
        for name, matrix in {**matrices, **self.tables}.items():
            if matrix is not None and not np.isfinite(matrix).all():
                known = name.split("_")[0] if name in matrices else name
                raise InputError(f"the source model's {known} has NaN or infinity in it")
        surplus = len(self.source) - len(self.embeddings_SD)
        if surplus > 0:
            logger.warning(
                "the source tokenizer has %d ids beyond the %d rows of the embedding matrix; "
                "they cannot be copied or combined",
                surplus,
                len(self.embeddings_SD),
            )

    @property
    def columns(self) -> int:
        """S: the number of source rows, which is the number of columns of W."""
        return len(self.embeddings_SD)

    @cached_property
    def candidates_S(self) -> NDArray[np.bool_]:
        """True for source rows that belong to a token (S,)."""
        candidates_S = np.zeros(self.columns, bool)
        shared = min(self.columns, len(self.source))
        candidates_S[:shared] = self.source.present_T[:shared]
        return candidates_S

    @cached_property
    def candidate_ids(self) -> Int64:
        """Ids of the source rows that belong to a token, rising."""
        return np.flatnonzero(self.candidates_S)

    @cached_property
    def target_ids(self) -> Int64:
        """Ids of the target that have a token, rising."""
        return np.flatnonzero(self.target.present_T)


def need(value: Any, method: str, what: str) -> Any:
    """A value, or an error where it is missing or empty.

    Args:
        value: a part of the evidence.
        method: the name of the method that needs it.
        what: it is, and the argument that gives it.

    Raises:
        ConfigError: it is missing; the message names the method and `what`.
    """
    if value is None or (isinstance(value, Sequence) and not value):
        raise ConfigError(f"{method} needs {what}")
    return value
