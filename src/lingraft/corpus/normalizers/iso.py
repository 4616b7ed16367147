"""Indic scripts in ISO."""

from typing import Literal

from lingraft.corpus.normalizers.indic_schemes import IndicScheme


class ISO(IndicScheme):
    """ISO 15919, which has a letter for each one of every Indic script."""

    name: Literal["iso"]

    scheme = "iso"
