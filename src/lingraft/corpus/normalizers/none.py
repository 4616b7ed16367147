"""Text as it is."""

from typing import Literal

from lingraft.corpus.normalizers.normalizer import Normalizer


class NoNormalizer(Normalizer):
    """Text stays as it is."""

    name: Literal["none"] = "none"
