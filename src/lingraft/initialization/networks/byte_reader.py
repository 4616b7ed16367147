"""A token as its bytes."""

from collections.abc import Sequence

from lingraft.initialization.evidence.pieces import token_texts
from lingraft.initialization.networks.reader import Lists, TokenReader
from lingraft.initialization.request import Request
from lingraft.numeric.arrays import Int64
from lingraft.tokenizers.token_table import TokenTable


class ByteReader(TokenReader):
    """UTF-8 of a token's text; a leading space says that a word begins with it."""

    def __init__(self, request: Request, maximum: int) -> None:
        """Read at most so many bytes of a token."""
        super().__init__(request)
        self._maximum = maximum

    def of_tokens(self, table: TokenTable, rows_N: Int64) -> Lists:
        """A token that is a byte and not a character has none: its meaning is in no text."""
        return self.of_texts(token_texts(table, rows_N.tolist()))

    def of_texts(self, texts: Sequence[str]) -> Lists:
        """The bytes of each text."""
        return [list(text.encode("utf-8", "replace")[: self._maximum]) for text in texts]
