"""Words as bytes: a taught network over the bytes of a word replaces the embedding matrix.

After Byte2Word (Lee, Guo and Qiu 2022), whose formulas were not public. The model that comes out is
in `lingraft.models.byte_words`; here it gets its weights: the network of a generator that learned
the source's rows, and everything else of the source.

Shapes: W words of a text.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import PositiveFloat, model_validator

from lingraft.config.base import Name
from lingraft.errors import ConfigError
from lingraft.initialization.method import Method, MethodCard

if TYPE_CHECKING:
    from lingraft.initialization.request import Request
    from lingraft.initialization.weights import Weights

logger = logging.getLogger(__name__)

_COUNTED = 5_000_000  # symbols; long words are known well enough after these
_NO_EFFECT = ("width", "pad_to_multiple_of", "calibration_tokens")


class ByteWords(Method):
    """The model reads the bytes of words (after Byte2Word, Lee, Guo and Qiu, 2022): a generator's
    network replaces the embedding matrix, the body stays, hidden words are predicted byte by byte.
    The run's tokenizer has `algorithm: byte-words`."""

    method: Literal["byte-words"] = "byte-words"
    generator: Name
    """The generator of the kind `byte2word`, by a name in `generators`: its network becomes the
    input of the run's model."""
    budget: PositiveFloat = 0.1
    """The most numbers of the byte path, as a share of the source's embedding matrix; a tenth is
    the paper's. More are refused."""

    card = MethodCard(
        title="Words as bytes",
        idea=(
            "there is no embedding matrix: learned queries look at the bytes of a word, and what "
            "they find is the word's vector. The network was taught the source's rows, so that the "
            "pretrained body understands it."
        ),
        equation="`x_w = g(bytes of w)`; `p(b_i) = softmax(U t(h_w + a_i + sum_k C_k b_(i-k)))`",
        paper="Lee, Guo and Qiu (2022), *Byte2Word* (arXiv 2211.12677)",
    )
    may_be_part = False
    small: ClassVar[Mapping[str, Any]] = {"budget": 100.0}  # there are 256 bytes in any case
    needs_algorithm: ClassVar[str | None] = "byte-words"
    needs_generator: ClassVar[str | None] = "byte2word"

    @model_validator(mode="after")
    def _check_effect(self) -> Self:
        for name in _NO_EFFECT:
            if name in self.model_fields_set:
                raise ValueError(f"{name} would have no effect with method: byte-words")
        return self

    @property
    def trained_generator(self) -> str | None:
        """Its generator."""
        return self.generator

    def weights(self, request: Request) -> Weights:
        """Rows of single symbols, for the head: copies by role, and generated ones.

        Raises:
            ConfigError: there is no generator.
            InputError: it was trained for another model.
        """
        from lingraft.initialization.methods.generated import Generated

        rows = Generated(generator=self.generator, overlap="none", mode=self.mode)
        return rows.weights(request)

    def rebuilt(self, model: Any, request: Request) -> tuple[Any, Mapping[str, Any]]:
        """The model with the generator's network for its embeddings, and where parameters are.

        Args:
            model: with the symbols as its vocabulary.
            request: with the source's matrices, the generator, and text if there is any.

        Raises:
            ConfigError: the target's tokens are not those symbols, or the generator reads no bytes.
            InputError: the architecture is not supported, or the network is too large.
        """
        from lingraft.models.byte_words import byte_words_model
        from lingraft.tokenizers.byte_words import SYMBOLS

        generator = request.evidence.generator
        if (kind := generator.settings.name()) != self.needs_generator:
            raise ConfigError(f"{self.method} needs a generator of the kind byte2word, not {kind}")
        tokens = request.target.tokens
        specials = len(tokens) - len(SYMBOLS)
        if specials < 1 or tuple(tokens[specials:]) != SYMBOLS:
            raise ConfigError(f"{self.method} needs a tokenizer with algorithm: byte-words")
        rebuilt, audit = byte_words_model(
            model,
            generator.beside(request).input_network(),
            specials=specials,
            source_rows=request.columns,
            seed=request.seed,
            budget=self.budget,
        )
        account: dict[str, Any] = {"parameters": audit.as_record()}
        logger.info(
            "byte path: %d parameters, %.1f %% of the source's embedding matrix (%d)",
            audit.byte_path, 100 * audit.share, audit.source_embedding,
        )  # fmt: skip
        if request.evidence.corpora:
            path: Any = rebuilt.get_input_embeddings()
            account["words"] = _count_words(request, specials, path.longest)
        return rebuilt, account


def _count_words(request: Request, specials: int, longest: int) -> dict[str, int]:
    """How many words some text has, and how many of them are so long that they are cut."""
    import numpy as np

    from lingraft.initialization.evidence.text import encoded
    from lingraft.tokenizers.byte_words import BYTES

    words = cut = symbols = 0
    for ids in encoded(request.target, request.evidence.corpora):
        starts_W = np.flatnonzero(np.array(ids) < specials + BYTES)
        words += len(starts_W)
        cut += int((np.diff(np.append(starts_W, len(ids))) > longest).sum())
        symbols += len(ids)
        if symbols >= _COUNTED:
            break
    level = logging.WARNING if cut else logging.INFO
    logger.log(
        level, "%d of %d words are longer than %d bytes and are cut into several",
        cut, words, longest,
    )  # fmt: skip
    return {"read": words, "cut": cut, "longest": longest}
