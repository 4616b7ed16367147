"""Indic scripts in IAST."""

from typing import Literal

from lingraft.corpus.normalizers.indic_schemes import IndicScheme


class IAST(IndicScheme):
    """IAST, the romanization with signs above and below letters that Indologists use."""

    name: Literal["iast"]

    scheme = "iast"
